// Package journal keeps what happened, in order: one row for each change to a kept collection, written in the
// transaction of the change itself, whoever made it (a page, REST, the dashboard, a command in another process).
//
// It is the one feed of everything that must follow the database (search, live threads, caches, later mail), and the
// audit trail: each row carries a sum over itself and the sum of the row before, so that one that was changed or taken out
// is found. It does not know what a row means to those who read it, and nobody edits a row.
package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Row is one change. Seq only grows and has no order but its own: clocks jump, numbers do not.
type Row struct {
	Seq     int64         `db:"seq"`
	At      string        `db:"at"`      // RFC 3339, UTC
	Actor   string        `db:"actor"`   // a user's id, "operator:ID", the name of a command, or "" for the hub itself
	Verb    string        `db:"verb"`    // create, update, delete, or the room's own word (publish, withdraw, ...)
	Subject string        `db:"subject"` // the collection
	Record  string        `db:"record"`
	Parent  string        `db:"parent"` // the record this one belongs to: a post's thread, an adoption's document
	Space   string        `db:"space"`
	Data    types.JSONRaw `db:"data"`
	Sum     string        `db:"sum"` // over this row and the sum of the one before; "" for rows older than the chain
}

// Kind is subject and verb in one word, such as "posts.create".
func (r Row) Kind() string { return r.Subject + "." + r.Verb }

// Kept says how changes to one collection are written down.
type Kept struct {
	Collection string
	// Row may refine the row that is about to be written: its verb, parent, space and data.
	Row func(tx core.App, record *core.Record, row *Row)
	// After runs in the same transaction once the row has its Seq; an error undoes the change.
	After func(tx core.App, record *core.Record, row Row) error
}

// Journal writes rows for one app and tells followers in this process at once.
type Journal struct {
	app core.App

	mu   sync.Mutex
	wake chan struct{} // closed and replaced whenever a row was committed
}

// New returns the journal of app and lets REST requests name their actor.
func New(app core.App) *Journal {
	j := &Journal{app: app, wake: make(chan struct{})}
	app.Store().Set(storeKey, j)
	name := func(e *core.RecordRequestEvent) error {
		if e.Auth != nil {
			By(e.Record, actorOf(e.Auth))
		}
		return e.Next()
	}
	app.OnRecordCreateRequest().BindFunc(name)
	app.OnRecordUpdateRequest().BindFunc(name)
	app.OnRecordDeleteRequest().BindFunc(name)
	return j
}

func actorOf(auth *core.Record) string {
	if auth.IsSuperuser() {
		return "operator:" + auth.Id
	}
	return auth.Id
}

const (
	actorKey = "@actor"
	storeKey = "commonplace.journal"
)

// By names who is about to save or delete the record; without it the row has no actor.
func By(record *core.Record, actor string) { record.SetRaw(actorKey, actor) }

// Actor is who By named.
func Actor(record *core.Record) string { return record.GetString(actorKey) }

// outermost runs before the rooms' own hooks, so that all of them share the transaction.
const outermost = -100

// Keep writes a row for every change to a collection from now on.
func (j *Journal) Keep(k Kept) {
	bind := func(h *hook.TaggedHook[*core.RecordEvent], verb string) {
		h.Bind(&hook.Handler[*core.RecordEvent]{
			Id:       "journal." + k.Collection + "." + verb,
			Priority: outermost,
			Func:     func(e *core.RecordEvent) error { return j.keep(e, k, verb) },
		})
	}
	bind(j.app.OnRecordCreate(k.Collection), "create")
	bind(j.app.OnRecordUpdate(k.Collection), "update")
	bind(j.app.OnRecordDelete(k.Collection), "delete")
}

// keep runs the change and the writing of its row in one transaction: PocketBase's own save is not atomic with its
// hooks.
func (j *Journal) keep(e *core.RecordEvent, k Kept, verb string) error {
	before := e.App
	err := e.App.RunInTransaction(func(tx core.App) error {
		e.App = tx
		row, old := Row{Verb: verb, Subject: k.Collection}, stored(tx, e.Record, verb)
		if err := e.Next(); err != nil {
			return err
		}
		row.Data = changes(old, e.Record, verb)
		row.Actor, row.Record = Actor(e.Record), e.Record.Id
		if k.Row != nil {
			k.Row(tx, e.Record, &row)
		}
		if err := j.write(tx, &row); err != nil {
			return err
		}
		if k.After != nil {
			return k.After(tx, e.Record, row)
		}
		return nil
	})
	e.App = before
	return err
}

// weighty are the fields whose values are written down too, because they decide who may see and do what. They hold one of
// a few known words, yes and no, or the id of a space; never what somebody typed.
var weighty = []string{"role", "level", "state", "suspended", "second_factor", "hold_new", "space"}

// tellable are the types of fields that may be weighty; a space is a relation.
var tellable = []string{core.FieldTypeSelect, core.FieldTypeBool, core.FieldTypeRelation}

// change is what a row's data say of a record's change. Values of all other fields stay out: they live in the rows and
// revisions themselves, and go from there when somebody is erased.
type change struct {
	Changed []string       `json:"changed,omitempty"`
	Was     map[string]any `json:"was,omitempty"`
	Now     map[string]any `json:"now,omitempty"`
}

// stored is the record as it was. One that this process has just made and saves again does not know it itself.
func stored(tx core.App, record *core.Record, verb string) *core.Record {
	old := record.Original()
	if verb == "create" || old.Id != "" {
		return old
	}
	if r, err := tx.FindRecordById(record.Collection(), record.Id); err == nil {
		return r
	}
	return old
}

