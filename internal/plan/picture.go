package plan

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Picture is a small line of a measure's readings with its target, as the numbers that an SVG of 320 by 120 needs.
type Picture struct {
	Line        string // the path through baseline and readings
	Dots        []Dot
	First, Last Label // the first and the newest value, beside their dots
	Target      string
	TargetY     string // where the target's level lies, "" without a target
	TargetText  string // where its label stands
	From, To    string // the years at both ends
}

// Dot is one value in the picture.
type Dot struct{ X, Y string }

// Label is a word in the picture and where it stands.
type Label struct{ X, Y, Text string }

// The part of the picture that values are drawn in: above and below it a label has room.
const (
	left, right = 5.0, 232.0
	top, bottom = 22.0, 78.0
)

// Picture returns the measure's picture, false when fewer than two values are known or all are the same: a single dot
// and a level line show nothing that the sentence does not say.
func (m Measure) Picture() (Picture, bool) {
	points := m.Points()
	if len(points) < 2 {
		return Picture{}, false
	}
	first, last := points[0], points[len(points)-1]
	end := last.AsOf.Time
	low, high := first.Value, first.Value
	for _, p := range points {
		low, high = min(low, p.Value), max(high, p.Value)
	}
	if t := m.Target.Value; t != nil {
		low, high = min(low, *t), max(high, *t)
		if m.Target.By.After(end) {
			end = m.Target.By.Time
		}
	}
	span, height := end.Sub(first.AsOf.Time).Hours(), high-low
	if span <= 0 || height == 0 || math.IsInf(height, 0) {
		return Picture{}, false
	}
	x := func(d Day) float64 { return left + d.Sub(first.AsOf.Time).Hours()/span*(right-left) }
	y := func(v float64) float64 { return top + (high-v)/height*(bottom-top) }
	p := Picture{From: first.AsOf.Format("2006"), To: end.Format("2006")}
	var path []string
	for _, r := range points {
		dot := Dot{X: tenth(x(r.AsOf)), Y: tenth(y(r.Value))}
		p.Dots = append(p.Dots, dot)
		path = append(path, dot.X+" "+dot.Y)
	}
	p.Line = "M" + strings.Join(path, "L")
	p.First = Label{tenth(left), tenth(y(first.Value) - 10), Number(first.Value)}
	if rises(points, func(r Reading) bool { return x(r.AsOf) > left+letter*float64(len(p.First.Text)) }) {
		p.First.Y = tenth(y(first.Value) + 16)
	}
	p.Last = Label{tenth(x(last.AsOf) + 9), tenth(y(last.Value) + 5), Number(last.Value) + " now"}
	if t := m.Target.Value; t != nil {
		p.Target, p.TargetY, p.TargetText = Number(*t), tenth(y(*t)), tenth(y(*t)+5)
	}
	return p, true
}

// letter is about how wide a letter of a label is.
const letter = 8

// rises says whether a line goes up rather than down from its first value, as far as the label of that reaches.
func rises(points []Reading, beyond func(Reading) bool) bool {
	first := points[0].Value
	up, down := 0.0, 0.0
	for _, r := range points[1:] {
		up, down = max(up, r.Value-first), max(down, first-r.Value)
		if beyond(r) {
			break
		}
	}
	return up > down
}

func tenth(v float64) string { return fmt.Sprintf("%.1f", v) }

// Points are the baseline and the readings that count, each day once: what the table beside the picture lists.
func (m Measure) Points() []Reading {
	var points []Reading
	for _, r := range m.Readings {
		if r.Dropped == "" {
			points = append(points, r)
		}
	}
	if b := m.Baseline; b.Value != nil && !b.AsOf.IsZero() && (len(points) == 0 || b.AsOf.Before(points[0].AsOf.Time)) {
		return slices.Insert(points, 0, Reading{Value: *b.Value, AsOf: b.AsOf, Note: b.Note})
	}
	return points
}
