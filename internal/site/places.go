package site

import (
	"html"
	"html/template"
	"net/http"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/spread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

type placesView struct {
	Partnerships []partnershipView
	Manage       bool
}

// partnershipView is a partnership with its places.
type partnershipView struct {
	Slug, Title string
	Places      []namedCard
}

// partnershipSlug is the anchor of a partnership in the list of places.
func partnershipSlug(title string) string {
	if slug := markdown.Slug(title); slug != "" {
		return slug
	}
	return "others"
}

func (s *Site) places(e *core.RequestEvent) error {
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	v := placesView{Manage: member.MayManage(viewer(e), "places")}
	at := map[string]int{}
	for _, p := range places {
		title := p.Partnership()
		if title == "" {
			title = "Other places"
		}
		i, ok := at[title]
		if !ok {
			i = len(v.Partnerships)
			at[title] = i
			v.Partnerships = append(v.Partnerships, partnershipView{Slug: partnershipSlug(title), Title: title})
		}
		v.Partnerships[i].Places = append(v.Partnerships[i].Places, namedCard{Link: Link{p.Title(), p.Address()}, Summary: p.Summary()})
	}
	p := Page{Title: s.say("places"), Description: s.say("about-places"), Section: "/handbook", Within: []Link{{"handbook", "/handbook"}}}
	return render(s, e, http.StatusOK, "places", p, v, tagLibrary)
}

type placeView struct {
	namedView
	Place       *member.Place
	Note        template.HTML
	Partnership Link
	Councils    []member.Council
	Answers     []localView
	Hospitals   []hospitalView
	Partners    []Link
	Groups      []Link
	Shown       shownView
	Signed      []signedView
}

// placePage is a place: its councils, what it answers, and what is done there.
func (s *Site) placePage(e *core.RequestEvent) error {
	place, err := member.PlaceBySlug(s.app, e.Request.PathValue("slug"))
	if err != nil {
		return answered(s.movedElse(e, err))
	}
	v := placeView{namedView: s.namedOf(e, &place.Named), Place: place, Councils: place.Councils()}
	if title := place.Partnership(); title != "" {
		v.Partnership = Link{title, "/places#" + partnershipSlug(title)}
	}
	lines, err := member.Helplines(s.app)
	if err != nil {
		return err
	}
	v.Note = template.HTML(callable(html.EscapeString(place.Note()), lines))
	now := time.Now()
	if v.Answers, err = s.answersOf(place, now); err != nil {
		return err
	}
	if v.Hospitals, err = s.hospitalsOf(place, now); err != nil {
		return err
	}
	partners, err := member.PartnersIn(s.app, place.Id)
	if err != nil {
		return err
	}
	for _, p := range partners {
		v.Partners = append(v.Partners, Link{p.Title(), p.Address()})
	}
	if v.Groups, err = s.groupLinks(member.InList("groups", "places", place.Id)); err != nil {
		return err
	}
	adoptions, err := spread.At(s.app, viewer(e), place.Id)
	if err != nil {
		return err
	}
	here := dbx.And(member.InList("documents", "places", place.Id), dbx.Not(dbx.HashExp{"kind": string(library.SitePage)}))
	if v.Signed, err = s.signedBy(e, "place", place.Id); err != nil {
		return err
	}
	if v.Shown, err = s.shown(e, place.Title(), "place="+place.Slug(), here, nil, adoptions); err != nil {
		return err
	}
	p := Page{Title: place.Title(), Description: s.say("about-place", place.Title()), Section: "/handbook", In: place.Slug(),
		Within: []Link{{"handbook", "/handbook"}, {"places", "/places"}}}
	return render(s, e, http.StatusOK, "place", p, v, tagLibrary, tagTalk, tagSpread)
}
