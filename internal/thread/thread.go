// Package thread owns discussions: threads in a space or on a document, and their posts. Who may read and post follows
// from the space, as for documents; what travels over the wire to open pages is package live's.
//
// A thread can be about one paragraph. It keeps the words that the paragraph had, and is found by them in what the page says
// now (anchor.go): never moved silently, never lost. One of its posts can be what was decided (outcome.go). What readers
// without an account say, and what was answered, hangs on paragraphs in the same way (comment.go).
//
// It owns moderation too, of everything that people write: reports and acts name a record of any room, and of the other
// rooms' records only the fields are touched that say who may see them; their own hooks do the rest.
package thread

import (
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// MaxPost is the longest post, in bytes.
const MaxPost = 64 << 10

// States of a thread and of a post.
const (
	Open    = "open"
	Closed  = "closed"
	Hidden  = "hidden" // taken out of sight by a moderator
	Held    = "held"   // waits for a moderator; a thread waits with its first post
	Visible = "visible"
	Removed = "removed" // taken back by its writer
)

// Kinds of thread, in the order in which a form offers them.
var Kinds = []struct{ Kind, Word string }{
	{"question", "Question"}, {"idea", "Idea"}, {"news", "News"}, {"decision", "Decision"},
}

// first runs before the journal opens its transaction.
const first = -200

// Bind keeps threads and posts in the journal and their promises on every save, whoever saves.
func Bind(app core.App, j *journal.Journal) {
	before := func(collection string, f func(core.App, *core.Record) error) {
		for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate(collection), app.OnRecordUpdate(collection)} {
			h.Bind(&hook.Handler[*core.RecordEvent]{Id: "thread.prepare." + collection, Priority: first, Func: func(e *core.RecordEvent) error {
				if err := f(e.App, e.Record); err != nil {
					return err
				}
				return e.Next()
			}})
		}
	}
	before("threads", prepareThread)
	before("posts", preparePost)

	j.Keep(journal.Kept{Collection: "threads", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent, row.Space = r.GetString("document"), r.GetString("space")
		if row.Verb == "update" {
			row.Verb = change(r)
		}
	}})
	j.Keep(journal.Kept{
		Collection: "posts",
		Row: func(_ core.App, r *core.Record, row *journal.Row) {
			row.Parent = r.GetString("thread")
			row.Space, _, _ = strings.Cut(r.GetString("access"), ":")
			if row.Verb == "update" {
				row.Verb = turn(r.Original().GetString("state"), r.GetString("state"))
			}
		},
		After: afterPost,
	})

	bindPosts(app)
	bindFiles(app)
	bindReactions(app, j)
	app.OnRecordUpdate("documents").BindFunc(func(e *core.RecordEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		if e.Record.GetString("space") == e.Record.Original().GetString("space") {
			return nil
		}
		return moveWithDocument(e.App, e.Record)
	})
	app.OnRecordUpdate("threads").BindFunc(func(e *core.RecordEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		if e.Record.GetString("space") == e.Record.Original().GetString("space") {
			return nil
		}
		return movePosts(e.App, e.Record)
	})
	bindSpaces(app)
	bindModeration(app, j)
	bindComments(app, j)
	bindRequests(app)
}

// change is what the journal calls the change of a thread.
func change(r *core.Record) string {
	was := r.Original()
	switch {
	case r.GetString("space") != was.GetString("space"):
		return "move"
	case r.GetString("outcome") == was.GetString("outcome"):
		return "update"
	case r.GetString("outcome") == "":
		return "undecide"
	}
	return "decide"
}

// turn is what the journal calls the change of a post from one state to another.
func turn(from, to string) string {
	switch {
	case from == to:
		return "update"
	case to == Removed:
		return "remove"
	case to == Hidden && from == Held:
		return "decline"
	case to == Hidden:
		return "hide"
	case from == Held && to == Visible:
		return "release"
	case from == Hidden:
		return "restore"
	}
	return "update"
}

// Thread is the typed coat of a threads record.
type Thread struct{ core.BaseRecordProxy }

func (t *Thread) Title() string       { return t.GetString("title") }
func (t *Thread) ThreadKind() string  { return t.GetString("kind") }
func (t *Thread) Space() string       { return t.GetString("space") }
func (t *Thread) Document() string    { return t.GetString("document") }
func (t *Thread) State() string       { return t.GetString("state") }
func (t *Thread) Author() string      { return t.GetString("author") }
func (t *Thread) Posts() int          { return t.GetInt("post_count") }
func (t *Thread) Slow() int           { return t.GetInt("slow") } // minutes between two posts of one person
func (t *Thread) Pinned() bool        { return t.GetBool("pinned") }
func (t *Thread) Example() bool       { return t.GetBool("example") }
func (t *Thread) Started() time.Time  { return t.GetDateTime("created").Time() }
func (t *Thread) LastPost() time.Time { return t.GetDateTime("last_post_at").Time() }

