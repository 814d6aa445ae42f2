package check

import (
	"cmp"
	"strings"

	"commonplace/internal/member"
	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// EntryPrefix starts the ids of this room's search entries; the check's id follows.
const EntryPrefix = "assessments/"

// Entries hands the search entries of shared checks to yield: of those with the given ids, or of all when ids is nil. One can
// be found while its template is published, unless a moderator hid it.
func Entries(app core.App, ids []string, yield func(search.Entry) error) error {
	where := dbx.And(dbx.HashExp{"assessments.state": Shared, "assessments.hidden": false},
		dbx.NewExp("{{assessments}}.[[document]] IN (SELECT [[id]] FROM {{documents}} WHERE [[state]] = 'published')"))
	if ids != nil {
		list := make([]any, len(ids))
		for i, id := range ids {
			list[i] = id
		}
		where = dbx.And(where, dbx.In("assessments.id", list...))
	}
	var all []*Check
	if err := app.RecordQuery("assessments").AndWhere(where).OrderBy("assessments.id").All(&all); err != nil {
		return err
	}
	n, err := namesOf(app)
	if err != nil {
		return err
	}
	for _, c := range all {
		d, err := app.FindRecordById("documents", c.Document())
		if err != nil {
			return err
		}
		if err := yield(c.entry(templateOf(d), d, n)); err != nil {
			return err
		}
	}
	return nil
}

// names are what checks call the records they point to.
type names struct{ places, organisations, slugs map[string]string }

func namesOf(app core.App) (n names, err error) {
	if n.places, err = member.Names(app, "places", "slug"); err != nil {
		return n, err
	}
	if n.organisations, err = member.Names(app, "organisations", "name"); err != nil {
		return n, err
	}
	n.slugs, err = member.Names(app, "organisations", "slug")
	return n, err
}

func (c *Check) entry(t *Template, d *core.Record, n names) search.Entry {
	if t == nil { // it was made into another kind of template since
		t = &Template{Title: d.GetString("title")}
	}
	answers := c.Answers()
	var says []string
	for _, q := range t.Questions {
		if said := answers[q.Key]; said != "" {
			says = append(says, q.Label+": "+said)
		}
	}
	e := search.Entry{
		ID: EntryPrefix + c.Id, Kind: "check", Title: c.Title(), Summary: cmp.Or(WordOf(t.Kind), "Check") + ": " + t.Title, Body: strings.Join(says, "\n"),
		URL: c.Address(), Access: c.GetString("access"), Topics: d.GetStringSlice("topics"), Published: c.SharedOn(), Reviewed: c.On(),
		Organisation: n.organisations[c.Organisation()], OrganisationSlug: n.slugs[c.Organisation()],
	}
	if place := n.places[c.Place()]; place != "" {
		e.Places = []string{place}
	}
	if c.Example() {
		e.Evidence = "illustrative"
	}
	return e
}
