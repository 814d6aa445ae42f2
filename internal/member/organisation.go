package member

import (
	"database/sql"
	"errors"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Names maps ids to names for the records of a collection, reading the given column: "title" for places, programmes
// and spaces, "name" for organisations and users.
func Names(app core.App, collection, column string) (map[string]string, error) {
	var rows []struct {
		ID   string `db:"id"`
		Name string `db:"name"`
	}
	err := app.DB().Select("id", column+" AS name").From(collection).All(&rows)
	names := make(map[string]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}

// NamedPartner finds the partner that has a name, or had it, nil when there is none.
func NamedPartner(app core.App, name string) (*core.Record, error) {
	r := &core.Record{}
	err := app.RecordQuery("organisations").AndWhere(dbx.NewExp("LOWER([[name]]) = LOWER({:name})", dbx.Params{"name": oneLine(name)})).Limit(1).One(r)
	if errors.Is(err, sql.ErrNoRows) {
		return FormerlyNamed(app, name)
	}
	return r, err
}

// OrganisationNamed returns the partner organisation that has that name, or had it, made when it is new.
func OrganisationNamed(app core.App, name, slug string) (*core.Record, error) {
	r, err := NamedPartner(app, name)
	if r != nil || err != nil {
		return r, err
	}
	c, err := app.FindCachedCollectionByNameOrId("organisations")
	if err != nil {
		return nil, err
	}
	r = core.NewRecord(c)
	r.Set("name", strings.TrimSpace(name))
	r.Set("slug", slug)
	return r, app.Save(r)
}

// FindOrganisation finds an organisation by its name, however it is spelt, or by its slug; the error is sql.ErrNoRows when
// there is none.
func FindOrganisation(app core.App, name string) (*core.Record, error) {
	r := &core.Record{}
	err := app.RecordQuery("organisations").
		AndWhere(dbx.NewExp("LOWER([[name]]) = LOWER({:name}) OR [[slug]] = {:name}", dbx.Params{"name": strings.TrimSpace(name)})).Limit(1).One(r)
	return r, err
}
