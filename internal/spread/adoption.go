package spread

import (
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Adoption is one entry of a practice's ledger.
type Adoption struct {
	ID, Document, Place, PlaceTitle, PlaceSlug, Organisation    string
	OrganisationSlug, OrganisationID                            string
	Stage                                                       Stage
	Kept, Changed, Dropped, Result, Reason, ContactRole, ByRole string
	Author                                                      string
	At                                                          time.Time
	For                                                         Why
	Results                                                     []Result
	History                                                     []Step
	ConfirmedBy                                                 string // the role that confirmed it for the first place
	Confirmed                                                   time.Time
	Thread                                                      string // in which the first place asks
	Example                                                     bool
	Hidden                                                      bool // by a moderator; its writer and those who moderate see it still
}

// By is who declared the adoption.
func (a Adoption) By() string {
	switch {
	case a.ByRole != "" && a.Organisation != "":
		return a.ByRole + ", " + a.Organisation
	case a.Organisation != "":
		return a.Organisation
	}
	return "a member in " + a.PlaceTitle
}

// Of returns the adoptions of a document that the viewer may see, by place in the places' order; what was hidden is among
// them for its writer and for those who moderate.
func Of(app core.App, v *member.Viewer, document string) ([]Adoption, error) {
	return list(app, dbx.And(dbx.Or(v.Holds("adoptions."), v.HiddenOwn("adoptions.")), dbx.HashExp{"adoptions.document": document}))
}

// By returns the adoptions that an organisation declared and that the viewer may see, by place.
func By(app core.App, v *member.Viewer, organisation string) ([]Adoption, error) {
	return list(app, dbx.And(v.Holds("adoptions."), dbx.HashExp{"adoptions.organisation": organisation, "adoptions.hidden": false}))
}

// At returns the adoptions of a place that the viewer may see, in the order in which they were declared.
func At(app core.App, v *member.Viewer, place string) ([]Adoption, error) {
	return list(app, dbx.And(v.Holds("adoptions."), dbx.HashExp{"adoptions.place": place, "adoptions.hidden": false}))
}

// ByID returns an adoption as pages show it, false when there is none. Whether the viewer may see it is not asked here.
func ByID(app core.App, id string) (Adoption, bool, error) {
	found, err := list(app, dbx.HashExp{"adoptions.id": id})
	if err != nil || len(found) == 0 {
		return Adoption{}, false, err
	}
	return found[0], true, nil
}

// All returns every adoption that the viewer may see and that nobody hid, by document.
func All(app core.App, v *member.Viewer) (map[string][]Adoption, error) {
	all, err := list(app, dbx.And(v.Holds("adoptions."), dbx.HashExp{"adoptions.hidden": false}))
	by := map[string][]Adoption{}
	for _, a := range all {
		by[a.Document] = append(by[a.Document], a)
	}
	return by, err
}

func list(app core.App, where dbx.Expression) ([]Adoption, error) {
	var rows []struct {
		ID           string         `db:"id"`
		Document     string         `db:"document"`
		Place        string         `db:"place"`
		PlaceTitle   string         `db:"place_title"`
		PlaceSlug    string         `db:"place_slug"`
		Organisation string         `db:"organisation_name"`
		Slug         string         `db:"organisation_slug"`
		By           string         `db:"organisation"`
		Stage        string         `db:"stage"`
		Kept         string         `db:"kept"`
		Changed      string         `db:"changed"`
		Dropped      string         `db:"dropped"`
		Result       string         `db:"result"`
		Reason       string         `db:"reason"`
		ContactRole  string         `db:"contact_role"`
		ByRole       string         `db:"by_role"`
		For          string         `db:"stopped_for"`
		Results      string         `db:"results"`
		History      string         `db:"history"`
		ConfirmedBy  string         `db:"confirmed_by_role"`
		ConfirmedOn  types.DateTime `db:"confirmed_on"`
		Thread       string         `db:"thread"`
		Author       string         `db:"author"`
		At           types.DateTime `db:"updated"`
		Example      bool           `db:"example"`
		Hidden       bool           `db:"hidden"`
	}
	err := app.DB().Select("adoptions.id", "adoptions.document", "adoptions.place", "places.title AS place_title", "places.slug AS place_slug",
		"COALESCE(organisations.name, '') AS organisation_name", "COALESCE(organisations.slug, '') AS organisation_slug", "adoptions.organisation", "adoptions.stage", "adoptions.kept", "adoptions.changed", "adoptions.dropped",
		"adoptions.result", "adoptions.reason", "adoptions.contact_role", "adoptions.by_role", "adoptions.author", "adoptions.updated", "adoptions.example", "adoptions.hidden",
		"adoptions.stopped_for", "COALESCE(adoptions.results, '[]') AS results", "COALESCE(adoptions.history, '[]') AS history", "adoptions.confirmed_by_role", "adoptions.confirmed_on", "adoptions.thread").
		From("adoptions").
		InnerJoin("places", dbx.NewExp("{{places}}.[[id]] = {{adoptions}}.[[place]]")).
		LeftJoin("organisations", dbx.NewExp("{{organisations}}.[[id]] = {{adoptions}}.[[organisation]]")).
		Where(where).OrderBy("places.position", "adoptions.created").All(&rows)
	if err != nil {
		return nil, err
	}
	as := make([]Adoption, len(rows))
	for i, r := range rows {
		as[i] = Adoption{
			ID: r.ID, Document: r.Document, Place: r.Place, PlaceTitle: r.PlaceTitle, PlaceSlug: r.PlaceSlug, Organisation: r.Organisation, OrganisationSlug: r.Slug, OrganisationID: r.By,
			Stage: Stage(r.Stage), Kept: r.Kept, Changed: r.Changed, Dropped: r.Dropped, Result: r.Result, Reason: r.Reason,
			ContactRole: r.ContactRole, ByRole: r.ByRole, Author: r.Author, For: Why(r.For), Results: resultsOf(r.Results), History: stepsOf(r.History),
			ConfirmedBy: r.ConfirmedBy, Confirmed: r.ConfirmedOn.Time(), Thread: r.Thread, At: r.At.Time(), Example: r.Example, Hidden: r.Hidden,
		}
	}
	return as, nil
}

// Said is the stage when it is one of the four, else "".
func (s Stage) Said() string {
	for _, k := range Stages {
		if k.Stage == s {
			return string(s)
		}
	}
	return ""
}

// CountOf counts what places have said of a document.
func CountOf(app core.App, document string) (int, error) {
	n, err := app.CountRecords("adoptions", dbx.HashExp{"document": document})
	return int(n), err
}
