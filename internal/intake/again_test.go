package intake_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/plan"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// A dry run says what an import would do, and leaves nothing behind: no document, no organisation, no journal row.
func TestDryRunSaysTheSameAndWritesNothing(t *testing.T) {
	sources, _ := filepath.Glob(filepath.Join("testdata", "*", "source"))
	for _, source := range sources {
		h := hubtest.New(t, hubtest.Empty())
		before, rows := seq(t, h.App), counts(t, h.App)
		dry := bring(t, h.App, source, intake.Options{DryRun: true, Publish: true})
		if after := seq(t, h.App); after != before {
			t.Errorf("%s: the journal moved from %d to %d", source, before, after)
		}
		if now := counts(t, h.App); now != rows {
			t.Errorf("%s: rows before %v, after %v", source, rows, now)
		}
		wet := bring(t, h.App, source, intake.Options{Publish: true})
		for i, f := range wet.Files {
			d := dry.Files[i]
			if f.Outcome != d.Outcome || f.Title != d.Title || f.Address != d.Address || !slices.Equal(f.Problems, d.Problems) {
				t.Errorf("%s:\ndry run: %+v\nimport:  %+v", source, d, f)
			}
		}
	}
}

// counts are the rows of what an import writes.
func counts(t *testing.T, app core.App) (all [5]int64) {
	t.Helper()
	for i, c := range []string{"documents", "organisations", "revisions", "redirects", "goals"} {
		n, err := app.CountRecords(c)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = n
	}
	return all
}

func TestSecondRun(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	dir := filepath.Join(t.TempDir(), "pages")
	file := filepath.Join(dir, "a.md")
	write(t, dir, map[string]string{"a.md": "# The page\n\nFirst words.\n", "b.md": "# Another page\n\nWords.\n"})
	run := func(o intake.Options) intake.File {
		t.Helper()
		return byPath(t, bring(t, h.App, dir, o), "a.md")
	}
	text := func() *library.Document { t.Helper(); return at(t, h.App, "/guidance/the-page") }

	if f := run(intake.Options{}); f.Outcome != intake.Imported || text().State() != library.Draft {
		t.Fatalf("%+v, state %s", f, text().State())
	}
	before := seq(t, h.App)
	if f := run(intake.Options{}); f.Outcome != intake.Unchanged || seq(t, h.App) != before {
		t.Errorf("the same again: %+v, journal %d and then %d", f, before, seq(t, h.App))
	}
	if f := run(intake.Options{Publish: true}); f.Outcome != intake.Updated || text().State() != library.Published {
		t.Errorf("publish what came in as a draft: %+v, state %s", f, text().State())
	}
	before = seq(t, h.App)
	if f := run(intake.Options{Publish: true}); f.Outcome != intake.Unchanged || seq(t, h.App) != before {
		t.Errorf("publish again: %+v", f)
	}
	if f := run(intake.Options{}); f.Outcome != intake.Unchanged || text().State() != library.Published {
		t.Errorf("without --publish what is out stays out: %+v, state %s", f, text().State())
	}

	write(t, dir, map[string]string{"a.md": "# The page has a new name\n\nSecond words.\n"})
	if f := run(intake.Options{}); f.Outcome != intake.Updated || f.Address != "/guidance/the-page" {
		t.Errorf("a changed file: %+v", f)
	}
	if d := text(); !strings.Contains(d.Body(), "Second words.") || d.Title() != "The page has a new name" {
		t.Errorf("%q %q", d.Title(), d.Body())
	}

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	bring(t, h.App, dir, intake.Options{})
	if d := text(); d.State() != library.Published {
		t.Error("a document went because its file did")
	}
}

// edit is what somebody does to a document here.
func edit(t *testing.T, app core.App, d *library.Document, field, value string) {
	t.Helper()
	d.Set(field, value)
	journal.By(d.Record, "someone")
	if err := app.Save(d.Record); err != nil {
		t.Fatal(err)
	}
}

