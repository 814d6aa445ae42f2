package site

import (
	"html/template"
	"net/http"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/plan"

	"github.com/pocketbase/pocketbase/core"
)

type planCard struct {
	library.Card
	Goals  int
	Tally  plan.Count
	Status string
}

type plansView struct{ Plans []planCard }

func (s *Site) plans(e *core.RequestEvent) error {
	cards, err := library.Cards(s.app, viewer(e), published(library.ActionPlan))
	if err != nil {
		return err
	}
	v := plansView{}
	now := time.Now()
	for _, c := range cards {
		goals, err := plan.Load(s.app, c.ID)
		if err != nil {
			return err
		}
		v.Plans = append(v.Plans, planCard{Card: c, Goals: len(goals), Tally: plan.Tally(goals, now), Status: plan.Standing(goals)})
	}
	p := Page{Title: "Plans", Description: "What the partners said they would do, by when, and how far they are.", Section: "/plans"}
	return render(s, e, http.StatusOK, "plans", p, v, tagLibrary)
}

type planView struct {
	Head                headView
	Organisation        Link
	Places, Programmes  []Link
	Period, Sponsor     string
	MadeWith, OwnerRole string
	Tally               plan.Count
	Goals               []goalView
	Updates             []library.Update
	Body                template.HTML
	Outline             []Link
	Kept                keptView
	Carried             carriedView
}

type goalView struct {
	Number   int
	Anchor   string
	Goal     plan.Goal
	Word     string
	Measures []measureView
	Actions  []actionView
}

type measureView struct {
	plan.Measure
	Says    string
	NoData  bool
	Picture *plan.Picture
	Rows    []measureRow
}

type measureRow struct {
	Day   time.Time
	What  string
	Value string
}

type actionView struct {
	plan.Action
	Word, Class string
	LateBy      int // days
}

func (s *Site) planPage(e *core.RequestEvent) error {
	d, source, err := s.openDocument(e, library.ActionPlan, "", e.Request.PathValue("slug"))
	if err != nil {
		return answered(err)
	}
	if source {
		return s.sendSource(e, d)
	}
	r, err := d.Rendered()
	if err != nil {
		return err
	}
	goals, err := plan.Load(s.app, d.Id)
	if err != nil {
		return err
	}
	now, m := time.Now(), d.Meta()
	v := planView{
		Head: s.headOf(e, d, now), Sponsor: m.BoardSponsor, MadeWith: m.CoproducedBy, OwnerRole: d.OwnerRole(),
		Tally: plan.Tally(goals, now), Updates: m.Updates, Kept: s.keptOf(e, d, now),
	}
	if m.Period != nil {
		v.Period = monthSpan(string(m.Period.From), string(m.Period.To))
	}
	if v.Organisation, err = s.partnerLink(d.OrganisationID()); err != nil {
		return err
	}
	if v.Places, err = s.linksTo("places", d.Places()); err != nil {
		return err
	}
	if v.Programmes, err = s.linksTo("programmes", d.Programmes()); err != nil {
		return err
	}
	for i, g := range goals {
		v.Goals = append(v.Goals, goalOf(i+1, g, now))
	}
	if v.Body, err = s.bodyFor(viewer(e), r.Body, nil, d.Address()); err != nil {
		return err
	}
	v.Body = v.Kept.Said.put(v.Body)
	if v.Carried, err = s.carried(e, d, v.Body); err != nil {
		return err
	}
	for _, g := range v.Goals {
		v.Outline = append(v.Outline, Link{g.Goal.Title, "#" + g.Anchor})
	}
	if len(v.Updates) > 0 {
		v.Outline = append(v.Outline, Link{"Updates", "#updates"})
	}
	for _, h := range longOutline(r.Outline) {
		v.Outline = append(v.Outline, Link{h.Text, "#" + h.ID})
	}
	if len(v.Kept.Sources) > 0 {
		v.Outline = append(v.Outline, Link{"Where this comes from", "#sources"})
	}
	p := Page{Title: d.Title(), Description: d.Summary(), Section: "/plans", Crumbs: []Link{{"Plans", "/plans"}}, Scripts: []string{quoteScript}, NoIndex: d.State() != library.Published}
	return render(s, e, http.StatusOK, "plan", p, v, v.Kept.Said.shownTags(tagLibrary, "document:"+d.Id)...)
}

func goalOf(n int, g plan.Goal, now time.Time) goalView {
	v := goalView{Number: n, Anchor: "goal-" + g.Key, Goal: g, Word: g.Status.Word()}
	for _, m := range g.Measures {
		mv := measureView{Measure: m, Says: m.Sentence(now), NoData: m.NoData(now)}
		if p, ok := m.Picture(); ok {
			mv.Picture = &p
		}
		for i, r := range m.Points() {
			what := "Reading"
			if i == 0 && m.Baseline.Value != nil {
				what = "Where we began"
			}
			mv.Rows = append(mv.Rows, measureRow{r.AsOf.Time, what, m.Amount(r.Value)})
		}
		if m.Target.Value != nil {
			mv.Rows = append(mv.Rows, measureRow{m.Target.By.Time, "Target", m.Amount(*m.Target.Value)})
		}
		v.Measures = append(v.Measures, mv)
	}
	for _, a := range g.Actions {
		av := actionView{Action: a, Word: a.Word(now), Class: string(a.Status)}
		if a.Late(now) {
			av.Class, av.LateBy = "late", int(now.Sub(a.Due.Time).Hours()/24)
		}
		if av.Class == "" {
			av.Class = string(plan.NotStarted)
		}
		v.Actions = append(v.Actions, av)
	}
	return v
}

// monthSpan writes from when to when a plan runs.
func monthSpan(from, to string) string {
	month := func(s string) string {
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return ""
		}
		return t.Format("January 2006")
	}
	f, t := month(from), month(to)
	switch {
	case f != "" && t != "":
		return f + " to " + t
	case f != "":
		return "From " + f
	}
	return t
}
