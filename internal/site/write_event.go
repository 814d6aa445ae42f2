package site

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/event"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// writeEventView is the form of an event.
type writeEventView struct {
	Action, Address, State              string
	Heading, Base                       string
	Title, Summary, Body                string
	Day, From, Until, To, Venue, Where  string
	Online, NeedsWords, HowToJoin       string
	Linked, Thread, Reason              string
	AllDay                              []Choice
	Places, Needs, Audience, Spaces     []Choice
	New, Draft, Announced, Past, MayBin bool
	Errors                              fieldErrors
}

// eventToWrite finds the event of the address /write/event/{id}, or begins a new one.
func (s *Site) eventToWrite(e *core.RequestEvent) (*event.Event, error) {
	id := e.Request.PathValue("id")
	if id == "" {
		space, err := s.spaceOfNew(e)
		if err != nil {
			return nil, err
		}
		return event.New(s.app, space)
	}
	one, err := event.ByID(s.app, id)
	if err != nil {
		return nil, found(e, err)
	}
	if !one.Viewable(viewer(e)) {
		return nil, notFound(e)
	}
	if !one.Editable(viewer(e)) {
		return nil, e.ForbiddenError("You may not change this event. It belongs to another organisation.", nil)
	}
	return one, nil
}

func (s *Site) writeEventForm(e *core.RequestEvent) error {
	one, err := s.eventToWrite(e)
	if err != nil {
		return err
	}
	return s.showWriteEvent(e, http.StatusOK, one, s.eventAsForm(e, one), nil)
}

// eventAsForm is an event as its form would send it.
func (s *Site) eventAsForm(e *core.RequestEvent, one *event.Event) url.Values {
	f := url.Values{}
	for _, name := range []string{"title", "summary", "body", "venue", "address", "online", "needs_words", "how_to_join", "reason"} {
		f.Set(name, one.GetString(name))
	}
	f["needs"], f["audience"] = one.Needs(), one.Audience()
	if p, err := s.app.FindRecordById("places", one.Place()); err == nil {
		f.Set("place", p.GetString("slug"))
	}
	if !one.GetDateTime("starts").IsZero() {
		f.Set("starts", one.Starts().Format(time.DateOnly))
		if last := one.Ends().Format(time.DateOnly); last != f.Get("starts") {
			f.Set("ends", last)
		}
		if one.AllDay() {
			f.Set("all_day", "yes")
		} else {
			f.Set("from", one.Starts().Format("15:04"))
			f.Set("to", one.Ends().Format("15:04"))
		}
	}
	var linked []string
	for _, id := range one.Documents() {
		if l := s.seenDocument(e, id); l.URL != "" {
			linked = append(linked, l.URL)
		}
	}
	f.Set("documents", strings.Join(linked, "\n"))
	f.Set("thread", s.seenThread(e, one.Thread()).URL)
	f.Set("base", one.GetString("updated"))
	return f
}

