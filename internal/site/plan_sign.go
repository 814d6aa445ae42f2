package site

import (
	"database/sql"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/plan"

	"github.com/pocketbase/pocketbase/core"
)

// signedView is a sign-off as pages show it.
type signedView struct {
	plan.Signoff
	Who     Link
	Plan    Link // where it stands on the page of who signed
	Goal    string
	Unsure  bool // not confirmed for two quarters
	Changed bool // the words are others now
	Mine    bool // the viewer may confirm or end it
}

// Waits says whether a sharer of a goal has not confirmed its new words.
func (v signedView) Waits() bool { return v.Goal != "" && v.Changed && v.Ended.IsZero() }

type planSignView struct {
	Plan   Link
	Post   string
	Saved  bool
	Signed []signedView
	Who    []Choice
	Role   string
	Reason string
	Errors fieldErrors
}

// maySignFor says for whom the viewer may sign: who leads for every place and programme, others for their own place and for
// the programmes that their organisation leads, when they write.
func (s *Site) maySignFor(v *member.Viewer) (places, programmes []*member.Named, err error) {
	leads := v.Is(member.RoleLead, member.RoleAdministrator)
	if !v.SignedIn() || !leads && !v.Writes() {
		return nil, nil, nil
	}
	allPlaces, err := member.Places(s.app)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range allPlaces {
		if leads || v.User().GetString("place") == p.Id {
			places = append(places, &p.Named)
		}
	}
	allProgrammes, err := member.Programmes(s.app)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range allProgrammes {
		if leads || v.Organisation() != "" && v.Organisation() == p.Organisation() {
			programmes = append(programmes, &p.Named)
		}
	}
	return places, programmes, nil
}

// maySpeakFor says whether the viewer may confirm or end a sign-off: whoever may sign for the same, and for another plan who
// keeps that.
func (s *Site) maySpeakFor(v *member.Viewer, x plan.Signoff) (bool, error) {
	if x.Plan != "" {
		d, err := library.ByID(s.app, x.Plan)
		return err == nil && d.Editable(v), nil
	}
	places, programmes, err := s.maySignFor(v)
	_, id := x.By()
	return slices.ContainsFunc(append(places, programmes...), func(n *member.Named) bool { return n.Id == id }), err
}

// signedUp lists the sign-offs of a plan. Another plan is named to those who may see it.
func (s *Site) signedUp(e *core.RequestEvent, document string, goals []plan.Goal, now time.Time) ([]signedView, error) {
	all, err := plan.Signoffs(s.app, "document", document)
	if err != nil {
		return nil, err
	}
	var list []signedView
	for _, x := range all {
		v := signedView{Signoff: x, Unsure: x.Unsure(now), Changed: x.Changed(goals), Goal: ""}
		if v.Who, err = s.signer(e, x); err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(goals, func(g plan.Goal) bool { return g.ID == x.Goal }); i >= 0 {
			v.Goal = goals[i].Title
		}
		if v.Who.Text == "" || x.Goal != "" && (v.Goal == "" || !v.Changed && v.Role == "") {
			continue // nothing is to be said of it
		}
		list = append(list, v)
	}
	return list, nil
}

// signer leads to who signed, nowhere when the viewer may not see that.
func (s *Site) signer(e *core.RequestEvent, x plan.Signoff) (Link, error) {
	collection, id := x.By()
	if collection == "documents" {
		return s.seenDocument(e, id), nil
	}
	links, err := s.linksTo(collection, []string{id})
	if err != nil || len(links) == 0 {
		return Link{}, err
	}
	return links[0], nil
}

// signedBy lists the plans that a place or a programme signed, those that the viewer may see.
func (s *Site) signedBy(e *core.RequestEvent, field, id string) ([]signedView, error) {
	all, err := plan.Signoffs(s.app, field, id)
	if err != nil {
		return nil, err
	}
	var list []signedView
	for _, x := range all {
		if at := s.seenDocument(e, x.Document); x.Goal == "" && at.URL != "" {
			list = append(list, signedView{Signoff: x, Plan: at, Unsure: x.Unsure(time.Now())})
		}
	}
	return list, nil
}

