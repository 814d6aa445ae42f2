package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Late says whether the day after the action was due has come and it is neither done nor dropped.
func (a Action) Late(now time.Time) bool {
	open := a.Status != Done && a.Status != Dropped
	return open && !a.Due.IsZero() && Today(now).After(a.Due.Time)
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

// Latest is the newest reading that counts, false when there is none.
func (m Measure) Latest() (Reading, bool) {
	for _, r := range slices.Backward(m.Readings) {
		if r.Dropped == "" {
			return r, true
		}
	}
	return Reading{}, false
}

// months is how many there are between two readings of a measure.
func (m Measure) months() int {
	return map[string]int{"month": 1, "quarter": 3, "half-year": 6, "year": 12}[Every(m.Every)]
}

// NoData says whether two periods have gone by without a new reading; such a measure is not shown as on track. One that is
// no longer followed lacks none.
func (m Measure) NoData(now time.Time) bool {
	last, ok := m.Latest()
	return m.Dropped == "" && (!ok || Today(now).After(last.AsOf.plusMonths(2*m.months()).Time))
}

// plusMonths is the same day so many months later; where a month is shorter, its last.
func (d Day) plusMonths(n int) Day {
	first := time.Date(d.Year(), d.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Day{first.AddDate(0, 0, min(d.Day(), last)-1)}
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

// Tally counts the actions of goals that were not dropped.
func Tally(goals []Goal, now time.Time) Count {
	var c Count
	for _, g := range goals {
		if g.Status == Dropped {
			continue
		}
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

// Every is how often a measure is read, in the word of the files: month, quarter, half-year or year. A form says it in
// other words, and what nobody said, or nobody knows, is a quarter.
func Every(said string) string {
	switch strings.ToLower(strings.Join(strings.Fields(said), " ")) {
	case "month", "monthly", "every month", "1 month":
		return "month"
	case "half-year", "half year", "every half-year", "6 months", "every 6 months", "six months":
		return "half-year"
	case "year", "yearly", "every year", "1 year", "12 months", "annual", "annually":
		return "year"
	}
	return "quarter"
}
