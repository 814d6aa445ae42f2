package site

import (
	"net/http"
	"slices"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/spread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// namedCard is a partner, place, programme or group in a list.
type namedCard struct {
	Link
	Summary string
	Places  []Link
	Note    string // a word more, such as how many decisions a group took
	Example bool
}

type partnersView struct {
	Kinds  []partnersOfKind
	In     string // the place that the list is narrowed to
	Places []Link
	Total  int
	Manage bool
}

type partnersOfKind struct {
	Slug, Title string
	Partners    []namedCard
}

func (s *Site) partners(e *core.RequestEvent) error {
	v := partnersView{Manage: member.MayManage(viewer(e), "organisations")}
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	for _, p := range places {
		v.Places = append(v.Places, Link{p.Title(), "/partners?place=" + p.Slug()})
	}
	partners, err := s.partnersOf(e, &v)
	if err != nil {
		return err
	}
	v.Total = len(partners)
	for _, k := range member.PartnerKinds {
		of := partnersOfKind{Slug: k.Kind, Title: k.Many}
		for _, p := range partners {
			if p.Kind() != k.Kind {
				continue
			}
			card := namedCard{Link: Link{p.Title(), p.Address()}, Summary: p.Summary(), Example: p.Example()}
			if card.Places, err = s.linksTo("places", p.Places()); err != nil {
				return err
			}
			of.Partners = append(of.Partners, card)
		}
		if len(of.Partners) > 0 {
			v.Kinds = append(v.Kinds, of)
		}
	}
	p := Page{Title: s.say("partners"), Description: s.say("about-partners"), Section: "/case-studies", Within: []Link{{"good-practice", "/case-studies"}}}
	return render(s, e, http.StatusOK, "partners", p, v, tagLibrary)
}

// partnersOf returns all partners, or those of the place that the address asks for.
func (s *Site) partnersOf(e *core.RequestEvent, v *partnersView) ([]*member.Partner, error) {
	slug := e.Request.URL.Query().Get("place")
	if slug == "" {
		return member.Partners(s.app)
	}
	place, err := member.BySlug(s.app, "places", slug)
	if err != nil {
		return nil, found(e, err)
	}
	v.In = place.GetString("title")
	return member.PartnersIn(s.app, place.Id)
}

type partnerView struct {
	namedView
	Places     []Link
	Programmes []Link
	Groups     []Link
	Shown      shownView
	Named      []library.Card // case studies that name it as a partner
	Passports  []spread.Passports
	Say        string // where its number of passports is given, "" for those who may not
	Refer      string // its referral card, for members
}

func (s *Site) partner(e *core.RequestEvent) error {
	partner, err := member.PartnerBySlug(s.app, e.Request.PathValue("slug"))
	if err != nil {
		return answered(s.movedElse(e, err))
	}
	v := partnerView{namedView: s.namedOf(e, &partner.Named)}
	v.Kind = partner.KindWord()
	if v.Places, err = s.linksTo("places", partner.Places()); err != nil {
		return err
	}
	programmes, err := member.ProgrammesOf(s.app, partner.Id)
	if err != nil {
		return err
	}
	for _, p := range programmes {
		v.Programmes = append(v.Programmes, Link{p.Title(), p.Address()})
	}
	if v.Groups, err = s.groupLinks(dbx.HashExp{"organisation": partner.Id}); err != nil {
		return err
	}
	adoptions, err := spread.By(s.app, viewer(e), partner.Id)
	if err != nil {
		return err
	}
	own := dbx.HashExp{"organisation": partner.Id}
	v.Shown, err = s.shown(e, partner.Title(), "organisation="+partner.Slug(), own, own, adoptions)
	if err != nil {
		return err
	}
	if v.Named, err = s.naming(e, partner); err != nil {
		return err
	}
	if v.Passports, err = spread.PassportsOf(s.app, partner.Id); err != nil {
		return err
	}
	if spread.MaySayPassports(viewer(e), partner.Id) {
		v.Say = partner.Address() + "/passports"
	}
	if viewer(e).SignedIn() {
		v.Refer = referAddress(partner)
	}
	p := Page{Title: partner.Title(), Description: partner.Summary(), Section: "/case-studies", Within: []Link{{"partners", "/partners"}}}
	return render(s, e, http.StatusOK, "partner", p, v, tagLibrary, tagTalk, tagSpread)
}

// naming finds the case studies whose writers name a partner, by its name of today or an earlier one.
func (s *Site) naming(e *core.RequestEvent, p *member.Partner) ([]library.Card, error) {
	var names []dbx.Expression
	for i, name := range slices.Concat([]string{p.Title()}, p.Formerly()) {
		key := "named_" + string(rune('a'+i))
		names = append(names, dbx.NewExp(`EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid([[meta]]) THEN [[meta]] ELSE '{}' END, '$.partners') [[each]]
			WHERE LOWER([[each.value]]) = LOWER({:`+key+`}))`, dbx.Params{key: name}))
	}
	return library.Latest(s.app, viewer(e), shownMost,
		dbx.And(dbx.HashExp{"kind": string(library.CaseStudy)}, dbx.Not(dbx.HashExp{"organisation": p.Id}), dbx.Or(names...)))
}

// movedElse leads from the old address of a partner, place, programme or group to the new one; another error than that
// there is none stays what it is.
func (s *Site) movedElse(e *core.RequestEvent, err error) error {
	if found(e, err) == err {
		return err
	}
	return s.movedOr404(e, e.Request.URL.Path)
}
