package plan_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"commonplace/internal/plan"
)

// TestPicture draws odd values. Whatever it draws stays inside the picture and is made of numbers.
func TestPicture(t *testing.T) {
	at := func(pairs ...any) []plan.Reading {
		var rs []plan.Reading
		for i := 0; i < len(pairs); i += 2 {
			rs = append(rs, plan.Reading{AsOf: day(pairs[i].(string)), Value: pairs[i+1].(float64)})
		}
		return rs
	}
	base := plan.Point{Value: value(10), AsOf: day("2026-01-01")}
	for _, c := range []struct {
		name string
		m    plan.Measure
		dots int // 0: no picture
	}{
		{"nothing", plan.Measure{}, 0},
		{"a target only", plan.Measure{Target: plan.Target{Value: value(10), By: day("2028-01-01")}}, 0},
		{"where it began only", plan.Measure{Baseline: base}, 0},
		{"one reading", plan.Measure{Readings: at("2026-01-01", 10.0)}, 0},
		{"one reading and a target", plan.Measure{Readings: at("2026-01-01", 10.0), Target: plan.Target{Value: value(20), By: day("2028-01-01")}}, 0},
		{"one reading on the day it began", plan.Measure{Baseline: base, Readings: at("2026-01-01", 10.0)}, 0},
		{"where it began and one reading", plan.Measure{Baseline: base, Readings: at("2026-04-01", 12.0)}, 2},
		{"two readings", plan.Measure{Readings: at("2026-01-01", 10.0, "2026-04-01", 12.0)}, 2},
		{"it began after the first reading", plan.Measure{Baseline: base, Readings: at("2025-01-01", 10.0, "2026-04-01", 12.0)}, 2},
		{"it began on no day", plan.Measure{Baseline: plan.Point{Value: value(3)}, Readings: at("2025-01-01", 10.0, "2026-04-01", 12.0)}, 2},
		{"all the same", plan.Measure{Readings: at("2026-01-01", 10.0, "2026-04-01", 10.0, "2026-07-01", 10.0)}, 0},
		{"all nothing", plan.Measure{Readings: at("2026-01-01", 0.0, "2026-04-01", 0.0)}, 0},
		{"all as it should be", plan.Measure{Readings: at("2026-01-01", 10.0, "2026-04-01", 10.0), Target: plan.Target{Value: value(10), By: day("2028-01-01")}}, 0},
		{"all the same, below the target", plan.Measure{Readings: at("2026-01-01", 10.0, "2026-04-01", 10.0), Target: plan.Target{Value: value(20), By: day("2028-01-01")}}, 2},
		{"below nothing", plan.Measure{Readings: at("2026-01-01", -10.0, "2026-04-01", -30.0, "2026-07-01", 5.0), Target: plan.Target{Value: value(-50), By: day("2028-01-01")}}, 3},
		{"a target on no day", plan.Measure{Readings: at("2026-01-01", 1.0, "2026-04-01", 2.0), Target: plan.Target{Value: value(3)}}, 2},
		{"a target that is over", plan.Measure{Readings: at("2026-01-01", 1.0, "2026-04-01", 2.0), Target: plan.Target{Value: value(3), By: day("2020-01-01")}}, 2},
		{"huge", plan.Measure{Readings: at("2026-01-01", 1e15, "2026-04-01", 9e17)}, 2},
		{"as big as numbers go", plan.Measure{Readings: at("2026-01-01", 1.0, "2026-04-01", math.MaxFloat64)}, 2},
		{"further apart than numbers go", plan.Measure{Readings: at("2026-01-01", -math.MaxFloat64, "2026-04-01", math.MaxFloat64)}, 0},
		{"tiny", plan.Measure{Readings: at("2026-01-01", 1e-300, "2026-04-01", 2e-300)}, 2},
		{"centuries", plan.Measure{Readings: at("0900-01-01", 1.0, "1400-01-01", 2.0, "2900-01-01", 3.0)}, 3},
		{"a hundred readings", plan.Measure{Readings: hundred()}, 100},
	} {
		p, ok := c.m.Picture()
		if ok != (c.dots > 0) || len(p.Dots) != c.dots {
			t.Errorf("%s: drawn %v with %d dots", c.name, ok, len(p.Dots))
			continue
		}
		if ok {
			inside(t, c.name, p)
		}
	}
}

