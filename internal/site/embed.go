package site

import (
	"bytes"
	"net/http"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// embedView is what another site shows in a frame: one page, or a list of good practice.
type embedView struct {
	Title, URL string
	Cards      []embedCard
	Style      string
}

type embedCard struct {
	Title, URL, Summary, Kicker string
	Facts                       []string
	Example                     bool
}

// cardsInEmbed is how many a list shows.
const cardsInEmbed = 10

// embed answers guests and members alike with what a guest may read: the frame is another site's page. No script, no
// cookie.
func (s *Site) embed(e *core.RequestEvent) error {
	base := s.base(e)
	path := "/" + e.Request.PathValue("path")
	guest, err := member.Guest(s.app)
	if err != nil {
		return err
	}
	if path == library.CaseStudy.Base() {
		v, err := s.embedList(e, guest, base)
		if err != nil {
			return err
		}
		return s.sendEmbed(e, v)
	}
	d, err := library.At(s.app, path)
	if err != nil || d.State() != library.Published || !d.Viewable(guest) {
		return notFound(e)
	}
	card := embedCard{Title: d.Title(), URL: base + d.Address(), Summary: d.Summary(), Kicker: upperFirst(d.DocKind().Word()), Example: d.Illustrative()}
	if !d.Reviewed().IsZero() {
		card.Facts = append(card.Facts, s.say("reviewed", day(d.Reviewed())))
	}
	return s.sendEmbed(e, embedView{Title: d.Title(), URL: base, Cards: []embedCard{card}})
}

// embedList has the newest case studies with the values that the address asks for, such as ?topic=work&place=leeds.
func (s *Site) embedList(e *core.RequestEvent, guest *member.Viewer, base string) (embedView, error) {
	v := embedView{Title: s.say("good-practice"), URL: base}
	places, err := member.Places(s.app)
	if err != nil {
		return v, err
	}
	cards, err := library.Latest(s.app, guest, 500, published(library.CaseStudy))
	if err != nil {
		return v, err
	}
	studies, err := s.studyCards(e, cards, places)
	if err != nil {
		return v, err
	}
	n, err := s.facetNames()
	if err != nil {
		return v, err
	}
	for _, c := range narrow(studies, e.Request.URL.Query(), n).Studies {
		card := embedCard{Title: c.Title, URL: base + c.Address(), Summary: c.Summary, Example: c.Evidence == "illustrative"}
		if len(c.PlaceNames) > 0 {
			card.Facts = append(card.Facts, strings.Join(c.PlaceNames, ", "))
		}
		if v.Cards = append(v.Cards, card); len(v.Cards) == cardsInEmbed {
			break
		}
	}
	return v, nil
}

func (s *Site) sendEmbed(e *core.RequestEvent, v embedView) error {
	v.Style = s.assets["site.css"].Path
	var b bytes.Buffer
	if err := s.pages[partPost].ExecuteTemplate(&b, "embed", v); err != nil {
		return err
	}
	kept := newStored(b.Bytes(), "text/html; charset=utf-8", true)
	kept.header.Set(policyHeader, strings.Replace(securityHeaders.Get(policyHeader), "frame-ancestors 'none'", "frame-ancestors *", 1))
	kept.header.Del("X-Frame-Options")
	e.Response.Header().Del("X-Frame-Options")
	kept.serve(e.Response, e.Request, http.StatusOK)
	return nil
}
