package plan_test

import (
	"math"
	"testing"
	"time"

	"commonplace/internal/plan"
)

// now is the clock of these tests: the afternoon of 22 November 2026.
var now = time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)

func day(s string) plan.Day {
	if s == "" {
		return plan.Day{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return plan.Day{Time: t}
}

func value(v float64) *float64 { return &v }

// TestAnActionIsLateByItsDay works out how an action stands; nobody ever writes "late" down.
func TestAnActionIsLateByItsDay(t *testing.T) {
	for _, c := range []struct {
		name   string
		status plan.Status
		due    string
		word   string
		late   bool
	}{
		{"long before", plan.OnTrack, "2027-01-31", "on track", false},
		{"tomorrow", plan.OnTrack, "2026-11-23", "on track", false},
		{"today there is time until the evening", plan.OnTrack, "2026-11-22", "on track", false},
		{"yesterday", plan.OnTrack, "2026-11-21", "late", true},
		{"long ago", plan.NotStarted, "2025-01-31", "late", true},
		{"nobody said how it stands", "", "2026-11-21", "late", true},
		{"nobody said, and there is time", "", "2026-12-01", "not started", false},
		{"at risk, and there is time", plan.AtRisk, "2026-12-01", "at risk", false},
		{"at risk, and over", plan.AtRisk, "2026-09-30", "late", true},
		{"done, however late", plan.Done, "2025-01-31", "done", false},
		{"dropped", plan.Dropped, "2025-01-31", "dropped", false},
		{"no day", plan.NotStarted, "", "not started", false},
	} {
		a := plan.Action{Status: c.status, Due: day(c.due)}
		if a.Late(now) != c.late || a.Word(now) != c.word {
			t.Errorf("%s: late %v, %q", c.name, a.Late(now), a.Word(now))
		}
	}
	a := plan.Action{Due: day("2026-11-21")}
	midnight := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	if a.Late(midnight.Add(-time.Nanosecond)) || !a.Late(midnight) {
		t.Error("it is not late from midnight on")
	}
}

// TestAMovedDayIsTheDayThatCounts has the due day of an action move, in both directions.
func TestAMovedDayIsTheDayThatCounts(t *testing.T) {
	a := plan.Action{Status: plan.OnTrack, Due: day("2026-09-30")}
	for _, c := range []struct {
		due  string
		late bool
	}{{"2026-09-30", true}, {"2027-01-31", false}, {"2026-11-20", true}} {
		a.Due = day(c.due)
		if a.Late(now) != c.late {
			t.Errorf("due %s: late %v", c.due, a.Late(now))
		}
	}
}

// TestNoData says when two periods have gone by without a reading.
func TestNoData(t *testing.T) {
	for _, c := range []struct {
		name, every string
		readings    []string
		none        bool
	}{
		{"never read", "", nil, true},
		{"never read, and yearly", "year", nil, true},
		{"today", "", []string{"2026-11-22"}, false},
		{"in the future", "", []string{"2027-03-31"}, false},
		{"a quarter, one missed", "", []string{"2026-06-01"}, false},
		{"a quarter, two missed", "", []string{"2026-05-20"}, true},
		{"a quarter, said", "quarter", []string{"2026-05-20"}, true},
		{"a word that means nothing here is a quarter", "fortnight", []string{"2026-05-21"}, true},
		{"a month, one missed", "month", []string{"2026-09-22"}, false},
		{"a month, two missed", "month", []string{"2026-09-20"}, true},
		{"half a year, one missed", "half-year", []string{"2025-11-22"}, false},
		{"half a year, two missed", "half-year", []string{"2025-11-20"}, true},
		{"a year, one missed", "year", []string{"2024-11-22"}, false},
		{"a year, two missed", "year", []string{"2024-11-19"}, true},
		{"the newest counts", "month", []string{"2020-01-01", "2026-11-01"}, false},
	} {
		if got := (plan.Measure{Every: c.every, Readings: readings(c.readings...)}).NoData(now); got != c.none {
			t.Errorf("%s: no data %v", c.name, got)
		}
	}
}

// readings are 1, 2, 3 ... on the days.
func readings(days ...string) []plan.Reading {
	var rs []plan.Reading
	for i, d := range days {
		rs = append(rs, plan.Reading{Value: float64(i + 1), AsOf: day(d)})
	}
	return rs
}

// TestSentence says in words what a picture shows.
func TestSentence(t *testing.T) {
	read := func(v float64, d string) []plan.Reading { return []plan.Reading{{Value: v, AsOf: day(d)}} }
	base := func(v float64, d string) plan.Point { return plan.Point{Value: value(v), AsOf: day(d)} }
	aim := func(v float64, d string) plan.Target { return plan.Target{Value: value(v), By: day(d)} }
	for _, c := range []struct {
		m    plan.Measure
		want string
	}{
		{plan.Measure{}, "Nobody has counted this before."},
		{plan.Measure{Target: aim(60, "2028-03-31")}, "Nobody has counted this before; the aim is 60 by March 2028."},
		{plan.Measure{Target: plan.Target{By: day("2028-03-31")}}, "Nobody has counted this before."},
		{plan.Measure{Readings: read(12, "2026-10-01")}, "Nobody has counted this before; it is 12 in October 2026."},
		{plan.Measure{Unit: "% of carers asked", Baseline: base(14, "2025-09-04"), Target: aim(60, "2028-03-31")},
			"It was 14% of carers asked in September 2025, and no reading has been taken since; the aim is 60% of carers asked by March 2028."},
		{plan.Measure{Unit: "people", Baseline: base(8400, "2026-04-01"), Readings: read(8400, "2026-04-01")}, "It was 8,400 people in April 2026."},
		{plan.Measure{Unit: "people", Baseline: base(8400, "2026-04-01"), Readings: append(read(8400, "2026-04-01"), read(9720, "2026-10-01")...), Target: aim(14000, "2028-03-31")},
			"It was 8,400 people in April 2026 and has risen to 9,720 people by October 2026; the aim is 14,000 people by March 2028."},
		{plan.Measure{Unit: "%", Baseline: base(26, "2021-12-31"), Readings: append(read(19, "2026-04-01"), read(22.25, "2026-10-01")...)}, "It was 26% in December 2021 and has fallen to 22.25% by October 2026."},
		{plan.Measure{Baseline: base(3, "2026-01-01"), Readings: read(3, "2026-02-01")}, "It was 3 in January 2026 and has stayed at 3 by February 2026."},
		{plan.Measure{Baseline: base(0, "2026-01-01"), Readings: read(0, "2026-02-01"), Target: aim(0, "")}, "It was 0 in January 2026 and has stayed at 0 by February 2026; the aim is 0."},
		{plan.Measure{Unit: "°C", Baseline: base(-1200.5, "2026-01-01"), Readings: read(-3, "2026-02-01")}, "It was -1,200.5 °C in January 2026 and has risen to -3 °C by February 2026."},
		{plan.Measure{Baseline: base(5, ""), Readings: read(6, "2026-02-01")}, "It was 5 and has risen to 6 by February 2026."},
		{plan.Measure{Baseline: base(5, "")}, "It was 5, and no reading has been taken since."},
	} {
		if got := c.m.Sentence(now); got != c.want {
			t.Errorf("\n got %s\nwant %s", got, c.want)
		}
	}
}

// TestNumber writes values the way people read them.
func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", 12: "12", 999: "999", 1000: "1,000", 14000: "14,000", 123456: "123,456", 1234567: "1,234,567", 1e9: "1,000,000,000",
		-1: "-1", -999: "-999", -1000: "-1,000", -1234567.5: "-1,234,567.5", 0.5: "0.5", 0.25: "0.25", 0.126: "0.13", 99.999: "100", 1999.994: "1,999.99",
		-0.001: "0", 0.001: "0", math.Copysign(0, -1): "0",
	} {
		if got := plan.Number(v); got != want {
			t.Errorf("%v: %q, not %q", v, got, want)
		}
	}
	if got := plan.Number(math.MaxFloat64); len(got) != 309+102 || got[:4] != "179," {
		t.Errorf("the biggest number is %q", got)
	}
	for unit, want := range map[string]string{"": "1,500", "people": "1,500 people", "%": "1,500%", "% of wards": "1,500% of wards"} {
		if got := (plan.Measure{Unit: unit}).Amount(1500); got != want {
			t.Errorf("with the unit %q: %s", unit, got)
		}
	}
}

