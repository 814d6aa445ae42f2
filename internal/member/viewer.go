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
	user   *core.Record // nil: not signed in
	rights map[string]Right
	levels map[string]Level
	lib    string
}

// Guest is a viewer who is not signed in.
func Guest(app core.App) (*Viewer, error) { return For(app, nil) }

// For returns the viewer for a user, or for a guest when user is nil, suspended, gone or an operator's account.
func For(app core.App, user *core.Record) (*Viewer, error) {
	if user != nil && (user.Collection().Name != "users" || Barred(user)) {
		user = nil
	}
	known, err := rightsOf(app)
	if err != nil {
		return nil, err
	}
	v := &Viewer{user: user, rights: make(map[string]Right, len(known.levels)), levels: known.levels, lib: known.library}
	for id, level := range known.levels {
		v.rights[id] = v.byLevel(level)
	}
	if user == nil {
		return v, nil
	}
	for _, m := range known.members[user.Id] {
		v.rights[m.Space] = max(v.rights[m.Space], byRole(m.Role))
	}
	if v.Is(RoleLead) {
		v.rights[v.lib] = Owner
	}
	if v.Is(RoleAdministrator) {
		for id := range v.rights {
			v.rights[id] = Owner
		}
	}
	return v, nil
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
	return v.user != nil && slices.Contains(roles, v.user.GetString("role"))
}

// In is the viewer's right in a space.
func (v *Viewer) In(space string) Right { return v.rights[space] }

// Library is the id of the open library.
func (v *Viewer) Library() string { return v.lib }

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
	return slices.Contains(v.states(v.In(space)), state)
}

// states lists what a right lets one see.
func (v *Viewer) states(r Right) []string {
	switch {
	case r >= Owner:
		return []string{"published", "withdrawn", "draft", "in-review", "hidden"}
	case r >= Look && v.Is(RoleModerator):
		return []string{"published", "withdrawn", "hidden"}
	case r >= Look:
		return []string{"published", "withdrawn"}
	}
	return nil
}

// Keys lists every access key the viewer holds, sorted: the filter of a search.
func (v *Viewer) Keys() []string {
	keys := make([]string, 0, 2*len(v.rights))
	for space, right := range v.rights {
		for _, state := range v.states(right) {
			keys = append(keys, Access(space, state))
		}
	}
	slices.Sort(keys)
	return keys
}

// Holds restricts a query to rows whose access column the viewer holds a key for. The prefix names the table, with its
// dot, when there are several.
func (v *Viewer) Holds(prefix string) dbx.Expression {
	held := make([]any, 0, len(v.rights))
	for _, k := range v.Keys() {
		held = append(held, k)
	}
	return dbx.In(prefix+"access", held...)
}

// Where restricts a query to rows that the viewer holds a key for or, where they may look at all, has written.
func (v *Viewer) Where(prefix string) dbx.Expression {
	seen := v.Holds(prefix)
	if !v.SignedIn() {
		return seen
	}
	var spaces []any
	for space, right := range v.rights {
		if right >= Look {
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

// MayModerate says whether the viewer may hide and close what others posted in a space.
func (v *Viewer) MayModerate(space string) bool {
	return v.MayReview(space) || (v.Is(RoleModerator) && v.In(space) >= Look)
}
