package site

import (
	"html/template"
	"net/http"
	"slices"
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

type plansView struct {
	Lens  lens
	Plans []planCard
}

func (s *Site) plans(e *core.RequestEvent) error {
	cards, err := library.Cards(s.app, viewer(e), published(library.ActionPlan))
	if err != nil {
		return err
	}
	l, err := s.lensOf(e)
	if err != nil {
		return answered(err)
	}
	if l.Place != nil { // a plan that names no place is everybody's
		cards = slices.DeleteFunc(cards, func(c library.Card) bool { return len(c.Places) > 0 && !slices.Contains(c.Places, l.Place.Id) })
	}
	v := plansView{Lens: l}
	now, ids := time.Now(), make([]string, len(cards))
	for i, c := range cards {
		ids[i] = c.ID
	}
	all, err := plan.LoadActions(s.app, ids)
	if err != nil {
		return err
	}
	for _, c := range cards {
		goals := all[c.ID]
		v.Plans = append(v.Plans, planCard{Card: c, Goals: len(goals), Tally: plan.Tally(goals, now), Status: plan.Standing(goals)})
	}
	title := s.say("plans")
	if l.Place != nil {
		title = s.say("title-plans-in", l.Place.Title())
	}
	p := Page{Title: title, Description: s.say("about-plans"), Section: "/plans"}
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
	Changes             []changedDay
	Since               time.Time
	Updates             []plan.Update
	Board               string
	Body                template.HTML
	Outline             []Link
	Kept                keptView
	Carried             carriedView
	Keep                string // where those who may keep it do
	Here                *planHere
	Signed              []signedView
	Sign                string          // where those who may sign do
	Checks              []selfCheckCard // that were kept with it
	Check               string          // where they check what it means for carers
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
		Tally: plan.Tally(goals, now), Kept: s.keptOf(e, d, now), Board: d.Address() + "/board",
	}
	since := plan.LastQuarter(plan.Today(now))
	v.Since, v.Changes = since.Time, byDay(plan.NewsSince(goals, since))
	if v.Updates, err = plan.Updates(s.app, d.Id); err != nil {
		return err
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
	if v.Checks, err = s.checksAbout(e, d); err != nil {
		return err
	}
	if d.Editable(viewer(e)) {
		v.Keep, v.Check = keepAddress(d), s.impactCheckOf(e, d)
	}
	if v.Signed, err = s.signedUp(e, d.Id, goals, now); err != nil {
		return err
	}
	if places, programmes, err := s.maySignFor(viewer(e)); err != nil {
		return err
	} else if len(places)+len(programmes) > 0 {
		v.Sign = d.Address() + "/sign"
	}
	for i, g := range goals {
		v.Goals = append(v.Goals, goalOf(i+1, g, now))
	}
	if err := s.hung(e, v.Goals); err != nil {
		return err
	}
	if v.Here, err = s.planIn(e, v); err != nil {
		return answered(err)
	}
	if v.Body, err = s.bodyFor(viewer(e), r.Body, nil, d.Address()); err != nil {
		return err
	}
	v.Body = v.Kept.Said.put(v.Body)
	if v.Carried, err = s.carried(e, d, v.Body); err != nil {
		return err
	}
	if len(v.Changes) > 0 {
		v.Outline = append(v.Outline, Link{s.say("what-changed"), "#changed"})
	}
	for _, g := range v.Goals {
		v.Outline = append(v.Outline, Link{g.Goal.Title, "#" + g.Anchor})
	}
	if len(v.Updates) > 0 {
		v.Outline = append(v.Outline, Link{s.say("updates"), "#updates"})
	}
	for _, h := range longOutline(r.Outline) {
		v.Outline = append(v.Outline, Link{h.Text, "#" + h.ID})
	}
	if len(v.Kept.Sources) > 0 {
		v.Outline = append(v.Outline, Link{s.say("sources"), "#sources"})
	}
	p := Page{Title: d.Title(), Description: d.Summary(), Section: "/plans", Within: []Link{{"plans", "/plans"}}, Scripts: []string{quoteScript}, NoIndex: d.State() != library.Published}
	return render(s, e, http.StatusOK, "plan", p, v, v.Kept.Said.shownTags(tagLibrary, tagChecks, "document:"+d.Id)...)
}

// changedDay is what happened to a plan on one day.
type changedDay struct {
	On time.Time
	Of []plan.News
}

func byDay(changes []plan.News) []changedDay {
	var days []changedDay
	for _, c := range changes {
		if n := len(days); n == 0 || !days[n-1].On.Equal(c.On.Time) {
			days = append(days, changedDay{On: c.On.Time})
		}
		last := &days[len(days)-1]
		last.Of = append(last.Of, c)
	}
	return days
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
