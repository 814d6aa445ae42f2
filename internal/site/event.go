package site

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"commonplace/internal/event"
	"commonplace/internal/journal"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// eventView is the page of one event.
type eventView struct {
	eventCard
	Place, Partner Link
	For            []string
	Where          []string // the lines of its address
	HTML           template.HTML
	Past, Silent   bool
	Linked         []Link
	Thread         Link
	Edit, Tell     string // for those who may
	Wrong, Answer  string // where anybody says that something is wrong, of an event that everybody sees; and where that is answered
	Saved          bool
}

// openEvent finds the event of the address, if the viewer may see it. Its id leads to its address.
func (s *Site) openEvent(e *core.RequestEvent, name string) (*event.Event, error) {
	one, err := event.At(s.app, name)
	if err != nil {
		return nil, found(e, err)
	}
	if !one.Viewable(viewer(e)) {
		return nil, notFound(e)
	}
	return one, nil
}

func (s *Site) event(e *core.RequestEvent) error {
	name, calendar := strings.CutSuffix(e.Request.PathValue("slug"), ".ics")
	one, err := s.openEvent(e, name)
	if err != nil {
		return err
	}
	if one.Id == name {
		to := one.Address()
		if calendar {
			to += ".ics"
		}
		return e.Redirect(http.StatusMovedPermanently, to)
	}
	if calendar {
		return s.sendCalendar(e, one.Title(), name, []*event.Event{one})
	}
	v, err := s.eventView(e, one)
	if err != nil {
		return err
	}
	s.noticed(e, "events", one.Id)
	p := Page{Title: one.Title(), Description: strings.TrimSpace(one.When() + ". " + one.Summary()), Within: []Link{{"events", "/events"}}, NoIndex: one.State() == event.Draft}
	return render(s, e, http.StatusOK, "event", p, v, tagEvents, tagLibrary, tagTalk)
}

func (s *Site) eventView(e *core.RequestEvent, one *event.Event) (eventView, error) {
	now := time.Now()
	v := eventView{Past: one.Past(now), Silent: one.Silent(now), Saved: e.Request.URL.Query().Has("saved")}
	n, err := s.eventNames(viewer(e))
	if err != nil {
		return v, err
	}
	if v.eventCard, err = n.card(one, now); err != nil {
		return v, err
	}
	html, err := one.HTML()
	if err != nil {
		return v, err
	}
	v.HTML = template.HTML(html) // of our own renderer
	if p := n.placeByID[one.Place()]; p != nil {
		v.Place = Link{p.Title(), p.Address()}
	}
	if r, err := s.app.FindRecordById("organisations", one.Organisation()); err == nil {
		v.Partner = Link{r.GetString("name"), "/partners/" + r.GetString("slug")}
	}
	for _, a := range one.Audience() {
		if word := n.audience[a]; word != "" {
			v.For = append(v.For, word)
		}
	}
	for line := range strings.SplitSeq(one.Where(), "\n") {
		v.Where = append(v.Where, strings.TrimSpace(line))
	}
	for _, id := range one.Documents() {
		if l := s.seenDocument(e, id); l.URL != "" {
			v.Linked = append(v.Linked, l)
		}
	}
	v.Thread = s.seenThread(e, one.Thread())
	guest, err := member.Guest(s.app)
	if err != nil {
		return v, err
	}
	if one.Viewable(guest) {
		v.Wrong = tellUsAddress(one.Address())
	}
	if _, may, err := s.mayAnswerOf(viewer(e), one.Address()); err != nil {
		return v, err
	} else if may {
		waits, err := thread.Unanswered(s.app, one.Address())
		if err != nil {
			return v, err
		}
		if len(waits) > 0 {
			v.Answer = toldAddress(one.Address())
		}
	}
	if viewer(e).SignedIn() && one.Editable(viewer(e)) {
		v.Edit = "/write/event/" + one.Id
		if one.State() == event.Published && v.Past {
			v.Tell = one.Address() + "/outcome"
		}
	}
	return v, nil
}

// eventOutcomeView asks what changed because of an event.
type eventOutcomeView struct {
	Event   Link
	When    string
	Action  string
	Outcome string
	As      string
	Errors  fieldErrors
}

// outcomeOf finds the event of the address for those who may tell what came of it.
func (s *Site) outcomeOf(e *core.RequestEvent) (*event.Event, error) {
	one, err := s.openEvent(e, e.Request.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	if !one.Editable(viewer(e)) {
		return nil, e.ForbiddenError("What changed because of an event is told by those who announced it.", nil)
	}
	if one.State() != event.Published || !one.Past(time.Now()) {
		return nil, e.BadRequestError("There is nothing to tell yet: it has not been.", nil)
	}
	return one, nil
}

func (s *Site) eventOutcomeForm(e *core.RequestEvent) error {
	one, err := s.outcomeOf(e)
	if err != nil {
		return err
	}
	s.noticed(e, "events", one.Id)
	return s.showEventOutcome(e, http.StatusOK, one, eventOutcomeView{Outcome: one.Outcome()})
}

func (s *Site) showEventOutcome(e *core.RequestEvent, status int, one *event.Event, v eventOutcomeView) error {
	v.Event, v.When, v.Action = Link{one.Title(), one.Address()}, one.When(), one.Address()+"/outcome"
	v.As = viewer(e).User().GetString("role_title")
	p := Page{Title: s.say("title-outcome"), Within: []Link{{"events", "/events"}}, Crumbs: []Link{v.Event}, NoIndex: true}
	return render(s, e, status, "event-outcome", p, v)
}

func (s *Site) eventOutcome(e *core.RequestEvent) error {
	one, err := s.outcomeOf(e)
	if err != nil {
		return err
	}
	v := eventOutcomeView{Outcome: e.Request.PostFormValue("outcome")}
	if v.Errors = missing(field{"outcome", v.Outcome, "Say in a sentence or two what changed. “Nothing yet” is an answer too."}); len(v.Errors) == 0 {
		one.Set("outcome", v.Outcome)
		event.SignOutcome(one.Record, viewer(e))
		journal.By(one.Record, viewer(e).ID())
		if err = s.app.Save(one.Record); err == nil {
			return e.Redirect(http.StatusSeeOther, one.Address()+"?saved#outcome")
		}
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
	}
	return s.showEventOutcome(e, http.StatusUnprocessableEntity, one, v)
}
