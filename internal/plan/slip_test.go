package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/plan"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

func row(t testing.TB, app core.App, collection, field string, value any) *core.Record {
	t.Helper()
	rows, err := app.FindAllRecords(collection, dbx.HashExp{field: value})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%s with %s %v: %d rows, %v", collection, field, value, len(rows), err)
	}
	return rows[0]
}

func set(t testing.TB, app core.App, r *core.Record, values map[string]any) {
	t.Helper()
	r.Load(values)
	if err := app.Save(r); err != nil {
		t.Fatalf("%v: %v", values, err)
	}
}

// TestNothingIsHidden changes dates, targets and readings as the dashboard does, and as files do: what was stays, whatever
// the writer says of it.
func TestNothingIsHidden(t *testing.T) {
	h := hubtest.New(t)
	document := planIn(t, h, "published")
	if err := apply(h.App, document, mustRead(t, written)); err != nil {
		t.Fatal(err)
	}
	today := plan.Today(time.Now()).Format(time.DateOnly)
	goal := load(t, h.App, document)[0]
	fresh := func(collection, id string) *core.Record { return row(t, h.App, collection, "id", id) }
	change := func(collection, id string, values map[string]any, field, want string) {
		t.Helper()
		set(t, h.App, fresh(collection, id), values)
		if got := strings.ReplaceAll(fresh(collection, id).GetString(field), today, "TODAY"); got != want {
			t.Errorf("%v: %s of %s is %s, not %s", values, field, collection, got, want)
		}
	}
	action, measure, other, reading := goal.Actions[0].ID, goal.Measures[0].ID, goal.Measures[1].ID, goal.Measures[0].Readings[0].ID

	change("actions", action, map[string]any{"title": "Print two cards"}, "moved", `null`)
	change("actions", action, map[string]any{"due": "2027-01-01 00:00:00.000Z"}, "moved", `[{"on":"TODAY","was":"2026-12-01"}]`)
	change("actions", action, map[string]any{"moved": []any{}}, "moved", `[{"on":"TODAY","was":"2026-12-01"}]`)
	why := fmt.Sprintf(`[{"on":%q,"was":"2026-12-01","reason":"No printer.","by_role":"Ward clerk"}]`, today)
	first := `{"on":"TODAY","was":"2026-12-01","reason":"No printer.","by_role":"Ward clerk"}`
	change("actions", action, map[string]any{"moved": why}, "moved", "["+first+"]")
	change("actions", action, map[string]any{"moved": strings.Replace(why, "No printer.", "Better words.", 1)}, "moved", "["+first+"]")
	change("actions", action, map[string]any{"due": "", "moved": []plan.Slip[plan.Day]{{On: plan.Today(time.Now()), Was: day("2027-01-01"), Reason: "Nobody knows."}}}, "moved",
		"["+first+`,{"on":"TODAY","was":"2027-01-01","reason":"Nobody knows."}]`)

	change("measures", measure, map[string]any{"target": `{"value": 50, "by": "2028-03-31"}`}, "moved", `[{"on":"TODAY","was":{"value":60,"by":"2028-03-31"}}]`)
	change("measures", measure, map[string]any{"target": `{"by": "2028-03-31", "value": 50.0}`, "moved": nil}, "moved", `[{"on":"TODAY","was":{"value":60,"by":"2028-03-31"}}]`)
	first = `{"on":"TODAY","was":{"baseline":{"value":14,"as_of":"2025-09-04","note":"a survey"},"unit":"% of carers","direction":"up"}}`
	change("measures", measure, map[string]any{"baseline": `{"value": 14, "as_of": "2025-09-04", "note": "Of two wards."}`}, "restated", `null`)
	change("measures", measure, map[string]any{"baseline": `{"value": 14, "as_of": "2025-09-04", "note": "a survey"}`, "title": "Asked"}, "restated", `null`)
	change("measures", measure, map[string]any{"baseline": `{"value": 10, "as_of": "2025-09-04"}`}, "restated", "["+first+"]")
	change("measures", measure, map[string]any{"unit": "carers", "restated": nil}, "restated",
		"["+first+`,{"on":"TODAY","was":{"baseline":{"value":10,"as_of":"2025-09-04"},"unit":"% of carers","direction":"up"}}]`)
	change("measures", other, map[string]any{"unit": "people", "direction": "up", "baseline": `{"value": 3}`}, "restated", `null`) // nothing was said
	change("measures", other, map[string]any{"direction": "down", "restated": fmt.Sprintf(`[{"on":%q,"was":{"baseline":{"value":3,"as_of":null},"unit":"people","direction":"up"},"reason":"Fewer is better."}]`, today)}, "restated",
		`[{"on":"TODAY","was":{"baseline":{"value":3,"as_of":null},"unit":"people","direction":"up"},"reason":"Fewer is better."}]`)
	change("measures", other, map[string]any{"target": `{"value": 5, "by": "2028-03-31"}`}, "moved", `null`) // there was none
	change("readings", reading, map[string]any{"value": 21}, "corrected", `[{"on":"TODAY","was":20.5}]`)

	// A file from before, and then the same again: slips that it leaves out are no change.
	if err := apply(h.App, document, mustRead(t, written)); err != nil {
		t.Fatal(err)
	}
	if got := strings.ReplaceAll(fresh("readings", reading).GetString("corrected"), today, "TODAY"); got != `[{"on":"TODAY","was":20.5},{"on":"TODAY","was":21}]` {
		t.Errorf("corrected: %s", got)
	}
	from := last(t, h.App)
	if err := apply(h.App, document, mustRead(t, written)); err != nil {
		t.Fatal(err)
	}
	if got := rowsSince(t, h.App, document, from); len(got) != 0 {
		t.Errorf("the same file again changes %v", got)
	}
	for _, c := range []struct {
		collection, id, field string
		values                map[string]any
	}{
		{"actions", action, "reason", map[string]any{"status": "dropped", "note": " ", "reason": ""}},
		{"actions", action, "owner_role", map[string]any{"owner_role": "Ward clerk; Ward manager"}},
		{"actions", action, "owner_role", map[string]any{"owner_role": " "}},
		{"goals", goal.ID, "reason", map[string]any{"status": "dropped"}},
		{"readings", reading, "as_of", map[string]any{"as_of": ""}},
		{"actions", action, "moved", map[string]any{"moved": `{"on": 1}`}},
	} {
		r := fresh(c.collection, c.id)
		r.Load(c.values)
		if err := h.App.Save(r); err == nil || !strings.Contains(err.Error(), c.field+": ") {
			t.Errorf("%s %v: %v", c.collection, c.values, err)
		}
	}
}