func hundred() []plan.Reading {
	var rs []plan.Reading
	d := day("2026-01-01")
	for i := range 100 {
		rs = append(rs, plan.Reading{AsOf: plan.Day{Time: d.AddDate(0, 0, i)}, Value: math.Sin(float64(i))})
	}
	return rs
}

// inside holds what is drawn between the edges of a picture of 320 by 120, from left to right.
func inside(t *testing.T, name string, p plan.Picture) {
	t.Helper()
	number := func(s string, most float64) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(v) || v < 0 || v > most {
			t.Errorf("%s: %q is drawn", name, s)
		}
		return v
	}
	before := -1.0
	var path []string
	for _, d := range p.Dots {
		x := number(d.X, 320)
		number(d.Y, 120)
		if x < before {
			t.Errorf("%s: it goes back from %v to %v", name, before, x)
		}
		before = x
		path = append(path, d.X+" "+d.Y)
	}
	if want := "M" + strings.Join(path, "L"); p.Line != want {
		t.Errorf("%s: the line is %s, not %s", name, p.Line, want)
	}
	for _, l := range []plan.Label{p.First, p.Last} {
		number(l.X, 320)
		number(l.Y, 120)
		if l.Text == "" {
			t.Errorf("%s: a value is not said", name)
		}
	}
	if p.TargetY != "" {
		number(p.TargetY, 120)
		number(p.TargetText, 120)
	}
	if len(p.From) != 4 || len(p.To) != 4 {
		t.Errorf("%s: from %q to %q", name, p.From, p.To)
	}
}

// TestPictureSaysWhatItShows reads one picture closely.
func TestPictureSaysWhatItShows(t *testing.T) {
	m := plan.Measure{
		Baseline: plan.Point{Value: value(8400), AsOf: day("2026-04-01")}, Target: plan.Target{Value: value(14000), By: day("2028-04-01")},
		Readings: []plan.Reading{{Value: 8400, AsOf: day("2026-04-01")}, {Value: 11200, AsOf: day("2027-04-01")}},
	}
	p, ok := m.Picture()
	want := plan.Picture{
		Line: "M5.0 78.0L118.3 50.0", Dots: []plan.Dot{{X: "5.0", Y: "78.0"}, {X: "118.3", Y: "50.0"}},
		First: plan.Label{X: "5.0", Y: "94.0", Text: "8,400"}, Last: plan.Label{X: "127.3", Y: "55.0", Text: "11,200 now"},
		Target: "14,000", TargetY: "22.0", TargetText: "27.0", From: "2026", To: "2028",
	}
	if !ok || p.Line != want.Line || p.First != want.First || p.Last != want.Last || p.Target != want.Target || p.TargetY != want.TargetY || p.TargetText != want.TargetText || p.From != want.From || p.To != want.To {
		t.Errorf("\n got %+v\nwant %+v", p, want)
	}
	for _, c := range []struct{ first, second, y float64 }{{10, 20, 94}, {20, 10, 12}} { // on the side to which the line does not go
		m := plan.Measure{Readings: []plan.Reading{{Value: c.first, AsOf: day("2026-04-01")}, {Value: c.second, AsOf: day("2026-05-01")}}}
		if p, _ := m.Picture(); p.First.Y != strconv.FormatFloat(c.y, 'f', 1, 64) {
			t.Errorf("from %v to %v the first label stands at %s", c.first, c.second, p.First.Y)
		}
	}
	m.Target = plan.Target{}
	if p, ok := m.Picture(); !ok || p.Target != "" || p.TargetY != "" || p.To != "2027" {
		t.Errorf("without a target: %+v", p)
	}
}
