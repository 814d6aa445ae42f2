package plan_test

import (
	"testing"
	"time"

	"commonplace/internal/plan"
)

// TestTime is one table of moments: what is late and what has no data then, by the days of the hub's people.
func TestTime(t *testing.T) {
	for _, c := range []struct {
		name, now      string // as the machine's clock has it, in UTC
		today, quarter string
		due            string // of an action that is open
		late           bool
		every, read    string // of a measure, and when it was last read
		none           bool
	}{
		{"the evening of the day it is due", "2026-11-22T23:59:59Z", "2026-11-22", "2026-10-01", "2026-11-22", false, "month", "2026-09-22", false},
		{"midnight in winter", "2026-11-23T00:00:00Z", "2026-11-23", "2026-10-01", "2026-11-22", true, "month", "2026-09-22", true},
		{"summer time: the day ends an hour earlier", "2026-06-30T22:59:59Z", "2026-06-30", "2026-04-01", "2026-06-30", false, "quarter", "2025-12-30", false},
		{"summer time: a new quarter", "2026-06-30T23:00:00Z", "2026-07-01", "2026-07-01", "2026-06-30", true, "quarter", "2025-12-31", true},
		{"the clocks go forward", "2026-03-29T00:30:00Z", "2026-03-29", "2026-01-01", "2026-03-28", true, "quarter", "2025-09-29", false},
		{"the night after they did", "2026-03-29T23:30:00Z", "2026-03-30", "2026-01-01", "2026-03-29", true, "quarter", "2025-09-29", true},
		{"the clocks go back", "2026-10-24T23:30:00Z", "2026-10-25", "2026-10-01", "2026-10-24", true, "half-year", "2025-10-25", false},
		{"the night after they did", "2026-10-25T23:30:00Z", "2026-10-25", "2026-10-01", "2026-10-25", false, "half-year", "2025-10-24", true},
		{"a leap day that is due", "2028-02-29T12:00:00Z", "2028-02-29", "2028-01-01", "2028-02-29", false, "year", "2026-02-28", true},
		{"the day after it", "2028-03-01T00:00:00Z", "2028-03-01", "2028-01-01", "2028-02-29", true, "year", "2026-03-01", false},
		{"read on a leap day: two years on, the last of February", "2026-02-28T12:00:00Z", "2026-02-28", "2026-01-01", "", false, "year", "2024-02-29", false},
		{"and then there is none", "2026-03-01T12:00:00Z", "2026-03-01", "2026-01-01", "", false, "year", "2024-02-29", true},
		{"the end of August and a short month", "2027-02-28T12:00:00Z", "2027-02-28", "2027-01-01", "", false, "quarter", "2026-08-31", false},
		{"the day after it", "2027-03-01T12:00:00Z", "2027-03-01", "2027-01-01", "", false, "quarter", "2026-08-31", true},
		{"the end of the year", "2026-12-31T23:59:59Z", "2026-12-31", "2026-10-01", "2026-12-31", false, "month", "2026-10-31", false},
		{"new year", "2027-01-01T00:00:00Z", "2027-01-01", "2027-01-01", "2026-12-31", true, "month", "2026-10-31", true},
		{"as forms say it: 3 months", "2026-11-22T12:00:00Z", "2026-11-22", "2026-10-01", "", false, "3 months", "2026-05-21", true},
		{"as forms say it: 6 months", "2026-11-22T12:00:00Z", "2026-11-22", "2026-10-01", "", false, "Every 6 months", "2026-05-21", false},
		{"as forms say it: a month", "2026-11-22T12:00:00Z", "2026-11-22", "2026-10-01", "", false, "Every  month", "2026-09-21", true},
		{"as forms say it: a year", "2026-11-22T12:00:00Z", "2026-11-22", "2026-10-01", "", false, "12 months", "2024-11-22", false},
		{"nobody said how often", "2026-11-22T12:00:00Z", "2026-11-22", "2026-10-01", "", false, "", "2026-05-22", false},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Today(now); got.Format(time.DateOnly) != c.today || plan.Quarter(got).Format(time.DateOnly) != c.quarter {
			t.Errorf("%s: today is %s, in the quarter of %s", c.name, got.Format(time.DateOnly), plan.Quarter(got).Format(time.DateOnly))
		}
		if got := (plan.Action{Due: day(c.due)}).Late(now); got != c.late {
			t.Errorf("%s: late %v", c.name, got)
		}
		if got := (plan.Measure{Every: c.every, Readings: readings(c.read)}).NoData(now); got != c.none {
			t.Errorf("%s: no data %v", c.name, got)
		}
	}
	if (plan.Measure{Dropped: "Nobody counts it."}).NoData(time.Now()) {
		t.Error("a measure that is no longer followed has no data")
	}
}
