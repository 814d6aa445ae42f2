package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Said is what was promised of a measure: "from 8,400 to 14,000 people".
func (m Measure) Said() string { return m.promise(m.Target.Value) }

func (m Measure) promise(to *float64) string {
	switch {
	case to == nil:
		return "No target was set"
	case m.Baseline.Value == nil:
		return m.Amount(*to)
	}
	return "From " + Number(*m.Baseline.Value) + " to " + m.Amount(*to)
}

// Now is the newest reading, and when it was taken.
func (m Measure) Now() string {
	last, ok := m.Latest()
	if !ok {
		return "Nobody has counted it yet"
	}
	return m.Amount(last.Value) + onDay(", ", last.AsOf)
}

// Way says how far the newest reading is on its way from where it began to its target, "" where that cannot be told.
func (m Measure) Way() string {
	last, ok := m.Latest()
	from, to := m.Baseline.Value, m.Target.Value
	if !ok || from == nil || to == nil || *from == *to {
		return ""
	}
	done := (last.Value - *from) / (*to - *from)
	switch {
	case math.IsNaN(done) || math.IsInf(done, 0):
		return ""
	case done >= 1:
		return "Reached."
	case done < 0:
		return "Further away than at the start."
	case done < .005:
		return "No nearer than at the start."
	}
	return fmt.Sprintf("%d%% of the way.", min(99, int(math.Round(done*100))))
}

// Earlier are a measure's targets before the one that it has, as they were promised.
func (m Measure) Earlier() []Promise {
	var all []Promise
	for i, s := range m.Moved {
		is := m.Target
		if i+1 < len(m.Moved) {
			is = m.Moved[i+1].Was
		}
		all = append(all, Promise{Says: m.asOf(s.On).promise(s.Was.Value), By: s.Was.By, Moved: !s.Was.By.IsZero() && !s.Was.By.Equal(is.By.Time), On: s.On, Reason: s.Reason, ByRole: s.ByRole})
	}
	return all
}

// Promise is what was said before it was changed, on which day it was, and why.
type Promise struct {
	Says   string // of a measure
	By     Day
	Moved  bool // the day is another one now
	On     Day
	Reason string
	ByRole string
}

// Restatement is what was said before of how a measure is counted, on which day that was changed, and why.
type Restatement struct {
	Of     []Restated
	On     Day
	Reason string
	ByRole string
}

// Restated is one thing that is said otherwise now.
type Restated struct{ What, Was, Is string }

// Restatements are how a measure was counted before, the oldest first.
func (m Measure) Restatements() []Restatement {
	var all []Restatement
	for i, s := range m.Restated {
		is := Terms{m.Baseline, m.Unit, m.Direction}
		if i+1 < len(m.Restated) {
			is = m.Restated[i+1].Was
		}
		all = append(all, Restatement{s.Was.apart(is), s.On, s.Reason, s.ByRole})
	}
	return all
}

// asOf is the measure as it was counted before what was changed on a day or after it.
func (m Measure) asOf(on Day) Measure {
	for _, s := range m.Restated {
		if !s.On.Before(on.Time) {
			m.Baseline, m.Unit, m.Direction = s.Was.Baseline, s.Was.Unit, s.Was.Direction
			break
		}
	}
	return m
}

// apart are the things that two terms say differently.
func (t Terms) apart(now Terms) (all []Restated) {
	if !same(t.Baseline.Value, now.Baseline.Value) || !t.Baseline.AsOf.Equal(now.Baseline.AsOf.Time) {
		all = append(all, Restated{"It began at", t.began(), now.began()})
	}
	if t.Unit != now.Unit {
		all = append(all, Restated{"It was counted in", cmp.Or(t.Unit, "plain numbers"), cmp.Or(now.Unit, "plain numbers")})
	}
	if t.Direction != now.Direction {
		all = append(all, Restated{"The aim was", directionWords[t.Direction], directionWords[now.Direction]})
	}
	return all
}

var directionWords = map[string]string{"": "not said", "up": "more", "down": "less"}

func (t Terms) began() string {
	if t.Baseline.Value == nil {
		return "nothing that was counted"
	}
	return Measure{Unit: t.Unit}.Amount(*t.Baseline.Value) + onDay(", ", t.Baseline.AsOf)
}

// Earlier are the days by which an action was to be done before the one that it has.
func (a Action) Earlier() []Promise {
	var all []Promise
	for _, s := range a.Moved {
		all = append(all, Promise{By: s.Was, On: s.On, Reason: s.Reason, ByRole: s.ByRole})
	}
	return all
}

// Quarter is the first day of the quarter that a day is in. The NHS counts its years from April; its quarters begin with the
// calendar's.
func Quarter(day Day) Day {
	first := time.Month((int(day.Month())-1)/3*3 + 1)
	return Day{time.Date(day.Year(), first, 1, 0, 0, 0, 0, time.UTC)}
}

