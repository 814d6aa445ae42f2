package library

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

const (
	revisionKey = "@revision" // carries the id of the revision that a save is about to leave
	reasonKey   = "@reason"   // why, in the words of whoever saves
	creditKey   = "@credit"   // who suggested it
)

// Because gives the next save of a document its reason, which its history shows.
func Because(d *Document, reason string) { d.SetRaw(reasonKey, clip(tidyText(reason), 1000)) }

// Credit names who suggested what the next save of a document says.
func Credit(d *Document, person string) { d.SetRaw(creditKey, person) }

// baseKey carries the number of the revision that a save builds on.
const baseKey = "@base"

// ErrBehind says that somebody else saved the document since the revision that a save builds on. Nothing was written.
var ErrBehind = errors.New("somebody else saved the document meanwhile")

// BuildsOn names the revision on which the next save builds; the save fails with ErrBehind when it is not the newest.
func (d *Document) BuildsOn(number int) { d.SetRaw(baseKey, number) }

// behind is asked in the transaction of the save, when nobody else can write.
func (d *Document) behind(tx core.App) error {
	base, ok := d.GetRaw(baseKey).(int)
	if !ok {
		return nil
	}
	if newest, err := Newest(tx, d.Id); err != nil || newest == base {
		return err
	}
	return ErrBehind
}

// written are the fields that a writer writes: a revision holds them all, and a save that changes none leaves none.
var written = []string{
	"kind", "space", "slug", "chapter", "position", "title", "summary", "challenge", "action", "result", "body", "language",
	"organisation", "places", "programmes", "audience", "topics", "evidence", "involvement_grade", "tried_stopped",
	"contact_role", "owner_role", "country", "urgent", "last_reviewed", "check_by", "meta",
}

// Content is everything that a writer wrote, by field.
func (d *Document) Content() map[string]any {
	content := make(map[string]any, len(written))
	for _, f := range written {
		content[f] = d.Get(f)
	}
	return content
}

// changed says whether a save alters what a writer wrote, or the state.
func (d *Document) changed() bool {
	return d.IsNew() || d.State() != d.Original().GetString("state") || d.changes(written)
}

// changes says whether a save alters one of the fields.
func (d *Document) changes(fields []string) bool {
	was := Wrap(d.Original())
	for _, f := range fields {
		if !reflect.DeepEqual(plainValue(d.Get(f)), plainValue(was.Get(f))) {
			return true
		}
	}
	return false
}

// plainValue is a value as text, the same for equal ones: what comes out of a revision has its keys in another order.
func plainValue(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(raw) > 0 && raw[0] == '{' {
		var keyed map[string]any
		if json.Unmarshal(raw, &keyed) == nil {
			raw, _ = json.Marshal(keyed)
		}
	}
	return string(raw)
}

// Revision is one kept save of a document.
type Revision struct{ core.BaseRecordProxy }

func (r *Revision) Number() int      { return r.GetInt("number") }
func (r *Revision) Author() string   { return r.GetString("author") }
func (r *Revision) Document() string { return r.GetString("document") }
func (r *Revision) Note() string     { return r.GetString("note") }

// Content is what the document said, by field.
func (r *Revision) Content() (map[string]any, error) {
	var content map[string]any
	err := r.UnmarshalJSONField("content", &content)
	return content, err
}

// keepRevision leaves a revision of a save that changed something; publishing closes work in progress.
func (d *Document) keepRevision(tx core.App, actor string) error {
	id := d.GetString(revisionKey)
	if id == "" {
		return nil
	}
	d.SetRaw(revisionKey, "")
	if err := d.behind(tx); err != nil {
		return err
	}
	if err := closeWork(tx, d.Id); err != nil {
		return err
	}
	now := types.NowDateTime()
	if _, err := tx.DB().Update("revisions", dbx.Params{"until": now.String()}, dbx.And(dbx.HashExp{"document": d.Id, "until": ""}, dbx.Not(dbx.HashExp{"out": ""}))).Execute(); err != nil {
		return err
	}
	r, err := d.newRevision(tx, actor)
	if err != nil {
		return err
	}
	r.Id = id
	if d.Out() {
		r.Set("out", now)
	}
	return tx.Save(r)
}

