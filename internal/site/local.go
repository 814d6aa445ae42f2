package site

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/search"

	"github.com/pocketbase/pocketbase/core"
)

// localView is a local answer in a page, or what to do where there is none.
type localView struct {
	Key, Question string
	Where         string // what to choose a place by
	Place         *member.Place
	Places        []Link // to choose from, when no place is chosen
	Label, Body   string
	Said          template.HTML // the body, with numbers that a phone calls
	Number, URL   string
	Host          string
	Seen, Due     time.Time
	Checked       bool
	Missing       bool   // somebody looked, and found nothing
	Another       string // the page without a place
	Hospitals     []hospitalView
}

// hospitalView is what one hospital offers to carers.
type hospitalView struct {
	ID, Name                    string
	Visiting, Passport, Parking string
	localView
}

// answersOnPage are the questions that a place's page answers, in their order; hospitals follow.
var answersOnPage = []string{"council_page", "council_phone", "carers_org", "young_carers", "parent_forum", "emergency_card", "staff_referral"}

// localOf is a place's answer to a question.
func (s *Site) localOf(key string, place *member.Place, a *member.LocalAnswer, lines []*member.Helpline, now time.Time) localView {
	v := localView{Key: key, Question: s.tongues.english.english["ask-"+key], Place: place} // answers are in English, and so is what they answer
	if a != nil {
		v.Said = template.HTML(callable(html.EscapeString(a.Body()), lines))
		v.Label, v.Body, v.URL, v.Host = a.Label(), a.Body(), a.URL(), host(a.URL())
		v.Seen, v.Due, v.Checked, v.Number, v.Missing = a.Seen(), a.ReviewDue(), a.Checked(now), a.Number(now), a.Missing()
	}
	return v
}

func (s *Site) hospitalsOf(place *member.Place, now time.Time) ([]hospitalView, error) {
	lines, err := member.Helplines(s.app)
	if err != nil {
		return nil, err
	}
	answers, err := member.Hospitals(s.app, place.Id)
	views := make([]hospitalView, len(answers))
	for i, a := range answers {
		views[i] = hospitalView{
			ID: "hospital-" + markdown.Slug(a.Hospital()), Name: a.Hospital(), Visiting: a.Visiting(), Passport: a.Passport(), Parking: a.Parking(),
			localView: s.localOf("hospital", place, a, lines, now),
		}
	}
	return views, err
}

// answersOf are the local answers of a place.
func (s *Site) answersOf(place *member.Place, now time.Time) ([]localView, error) {
	lines, err := member.Helplines(s.app)
	if err != nil {
		return nil, err
	}
	answers, err := member.LocalAnswers(s.app, place.Id)
	var list []localView
	for _, key := range answersOnPage {
		if a := answers[key]; a != nil {
			list = append(list, s.localOf(key, place, a, lines, now))
		}
	}
	return list, err
}

// localPart fills the slot of a local answer in a page's text: with the answer, or with places to choose from.
func (s *Site) localPart(key string, place *member.Place, a *member.LocalAnswer, here string, now time.Time) (string, error) {
	v := s.localOf(key, place, a, nil, now) // the whole text is made callable
	v.Another = here
	var err error
	switch {
	case place == nil:
		v.Where = whereToAsk(key, here)
		v.Places, err = s.placesFor(here, key)
	case key == "hospital":
		v.Hospitals, err = s.hospitalsOf(place, now)
	}
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := s.pages[partPost].ExecuteTemplate(&b, "local", v); err != nil {
		return "", fmt.Errorf("part local: %w", err)
	}
	return b.String(), nil
}

// placesFor leads from a question on a page to its answer on the same page through each place.
func (s *Site) placesFor(here, key string) ([]Link, error) {
	all, err := member.Places(s.app)
	var links []Link
	for _, p := range all {
		to := "/in/" + p.Slug() + here + "#local-" + key
		if !strings.HasPrefix(here, library.Handbook.Base()+"/") { // only the handbook is read through a place
			to = "/places/" + p.Slug()
		}
		links = append(links, Link{p.Title(), to})
	}
	return links, err
}

// whereToAsk is the question that leads to the right place, a word of the catalogue. Care of adults goes by where the adult lives who is cared for
// (Care Act 2014 s.20), help for young carers and for parent carers by where the child lives (Children Act 1989 ss.17ZA, 17ZD).
func whereToAsk(key, here string) string {
	switch {
	case key == "hospital":
		return "where-hospital"
	case key == "young_carers", strings.HasPrefix(here, library.Handbook.Base()+"/young-carers"):
		return "where-you"
	case key == "parent_forum", strings.HasPrefix(here, library.Handbook.Base()+"/parent-carers"):
		return "where-child"
	}
	return "where-adult"
}

// localHits are the answers of a place that a search asks for: at most three, and all hospitals when it asks for those.
func (s *Site) localHits(place *member.Place, q url.Values, keys []string) (hits []localView, err error) {
	now := time.Now()
	watch := s.o.Search.Watch(search.Query{Text: q.Get("q"), Keys: keys})
	about := func(v localView, more ...string) bool {
		return watch.Sees(s.o.Search.Spoken(search.Entry{Title: v.Question, Summary: v.Label, Body: v.Body + "\n" + strings.Join(more, "\n") + "\n" + place.Title()}))
	}
	answers, err := s.answersOf(place, now)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		if len(hits) < 3 && about(a) {
			hits = append(hits, a)
		}
	}
	hospitals, err := s.hospitalsOf(place, now)
	for _, h := range hospitals {
		if about(h.localView, h.Name, "Visiting hours: "+h.Visiting, "Passport: "+h.Passport, "Parking: "+h.Parking) {
			card := h.localView
			card.Hospitals = []hospitalView{h}
			hits = append(hits, card)
		}
	}
	return hits, err
}

// askedOn are the answers of a place to the questions that a page of the handbook asks.
func (s *Site) askedOn(page string, place *member.Place) (hits []localView, err error) {
	d, err := library.At(s.app, page)
	if err != nil {
		return nil, err
	}
	r, err := d.Rendered()
	if err != nil {
		return nil, err
	}
	answers, err := s.answersOf(place, time.Now())
	slots := markdown.Slots(r.Body)
	for _, a := range answers {
		if slices.Contains(slots, "local "+a.Key) {
			hits = append(hits, a)
		}
	}
	return hits, err
}

// answerLocally puts the answers of the reader's place above what is found: that of the lens, or the only one asked for.
// Where none has the words that were looked for, those come that the page found first asks for: who looks for respite is
// told who arranges it there.
func (s *Site) answerLocally(e *core.RequestEvent, v *searchView, q url.Values, first string) error {
	slug := cmp.Or(q.Get("in"), q.Get("place"))
	if v.Query == "" || slug == "" || len(q["place"]) > 1 || q.Get("page") > "1" {
		return nil
	}
	place, err := member.PlaceBySlug(s.app, slug)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	v.LocalIn = place.Title()
	v.Local, err = s.localHits(place, q, viewer(e).Keys())
	if err == nil && len(v.Local) == 0 && first != "" {
		v.Local, err = s.askedOn(first, place)
	}
	return err
}
