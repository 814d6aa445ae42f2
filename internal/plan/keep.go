package plan

import (
	"errors"
	"strings"
	"time"

	"commonplace/internal/member"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// keepers hold what each kind of row promises, whoever saves it. Each can run twice on one change.
var keepers = map[string]func(r *core.Record, today Day) error{
	"goals": keepGoal, "measures": keepMeasure, "readings": keepReading, "actions": keepAction,
}

func bindKeeping(app core.App) {
	app.OnRecordUpdate("plan_boards").BindFunc(func(*core.RecordEvent) error {
		return refused("frozen", "A page that was kept says what it said that day. Keep another one.")
	})
	for name, keep := range keepers {
		hold := func(e *core.RecordEvent) error {
			if err := keep(e.Record, Today(time.Now())); err != nil {
				return err
			}
			return e.Next()
		}
		app.OnRecordCreate(name).BindFunc(hold)
		app.OnRecordUpdate(name).BindFunc(hold)
	}
	app.OnRecordUpdate("goals").BindFunc(func(e *core.RecordEvent) error {
		asked := askSharers(e.App, e.Record) // before the row forgets what it was
		if asked != nil {
			return asked
		}
		return e.Next()
	})
}

// Today is the day that it is for the hub's people, as rows keep days.
func Today(now time.Time) Day { return Day{member.Today(now)} }

func keepGoal(r *core.Record, today Day) error {
	keepDropped(r, today, func(r *core.Record) bool { return Status(r.GetString("status")) == Dropped })
	if Status(r.GetString("status")) == Dropped && strings.TrimSpace(r.GetString("reason")) == "" {
		return refused("reason", "Say why it was dropped.")
	}
	return nil
}

// keepDropped keeps the day on which a row was given up, while it is. When a new one was, only its writer can know.
func keepDropped(r *core.Record, today Day, dropped func(*core.Record) bool) {
	was := r.Original()
	switch {
	case !dropped(r):
		r.Set("dropped_on", "")
	case r.IsNew() || !r.GetDateTime("dropped_on").IsZero():
	case dropped(was):
		r.Set("dropped_on", was.GetDateTime("dropped_on"))
	default:
		r.Set("dropped_on", today.Stored())
	}
}

// keepMeasure leaves a trace of the target that was, if there was one, and of how it was counted.
func keepMeasure(r *core.Record, today Day) error {
	keepDropped(r, today, func(r *core.Record) bool { return r.GetString("dropped") != "" })
	if err := keepTerms(r, today); err != nil {
		return err
	}
	before := r.Original()
	var was, is Target
	if err := readJSON(r, "target", &is); err != nil {
		return err
	}
	if !r.IsNew() {
		if err := readJSON(before, "target", &was); err != nil {
			return err
		}
	}
	if was.Value == nil && was.By.IsZero() || same(was, is) {
		return grow[Target](r, "moved", nil, today)
	}
	return grow(r, "moved", &was, today)
}

// keepTerms leaves a trace of where a measure began, what was counted and which way was better, as far as that was said.
func keepTerms(r *core.Record, today Day) error {
	is, err := termsOf(r)
	if err != nil || r.IsNew() {
		return errors.Join(err, grow[Terms](r, "restated", nil, today))
	}
	was, err := termsOf(r.Original())
	if err != nil {
		return err
	}
	if !was.differ(is) {
		return grow[Terms](r, "restated", nil, today)
	}
	return grow(r, "restated", &was, today)
}

func termsOf(r *core.Record) (Terms, error) {
	t := Terms{Unit: r.GetString("unit"), Direction: r.GetString("direction")}
	return t, readJSON(r, "baseline", &t.Baseline)
}

// differ says whether something that was said is said otherwise now.
func (t Terms) differ(now Terms) bool {
	began := t.Baseline.Value != nil && (!same(t.Baseline.Value, now.Baseline.Value) || !t.Baseline.AsOf.Equal(now.Baseline.AsOf.Time))
	return began || t.Unit != "" && t.Unit != now.Unit || t.Direction != "" && t.Direction != now.Direction
}

func keepReading(r *core.Record, today Day) error {
	if r.GetDateTime("as_of").IsZero() {
		return refused("as_of", "Say on which day it was counted.")
	}
	if was := r.Original().GetFloat("value"); !r.IsNew() && was != r.GetFloat("value") {
		return grow(r, "corrected", &was, today)
	}
	return grow[float64](r, "corrected", nil, today)
}

func keepAction(r *core.Record, today Day) error {
	keepDropped(r, today, func(r *core.Record) bool { return Status(r.GetString("status")) == Dropped })
	role := strings.TrimSpace(r.GetString("owner_role"))
	if strings.ContainsAny(role, "\n\r;") {
		return refused("owner_role", "Name one role: an action that two own is nobody's.")
	}
	r.Set("owner_role", role)
	// Older files say in the note why something was dropped.
	if Status(r.GetString("status")) == Dropped && strings.TrimSpace(r.GetString("reason")+r.GetString("note")) == "" {
		return refused("reason", "Say why it was dropped.")
	}
	if was := dayOf(r.Original().GetDateTime("due")); !r.IsNew() && !was.IsZero() && !was.Equal(r.GetDateTime("due").Time()) {
		return grow(r, "moved", &was, today)
	}
	return grow[Day](r, "moved", nil, today)
}

// grow writes the slips that a row has after a save.
func grow[T any](r *core.Record, field string, was *T, today Day) error {
	var before, given []Slip[T]
	if !r.IsNew() {
		if err := readJSON(r.Original(), field, &before); err != nil {
			return err
		}
	}
	if err := readJSON(r, field, &given); err != nil {
		return err
	}
	if after := grown(before, given, was, today); len(after) > 0 {
		r.Set(field, after)
	} else {
		r.Set(field, nil)
	}
	return nil
}

func readJSON(r *core.Record, field string, into any) error {
	if r.GetString(field) == "" {
		return nil
	}
	if err := r.UnmarshalJSONField(field, into); err != nil {
		return refused(field, "It is not in the shape that it has in a plan.")
	}
	return nil
}

func refused(field, sentence string) error {
	return validation.Errors{field: validation.NewError("validation_plan", sentence)}
}
