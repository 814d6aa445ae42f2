package thread

import (
	"database/sql"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// A mention is written @[Name](/people/ID), or @[Title](/spaces/SLUG) for everybody who belongs to a space. What is kept has
// the person's role and organisation in the place of their name, because guests, exports and search read it too; members are
// shown the name as it is now. A mention that leads to nobody who may read the thread is kept as plain words.

// mostMentions is how many people and groups one post may mention.
const mostMentions = 20

var (
	written = regexp.MustCompile(`@\[([^\[\]\n]{1,200})\]\(/(people|spaces)/([A-Za-z0-9-]{1,100})\)`)
	shown   = regexp.MustCompile(`@<a href="/people/([a-z0-9]{15})"[^>]*>(.*?)</a>`)
	signs   = strings.NewReplacer("[", "", "]", "", "<", "", ">", "", "*", "", "_", " ", "`", "", "\\", "", "\n", " ")
)

// settleMentions puts into a post's words what is kept of the people that its writer mentions.
func settleMentions(app core.App, r *core.Record, t *Thread) error {
	body := r.GetString("body")
	all := written.FindAllStringSubmatch(body, -1)
	if len(all) == 0 || !writesNow(r) {
		return nil
	}
	targets := map[string]string{}
	for _, m := range all {
		targets[m[2]+"/"+m[3]] = ""
	}
	if len(targets) > mostMentions {
		return validation.Errors{"body": validation.NewError("validation_mentions",
			fmt.Sprintf("The post mentions %d people and groups, and %d is the most. Mention those who have something to do, or a group.", len(targets), mostMentions))}
	}
	u, err := app.FindRecordById("users", r.GetString("author"))
	if err != nil {
		return err
	}
	v, err := member.For(app, u)
	if err != nil {
		return err
	}
	for target := range targets {
		if targets[target], err = labelOf(app, v, t, target); err != nil {
			return err
		}
	}
	r.Set("body", written.ReplaceAllStringFunc(body, func(s string) string {
		m := written.FindStringSubmatch(s)
		label := targets[m[2]+"/"+m[3]]
		if label == "" {
			return "@" + m[1]
		}
		return "@[" + label + "](/" + m[2] + "/" + m[3] + ")"
	}))
	return nil
}

// labelOf is what stands for a mentioned person or space, "" when the viewer may not mention it in this thread.
func labelOf(app core.App, v *member.Viewer, t *Thread, target string) (string, error) {
	kind, id, _ := strings.Cut(target, "/")
	if kind == "spaces" {
		s, err := member.SpaceBySlug(app, id)
		if errors.Is(err, sql.ErrNoRows) || err == nil && !t.mentionable(v, s) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		return strings.TrimSpace(signs.Replace(s.Title())), nil
	}
	u, err := readerOf(app, t, id)
	if u == nil || err != nil {
		return "", err
	}
	if known, err := knows(app, v, t, id); err != nil || !known {
		return "", err
	}
	words := Post{ByRole: u.GetString("role_title")}
	if o, err := app.FindRecordById("organisations", u.GetString("organisation")); err == nil {
		words.Organisation = o.GetString("name")
	}
	return strings.TrimSpace(signs.Replace(words.By())), nil
}

// readerOf is the person of an id, nil where nobody of that id may read the thread.
func readerOf(app core.App, t *Thread, id string) (*core.Record, error) {
	u, err := app.FindRecordById("users", id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && member.Barred(u) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := member.For(app, u)
	if err != nil || !t.Viewable(v) {
		return nil, err
	}
	return u, nil
}

// knows says whether the viewer meets a person: in a space, or here in the thread.
func knows(app core.App, v *member.Viewer, t *Thread, person string) (bool, error) {
	if member.Meets(app, v, person) {
		return true, nil
	}
	n, err := count(app, "posts", dbx.HashExp{"thread": t.Id, "author": person, "state": Visible})
	return n > 0, err
}

// mentionable says whether everybody who reads the thread may know of a space: its title stands in the post.
func (t *Thread) mentionable(v *member.Viewer, s *member.Space) bool {
	return t.Space() == s.Id && v.Belongs(s.Id) || s.Slug() != member.LibrarySlug && s.Level() == member.Open
}

// keepMentions writes down whom a post mentions now. It runs in the transaction of the post.
func keepMentions(app core.App, r *core.Record) error {
	if _, err := app.DB().Delete("mentions", dbx.HashExp{"post": r.Id}).Execute(); err != nil {
		return err
	}
	all := written.FindAllStringSubmatch(r.GetString("body"), -1)
	if len(all) == 0 || r.GetString("state") == Removed {
		return nil
	}
	t, err := ByID(app, r.GetString("thread"))
	if err != nil {
		return err
	}
	c, err := app.FindCachedCollectionByNameOrId("mentions")
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, m := range all {
		if kept[m[3]] || len(kept) == mostMentions {
			continue
		}
		row := core.NewRecord(c)
		row.Set("post", r.Id)
		if m[2] == "people" {
			u, err := readerOf(app, t, m[3])
			if err != nil {
				return err
			}
			if u == nil {
				continue
			}
			row.Set("user", u.Id)
		} else {
			s, err := member.SpaceBySlug(app, m[3])
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return err
			}
			row.Set("space", s.Id)
		}
		kept[m[3]] = true
		if err := app.Save(row); err != nil {
			return err
		}
	}
	return nil
}

// Mentioned lists the people whom a post mentions, by themselves or with a space that they belong to, and who may read it
// now. Its writer is not among them.
func Mentioned(app core.App, post string) ([]string, error) {
	p, err := app.FindRecordById("posts", post)
	if err != nil {
		return nil, err
	}
	t, err := ByID(app, p.GetString("thread"))
	if err != nil || p.GetString("state") != Visible {
		return nil, err
	}
	var ids, may []string
	err = app.DB().NewQuery(`SELECT [[user]] FROM {{mentions}} WHERE [[post]] = {:post} AND [[user]] != ''
		UNION SELECT {{memberships}}.[[user]] FROM {{mentions}} JOIN {{memberships}} ON {{memberships}}.[[space]] = {{mentions}}.[[space]]
		WHERE {{mentions}}.[[post]] = {:post} AND {{mentions}}.[[space]] != '' ORDER BY 1`).Bind(dbx.Params{"post": post}).Column(&ids)
	for _, id := range ids {
		if id == p.GetString("author") {
			continue
		}
		u, err := readerOf(app, t, id)
		if err != nil {
			return nil, err
		}
		if u != nil {
			may = append(may, id)
		}
	}
	return may, err
}

// names fills in the names of those whom the posts mention, as they are now.
func names(app core.App, ps []Post) error {
	var rows []struct {
		Post string `db:"post"`
		ID   string `db:"user"`
		Name string `db:"name"`
	}
	var mentioning []any
	for _, p := range ps {
		if strings.Contains(p.HTML, `@<a href="/people/`) {
			mentioning = append(mentioning, p.ID)
		}
	}
	if len(mentioning) == 0 {
		return nil
	}
	err := app.DB().Select("post", "user", "users.name").From("mentions").
		InnerJoin("users", dbx.NewExp("{{users}}.[[id]] = {{mentions}}.[[user]]")).
		Where(dbx.And(dbx.In("post", mentioning...), dbx.HashExp{"users.left": ""})).All(&rows)
	for _, r := range rows {
		for i := range ps {
			if ps[i].ID != r.Post {
				continue
			}
			if ps[i].named == nil {
				ps[i].named = map[string]string{}
			}
			ps[i].named[r.ID] = r.Name
		}
	}
	return err
}

// Words is what the post says, as HTML: members read who is mentioned, everybody else their role and organisation.
func (p Post) Words(members bool) string {
	return shown.ReplaceAllStringFunc(p.HTML, func(s string) string {
		m := shown.FindStringSubmatch(s)
		if name := p.named[m[1]]; members && name != "" {
			return `<a href="/people/` + m[1] + `">@<bdi>` + html.EscapeString(name) + `</bdi></a>`
		}
		return "@" + m[2]
	})
}

// Typed is a post's words as its writer may change them: with the names of those whom it mentions.
func Typed(app core.App, post *core.Record) (string, error) {
	p, found, err := PostByID(app, post.Id)
	if err != nil || !found {
		return post.GetString("body"), err
	}
	return written.ReplaceAllStringFunc(post.GetString("body"), func(s string) string {
		m := written.FindStringSubmatch(s)
		if name := p.named[m[3]]; name != "" {
			return "@[" + signs.Replace(name) + "](/people/" + m[3] + ")"
		}
		return s
	}), nil
}

// Mention is somebody whom a writer may mention, or everybody of a space.
type Mention struct {
	Name string `json:"name"`
	Role string `json:"role"`
	Text string `json:"text"` // as it is written
}

// offered is how many mentions are offered at once.
const offered = 20

// Mentionable lists whom the viewer may mention in a thread that they may post in, by how a name begins: people whom they
// meet and who may read it.
func (t *Thread) Mentionable(app core.App, v *member.Viewer, begin string) ([]Mention, error) {
	list := []Mention{}
	begin = strings.ToLower(strings.TrimSpace(begin))
	if begin == "" || !t.Postable(v) {
		return list, nil
	}
	spaces, err := member.ListedSpaces(app, v)
	if err != nil {
		return nil, err
	}
	for _, s := range spaces {
		if t.mentionable(v, s) && begins(s.Title(), begin) {
			list = append(list, Mention{s.Title(), "Everybody in this group", "@[" + strings.TrimSpace(signs.Replace(s.Title())) + "](/spaces/" + s.Slug() + ")"})
		}
	}
	people, err := member.Known(app, v, begin, dbx.NewExp("{{users}}.[[id]] IN (SELECT [[author]] FROM {{posts}} WHERE [[thread]] = {:thread} AND [[state]] = 'visible')", dbx.Params{"thread": t.Id}))
	if err != nil {
		return nil, err
	}
	for _, u := range people {
		if len(list) >= offered {
			break
		}
		them, err := member.For(app, u)
		if err != nil {
			return nil, err
		}
		if !t.Viewable(them) || u.Id == v.ID() {
			continue
		}
		label, err := labelOf(app, v, t, "people/"+u.Id)
		if err != nil {
			return nil, err
		}
		list = append(list, Mention{u.GetString("name"), label, "@[" + strings.TrimSpace(signs.Replace(u.GetString("name"))) + "](/people/" + u.Id + ")"})
	}
	return list[:min(len(list), offered)], nil
}

// begins says whether one of the words of a name begins so.
func begins(name, with string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, with) || strings.Contains(name, " "+with)
}
