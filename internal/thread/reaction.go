package thread

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Reactions are the words with which a member answers a post without writing one, in the order of their buttons.
var Reactions = []struct{ Kind, Word string }{
	{"thanks", "Thanks"}, {"agree", "Agree"}, {"insightful", "Insightful"},
}

// Reacted is who reacted to a post in one of the ways.
type Reacted struct {
	Kind, Word string
	By         []Reactor
}

// Reactor is a member who reacted.
type Reactor struct{ ID, Name string }

// Has says whether a person is among them.
func (r Reacted) Has(person string) bool {
	for _, by := range r.By {
		if by.ID == person {
			return true
		}
	}
	return false
}

// Reactable says whether the viewer may react to a post, and read who did: who is signed in and reads it.
func (t *Thread) Reactable(v *member.Viewer, state string) bool {
	return v.SignedIn() && state == Visible && (t.State() == Open || t.State() == Closed) && t.Viewable(v)
}

// React gives a reaction of the viewer's to a post, or takes it back. Doing it twice is no fault.
func React(app core.App, v *member.Viewer, post *core.Record, kind string, on bool) error {
	r, err := reaction(app, post.Id, v.ID(), kind)
	if err != nil {
		return err
	}
	journal.By(r, v.ID())
	switch {
	case !on && !r.IsNew():
		return app.Delete(r)
	case on && r.IsNew():
		if err = app.Save(r); err == nil {
			return nil
		}
		if again, lost := reaction(app, post.Id, v.ID(), kind); lost == nil && !again.IsNew() {
			return nil // another window was faster
		}
	}
	return err
}

// reaction finds a person's reaction, or begins it.
func reaction(app core.App, post, author, kind string) (*core.Record, error) {
	r := &core.Record{}
	err := app.RecordQuery("reactions").AndWhere(dbx.HashExp{"post": post, "author": author, "kind": kind}).Limit(1).One(r)
	if !errors.Is(err, sql.ErrNoRows) {
		return r, err
	}
	c, err := app.FindCachedCollectionByNameOrId("reactions")
	if err != nil {
		return nil, err
	}
	r = core.NewRecord(c)
	r.Load(map[string]any{"post": post, "author": author, "kind": kind})
	return r, nil
}

// reactions fills in who reacted to the posts.
func reactions(app core.App, ps []Post) error {
	var rows []struct {
		Post string `db:"post"`
		Kind string `db:"kind"`
		ID   string `db:"author"`
		Name string `db:"name"`
	}
	err := app.DB().Select("post", "kind", "author", "users.name").From("reactions").
		InnerJoin("users", dbx.NewExp("{{users}}.[[id]] = {{reactions}}.[[author]]")).
		Where(dbx.In("post", postIDs(ps)...)).OrderBy("reactions.created", "reactions.id").All(&rows)
	if err != nil {
		return err
	}
	by := map[string]map[string][]Reactor{}
	for _, r := range rows {
		if by[r.Post] == nil {
			by[r.Post] = map[string][]Reactor{}
		}
		by[r.Post][r.Kind] = append(by[r.Post][r.Kind], Reactor{r.ID, r.Name})
	}
	for i, p := range ps {
		if !p.Out() {
			continue
		}
		for _, k := range Reactions {
			ps[i].Reactions = append(ps[i].Reactions, Reacted{k.Kind, k.Word, by[p.ID][k.Kind]})
		}
	}
	return nil
}

func postIDs(ps []Post) []any {
	ids := make([]any, len(ps))
	for i, p := range ps {
		ids[i] = p.ID
	}
	return ids
}

// ReactedTo is the post of a row of the journal about a reaction.
func ReactedTo(row journal.Row) string {
	var said struct {
		Post string `json:"post"`
	}
	if json.Unmarshal(row.Data, &said) != nil {
		return ""
	}
	return said.Post
}

// bindReactions keeps reactions in the journal, as something that happened to their post, and lets REST do what the buttons do.
func bindReactions(app core.App, j *journal.Journal) {
	j.Keep(journal.Kept{Collection: "reactions", Row: func(tx core.App, r *core.Record, row *journal.Row) {
		row.Data = journal.Said(map[string]any{"post": r.GetString("post"), "kind": r.GetString("kind")})
		if p, err := tx.FindRecordById("posts", r.GetString("post")); err == nil {
			if t, err := ByID(tx, p.GetString("thread")); err == nil {
				row.Parent, row.Space = t.Id, t.Space()
			}
		}
	}})
	app.OnRecordCreateRequest("reactions").BindFunc(func(e *core.RecordRequestEvent) error {
		if e.HasSuperuserAuth() {
			return e.Next()
		}
		v, err := member.For(e.App, e.Auth)
		if err != nil {
			return err
		}
		p, err := e.App.FindRecordById("posts", e.Record.GetString("post"))
		if err != nil {
			return e.BadRequestError("There is no such post.", nil)
		}
		if t, err := ByID(e.App, p.GetString("thread")); err != nil || !t.Reactable(v, p.GetString("state")) {
			return e.BadRequestError("There is no such post.", nil)
		}
		e.Record.Set("author", v.ID())
		if there, err := reaction(e.App, p.Id, v.ID(), e.Record.GetString("kind")); err == nil && !there.IsNew() {
			return e.JSON(http.StatusOK, there)
		}
		return e.Next()
	})
}
