package thread

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/journal"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

const (
	maxComment  = 2000 // characters
	maxAnswer   = 1000
	mostWaiting = 1000 // comments that wait for a moderator, in the whole hub
)

// KeepDeclined is for how many days comments stay that a moderator declined.
const KeepDeclined = 90

// Few is the number of people below which it is not said how many they were: the few could be known by it.
const Few = 5

// Comment is the typed coat of a comments record: what a reader without an account says is unclear, wrong or missing on a
// page or in one paragraph of it. Nothing in it says who that was.
type Comment struct{ core.BaseRecordProxy }

func (c *Comment) Document() string { return c.GetString("document") }
func (c *Comment) Page() string     { return c.GetString("page") }
func (c *Comment) Words() string    { return c.GetString("words") }
func (c *Comment) Answer() string   { return c.GetString("answer") }
func (c *Comment) Wording() string  { return c.GetString("wording") }
func (c *Comment) Space() string    { return c.GetString("space") }
func (c *Comment) At() time.Time    { return c.GetDateTime("created").Time() }

// About says whether the comment is about one paragraph.
func (c *Comment) About() bool { return c.Wording() != "" }

// Place finds the comment's paragraph among those of its page as it is now.
func (c *Comment) Place(paragraphs []markdown.Paragraph) (at int, how Found) {
	return Locate(paragraphs, c.GetString("quote"), c.Wording())
}

// Answer is the typed coat of an answers record: what was changed because of comments, or why nothing was.
type Answer struct{ core.BaseRecordProxy }

func (a *Answer) Document() string { return a.GetString("document") }
func (a *Answer) Page() string     { return a.GetString("page") }
func (a *Answer) Changed() bool    { return a.GetBool("changed") }
func (a *Answer) Words() string    { return a.GetString("words") }
func (a *Answer) Wording() string  { return a.GetString("wording") }
func (a *Answer) At() time.Time    { return a.GetDateTime("created").Time() }

// Place finds the answer's paragraph among those of its page as it is now.
func (a *Answer) Place(paragraphs []markdown.Paragraph) (at int, how Found) {
	return Locate(paragraphs, a.GetString("quote"), a.Wording())
}

// Said is what somebody says about a page. Document is "" for a page that is none, Paragraph the key of one paragraph or "".
type Said struct{ Document, Page, Paragraph, Words, ClientKey string }

// Keep keeps what a reader says: it waits for a moderator. The same client key keeps it once.
func (s Said) Keep(app core.App) error {
	if s.ClientKey != "" {
		if n, err := count(app, "comments", dbx.HashExp{"client_key": s.ClientKey}); n > 0 || err != nil {
			return err
		}
	}
	c, err := app.FindCachedCollectionByNameOrId("comments")
	if err != nil {
		return err
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{"document": s.Document, "page": s.Page, "quote": s.Paragraph, "words": s.Words, "client_key": s.ClientKey, "state": Held})
	return app.Save(r)
}

// bindComments keeps comments and answers in the journal, and what they promise. The rows of comments name no actor.
func bindComments(app core.App, j *journal.Journal) {
	app.OnRecordCreate("comments").BindFunc(func(e *core.RecordEvent) error {
		if journal.Actor(e.Record) != "import" {
			journal.By(e.Record, "")
		}
		if err := prepareComment(e.App, e.Record); err != nil {
			return err
		}
		return e.Next()
	})
	app.OnRecordCreate("answers").BindFunc(func(e *core.RecordEvent) error {
		if err := prepareAnswer(e.App, e.Record); err != nil {
			return err
		}
		return e.Next()
	})
	j.Keep(journal.Kept{Collection: "comments", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent, row.Space = r.GetString("document"), r.GetString("space")
		if row.Verb == "update" {
			row.Verb = turn(r.Original().GetString("state"), r.GetString("state"))
		}
		if r.GetString("answer") != r.Original().GetString("answer") && row.Verb == "update" {
			row.Verb = "answer"
		}
	}})
	j.Keep(journal.Kept{Collection: "answers", Row: func(_ core.App, r *core.Record, row *journal.Row) { row.Parent = r.GetString("document") }})
	app.OnRecordUpdate("documents").BindFunc(func(e *core.RecordEvent) error {
		if err := e.Next(); err != nil || e.Record.GetString("space") == e.Record.Original().GetString("space") {
			return err
		}
		_, err := e.App.DB().Update("comments", dbx.Params{"space": e.Record.GetString("space")}, dbx.HashExp{"document": e.Record.Id}).Execute()
		return err
	})
}

// prepareComment tidies what somebody wrote and writes down where it is about.
func prepareComment(app core.App, r *core.Record) error {
	words, err := tidied(r, maxComment, "Write what is unclear, wrong or missing.")
	if err != nil {
		return err
	}
	r.Set("words", words)
	library, err := member.Library(app)
	if err != nil {
		return err
	}
	r.Set("space", library.Id)
	if id := r.GetString("document"); id != "" {
		d, err := app.FindRecordById("documents", id)
		if err != nil || d.GetString("state") != published && r.GetString("state") == Held { // what comes in again was said while it was
			return validation.Errors{"document": validation.NewError("validation_missing", "There is no such page.")}
		}
		r.Set("space", d.GetString("space"))
	}
	if err := anchor(app, r); err != nil || r.GetString("state") != Held {
		return err
	}
	waiting, err := count(app, "comments", dbx.HashExp{"state": Held})
	if err == nil && waiting >= mostWaiting {
		err = validation.Errors{"words": validation.NewError("validation_full", "Very many messages wait to be read at the moment. Please try again tomorrow.")}
	}
	return err
}

