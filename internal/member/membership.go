package member

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// SpaceRoles are the roles in a space, the least first, with what each may do.
var SpaceRoles = []struct{ Role, Word, May string }{
	{"reader", "Reader", "Reads and posts."},
	{"editor", "Editor", "Also writes documents and publishes them."},
	{"owner", "Owner", "Also approves the work of others and manages the space."},
}

// roleOf is the role in a space that gives a right, "" for none.
func roleOf(r Right) string {
	if r < Reader {
		return ""
	}
	return SpaceRoles[r-Reader].Role
}

// Belonging is somebody who belongs to a space, or may see into it, as lists show them.
type Belonging struct {
	User, Name, RoleTitle, Organisation string
	Role                                string // in the space, "" for none
	HubRole                             string

	record *core.Record
}

// Word is the role in the space as a page says it.
func (b Belonging) Word() string {
	for _, r := range SpaceRoles {
		if r.Role == b.Role {
			return r.Word
		}
	}
	return ""
}

// Mailbox is where mail to the person goes.
func (b Belonging) Mailbox() string { return b.record.Email() }

// belongings lists active people that match, by name, with their role in the space.
func belongings(app core.App, space string, where dbx.Expression) ([]Belonging, error) {
	known, err := rightsOf(app)
	if err != nil {
		return nil, err
	}
	organisations, err := Names(app, "organisations", "name")
	if err != nil {
		return nil, err
	}
	var users []*core.Record
	err = app.RecordQuery("users").AndWhere(where).AndWhere(dbx.HashExp{"suspended": false, "left": ""}).
		OrderBy("[[name]] COLLATE NOCASE", "id").All(&users)
	list := make([]Belonging, len(users))
	for i, u := range users {
		list[i] = Belonging{
			User: u.Id, Name: u.GetString("name"), RoleTitle: u.GetString("role_title"), Organisation: organisations[u.GetString("organisation")],
			Role: roleOf(known.members[u.Id][space]), HubRole: u.GetString("role"), record: u,
		}
	}
	return list, err
}

func belongsTo(space string) dbx.Expression {
	return dbx.NewExp("[[users.id]] IN (SELECT [[user]] FROM {{memberships}} WHERE [[space]] = {:space})", dbx.Params{"space": space})
}

// Members lists who belongs to a space, by name. People whose account is not in use see nothing and are left out.
func Members(app core.App, space string) ([]Belonging, error) {
	return belongings(app, space, belongsTo(space))
}

// Rolls says of every space how many belong to it and who its owners are, by the space's id. People whose account is not
// in use are left out.
func Rolls(app core.App) (members map[string]int, owners map[string][]Belonging, err error) {
	known, err := rightsOf(app)
	if err != nil {
		return nil, nil, err
	}
	out, err := barred(app)
	if err != nil {
		return nil, nil, err
	}
	members, owners = map[string]int{}, map[string][]Belonging{}
	who := map[string]bool{}
	for user, rights := range known.members {
		for space, right := range rights {
			if out[user] || right < Reader {
				continue
			}
			members[space]++
			if right == Owner {
				owners[space] = append(owners[space], Belonging{User: user, Role: "owner"})
				who[user] = true
			}
		}
	}
	names, err := NamesOf(app, "users", "name", who)
	for _, list := range owners {
		for i := range list {
			list[i].Name = names[list[i].User]
		}
		slices.SortFunc(list, func(a, b Belonging) int { return strings.Compare(a.Name+a.User, b.Name+b.User) })
	}
	return members, owners, err
}

// barred are the ids of everybody whose account is not in use.
func barred(app core.App) (map[string]bool, error) {
	var ids []string
	err := app.DB().Select("id").From("users").Where(dbx.Or(dbx.HashExp{"suspended": true}, dbx.Not(dbx.HashExp{"left": ""}))).Column(&ids)
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}

// Managers lists who decides about a space: its owners or, when it has none, the administrators.
func Managers(app core.App, space string) ([]Belonging, error) {
	owners, err := belongings(app, space, dbx.NewExp(
		"[[users.id]] IN (SELECT [[user]] FROM {{memberships}} WHERE [[space]] = {:space} AND [[role]] = 'owner')", dbx.Params{"space": space}))
	if err != nil || len(owners) > 0 {
		return owners, err
	}
	return belongings(app, space, dbx.HashExp{"users.role": RoleAdministrator})
}