func (s *Site) showWriteEvent(e *core.RequestEvent, status int, one *event.Event, f url.Values, faults fieldErrors) error {
	v := writeEventView{
		Action: "/write/event", State: one.State(), Heading: "Announce an event", Base: f.Get("base"), Title: f.Get("title"), Summary: f.Get("summary"), Body: f.Get("body"),
		Day: f.Get("starts"), From: f.Get("from"), Until: f.Get("ends"), To: f.Get("to"), Venue: f.Get("venue"), Where: f.Get("address"), Online: f.Get("online"),
		NeedsWords: f.Get("needs_words"), HowToJoin: f.Get("how_to_join"), Linked: f.Get("documents"), Thread: f.Get("thread"), Reason: f.Get("reason"),
		New: e.Request.PathValue("id") == "", Errors: faults,
	}
	if !v.New {
		stored, err := event.ByID(s.app, e.Request.PathValue("id"))
		if err != nil {
			return err
		}
		v.Action, v.Address, v.Heading, v.State = "/write/event/"+one.Id, stored.Address(), "Change the event", stored.State()
		v.Past = stored.Past(time.Now())
	}
	v.Draft, v.Announced = v.State == event.Draft, v.State == event.Published
	v.MayBin = !v.New && throwable(viewer(e), one)
	v.AllDay = []Choice{{Value: "yes", Title: "All day", Chosen: f.Get("all_day") != ""}}
	for _, n := range event.Needs {
		v.Needs = append(v.Needs, Choice{Value: n.Need, Title: n.Word, Chosen: slices.Contains(f["needs"], n.Need)})
	}
	terms, err := library.Terms(s.app, "audience")
	if err != nil {
		return err
	}
	for _, t := range terms {
		v.Audience = append(v.Audience, Choice{Value: t.Slug(), Title: t.Title(), Chosen: slices.Contains(f["audience"], t.Slug())})
	}
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	for _, p := range places {
		v.Places = append(v.Places, Choice{Value: p.Slug(), Title: p.Title(), Chosen: p.Slug() == f.Get("place")})
	}
	if v.Spaces, err = s.eventSpaces(e, v.New, f.Get("space")); err != nil {
		return err
	}
	p := Page{Title: v.Heading, Crumbs: []Link{{"Events", "/events"}}, NoIndex: true}
	return render(s, e, status, "write-event", p, v)
}

// eventSpaces are the spaces that something new may go into, where there is a choice.
func (s *Site) eventSpaces(e *core.RequestEvent, isNew bool, chosen string) ([]Choice, error) {
	if !isNew {
		return nil, nil
	}
	spaces, err := s.bringsIn(viewer(e))
	if err != nil || len(spaces) < 2 {
		return nil, err
	}
	for i := range spaces {
		spaces[i].Chosen = chosen == "" && spaces[i].Chosen || spaces[i].Value == chosen
	}
	return spaces, nil
}

// writeEvent saves an event as a draft or for everybody who reads its space, calls it off, or throws a draft away.
func (s *Site) writeEvent(e *core.RequestEvent) error {
	one, err := s.eventToWrite(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form cannot be read.", err)
	}
	f := e.Request.PostForm
	if f.Get("do") == "throw" {
		return s.throwEvent(e, one)
	}
	faults := s.fillEvent(e, one, f)
	if was := one.Original().GetString("updated"); !one.IsNew() && f.Get("base") != "" && f.Get("base") != was {
		faults = append(faults, fieldError{"title", "Somebody else has changed it meanwhile. Open it again in another window and compare, then save once more."})
		f.Set("base", was)
	}
	if len(faults) == 0 {
		journal.By(one.Record, viewer(e).ID())
		if err = s.app.Save(one.Record); err == nil {
			return e.Redirect(http.StatusSeeOther, one.Address()+"?saved")
		}
		if faults = faultsOf(err); faults == nil {
			return err
		}
	}
	return s.showWriteEvent(e, http.StatusUnprocessableEntity, one, f, faults)
}

// throwable says whether the viewer may throw an event away: a draft and, for those who review there, what was called off or
// is over.
func throwable(v *member.Viewer, one *event.Event) bool {
	stored := event.Wrap(one.Original())
	if stored.State() == event.Draft {
		return true
	}
	return v.MayReview(stored.Space()) && (stored.State() == event.Cancelled || stored.Past(time.Now()))
}

func (s *Site) throwEvent(e *core.RequestEvent, one *event.Event) error {
	if one.IsNew() || !throwable(viewer(e), one) {
		return e.BadRequestError("Only a draft can be thrown away. What was announced is cancelled.", nil)
	}
	journal.By(one.Record, viewer(e).ID())
	if err := s.app.Delete(one.Record); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/events")
}

