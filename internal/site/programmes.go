package site

import (
	"net/http"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

type programmesView struct {
	Programmes []namedCard
	Manage     bool
}

func (s *Site) programmes(e *core.RequestEvent) error {
	programmes, err := member.Programmes(s.app)
	if err != nil {
		return err
	}
	v := programmesView{Manage: member.MayManage(viewer(e), "programmes")}
	for _, p := range programmes {
		v.Programmes = append(v.Programmes, namedCard{Link: Link{p.Title(), p.Address()}, Summary: p.Summary()})
	}
	p := Page{Title: s.say("programmes"), Description: s.say("about-programmes"), Section: "/case-studies", Within: []Link{{"good-practice", "/case-studies"}}}
	return render(s, e, http.StatusOK, "programmes", p, v, tagLibrary)
}

type programmeView struct {
	namedView
	Partner Link // who leads it
	Groups  []Link
	Shown   shownView
	Signed  []signedView
}

func (s *Site) programme(e *core.RequestEvent) error {
	programme, err := member.ProgrammeBySlug(s.app, e.Request.PathValue("slug"))
	if err != nil {
		return answered(s.movedElse(e, err))
	}
	v := programmeView{namedView: s.namedOf(e, &programme.Named)}
	v.Kind = "Programme"
	if v.Partner, err = s.partnerLink(programme.Organisation()); err != nil {
		return err
	}
	if v.Groups, err = s.groupLinks(member.InList("groups", "programmes", programme.Id)); err != nil {
		return err
	}
	of := member.InList("documents", "programmes", programme.Id)
	if v.Signed, err = s.signedBy(e, "programme", programme.Id); err != nil {
		return err
	}
	if v.Shown, err = s.shown(e, programme.Title(), "programme="+programme.Slug(), of, nil, nil); err != nil {
		return err
	}
	p := Page{Title: s.say("title-programme", programme.Title()), Description: programme.Summary(), Section: "/case-studies", Within: []Link{{"programmes", "/programmes"}}}
	return render(s, e, http.StatusOK, "programme", p, v, tagLibrary, tagTalk)
}
