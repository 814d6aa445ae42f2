package site

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/event"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// pastShown is how far back the list of events looks, and calendarBack the calendar.
const (
	pastShown    = 2 * 365 * 24 * time.Hour
	calendarBack = 90 * 24 * time.Hour
)

type eventsView struct {
	Lens     lens
	Facets   []facetView
	Chosen   []Link
	Groups   []eventGroup // what comes, by month; through a place what is there first
	Past     []eventCard
	Coming   int
	All      int // before anything was chosen
	Write    bool
	Calendar string
	Feed     string
}

// eventGroup is what comes under one heading.
type eventGroup struct {
	Title  string
	Events []eventCard
}

// eventCard is an event in a list.
type eventCard struct {
	*event.Event
	PlaceTitle, Space string
	NeedWords         []string
	Told              template.HTML // what changed because of it
	GivenUp           bool          // it was asked for, and nobody has told
}

// Called says what a list calls it besides its title.
func (c eventCard) Called() string {
	return map[string]string{event.Draft: "Draft", event.Cancelled: "Cancelled"}[c.State()]
}

// eventNames are what pages call the things that events point to.
type eventNames struct {
	places    []*member.Place
	placeByID map[string]*member.Place
	audience  map[string]string
	spaces    map[string]string
	library   string
}

func (s *Site) eventNames(v *member.Viewer) (eventNames, error) {
	n := eventNames{placeByID: map[string]*member.Place{}, library: v.Library()}
	var err error
	if n.places, err = member.Places(s.app); err != nil {
		return n, err
	}
	for _, p := range n.places {
		n.placeByID[p.Id] = p
	}
	if n.audience, err = library.Vocabulary(s.app, "audience"); err != nil {
		return n, err
	}
	n.spaces, err = s.names("spaces", "title")
	return n, err
}

func (n eventNames) slug(place string) string {
	if p := n.placeByID[place]; p != nil {
		return p.Slug()
	}
	return ""
}

func (n eventNames) card(e *event.Event, now time.Time) (eventCard, error) {
	c := eventCard{Event: e, GivenUp: e.GivenUp(now)}
	if p := n.placeByID[e.Place()]; p != nil {
		c.PlaceTitle = p.Title()
	}
	if e.Space() != n.library {
		c.Space = n.spaces[e.Space()]
	}
	for _, need := range e.Needs() {
		c.NeedWords = append(c.NeedWords, event.NeedWord(need))
	}
	html, err := e.OutcomeHTML()
	c.Told = template.HTML(html) // of our own renderer
	return c, err
}

// eventFacet is a way to narrow the list of events. Of what makes it possible to come all that is chosen has to be there,
// of places and people one of those.
type eventFacet struct {
	name   string
	all    bool
	values func(n eventNames, e *event.Event) []string
	word   func(n eventNames, v string) string
}

var eventFacets = []eventFacet{
	{"place", false, func(n eventNames, e *event.Event) []string { return filled(n.slug(e.Place())) }, func(n eventNames, v string) string {
		for _, p := range n.places {
			if p.Slug() == v {
				return p.Title()
			}
		}
		return ""
	}},
	{"audience", false, func(_ eventNames, e *event.Event) []string { return e.Audience() }, func(n eventNames, v string) string { return n.audience[v] }},
	{"access", true, func(_ eventNames, e *event.Event) []string { return e.Needs() }, func(_ eventNames, v string) string { return event.NeedWord(v) }},
}

// fits says whether an event has what an address asks for.
func (n eventNames) fits(e *event.Event, q url.Values) bool {
	for _, f := range eventFacets {
		asked, has := q[f.name], f.values(n, e)
		found := 0
		for _, want := range asked {
			if slices.Contains(has, want) {
				found++
			}
		}
		if len(asked) > 0 && (found == 0 || f.all && found < len(asked)) {
			return false
		}
	}
	return true
}

// eventQuery is what an address asks for of the list, each value once, and nothing that the list does not know.
func eventQuery(e *core.RequestEvent, n eventNames) url.Values {
	q := url.Values{}
	for _, f := range eventFacets {
		for _, v := range e.Request.URL.Query()[f.name] {
			if f.word(n, v) != "" && !slices.Contains(q[f.name], v) {
				q[f.name] = append(q[f.name], v)
			}
		}
	}
	return q
}

// narrowBy offers what the events have to choose from.
func (v *eventsView) narrowBy(s *Site, n eventNames, q url.Values, base string, events []*event.Event) {
	for _, f := range eventFacets {
		count := map[string]int{}
		for _, e := range events {
			for _, value := range f.values(n, e) {
				count[value]++
			}
		}
		view := facetView{Name: f.name, Title: s.say("facet-" + f.name)}
		for value := range count {
			if word := f.word(n, value); word != "" {
				view.Values = append(view.Values, facetValue{Title: word, URL: base + toggled(q, f.name, value), Count: count[value], Chosen: slices.Contains(q[f.name], value)})
			}
		}
		slices.SortFunc(view.Values, func(a, b facetValue) int { return strings.Compare(a.Title, b.Title) })
		for _, value := range q[f.name] {
			v.Chosen = append(v.Chosen, Link{f.word(n, value), base + toggled(q, f.name, value)})
		}
		if len(view.Values) > 0 {
			v.Facets = append(v.Facets, view)
		}
	}
}

