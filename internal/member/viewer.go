package member

import (
	"slices"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Right is what somebody may do in a space; each includes the ones before it.
type Right int

const (
	None   Right = iota // may not even know that it exists, unless it is listed
	Look                // reads
	Reader              // reads and posts
	Editor              // also writes and publishes
	Owner               // also approves and manages
)

// Viewer is the person, or nobody in particular, on whose behalf something is read or written. It is the only place
// that decides; see the rules matrix for the same in a table.
type Viewer struct {
	user  *core.Record // nil: not signed in
	role  string       // in the hub
	known *rights
	own   map[string]Right // by space, from memberships
}

// Guest is a viewer who is not signed in.
func Guest(app core.App) (*Viewer, error) { return For(app, nil) }

// For returns the viewer for a user, or for a guest when user is nil, suspended, gone or an operator's account.
func For(app core.App, user *core.Record) (*Viewer, error) {
	known, err := rightsOf(app)
	if err != nil {
		return nil, err
	}
	return known.viewer(user), nil
}

func (r *rights) viewer(user *core.Record) *Viewer {
	if user == nil || !active(user) {
		return &Viewer{known: r}
	}
	return &Viewer{user: user, role: user.GetString("role"), known: r, own: r.members[user.Id]}
}

// active says whether somebody's account may be used.
func active(user *core.Record) bool {
	return user.Collection().Name == "users" && !Barred(user)
}

// AsPublic is how somebody sees the hub who is not signed in, for those who want to know.
func AsPublic(app core.App) (*Viewer, error) { return Guest(app) }

// anyMember is the id of nobody: no record can have it.
const anyMember = "@member"

// AsMember is how a member of the hub sees it who belongs to no space and has written nothing.
func AsMember(app core.App) (*Viewer, error) {
	c, err := app.FindCachedCollectionByNameOrId("users")
	if err != nil {
		return nil, err
	}
	u := core.NewRecord(c)
	u.Id = anyMember
	u.Set("name", "A member")
	u.Set("role", RoleMember)
	return For(app, u)
}

func (v *Viewer) byLevel(l Level) Right {
	switch {
	case l == Open && v.SignedIn():
		return Reader
	case l == Open, l == Restricted && v.SignedIn():
		return Look
	}
	return None
}

func byRole(role string) Right {
	switch role {
	case "reader":
		return Reader
	case "editor":
		return Editor
	case "owner":
		return Owner
	}
	return None
}

// SignedIn says whether there is a person.
func (v *Viewer) SignedIn() bool { return v.user != nil }

// ID is the person's id, "" for a guest.
func (v *Viewer) ID() string {
	if v.user == nil {
		return ""
	}
	return v.user.Id
}

// User is the person's record, nil for a guest.
func (v *Viewer) User() *core.Record { return v.user }

// Name is what other members see.
func (v *Viewer) Name() string {
	if v.user == nil {
		return ""
	}
	return v.user.GetString("name")
}

// Organisation is the id of the person's organisation, "" when there is none.
func (v *Viewer) Organisation() string {
	if v.user == nil {
		return ""
	}
	return v.user.GetString("organisation")
}

// Is says whether the person has one of the hub-wide roles.
func (v *Viewer) Is(roles ...string) bool {
	return v.user != nil && slices.Contains(roles, v.role)
}

// In is the viewer's right in a space: the highest of what its level, their membership and their role in the hub give.
func (v *Viewer) In(space string) Right {
	level, there := v.known.levels[space]
	switch {
	case !there:
		return None
	case v.Is(RoleAdministrator), space == v.known.library && v.Is(RoleLead):
		return Owner
	}
	return max(v.byLevel(level), v.own[space])
}

// Belongs says whether the viewer is one of the space's own members.
func (v *Viewer) Belongs(space string) bool { return v.own[space] >= Reader }

// Library is the id of the open library.
func (v *Viewer) Library() string { return v.known.library }

// Lists says whether the viewer may know that a space exists: every member of the hub knows the private ones.
func (v *Viewer) Lists(s *Space) bool {
	return v.In(s.Id) >= Look || (s.Level() == Private && v.SignedIn())
}

// Sees says whether the viewer may see a thing of this space and state. Work that is not out yet is seen by its author
// and by those who review it.
func (v *Viewer) Sees(space, state, author string) bool {
	if v.SignedIn() && author == v.ID() && v.In(space) >= Look {
		return state != "hidden"
	}
	return slices.Contains(sights[v.sight(v.In(space))], state)
}

// sights are the states that one sees with less or more of a right, in order.
var sights = [][]string{
	nil,
	{"published", "withdrawn"},
	{"hidden", "published", "withdrawn"},
	{"draft", "hidden", "in-review", "published", "withdrawn"},
}

// sight is how much a right lets one see: an entry of sights.
func (v *Viewer) sight(r Right) int {
	switch {
	case r >= Owner:
		return 3
	case r >= Look && v.Is(RoleModerator):
		return 2
	case r >= Look:
		return 1
	}
	return 0
}

// Keys lists every access key the viewer holds, sorted: the filter of a search.
func (v *Viewer) Keys() []string {
	keys := make([]string, 0, 2*len(v.known.order))
	for _, k := range v.known.order {
		keys = append(keys, k.keys[v.sight(v.In(k.space))]...)
	}
	return keys
}

// Holds restricts a query to rows whose access column the viewer holds a key for. The prefix names the table, with its
// dot, when there are several.
func (v *Viewer) Holds(prefix string) dbx.Expression {
	held := make([]any, 0, len(v.known.levels))
	for _, k := range v.Keys() {
		held = append(held, k)
	}
	return dbx.In(prefix+"access", held...)
}

// HiddenOwn restricts a query to what the viewer wrote and a moderator hid, where they may still look.
func (v *Viewer) HiddenOwn(prefix string) dbx.Expression {
	var keys []any
	for space := range v.known.levels {
		if v.SignedIn() && v.In(space) >= Look {
			keys = append(keys, Access(space, "hidden"))
		}
	}
	return dbx.And(dbx.HashExp{prefix + "author": v.ID()}, dbx.In(prefix+"access", keys...))
}

// Where restricts a query to rows that the viewer holds a key for or, where they may look at all, has written.
func (v *Viewer) Where(prefix string) dbx.Expression {
	seen := v.Holds(prefix)
	if !v.SignedIn() {
		return seen
	}
	var spaces []any
	for space := range v.known.levels {
		if v.In(space) >= Look {
			spaces = append(spaces, space)
		}
	}
	own := dbx.And(dbx.HashExp{prefix + "author": v.ID()}, dbx.In(prefix+"space", spaces...))
	return dbx.Or(seen, own)
}

// MayPost says whether the viewer may open threads, post and adopt in a space.
func (v *Viewer) MayPost(space string) bool { return v.SignedIn() && v.In(space) >= Reader }

// MayWrite says whether the viewer may write documents in a space and publish them.
func (v *Viewer) MayWrite(space string) bool { return v.SignedIn() && v.In(space) >= Editor }

// MayReview says whether the viewer approves the work of others in a space.
func (v *Viewer) MayReview(space string) bool { return v.SignedIn() && v.In(space) >= Owner }

// MayEdit says whether the viewer may change a document: reviewers any, editors their own and their organisation's.
func (v *Viewer) MayEdit(space, author, organisation string) bool {
	if v.MayReview(space) {
		return true
	}
	own := author == v.ID() || (organisation != "" && organisation == v.Organisation())
	return v.MayWrite(space) && own
}

// Moderates says whether the viewer decides about what others wrote, anywhere.
func (v *Viewer) Moderates() bool {
	if v.Is(RoleModerator, RoleLead, RoleAdministrator) {
		return true
	}
	for _, right := range v.own {
		if right >= Owner {
			return true
		}
	}
	return false
}

// MayModerate says whether the viewer may hide and close what others posted in a space.
func (v *Viewer) MayModerate(space string) bool {
	return v.MayReview(space) || (v.Is(RoleModerator) && v.In(space) >= Look)
}

// MayManage says whether the viewer decides who belongs to a space and who sees it.
func (v *Viewer) MayManage(space string) bool {
	return v.MayReview(space) && (v.Is(RoleAdministrator) || v.own[space] >= Owner)
}

// MayOpenSpaces says whether the viewer may make new spaces.
func (v *Viewer) MayOpenSpaces() bool { return v.Is(RoleLead, RoleAdministrator) }