func TestEditedDocumentGetsASuggestion(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	dir := filepath.Join(t.TempDir(), "pages")
	write(t, dir, map[string]string{"a.md": "# The page\n\nFirst words.\n"})
	bring(t, h.App, dir, intake.Options{Publish: true})
	edit(t, h.App, at(t, h.App, "/guidance/the-page"), "body", "Words of somebody here.\n")

	before := seq(t, h.App)
	if f := bring(t, h.App, dir, intake.Options{Publish: true}).Files[0]; f.Outcome != intake.Unchanged || seq(t, h.App) != before {
		t.Errorf("an unchanged file over an edited document: %+v", f)
	}

	write(t, dir, map[string]string{"a.md": "# The page\n\nSecond words.\n"})
	f := bring(t, h.App, dir, intake.Options{Publish: true}).Files[0]
	if f.Outcome != intake.Suggested || len(f.Problems) == 0 {
		t.Errorf("%+v", f)
	}
	d := at(t, h.App, "/guidance/the-page")
	if strings.TrimSpace(d.Body()) != "Words of somebody here." {
		t.Errorf("what somebody wrote is gone: %q", d.Body())
	}
	if body := work(t, h.App, d); strings.TrimSpace(body) != "Second words." {
		t.Errorf("the suggestion is %q", body)
	}
	before = seq(t, h.App)
	if f := bring(t, h.App, dir, intake.Options{Publish: true}).Files[0]; f.Outcome != intake.Unchanged || seq(t, h.App) != before {
		t.Errorf("the same again: %+v", f)
	}
	write(t, dir, map[string]string{"a.md": "# The page\n\nThird words.\n"})
	if f := bring(t, h.App, dir, intake.Options{Publish: true}).Files[0]; f.Outcome != intake.Suggested {
		t.Errorf("a third version: %+v", f)
	}
	if body := work(t, h.App, d); strings.TrimSpace(body) != "Third words." {
		t.Errorf("the suggestion is %q", body)
	}
}