// Viewable says whether the viewer may read the thread. One that waits is seen by who started it.
func (t *Thread) Viewable(v *member.Viewer) bool {
	waits := t.State() == Held && v.SignedIn() && t.Author() == v.ID() && v.In(t.Space()) >= member.Look
	return waits || v.Sees(t.Space(), visibility(t.State()), "")
}

// Shows says whether the viewer reads the words of a post of this thread.
func (t *Thread) Shows(v *member.Viewer, post *core.Record) bool {
	switch post.GetString("state") {
	case Visible:
		return t.Viewable(v)
	case Held, Hidden:
		own := v.SignedIn() && post.GetString("author") == v.ID()
		return t.Viewable(v) && (own || v.MayModerate(t.Space()))
	}
	return false
}

// Postable says whether the viewer may post in it.
func (t *Thread) Postable(v *member.Viewer) bool {
	return t.State() == Open && t.Viewable(v) && v.MayPost(t.Space())
}

// visibility is the state of an access key: what is neither hidden nor waiting is out.
func visibility(state string) string {
	if state == Hidden || state == Removed || state == Held {
		return "hidden"
	}
	return "published"
}

// Sight is the state by which Viewer decides who sees the thread.
func (t *Thread) Sight() string { return visibility(t.State()) }

// Wrap puts the coat on a record.
func Wrap(r *core.Record) *Thread {
	t := &Thread{}
	t.SetProxyRecord(r)
	return t
}

// ByID returns a thread; the error is sql.ErrNoRows when there is none.
func ByID(app core.App, id string) (*Thread, error) {
	r, err := app.FindRecordById("threads", id)
	if err != nil {
		return nil, err
	}
	return Wrap(r), nil
}

// ByIDs returns the threads that there are of some, by id, in one question to the database.
func ByIDs(app core.App, ids []string) (map[string]*Thread, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := app.FindRecordsByIds("threads", ids)
	byID := make(map[string]*Thread, len(rows))
	for _, r := range rows {
		byID[r.Id] = Wrap(r)
	}
	return byID, err
}

// maxTitle is the longest title, in characters.
const maxTitle = 200

// invisible are characters that change how a line reads without being seen: bidi overrides and zero widths.
var invisible = regexp.MustCompile("[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]")

func prepareThread(app core.App, r *core.Record) error {
	r.Set("title", strings.Join(strings.Fields(invisible.ReplaceAllString(r.GetString("title"), "")), " "))
	if n := utf8.RuneCountInString(r.GetString("title")); n > maxTitle {
		return validation.Errors{"title": validation.NewError("validation_too_long",
			fmt.Sprintf("The title is %d characters long, and %d is the most.", n, maxTitle))}
	}
	if r.GetString("kind") == "" {
		r.Set("kind", Kinds[0].Kind)
	}
	if r.GetString("state") == "" {
		r.Set("state", Open)
	}
	if doc := r.GetString("document"); doc != "" {
		d, err := app.FindRecordById("documents", doc)
		if err != nil {
			return validation.Errors{"document": validation.NewError("validation_missing", "There is no such document.")}
		}
		r.Set("space", d.GetString("space"))
	}
	if r.GetString("space") == "" {
		library, err := member.Library(app)
		if err != nil {
			return err
		}
		r.Set("space", library.Id)
	}
	if r.IsNew() && r.GetDateTime("last_post_at").IsZero() {
		r.Set("last_post_at", time.Now())
	}
	if err := anchor(app, r); err != nil {
		return err
	}
	if err := decided(app, r); err != nil {
		return err
	}
	r.Set("access", member.Access(r.GetString("space"), visibility(r.GetString("state"))))
	return nil
}

// answerable says whether a post stands in a thread where others see it, or saw it.
func answerable(app core.App, post, thread string) bool {
	p, err := app.FindRecordById("posts", post)
	if err != nil {
		return false
	}
	state := p.GetString("state")
	return p.GetString("thread") == thread && (state == Visible || state == Removed)
}