func (s *Site) events(e *core.RequestEvent) error {
	l, err := s.lensOf(e)
	if err != nil {
		return answered(err)
	}
	who, now := viewer(e), time.Now()
	n, err := s.eventNames(who)
	if err != nil {
		return err
	}
	coming, err := event.Coming(s.app, who, now)
	if err != nil {
		return err
	}
	past, err := event.Past(s.app, who, now, now.Add(-pastShown))
	if err != nil {
		return err
	}
	q := eventQuery(e, n)
	v := eventsView{Lens: l, All: len(coming), Write: who.Writes(), Calendar: "/events.ics" + sameOf(q, l), Feed: "/events.atom" + sameOf(q, l)}
	v.narrowBy(s, n, q, l.Base+"/events", coming)
	for _, one := range coming {
		if !n.fits(one, q) {
			continue
		}
		c, err := n.card(one, now)
		if err != nil {
			return err
		}
		v.Coming++
		v.add(c, l)
	}
	for _, one := range past {
		if !n.fits(one, q) || l.Place != nil && one.Place() != "" && one.Place() != l.Place.Id {
			continue
		}
		c, err := n.card(one, now)
		if err != nil {
			return err
		}
		v.Past = append(v.Past, c)
	}
	title := s.say("title-events")
	if l.Place != nil {
		title = s.say("title-events-in", l.Place.Title())
	}
	p := Page{Title: title, Description: s.say("about-events"), Feed: v.Feed}
	if len(v.Chosen) > 0 {
		p.NoIndex = true
	}
	return render(s, e, http.StatusOK, "events", p, v, tagEvents, tagLibrary)
}

// sameOf is what a calendar or a feed of a list is asked for.
func sameOf(q url.Values, l lens) string {
	if l.Place != nil && len(q["place"]) == 0 {
		q = without(q)
		q.Set("place", l.Place.Slug())
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// add puts what comes under its month. Through a place, what is there comes first, under the place's name.
func (v *eventsView) add(c eventCard, l lens) {
	month := c.Starts().Format("January 2006")
	if l.Place != nil {
		month = "Elsewhere and online, " + month
		if c.Place() == l.Place.Id {
			v.first("In " + l.Place.Title()).take(c)
			return
		}
	}
	for i := range v.Groups {
		if v.Groups[i].Title == month {
			v.Groups[i].take(c)
			return
		}
	}
	v.Groups = append(v.Groups, eventGroup{month, []eventCard{c}})
}

func (g *eventGroup) take(c eventCard) { g.Events = append(g.Events, c) }

// first is the group that stands before all others.
func (v *eventsView) first(title string) *eventGroup {
	if len(v.Groups) == 0 || v.Groups[0].Title != title {
		v.Groups = slices.Insert(v.Groups, 0, eventGroup{Title: title})
	}
	return &v.Groups[0]
}

// announced are the events of a calendar or a feed: what comes, and what was on lately.
func (s *Site) announced(e *core.RequestEvent) (list []*event.Event, title string, err error) {
	who, now := viewer(e), time.Now()
	n, err := s.eventNames(who)
	if err != nil {
		return nil, "", err
	}
	past, err := event.Past(s.app, who, now, now.Add(-calendarBack))
	if err != nil {
		return nil, "", err
	}
	slices.Reverse(past)
	coming, err := event.Coming(s.app, who, now)
	q := eventQuery(e, n)
	for _, one := range append(past, coming...) {
		if one.State() != event.Draft && n.fits(one, q) {
			list = append(list, one)
		}
	}
	title = s.say("title-events")
	if len(q["place"]) == 1 {
		title = s.say("title-events-in", eventFacets[0].word(n, q.Get("place")))
	}
	return list, title, err
}

func (s *Site) eventsCalendar(e *core.RequestEvent) error {
	list, title, err := s.announced(e)
	if err != nil {
		return err
	}
	return s.sendCalendar(e, title, "events", list)
}

func (s *Site) sendCalendar(e *core.RequestEvent, title, file string, list []*event.Event) error {
	var b bytes.Buffer
	if err := event.Calendar(&b, title, s.base(e), list); err != nil {
		return err
	}
	h := e.Response.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Disposition", fmt.Sprintf("inline; filename=%q", file+".ics"))
	if changed := event.Changed(list); !changed.IsZero() {
		h.Set("Last-Modified", changed.UTC().Format(http.TimeFormat))
	}
	return e.Blob(http.StatusOK, "text/calendar; charset=utf-8", b.Bytes())
}

func (s *Site) eventsAtom(e *core.RequestEvent) error {
	list, title, err := s.announced(e)
	if err != nil {
		return err
	}
	f := atomFeed{
		Lang: "en-GB", ID: s.base(e) + "/events", Title: title, Author: "Commonplace",
		Links: []atomLink{{"self", "application/atom+xml", s.base(e) + e.Request.URL.RequestURI()}, {"alternate", "text/html", s.base(e) + "/events"}},
	}
	for _, one := range list {
		at, title := s.base(e)+one.Address(), one.Title()
		if one.State() == event.Cancelled {
			title = s.say("title-cancelled", title)
		}
		f.Entries = append(f.Entries, atomEntry{
			ID: at, Title: title, Updated: one.GetDateTime("updated").Time().UTC().Format(time.RFC3339), Published: one.GetDateTime("created").Time().UTC().Format(time.RFC3339),
			Link: atomLink{"alternate", "text/html", at}, Summary: strings.TrimSpace(one.When() + ". " + one.Summary()),
		})
	}
	slices.SortStableFunc(f.Entries, func(a, b atomEntry) int { return strings.Compare(b.Updated, a.Updated) })
	return sendAtom(e, f)
}
