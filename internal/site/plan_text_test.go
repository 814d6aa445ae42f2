package site_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"commonplace/content"
	"commonplace/internal/export"
	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/plan"

	"github.com/pocketbase/pocketbase/core"
)

// TestAShippedPlanDiffersInItsChangeOnly changes each of the shipped plans by its forms and by a table: after each change the
// plan as text differs in that change and in the trace that it leaves. Taken out and brought into an empty hub, they are the
// same rows; brought in again, nothing is written.
func TestAShippedPlanDiffersInItsChangeOnly(t *testing.T) {
	h := hubtest.New(t)
	files, err := fs.Glob(content.FS, "action-plans/*.md")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	var slugs []string
	for _, file := range files {
		slugs = append(slugs, strings.TrimSuffix(path.Base(file), ".md"))
		changeByForms(t, h, slugs[len(slugs)-1])
	}
	comesBackTheSame(t, h, slugs)
}

// planSource is a plan as text.
func planSource(t *testing.T, app core.App, slug string) string {
	t.Helper()
	d, err := library.Find(app, library.ActionPlan, "", slug)
	if err != nil {
		t.Fatal(slug, err)
	}
	text, err := export.Source(app, d)
	if err != nil {
		t.Fatal(slug, err)
	}
	return text
}

// changeByForms changes one thing of each kind, and wants nothing else to differ in the plan's text.
func changeByForms(t *testing.T, h *hubtest.Hub, slug string) {
	t.Helper()
	d, err := library.Find(h.App, library.ActionPlan, "", slug)
	if err != nil {
		t.Fatal(slug, err)
	}
	goals, err := plan.Load(h.App, d.Id)
	if err != nil {
		t.Fatal(slug, err)
	}
	lead, home := h.As("lead"), d.Address()
	last, read := goals[len(goals)-1], measureWithReadings(t, goals)
	of, open := withOpenActions(t, goals)
	for _, c := range []struct {
		name, to string
		form     url.Values
		more     string // what the new lines begin with
		gone     int
	}{
		{"a reading", "/keep/reading/" + read.ID, url.Values{"value": {"41"}, "as_of": {"20 November 2026"}, "note": {"Ours."}}, "- value: 41|as_of: 2026-11-20|note: Ours.", 0},
		{"a reading by a table", "/csv", url.Values{"table": {"measure,day,value\n" + read.Key + ",2026-11-21,42\n"}, "do": {"save"}}, "- value: 42|as_of: 2026-11-21", 0},
		{"a correction", "/keep/correct/" + read.Readings[0].ID, url.Values{"value": {"43"}, "why": {"Counted twice."}, "note": {"Counted anew."}},
			"- value: 43|note: Counted anew.|corrected:|- on: TODAY|was: |reason: Counted twice.|by_role: ", 2},
		{"a target", "/keep/target/" + read.ID, url.Values{"target_value": {"44"}, "target_by": {"1 May 2029"}, "why": {"Too soon."}},
			"value: 44|by: 2029-05-01|moved:|- on: TODAY|was:|value: |by: |reason: Too soon.|by_role: ", 2},
		{"a date", "/keep/date/" + open[0].ID, url.Values{"due": {"3 June 2029"}, "why": {"The room is wet."}}, "due: 2029-06-03|moved:|- on: TODAY|was: |reason: The room is wet.|by_role: ", 1},
		{"an action done", "/keep/done/" + open[1].ID, url.Values{"done_on": {"20 November 2026"}, "note": {"All of it."}}, "status: done|done_on: 2026-11-20|note: All of it.", 3},
		{"an action by a table", "/csv", url.Values{"table": {fmt.Sprintf("goal,action,title,owner role,status,done on\n%s,%s,%q,%q,done,2026-11-19\n", of.Key, open[0].Key, open[0].Title, open[0].OwnerRole)}, "do": {"save"}}, "status: done|done_on: 2026-11-19", 2},
		{"an update", "/keep/update", url.Values{"on": {"20 November 2026"}, "by_role": {"Head of care"}, "text": {"It went well."}}, "- date: 2026-11-20|by_role: Head of care|text: It went well.", 0},
		{"another of that day", "/keep/update", url.Values{"on": {"20 November 2026"}, "by_role": {"Head of help"}, "text": {"And then again."}}, "- date: 2026-11-20|by_role: Head of help|text: And then again.", 0},
		{"an action more", "/keep/action/" + last.ID, url.Values{"title": {"Ask twice"}, "owner_role": {"Head of asking"}, "due": {"4 June 2029"}},
			"- id: |title: Ask twice|due: 2029-06-04|owner_role: Head of asking|status: not-started|done_on: null", 0},
		{"the words of a goal", "/keep/goal-text/" + last.ID, url.Values{"title": {"In other words"}, "why": {last.Why}, "owner_role": {last.OwnerRole}}, "title: In other words", 1},
		{"a goal given up", "/keep/goal-drop/" + last.ID, url.Values{"reason": {"Nobody pays."}}, "status: dropped|reason: Nobody pays.|dropped_on: TODAY", 1},
	} {
		before := strings.Split(planSource(t, h.App, slug), "\n")
		if a := lead.Post(home+c.to, c.form); a.Status != http.StatusSeeOther {
			t.Errorf("%s, %s: %d", slug, c.name, a.Status)
			continue
		}
		after := strings.Split(planSource(t, h.App, slug), "\n")
		gone, more := hubtest.LinesLess(before, after), hubtest.LinesLess(after, before)
		if len(gone) > c.gone || !beginLike(more, strings.Split(c.more, "|")) {
			t.Errorf("%s, %s: gone is %q, new is %q", slug, c.name, gone, more)
		}
	}
}

