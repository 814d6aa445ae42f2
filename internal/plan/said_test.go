package plan_test

import (
	"testing"
	"time"

	"commonplace/internal/plan"
)

func TestQuarters(t *testing.T) {
	for _, c := range []struct{ today, quarter, since string }{
		{"2026-11-23", "2026-10-01", "2026-10-01"},
		{"2026-10-30", "2026-10-01", "2026-07-01"}, // 29 days old
		{"2026-10-31", "2026-10-01", "2026-10-01"},
		{"2027-01-01", "2027-01-01", "2026-10-01"},
		{"2028-02-29", "2028-01-01", "2028-01-01"}, // a leap day
		{"2028-04-01", "2028-04-01", "2028-01-01"},
		{"2026-03-31", "2026-01-01", "2026-01-01"},
	} {
		if got := plan.Quarter(day(c.today)); got != day(c.quarter) {
			t.Errorf("%s is in the quarter of %s", c.today, got.Format(time.DateOnly))
		}
		if got := plan.LastQuarter(day(c.today)); got != day(c.since) {
			t.Errorf("on %s, what changed is told since %s", c.today, got.Format(time.DateOnly))
		}
	}
}

func TestSaidNowAndHowFar(t *testing.T) {
	people := plan.Measure{Unit: "people", Baseline: plan.Point{Value: value(8400), AsOf: day("2026-04-01")}, Target: plan.Target{Value: value(14000), By: day("2028-03-31")}}
	read := func(m plan.Measure, v float64) plan.Measure {
		m.Readings = []plan.Reading{{Value: v, AsOf: day("2026-10-01")}}
		return m
	}
	fewer := plan.Measure{Unit: "% of carers", Baseline: plan.Point{Value: value(18)}, Target: plan.Target{Value: value(14)}}
	for _, c := range []struct {
		m              plan.Measure
		said, now, way string
	}{
		{people, "From 8,400 to 14,000 people", "Nobody has counted it yet", ""},
		{read(people, 9720), "From 8,400 to 14,000 people", "9,720 people, October 2026", "24% of the way."},
		{read(people, 14000), "From 8,400 to 14,000 people", "14,000 people, October 2026", "Reached."},
		{read(people, 13999), "From 8,400 to 14,000 people", "13,999 people, October 2026", "99% of the way."},
		{read(people, 8400), "From 8,400 to 14,000 people", "8,400 people, October 2026", "No nearer than at the start."},
		{read(fewer, 20), "From 18 to 14% of carers", "20% of carers, October 2026", "Further away than at the start."},
		{read(fewer, 16), "From 18 to 14% of carers", "16% of carers, October 2026", "50% of the way."},
		{read(plan.Measure{Unit: "wards", Target: plan.Target{Value: value(22)}}, 9), "22 wards", "9 wards, October 2026", ""},
		{plan.Measure{}, "No target was set", "Nobody has counted it yet", ""},
	} {
		if got := [3]string{c.m.Said(), c.m.Now(), c.m.Way()}; got != [3]string{c.said, c.now, c.way} {
			t.Errorf("%q, not %q", got, [3]string{c.said, c.now, c.way})
		}
	}
}

func TestNewsSince(t *testing.T) {
	goals := []plan.Goal{{Key: "g1", Measures: []plan.Measure{{
		Title: "Carers coded", Unit: "people", Target: plan.Target{Value: value(14000), By: day("2028-09-30")},
		Moved:    []plan.Slip[plan.Target]{{On: day("2026-11-02"), Was: plan.Target{Value: value(15000), By: day("2028-03-31")}, Reason: "Two surgeries closed."}},
		Baseline: plan.Point{Value: value(8400), AsOf: day("2026-04-01")}, Direction: "up",
		Restated: []plan.Slip[plan.Terms]{{On: day("2026-10-02"), Was: plan.Terms{Baseline: plan.Point{Value: value(8000), AsOf: day("2026-04-01")}, Unit: "carers", Direction: "up"}, Reason: "Two were counted twice."}},
		Dropped:  "Nobody counts it.", DroppedOn: day("2026-11-21"),
		Readings: []plan.Reading{{Value: 8400, AsOf: day("2026-04-01")}, {Value: 9720, AsOf: day("2026-10-01"), Corrected: []plan.Slip[float64]{{On: day("2026-10-09"), Was: 9270}}}},
	}}, Actions: []plan.Action{
		{Title: "Asked at flu clinics", Status: plan.Done, DoneOn: day("2026-10-28")},
		{Title: "Done long ago", Status: plan.Done, DoneOn: day("2026-09-30")},
		{Title: "A lead in each surgery", Due: day("2027-01-31"), Moved: []plan.Slip[plan.Day]{
			{On: day("2026-09-01"), Was: day("2026-09-30"), Reason: "Nobody is free."}, {On: day("2026-11-20"), Was: day("2026-11-30"), Reason: "The new lead fell ill."},
		}},
	}}, {Key: "g1", Title: "Tell the surgery", Status: plan.Dropped, Reason: "No money.", DroppedOn: day("2026-10-01")}, {Key: "g1", Status: plan.Dropped, Reason: "Who knows when."}}
	want := []string{
		"Carers coded is not counted any more. Nobody counts it.",
		"A lead in each surgery: from 30 November 2026 to 31 January 2027. The new lead fell ill.",
		"Carers coded: the aim was 15,000 people by March 2028 and is 14,000 people by September 2028 now. Two surgeries closed.",
		"Asked at flu clinics.",
		"Carers coded: the reading of 1 October 2026 was 9,270 and is 9,720 now. No reason was given.",
		"Carers coded: it began at 8,000 carers, April 2026, now 8,400 people, April 2026. Two were counted twice.",
		"Carers coded: it was counted in carers, now people. Two were counted twice.",
		"Carers coded: has risen to 9,720 people, 8,400 before.",
		"the goal “Tell the surgery”. No money.",
	}
	got := plan.NewsSince(goals, day("2026-10-01"))
	for i, c := range got {
		if i >= len(want) || c.What != want[i] || c.Anchor != "goal-g1" {
			t.Errorf("%d: %q", i, c.What)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d changes, not %d", len(got), len(want))
	}
}