// TestWhatAPublishedPlanPromisedStays leaves things out of its text: they are dropped, say so, and come back with the text.
func TestWhatAPublishedPlanPromisedStays(t *testing.T) {
	h := hubtest.New(t)
	document := planIn(t, h, "published")
	if err := apply(h.App, document, mustRead(t, written)); err != nil {
		t.Fatal(err)
	}
	says := "Left out of the plan’s text on " + plan.Today(time.Now()).Format("2 January 2006") + "."
	less := `[{"id": "g1", "title": "Ask at the door", "measures": [{"id": "m1", "title": "Carers asked", "readings": [{"value": 20.5, "as_of": "2026-01-01"}]}]}]`
	for range 2 {
		if err := apply(h.App, document, mustRead(t, less)); err != nil {
			t.Fatal(err)
		}
	}
	goals := load(t, h.App, document)
	if len(goals) != 2 || goals[1].Status != plan.Dropped || goals[1].Reason != says || goals[0].Status == plan.Dropped {
		t.Fatalf("the goals are %+v", goals)
	}
	for _, a := range goals[0].Actions {
		if a.Status != plan.Dropped || a.Reason != says {
			t.Errorf("action %+v", a)
		}
	}
	m := goals[0].Measures
	if len(m) != 2 || m[0].Dropped != "" || m[1].Dropped != says || len(m[0].Readings) != 3 || m[0].Readings[0].Dropped != "" || m[0].Readings[2].Dropped != says {
		t.Errorf("the measures are %+v", m)
	}
	if n, ok := m[0].Latest(); !ok || n.Value != 20.5 {
		t.Errorf("a reading that does not count is the newest: %+v", n)
	}
	if err := apply(h.App, document, mustRead(t, written)); err != nil {
		t.Fatal(err)
	}
	if got, want := inWords(t, load(t, h.App, document)), inWords(t, mustRead(t, written)); got != want {
		t.Errorf("it comes back as\n%s\nnot as\n%s", got, want)
	}
}

