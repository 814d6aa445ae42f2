// Package event owns events that carers are asked to: when and where each is, what makes it possible to come, whether it
// was called off, and what changed because of it. It writes them as calendars too, which golang-ical puts into the form of
// RFC 5545: escaping and the folding of lines are easy to get nearly right.
//
// Times of day are London's. The space decides who sees an event, and Viewer is asked as for documents: a draft is its
// writer's and its reviewers'. Which pages and discussions belong to an event it keeps by id, and does not know.
package event

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// States of an event.
const (
	Draft     = "draft"
	Published = "published"
	Cancelled = "cancelled" // it still stands where it was announced, and says so
)

// Needs are what makes it possible to come, in the order of the form.
var Needs = []struct{ Need, Word string }{
	{"step-free", "Step-free access"},
	{"hearing-loop", "Hearing loop"},
	{"bsl", "British Sign Language"},
	{"quiet-room", "Quiet room"},
	{"travel-paid", "Travel is paid"},
	{"care-paid", "Replacement care is paid"},
}

// NeedWord is what people read for a need, "" for none that is known.
func NeedWord(need string) string {
	for _, n := range Needs {
		if n.Need == need {
			return n.Word
		}
	}
	return ""
}

// Event is a record of the collection events.
type Event struct{ core.BaseRecordProxy }

// Wrap is a record as an event.
func Wrap(r *core.Record) *Event {
	e := &Event{}
	e.SetProxyRecord(r)
	return e
}

func (e *Event) Title() string        { return e.GetString("title") }
func (e *Event) Summary() string      { return e.GetString("summary") }
func (e *Event) Body() string         { return e.GetString("body") }
func (e *Event) State() string        { return e.GetString("state") }
func (e *Event) Space() string        { return e.GetString("space") }
func (e *Event) Author() string       { return e.GetString("author") }
func (e *Event) Organisation() string { return e.GetString("organisation") }
func (e *Event) Place() string        { return e.GetString("place") }
func (e *Event) Venue() string        { return e.GetString("venue") }
func (e *Event) Where() string        { return e.GetString("address") }
func (e *Event) Online() string       { return e.GetString("online") }
func (e *Event) Needs() []string      { return e.GetStringSlice("needs") }
func (e *Event) NeedsWords() string   { return e.GetString("needs_words") }
func (e *Event) HowToJoin() string    { return e.GetString("how_to_join") }
func (e *Event) Reason() string       { return e.GetString("reason") }
func (e *Event) Outcome() string      { return e.GetString("outcome") }
func (e *Event) OutcomeRole() string  { return e.GetString("outcome_role") }
func (e *Event) OutcomeAt() time.Time { return e.GetDateTime("outcome_at").Time() }
func (e *Event) Documents() []string  { return e.GetStringSlice("documents") }
func (e *Event) Thread() string       { return e.GetString("thread") }
func (e *Event) Example() bool        { return e.GetBool("example") }
func (e *Event) AllDay() bool         { return e.GetBool("all_day") }

// Starts is when it begins, in London.
func (e *Event) Starts() time.Time { return e.GetDateTime("starts").Time().In(member.London) }

// Ends is when it ends, in London; of an event of whole days the first moment of the last one.
func (e *Event) Ends() time.Time { return e.GetDateTime("ends").Time().In(member.London) }

// Over is the moment from which on it is past.
func (e *Event) Over() time.Time {
	if e.AllDay() {
		return e.Ends().AddDate(0, 0, 1)
	}
	return e.Ends()
}

// Past says whether it is over.
func (e *Event) Past(now time.Time) bool { return !e.Over().After(now) }

// Audience are the slugs of those whom it is for.
func (e *Event) Audience() []string {
	var list []string
	if e.UnmarshalJSONField("audience", &list) != nil {
		return nil
	}
	return list
}

// Address is where its page is.
func (e *Event) Address() string { return "/events/" + e.GetString("slug") }

// Silent says whether it is over and nobody has told what came of it.
func (e *Event) Silent(now time.Time) bool {
	return e.State() == Published && e.Past(now) && e.Outcome() == ""
}

// HTML is its text as pages show it.
func (e *Event) HTML() (string, error) {
	p, err := markdown.Render(e.Body(), markdown.Options{})
	return p.HTML, err
}

// OutcomeHTML is what came of it, as pages show it.
func (e *Event) OutcomeHTML() (string, error) {
	p, err := markdown.Render(e.Outcome(), markdown.Options{Prefix: "outcome-"})
	return p.HTML, err
}

// Viewable says whether the viewer may see it.
func (e *Event) Viewable(v *member.Viewer) bool {
	return v.Sees(e.Space(), seenAs(e.State()), e.Author())
}

// Editable says whether the viewer may change it: those who review there any, editors their own and their organisation's.
func (e *Event) Editable(v *member.Viewer) bool {
	return e.Viewable(v) && v.MayEdit(e.Space(), e.Author(), e.Organisation())
}

// seenAs is the state by which its readers are told: one that was called off is seen by everybody who saw it announced.
func seenAs(state string) string {
	if state == Draft {
		return Draft
	}
	return Published
}

// ByID finds an event; the error is sql.ErrNoRows when there is none.
func ByID(app core.App, id string) (*Event, error) { return one(app, dbx.HashExp{"id": id}) }

// At finds an event by the last part of its address, or by its id.
func At(app core.App, name string) (*Event, error) {
	e, err := one(app, dbx.HashExp{"slug": name})
	if errors.Is(err, sql.ErrNoRows) {
		return ByID(app, name)
	}
	return e, err
}

func one(app core.App, where dbx.Expression) (*Event, error) {
	e := &Event{}
	err := app.RecordQuery("events").AndWhere(where).Limit(1).One(e)
	return e, err
}

// New is an event that is not saved yet.
func New(app core.App, space string) (*Event, error) {
	c, err := app.FindCachedCollectionByNameOrId("events")
	if err != nil {
		return nil, err
	}
	r := core.NewRecord(c)
	r.Set("state", Draft)
	r.Set("space", space)
	return Wrap(r), nil
}

// most is how many events a list looks at.
const most = 1000

// Coming are the events that the viewer may see and that are not over, the next first.
func Coming(app core.App, v *member.Viewer, now time.Time) ([]*Event, error) {
	var list []*Event
	err := app.RecordQuery("events").AndWhere(v.Where("events.")).AndWhere(notBefore(now.AddDate(0, 0, -1))).
		OrderBy("events.starts", "events.title", "events.id").Limit(most).All(&list)
	return slices.DeleteFunc(list, func(e *Event) bool { return e.Past(now) }), err
}

// Past are those that are over since a day and were announced, the last first.
func Past(app core.App, v *member.Viewer, now, since time.Time) ([]*Event, error) {
	var list []*Event
	err := app.RecordQuery("events").AndWhere(v.Holds("events.")).AndWhere(dbx.Not(dbx.HashExp{"events.state": Draft})).AndWhere(notBefore(since)).
		AndWhere(dbx.NewExp("{{events}}.[[starts]] <= {:now}", dbx.Params{"now": stamp(now)})).
		OrderBy("events.starts DESC", "events.title", "events.id").Limit(most).All(&list)
	return slices.DeleteFunc(list, func(e *Event) bool { return !e.Past(now) }), err
}

// notBefore leaves out what ended before a moment; a day more or less is for the caller to tell, see Event.Over.
func notBefore(at time.Time) dbx.Expression {
	return dbx.NewExp("{{events}}.[[ends]] >= {:from}", dbx.Params{"from": stamp(at)})
}