// membershipOf is the record that says how somebody belongs to a space, nil when they do not.
func membershipOf(app core.App, space, user string) (*core.Record, error) {
	r := &core.Record{}
	err := app.RecordQuery("memberships").AndWhere(dbx.HashExp{"space": space, "user": user}).Limit(1).One(r)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return r, err
}

// Admit makes somebody a member of a space, or gives them another role there, in the name of by.
func Admit(app core.App, space, user, role, by string) error {
	r, err := membershipOf(app, space, user)
	if err != nil {
		return err
	}
	if r == nil {
		c, err := app.FindCachedCollectionByNameOrId("memberships")
		if err != nil {
			return err
		}
		r = core.NewRecord(c)
		r.Set("space", space)
		r.Set("user", user)
	}
	if r.GetString("role") == role {
		return nil
	}
	if byRole(role) == None {
		return validation.Errors{"role": validation.NewError("unknown_role", "Choose a role.")}
	}
	r.Set("role", role)
	return saveBy(app, r, by)
}

// ByAddress finds somebody whose account is in use by the exact address of their mail, however it is written in capitals;
// the error is sql.ErrNoRows when there is nobody.
func ByAddress(app core.App, address string) (*core.Record, error) {
	u := &core.Record{}
	err := app.RecordQuery("users").AndWhere(dbx.NewExp("LOWER([[email]]) = {:email}", dbx.Params{"email": strings.ToLower(strings.TrimSpace(address))})).
		AndWhere(dbx.HashExp{"suspended": false, "left": ""}).Limit(1).One(u)
	return u, err
}

// Regrade gives a member another role; who is not a member stays out.
func Regrade(app core.App, space, user, role, by string) error {
	r, err := membershipOf(app, space, user)
	if r == nil || err != nil {
		return err
	}
	return Admit(app, space, user, role, by)
}

// Dismiss takes somebody out of a space; who is not in it already is out.
func Dismiss(app core.App, space, user, by string) error {
	r, err := membershipOf(app, space, user)
	if r == nil || err != nil {
		return err
	}
	return deleteBy(app, r, by)
}

// bindMemberships keeps an owner in every space that has one, and refuses to move a membership to somebody else.
func bindMemberships(app core.App) {
	app.OnRecordUpdate("memberships").BindFunc(func(e *core.RecordEvent) error {
		was, is := e.Record.Original(), e.Record
		if was.GetString("user") != is.GetString("user") || was.GetString("space") != is.GetString("space") {
			return validation.Errors{"user": validation.NewError("membership_moves", "A membership stays with its person and its space. Make another one.")}
		}
		if is.GetString("role") != "owner" {
			if err := keepOwner(e.App, was); err != nil {
				return err
			}
		}
		return e.Next()
	})
	app.OnRecordDelete("memberships").BindFunc(func(e *core.RecordEvent) error {
		if err := keepOwner(e.App, e.Record.Original()); err != nil {
			return err
		}
		return e.Next()
	})
}

// errLastOwner says why the last owner stays.
var errLastOwner = validation.Errors{"role": validation.NewError("last_owner", "This is the only owner. Make somebody else an owner first.")}

// keepOwner refuses to take the last owner from a space. Whoever leaves the hub or is suspended may go all the same, and
// so may everybody when the space itself goes.
func keepOwner(app core.App, m *core.Record) error {
	if m.GetString("role") != "owner" {
		return nil
	}
	user, err := app.FindRecordById("users", m.GetString("user"))
	if err != nil || !active(user) {
		return nil
	}
	if _, err := app.FindRecordById("spaces", m.GetString("space")); err != nil {
		return nil
	}
	var others int
	err = app.DB().Select("COUNT(*)").From("memberships").
		InnerJoin("users", dbx.NewExp("{{users}}.[[id]] = {{memberships}}.[[user]]")).
		Where(dbx.HashExp{"memberships.space": m.GetString("space"), "memberships.role": "owner", "users.suspended": false, "users.left": ""}).
		AndWhere(dbx.NewExp("{{memberships}}.[[id]] != {:id}", dbx.Params{"id": m.Id})).Row(&others)
	if err != nil {
		return fmt.Errorf("owners: %w", err)
	}
	if others == 0 {
		return errLastOwner
	}
	return nil
}