// TestWhatIsGivenUpHasItsDay while it is given up, whatever the writer says; of what comes in given up it is the file's.
func TestWhatIsGivenUpHasItsDay(t *testing.T) {
	h := hubtest.New(t)
	document := planIn(t, h, "published")
	if err := apply(h.App, document, mustRead(t, strings.Replace(written, `"title": "Tell the surgery"`, `"title": "Tell the surgery", "status": "dropped", "reason": "No", "dropped_on": "2026-10-05"`, 1))); err != nil {
		t.Fatal(err)
	}
	goals, today := load(t, h.App, document), plan.Today(time.Now())
	if got := goals[1].DroppedOn; got != day("2026-10-05") {
		t.Errorf("it came in as given up on %s", got.Words())
	}
	for _, c := range []struct {
		collection, id string
		up, again      map[string]any
	}{
		{"goals", goals[0].ID, map[string]any{"status": "dropped", "reason": "No."}, map[string]any{"status": "at-risk"}},
		{"measures", goals[0].Measures[0].ID, map[string]any{"dropped": "No."}, map[string]any{"dropped": ""}},
		{"actions", goals[0].Actions[1].ID, map[string]any{"status": "dropped", "reason": "No."}, map[string]any{"status": "on-track"}},
	} {
		for _, step := range []struct {
			set  map[string]any
			want plan.Day
		}{{map[string]any{"title": "Other"}, plan.Day{}}, {c.up, today}, {map[string]any{"dropped_on": ""}, today}, {map[string]any{"dropped_on": "2026-11-01 00:00:00.000Z"}, day("2026-11-01")}, {c.again, plan.Day{}}} {
			set(t, h.App, row(t, h.App, c.collection, "id", c.id), step.set)
			if got := row(t, h.App, c.collection, "id", c.id).GetDateTime("dropped_on").Time(); !got.Equal(step.want.Time) {
				t.Errorf("%s %v: given up on %s", c.collection, step.set, got)
			}
		}
	}
}

// TestAFileThatDropsWithoutAReason comes in all the same, and says that there was none.
func TestAFileThatDropsWithoutAReason(t *testing.T) {
	goals, problems := read(t, `[{"id": "g1", "title": "A", "status": "dropped", "actions": [{"id": "a1", "title": "B", "owner_role": "R", "status": "dropped"},
		{"id": "a2", "title": "B", "owner_role": "R", "status": "dropped", "note": "Carers asked for a call."}]}]`)
	unsaid := plan.Unsaid(goals)
	if len(problems) != 0 || len(unsaid) != 2 || goals[0].Reason == "" || goals[0].Actions[0].Reason == "" || goals[0].Actions[1].Reason != "" {
		t.Errorf("%v, %v, %+v", problems, unsaid, goals)
	}
}

// TestUpdatesComeBackAsTheyWent, the newest first, and are the same rows when nothing changed.
func TestUpdatesComeBackAsTheyWent(t *testing.T) {
	h := hubtest.New(t)
	document := planIn(t, h, "published")
	updates, problems := plan.ReadUpdates([]any{
		map[string]any{"date": "2026-11-06", "by_role": "Lead", "text": "Second\n\nof two lines"}, map[string]any{"date": "2026-11-06", "text": "First"},
		map[string]any{"date": uint64(2025), "text": "A year"}, map[string]any{"date": "", "text": ""}, map[string]any{"text": "No day"},
	})
	if len(updates) != 4 || len(problems) != 0 {
		t.Fatalf("%v, %v", updates, problems)
	}
	put := func(u []plan.Update) {
		t.Helper()
		if err := h.App.RunInTransaction(func(tx core.App) error { return plan.ApplyUpdates(tx, document, "import", u) }); err != nil {
			t.Fatal(err)
		}
	}
	came := func() string {
		t.Helper()
		got, err := plan.Updates(h.App, document)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, u := range got {
			fmt.Fprintf(&b, "%s|%s|%s\n", u.On, u.ByRole, u.Text)
		}
		return b.String()
	}
	put(updates)
	if got := came(); got != "2026-11-06|Lead|Second\n\nof two lines\n2026-11-06||First\n2025||A year\n||No day\n" {
		t.Errorf("%q", got)
	}
	from := last(t, h.App)
	put(updates)
	if got := rowsSince(t, h.App, document, from); len(got) != 0 {
		t.Errorf("the same again changes %v", got)
	}
	updates[1].Text = "First of all"
	put(updates[:3])
	if got := strings.Join(rowsSince(t, h.App, document, from), " "); got != "plan_updates.delete plan_updates.update" {
		t.Errorf("the journal has %s", got)
	}
}
