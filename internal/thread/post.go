package thread

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Post is what pages show of a post. Name is for members only; guests see ByRole and Organisation.
type Post struct {
	ID, Thread, HTML, State, ReplyTo string
	Author, Name                     string
	ByRole, Organisation             string
	Seq                              int64
	At, Edited                       time.Time
	Example                          bool
	Left                             bool // the author has left the hub
	Reactions                        []Reacted
	named                            map[string]string // the names of those whom it mentions, by id
}

// Gone says whether the post was taken back by its writer; a trace of it stays.
func (p Post) Gone() bool { return p.State == Removed }

// Out says whether everybody who reads the thread reads the post.
func (p Post) Out() bool { return p.State == Visible }

// Waits says whether the post waits for a moderator.
func (p Post) Waits() bool { return p.State == Held }

// HiddenAway says whether a moderator took it out of sight. Its writer and those who moderate still see it.
func (p Post) HiddenAway() bool { return p.State == Hidden }

// Traced says whether the post is there for everybody, in words or as a trace of words that were taken back.
func (p Post) Traced() bool { return p.Out() || p.Gone() }

// By is who speaks, in the words that everybody may read.
func (p Post) By() string {
	switch {
	case p.ByRole != "" && p.Organisation != "":
		return p.ByRole + ", " + p.Organisation
	case p.Organisation != "":
		return "A member of " + p.Organisation
	case p.ByRole != "":
		return p.ByRole
	}
	return "A member"
}

// Start opens a thread with its first post, in one transaction. clientKey makes it safe to send again: t is then the
// thread of the first time.
func Start(app core.App, v *member.Viewer, t *Thread, body, clientKey string) (p *core.Record, err error) {
	err = app.RunInTransaction(func(tx core.App) error {
		if p, err = Again(tx, v.ID(), clientKey); err != nil {
			return err
		} else if p != nil {
			first, err := tx.FindRecordById("threads", p.GetString("thread"))
			t.SetProxyRecord(first)
			return err
		}
		SignAs(t.Record, v)
		if err := tx.Save(t); err != nil {
			return err
		}
		p, err = Say(tx, v, t.Id, body, "", clientKey)
		if err != nil || p.GetString("state") != Held {
			return err
		}
		t.Set("state", Held)
		journal.By(t.Record, v.ID())
		return tx.Save(t)
	})
	return p, err
}

// New returns a thread that is not saved yet.
func New(app core.App) (*Thread, error) {
	c, err := app.FindCachedCollectionByNameOrId("threads")
	if err != nil {
		return nil, err
	}
	return Wrap(core.NewRecord(c)), nil
}

// Say posts in a thread on behalf of the viewer, who must be allowed to. The same clientKey of the same author makes one
// post, however often it is sent; the answer is the first one.
func Say(app core.App, v *member.Viewer, thread, body, replyTo, clientKey string) (*core.Record, error) {
	if p, err := Again(app, v.ID(), clientKey); p != nil || err != nil {
		return p, err
	}
	c, err := app.FindCachedCollectionByNameOrId("posts")
	if err != nil {
		return nil, err
	}
	p := core.NewRecord(c)
	p.Set("thread", thread)
	p.Set("body", body)
	p.Set("reply_to", replyTo)
	p.Set("client_key", clientKey)
	SignAs(p, v)
	if err := app.Save(p); err != nil {
		if first, e := Again(app, v.ID(), clientKey); first != nil && e == nil {
			return first, nil
		}
		return nil, err
	}
	return p, nil
}

// SignAs writes down who speaks and for whom: their role and organisation stay when the person has left.
func SignAs(r *core.Record, v *member.Viewer) {
	r.Set("author", v.ID())
	r.Set("organisation", v.Organisation())
	if u := v.User(); u != nil {
		r.Set("by_role", u.GetString("role_title"))
	}
	journal.By(r, v.ID())
}

type postRow struct {
	ID           string         `db:"id"`
	Thread       string         `db:"thread"`
	HTML         string         `db:"html"`
	State        string         `db:"state"`
	ReplyTo      string         `db:"reply_to"`
	Author       string         `db:"author"`
	Name         string         `db:"name"`
	Left         bool           `db:"left"`
	ByRole       string         `db:"by_role"`
	Organisation string         `db:"organisation"`
	Seq          int64          `db:"seq"`
	At           types.DateTime `db:"created"`
	Edited       types.DateTime `db:"edited"`
	Example      bool           `db:"example"`
}

func posts(app core.App, where dbx.Expression, order string, limit int64) ([]Post, error) {
	var rows []postRow
	err := app.DB().Select("posts.id", "posts.thread", "posts.html", "posts.state", "posts.reply_to", "posts.author",
		"COALESCE(users.name, '') AS name", "COALESCE(users.left, '') != '' AS left", "posts.by_role", "COALESCE(organisations.name, '') AS organisation", "posts.seq",
		"posts.created", "posts.edited", "posts.example").
		From("posts").
		LeftJoin("users", dbx.NewExp("{{users}}.[[id]] = {{posts}}.[[author]]")).
		LeftJoin("organisations", dbx.NewExp("{{organisations}}.[[id]] = {{posts}}.[[organisation]]")).
		Where(where).OrderBy(order).Limit(limit).All(&rows)
	if err != nil {
		return nil, err
	}
	ps := make([]Post, len(rows))
	for i, r := range rows {
		ps[i] = Post{
			ID: r.ID, Thread: r.Thread, HTML: r.HTML, State: r.State, ReplyTo: r.ReplyTo, Author: r.Author, Name: r.Name, Left: r.Left,
			ByRole: r.ByRole, Organisation: r.Organisation, Seq: r.Seq, At: r.At.Time(), Edited: r.Edited.Time(), Example: r.Example,
		}
		if ps[i].Gone() {
			ps[i].HTML = ""
		}
	}
	if len(ps) == 0 {
		return ps, nil
	}
	return ps, errors.Join(names(app, ps), reactions(app, ps))
}

