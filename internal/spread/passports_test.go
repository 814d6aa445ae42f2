package spread_test

import (
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"
	"commonplace/internal/spread"

	"github.com/pocketbase/pocketbase/core"
)

// TestPassportsAreSaidByTheOrganisation: who may, and that small numbers are written down nowhere, not even in the journal.
func TestPassportsAreSaidByTheOrganisation(t *testing.T) {
	h := hubtest.New(t)
	viewer := func(name string) *member.Viewer {
		v, err := member.For(h.App, h.Record("users", "email", name+"@example.org"))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	partner := viewer("partner")
	other := h.Record("organisations", "slug", "carers-in-hertfordshire").Id
	for _, c := range []struct {
		who          string
		organisation string
		may          bool
	}{
		{"partner", partner.Organisation(), true}, {"partner", other, false}, {"partner", "", false}, {"lead", other, true}, {"admin", other, true},
		{"moderator", other, false}, {"member2", partner.Organisation(), false},
	} {
		if got := spread.MaySayPassports(viewer(c.who), c.organisation); got != c.may {
			t.Errorf("%s of %q: %v", c.who, c.organisation, got)
		}
	}
	if guest, _ := member.Guest(h.App); spread.MaySayPassports(guest, "") {
		t.Error("a guest may say a number for nobody")
	}

	c, err := h.App.FindCollectionByNameOrId("passport_counts")
	if err != nil {
		t.Fatal(err)
	}
	r := core.NewRecord(c) // as the dashboard writes
	r.Load(map[string]any{"organisation": other, "as_of": "2026-06-01", "n": 4, "by_role": " HR lead ", "working": "Four wombats"})
	if err := h.App.Save(r); err != nil {
		t.Fatal(err)
	}
	if r.GetInt("n") != 0 || r.GetString("working") != "" || r.GetString("by_role") != "HR lead" {
		t.Errorf("written down: %v", r.PublicExport())
	}
	var told int
	if err := h.App.DB().NewQuery("SELECT COUNT(*) FROM {{journal}} WHERE [[data]] LIKE '%wombats%'").Row(&told); err != nil || told > 0 {
		t.Errorf("the journal knows: %d, %v", told, err)
	}
	for _, n := range []int{0, 4, 5, 6} {
		p := spread.Passports{AsOf: time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC), N: n, ByRole: "HR lead"}
		if err := spread.SayPassports(h.App, viewer("lead"), other, p); err != nil {
			t.Fatal(err)
		}
		said, err := spread.PassportsOf(h.App, other)
		if err != nil || len(said) != 2 || (n < 5) != strings.HasPrefix(said[0].Says(), "fewer") || said[1].AsOf.Day() != 1 {
			t.Errorf("%d: %v, %v", n, said, err)
		}
	}
	for _, bad := range []map[string]any{{"n": -1}, {"as_of": "2999-01-01"}, {"as_of": "soon"}, {"by_role": ""}} {
		r.Load(bad)
		if err := h.App.Save(r); err == nil {
			t.Errorf("%v is saved", bad)
		}
		r = h.Record("passport_counts", "as_of", "2026-06-01")
	}
}
