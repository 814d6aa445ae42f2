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

// OrganisationNamed returns the partner organisation of that name, made when it is new.
func OrganisationNamed(app core.App, name, slug string) (*core.Record, error) {
	name = strings.TrimSpace(name)
	r := &core.Record{}
	err := app.RecordQuery("organisations").AndWhere(dbx.NewExp("LOWER([[name]]) = LOWER({:name})", dbx.Params{"name": name})).Limit(1).One(r)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return r, err
	}
	c, err := app.FindCachedCollectionByNameOrId("organisations")
	if err != nil {
		return nil, err
	}
	r = core.NewRecord(c)
	r.Set("name", name)
	r.Set("slug", slug)
	return r, app.Save(r)
}
