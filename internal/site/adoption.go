package site

import (
	"net/http"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/spread"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// adoptionPage is where the place in which a practice began confirms what another says, or asks about it.
type adoptionPage struct {
	Study  Link
	Action string
	Key    string
	Asks   Link
	spread.Adoption
	Title, Text string
	Errors      fieldErrors
}

// AnswerAddress is where the first place answers an adoption. study is the address of its case study, or an anchor on it.
func AnswerAddress(study, id string) string {
	study, _, _ = strings.Cut(study, "#")
	return study + "/adoptions/" + id
}

// answerable finds the adoption of the address for those who speak for the first place. For everybody else it is not there.
func (s *Site) answerable(e *core.RequestEvent) (*library.Document, spread.Adoption, error) {
	d, _, err := s.openDocument(e, library.CaseStudy, "", e.Request.PathValue("slug"))
	if err != nil {
		return nil, spread.Adoption{}, err
	}
	a, there, err := spread.ByID(s.app, e.Request.PathValue("id"))
	if err == nil && (!there || a.Document != d.Id || !spread.MayAnswer(viewer(e), d.Record, a)) {
		err = notFound(e)
	}
	return d, a, err
}

func (s *Site) adoption(e *core.RequestEvent) error {
	d, a, err := s.answerable(e)
	if err != nil {
		return answered(err)
	}
	s.noticed(e, "adoptions", a.ID)
	return s.showAdoption(e, http.StatusOK, d, adoptionPage{Adoption: a, Key: newKey()})
}

func (s *Site) showAdoption(e *core.RequestEvent, status int, d *library.Document, v adoptionPage) error {
	v.Study, v.Action = Link{d.Title(), d.Address()}, AnswerAddress(d.Address(), v.ID)
	if v.Title == "" {
		v.Title = v.PlaceTitle + ": how do you do it?"
	}
	asks, err := s.asks(viewer(e), []spread.Adoption{v.Adoption})
	if err != nil {
		return err
	}
	v.Asks = asks[v.ID]
	p := Page{Title: v.PlaceTitle + " does this too", Section: "/case-studies", Crumbs: []Link{{"Good practice", "/case-studies"}, v.Study}, NoIndex: true}
	return render(s, e, status, "adoption", p, v)
}

func (s *Site) adoptionAnswer(e *core.RequestEvent) error {
	d, a, err := s.answerable(e)
	if err != nil {
		return answered(err)
	}
	switch e.Request.FormValue("do") {
	case "ask":
		return s.adoptionAsk(e, d, a)
	case "undo":
		err = spread.Unconfirm(s.app, viewer(e), a.ID)
	default:
		err = spread.Confirm(s.app, viewer(e), a.ID, member.Today(time.Now()))
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, d.Address()+"#place-"+a.PlaceSlug)
}

// adoptionAsk starts a discussion on the case study, to which the ledger leads.
func (s *Site) adoptionAsk(e *core.RequestEvent, d *library.Document, a spread.Adoption) error {
	form := e.Request.PostFormValue
	v := adoptionPage{Adoption: a, Key: form("client_key"), Title: strings.TrimSpace(form("title")), Text: form("body")}
	again := func(faults fieldErrors) error {
		v.Errors = faults
		return s.showAdoption(e, http.StatusUnprocessableEntity, d, v)
	}
	if faults := missing(field{"title", v.Title, "Give the discussion a title."}, field{"body", v.Text, "Write your question first."}); len(faults) > 0 {
		return again(faults)
	}
	t, err := s.threadToStart(e, "", d.Id)
	if err != nil {
		return found(e, err)
	}
	t.Set("title", v.Title)
	t.Set("kind", "question")
	if err := thread.MayStart(s.app, viewer(e), t); err != nil {
		return e.ForbiddenError("You may not start a discussion there.", err)
	}
	err = s.app.RunInTransaction(func(tx core.App) error {
		if _, err := thread.Start(tx, viewer(e), t, v.Text, v.Key); err != nil {
			return err
		}
		return spread.Asked(tx, viewer(e), a.ID, t.Id)
	})
	if faults := postFaults(err); faults != nil {
		return again(faults)
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/discussions/"+t.Id)
}