// afterPost gives a new post its place in the order of things and keeps its thread's count. Both follow from the post,
// so they are written past the hooks.
func afterPost(tx core.App, r *core.Record, row journal.Row) error {
	thread := dbx.Params{"thread": r.GetString("thread")}
	if row.Verb != "create" && row.Verb != "release" {
		_, err := tx.DB().NewQuery(`UPDATE {{threads}} SET
			[[post_count]] = (SELECT COUNT(*) FROM {{posts}} WHERE [[thread]] = {:thread} AND [[state]] = 'visible')
			WHERE [[id]] = {:thread}`).Bind(thread).Execute()
		return err
	}
	r.Set("seq", row.Seq) // what was held stands where others see it arrive
	if _, err := tx.DB().Update("posts", dbx.Params{"seq": row.Seq}, dbx.HashExp{"id": r.Id}).Execute(); err != nil {
		return err
	}
	if r.GetString("state") != Visible {
		return nil
	}
	thread["at"] = r.GetDateTime("created").String()
	if row.Verb == "release" {
		thread["at"] = r.GetDateTime("updated").String()
	}
	_, err := tx.DB().NewQuery("UPDATE {{threads}} SET [[post_count]] = [[post_count]] + 1, [[last_post_at]] = {:at} WHERE [[id]] = {:thread}").
		Bind(thread).Execute()
	return err
}

// moveWithDocument takes a document's threads along into its new space.
func moveWithDocument(app core.App, d *core.Record) error {
	threads, err := app.FindAllRecords("threads", dbx.HashExp{"document": d.Id})
	if err != nil {
		return err
	}
	for _, t := range threads {
		journal.By(t, journal.Actor(d))
		if err := app.Save(t); err != nil {
			return err
		}
	}
	return nil
}

// movePosts takes a thread's posts along. Nothing of them changes but who may see them, so it is written past the hooks.
func movePosts(app core.App, t *core.Record) error {
	_, err := app.DB().NewQuery(`UPDATE {{posts}} SET [[access]] = {:space} || CASE [[state]] WHEN 'visible' THEN ':published' ELSE ':hidden' END
		WHERE [[thread]] = {:thread}`).Bind(dbx.Params{"space": t.GetString("space"), "thread": t.Id}).Execute()
	if err != nil {
		return err
	}
	return placeFiles(app, dbx.NewExp("[[post]] IN (SELECT [[id]] FROM {{posts}} WHERE [[thread]] = {:thread})", dbx.Params{"thread": t.Id}))
}

// Again finds the post that an author has already made with a key of the client's, nil when there is none.
func Again(app core.App, author, clientKey string) (*core.Record, error) {
	if clientKey == "" || author == "" {
		return nil, nil
	}
	r := &core.Record{}
	// The index leaves empty keys out and is used only by a question that does so too.
	err := app.RecordQuery("posts").AndWhere(dbx.HashExp{"author": author, "client_key": clientKey}).
		AndWhere(dbx.NewExp("[[client_key]] != ''")).Limit(1).One(r)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return r, err
}

// Says says whether a post was written in these words. What is kept of mentions differs from how they were typed.
func Says(post *core.Record, body string) bool {
	body = strings.TrimSpace(strings.ReplaceAll(body, "\r\n", "\n"))
	kept, mentions := post.GetString("body"), written.FindAllString(body, -1)
	if len(mentions) != len(written.FindAllString(kept, -1)) && len(mentions) > 0 {
		return true // not to be known
	}
	return written.ReplaceAllString(kept, "@") == written.ReplaceAllString(body, "@")
}

var errNotAllowed = errors.New("not allowed")

// Pin puts the thread before the others of its space, or back among them.
func (t *Thread) Pin(app core.App, v *member.Viewer, pinned bool) error {
	if !v.MayModerate(t.Space()) {
		return errNotAllowed
	}
	t.Set("pinned", pinned)
	journal.By(t.Record, v.ID())
	return app.Save(t)
}

// By returns the threads that a person began and that the viewer may see, the liveliest first.
func By(app core.App, v *member.Viewer, person string, n int64) ([]*Thread, error) {
	return list(app, v, dbx.HashExp{"author": person}, n)
}

// Wrote says whether a person posted something that the viewer can read.
func Wrote(app core.App, v *member.Viewer, person string) (bool, error) {
	var n int
	err := app.DB().Select("COUNT(*)").From("posts").
		Where(dbx.HashExp{"posts.author": person, "posts.state": Visible}).AndWhere(v.Holds("posts.")).Row(&n)
	return n > 0, err
}
