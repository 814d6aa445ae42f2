package library

import (
	"cmp"
	"slices"

	"commonplace/internal/member"
	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// EntryPrefix starts the ids of this room's search entries; the document's id follows.
const EntryPrefix = "documents/"

// Entries hands the search entries of documents to yield: of those with the given ids, or of all when ids is nil. Only
// what is published can be found.
func Entries(app core.App, ids []string, yield func(search.Entry) error) error {
	n, err := newEntryNames(app)
	if err != nil {
		return err
	}
	where := dbx.Expression(dbx.HashExp{"state": Published})
	if ids != nil {
		where = dbx.And(where, dbx.In("id", anys(ids)...))
	}
	const page = 200
	for after := ""; ; {
		var docs []*Document
		err := app.RecordQuery("documents").AndWhere(where).AndWhere(dbx.NewExp("[[id]] > {:after}", dbx.Params{"after": after})).
			OrderBy("id").Limit(page).All(&docs)
		if err != nil {
			return err
		}
		for _, d := range docs {
			after = d.Id
			if err := yield(n.entry(d)); err != nil {
				return err
			}
		}
		if len(docs) < page {
			return nil
		}
	}
}

func anys(ids []string) []any {
	as := make([]any, len(ids))
	for i, id := range ids {
		as[i] = id
	}
	return as
}

// entryNames are the names that entries say instead of ids.
type entryNames struct {
	organisations, organisationSlugs, places, programmes map[string]string
}

func newEntryNames(app core.App) (*entryNames, error) {
	n := &entryNames{}
	var err error
	for _, want := range []struct {
		into               *map[string]string
		collection, column string
	}{
		{&n.organisations, "organisations", "name"}, {&n.organisationSlugs, "organisations", "slug"},
		{&n.places, "places", "slug"}, {&n.programmes, "programmes", "slug"},
	} {
		if *want.into, err = member.Names(app, want.collection, want.column); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *entryNames) entry(d *Document) search.Entry {
	m := d.Meta()
	return search.Entry{
		ID: EntryPrefix + d.Id, Kind: string(d.DocKind()), Title: d.Title(), Summary: d.Summary(), Body: d.GetString("plain"),
		URL: d.Address(), Access: d.GetString("access"), Also: m.Also, Language: d.Language(),
		Page: d.Space() + "/" + cmp.Or(d.EditionOf(), d.Key()) + "/" + d.Language(), Edition: d.edition(),
		Places: namesOf(n.places, d.Places()), Programmes: namesOf(n.programmes, d.Programmes()),
		Topics: d.Topics(), Audience: d.Audience(), Evidence: d.Evidence(),
		Organisation: n.organisations[d.OrganisationID()], OrganisationSlug: n.organisationSlugs[d.OrganisationID()],
		Published: d.Published(), Reviewed: d.Reviewed(), CheckBy: d.CheckBy(), Measured: slices.ContainsFunc(d.Results(), func(r Result) bool { return r.Kind == "measured" }), Sections: d.sections(d.GetString("plain")),
	}
}

func namesOf(names map[string]string, ids []string) []string {
	var list []string
	for _, id := range ids {
		if name := names[id]; name != "" {
			list = append(list, name)
		}
	}
	return list
}

// edition is what the document is beside its original.
func (d *Document) edition() search.Edition {
	switch {
	case d.Easy() && d.Language() != English:
		return search.EasilyTranslated
	case d.Easy():
		return search.EasyRead
	case d.EditionOf() != "":
		return search.Translated
	}
	return search.Original
}
