package plan_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/plan"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

// written is a plan's front matter the way a file brings it in.
const written = `[
	{"id": "g1", "title": "Ask at the door", "why": "Nobody does.", "owner_role": "Ward manager", "status": "on-track", "programmes": ["unpaid-carers", "primary-care"],
	 "measures": [
		{"id": "m1", "title": "Carers asked", "unit": "% of carers", "direction": "up", "baseline": {"value": 14, "as_of": "2025-09-04", "note": "a survey"},
		 "target": {"value": 60, "by": "2028-03-31"}, "readings": [{"value": 20.5, "as_of": "2026-01-01"}, {"value": 0, "as_of": "2026-04-01", "note": "not counted"}, {"value": -3, "as_of": "2026-07-01"}],
		 "source_of_data": "A survey", "every": "quarter"},
		{"id": "m2", "title": "Never counted", "baseline": {"value": null, "note": "not counted"}, "target": {"value": null}, "readings": []}],
	 "actions": [
		{"id": "a1", "title": "Print the card", "due": "2026-12-01", "owner_role": "Ward clerk", "status": "done", "done_on": "2026-11-20", "note": "Printed."},
		{"id": "a2", "title": "Train the team", "owner_role": "Ward manager"}]},
	{"id": "g2", "title": "Tell the surgery"}
]`

// read takes goals from JSON, as a file's front matter has them.
func read(t testing.TB, front string) ([]plan.Goal, []string) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(front), &v); err != nil {
		t.Fatalf("%v in %s", err, front)
	}
	return plan.Read(v)
}

func mustRead(t testing.TB, front string) []plan.Goal {
	t.Helper()
	goals, problems := read(t, front)
	if len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	return goals
}

// emptyPlan is a draft of a plan without goals.
func emptyPlan(t testing.TB, h *hubtest.Hub) string { return planIn(t, h, "draft") }

func planIn(t testing.TB, h *hubtest.Hub, state string) string {
	t.Helper()
	c, err := h.App.FindCollectionByNameOrId("documents")
	if err != nil {
		t.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{
		"kind": "action-plan", "title": "A plan", "summary": "A summary.", "body": "Words.", "state": state, "space": h.Record("spaces", "slug", "library").Id,
		"places": []string{h.Record("places", "slug", "leeds").Id},
	})
	if err := h.App.Save(r); err != nil {
		t.Fatal(err)
	}
	return r.Id
}

func apply(app core.App, document string, goals []plan.Goal) error {
	return app.RunInTransaction(func(tx core.App) error { return plan.Apply(tx, document, "import", goals) })
}

func load(t testing.TB, app core.App, document string) []plan.Goal {
	t.Helper()
	goals, err := plan.Load(app, document)
	if err != nil {
		t.Fatal(err)
	}
	return goals
}

// inWords is what a plan says, without its rows' ids and without what it said before.
func inWords(t testing.TB, goals []plan.Goal) string {
	t.Helper()
	goals = slices.Clone(goals)
	for i := range goals {
		goals[i].DroppedOn = plan.Day{}
		goals[i].Measures, goals[i].Actions = slices.Clone(goals[i].Measures), slices.Clone(goals[i].Actions)
		for j := range goals[i].Measures {
			m := &goals[i].Measures[j]
			m.Moved, m.Restated, m.Readings = nil, nil, slices.Clone(m.Readings)
			for k := range m.Readings {
				m.Readings[k].Corrected = nil
			}
		}
		for j := range goals[i].Actions {
			goals[i].Actions[j].Moved = nil
		}
	}
	raw, err := json.MarshalIndent(goals, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(raw), `"readings": null`, `"readings": []`)
}

// ids names every row of a plan.
func ids(goals []plan.Goal) map[string]string {
	rows := map[string]string{}
	for _, g := range goals {
		rows[g.Key] = g.ID
		for _, m := range g.Measures {
			rows[g.Key+m.Key] = m.ID
		}
		for _, a := range g.Actions {
			rows[g.Key+a.Key] = a.ID
		}
	}
	return rows
}