// fillEvent puts what was typed on an event, and says what of it cannot be understood.
func (s *Site) fillEvent(e *core.RequestEvent, one *event.Event, f url.Values) (faults fieldErrors) {
	if one.IsNew() {
		event.Sign(one.Record, viewer(e))
		if slug := f.Get("space"); slug != "" {
			sp, err := member.SpaceBySlug(s.app, slug)
			if err != nil || !viewer(e).MayWrite(sp.Id) {
				return fieldErrors{{"space", "You do not write there. Choose another space."}}
			}
			one.Set("space", sp.Id)
		}
	}
	faults = missing(field{"title", f.Get("title"), "Give the event a title."})
	for _, name := range []string{"title", "summary", "body", "venue", "address", "online", "needs_words", "how_to_join"} {
		one.Set(name, f.Get(name))
	}
	one.Set("needs", f["needs"])
	one.Set("audience", append([]string{}, f["audience"]...))
	one.Set("place", "")
	if slug := f.Get("place"); slug != "" {
		if p, err := member.PlaceBySlug(s.app, slug); err == nil {
			one.Set("place", p.Id)
		} else {
			faults = append(faults, fieldError{"place", "Choose a place from the list."})
		}
	}
	faults = append(faults, fillTimes(one, f)...)
	faults = append(faults, s.fillLinks(e, one, f)...)
	switch f.Get("do") {
	case "announce":
		one.Set("state", event.Published)
	case "cancel":
		one.Set("state", event.Cancelled)
		one.Set("reason", f.Get("reason"))
	}
	return faults
}

// fillTimes reads day and time of the beginning and the end. Without a last day it ends on the day on which it begins.
func fillTimes(one *event.Event, f url.Values) (faults fieldErrors) {
	allDay, last := f.Get("all_day") != "", f.Get("ends")
	if last == "" {
		last = f.Get("starts")
	}
	one.Set("all_day", allDay)
	for _, c := range []struct{ field, clockField, day, clock, noClock string }{
		{"starts", "from", f.Get("starts"), f.Get("from"), "Say when it begins, or that it lasts all day."},
		{"ends", "to", last, f.Get("to"), "Say when it ends, or that it lasts all day."},
	} {
		one.Set(c.field, nil)
		if allDay {
			c.clock = ""
		} else if c.clock == "" && c.day != "" {
			faults = append(faults, fieldError{c.clockField, c.noClock})
			continue
		}
		at, err := event.Moment(c.day, c.clock)
		switch {
		case err == nil:
			one.Set(c.field, at)
		case errors.Is(err, event.ErrDay) && c.field == "starts":
			faults = append(faults, fieldError{"starts", "Give the day, such as 2030-05-31."})
		case errors.Is(err, event.ErrDay):
			if f.Get("ends") != "" {
				faults = append(faults, fieldError{"ends", "Give the last day, such as 2030-05-31, or leave it empty."})
			}
		case errors.Is(err, event.ErrGap):
			faults = append(faults, fieldError{c.clockField, "The clocks go forward in that hour, so it does not exist. Choose another."})
		default:
			faults = append(faults, fieldError{c.clockField, "Give the time as 14:30."})
		}
	}
	return faults
}

// fillLinks reads the addresses of pages and of a discussion. What the viewer may not see, and so is not on the form, stays.
func (s *Site) fillLinks(e *core.RequestEvent, one *event.Event, f url.Values) (faults fieldErrors) {
	var ids []string
	for _, id := range one.Documents() {
		if s.seenDocument(e, id).URL == "" {
			ids = append(ids, id)
		}
	}
	for line := range strings.FieldsSeq(f.Get("documents")) {
		id := s.documentAt(e, line)
		if id == "" {
			faults = append(faults, fieldError{"documents", "There is no page at " + line + " that you can see."})
			continue
		}
		ids = append(ids, id)
	}
	one.Set("documents", ids)
	switch id, typed := s.threadAt(e, f.Get("thread")), f.Get("thread"); {
	case typed != "" && id == "":
		faults = append(faults, fieldError{"thread", "There is no discussion at that address that you can see."})
	case typed != "" || s.seenThread(e, one.Thread()).URL != "":
		one.Set("thread", id)
	}
	return faults
}
