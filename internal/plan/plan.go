// Package plan owns the doing of an action plan: its goals, their measures with readings, and their actions. The plan's
// text is a document of package library. Late is worked out from dates and "no data" from missing readings; neither is
// ever stored.
package plan

import (
	"encoding/json"
	"fmt"
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Bind keeps the room's collections in the journal, and what a plan promises on every save. Goals and what hangs from them
// change what the plan's page shows, so their rows have the plan as parent.
func Bind(app core.App, j *journal.Journal) {
	bindKeeping(app)
	for _, name := range []string{"plan_updates", "signoffs", "plan_boards"} {
		j.Keep(journal.Kept{Collection: name, Row: ofDocument})
	}
	j.Keep(journal.Kept{Collection: "goals", Row: ofDocument})
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

func ofDocument(_ core.App, r *core.Record, row *journal.Row) { row.Parent = r.GetString("document") }

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
	Reason     string    `json:"reason,omitempty"`   // why it was dropped
	Strategy   string    `json:"strategy,omitempty"` // the line that it comes from: "gu-key#anchor" of a page of guidance
	Programmes []string  `json:"programmes,omitempty"`
	SharedWith []string  `json:"shared_with,omitempty"` // keys of other plans
	DrawsOn    []string  `json:"draws_on,omitempty"`    // keys of case studies
	Measures   []Measure `json:"measures,omitempty"`
	Actions    []Action  `json:"actions,omitempty"`
	DroppedOn  Day       `json:"dropped_on,omitzero"`
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

	Moved     []Slip[Target] `json:"moved,omitempty"`    // what the target was before
	Restated  []Slip[Terms]  `json:"restated,omitempty"` // how it was counted before
	Dropped   string         `json:"dropped,omitempty"`  // why it is no longer followed
	DroppedOn Day            `json:"dropped_on,omitzero"`
}

// Terms are how a measure is counted: where it begins, in what, and which way is better.
type Terms struct {
	Baseline  Point  `json:"baseline"`
	Unit      string `json:"unit,omitempty"`
	Direction string `json:"direction,omitempty"`
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
	ID    string  `json:"-"`
	Value float64 `json:"value"`
	AsOf  Day     `json:"as_of"`
	Note  string  `json:"note,omitempty"`

	Corrected []Slip[float64] `json:"corrected,omitempty"` // what it was said to be before
	Dropped   string          `json:"dropped,omitempty"`   // why it does not count
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
	Reason    string `json:"reason,omitempty"` // why it was dropped

	Moved      []Slip[Day] `json:"moved,omitempty"`       // what its day was before
	ImpactOn   Day         `json:"impact_on,omitzero"`    // when its impact on people was checked, and
	ImpactLink string      `json:"impact_link,omitempty"` // where that is written down
	Thread     string      `json:"thread,omitempty"`      // the discussion about it
	DroppedOn  Day         `json:"dropped_on,omitzero"`
}

// Update is what happened since, as whoever keeps the plan says it. On is mostly a day; people also write a month, or a year.
type Update struct {
	ID     string `json:"-"`
	On     string `json:"date"`
	ByRole string `json:"by_role,omitempty"`
	Text   string `json:"text"`
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

// Stored is the day as a row keeps it.
func (d Day) Stored() any {
	if d.IsZero() {
		return ""
	}
	return d.Time
}