// openSigning finds the plan of the address for those who may sign it for somebody, or have a sign-off to answer for.
func (s *Site) openSigning(e *core.RequestEvent) (*library.Document, planSignView, error) {
	var v planSignView
	d, _, err := s.openDocument(e, library.ActionPlan, "", e.Request.PathValue("slug"))
	if err != nil {
		return nil, v, err
	}
	v = planSignView{Plan: Link{d.Title(), d.Address()}, Post: d.Address() + "/sign", Saved: e.Request.URL.Query().Has("saved"), Role: viewer(e).User().GetString("role_title")}
	goals, err := plan.Load(s.app, d.Id)
	if err != nil {
		return nil, v, err
	}
	if v.Signed, err = s.signedUp(e, d.Id, goals, time.Now()); err != nil {
		return nil, v, err
	}
	mine := false
	for i, x := range v.Signed {
		if v.Signed[i].Mine, err = s.maySpeakFor(viewer(e), x.Signoff); err != nil {
			return nil, v, err
		}
		mine = mine || v.Signed[i].Mine
	}
	places, programmes, err := s.maySignFor(viewer(e))
	if err != nil {
		return nil, v, err
	}
	for _, group := range []struct {
		prefix string
		named  []*member.Named
	}{{"place:", places}, {"programme:", programmes}} {
		for _, n := range group.named {
			v.Who = append(v.Who, Choice{Value: group.prefix + n.Slug(), Title: n.Title(), Hint: n.Id})
		}
	}
	if len(v.Who) == 0 && !mine && !d.Editable(viewer(e)) {
		return nil, v, e.ForbiddenError("Only those who speak for a place or a programme may sign.", nil)
	}
	return d, v, nil
}

func (s *Site) planSign(e *core.RequestEvent) error {
	_, v, err := s.openSigning(e)
	if err != nil {
		return answered(err)
	}
	return s.showSigning(e, http.StatusOK, v, "")
}

func (s *Site) showSigning(e *core.RequestEvent, status int, v planSignView, who string) error {
	for i, c := range v.Who {
		v.Who[i].Chosen, v.Who[i].Hint = c.Value == who, ""
	}
	p := Page{Title: "Sign this plan", Section: "/plans", Crumbs: []Link{{"Plans", "/plans"}, v.Plan}, NoIndex: true}
	return render(s, e, status, "plan-sign", p, v)
}

func (s *Site) planSignSave(e *core.RequestEvent) error {
	d, v, err := s.openSigning(e)
	if err != nil {
		return answered(err)
	}
	form := func(name string) string { return strings.TrimSpace(e.Request.PostFormValue(name)) }
	now, by := time.Now(), viewer(e).ID()
	switch form("do") {
	case "confirm", "end":
		i := slices.IndexFunc(v.Signed, func(x signedView) bool { return x.ID == form("id") && x.Mine })
		if i < 0 {
			return notFound(e)
		}
		if err = plan.Confirm(s.app, v.Signed[i].Signoff, v.Role, by, now); form("do") == "end" {
			v.Reason = form("reason")
			err = plan.End(s.app, v.Signed[i].Signoff, v.Reason, v.Role, by, now)
		}
	default:
		v.Role = form("role")
		i := slices.IndexFunc(v.Who, func(c Choice) bool { return c.Value == form("who") })
		if v.Errors = missing(field{"role", v.Role, "Say which role signs."}); i < 0 {
			v.Errors = append(fieldErrors{{"who", "Choose for whom you sign."}}, v.Errors...)
		}
		if len(v.Errors) > 0 {
			return s.showSigning(e, http.StatusUnprocessableEntity, v, form("who"))
		}
		x := plan.Signoff{Document: d.Id, Role: v.Role, Author: by}
		if x.Place = v.Who[i].Hint; strings.HasPrefix(form("who"), "programme:") {
			x.Place, x.Programme = "", v.Who[i].Hint
		}
		err = plan.Sign(s.app, x, now)
	}
	if v.Errors = faultsOf(err); v.Errors != nil {
		return s.showSigning(e, http.StatusUnprocessableEntity, v, form("who"))
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, v.Post+"?saved")
}

// tapSigned opens the quarterly link: still signed up?
func (s *Site) tapSigned(e *core.RequestEvent, id string, as *member.Viewer, v *tapView) error {
	x, err := s.signoffOf(id)
	if errors.Is(err, sql.ErrNoRows) {
		return notFound(e)
	}
	if err != nil {
		return err
	}
	d, err := library.ByID(s.app, x.Document)
	if err != nil || !d.Viewable(as) {
		return notFound(e)
	}
	if x.Author != as.ID() {
		if may, err := s.maySpeakFor(as, x); err != nil || !may {
			return notFound(e)
		}
	}
	v.Title, v.Page = d.Title(), d.Address()
	v.Already = !x.Ended.IsZero() || x.Confirmed.Equal(plan.Today(time.Now()).Time)
	return nil
}

func (s *Site) signoffOf(id string) (plan.Signoff, error) {
	all, err := plan.Signoffs(s.app, "id", id)
	if err == nil && len(all) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return plan.Signoff{}, err
	}
	return all[0], nil
}
