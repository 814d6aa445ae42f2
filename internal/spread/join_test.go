package spread_test

import (
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// TestTwoPartnersBecomeOne who both spoke of one practice in one place: nothing that either wrote is lost.
func TestTwoPartnersBecomeOne(t *testing.T) {
	h := hubtest.New(t)
	gone, stays := add(t, h.App, "organisations", map[string]any{"name": "Numbat carers", "slug": "numbat"}), add(t, h.App, "organisations", map[string]any{"name": "Quokka carers", "slug": "quokka"})
	leeds, about := place(h, "leeds"), map[string]string{}
	say := func(title string, by *core.Record, steps ...map[string]any) *core.Record {
		t.Helper()
		if about[title] == "" {
			about[title] = study(t, h, title, "library").Id
		}
		var r *core.Record
		for i, values := range steps {
			if i == 0 {
				r = fresh(t, h.App, "adoptions", map[string]any{"document": about[title], "place": leeds, "organisation": by.Id})
			} else {
				r = h.Record("adoptions", "id", r.Id)
			}
			r.Load(values)
			if err := h.App.Save(r); err != nil {
				t.Fatal(title, err)
			}
		}
		return r
	}
	two := `[{"what":"staff-kept","n":12,"of":40,"how":"counted","from":"2026-01-01"},{"what":"people-reached","n":90,"how":"counted"}]`
	say("Both do it", gone, map[string]any{"stage": "trying", "since": "2025-02-01", "kept": "The card.", "contact_role": "HR lead", "results": two, "confirmed_by_role": "Lead", "confirmed_on": "2026-01-01"},
		map[string]any{"stage": "stopped", "since": "2025-06-01", "stopped_for": "money", "reason": "The grant ended."})
	say("Both do it", stays, map[string]any{"stage": "looking", "since": "2025-03-01", "kept": "The form.", "contact_role": "Carers lead", "results": `[{"what":"people-reached","n":90,"how":"counted"}]`},
		map[string]any{"stage": "doing", "since": "2026-03-01"})
	say("The earlier word is of the later step", stays, map[string]any{"stage": "stopped", "since": "2026-05-01", "stopped_for": "people", "reason": "She left.", "changed": "The name."})
	say("The earlier word is of the later step", gone, map[string]any{"stage": "doing", "since": "2026-01-01", "changed": "The name."})
	say("One is hidden", gone, map[string]any{"stage": "doing", "since": "2026-01-01", "kept": "Bad words.", "hidden": true})
	say("One is hidden", stays, map[string]any{"stage": "doing", "since": "2026-02-01", "kept": "Good words."})
	if _, err := member.Merge(h.App, user(h, "admin").Id, gone.Id, stays.Id); err != nil {
		t.Fatal(err)
	}
	for title, want := range map[string]map[string]string{
		"Both do it": {"stage": "doing", "kept": "The form.\n\nThe card.", "contact_role": "Carers lead; HR lead", "confirmed_by_role": "Lead", "reason": "",
			"history": `[{"stage":"trying","on":"2025-02-01"},{"stage":"looking","on":"2025-03-01"},{"stage":"stopped","on":"2025-06-01","for":"money","why":"The grant ended."},{"stage":"doing","on":"2026-03-01"}]`},
		"The earlier word is of the later step": {"stage": "stopped", "reason": "She left.", "stopped_for": "people", "changed": "The name.",
			"history": `[{"stage":"doing","on":"2026-01-01"},{"stage":"stopped","on":"2026-05-01","for":"people","why":"She left."}]`},
		"One is hidden": {"kept": "Good words.\n\nBad words.", "hidden": "true"},
	} {
		rows, err := h.App.FindAllRecords("adoptions", dbx.HashExp{"document": about[title]})
		if err != nil || len(rows) != 1 || rows[0].GetString("organisation") != stays.Id {
			t.Errorf("%s: %d adoptions, %v", title, len(rows), err)
			continue
		}
		for field, says := range want {
			if got := rows[0].GetString(field); got != says {
				t.Errorf("%s: %s is %q, not %q", title, field, got, says)
			}
		}
		if results := rows[0].GetString("results"); title == "Both do it" && (strings.Count(results, "people-reached") != 1 || !strings.Contains(results, "staff-kept")) {
			t.Errorf("the numbers are %s", results)
		}
	}
}
