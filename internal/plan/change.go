package plan

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// ErrMeanwhile says that somebody else changed the same while it was being written.
var ErrMeanwhile = errors.New("somebody changed it meanwhile")

// Change is what somebody does to one row of a plan, or a row that they add. Whether they may is for the caller to ask.
type Change struct {
	Document   string // the plan
	Collection string // goals, measures, readings, actions or plan_updates
	ID         string // of the row; "" adds one
	Parent     string // what a new row hangs from: the plan, a goal or a measure
	Key        string // of a new row: whoever sends it twice adds it once
	Version    string // of the fields in Set as they were read, see Version; "" does not ask
	Set        map[string]any
	Reason     string // why a date or a target moves, or a reading is corrected
	Actor      string
	ByRole     string // the role that gives the reason
}

// NewKey is the key of a row that is about to be written.
func NewKey() string {
	return security.RandomStringWithAlphabet(10, "abcdefghijkmnpqrstuvwxyz23456789")
}

// Version tells one state of a row's fields from another.
func Version(r *core.Record, fields []string) string {
	fields = slices.Sorted(slices.Values(fields))
	h := sha256.New()
	for _, f := range fields {
		raw, err := json.Marshal(r.Get(f))
		if err != nil {
			raw = []byte(err.Error())
		}
		fmt.Fprintf(h, "%s %d %s\n", f, len(raw), raw)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// Save writes the change, whole or not at all, and returns the row's id. What a plan does not have is sql.ErrNoRows.
func (c Change) Save(app core.App) (id string, err error) {
	err = app.RunInTransaction(func(tx core.App) error {
		r, err := c.row(tx)
		if err != nil {
			return err
		}
		if r.IsNew() || len(c.Set) > 0 {
			err = c.write(tx, r)
		}
		id = r.Id
		return err
	})
	return id, err
}

// Row finds a row of a plan; sql.ErrNoRows when the plan has no such row.
func Row(app core.App, document, collection, id string) (*core.Record, error) {
	if !slices.Contains([]string{"goals", "measures", "readings", "actions", "plan_updates", "signoffs"}, collection) {
		return nil, sql.ErrNoRows
	}
	r, err := app.FindRecordById(collection, id)
	if err != nil {
		return nil, err
	}
	of := r.GetString("document")
	switch collection {
	case "measures", "actions":
		of = documentOf(app, r.GetString("goal"))
	case "readings":
		m, err := app.FindRecordById("measures", r.GetString("measure"))
		if err != nil {
			return nil, err
		}
		of = documentOf(app, m.GetString("goal"))
	}
	if of != document {
		return nil, sql.ErrNoRows
	}
	return r, nil
}

// parents are what new rows hang from: the field and the collection that it leads to.
var parents = map[string][2]string{
	"goals": {"document", ""}, "plan_updates": {"document", ""}, "measures": {"goal", "goals"}, "actions": {"goal", "goals"}, "readings": {"measure", "measures"},
}

// row is the row to be changed, with what it becomes.
func (c Change) row(tx core.App) (*core.Record, error) {
	if c.ID == "" {
		return c.added(tx)
	}
	r, err := Row(tx, c.Document, c.Collection, c.ID)
	if err != nil {
		return nil, err
	}
	fields := make([]string, 0, len(c.Set))
	for f := range c.Set {
		fields = append(fields, f)
	}
	now := r.Clone()
	now.Load(c.Set)
	same := c.Reason == "" && Version(now, fields) == Version(r, fields) // both wrote the same, and neither a reason
	if c.Version != "" && c.Version != Version(r, fields) && !same {
		return nil, ErrMeanwhile
	}
	return r, nil
}

// added is a new row behind the others, or the one that the same form added before.
func (c Change) added(tx core.App) (*core.Record, error) {
	field, of := parents[c.Collection][0], parents[c.Collection][1]
	switch {
	case field == "":
		return nil, sql.ErrNoRows
	case of == "" && c.Parent != c.Document:
		return nil, sql.ErrNoRows
	case of != "":
		if _, err := Row(tx, c.Document, of, c.Parent); err != nil {
			return nil, err
		}
	}
	collection, err := tx.FindCachedCollectionByNameOrId(c.Collection)
	if err != nil {
		return nil, err
	}
	r := core.NewRecord(collection)
	r.Set(field, c.Parent)
	if collection.Fields.GetByName("position") != nil {
		n, err := tx.CountRecords(c.Collection, dbx.HashExp{field: c.Parent})
		if err != nil {
			return nil, err
		}
		r.Set("position", n+1)
	}
	if collection.Fields.GetByName("key") != nil {
		key := strings.TrimSuffix(c.Collection, "s") + "-" + c.Key
		if c.Key == "" {
			key += NewKey()
		}
		r.Set("key", key)
		same, err := tx.FindAllRecords(c.Collection, dbx.HashExp{field: c.Parent, "key": key})
		if err != nil || len(same) > 0 {
			return first(same, r), err
		}
	}
	return r, nil
}

func first(found []*core.Record, none *core.Record) *core.Record {
	if len(found) > 0 {
		return found[0]
	}
	return none
}

func (c Change) write(tx core.App, r *core.Record) error {
	was := r.Clone()
	r.Load(c.Set)
	if c.Collection == "readings" && r.IsNew() {
		same, err := tx.CountRecords("readings", dbx.And(dbx.HashExp{"measure": c.Parent, "as_of": r.GetDateTime("as_of").String()}))
		if err != nil {
			return err
		}
		if same > 0 {
			return refused("as_of", "There is a reading of that day already. Correct that one.")
		}
	}
	if !r.IsNew() {
		if err := c.explain(r, was); err != nil {
			return err
		}
	}
	journal.By(r, c.Actor)
	return tx.Save(r)
}

// explain adds the reason to what the row's keeper notes of a change.
func (c Change) explain(r, was *core.Record) error {
	today := Today(time.Now())
	switch c.Collection {
	case "actions":
		return explained(c, r, "moved", dayOf(was.GetDateTime("due")), dayOf(r.GetDateTime("due")), today)
	case "readings":
		return explained(c, r, "corrected", was.GetFloat("value"), r.GetFloat("value"), today)
	case "measures":
		var before, after Target
		if err := readJSON(was, "target", &before); err != nil {
			return err
		}
		if err := readJSON(r, "target", &after); err != nil {
			return err
		}
		counted, err := termsOf(was)
		if err != nil {
			return err
		}
		counts, err := termsOf(r)
		if err != nil {
			return err
		}
		if counted.differ(counts) {
			err = explained(c, r, "restated", counted, counts, today)
		}
		return errors.Join(err, explained(c, r, "moved", before, after, today))
	}
	return nil
}

func explained[T any](c Change, r *core.Record, field string, was, is T, today Day) error {
	var nothing T
	if c.Reason == "" || same(was, is) || field == "moved" && same(was, nothing) {
		return nil
	}
	var slips []Slip[T]
	if err := readJSON(r, field, &slips); err != nil {
		return err
	}
	r.Set(field, append(slips, Slip[T]{On: today, Was: was, Reason: c.Reason, ByRole: c.ByRole}))
	return nil
}
