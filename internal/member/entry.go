package member

import (
	"strings"

	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Entries returns what hands the search entries of partners, places, programmes or groups to yield: of those with the
// given ids, or of all when ids is nil. Everybody may find them, as everybody may read their pages.
func Entries(collection string) func(app core.App, ids []string, yield func(search.Entry) error) error {
	return func(app core.App, ids []string, yield func(search.Entry) error) error {
		n, err := newEntryNames(app)
		if err != nil {
			return err
		}
		q := app.RecordQuery(collection).OrderBy("id")
		if ids != nil {
			list := make([]any, len(ids))
			for i, id := range ids {
				list[i] = id
			}
			q.AndWhere(dbx.In("id", list...))
		}
		var rs []*core.Record
		if err := q.All(&rs); err != nil {
			return err
		}
		for _, r := range rs {
			e, err := n.entry(app, r)
			if err == nil {
				err = yield(e)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// entryKinds are what search calls the records of a collection.
var entryKinds = map[string]string{"organisations": "partner", "places": "place", "programmes": "programme", "groups": "group"}

// entryNames are what entries say instead of ids.
type entryNames struct {
	access                                                                           string
	partners, partnerSlugs, placeTitles, placeSlugs, programmeTitles, programmeSlugs map[string]string
}

func newEntryNames(app core.App) (*entryNames, error) {
	library, err := Library(app)
	if err != nil {
		return nil, err
	}
	n := &entryNames{access: Access(library.Id, "published")}
	for _, want := range []struct {
		into               *map[string]string
		collection, column string
	}{
		{&n.partners, "organisations", "name"}, {&n.partnerSlugs, "organisations", "slug"}, {&n.placeTitles, "places", "title"},
		{&n.placeSlugs, "places", "slug"}, {&n.programmeTitles, "programmes", "title"}, {&n.programmeSlugs, "programmes", "slug"},
	} {
		if *want.into, err = Names(app, want.collection, want.column); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *entryNames) entry(app core.App, r *core.Record) (search.Entry, error) {
	named := &Named{}
	named.SetProxyRecord(r)
	collection, organisation := r.Collection().Name, r.GetString("organisation")
	places, programmes := r.GetStringSlice("places"), r.GetStringSlice("programmes")
	switch collection {
	case "organisations":
		organisation = r.Id
	case "places":
		places = []string{r.Id}
	case "programmes":
		programmes = []string{r.Id}
	}
	e := search.Entry{
		ID: collection + "/" + r.Id, Kind: entryKinds[collection], Title: named.Title(), Summary: named.Summary(), URL: named.Address(),
		Access: n.access, Also: named.Formerly(), Places: mapped(n.placeSlugs, places), Programmes: mapped(n.programmeSlugs, programmes),
		Organisation: n.partners[organisation], OrganisationSlug: n.partnerSlugs[organisation],
	}
	switch collection {
	case "organisations":
		e.Organisation = "" // its name is the title
	case "programmes":
		e.Also = append(e.Also, e.Title+" programme") // as people call it
	}
	if named.Example() {
		e.Evidence = "illustrative"
	}
	says := []string{named.ContactRole(), named.Mailbox(), r.GetString("partnership"), r.GetString("note"), r.GetString("nhs_area")}
	if collection != "organisations" {
		says = append(says, e.Organisation)
	}
	if collection != "places" {
		says = append(says, strings.Join(mapped(n.placeTitles, places), ", "))
	} else {
		says = append(says, councilTitles(r))
	}
	for _, name := range named.Formerly() {
		says = append(says, "Formerly "+name)
	}
	if collection == "groups" {
		decisions, err := Decisions(app, r.Id)
		if err != nil {
			return e, err
		}
		for _, d := range decisions {
			says = append(says, d.Text())
		}
	}
	e.Body = strings.Join(nonEmpty(says), ".\n")
	return e, nil
}

func councilTitles(r *core.Record) string {
	p := &Place{}
	p.SetProxyRecord(r)
	var titles []string
	for _, c := range p.Councils() {
		titles = append(titles, c.Title)
	}
	return strings.Join(titles, ", ")
}

func mapped(names map[string]string, ids []string) []string {
	var list []string
	for _, id := range ids {
		if n := names[id]; n != "" {
			list = append(list, n)
		}
	}
	return list
}

func nonEmpty(list []string) []string {
	var some []string
	for _, s := range list {
		if s != "" {
			some = append(some, s)
		}
	}
	return some
}