// settled is how old a quarter is when something can be expected to have happened in it.
const settled = 30 * 24 * time.Hour

// LastQuarter is the day from which a page tells what changed: when this quarter began, or the one before while this one is
// young.
func LastQuarter(today Day) Day {
	began := Quarter(today)
	if today.Sub(began.Time) < settled {
		return Quarter(Day{began.AddDate(0, 0, -1)})
	}
	return began
}

// News is something that happened to a plan on a day.
type News struct {
	On     Day
	Kind   string // "read", "done", "moved", "corrected" or "dropped"
	Anchor string // of its goal on the plan's page
	What   string
}

// NewsSince tells what happened to goals since a day, the newest first.
func NewsSince(goals []Goal, since Day) []News {
	var all []News
	for _, g := range goals {
		add := func(on Day, kind, what string) {
			if !on.Before(since.Time) {
				all = append(all, News{on, kind, g.Anchor(), what})
			}
		}
		if g.Status == Dropped && !g.DroppedOn.IsZero() {
			add(g.DroppedOn, "dropped", "the goal “"+g.Title+"”."+because(g.Reason))
		}
		for _, m := range g.Measures {
			m.changes(add)
		}
		for _, a := range g.Actions {
			a.changes(add)
		}
	}
	slices.SortStableFunc(all, func(a, b News) int {
		return cmp.Or(b.On.Compare(a.On.Time), cmp.Compare(kindOrder[a.Kind], kindOrder[b.Kind]))
	})
	return all
}

// Word is what kind of change it is, for readers.
func (c News) Word() string { return kindWords[c.Kind] }

var kindWords = map[string]string{"done": "Done", "read": "Counted", "moved": "Moved", "corrected": "Corrected", "dropped": "Given up"}

var kindOrder = map[string]int{"done": 1, "read": 2, "moved": 3, "corrected": 4, "dropped": 5}

// Anchor is where a goal stands on its plan's page.
func (g Goal) Anchor() string { return "goal-" + g.Key }

func (m Measure) changes(add func(on Day, kind, what string)) {
	var before *Reading
	for _, r := range m.Points() {
		if before != nil {
			add(r.AsOf, "read", fmt.Sprintf("%s: %s %s, %s before.", m.Title, m.moved(r.Value-before.Value), m.Amount(r.Value), Number(before.Value)))
		}
		for _, c := range r.Corrected {
			add(c.On, "corrected", fmt.Sprintf("%s: the reading of %s was %s and is %s now.%s", m.Title, r.AsOf.Words(), Number(c.Was), Number(r.Value), because(c.Reason)))
		}
		before = &r
	}
	for _, r := range m.Restatements() {
		for _, x := range r.Of {
			add(r.On, "corrected", fmt.Sprintf("%s: %s %s, now %s.%s", m.Title, lower(x.What), x.Was, x.Is, because(r.Reason)))
		}
	}
	if m.Dropped != "" && !m.DroppedOn.IsZero() {
		add(m.DroppedOn, "dropped", m.Title+" is not counted any more."+because(m.Dropped))
	}
	for i, s := range m.Moved {
		is := m.Target
		if i+1 < len(m.Moved) {
			is = m.Moved[i+1].Was
		}
		add(s.On, "moved", fmt.Sprintf("%s: the aim was %s%s and is %s%s now.%s", m.Title, m.value(s.Was.Value), onDay(" by ", s.Was.By), m.value(is.Value), onDay(" by ", is.By), because(s.Reason)))
	}
}

func (m Measure) value(v *float64) string {
	if v == nil {
		return "none"
	}
	return m.Amount(*v)
}

func (a Action) changes(add func(on Day, kind, what string)) {
	if a.Status == Done && !a.DoneOn.IsZero() {
		add(a.DoneOn, "done", a.Title+".")
	}
	if a.Status == Dropped && !a.DroppedOn.IsZero() {
		add(a.DroppedOn, "dropped", a.Title+"."+because(cmp.Or(a.Reason, a.Note)))
	}
	for i, s := range a.Moved {
		is := a.Due
		if i+1 < len(a.Moved) {
			is = a.Moved[i+1].Was
		}
		add(s.On, "moved", fmt.Sprintf("%s: from %s to %s.%s", a.Title, s.Was.Words(), is.Words(), because(s.Reason)))
	}
}

// Words is the day as people write it.
func (d Day) Words() string {
	if d.IsZero() {
		return "no date"
	}
	return d.Format("2 January 2006")
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func because(reason string) string {
	if reason == "" {
		return " No reason was given."
	}
	return " " + reason
}

// When is the month by which the target is to be reached.
func (m Measure) When() string {
	if m.Target.By.IsZero() {
		return "No date was set"
	}
	return m.Target.By.Format("January 2006")
}
