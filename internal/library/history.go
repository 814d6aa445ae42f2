package library

import (
	"database/sql"
	"fmt"
	"slices"
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Version is what a history says of a revision without its words.
type Version struct {
	ID           string         `db:"id"`
	Number       int            `db:"number"`
	At           types.DateTime `db:"created"`
	Author       string         `db:"author"`
	SuggestedBy  string         `db:"suggested_by"`
	Note         string         `db:"note"`
	Open         bool           `db:"open"` // work that waits beside what is out
	State        string         `db:"state"`
	Out          types.DateTime `db:"out"`   // when readers began to see it; zero when they never did
	Until        types.DateTime `db:"until"` // when they ceased to; zero while they do
	Space        string         `db:"space"` // where the document stood then
	Organisation string         `db:"organisation"`
}

// WasOut says whether readers ever saw it.
func (v Version) WasOut() bool { return !v.Out.IsZero() }

// IsOut says whether readers see it now.
func (v Version) IsOut() bool { return v.WasOut() && v.Until.IsZero() }

// History lists every kept save of a document, the newest first, without their words: they can be long, and many.
func History(app core.App, document string) ([]Version, error) {
	var list []Version
	err := app.DB().Select("id", "number", "created", "author", "suggested_by", "note", "open", "state", "out", "until",
		"COALESCE(json_extract([[content]], '$.space'), '') AS space", "COALESCE(json_extract([[content]], '$.organisation'), '') AS organisation").
		From("revisions").Where(dbx.HashExp{"document": document}).OrderBy("number DESC").All(&list)
	return list, err
}

// Public lists the versions of a document that readers have seen and that the viewer may see, the newest first. What was
// out while the document stood in a space that the viewer may not look into is none of them: moving a page opens what it
// says now, not what it said before.
func Public(app core.App, v *member.Viewer, d *Document) ([]Version, error) {
	if !d.Out() || !d.Viewable(v) {
		return nil, nil
	}
	all, err := History(app, d.Id)
	return slices.DeleteFunc(all, func(r Version) bool { return !r.WasOut() || !v.Sees(r.Space, Published, "") }), err
}

// OutOn is the version that readers saw at the end of a day, or see now when the day is not over; the error is sql.ErrNoRows
// when there was none.
func OutOn(public []Version, end time.Time) (Version, error) {
	for _, r := range public {
		if r.Out.Time().Before(end) && (r.Until.IsZero() || !r.Until.Time().Before(end)) {
			return r, nil
		}
	}
	return Version{}, sql.ErrNoRows
}

// RevisionOf returns a revision by its number; the error is sql.ErrNoRows when the document has none of it.
func RevisionOf(app core.App, document string, number int) (*Revision, error) {
	r := &Revision{}
	err := app.RecordQuery("revisions").AndWhere(dbx.HashExp{"document": document, "number": number}).Limit(1).One(r)
	return r, err
}

// As returns the document as a revision has it, not saved, and never to be.
func (d *Document) As(r *Revision) (*Document, error) {
	then := Wrap(d.Record.Clone())
	if err := then.Apply(r); err != nil {
		return nil, err
	}
	if state := r.GetString("state"); state != "" {
		then.Set("state", state)
	}
	return then, nil
}

// Restore puts what a revision says onto the document, to be saved like any other change: nothing is taken out of the
// history. Its address stays.
func (d *Document) Restore(r *Revision, why string) error {
	slug, chapter := d.Slug(), d.Chapter()
	if err := d.Apply(r); err != nil {
		return err
	}
	d.Set("slug", slug)
	d.Set("chapter", chapter)
	reason := fmt.Sprintf("Put back from version %d.", r.Number())
	if why != "" {
		reason += " " + why
	}
	Because(d, reason)
	return nil
}
