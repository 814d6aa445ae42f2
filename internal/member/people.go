package member

import (
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// States of an account, as administrators see them.
const (
	PersonActive    = "active"
	PersonNew       = "new" // has not been welcomed yet
	PersonSuspended = "suspended"
	PersonLeft      = "left"
)

// PersonStates lists the states of accounts.
var PersonStates = []string{PersonActive, PersonNew, PersonSuspended, PersonLeft}

// PeopleAsked narrows the list of people. An empty field asks for all.
type PeopleAsked struct {
	Words                     string // of the name, the address or the organisation
	Organisation, Role, State string
	Page                      int // from 1
}

// PeoplePerPage is how many people stand on one page of the list.
const PeoplePerPage = 50

// PersonRow is one person in the list.
type PersonRow struct {
	ID           string `db:"id"`
	Name         string `db:"name"`
	Email        string `db:"email"`
	RoleTitle    string `db:"role_title"`
	Role         string `db:"role"`
	Organisation string `db:"organisation"` // its name
	Suspended    bool   `db:"suspended"`
	Welcomed     string `db:"welcomed"`
	Left         string `db:"left"`
}

// State is the state of the account.
func (p PersonRow) State() string {
	switch {
	case p.Left != "":
		return PersonLeft
	case p.Suspended:
		return PersonSuspended
	case p.Welcomed == "":
		return PersonNew
	}
	return PersonActive
}

// People lists the accounts that are asked for, by name, and says how many there are in all.
func People(app core.App, asked PeopleAsked) (rows []PersonRow, total int, err error) {
	where := dbx.And(asked.conditions()...)
	from := func(q *dbx.SelectQuery) *dbx.SelectQuery {
		return q.From("users u").LeftJoin("organisations o", dbx.NewExp("{{o}}.[[id]] = {{u}}.[[organisation]]")).Where(where)
	}
	if err := from(app.DB().Select("COUNT(*)")).Row(&total); err != nil {
		return nil, 0, err
	}
	err = from(app.DB().Select("u.id", "u.name", "u.email", "u.role_title", "u.role", "COALESCE({{o}}.[[name]], '') AS organisation",
		"u.suspended", "u.welcomed", "u.left")).OrderBy("[[u.name]] COLLATE NOCASE", "u.id").
		Limit(PeoplePerPage).Offset(int64(PeoplePerPage * (max(asked.Page, 1) - 1))).All(&rows)
	return rows, total, err
}

func (a PeopleAsked) conditions() []dbx.Expression {
	all := []dbx.Expression{}
	for word := range strings.FieldsSeq(a.Words) {
		all = append(all, dbx.Or(dbx.Like("u.name", word), dbx.Like("u.email", word), dbx.Like("o.name", word)))
	}
	if a.Organisation != "" {
		all = append(all, dbx.HashExp{"u.organisation": a.Organisation})
	}
	if a.Role != "" {
		all = append(all, dbx.HashExp{"u.role": a.Role})
	}
	switch a.State {
	case PersonLeft:
		all = append(all, dbx.Not(dbx.HashExp{"u.left": ""}))
	case PersonSuspended:
		all = append(all, dbx.HashExp{"u.left": "", "u.suspended": true})
	case PersonNew:
		all = append(all, dbx.HashExp{"u.left": "", "u.suspended": false, "u.welcomed": ""})
	case PersonActive:
		all = append(all, dbx.HashExp{"u.left": "", "u.suspended": false}, dbx.Not(dbx.HashExp{"u.welcomed": ""}))
	}
	return all
}

// LastSignIn is when a person signed in last, as the journal has it; zero when never.
func LastSignIn(app core.App, user string) (at string, err error) {
	err = app.DB().Select("COALESCE(MAX([[at]]), '')").From("journal").
		Where(dbx.HashExp{"actor": user, "subject": "sessions", "verb": "create"}).Row(&at)
	return at, err
}

// InSpace is what a person is in a space.
type InSpace struct {
	Slug  string `db:"slug"`
	Title string `db:"title"`
	Role  string `db:"role"`
}

// SpacesOf lists the spaces that a person was let into, by title.
func SpacesOf(app core.App, user string) (rows []InSpace, err error) {
	err = app.DB().Select("s.slug", "s.title", "m.role").From("memberships m").InnerJoin("spaces s", dbx.NewExp("{{s}}.[[id]] = {{m}}.[[space]]")).
		Where(dbx.HashExp{"m.user": user}).OrderBy("s.title").All(&rows)
	return rows, err
}

// SetStanding changes where a person stands in the hub: role, organisation and place, by an administrator.
func SetStanding(app core.App, by string, user *core.Record, role, organisation, place string) error {
	user.Set("role", role)
	user.Set("organisation", organisation)
	user.Set("place", place)
	return saveBy(app, user, by)
}

// CloseEverywhereBy signs a person out of every browser and program, in somebody else's name.
func CloseEverywhereBy(app core.App, user *core.Record, by string) error {
	user.RefreshTokenKey()
	return saveBy(app, user, by)
}
