package member

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Audience is who sees one thing: a space, or a document or thread of a state in it.
type Audience struct {
	Space    *Space
	State    string
	Everyone bool        // without signing in
	Hub      bool        // every member of the hub
	Total    int         // members of the hub who see it
	People   []Belonging // who sees it for a reason of their own: they belong to the space, wrote it, or have a role in the hub
}

// AudienceOf says who sees a thing of this space, state and author. It asks the same Viewer that shows it.
func AudienceOf(app core.App, s *Space, state, author string) (*Audience, error) {
	known, err := rightsOf(app)
	if err != nil {
		return nil, err
	}
	a := &Audience{Space: s, State: state, Everyone: known.viewer(nil).Sees(s.Id, state, author)}
	member, err := AsMember(app)
	if err != nil {
		return nil, err
	}
	a.Hub = member.Sees(s.Id, state, author)
	candidates, err := belongings(app, s.Id, dbx.Or(belongsTo(s.Id),
		dbx.HashExp{"users.id": author}, dbx.In("users.role", RoleLead, RoleModerator, RoleAdministrator)))
	if err != nil {
		return nil, err
	}
	for _, c := range candidates {
		if known.viewer(c.record).Sees(s.Id, state, author) {
			a.People = append(a.People, c)
		}
	}
	if a.Total = len(a.People); a.Hub {
		a.Total, err = CountPeople(app)
	}
	return a, err
}

// Own lists those of the people who belong to the space.
func (a *Audience) Own() []Belonging { return a.with(func(b Belonging) bool { return b.Role != "" }) }

// Others lists those who see it because of their role in the hub, or because they wrote it.
func (a *Audience) Others() []Belonging {
	return a.with(func(b Belonging) bool { return b.Role == "" })
}

func (a *Audience) with(is func(Belonging) bool) []Belonging {
	var list []Belonging
	for _, b := range a.People {
		if is(b) {
			list = append(list, b)
		}
	}
	return list
}

// Without lists the people of an audience that another one does not have, when neither is all members of the hub.
func (a *Audience) Without(other *Audience) []Belonging {
	has := map[string]bool{}
	for _, b := range other.People {
		has[b.User] = true
	}
	return a.with(func(b Belonging) bool { return !has[b.User] })
}

// KnowsMembers says whether the viewer may know who belongs to a space, and not only how many they are.
func (v *Viewer) KnowsMembers(space string) bool { return v.Belongs(space) || v.MayReview(space) }

// CountPeople counts the members of the hub whose account is in use.
func CountPeople(app core.App) (n int, err error) {
	err = app.DB().Select("COUNT(*)").From("users").Where(dbx.HashExp{"suspended": false, "left": ""}).Row(&n)
	return n, err
}
