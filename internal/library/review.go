package library

import (
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Review is one thing that was done about a document.
type Review struct{ core.BaseRecordProxy }

func (r *Review) Act() string      { return r.GetString("act") }
func (r *Review) Words() string    { return r.GetString("words") }
func (r *Review) By() string       { return r.GetString("by") }
func (r *Review) Asked() string    { return r.GetString("asked") } // the reviewer who was chosen, "" for any
func (r *Review) Role() string     { return r.GetString("role") }  // of somebody without an account
func (r *Review) Document() string { return r.GetString("document") }
func (r *Review) Revision() string { return r.GetString("revision") }
func (r *Review) At() time.Time    { return r.GetDateTime("created").Time() }

// AsReview puts the coat on a record.
func AsReview(record *core.Record) *Review {
	r := &Review{}
	r.SetProxyRecord(record)
	return r
}

// bindReviews keeps in the journal what was done, under its own name.
func bindReviews(app core.App, j *journal.Journal) {
	j.Keep(journal.Kept{Collection: "reviews", Row: func(tx core.App, r *core.Record, row *journal.Row) {
		row.Parent = r.GetString("document")
		if row.Verb == "create" {
			row.Verb = r.GetString("act")
		}
		if d, err := ByID(tx, row.Parent); err == nil {
			row.Space = d.Space()
		}
	}})
	j.Keep(journal.Kept{Collection: "approval_links", Row: func(tx core.App, r *core.Record, row *journal.Row) {
		row.Parent = r.GetString("document")
		if d, err := ByID(tx, row.Parent); err == nil {
			row.Space = d.Space()
		}
	}})
}

// leaveTrace writes down what a save did about the document. Whoever moved it on without saying how, as over REST, did
// what the states say; what the hub itself, operators and commands write is no step in a document's life.
func (d *Document) leaveTrace(tx core.App, actor string) error {
	did := d.deed()
	d.SetRaw(deedKey, nil)
	person, err := tx.FindRecordById("users", actor)
	if did.act == "" && err == nil {
		did.act = actOf(d.Original().GetString("state"), d.State())
	}
	if did.act == "" {
		return nil
	}
	c, err := tx.FindCachedCollectionByNameOrId("reviews")
	if err != nil {
		return err
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{"document": d.Id, "revision": did.revision, "act": did.act, "words": did.words, "role": did.role, "asked": did.asked})
	if person != nil {
		r.Set("by", person.Id)
	}
	journal.By(r, actor)
	return tx.Save(r)
}

// actOf is what a move between states is called.
func actOf(was, is string) string {
	switch {
	case was == is, was == "" && is == Draft:
		return ""
	case is == InReview:
		return ActSubmit
	case is == Published:
		return ActPublish
	case is == Withdrawn:
		return ActWithdraw
	}
	return ActTakeBack
}

// overtake takes back the approval of work that was changed since. What says again what is out waits for nobody.
func overtake(tx core.App, document, actor string, more bool) error {
	d, err := ByID(tx, document)
	if err != nil || d.Submitted().IsZero() && d.PublishAt().IsZero() {
		return err
	}
	switch {
	case !more:
		d.unsubmit()
		return d.save(tx, actor, deed{act: ActTakeBack})
	case !d.Approved().IsZero():
		d.Set("approved", "")
		d.Set("approved_revision", "")
		return d.save(tx, actor, deed{act: ActOvertaken})
	}
	return nil
}

// Reviews lists what was done about a document, the newest first.
func Reviews(app core.App, document string, limit int) ([]*Review, error) {
	var rs []*Review
	err := app.RecordQuery("reviews").AndWhere(dbx.HashExp{"document": document}).OrderBy("created DESC", "rowid DESC").Limit(int64(limit)).All(&rs)
	return rs, err
}

// LastReview is the newest of some acts about a document, nil when there was none.
func LastReview(app core.App, document string, acts ...any) (*Review, error) {
	var rs []*Review
	err := app.RecordQuery("reviews").AndWhere(dbx.HashExp{"document": document}).AndWhere(dbx.In("act", acts...)).
		OrderBy("created DESC", "rowid DESC").Limit(1).All(&rs)
	if err != nil || len(rs) == 0 {
		return nil, err
	}
	return rs[0], nil
}

// Queue lists what waits for the viewer as a reviewer, and counts it: first what readers read already, by the day on which
// it should have been checked, then what waits for approval, the oldest first.
func Queue(app core.App, v *member.Viewer, offset, limit int) (list []*Document, total int, err error) {
	spaces := v.Reviews()
	if len(spaces) == 0 {
		return nil, 0, nil
	}
	where := dbx.And(dbx.In("space", anys(spaces)...), notBinned, dbx.Or(
		dbx.NewExp("[[submitted]] != '' AND [[approved]] = ''"),
		dbx.NewExp("[[second_check_by]] != '' AND [[state]] = 'published'"),
	))
	if err := app.DB().Select("COUNT(*)").From("documents").Where(where).Row(&total); err != nil {
		return nil, 0, err
	}
	err = app.RecordQuery("documents").AndWhere(where).
		OrderBy("([[second_check_by]] = '')", "[[second_check_by]]", "[[submitted]]", "id").Offset(int64(offset)).Limit(int64(limit)).All(&list)
	return list, total, err
}

// Underway lists what the viewer wrote or asked about that waits, comes out at a time, was sent back or is to be looked
// at, the newest first.
func Underway(app core.App, v *member.Viewer, limit int) ([]*Document, error) {
	own := dbx.Or(dbx.HashExp{"author": v.ID()}, dbx.HashExp{"submitted_by": v.ID()}, dbx.HashExp{"scheduled_by": v.ID()})
	sentBack := dbx.NewExp(`[[state]] = 'draft' AND (SELECT [[act]] FROM {{reviews}} r WHERE r.[[document]] = {{documents}}.[[id]]
		ORDER BY r.[[created]] DESC, r.rowid DESC LIMIT 1) IN ('changes', 'failed')`)
	var list []*Document
	err := app.RecordQuery("documents").AndWhere(own).AndWhere(notBinned).AndWhere(dbx.Or(
		dbx.NewExp("[[submitted]] != ''"), dbx.NewExp("[[publish_at]] != ''"), dbx.NewExp("[[second_check_by]] != '' AND [[state]] = 'published'"), sentBack,
	)).OrderBy("updated DESC", "id").Limit(int64(limit)).All(&list)
	return list, err
}
