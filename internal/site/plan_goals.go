package site

import (
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/plan"
	"commonplace/internal/spread"
)

// goalView is a goal as its plan's page shows it: what was said, where it stands and by when, and what it hangs from.
type goalView struct {
	Number     int
	Anchor     string
	Goal       plan.Goal
	Word       string
	Measures   []measureView
	Actions    []actionView
	Strategy   Link   // the line of a strategy that it comes from
	DrawsOn    []Link // case studies
	Programmes []Link // that share it
	Plans      []Link // that share it
}

type measureView struct {
	plan.Measure
	NoData  bool
	Picture *plan.Picture
	Rows    []measureRow
}

type measureRow struct {
	Day   time.Time
	What  string
	Value string
	Note  string
	Gone  bool // it does not count any more
}

type actionView struct {
	plan.Action
	Word, Class string
	LateBy      int  // days
	Talk        Link // the discussion about it
}

func goalOf(n int, g plan.Goal, now time.Time) goalView {
	v := goalView{Number: n, Anchor: g.Anchor(), Goal: g, Word: g.Status.Word()}
	for _, m := range g.Measures {
		v.Measures = append(v.Measures, measureOf(m, now))
	}
	for _, a := range g.Actions {
		v.Actions = append(v.Actions, actionOf(a, now))
	}
	return v
}

func measureOf(m plan.Measure, now time.Time) measureView {
	v := measureView{Measure: m, NoData: m.NoData(now)}
	if p, ok := m.Picture(); ok {
		v.Picture = &p
	}
	began := m.Baseline.Value != nil
	if points := m.Points(); began && len(points) > 0 && points[0].ID == "" {
		v.Rows, began = append(v.Rows, measureRow{Day: points[0].AsOf.Time, What: "Where we began", Value: m.Amount(points[0].Value), Note: points[0].Note}), false
	}
	for _, r := range m.Readings {
		for _, c := range r.Corrected {
			v.Rows = append(v.Rows, measureRow{Day: r.AsOf.Time, What: "Said before", Value: m.Amount(c.Was), Note: signed(c.Reason, c.ByRole), Gone: true})
		}
		row := measureRow{Day: r.AsOf.Time, What: "Reading", Value: m.Amount(r.Value), Note: readingNote(r), Gone: r.Dropped != ""}
		if began && !row.Gone {
			row.What, began = "Where we began", false
		}
		v.Rows = append(v.Rows, row)
	}
	for _, p := range m.Earlier() {
		v.Rows = append(v.Rows, measureRow{p.By.Time, "Earlier target", p.Says, signed(p.Reason, p.ByRole), true})
	}
	if m.Target.Value != nil {
		v.Rows = append(v.Rows, measureRow{Day: m.Target.By.Time, What: "Target", Value: m.Amount(*m.Target.Value)})
	}
	return v
}

func readingNote(r plan.Reading) string {
	if r.Dropped != "" {
		return "It does not count: " + r.Dropped
	}
	return r.Note
}

// signed is a reason with the role of who gave it.
func signed(reason, role string) string {
	if reason == "" {
		reason = "No reason was given."
	}
	if role != "" {
		reason += " (" + role + ")"
	}
	return reason
}

func actionOf(a plan.Action, now time.Time) actionView {
	v := actionView{Action: a, Word: a.Word(now), Class: string(a.Status)}
	if a.Late(now) {
		v.Class, v.LateBy = "late", int(plan.Today(now).Sub(a.Due.Time).Hours()/24)
	}
	if v.Class == "" {
		v.Class = string(plan.NotStarted)
	}
	return v
}

// hung adds what goals hang from and what hangs from them, as far as the viewer may see it.
func (s *Site) hung(e *core.RequestEvent, goals []goalView) error {
	v := viewer(e)
	found := map[string]*library.Document{}
	byKey := func(key string) *library.Document {
		if d, asked := found[key]; asked {
			return d
		}
		d, err := library.ByKey(s.app, key)
		if err != nil || !d.Viewable(v) {
			d = nil
		}
		found[key] = d
		return d
	}
	links := func(keys []string) (list []Link) {
		for _, key := range keys {
			if d := byKey(key); d != nil {
				list = append(list, Link{d.Title(), d.Address()})
			}
		}
		return list
	}
	for i := range goals {
		g := &goals[i]
		g.DrawsOn, g.Plans = links(g.Goal.DrawsOn), links(g.Goal.SharedWith)
		for _, slug := range g.Goal.Programmes {
			p, err := member.ProgrammeBySlug(s.app, slug)
			if err != nil {
				return err
			}
			g.Programmes = append(g.Programmes, Link{p.Title(), p.Address()})
		}
		key, anchor, _ := strings.Cut(g.Goal.Strategy, "#")
		if d := byKey(key); key != "" && d != nil {
			g.Strategy = lineOf(d, anchor)
		}
		for j := range g.Actions {
			if to := g.Actions[j].Thread; to != "" {
				g.Actions[j].Talk = s.seenThread(e, to)
			}
		}
	}
	return nil
}

// lineOf is a line of a strategy: a heading of its page, or the page where that heading is gone.
func lineOf(d *library.Document, anchor string) Link {
	r, err := d.Rendered()
	if err == nil {
		for _, h := range r.Outline {
			if h.ID == anchor {
				return Link{h.Text, d.Address() + "#" + anchor}
			}
		}
	}
	return Link{d.Title(), d.Address()}
}

// strategyLine is a line of a strategy with the goals that hang from it.
type strategyLine struct {
	Link
	Goals []plan.Hung
}

// linesOf are the lines of a page from which goals hang, in the page's order. A page that no goal names is no strategy.
func (s *Site) linesOf(e *core.RequestEvent, d *library.Document, outline []markdown.Heading) ([]strategyLine, error) {
	hung, err := plan.Under(s.app, viewer(e), d.Key())
	if err != nil || len(hung) == 0 {
		return nil, err
	}
	under := map[string][]plan.Hung{}
	for _, h := range hung {
		under[h.Line] = append(under[h.Line], h)
	}
	var lines []strategyLine
	for _, h := range outline {
		if goals := under[h.ID]; len(goals) > 0 {
			lines = append(lines, strategyLine{Link{h.Text, "#" + h.ID}, goals})
		}
	}
	return lines, nil
}

// planHere is what one place says of a plan: whether it signed, and what it does of the practices that the goals learn from.
type planHere struct {
	Place     *member.Place
	Signed    []signedView
	Practices []practiceHere
}

type practiceHere struct {
	Link
	Stage spread.Stage
}

// planIn reads a plan through the place of the address, nil where it names none.
func (s *Site) planIn(e *core.RequestEvent, v planView) (*planHere, error) {
	l, err := s.lensOf(e)
	if err != nil || l.Place == nil {
		return nil, err
	}
	here := &planHere{Place: l.Place}
	for _, x := range v.Signed {
		if x.Place == l.Place.Id {
			here.Signed = append(here.Signed, x)
		}
	}
	adoptions, err := spread.At(s.app, viewer(e), l.Place.Id)
	if err != nil {
		return nil, err
	}
	stages := map[string]spread.Stage{}
	for _, a := range adoptions {
		stages[a.Document] = a.Stage
	}
	seen := map[string]bool{}
	for _, g := range v.Goals {
		for _, key := range g.Goal.DrawsOn {
			d, err := library.ByKey(s.app, key)
			if err != nil || seen[key] || !d.Viewable(viewer(e)) {
				continue
			}
			seen[key] = true
			here.Practices = append(here.Practices, practiceHere{Link{d.Title(), d.Address() + "#spread"}, stages[d.Id]})
		}
	}
	return here, nil
}