// work is the text of the suggested change on a document, of which there is one at most.
func work(t *testing.T, app core.App, d *library.Document) string {
	t.Helper()
	list, err := library.Suggestions(app, dbx.HashExp{"document": d.Id, "state": library.SuggestionOpen}, 10)
	if err != nil || len(list) > 1 {
		t.Fatalf("%d open suggestions, %v", len(list), err)
	}
	if len(list) == 0 {
		return ""
	}
	fresh := at(t, app, d.Address())
	if _, err := list[0].Onto(app, fresh, func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	return fresh.Body()
}

func TestTypesSpacesAndPublishing(t *testing.T) {
	h := hubtest.New(t)
	for _, c := range []struct {
		name, text   string
		o            intake.Options
		outcome      string
		address      string
		space, state string
		problem      string
	}{
		{"page.md", "# A page\n\nWords.\n", intake.Options{}, intake.Imported, "/guidance/a-page", "library", library.Draft, ""},
		{"study.md", "# A study\n\nWords.\n", intake.Options{As: library.CaseStudy}, intake.Imported, "/case-studies/a-study", "library", library.Draft, ""},
		{"out.md", "# Out at once\n\nWords.\n", intake.Options{Publish: true}, intake.Imported, "/guidance/out-at-once", "library", library.Published, ""},
		{"half.md", "# Half a study\n\nWords.\n", intake.Options{As: library.CaseStudy, Publish: true}, intake.Refused, "", "", "", "challenge: "},
		{"board.md", "# For the board\n\nWords.\n", intake.Options{Space: "programme-board", Publish: true}, intake.Imported, "/guidance/for-the-board", "programme-board", library.Published, ""},
		{"search.md", "# Search\n\nWords.\n", intake.Options{As: library.SitePage}, intake.Imported, "/search-2", "library", library.Draft, ""},
		{"own.md", "---\nschema: 1\ntype: glossary\nid: gl-own-word\ntitle: Own word\nsummary: A word.\n---\nIt means this.\n", intake.Options{}, intake.Imported, "/glossary/own", "library", library.Draft, ""},
		{"kind.md", "---\nschema: 1\ntype: poem\ntitle: A poem\n---\nIt rhymes.\n", intake.Options{}, intake.Refused, "", "", "", `there is no kind of document "poem"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, d := one(t, h.App, c.name, c.text, c.o)
			if f.Outcome != c.outcome || f.Address != c.address || !strings.Contains(strings.Join(f.Problems, " "), c.problem) {
				t.Fatalf("%+v", f)
			}
			if d == nil {
				return
			}
			if space := h.Record("spaces", "slug", c.space); d.Space() != space.Id || d.State() != c.state {
				t.Errorf("space %s, state %s", d.Space(), d.State())
			}
		})
	}
}

const ownPlan = `---
schema: 1
id: ap-wards
type: action-plan
title: Wards that see carers
summary: What we do on the wards.
places: [leeds]
goals:
  - id: g1
    title: Ask at the door
    owner_role: Ward manager
    status: on-track
    measures:
      - {id: m1, title: Carers asked, unit: carers, direction: up, baseline: {value: null, note: not counted}, target: {value: 100, by: 2027-03-31}, readings: [{value: 10, as_of: 2026-10-01}]}
    actions:
      - {id: a1, title: Print the card, due: 2026-12-01, owner_role: Ward clerk, status: not-started}
      - {id: a2, title: Train the team, due: 2027-01-01, owner_role: Ward manager, status: not-started}
  - id: g2
    title: Tell the surgery
    owner_role: Discharge lead
    status: not-started
---
The plan in words.
`

// The rows of a plan keep their identity by id when its file changes, also under another name.
func TestPlanGoalsChangeByID(t *testing.T) {
	h := hubtest.New(t)
	dir := filepath.Join(t.TempDir(), "plans")
	write(t, dir, map[string]string{"wards.md": ownPlan})
	f := bring(t, h.App, dir, intake.Options{Publish: true}).Files[0]
	if f.Outcome != intake.Imported || len(f.Problems) > 0 {
		t.Fatalf("%+v", f)
	}
	d := at(t, h.App, "/plans/wards")
	was := goalsOf(t, h.App, d)

	changed := strings.NewReplacer(
		"Ask at the door", "Ask at the bedside",
		"readings: [{value: 10, as_of: 2026-10-01}]", "readings: [{value: 12, as_of: 2026-10-01}, {value: 30, as_of: 2026-11-01}]",
		"      - {id: a2, title: Train the team, due: 2027-01-01, owner_role: Ward manager, status: not-started}\n", "",
		"status: not-started}", "status: done, done_on: 2026-11-20}",
		"  - id: g2\n    title: Tell the surgery\n    owner_role: Discharge lead\n    status: not-started\n", "  - id: g3\n    title: Tell the school\n    owner_role: School nurse\n",
	).Replace(ownPlan)
	if err := os.Remove(filepath.Join(dir, "wards.md")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{"renamed.md": changed})
	f = bring(t, h.App, dir, intake.Options{Publish: true}).Files[0]
	if f.Outcome != intake.Updated || f.Address != "/plans/wards" {
		t.Fatalf("%+v", f)
	}
	is := goalsOf(t, h.App, d)
	if len(is) != 3 || is[2].ID != was[1].ID || is[2].Status != plan.Dropped || is[0].ID != was[0].ID || is[0].Title != "Ask at the bedside" || is[1].Key != "g3" || is[1].ID == was[1].ID {
		t.Errorf("goals: %+v", is)
	}
	m := is[0].Measures
	if len(m) != 1 || m[0].ID != was[0].Measures[0].ID || len(m[0].Readings) != 2 || m[0].Readings[0].Value != 12 || m[0].Baseline.Value != nil {
		t.Errorf("measures: %+v", m)
	}
	a := is[0].Actions
	if len(a) != 2 || a[0].ID != was[0].Actions[0].ID || a[0].Status != "done" || a[0].DoneOn.Format("2006-01-02") != "2026-11-20" {
		t.Errorf("actions: %+v", a)
	}
	if left := a[1]; left.ID != was[0].Actions[1].ID || left.Status != plan.Dropped || left.Reason == "" {
		t.Errorf("an action that left the file of a published plan: %+v", left)
	}
}

func goalsOf(t *testing.T, app core.App, d *library.Document) []plan.Goal {
	t.Helper()
	goals, err := plan.Load(app, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	return goals
}

// A reading that somebody entered here is not lost when the plan's file changes.
func TestPlanWithReadingsOfItsOwnIsNotWrittenOver(t *testing.T) {
	h := hubtest.New(t)
	dir := filepath.Join(t.TempDir(), "plans")
	write(t, dir, map[string]string{"wards.md": ownPlan})
	bring(t, h.App, dir, intake.Options{Publish: true})
	d := at(t, h.App, "/plans/wards")
	c, err := h.App.FindCollectionByNameOrId("readings")
	if err != nil {
		t.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{"measure": goalsOf(t, h.App, d)[0].Measures[0].ID, "value": 44, "as_of": "2026-11-15 00:00:00.000Z"})
	if err := h.App.Save(r); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"Other words.", "And others again."} {
		write(t, dir, map[string]string{"wards.md": strings.ReplaceAll(ownPlan, "The plan in words.", words)})
		if f := bring(t, h.App, dir, intake.Options{Publish: true}).Files[0]; f.Outcome != intake.Suggested {
			t.Errorf("%+v", f)
		}
		if readings := goalsOf(t, h.App, d)[0].Measures[0].Readings; len(readings) != 2 {
			t.Errorf("readings: %+v", readings)
		}
	}
}

// Goals of a new plan that cannot be read are said in the report; the plan and the others come in.
func TestPlanWithFaults(t *testing.T) {
	h := hubtest.New(t)
	for name, text := range map[string]string{
		"no-list":  strings.Replace(ownPlan, "goals:\n", "goals: none\nother:\n", 1),
		"no-title": strings.Replace(ownPlan, "    title: Ask at the door\n", "", 1),
		"day":      strings.Replace(ownPlan, "due: 2026-12-01", "due: soon", 1),
	} {
		text = strings.Replace(text, "id: ap-wards", "id: ap-"+name, 1)
		f, d := one(t, h.App, name+".md", text, intake.Options{Publish: true})
		if f.Outcome != intake.Imported || !strings.Contains(strings.Join(f.Problems, " "), "goals: ") || d == nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
