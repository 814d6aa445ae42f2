package member

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Meets says whether a viewer knows of a person because they belong to a space together. Administrators know everybody.
func Meets(app core.App, v *Viewer, person string) bool {
	if !v.SignedIn() {
		return false
	}
	if v.ID() == person || v.Is(RoleAdministrator) {
		return true
	}
	known, err := rightsOf(app)
	if err != nil {
		return false
	}
	for space := range known.members[v.ID()] {
		if _, both := known.members[person][space]; both {
			return true
		}
	}
	return false
}

// Known lists the people whose name, or a word of it, begins so and whom the viewer meets in a space, or elsewhere in a way
// of the caller's; by name, and not very many.
func Known(app core.App, v *Viewer, begin string, elsewhere dbx.Expression) ([]*core.Record, error) {
	if !v.SignedIn() {
		return nil, nil
	}
	const most = 200
	q := app.RecordQuery("users").AndWhere(dbx.HashExp{"users.suspended": false, "users.left": ""}).
		AndWhere(dbx.Or(dbx.Like("users.name", begin).Match(false, true), dbx.Like("users.name", " "+begin).Match(true, true))).
		OrderBy("[[users.name]] COLLATE NOCASE", "users.id").Limit(most)
	if !v.Is(RoleAdministrator) {
		q.AndWhere(dbx.Or(elsewhere, dbx.NewExp(`{{users}}.[[id]] IN (SELECT b.[[user]] FROM {{memberships}} a
			JOIN {{memberships}} b ON b.[[space]] = a.[[space]] WHERE a.[[user]] = {:viewer})`, dbx.Params{"viewer": v.ID()})))
	}
	var people []*core.Record
	return people, q.All(&people)
}