func measureWithReadings(t *testing.T, goals []plan.Goal) plan.Measure {
	t.Helper()
	for _, g := range goals[:len(goals)-1] {
		for _, m := range g.Measures {
			if len(m.Readings) > 1 && m.Target.Value != nil && !m.Target.By.IsZero() {
				return m
			}
		}
	}
	t.Fatal("no measure was counted twice")
	return plan.Measure{}
}

func withOpenActions(t *testing.T, goals []plan.Goal) (of plan.Goal, open []plan.Action) {
	t.Helper()
	for _, g := range goals[:len(goals)-1] {
		for _, a := range g.Actions {
			if a.Status != plan.Done && a.Status != plan.Dropped && !a.Due.IsZero() {
				if len(open) == 0 {
					of = g
				}
				open = append(open, a)
			}
		}
	}
	if len(open) < 2 {
		t.Fatal("fewer than two actions are open")
	}
	return of, open
}

// beginLike says whether each line begins as it should. Where a line of the same words stands elsewhere, it is none that is
// new, so some may be missing from either.
func beginLike(lines, like []string) bool {
	today := plan.Today(time.Now()).Format("2006-01-02")
	for _, l := range lines {
		bare := strings.TrimSpace(strings.ReplaceAll(l, `"`, ""))
		i := slices.IndexFunc(like, func(begin string) bool {
			return strings.HasPrefix(bare, strings.TrimSpace(strings.ReplaceAll(begin, "TODAY", today)))
		})
		if i < 0 {
			return false
		}
		like = slices.Delete(like, i, i+1)
	}
	return len(lines) > 0
}

// comesBackTheSame takes plans out, brings them into an empty hub, and compares their texts and their rows.
func comesBackTheSame(t *testing.T, h *hubtest.Hub, slugs []string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "export")
	put, err := export.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	wanted := []string{export.Manifest, "lists/places.json", "lists/programmes.json", "documents/library/plans/"}
	err = export.Hub(h.App, export.Options{}, func(name string, content io.Reader) error {
		if !slices.ContainsFunc(wanted, func(w string) bool { return strings.HasPrefix(name, w) }) {
			return nil
		}
		return put(name, content)
	})
	if err != nil {
		t.Fatal(err)
	}
	other := hubtest.New(t, hubtest.Empty())
	for range 2 {
		if _, err := intake.Import(context.Background(), other.App, dir, intake.Options{}); err != nil {
			t.Fatal(err)
		}
		for _, slug := range slugs {
			if went, came := planSource(t, h.App, slug), planSource(t, other.App, slug); went != came {
				t.Errorf("%s: %q went and %q came", slug, hubtest.LinesLess(strings.Split(went, "\n"), strings.Split(came, "\n")), hubtest.LinesLess(strings.Split(came, "\n"), strings.Split(went, "\n")))
			}
			if went, came := planRows(t, h.App, slug), planRows(t, other.App, slug); went != came {
				t.Errorf("%s: the rows are\n%s\nnot\n%s", slug, came, went)
			}
		}
	}
	_, before, err := journal.Range(other.App)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := intake.Import(context.Background(), other.App, dir, intake.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, after, err := journal.Range(other.App); err != nil || after != before {
		t.Errorf("brought in again, %d rows are written, %v", after-before, err)
	}
}

// planRows are all rows of a plan with all that they say, without the ids that this hub gave them.
func planRows(t *testing.T, app core.App, slug string) string {
	t.Helper()
	d, err := library.Find(app, library.ActionPlan, "", slug)
	if err != nil {
		t.Fatal(err)
	}
	goals, err := plan.Load(app, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	updates, err := plan.Updates(app, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal([]any{goals, updates})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