// tidied are the words of a record, or what is wrong with them.
func tidied(r *core.Record, most int, sentence string) (string, error) {
	words := strings.TrimSpace(invisible.ReplaceAllString(strings.ReplaceAll(r.GetString("words"), "\r\n", "\n"), ""))
	switch n := utf8.RuneCountInString(words); {
	case words == "":
		return "", validation.Errors{"words": validation.NewError("validation_required", sentence)}
	case n > most:
		return "", validation.Errors{"words": validation.NewError("validation_too_long", fmt.Sprintf("It is %d characters long, and %d is the most.", n, most))}
	}
	return words, nil
}

func prepareAnswer(app core.App, r *core.Record) error {
	words, err := tidied(r, maxAnswer, "Say what changed, or why nothing did.")
	if err != nil {
		return err
	}
	r.Set("words", words)
	return anchor(app, r)
}

// Answerable says whether the viewer answers what readers say about the pages of a space: those who moderate there. Those
// who may change a page answer what is said about it as well.
func Answerable(v *member.Viewer, space string) bool { return v.MayModerate(space) }

// Reply keeps an answer to comments of one page that are out and have none, all or nothing.
func Reply(app core.App, v *member.Viewer, to []*Comment, changed bool, paragraph, words string) (*Answer, error) {
	if len(to) == 0 {
		return nil, validation.Errors{"comments": validation.NewError("validation_required", "Choose what you answer.")}
	}
	c, err := app.FindCachedCollectionByNameOrId("answers")
	if err != nil {
		return nil, err
	}
	a := &Answer{}
	a.SetProxyRecord(core.NewRecord(c))
	a.Load(map[string]any{"document": to[0].Document(), "page": to[0].Page(), "quote": paragraph, "changed": changed, "words": words, "by": v.ID()})
	journal.By(a.Record, v.ID())
	return a, app.RunInTransaction(func(tx core.App) error {
		if err := tx.Save(a); err != nil {
			return err
		}
		for _, c := range to {
			now, err := tx.FindRecordById("comments", c.Id)
			if err != nil || now.GetString("state") != Visible || now.GetString("answer") != "" || !a.isOf(now) {
				return validation.Errors{"comments": validation.NewError("validation_answered", "Somebody has answered one of these meanwhile, or it is not shown any more. Look again.")}
			}
			now.Set("answer", a.Id)
			journal.By(now, v.ID())
			if err := tx.Save(now); err != nil {
				return err
			}
		}
		return nil
	})
}

// isOf says whether the answer is about the page of a comment: a document stays the same under another address.
func (a *Answer) isOf(comment *core.Record) bool {
	if a.Document() != "" {
		return comment.GetString("document") == a.Document()
	}
	return comment.GetString("page") == a.Page()
}

// WaitingIn counts the comments of a space that wait for a moderator, and gives the one that has waited longest, nil where none
// waits.
func WaitingIn(app core.App, space string) (n int, oldest *Comment, err error) {
	held := dbx.HashExp{"state": Held, "space": space}
	if n, err = count(app, "comments", held); n == 0 || err != nil {
		return 0, nil, err
	}
	oldest = &Comment{}
	return n, oldest, app.RecordQuery("comments").AndWhere(held).OrderBy("created", "id").Limit(1).One(oldest)
}

// Unanswered lists the comments that are out and wait for an answer, the oldest first: of one page, or of all with "".
func Unanswered(app core.App, page string) ([]*Comment, error) {
	var list []*Comment
	q := app.RecordQuery("comments").AndWhere(dbx.HashExp{"state": Visible, "answer": ""}).OrderBy("created", "id").Limit(1000)
	if page != "" {
		q.AndWhere(dbx.HashExp{"page": page})
	}
	return list, q.All(&list)
}

// UnansweredOn lists those of a document.
func UnansweredOn(app core.App, document string) ([]*Comment, error) {
	var list []*Comment
	err := app.RecordQuery("comments").AndWhere(dbx.HashExp{"document": document, "state": Visible, "answer": ""}).OrderBy("created", "id").Limit(1000).All(&list)
	return list, err
}

// Answers lists answers, the newest first: those on a document, or all with "".
func Answers(app core.App, document string, most int64) ([]*Answer, error) {
	var list []*Answer
	q := app.RecordQuery("answers").OrderBy("created DESC", "id").Limit(most)
	if document != "" {
		q.AndWhere(dbx.HashExp{"document": document})
	}
	return list, q.All(&list)
}

// AnsweredBy counts the comments to which each answer is.
func AnsweredBy(app core.App, answers []*Answer) (map[string]int, error) {
	ids := make([]any, len(answers))
	for i, a := range answers {
		ids[i] = a.Id
	}
	var rows []struct {
		Answer string `db:"answer"`
		N      int    `db:"n"`
	}
	counts := map[string]int{}
	for part := range slices.Chunk(ids, 500) {
		err := app.DB().Select("answer", "COUNT(*) AS n").From("comments").Where(dbx.In("answer", part...)).GroupBy("answer").All(&rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			counts[r.Answer] = r.N
		}
	}
	return counts, nil
}

// DropDeclined drops comments that moderators declined more than days ago, at most limit, and says how many.
func DropDeclined(app core.App, days, limit int) (int, error) {
	done, err := app.DB().NewQuery(`DELETE FROM {{comments}} WHERE [[id]] IN (SELECT [[id]] FROM {{comments}}
		WHERE [[state]] = 'hidden' AND [[updated]] < {:before} LIMIT {:limit})`).
		Bind(dbx.Params{"before": time.Now().UTC().AddDate(0, 0, -days).Format("2006-01-02 15:04:05.000Z"), "limit": limit}).Execute()
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}
