package site

import (
	"net/http"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/spread"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

type homeView struct {
	For      string // the partnerships that the hub serves
	Handbook []library.Card
	Studies  []studyCard
	Threads  []threadCard
	Plans    []library.Card
}

const latest = 3

func (s *Site) home(e *core.RequestEvent) error {
	v := homeView{}
	viewer := viewer(e)
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	v.For = partnerships(places)
	if v.Handbook, err = library.Latest(s.app, viewer, latest, published(library.Handbook)); err != nil {
		return err
	}
	studies, err := library.LatestOfOurs(s.app, viewer, latest, published(library.CaseStudy))
	if err != nil {
		return err
	}
	if v.Studies, err = s.studyCards(e, studies, places); err != nil {
		return err
	}
	threads, err := thread.Latest(s.app, viewer, latest)
	if err != nil {
		return err
	}
	if v.Threads, err = s.threadCards(e, threads); err != nil {
		return err
	}
	p := Page{Description: s.say("about-home"), BigFind: true}
	return render(s, e, http.StatusOK, "home", p, v, tagLibrary, tagTalk, tagSpread)
}

// partnerships names those that the places belong to.
func partnerships(places []*member.Place) string {
	var names []string
	for _, p := range places {
		if n := p.Partnership(); n != "" && !strings.Contains(strings.Join(names, "\n"), n) {
			names = append(names, n)
		}
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + ", and " + names[n-1]
	}
	return strings.Join(names, "")
}

// studyCard is a case study in a list, with where it works.
type studyCard struct {
	library.Card
	OrganisationName string
	PlaceNames       []string
	EvidenceWord     string
	Spread           spread.Summary
	Stops            []stop
}

func (s *Site) studyCards(e *core.RequestEvent, cards []library.Card, places []*member.Place) ([]studyCard, error) {
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return nil, err
	}
	adoptions, err := spread.All(s.app, viewer(e))
	if err != nil {
		return nil, err
	}
	titles := map[string]string{}
	for _, p := range places {
		titles[p.Id] = p.Title()
	}
	studies := make([]studyCard, len(cards))
	for i, c := range cards {
		sc := studyCard{
			Card: c, OrganisationName: organisations[c.Organisation], EvidenceWord: s.say("evidence-" + c.Evidence),
			Spread: spread.Summarise(adoptions[c.ID], c.Places, places), Stops: stopsOf(c, adoptions[c.ID]),
		}
		for _, id := range c.Places {
			sc.PlaceNames = append(sc.PlaceNames, titles[id])
		}
		studies[i] = sc
	}
	return studies, nil
}
