package intake_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/export"
	"commonplace/internal/hubtest"
	"commonplace/internal/intake"

	"github.com/pocketbase/dbx"
)

// TestOnlyTheChangeDiffers brings a plan in, takes it out, changes one thing in the file, and brings that in: what goes out
// then differs in that, and in the trace that it leaves.
func TestOnlyTheChangeDiffers(t *testing.T) {
	h := hubtest.New(t)
	dir := filepath.Join(t.TempDir(), "plans")
	text := strings.Replace(ownPlan, "---\nThe plan", "updates:\n  - {date: 2026-11-06, by_role: Ward manager, text: Begun.}\n  - {date: 2026-10-06, text: Planned.}\n---\nThe plan", 1)
	write(t, dir, map[string]string{"wards.md": text})
	bring(t, h.App, dir, intake.Options{Publish: true})
	out := func() string {
		t.Helper()
		text, err := export.Source(h.App, at(t, h.App, "/plans/wards"))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, c := range []struct {
		was, is string
		more    []string // how the lines begin that are new
		gone    int      // how many are gone
	}{
		{"text: Begun.", "text: Begun on two wards.", []string{"text: Begun on two wards."}, 1},
		{"due: 2026-12-01", "due: 2027-02-01", []string{"due: 2027-02-01", "moved:", "- on:", "was: 2026-12-01"}, 1},
		{"{value: 10, as_of", "{value: 11, as_of", []string{"- value: 11", "corrected:", "- on:", "was: 10"}, 1},
		{"target: {value: 100,", "target: {value: 90,", []string{"value: 90", "moved:", "- on:", "was:", "value: 100", "by: 2027-03-31"}, 1},
	} {
		before := strings.Split(out(), "\n")
		changed := strings.Replace(text, c.was, c.is, 1)
		if changed == text {
			t.Fatalf("%q is not in it", c.was)
		}
		text = changed
		write(t, dir, map[string]string{"wards.md": text})
		if f := bring(t, h.App, dir, intake.Options{Publish: true}).Files[0]; f.Outcome != intake.Updated || len(f.Problems) > 0 {
			t.Fatalf("%q: %+v", c.is, f)
		}
		after := strings.Split(out(), "\n")
		gone, more := hubtest.LinesLess(before, after), hubtest.LinesLess(after, before)
		if len(gone) > c.gone || len(more) > len(c.more) {
			t.Errorf("%q: gone %q, new %q", c.is, gone, more)
		}
		for _, line := range more {
			bare := strings.TrimSpace(strings.ReplaceAll(line, `"`, ""))
			if !slices.ContainsFunc(c.more, func(says string) bool { return strings.HasPrefix(bare, says) }) {
				t.Errorf("%q: new is %q", c.is, line)
			}
		}
	}
}

// TestAPlanComesInWholeOrNotAtAll: a row that does not fit is named, with its goal, and nothing of the file is kept; of what
// came before nothing is given up because it cannot be read any more. The files beside it come in.
func TestAPlanComesInWholeOrNotAtAll(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	dir := filepath.Join(t.TempDir(), "plans")
	for _, c := range []struct{ name, was, is, says string }{
		{"nobody owns an action", "owner_role: Ward clerk, ", "", "goals: goal g1, action a1: owner_role: cannot be blank."},
		{"late is no status that one writes", "  - id: g2\n    title: Tell the surgery\n    owner_role: Discharge lead\n    status: not-started", "  - id: g2\n    title: Tell the surgery\n    status: late", "goals: goal g2: status: "},
		{"a direction that is none", "direction: up", "direction: sideways", "goals: goal g1, measure m1: direction: "},
		{"a note that is too long", "{value: 10, as_of: 2026-10-01}", "{value: 10, as_of: 2026-10-01, note: " + strings.Repeat("long ", 300) + "}", "goals: goal g1, measure m1, reading of 2026-10-01: note: "},
	} {
		name := strings.ReplaceAll(c.name, " ", "-")
		own := strings.NewReplacer("id: ap-wards", "id: ap-"+name, "Wards that see carers", c.name).Replace(ownPlan)
		write(t, dir, map[string]string{"plan.md": strings.Replace(own, c.was, c.is, 1), "a.md": "# Beside " + name + "\n\nWords.\n", "z.md": "# Behind " + name + "\n\nWords.\n"})
		before := counts(t, h.App)
		r := bring(t, h.App, dir, intake.Options{Root: name, Publish: true})
		f := byPath(t, r, "plan.md")
		if f.Outcome != intake.Refused || f.Address != "" || len(f.Problems) != 2 || !strings.HasPrefix(f.Problems[0], c.says) {
			t.Errorf("%s: %+v", c.name, f)
		}
		after := counts(t, h.App)
		if after[0] != before[0]+2 || after[4] != before[4] {
			t.Errorf("%s: %v documents, goals and the rest became %v", c.name, before, after)
		}
	}
	write(t, dir, map[string]string{"wards.md": ownPlan})
	bring(t, h.App, dir, intake.Options{Publish: true})
	d := at(t, h.App, "/plans/wards")
	was, err := export.Source(h.App, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ was, is, says string }{
		{"due: 2027-01-01", "due: soon", `goals: the 1. one is not in the shape of a goal: "soon" is not a date`},
		{"id: g2\n    title", "id: g1\n    title", "goals: the 2. one has the id g1"},
		{"owner_role: Ward clerk, ", "", "goals: goal g1, action a1: owner_role: "},
	} {
		write(t, dir, map[string]string{"wards.md": strings.Replace(strings.Replace(ownPlan, c.was, c.is, 1), "The plan in words.", "Other words.", 1)})
		f := byPath(t, bring(t, h.App, dir, intake.Options{Publish: true}), "wards.md")
		is, err := export.Source(h.App, at(t, h.App, "/plans/wards"))
		if f.Outcome != intake.Refused || !strings.HasPrefix(f.Problems[0], c.says) || is != was || err != nil {
			t.Errorf("%s: %+v, %v; the plan says\n%s", c.is, f, err, is)
		}
	}
}

// TestAPlanOfAnEarlierRelease came in when its updates stood in its front matter: that they are rows now is nobody's change,
// and the next file brings it up to date. Of one that somebody changed it waits beside it.
func TestAPlanOfAnEarlierRelease(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	dir := filepath.Join(t.TempDir(), "plans")
	text := strings.Replace(ownPlan, "---\nThe plan", "review_every: quarter\nmood: good\nupdates:\n  - {date: 2026-11-06, by_role: Ward manager, text: Begun & <well>.}\n  - {date: 2026-10-06, text: Planned.}\n---\nThe plan", 1)
	write(t, dir, map[string]string{"wards.md": text})
	bring(t, h.App, dir, intake.Options{Publish: true})
	d := at(t, h.App, "/plans/wards")
	content := d.Content()
	delete(content, "position")
	content["goals"] = goalsOf(t, h.App, d)
	content["meta"] = json.RawMessage(strings.Replace(d.GetString("meta"), `"review_every":"quarter",`, `"review_every":"quarter","updates":[`+
		`{"date":"2026-11-06","by_role":"Ward manager","text":"Begun \u0026 \u003cwell\u003e."},{"date":"2026-10-06","text":"Planned."}],`, 1))
	raw, err := json.Marshal(content)
	if err != nil || !strings.Contains(string(raw), "Planned.") {
		t.Fatal(err, string(raw))
	}
	file, _, _ := strings.Cut(d.GetString("source_sum"), ":")
	if _, err := h.App.DB().Update("documents", dbx.Params{"source_sum": fmt.Sprintf("%s:%x", file, sha256.Sum256(raw))}, dbx.HashExp{"id": d.Id}).Execute(); err != nil {
		t.Fatal(err)
	}
	again := func(says string) intake.File {
		t.Helper()
		write(t, dir, map[string]string{"wards.md": strings.Replace(text, "Ask at the door", says, 1)})
		return bring(t, h.App, dir, intake.Options{Publish: true}).Files[0]
	}
	if f := again("Ask in the hall"); f.Outcome != intake.Updated || goalsOf(t, h.App, d)[0].Title != "Ask in the hall" {
		t.Errorf("nobody touched it: %+v", f)
	}
	said := h.Record("plan_updates", "text", "Planned.")
	said.Set("text", "Planned by us.")
	if err := h.App.Save(said); err != nil {
		t.Fatal(err)
	}
	if f := again("Ask in the yard"); f.Outcome != intake.Suggested || goalsOf(t, h.App, d)[0].Title != "Ask in the hall" {
		t.Errorf("somebody wrote an update: %+v", f)
	}
}
