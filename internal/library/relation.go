package library

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// What a document can have to do with another one.
const (
	BuildsOn  = "builds-on"
	Differs   = "differs"    // for a reason
	KeepBoth  = "keep-both"  // two pages on one subject stay, for a reason; leads decide it
	MergeInto = "merge-into" // the other is to become the only one
	Unlike    = "unlike"     // they only look alike
)

// byLeads are the kinds that leads decide about two pages that look alike.
var byLeads = []string{KeepBoth, MergeInto, Unlike}

// Told says whether a relation of a kind is for everybody who may see both pages; the others are what leads decided.
func Told(kind string) bool { return !slices.Contains(byLeads, kind) }

// Relation is a document's relation to another, as a viewer may know of it.
type Relation struct {
	ID, Kind, Because string
	Back              bool // the other one has it to this document
	Other             Card
}

// ByLeads says whether leads decided it; writers do not take it back.
func (r Relation) ByLeads() bool { return slices.Contains(byLeads, r.Kind) }

// bindRelations keeps relations in the journal and asks for a reason where one is owed.
func bindRelations(app core.App, j *journal.Journal) {
	app.OnRecordValidate("relations").BindFunc(func(e *core.RecordEvent) error {
		r := e.Record
		switch kind := r.GetString("kind"); {
		case r.GetString("document") == r.GetString("other"):
			return validation.Errors{"other": validation.NewError("validation_relation", "That is the page itself.")}
		case kind != BuildsOn && kind != Unlike && strings.TrimSpace(r.GetString("because")) == "":
			return validation.Errors{"because": validation.NewError("validation_relation", "Say why, in one line.")}
		}
		return e.Next()
	})
	j.Keep(journal.Kept{Collection: "relations", Row: func(_ core.App, r *core.Record, row *journal.Row) { row.Parent = r.GetString("document") }})
}

// Relate keeps what a document has to do with another that the viewer may see; what they said before of the two is replaced.
// The error is sql.ErrNoRows when there is no other.
func Relate(app core.App, v *member.Viewer, d *Document, other, kind, because string) error {
	o, err := ByID(app, other)
	if err != nil || !o.Viewable(v) {
		return sql.ErrNoRows
	}
	r, err := app.FindFirstRecordByFilter("relations", "document = {:d} && other = {:o} && kind = {:k}", dbx.Params{"d": d.Id, "o": o.Id, "k": kind})
	if errors.Is(err, sql.ErrNoRows) {
		var c *core.Collection
		if c, err = app.FindCachedCollectionByNameOrId("relations"); err == nil {
			r = core.NewRecord(c)
		}
	}
	if err != nil {
		return err
	}
	r.Load(map[string]any{"document": d.Id, "other": o.Id, "kind": kind, "because": strings.Join(strings.Fields(because), " "), "by": v.ID()})
	journal.By(r, v.ID())
	return app.Save(r)
}

// Decision is what leads decided about two pages that look alike, with both as a viewer may see them.
type Decision struct {
	Kind, Because, By string // who decided, by id
	At                time.Time
	Page, Other       Card
}

// Decide keeps what a lead decides about two pages that they may see. It takes the place of what was decided of the two
// before.
func Decide(app core.App, v *member.Viewer, d *Document, other, kind, because string) error {
	return app.RunInTransaction(func(tx core.App) error {
		before, err := tx.FindAllRecords("relations", dbx.In("kind", anys(byLeads)...), dbx.Or(dbx.HashExp{"document": d.Id, "other": other}, dbx.HashExp{"document": other, "other": d.Id}))
		if err != nil {
			return err
		}
		for _, r := range before {
			journal.By(r, v.ID())
			if err := tx.Delete(r); err != nil {
				return err
			}
		}
		return Relate(tx, v, d, other, kind, because)
	})
}

// Decided lists what leads decided about pages that the viewer may see, the newest first.
func Decided(app core.App, v *member.Viewer) ([]Decision, error) {
	rows, err := app.FindAllRecords("relations", dbx.In("kind", anys(byLeads)...))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var ids []any
	for _, r := range rows {
		ids = append(ids, r.GetString("document"), r.GetString("other"))
	}
	byID, err := cardsByID(app, v, ids)
	if err != nil {
		return nil, err
	}
	var list []Decision
	for _, r := range rows {
		page, one := byID[r.GetString("document")]
		other, two := byID[r.GetString("other")]
		if one && two {
			list = append(list, Decision{r.GetString("kind"), r.GetString("because"), r.GetString("by"), r.GetDateTime("updated").Time(), page, other})
		}
	}
	slices.SortStableFunc(list, func(a, b Decision) int { return b.At.Compare(a.At) })
	return list, nil
}

func cardsByID(app core.App, v *member.Viewer, ids []any) (map[string]Card, error) {
	cards, err := Cards(app, v, dbx.In("id", ids...))
	byID := make(map[string]Card, len(cards))
	for _, c := range cards {
		byID[c.ID] = c
	}
	return byID, err
}

// Unrelate takes one of a document's own relations away; the error is sql.ErrNoRows when it has no such.
func Unrelate(app core.App, v *member.Viewer, d *Document, id string) error {
	r, err := app.FindRecordById("relations", id)
	if err != nil || r.GetString("document") != d.Id || slices.Contains(byLeads, r.GetString("kind")) {
		return sql.ErrNoRows
	}
	journal.By(r, v.ID())
	return app.Delete(r)
}

// Relations lists what a document has to do with others that the viewer may see, in both directions.
func Relations(app core.App, v *member.Viewer, document string) ([]Relation, error) {
	var rows []struct {
		ID       string `db:"id"`
		Document string `db:"document"`
		Other    string `db:"other"`
		Kind     string `db:"kind"`
		Because  string `db:"because"`
	}
	err := app.DB().Select("id", "document", "other", "kind", "because").From("relations").
		Where(dbx.Or(dbx.HashExp{"document": document}, dbx.HashExp{"other": document})).OrderBy("kind", "created", "id").All(&rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var ids []any
	for _, r := range rows {
		ids = append(ids, r.Document, r.Other)
	}
	byID, err := cardsByID(app, v, ids)
	if err != nil {
		return nil, err
	}
	var list []Relation
	for _, r := range rows {
		rel := Relation{ID: r.ID, Kind: r.Kind, Because: r.Because, Back: r.Other == document}
		other := r.Other
		if rel.Back {
			other = r.Document
		}
		c, seen := byID[other]
		if seen {
			rel.Other = c
			list = append(list, rel)
		}
	}
	return list, nil
}

// Says is the relation in words, before the other's title.
func (r Relation) Says() string {
	return map[bool]map[string]string{
		false: {BuildsOn: "Builds on", Differs: "Differs from", KeepBoth: "Stands beside", MergeInto: "Is to become part of", Unlike: "Only looks like"},
		true:  {BuildsOn: "Built on by", Differs: "Another page that differs:", KeepBoth: "Stands beside", MergeInto: "Is to take in", Unlike: "Only looks like"},
	}[r.Back][r.Kind]
}