// TestTally counts actions and goals. What was dropped is no promise any more.
func TestTally(t *testing.T) {
	open, late := day("2027-01-01"), day("2026-01-01")
	goals := []plan.Goal{
		{Status: plan.OnTrack, Actions: []plan.Action{{Status: plan.Done, Due: late}, {Status: plan.OnTrack, Due: late}, {Status: plan.OnTrack, Due: open}, {Status: plan.Dropped, Due: late}}},
		{Status: plan.AtRisk, Actions: []plan.Action{{Status: plan.AtRisk, Due: open}, {}}},
		{Status: plan.OnTrack},
	}
	if got, want := plan.Tally(goals, now), (plan.Count{Done: 1, Late: 1, Open: 3, Total: 5}); got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
	if got := plan.Standing(goals); got != "2 on track, 1 at risk" {
		t.Errorf("the goals stand %q", got)
	}
	every := []plan.Goal{{Status: plan.Dropped}, {Status: plan.NotStarted}, {Status: plan.AtRisk}, {Status: plan.OnTrack}, {Status: plan.Done}}
	if got := plan.Standing(every); got != "1 done, 1 on track, 1 at risk, 1 not started, 1 dropped" {
		t.Errorf("in order they stand %q", got)
	}
	if got := plan.Standing([]plan.Goal{{}, {Status: plan.NotStarted}}); got != "2 not started" {
		t.Errorf("a goal of which nothing is said stands %q", got)
	}
	if got := plan.Standing(nil); got != "" {
		t.Errorf("no goals stand %q", got)
	}
	for c, want := range map[plan.Count]string{
		{}: "No actions yet.", {Done: 1, Late: 1, Open: 3, Total: 5}: "1 of 5 actions done, 1 late.", {Open: 2, Total: 2}: "0 of 2 actions done.", {Done: 2, Total: 2}: "2 of 2 actions done.",
	} {
		if got := c.Sentence(); got != want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if got := plan.Tally([]plan.Goal{{Actions: []plan.Action{{Status: plan.Dropped}}}}, now).Sentence(); got != "No actions yet." {
		t.Errorf("only a dropped one: %s", got)
	}
}
