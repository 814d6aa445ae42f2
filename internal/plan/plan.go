// Package plan owns the doing of an action plan: its goals, their measures with readings, and their actions. The plan's
// text is a document of package library. Late is worked out from dates and "no data" from missing readings; neither is
// ever stored.
package plan

import (
	"encoding/json"
	"fmt"
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Bind keeps the room's collections in the journal. Goals and what hangs from them change what the plan's page shows,
// so their rows have the plan as parent.
func Bind(j *journal.Journal) {
	j.Keep(journal.Kept{Collection: "goals", Row: func(_ core.App, r *core.Record, row *journal.Row) { row.Parent = r.GetString("document") }})
	for _, name := range []string{"measures", "actions"} {
		j.Keep(journal.Kept{Collection: name, Row: func(tx core.App, r *core.Record, row *journal.Row) {
			row.Parent = documentOf(tx, r.GetString("goal"))
		}})
	}
	j.Keep(journal.Kept{Collection: "readings", Row: func(tx core.App, r *core.Record, row *journal.Row) {
		if m, err := tx.FindRecordById("measures", r.GetString("measure")); err == nil {
			row.Parent = documentOf(tx, m.GetString("goal"))
		}
	}})
}

func documentOf(app core.App, goal string) string {
	g, err := app.FindRecordById("goals", goal)
	if err != nil {
		return ""
	}
	return g.GetString("document")
}

// Status is how a goal or action is said to stand.
type Status string

// The statuses that people write. Late is not among them.
const (
	NotStarted Status = "not-started"
	OnTrack    Status = "on-track"
	AtRisk     Status = "at-risk"
	Done       Status = "done"
	Dropped    Status = "dropped"
)

// Goal is what a plan promises, with what shows whether it is kept.
type Goal struct {
	ID         string    `json:"-"`
	Key        string    `json:"id"`
	Title      string    `json:"title"`
	Why        string    `json:"why,omitempty"`
	OwnerRole  string    `json:"owner_role,omitempty"`
	Status     Status    `json:"status,omitempty"`
	Programmes []string  `json:"programmes,omitempty"`
	Measures   []Measure `json:"measures,omitempty"`
	Actions    []Action  `json:"actions,omitempty"`
}

// Measure is a number that is followed over time. Direction says which way is better: "up" or "down".
type Measure struct {
	ID        string    `json:"-"`
	Key       string    `json:"id"`
	Title     string    `json:"title"`
	Unit      string    `json:"unit,omitempty"`
	Direction string    `json:"direction,omitempty"`
	Baseline  Point     `json:"baseline"`
	Target    Target    `json:"target"`
	Readings  []Reading `json:"readings"`
	Source    string    `json:"source_of_data,omitempty"`
	Every     string    `json:"every,omitempty"`
}

// Point is a value on a day; Value is nil when nothing was counted yet.
type Point struct {
	Value *float64 `json:"value"`
	AsOf  Day      `json:"as_of,omitempty"`
	Note  string   `json:"note,omitempty"`
}

// Target is the value to reach, and by when.
type Target struct {
	Value *float64 `json:"value"`
	By    Day      `json:"by,omitempty"`
}

// Reading is one counted value.
type Reading struct {
	Value float64 `json:"value"`
	AsOf  Day     `json:"as_of"`
	Note  string  `json:"note,omitempty"`
}

// Action is something that somebody does by a day.
type Action struct {
	ID        string `json:"-"`
	Key       string `json:"id"`
	Title     string `json:"title"`
	Due       Day    `json:"due,omitempty"`
	OwnerRole string `json:"owner_role"`
	Status    Status `json:"status,omitempty"`
	DoneOn    Day    `json:"done_on,omitempty"`
	Note      string `json:"note,omitempty"`
}

// Day is a date without a time, written 2026-11-22; the zero Day is none.
type Day struct{ time.Time }

// MarshalJSON writes the date, or null.
func (d Day) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + d.Format(time.DateOnly) + `"`), nil
}