// rowsSince are the journal's rows of a plan, as "goals.update g1".
func rowsSince(t testing.TB, app core.App, document string, from int64) []string {
	t.Helper()
	rows, err := journal.Of(app, "documents", document, from, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, r := range rows {
		if r.Actor != "import" {
			t.Errorf("%s is by %q", r.Kind(), r.Actor)
		}
		kinds = append(kinds, r.Kind())
	}
	slices.Sort(kinds)
	return kinds
}

func last(t testing.TB, app core.App) int64 {
	t.Helper()
	_, seq, err := journal.Range(app)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// TestAPlanComesBackAsItWent writes goals into rows and reads them again; writing what was read changes nothing.
func TestAPlanComesBackAsItWent(t *testing.T) {
	h := hubtest.New(t)
	document, went := emptyPlan(t, h), mustRead(t, written)
	from := last(t, h.App)
	if err := apply(h.App, document, went); err != nil {
		t.Fatal(err)
	}
	came := load(t, h.App, document)
	if got, want := inWords(t, came), inWords(t, went); got != want {
		t.Errorf("it comes back as\n%s\nnot as\n%s", got, want)
	}
	if n := len(rowsSince(t, h.App, document, from)); n != 2+2+3+2 {
		t.Errorf("%d rows in the journal", n)
	}
	from = last(t, h.App)
	for what, goals := range map[string][]plan.Goal{"the same file": went, "what was read": came} {
		if err := apply(h.App, document, goals); err != nil {
			t.Fatal(err)
		}
		if got := rowsSince(t, h.App, document, from); len(got) != 0 {
			t.Errorf("%s again changes %v", what, got)
		}
	}
	if other := load(t, h.App, emptyPlan(t, h)); len(other) != 0 {
		t.Errorf("another plan has %v", other)
	}
}

// TestWhatDiffersIsChanged applies one change at a time, and wants just its row written and every other one left as it is.
func TestWhatDiffersIsChanged(t *testing.T) {
	h := hubtest.New(t)
	for _, c := range []struct {
		name, was, is string
		rows          string
	}{
		{"a title", `"Ask at the door"`, `"Ask at the bedside"`, "goals.update"},
		{"a status", `"on-track"`, `"at-risk"`, "goals.update"},
		{"a programme", `["unpaid-carers", "primary-care"]`, `["primary-care"]`, "goals.update"},
		{"a moved day", `"due": "2026-12-01"`, `"due": "2027-02-01"`, "actions.update"},
		{"a day taken back", `"due": "2026-12-01", `, ``, "actions.update"},
		{"a day set", `"title": "Train the team"`, `"title": "Train the team", "due": "2027-01-31"`, "actions.update"},
		{"not done after all", `"status": "done", "done_on": "2026-11-20"`, `"status": "at-risk"`, "actions.update"},
		{"a target", `"by": "2028-03-31"`, `"by": "2029-03-31"`, "measures.update"},
		{"where it began", `{"value": 14,`, `{"value": 15,`, "measures.update"},
		{"a first count", `{"value": null, "note": "not counted"}`, `{"value": 0, "as_of": "2026-01-01"}`, "measures.update"},
		{"a corrected reading", `20.5`, `21.5`, "readings.update"},
		{"a new reading", `{"value": -3, "as_of": "2026-07-01"}`, `{"value": -3, "as_of": "2026-07-01"}, {"value": 30, "as_of": "2026-10-01"}`, "readings.create"},
		{"a reading of another day", `"as_of": "2026-07-01"`, `"as_of": "2026-07-02"`, "readings.create readings.delete"},
		{"a reading less", `, {"value": -3, "as_of": "2026-07-01"}`, ``, "readings.delete"},
		{"all readings less", `{"value": 20.5, "as_of": "2026-01-01"}, {"value": 0, "as_of": "2026-04-01", "note": "not counted"}, {"value": -3, "as_of": "2026-07-01"}`, ``, "readings.delete readings.delete readings.delete"},
		{"an action less", `,
		{"id": "a2", "title": "Train the team", "owner_role": "Ward manager"}`, ``, "actions.delete"},
		{"a goal less", `,
	{"id": "g2", "title": "Tell the surgery"}`, ``, "goals.delete"},
		{"another id is another row", `"id": "g2"`, `"id": "g3"`, "goals.create goals.delete"},
	} {
		document := emptyPlan(t, h)
		if err := apply(h.App, document, mustRead(t, written)); err != nil {
			t.Fatal(err)
		}
		before, from := ids(load(t, h.App, document)), last(t, h.App)
		changed := strings.Replace(written, c.was, c.is, 1)
		if changed == written {
			t.Errorf("%s: nothing is changed", c.name)
		}
		if err := apply(h.App, document, mustRead(t, changed)); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		after := load(t, h.App, document)
		if got, want := inWords(t, after), inWords(t, mustRead(t, changed)); got != want {
			t.Errorf("%s: it is\n%s\nnot\n%s", c.name, got, want)
		}
		if got := strings.Join(rowsSince(t, h.App, document, from), " "); got != c.rows {
			t.Errorf("%s: the journal has %q, not %q", c.name, got, c.rows)
		}
		for key, id := range ids(after) {
			if was, ok := before[key]; ok && was != id {
				t.Errorf("%s: %s is another row now", c.name, key)
			}
		}
	}
}

// TestWhatIsLeftOutIsDeleted with all that hangs from it, and nothing of another plan.
func TestWhatIsLeftOutIsDeleted(t *testing.T) {
	h := hubtest.New(t)
	one, two := emptyPlan(t, h), emptyPlan(t, h)
	for _, d := range []string{one, two} {
		if err := apply(h.App, d, mustRead(t, written)); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n [4]int64) {
		for i, collection := range []string{"goals", "measures", "readings", "actions"} {
			rows, err := h.App.CountRecords(collection)
			if err != nil {
				t.Fatal(err)
			}
			n[i] = rows
		}
		return n
	}
	before, untouched := count(), inWords(t, load(t, h.App, two))
	if err := apply(h.App, one, nil); err != nil {
		t.Fatal(err)
	}
	after := count()
	for i, less := range []int64{2, 2, 3, 2} {
		if before[i]-after[i] != less {
			t.Errorf("of %d rows %d are left, %d should have gone", before[i], after[i], less)
		}
	}
	if len(load(t, h.App, one)) != 0 || inWords(t, load(t, h.App, two)) != untouched {
		t.Error("the one plan is still there, or the other one was touched")
	}
}

// TestGoalsKeepTheirOrder as they stand in the file, however they are turned round.
func TestGoalsKeepTheirOrder(t *testing.T) {
	h := hubtest.New(t)
	document, goals := emptyPlan(t, h), mustRead(t, written)
	if err := apply(h.App, document, goals); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(goals)
	slices.Reverse(goals[1].Measures)
	slices.Reverse(goals[1].Actions)
	slices.Reverse(goals[1].Measures[1].Readings) // these are always by day
	if err := apply(h.App, document, goals); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(goals[1].Measures[1].Readings)
	if got, want := inWords(t, load(t, h.App, document)), inWords(t, goals); got != want {
		t.Errorf("the order is\n%s\nnot\n%s", got, want)
	}
}

// TestARowThatDoesNotFitIsNamed, and nothing of the plan is changed.
func TestARowThatDoesNotFitIsNamed(t *testing.T) {
	h := hubtest.New(t)
	document := emptyPlan(t, h)
	if err := apply(h.App, document, mustRead(t, written)); err != nil {
		t.Fatal(err)
	}
	before := inWords(t, load(t, h.App, document))
	for _, c := range []struct{ name, was, is, says string }{
		{"late is no status that one writes", `"on-track"`, `"late"`, "goal g1: status: "},
		{"nor for an action", `"status": "done"`, `"status": "late"`, "action a1: status: "},
		{"nobody owns an action", `"owner_role": "Ward clerk", `, ``, "action a1: owner_role: cannot be blank"},
		{"an action has no title", `"title": "Print the card", `, ``, "action a1: title: cannot be blank"},
		{"an action has no id", `"id": "a1", `, ``, "action Print the card: key: cannot be blank"},
		{"a measure has no title", `"title": "Carers asked", `, ``, "measure m1: title: cannot be blank"},
		{"no direction", `"up"`, `"sideways"`, "measure m1: direction: "},
		{"a title is too long", `Tell the surgery`, strings.Repeat("long ", 100), "goal g2: title: "},
		{"the note of a reading is too long", `"note": "not counted"}, {"value": -3`, `"note": "` + strings.Repeat("long ", 300) + `"}, {"value": -3`, "reading of 2026-04-01: note: "},
	} {
		changed := strings.Replace(written, c.was, c.is, 1)
		err := apply(h.App, document, mustRead(t, strings.Replace(changed, "Nobody does.", "Somebody does.", 1)))
		var faults validation.Errors
		if err == nil || !strings.Contains(err.Error(), c.says) || !errors.As(err, &faults) || changed == written {
			t.Errorf("%s: %v, not %q", c.name, err, c.says)
		}
		if got := inWords(t, load(t, h.App, document)); got != before {
			t.Errorf("%s: the plan is half-written: %s", c.name, got)
		}
	}
}

// TestReadNamesWhatDoesNotFit, and keeps all the rest.
func TestReadNamesWhatDoesNotFit(t *testing.T) {
	measure := func(readings string) string {
		return `[{"id": "g1", "title": "A", "measures": [{"id": "m1", "title": "M", "readings": ` + readings + `}]}]`
	}
	for _, c := range []struct {
		name, front string
		goals       int
		says        []string
	}{
		{"nothing", `[]`, 0, nil},
		{"no list", `{"id": "g1"}`, 0, []string{"expected a list"}},
		{"null", `null`, 0, []string{"expected a list"}},
		{"words", `"g1"`, 0, []string{"expected a list"}},
		{"a good one", `[{"id": "g1", "title": "A"}]`, 1, nil},
		{"what nobody knows is passed over", `[{"id": "g1", "title": "A", "mood": "good"}]`, 1, nil},
		{"the second has no title", `[{"id": "g1", "title": "A"}, {"id": "g2"}, {"id": "g3", "title": "C"}]`, 2, []string{"the 2. one has no id or title"}},
		{"no id", `[{"title": "A"}]`, 0, []string{"the 1. one has no id or title"}},
		{"not a goal", `[{"id": "g1", "title": "A"}, "g2", 3, null, []]`, 1, []string{"the 2. one", "the 3. one", "the 4. one", "the 5. one"}},
		{"a day that is none", `[{"id": "g1", "title": "A", "actions": [{"id": "a1", "title": "X", "due": "soon"}]}]`, 0, []string{`the 1. one is not in the shape of a goal: "soon" is not a date such as 2026-11-22`}},
		{"a day that never was", `[{"id": "g1", "title": "A", "actions": [{"id": "a1", "due": "2026-02-30"}]}]`, 0, []string{`"2026-02-30" is not a date`}},
		{"a value in words", measure(`[{"value": "many", "as_of": "2026-01-01"}]`), 0, []string{"measures.readings.value does not take a string"}},
		{"an empty day is none", `[{"id": "g1", "title": "A", "actions": [{"id": "a1", "due": ""}, {"id": "a2", "due": null}]}]`, 1, nil},
		{"one id twice", `[{"id": "g1", "title": "A"}, {"id": "g1", "title": "B"}]`, 1, []string{"the 2. one has the id g1, which another one has already"}},
		{"an action's id twice", `[{"id": "g1", "title": "A", "actions": [{"id": "a1", "title": "X"}, {"id": "a1", "title": "Y"}]}]`, 1, []string{"action a1 of goal g1 stays out"}},
		{"an action's id in two goals", `[{"id": "g1", "title": "A", "actions": [{"id": "a1"}]}, {"id": "g2", "title": "B", "actions": [{"id": "a1"}]}]`, 2, nil},
		{"an action and a measure", `[{"id": "g1", "title": "A", "actions": [{"id": "x"}], "measures": [{"id": "x"}]}]`, 1, nil},
		{"a measure's id twice", `[{"id": "g1", "title": "A", "measures": [{"id": "m1"}, {"id": "m1"}]}]`, 1, []string{"measure m1 of goal g1 stays out"}},
		{"a reading without a day", measure(`[{"value": 1}, {"value": 2, "as_of": "2026-01-01"}]`), 1, []string{"a reading of measure m1 of goal g1 stays out: it has no day"}},
		{"two readings of a day", measure(`[{"value": 1, "as_of": "2026-01-01"}, {"value": 2, "as_of": "2026-01-01"}]`), 1, []string{"a reading of measure m1 of goal g1 stays out: there is another one of 2026-01-01"}},
	} {
		goals, problems := read(t, c.front)
		if len(goals) != c.goals || len(problems) != len(c.says) {
			t.Errorf("%s: %d goals, problems %q", c.name, len(goals), problems)
			continue
		}
		for i, p := range problems {
			if !strings.HasPrefix(p, "goals: ") || !strings.Contains(p, c.says[i]) {
				t.Errorf("%s: %q, not %q", c.name, p, c.says[i])
			}
		}
	}
	goals, _ := read(t, measure(`[{"value": 1}, {"value": 2, "as_of": "2026-01-01"}, {"value": 3, "as_of": "2026-01-01"}]`))
	if rs := goals[0].Measures[0].Readings; len(rs) != 1 || rs[0].Value != 2 {
		t.Errorf("the readings that came in are %v", rs)
	}
}

// TestADay is a date without a time, in both directions.
func TestADay(t *testing.T) {
	for in, out := range map[string]string{`"2026-11-22"`: `"2026-11-22"`, `null`: `null`, `""`: `null`, `"2024-02-29"`: `"2024-02-29"`} {
		var d plan.Day
		if err := json.Unmarshal([]byte(in), &d); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if raw, err := json.Marshal(d); err != nil || string(raw) != out {
			t.Errorf("%s comes back as %s, %v", in, raw, err)
		}
	}
	for _, in := range []string{`"22/11/2026"`, `"2026-11-22T10:00:00Z"`, `"2026-13-01"`, `20261122`, `{}`} {
		var d plan.Day
		if err := json.Unmarshal([]byte(in), &d); err == nil {
			t.Errorf("%s is the day %v", in, d)
		}
	}
}
