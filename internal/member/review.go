package member

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// IsPublic says whether guests read what is published in a space.
func (v *Viewer) IsPublic(space string) bool { return v.known.levels[space] == Open }

// OtherReviewers lists who looks in a space at what one person wrote: its owners, in the library programme leads too, and
// administrators where that is nobody else.
func OtherReviewers(app core.App, space, person string) ([]*core.Record, error) {
	known, err := rightsOf(app)
	if err != nil {
		return nil, err
	}
	owners := dbx.NewExp("[[id]] IN (SELECT [[user]] FROM {{memberships}} WHERE [[space]] = {:space} AND [[role]] = 'owner')", dbx.Params{"space": space})
	var users, named, administrators []*core.Record
	if err := app.RecordQuery("users").AndWhere(dbx.Or(dbx.In("role", RoleLead, RoleAdministrator), owners)).OrderBy("id").All(&users); err != nil {
		return nil, err
	}
	for _, u := range users {
		switch v := known.viewer(u); {
		case u.Id == person || !v.MayReview(space):
		case v.Is(RoleAdministrator) && v.own[space] < Owner:
			administrators = append(administrators, u)
		default:
			named = append(named, u)
		}
	}
	if len(named) == 0 {
		return administrators, nil
	}
	return named, nil
}

// NewToken returns a secret for a link, and the sum of it that may be stored.
func NewToken() (token, hash string) {
	token = newToken()
	return token, hashOf(token)
}

// TokenHash is the sum under which a link's token is stored.
func TokenHash(token string) string { return hashOf(token) }
