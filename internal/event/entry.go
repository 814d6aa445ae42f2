package event

import (
	"slices"
	"strings"
	"time"

	"commonplace/internal/markdown"
	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// EntryPrefix starts the ids of this room's search entries; the event's id follows.
const EntryPrefix = "events/"

// Entries hands the search entries of events to yield: of those with the given ids, or of all when ids is nil. Drafts
// cannot be found. What is over, or was called off, sinks like a page that nobody looked after.
func Entries(app core.App, ids []string, yield func(search.Entry) error) error {
	where := dbx.Not(dbx.HashExp{"state": Draft})
	if ids != nil {
		list := make([]any, len(ids))
		for i, id := range ids {
			list[i] = id
		}
		where = dbx.And(where, dbx.In("id", list...))
	}
	var events []*Event
	if err := app.RecordQuery("events").AndWhere(where).OrderBy("id").All(&events); err != nil || len(events) == 0 {
		return err
	}
	places, err := slugs(app, "places", "slug", "title")
	if err != nil {
		return err
	}
	organisations, err := slugs(app, "organisations", "slug", "name")
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := yield(e.entry(places[e.Place()], organisations[e.Organisation()])); err != nil {
			return err
		}
	}
	return nil
}

// named is what files and people call a record.
type named struct {
	ID   string `db:"id"`
	Slug string `db:"slug"`
	Name string `db:"name"`
}

func slugs(app core.App, collection, slug, name string) (map[string]named, error) {
	var rows []named
	err := app.DB().Select("id", slug+" AS slug", name+" AS name").From(collection).All(&rows)
	by := make(map[string]named, len(rows))
	for _, r := range rows {
		by[r.ID] = r
	}
	return by, err
}

func (e *Event) entry(place, organisation named) search.Entry {
	entry := search.Entry{
		ID: EntryPrefix + e.Id, Kind: "event", Title: e.Title(), Summary: strings.TrimSpace(e.When() + ". " + e.Summary()), Body: e.words(place.Name), URL: e.Address(),
		Access: e.GetString("access"), Audience: e.Audience(), Organisation: organisation.Name, OrganisationSlug: organisation.Slug,
		Published: e.GetDateTime("created").Time(), Reviewed: e.GetDateTime("updated").Time(), CheckBy: e.Over().Add(-time.Second),
	}
	if place.Slug != "" {
		entry.Places = []string{place.Slug}
	}
	if e.State() == Cancelled {
		entry.Title, entry.CheckBy = "Cancelled: "+e.Title(), e.GetDateTime("cancelled").Time().AddDate(0, 0, -2)
	}
	if e.Example() {
		entry.Evidence = "illustrative"
	}
	return entry
}

// words are all that an event says.
func (e *Event) words(place string) string {
	says := []string{plain(e.Body()), e.Venue(), e.Where(), place}
	for _, n := range e.Needs() {
		says = append(says, NeedWord(n))
	}
	says = append(says, e.NeedsWords(), e.HowToJoin(), plain(e.Outcome()))
	return strings.Join(slices.DeleteFunc(says, func(s string) bool { return s == "" }), "\n")
}

// plain is a text without its markup.
func plain(source string) string {
	p, err := markdown.Render(source, markdown.Options{})
	if err != nil {
		return source
	}
	return strings.TrimSpace(p.Plain)
}
