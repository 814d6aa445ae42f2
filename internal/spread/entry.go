package spread

import (
	"strings"

	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// EntryPrefix starts the ids of this room's search entries; the adoption's id follows.
const EntryPrefix = "adoptions/"

// Entries hands the search entries of adoptions to yield: of those with the given ids, or of all when ids is nil. An
// adoption stands on the page of its study and can be found while that can, unless a moderator hid it.
func Entries(app core.App, ids []string, yield func(search.Entry) error) error {
	where := dbx.And(dbx.HashExp{"adoptions.hidden": false},
		dbx.NewExp("{{adoptions}}.[[document]] IN (SELECT [[id]] FROM {{documents}} WHERE [[state]] = 'published')"))
	if ids != nil {
		list := make([]any, len(ids))
		for i, id := range ids {
			list[i] = id
		}
		where = dbx.And(where, dbx.In("adoptions.id", list...))
	}
	found, err := list(app, where)
	if err != nil {
		return err
	}
	studies, err := studiesOf(app, found)
	if err != nil {
		return err
	}
	for _, a := range found {
		if err := yield(a.entry(studies[a.Document])); err != nil {
			return err
		}
	}
	return nil
}

// study is what an entry says of the case study that a place adopted.
type study struct {
	ID     string                  `db:"id"`
	Title  string                  `db:"title"`
	Slug   string                  `db:"slug"`
	Access string                  `db:"access"`
	Topics types.JSONArray[string] `db:"topics"`
}

func studiesOf(app core.App, adoptions []Adoption) (map[string]study, error) {
	ids := map[string]bool{}
	var list []any
	for _, a := range adoptions {
		if !ids[a.Document] {
			list, ids[a.Document] = append(list, a.Document), true
		}
	}
	var rows []study
	err := app.DB().Select("id", "title", "slug", "access", "topics").From("documents").Where(dbx.In("id", list...)).All(&rows)
	studies := make(map[string]study, len(rows))
	for _, s := range rows {
		studies[s.ID] = s
	}
	return studies, err
}

func (a Adoption) entry(of study) search.Entry {
	var says []string
	for _, part := range []struct{ before, text string }{
		{"Kept: ", a.Kept}, {"Changed: ", a.Changed}, {"Dropped: ", a.Dropped}, {"Result: ", a.Result}, {"Why: ", a.For.Word()}, {"", a.Reason}, {"", a.ContactRole},
	} {
		if part.text != "" {
			says = append(says, part.before+part.text)
		}
	}
	for _, r := range a.Results {
		says = append(says, r.Title()+": "+r.Says())
	}
	e := search.Entry{
		ID: EntryPrefix + a.ID, Kind: "adoption", Title: a.PlaceTitle + ": " + of.Title, Summary: a.Stage.Word() + ", says " + a.By(), Body: strings.Join(says, "\n"),
		URL: "/case-studies/" + of.Slug + "#place-" + a.PlaceSlug, Access: of.Access, Places: []string{a.PlaceSlug}, Topics: of.Topics,
		Organisation: a.Organisation, OrganisationSlug: a.OrganisationSlug, Published: a.At, Reviewed: a.At,
	}
	if a.Example {
		e.Evidence = "illustrative"
	}
	return e
}

// Adopted says in how many places others try or do the same, by document; nil ids ask for all. Where somebody only looks at
// it, or stopped, nobody does it.
func Adopted(app core.App, ids []string) (map[string]int, error) {
	q := app.DB().Select("document", "COUNT(DISTINCT [[place]]) AS places").From("adoptions").
		Where(dbx.HashExp{"hidden": false}).AndWhere(dbx.In("stage", string(Trying), string(Doing))).GroupBy("document")
	if ids != nil {
		list := make([]any, len(ids))
		for i, id := range ids {
			list[i] = id
		}
		q.AndWhere(dbx.In("document", list...))
	}
	var rows []struct {
		Document string `db:"document"`
		Places   int    `db:"places"`
	}
	err := q.All(&rows)
	adopted := make(map[string]int, len(rows))
	for _, r := range rows {
		adopted[r.Document] = r.Places
	}
	return adopted, err
}