// UnmarshalJSON reads a date or null.
func (d *Day) UnmarshalJSON(raw []byte) error {
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil || *s == "" {
		return err
	}
	t, err := time.Parse(time.DateOnly, *s)
	if err != nil {
		return fmt.Errorf("%q is not a date such as 2026-11-22", *s)
	}
	d.Time = t
	return nil
}

func dayOf(t types.DateTime) Day { return Day{t.Time()} }

// stored is the day as a row keeps it.
func (d Day) stored() any {
	if d.IsZero() {
		return ""
	}
	return d.Time
}

// Load returns the goals of a plan with all that hangs from them, in their order, as Apply takes them.
func Load(app core.App, document string) ([]Goal, error) {
	records, err := app.FindRecordsByFilter("goals", "document = {:d}", "position", 0, 0, dbx.Params{"d": document})
	if err != nil {
		return nil, err
	}
	goals := make([]Goal, len(records))
	for i, r := range records {
		goals[i] = Goal{
			ID: r.Id, Key: r.GetString("key"), Title: r.GetString("title"), Why: r.GetString("why"),
			OwnerRole: r.GetString("owner_role"), Status: Status(r.GetString("status")),
		}
		if goals[i].Programmes, err = slugsOf(app, r.GetStringSlice("programmes")); err != nil {
			return nil, err
		}
		if goals[i].Measures, err = measuresOf(app, r.Id); err != nil {
			return nil, err
		}
		if goals[i].Actions, err = actionsOf(app, r.Id); err != nil {
			return nil, err
		}
	}
	return goals, nil
}

func slugsOf(app core.App, programmes []string) ([]string, error) {
	var slugs []string
	for _, id := range programmes { // one by one, because their order is the writer's
		r, err := app.FindRecordById("programmes", id)
		if err != nil {
			return nil, err
		}
		slugs = append(slugs, r.GetString("slug"))
	}
	return slugs, nil
}

func measuresOf(app core.App, goal string) ([]Measure, error) {
	records, err := app.FindRecordsByFilter("measures", "goal = {:g}", "position", 0, 0, dbx.Params{"g": goal})
	if err != nil {
		return nil, err
	}
	ms := make([]Measure, len(records))
	for i, r := range records {
		m := Measure{
			ID: r.Id, Key: r.GetString("key"), Title: r.GetString("title"), Unit: r.GetString("unit"),
			Direction: r.GetString("direction"), Source: r.GetString("source_of_data"), Every: r.GetString("every"),
		}
		if err := r.UnmarshalJSONField("baseline", &m.Baseline); err != nil {
			return nil, err
		}
		if err := r.UnmarshalJSONField("target", &m.Target); err != nil {
			return nil, err
		}
		readings, err := app.FindRecordsByFilter("readings", "measure = {:m}", "as_of", 0, 0, dbx.Params{"m": r.Id})
		if err != nil {
			return nil, err
		}
		for _, x := range readings {
			m.Readings = append(m.Readings, Reading{Value: x.GetFloat("value"), AsOf: dayOf(x.GetDateTime("as_of")), Note: x.GetString("note")})
		}
		ms[i] = m
	}
	return ms, nil
}

func actionsOf(app core.App, goal string) ([]Action, error) {
	records, err := app.FindRecordsByFilter("actions", "goal = {:g}", "position", 0, 0, dbx.Params{"g": goal})
	if err != nil {
		return nil, err
	}
	as := make([]Action, len(records))
	for i, r := range records {
		as[i] = Action{
			ID: r.Id, Key: r.GetString("key"), Title: r.GetString("title"), Due: dayOf(r.GetDateTime("due")),
			OwnerRole: r.GetString("owner_role"), Status: Status(r.GetString("status")), DoneOn: dayOf(r.GetDateTime("done_on")), Note: r.GetString("note"),
		}
	}
	return as, nil
}