// traced restricts a query to what everybody who reads the thread may know of.
var traced = dbx.In("posts.state", Visible, Removed)

// Posts returns the posts of a thread that all its readers see, in their order, after the post with the given seq, at
// most limit (-1: all).
func Posts(app core.App, thread string, after int64, limit int64) ([]Post, error) {
	return posts(app, dbx.And(dbx.HashExp{"posts.thread": thread}, traced, dbx.NewExp("{{posts}}.[[seq]] > {:after}", dbx.Params{"after": after})),
		"posts.seq", limit)
}

// LastPosts returns the newest posts of a thread that all its readers see, in their order.
func LastPosts(app core.App, thread string, n int64) ([]Post, error) {
	ps, err := posts(app, dbx.And(dbx.HashExp{"posts.thread": thread}, traced), "posts.seq DESC", n)
	slices.Reverse(ps)
	return ps, err
}

// PostsFor returns the newest posts of a thread, at most n (-1: all), in their order, as one viewer sees them: their own
// and, for those who moderate, everybody's also while they wait or are hidden.
func (t *Thread) PostsFor(app core.App, v *member.Viewer, n int64) ([]Post, error) {
	ps, err := posts(app, t.seenBy(v), "posts.seq DESC", n)
	slices.Reverse(ps)
	return ps, err
}

// Quoted is a post as another one quotes it: with who said it and where, and without telling again whom it mentions.
func Quoted(app core.App, p Post) (string, error) {
	r, err := app.FindRecordById("posts", p.ID)
	if err != nil {
		return "", err
	}
	words := written.ReplaceAllString(r.GetString("body"), "@$1")
	return fmt.Sprintf("[%s](%s) wrote:\n\n> %s\n\n", signs.Replace(p.By()), PostAddress(p.Thread, p.ID), strings.ReplaceAll(words, "\n", "\n> ")), nil
}

// PostsByID returns those of the posts that leave a trace in their thread, in no order.
func PostsByID(app core.App, ids []string) ([]Post, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	wanted := make([]any, len(ids))
	for i, id := range ids {
		wanted[i] = id
	}
	return posts(app, dbx.And(dbx.In("posts.id", wanted...), traced), "posts.seq", -1)
}

// PostByID returns one post as pages show it, false when there is none. It may be one that not all readers see: ask Out
// or Traced.
func PostByID(app core.App, id string) (Post, bool, error) {
	ps, err := posts(app, dbx.HashExp{"posts.id": id}, "posts.seq", 1)
	if err != nil || len(ps) == 0 {
		return Post{}, false, err
	}
	return ps[0], true, nil
}

// Of returns the threads on a document that the viewer may see, the liveliest first.
func Of(app core.App, v *member.Viewer, document string) ([]*Thread, error) {
	return list(app, v, dbx.HashExp{"document": document}, -1)
}

// Latest returns the threads that the viewer may see, the liveliest first, at most n (-1: all).
func Latest(app core.App, v *member.Viewer, n int64) ([]*Thread, error) { return list(app, v, nil, n) }

// In returns the threads of a space that the viewer may see, the liveliest first.
func In(app core.App, v *member.Viewer, space string) ([]*Thread, error) {
	return list(app, v, dbx.HashExp{"space": space}, -1)
}

// Matching returns the threads that match and that the viewer may see, the liveliest first, at most n.
func Matching(app core.App, v *member.Viewer, n int64, where dbx.Expression) ([]*Thread, error) {
	return list(app, v, where, n)
}

func list(app core.App, v *member.Viewer, where dbx.Expression, n int64) ([]*Thread, error) {
	var ts []*Thread
	q := app.RecordQuery("threads").AndWhere(v.Holds("threads.")).OrderBy("pinned DESC", "last_post_at DESC", "id").Limit(n)
	if where != nil {
		q.AndWhere(where)
	}
	return ts, q.All(&ts)
}

// NewPosts returns the first posts of a thread from one number to another that are news to the viewer, at most n, and how many there
// are: not their own, and none that they were told of by itself.
func NewPosts(app core.App, v *member.Viewer, thread string, from, to, n int64) ([]Post, int, error) {
	where := dbx.And(dbx.HashExp{"posts.thread": thread, "posts.state": Visible}, dbx.Not(dbx.HashExp{"posts.author": v.ID()}),
		dbx.NewExp("{{posts}}.[[seq]] BETWEEN {:from} AND {:to}", dbx.Params{"from": from, "to": to}),
		dbx.NewExp("NOT EXISTS (SELECT 1 FROM {{notifications}} o WHERE o.[[user]] = {:me} AND o.[[about]] = 'posts' AND o.[[record]] = {{posts}}.[[id]])", dbx.Params{"me": v.ID()}))
	var count int
	if err := app.DB().Select("COUNT(*)").From("posts").Where(where).Row(&count); err != nil || count == 0 {
		return nil, 0, err
	}
	ps, err := posts(app, where, "posts.seq", n)
	return ps, count, err
}

// WordsOf is a post's words as they were written; Plain takes the markup out of them.
func WordsOf(app core.App, id string) (string, error) {
	var body string
	err := app.DB().Select("body").From("posts").Where(dbx.HashExp{"id": id}).Row(&body)
	return body, err
}