// SaveWork keeps work in progress on a document that is out, beside what the public reads. Work that says what is out, or
// what was kept last, leaves no revision.
func SaveWork(app core.App, d *Document, actor string) (*Revision, error) {
	var r *Revision
	err := app.RunInTransaction(func(tx core.App) error {
		before, err := Work(tx, d.Id)
		if err != nil || before != nil && before.says(d.Content()) {
			r = before
			return err
		}
		if err := d.behind(tx); err != nil {
			return err
		}
		if err := closeWork(tx, d.Id); err != nil {
			return err
		}
		if err := overtake(tx, d.Id, actor, d.changed()); err != nil || !d.changed() {
			return err
		}
		if r, err = d.newRevision(tx, actor); err != nil {
			return err
		}
		r.Set("open", true)
		r.Set("state", Draft)
		return tx.Save(r)
	})
	return r, err
}

// says tells whether a revision holds the given words.
func (r *Revision) says(content map[string]any) bool {
	var own, other map[string]any
	return r.UnmarshalJSONField("content", &own) == nil && json.Unmarshal([]byte(plainValue(content)), &other) == nil && reflect.DeepEqual(own, other)
}

// EndWork closes the work beside a document that says it all by now.
func EndWork(app core.App, document string) error { return closeWork(app, document) }

func closeWork(tx core.App, document string) error {
	_, err := tx.DB().Update("revisions", dbx.Params{"open": false}, dbx.HashExp{"document": document, "open": true}).Execute()
	return err
}

// newRevision is the next revision of a document as it stands, not saved.
func (d *Document) newRevision(tx core.App, actor string) (*Revision, error) {
	c, err := tx.FindCachedCollectionByNameOrId("revisions")
	if err != nil {
		return nil, err
	}
	r := &Revision{}
	r.SetProxyRecord(core.NewRecord(c))
	number, err := Newest(tx, d.Id)
	if err != nil {
		return nil, err
	}
	for field, user := range map[string]string{"author": actor, "suggested_by": d.GetString(creditKey)} {
		if _, err := tx.FindRecordById("users", user); user != "" && err == nil {
			r.Set(field, user)
		}
	}
	r.Set("document", d.Id)
	r.Set("number", number+1)
	r.Set("state", d.State())
	r.Set("note", d.GetString(reasonKey))
	r.Set("content", d.Content())
	journal.By(r.Record, actor)
	d.SetRaw(reasonKey, "")
	d.SetRaw(creditKey, "")
	return r, nil
}

// Work returns the open revision of a document, nil when there is none.
func Work(app core.App, document string) (*Revision, error) {
	var rs []*Revision
	err := app.RecordQuery("revisions").AndWhere(dbx.HashExp{"document": document, "open": true}).OrderBy("number DESC").Limit(1).All(&rs)
	if err != nil || len(rs) == 0 {
		return nil, err
	}
	return rs[0], nil
}

// AsOf returns a copy of the document with the words of one of its revisions; the error is sql.ErrNoRows when there is no
// such revision.
func AsOf(app core.App, d *Document, number int) (*Document, *Revision, error) {
	r := &Revision{}
	err := app.RecordQuery("revisions").AndWhere(dbx.HashExp{"document": d.Id, "number": number}).Limit(1).One(r)
	if err != nil {
		return nil, nil, err
	}
	then := Wrap(d.Record.Clone())
	return then, r, then.Apply(r)
}

// Newest is the number of the document's newest revision, 0 when there is none.
func Newest(app core.App, document string) (int, error) {
	var n int
	err := app.DB().NewQuery("SELECT COALESCE(MAX([[number]]), 0) FROM {{revisions}} WHERE [[document]] = {:d}").
		Bind(dbx.Params{"d": document}).Row(&n)
	return n, err
}

// Apply puts a revision's words onto a document without saving it. Where the document stands is not one of them: it may
// have been moved since, and old words must not take it back to those who saw it then.
func (d *Document) Apply(r *Revision) error {
	var content map[string]any
	if err := r.UnmarshalJSONField("content", &content); err != nil {
		return err
	}
	for _, f := range written {
		if v, ok := content[f]; ok && f != "space" {
			d.Set(f, v)
		}
	}
	return nil
}

// moveRevisions writes the partner that takes another's place into the revisions and suggestions that name the other: what
// was kept can still be put back, and published.
func moveRevisions(e *core.RecordEvent) error {
	into := member.MergedInto(e.Record)
	for _, table := range []string{"revisions", "suggestions"} {
		if into == "" {
			break
		}
		_, err := e.App.DB().NewQuery(`UPDATE {{` + table + `}} SET [[content]] = json_set([[content]], '$.organisation', {:into})
			WHERE json_valid([[content]]) AND json_extract([[content]], '$.organisation') = {:gone}`).
			Bind(dbx.Params{"into": into, "gone": e.Record.Id}).Execute()
		if err != nil {
			return err
		}
	}
	return e.Next()
}
