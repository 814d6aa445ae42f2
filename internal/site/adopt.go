package site

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/spread"

	"github.com/pocketbase/pocketbase/core"
)

type adoptView struct {
	Study                                                  Link
	Places, Stages, Whys                                   []Choice
	Since, Kept, Changed, Dropped, Result, Reason, Contact string
	Rows                                                   []numberRow
	Seen                                                   string // the words from which the form began
	Errors                                                 fieldErrors
	As                                                     string
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
	words := spread.WordsOf(r)
	return s.showAdopt(e, http.StatusOK, d, adoptView{Rows: numberRows(words.Results), Seen: words.Seen(place)}, place, words)
}

func (s *Site) showAdopt(e *core.RequestEvent, status int, d *library.Document, v adoptView, place string, w spread.Words) error {
	v.Study = Link{d.Title(), d.Address()}
	v.Since, v.Kept, v.Changed, v.Dropped, v.Result, v.Reason, v.Contact = w.Since, w.Kept, w.Changed, w.Dropped, w.Result, w.Reason, w.Contact
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	for _, p := range places {
		v.Places = append(v.Places, Choice{Value: p.Slug(), Title: p.Title(), Chosen: p.Id == place})
	}
	for _, st := range spread.Stages {
		v.Stages = append(v.Stages, Choice{Value: string(st.Stage), Title: st.Says, Hint: stageHints[st.Stage], Chosen: st.Stage == w.Stage})
	}
	for _, why := range spread.Whys {
		v.Whys = append(v.Whys, Choice{Value: string(why.Why), Title: why.Word, Chosen: why.Why == w.For})
	}
	v.Rows = blankRows(v.Rows)
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return err
	}
	u := viewer(e).User()
	v.As = strings.Trim(u.GetString("role_title")+", "+organisations[u.GetString("organisation")], ", ")
	p := Page{Title: "We do this too", Section: "/case-studies", Crumbs: []Link{{"Good practice", "/case-studies"}, v.Study}, NoIndex: true}
	return render(s, e, status, "adopt", p, v)
}

// adoptWords are the words that somebody sent.
func adoptWords(form url.Values) spread.Words {
	w := spread.Words{
		Stage: spread.Stage(form.Get("stage")), Since: strings.TrimSpace(form.Get("since")), For: spread.Why(form.Get("stopped_for")),
		Kept: form.Get("kept"), Changed: form.Get("changed"), Dropped: form.Get("dropped"), Result: form.Get("result"), Reason: form.Get("reason"), Contact: form.Get("contact_role"),
	}
	if !form.Has("result") && w.Stage != spread.Stopped { // a program that knows one box for both
		w.Result, w.Reason = w.Reason, ""
	}
	return w
}

func (s *Site) adopt(e *core.RequestEvent) error {
	d, err := s.adoptable(e)
	if err != nil {
		return answered(err)
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form cannot be read.", err)
	}
	form := e.Request.PostForm
	w, placeID := adoptWords(form), ""
	if p, err := member.PlaceBySlug(s.app, form.Get("place")); err == nil {
		placeID = p.Id
	}
	v := adoptView{Seen: form.Get("seen")}
	v.Errors = missing(field{"place", placeID, "Choose the place you speak for."}, field{"stage", w.Stage.Said(), "Choose how far you are."})
	if w.Stage == spread.Stopped {
		v.Errors = append(v.Errors, missing(field{"reason", w.Reason, "Say why you stopped, in a sentence or two."})...)
	}
	if _, err := time.Parse(time.DateOnly, w.Since); w.Since != "" && err != nil {
		v.Errors = append(v.Errors, fieldError{"since", "Give a day such as 2026-03-31, or none."})
	}
	var faults fieldErrors
	w.Results, v.Rows, faults = numbersIn(form)
	if v.Errors = append(v.Errors, faults...); len(v.Errors) > 0 {
		return s.showAdopt(e, http.StatusUnprocessableEntity, d, v, placeID, w)
	}
	_, err = spread.Say(s.app, viewer(e), d.Id, placeID, w, v.Seen)
	if err == nil {
		return e.Redirect(http.StatusSeeOther, d.Address()+"#adoptions")
	}
	var clash *spread.Clash
	if errors.As(err, &clash) {
		v.Seen, v.Rows, w = clash.Seen, numberRows(clash.Now.Results), clash.Now
		v.Errors = clashFaults(clash)
	} else if v.Errors = faultsOf(err); v.Errors == nil {
		return err
	}
	return s.showAdopt(e, http.StatusUnprocessableEntity, d, v, placeID, w)
}

// adoptFields are the answers of the form in their order.
var adoptFields = strings.Fields("stage since stopped_for kept changed dropped result reason results contact_role")

// clashFaults tell what somebody else of the organisation wrote while the form was open. Sent again, the writer's words stay.
func clashFaults(c *spread.Clash) (faults fieldErrors) {
	for _, f := range adoptFields {
		theirs, met := c.Theirs[f]
		if !met {
			continue
		}
		switch f {
		case "stage":
			theirs = spread.Stage(theirs).Word()
		case "stopped_for":
			theirs = spread.Why(theirs).Word()
		}
		said := "took out what stood here"
		if theirs != "" {
			said = "says: “" + theirs + "”"
		}
		faults = append(faults, fieldError{f, "Somebody of your organisation changed this while you wrote, and " + said + ". Your words are in the form: send them again to keep them, or put both together."})
	}
	return faults
}
