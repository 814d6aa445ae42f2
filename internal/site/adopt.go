package site

import (
	"net/http"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/spread"

	"github.com/pocketbase/pocketbase/core"
)

type adoptView struct {
	Study                                   Link
	Places                                  []Choice
	Stages                                  []Choice
	Kept, Changed, Dropped, Reason, Contact string
	Errors                                  fieldErrors
	As                                      string
}

var stageHints = map[spread.Stage]string{
	spread.Looking: "Thinking about it, or asking others.", spread.Trying: "A trial in part of the place.",
	spread.Doing: "It is how you work now.", spread.Stopped: "You tried it and stopped. That helps others too.",
}

// adoptable finds the case study of the address, if the viewer may say that they do it too.
func (s *Site) adoptable(e *core.RequestEvent) (*library.Document, error) {
	d, _, err := s.openDocument(e, library.CaseStudy, "", e.Request.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	if err := spread.May(s.app, viewer(e), d.Id); err != nil {
		return nil, e.ForbiddenError("You may not add to this page.", err)
	}
	return d, nil
}

func (s *Site) adoptForm(e *core.RequestEvent) error {
	d, err := s.adoptable(e)
	if err != nil {
		return answered(err)
	}
	place := viewer(e).User().GetString("place")
	if slug := e.Request.URL.Query().Get("place"); slug != "" {
		if p, err := member.PlaceBySlug(s.app, slug); err == nil {
			place = p.Id
		}
	}
	r, err := spread.Own(s.app, viewer(e), d.Id, place)
	if err != nil {
		return err
	}
	v := adoptView{
		Kept: r.GetString("kept"), Changed: r.GetString("changed"), Dropped: r.GetString("dropped"), Contact: r.GetString("contact_role"),
		Reason: r.GetString("result"),
	}
	if r.GetString("reason") != "" {
		v.Reason = r.GetString("reason")
	}
	return s.showAdopt(e, http.StatusOK, d, v, place, r.GetString("stage"))
}

func (s *Site) showAdopt(e *core.RequestEvent, status int, d *library.Document, v adoptView, place, stage string) error {
	v.Study = Link{d.Title(), d.Address()}
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	for _, p := range places {
		v.Places = append(v.Places, Choice{Value: p.Slug(), Title: p.Title(), Chosen: p.Id == place})
	}
	for _, st := range spread.Stages {
		v.Stages = append(v.Stages, Choice{Value: string(st.Stage), Title: st.Says, Hint: stageHints[st.Stage], Chosen: string(st.Stage) == stage})
	}
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return err
	}
	u := viewer(e).User()
	v.As = strings.Trim(u.GetString("role_title")+", "+organisations[u.GetString("organisation")], ", ")
	p := Page{Title: "We do this too", Section: "/case-studies", Crumbs: []Link{{"Good practice", "/case-studies"}, v.Study}, NoIndex: true}
	return render(s, e, status, "adopt", p, v)
}

func (s *Site) adopt(e *core.RequestEvent) error {
	d, err := s.adoptable(e)
	if err != nil {
		return answered(err)
	}
	form := e.Request.FormValue
	v := adoptView{Kept: form("kept"), Changed: form("changed"), Dropped: form("dropped"), Reason: form("reason"), Contact: form("contact_role")}
	stage, placeID := spread.Stage(form("stage")), ""
	if p, err := member.PlaceBySlug(s.app, form("place")); err == nil {
		placeID = p.Id
	}
	v.Errors = missing(field{"place", placeID, "Choose the place you speak for."}, field{"stage", stage.Said(), "Choose how far you are."})
	if stage == spread.Stopped {
		v.Errors = append(v.Errors, missing(field{"reason", v.Reason, "Say why you stopped, in a sentence or two."})...)
	}
	if len(v.Errors) > 0 {
		return s.showAdopt(e, http.StatusUnprocessableEntity, d, v, placeID, string(stage))
	}
	r, err := spread.Own(s.app, viewer(e), d.Id, placeID)
	if err != nil {
		return err
	}
	r.Load(map[string]any{"stage": string(stage), "kept": v.Kept, "changed": v.Changed, "dropped": v.Dropped, "contact_role": v.Contact, "result": v.Reason, "reason": ""})
	if stage == spread.Stopped {
		r.Load(map[string]any{"result": "", "reason": v.Reason})
	}
	spread.Sign(r, viewer(e))
	if err := s.app.Save(r); err != nil {
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
		return s.showAdopt(e, http.StatusUnprocessableEntity, d, v, placeID, string(stage))
	}
	return e.Redirect(http.StatusSeeOther, d.Address()+"#adoptions")
}
