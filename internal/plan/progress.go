package plan

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Late says whether the day after the action was due has come and it is neither done nor dropped.
func (a Action) Late(now time.Time) bool {
	open := a.Status != Done && a.Status != Dropped
	return open && !a.Due.IsZero() && !now.Before(a.Due.AddDate(0, 0, 1))
}

// Word is how the action stands, in a word for readers.
func (a Action) Word(now time.Time) string {
	if a.Late(now) {
		return "late"
	}
	return a.Status.Word()
}

// Word is a status for readers.
func (s Status) Word() string {
	if s == "" {
		return "not started"
	}
	return strings.ReplaceAll(string(s), "-", " ")
}

// Latest is the newest reading, false when there is none.
func (m Measure) Latest() (Reading, bool) {
	if len(m.Readings) == 0 {
		return Reading{}, false
	}
	return m.Readings[len(m.Readings)-1], true
}

// period is how often a measure is read.
func (m Measure) period() time.Duration {
	const day = 24 * time.Hour
	switch m.Every {
	case "month":
		return 31 * day
	case "half-year":
		return 183 * day
	case "year":
		return 366 * day
	}
	return 92 * day
}

// NoData says whether two periods have gone by without a new reading; such a measure is not shown as on track.
func (m Measure) NoData(now time.Time) bool {
	last, ok := m.Latest()
	return !ok || now.Sub(last.AsOf.Time) > 2*m.period()
}

// Sentence says in words where the measure started, where it is and where it should be.
func (m Measure) Sentence(now time.Time) string {
	var parts []string
	last, read := m.Latest()
	base := m.Baseline
	if base.Value == nil {
		parts = append(parts, "Nobody has counted this before")
	}
	switch {
	case !read && base.Value != nil:
		parts = append(parts, fmt.Sprintf("It was %s%s, and no reading has been taken since", m.Amount(*base.Value), onDay(" in ", base.AsOf)))
	case read && base.Value != nil && last.AsOf.Equal(base.AsOf.Time):
		parts = append(parts, fmt.Sprintf("It was %s%s", m.Amount(last.Value), onDay(" in ", last.AsOf)))
	case read && base.Value != nil:
		parts = append(parts, fmt.Sprintf("It was %s%s and %s %s%s", m.Amount(*base.Value), onDay(" in ", base.AsOf), m.moved(last.Value-*base.Value), m.Amount(last.Value), onDay(" by ", last.AsOf)))
	case read:
		parts = append(parts, fmt.Sprintf("it is %s%s", m.Amount(last.Value), onDay(" in ", last.AsOf)))
	}
	if m.Target.Value != nil {
		parts = append(parts, fmt.Sprintf("the aim is %s%s", m.Amount(*m.Target.Value), onDay(" by ", m.Target.By)))
	}
	s := strings.Join(parts, "; ")
	if s == "" {
		return "Nothing is counted yet."
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// moved says which way a number went, and that it is not better when it is not.
func (m Measure) moved(by float64) string {
	switch {
	case by == 0:
		return "has stayed at"
	case by > 0:
		return "has risen to"
	}
	return "has fallen to"
}

// Amount writes a value with the measure's unit.
func (m Measure) Amount(v float64) string {
	n := Number(v)
	switch {
	case m.Unit == "":
		return n
	case strings.HasPrefix(m.Unit, "%"):
		return n + m.Unit
	}
	return n + " " + m.Unit
}

func onDay(word string, d Day) string {
	if d.IsZero() {
		return ""
	}
	return word + d.Format("January 2006")
}

// Number writes a value the way people read it: thousands apart, at most two places.
func Number(v float64) string {
	rounded := math.Round(v*100) / 100
	switch {
	case math.IsInf(rounded, 0): // too big to have places
		rounded = v
	case rounded == 0: // and not minus nothing
		rounded = 0
	}
	s := strconv.FormatFloat(rounded, 'f', -1, 64)
	whole, fraction, has := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if has {
		whole += "." + fraction
	}
	return sign + whole
}

// Count says how many of a plan's actions stand how.
type Count struct{ Done, Late, Open, Total int }

// Tally counts the actions of goals.
func Tally(goals []Goal, now time.Time) Count {
	var c Count
	for _, g := range goals {
		for _, a := range g.Actions {
			switch {
			case a.Status == Dropped:
				continue
			case a.Status == Done:
				c.Done++
			case a.Late(now):
				c.Late++
			default:
				c.Open++
			}
			c.Total++
		}
	}
	return c
}

// Sentence says the count in words.
func (c Count) Sentence() string {
	if c.Total == 0 {
		return "No actions yet."
	}
	s := fmt.Sprintf("%d of %d actions done", c.Done, c.Total)
	if c.Late > 0 {
		s += fmt.Sprintf(", %d late", c.Late)
	}
	return s + "."
}

// Standing says how many goals stand how: "2 on track, 1 at risk".
func Standing(goals []Goal) string {
	counts := map[Status]int{}
	for _, g := range goals {
		counts[cmp.Or(g.Status, NotStarted)]++
	}
	var parts []string
	for _, s := range []Status{Done, OnTrack, AtRisk, NotStarted, Dropped} {
		if n := counts[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s.Word()))
		}
	}
	return strings.Join(parts, ", ")
}
