package spread

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// stepsKey carries, on an adoption into which another one goes, the steps of both.
const stepsKey = "@steps"

// joinMerged puts together what two partners said of the same practice in the same place, when they become one: gone is the
// earlier word and about to be deleted. Nothing of it is lost: both histories are one, and the place stands where the last
// step led; words and numbers of the later come first. What a moderator hid of either stays hidden.
func joinMerged(app core.App, gone *core.Record) error {
	into := member.MergedInto(gone)
	if into == "" {
		return nil
	}
	r, err := app.FindRecordById("adoptions", into)
	if err != nil {
		return err
	}
	steps := slices.Concat(stepsOf(gone.GetString("history")), stepsOf(r.GetString("history")))
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.On, b.On) })
	for _, f := range texts {
		if f != "reason" || Stage(gone.GetString("stage")) != Stopped && Stage(r.GetString("stage")) != Stopped {
			r.Set(f, joinTexts(f, r.GetString(f), gone.GetString(f)))
		}
	}
	if n := len(steps); n > 0 { // the reason of a stop stands in its step
		last := steps[n-1]
		if last.Stage == Stopped || Stage(r.GetString("stage")) == Stopped {
			r.Set("reason", last.Why)
		}
		r.Load(map[string]any{"stage": string(last.Stage), "since": last.On, "stopped_for": string(last.For)})
		r.SetRaw(stepsKey, steps)
	}
	if err := joinResults(r, gone); err != nil {
		return err
	}
	if r.GetString("confirmed_by_role") == "" {
		r.Set("confirmed_by_role", gone.GetString("confirmed_by_role"))
		r.Set("confirmed_on", gone.Get("confirmed_on"))
	}
	r.Set("thread", cmp.Or(r.GetString("thread"), gone.GetString("thread")))
	r.Set("hidden", r.GetBool("hidden") || gone.GetBool("hidden"))
	journal.By(r, journal.Actor(gone))
	return app.Save(r)
}

// joinTexts is one text after the other, unless one says all of it.
func joinTexts(field, one, other string) string {
	between := "\n\n"
	if field == "contact_role" {
		between = "; "
	}
	switch {
	case one == "" || strings.Contains(other, one):
		return other
	case strings.Contains(one, other):
		return one
	}
	return one + between + other
}

func joinResults(r, gone *core.Record) error {
	rows := resultsOf(r.GetString("results"))
	for _, theirs := range resultsOf(gone.GetString("results")) {
		same := func(mine Result) bool { mine.ID = theirs.ID; return mine == theirs }
		if !slices.ContainsFunc(rows, same) {
			rows = append(rows, theirs)
		}
	}
	raw, err := json.Marshal(rows)
	r.Set("results", string(raw))
	return err
}
