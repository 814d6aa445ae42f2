package member

import (
	"slices"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Reviews lists the spaces in which the viewer approves the work of others.
func (v *Viewer) Reviews() []string {
	var spaces []string
	for _, k := range v.known.order {
		if v.MayReview(k.space) {
			spaces = append(spaces, k.space)
		}
	}
	return spaces
}

// Writes says whether the viewer is an editor anywhere.
func (v *Viewer) Writes() bool {
	return slices.ContainsFunc(v.known.order, func(k keyring) bool { return v.MayWrite(k.space) })
}

// Reviewers lists who reviews in a space: its owners, in the library programme leads too, and administrators where there
// is nobody else.
func Reviewers(app core.App, space string) ([]string, error) {
	known, err := rightsOf(app)
	if err != nil {
		return nil, err
	}
	var leads, administrators []string
	var users []*core.Record
	here := dbx.HashExp{"suspended": false, "left": ""}
	if err := app.RecordQuery("users").AndWhere(here).OrderBy("id").All(&users); err != nil {
		return nil, err
	}
	for _, u := range users {
		switch v := known.viewer(u); {
		case v.Is(RoleAdministrator) && v.own[space] < Owner:
			administrators = append(administrators, u.Id)
		case v.MayReview(space):
			leads = append(leads, u.Id)
		}
	}
	if len(leads) == 0 {
		return administrators, nil
	}
	return leads, nil
}

// Colleagues lists the people who are here, belong to an organisation and are welcome to work, by name: to whom work may be
// handed. Without an organisation it is everybody.
func Colleagues(app core.App, organisation string) ([]*core.Record, error) {
	where := dbx.HashExp{"suspended": false, "left": ""}
	if organisation != "" {
		where["organisation"] = organisation
	}
	var people []*core.Record
	err := app.RecordQuery("users").AndWhere(where).AndWhere(dbx.Not(dbx.HashExp{"name": ""})).OrderBy("[[name]] COLLATE NOCASE", "id").Limit(500).All(&people)
	return people, err
}

// Moderators lists who may moderate in a space, as far as roles and memberships tell: ask MayModerate of each.
func Moderators(app core.App, space string) (people []string, err error) {
	err = app.DB().NewQuery(`SELECT [[id]] FROM {{users}} WHERE [[role]] IN ('moderator', 'lead', 'administrator') AND [[left]] = '' AND NOT [[suspended]]
		UNION SELECT [[user]] FROM {{memberships}} WHERE [[space]] = {:space} AND [[role]] = 'owner' ORDER BY 1`).Bind(dbx.Params{"space": space}).Column(&people)
	return people, err
}