// changes lists the names of the fields that differ from what is stored, and what the weighty ones were and are.
func changes(old, now *core.Record, verb string) types.JSONRaw {
	c := change{Was: map[string]any{}, Now: map[string]any{}}
	for _, f := range now.Collection().Fields {
		name := f.GetName()
		if name == "updated" || f.Type() == core.FieldTypePassword {
			continue
		}
		differs := verb == "update" && fmt.Sprint(old.GetRaw(name)) != fmt.Sprint(now.GetRaw(name))
		if differs {
			c.Changed = append(c.Changed, name)
		}
		if !slices.Contains(weighty, name) || !slices.Contains(tellable, f.Type()) {
			continue
		}
		if verb == "delete" || differs {
			c.Was[name] = old.Get(name)
		}
		if differs || verb == "create" && !isZero(now.Get(name)) {
			c.Now[name] = now.Get(name)
		}
	}
	slices.Sort(c.Changed)
	if len(c.Changed)+len(c.Was)+len(c.Now) == 0 {
		return nil
	}
	data, err := json.Marshal(c)
	if err != nil {
		return nil
	}
	return data
}

func isZero(v any) bool { return v == "" || v == false || v == nil }

// Change reads what changes wrote: the names of the fields, and the weighty ones' values before and after.
func (r Row) Change() (fields []string, was, now map[string]any) {
	var c change
	if json.Unmarshal(r.Data, &c) != nil {
		return nil, nil, nil
	}
	return c.Changed, c.Was, c.Now
}

// Note writes a row that belongs to no record's change, such as a download, within the transaction that app may be.
func Note(app core.App, row Row) error {
	j, ok := app.Store().Get(storeKey).(*Journal)
	if !ok {
		return errors.New("journal: nobody keeps one for this app")
	}
	return app.RunInTransaction(func(tx core.App) error { return j.write(tx, &row) })
}

// Note writes a row that belongs to no record's change, such as a request to rebuild the search index.
func (j *Journal) Note(row Row) error {
	return j.app.RunInTransaction(func(tx core.App) error { return j.write(tx, &row) })
}

// write gives the row the next number. Transactions are immediate, so no other process can take it meanwhile.
func (j *Journal) write(tx core.App, row *Row) error {
	row.At = time.Now().UTC().Format(time.RFC3339Nano)
	if row.Data == nil {
		row.Data = types.JSONRaw("null")
	}
	last, err := newest(tx)
	if err != nil {
		return fmt.Errorf("journal: next number: %w", err)
	}
	row.Seq = last.Seq + 1
	row.Sum = sumOf(*row, last.Sum)
	_, err = tx.DB().Insert("journal", dbx.Params{
		"id": security.PseudorandomStringWithAlphabet(15, core.DefaultIdAlphabet), "seq": row.Seq, "at": row.At,
		"actor": row.Actor, "verb": row.Verb, "subject": row.Subject, "record": row.Record, "parent": row.Parent,
		"space": row.Space, "data": string(row.Data), "sum": row.Sum, "created": row.At, "updated": row.At,
	}).Execute()
	if err != nil {
		return fmt.Errorf("journal: write %s: %w", row.Kind(), err)
	}
	if info := tx.TxInfo(); info != nil {
		info.OnComplete(func(err error) error {
			if err == nil {
				j.tell()
			}
			return nil
		})
	}
	return nil
}

func (j *Journal) tell() {
	j.mu.Lock()
	defer j.mu.Unlock()
	close(j.wake)
	j.wake = make(chan struct{})
}

func (j *Journal) awake() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.wake
}

const columns = "[[seq]], [[at]], [[actor]], [[verb]], [[subject]], [[record]], [[parent]], [[space]], COALESCE([[data]], 'null') AS [[data]], [[sum]]"

// After returns up to limit rows that follow seq, in order.
func After(app core.App, seq int64, limit int) ([]Row, error) {
	var rows []Row
	err := app.DB().NewQuery("SELECT " + columns + " FROM {{journal}} WHERE [[seq]] > {:seq} ORDER BY [[seq]] LIMIT {:limit}").
		Bind(dbx.Params{"seq": seq, "limit": limit}).All(&rows)
	return rows, err
}

// Of returns the rows after seq that are about one record of a collection or about its parts, in order: what a reader
// of it has missed.
func Of(app core.App, subject, record string, seq int64, limit int) ([]Row, error) {
	var rows []Row
	err := app.DB().NewQuery("SELECT " + columns + ` FROM {{journal}}
		WHERE ([[parent]] = {:record} OR ([[subject]] = {:subject} AND [[record]] = {:record})) AND [[seq]] > {:seq}
		ORDER BY [[seq]] LIMIT {:limit}`).
		Bind(dbx.Params{"subject": subject, "record": record, "seq": seq, "limit": limit}).All(&rows)
	return rows, err
}

// Range returns the first and last number in the journal, 0 and 0 when it is empty.
func Range(app core.App) (first, last int64, err error) {
	err = app.DB().NewQuery("SELECT COALESCE(MIN([[seq]]), 0), COALESCE(MAX([[seq]]), 0) FROM {{journal}}").Row(&first, &last)
	return first, last, err
}

// Epoch tells this data folder from every other one and from earlier restores of it.
func Epoch(app core.App) (string, error) {
	var epoch string
	err := app.DB().NewQuery("SELECT [[value]] FROM {{_params}} WHERE [[id]] = 'commonplace_epoch'").Row(&epoch)
	return strings.Trim(epoch, `"`), err
}

// Mint gives the data folder a new epoch, as a restore must: positions of before mean nothing any more.
func Mint(app core.App) error {
	_, err := app.DB().Update("_params", dbx.Params{"value": `"` + security.RandomString(12) + `"`}, dbx.HashExp{"id": "commonplace_epoch"}).Execute()
	return err
}
