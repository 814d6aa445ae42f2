package spread_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"
	"commonplace/internal/spread"
)

func TestReferrals(t *testing.T) {
	h := hubtest.New(t)
	own := h.Record("organisations", "slug", "carers-in-hertfordshire")
	other := h.Record("organisations", "slug", "hertfordshire-community-nhs-trust")
	today := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	refer := func(organisation string, carer spread.Carer, place string, at time.Time, times int) {
		t.Helper()
		for range times {
			if err := spread.Referred(h.App, organisation, carer, place, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	refer(own.Id, spread.Adult, "leeds", today, 5)
	refer(own.Id, spread.Young, "leeds", today, 1)
	refer(own.Id, spread.Young, "kirklees", today.AddDate(0, 0, 1), 3)
	refer(other.Id, spread.Adult, "leeds", today, 2)
	says := func(organisation, by string, since time.Time) []string {
		t.Helper()
		counts, err := spread.Referrals(h.App, organisation, by, since)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, c := range counts {
			all = append(all, c.Of+" "+c.Says()+" "+strconv.Itoa(c.N))
		}
		return all
	}
	same := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", what, got, want)
		}
	}
	same("by day", says(own.Id, "day", today), "2026-03-03 Fewer than 5 3", "2026-03-02 6 6")
	same("since", says(own.Id, "day", today.AddDate(0, 0, 1)), "2026-03-03 Fewer than 5 3")
	same("by carer", says(own.Id, "carer", today), "young Fewer than 5 4", "adult 5 5")
	same("by place", says(own.Id, "place", today), "leeds 6 6", "kirklees Fewer than 5 3")
	if _, err := spread.Referrals(h.App, own.Id, "n; DROP", today); err == nil {
		t.Error("counted by a column of no form")
	}
	if n, err := h.App.CountRecords("referrals"); err != nil || n != 4 {
		t.Errorf("%d rows, %v", n, err)
	}

	// Two partners that become one add up, and one more counts once.
	if _, err := member.Merge(h.App, "", other.Id, own.Id); err != nil {
		t.Fatal(err)
	}
	refer(own.Id, spread.Adult, "leeds", today, 1)
	same("merged", says(own.Id, "carer", today), "young Fewer than 5 4", "adult 8 8")

	// A referral never keeps a partner from going, nor outlives it.
	lone := h.Record("organisations", "slug", "carers-in-hertfordshire")
	uses, err := member.Uses(h.App, lone)
	if err != nil || slices.ContainsFunc(uses, func(u member.Use) bool { return u.Collection == "referrals" }) {
		t.Errorf("%v, %v", uses, err)
	}

	// Old counts go.
	refer(own.Id, spread.Adult, "leeds", time.Now().AddDate(0, 0, -spread.KeepReferrals-1), 1)
	refer(own.Id, spread.Adult, "leeds", time.Now(), 1)
	before, _ := h.App.CountRecords("referrals")
	n, err := spread.DropOldReferrals(h.App, 500)
	after, _ := h.App.CountRecords("referrals")
	if err != nil || n < 1 || after != before-int64(n) {
		t.Errorf("%d went, %d of %d are left: %v", n, after, before, err)
	}
	if left := says(own.Id, "day", time.Now()); len(left) != 1 {
		t.Errorf("today's went too: %v", left)
	}
}
