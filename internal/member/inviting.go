package member

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// Inviting checks invitations on a person's behalf. What it needs to know is read once, for one address or for hundreds.
type Inviting struct {
	v             *Viewer
	organisations map[string]string   // ids by name, in lower case
	known         map[string]bool     // ids of organisations
	spaces        map[string]string   // ids by slug and by title, in lower case: those into which the person may invite
	people        map[string]string   // ids by address, of the addresses that were asked about
	in            map[string][]string // where they belong already
	suspended     map[string]bool
	invited       map[string]bool // addresses that have an invitation already
}

// NewInviting reads what is needed to check invitations to these addresses.
func NewInviting(app core.App, v *Viewer, addresses ...string) (*Inviting, error) {
	n := &Inviting{v: v, organisations: map[string]string{}, known: map[string]bool{}, spaces: map[string]string{}}
	names, err := Names(app, "organisations", "name")
	if err != nil {
		return nil, err
	}
	for id, name := range names {
		n.organisations[strings.ToLower(name)], n.known[id] = id, true
	}
	own, err := InvitingSpaces(app, v)
	if err != nil {
		return nil, err
	}
	for _, s := range own {
		n.spaces[strings.ToLower(s.Title())], n.spaces[s.Slug()] = s.Id, s.Id
	}
	return n, n.readPeople(app, addresses)
}

func (n *Inviting) readPeople(app core.App, addresses []string) error {
	n.people, n.in, n.suspended, n.invited = map[string]string{}, map[string][]string{}, map[string]bool{}, map[string]bool{}
	var asked []any
	for _, a := range addresses {
		if a, err := Address(a); err == nil {
			asked = append(asked, a)
		}
	}
	var users []struct {
		ID        string `db:"id"`
		Email     string `db:"address"`
		Suspended bool   `db:"suspended"`
	}
	if err := app.DB().Select("id", "LOWER([[email]]) AS address", "suspended").From("users").Where(dbx.In("LOWER([[email]])", asked...)).All(&users); err != nil {
		return err
	}
	var invited []string
	open := dbx.HashExp{"accepted": "", "revoked": ""}
	if err := app.DB().Select("email").From("invitations").Where(open).AndWhere(dbx.In("email", asked...)).Column(&invited); err != nil {
		return err
	}
	for _, address := range invited {
		n.invited[address] = true
	}
	var ids []any
	for _, u := range users {
		n.people[u.Email], n.suspended[u.ID] = u.ID, u.Suspended
		ids = append(ids, u.ID)
	}
	var memberships []struct {
		User  string `db:"user"`
		Space string `db:"space"`
	}
	err := app.DB().Select("user", "space").From("memberships").Where(dbx.In("user", ids...)).All(&memberships)
	for _, m := range memberships {
		n.in[m.User] = append(n.in[m.User], m.Space)
	}
	return err
}

// Check says what is wrong with an invitation: validation.Errors by field, nil when it may go out.
func (n *Inviting) Check(i Invite) error {
	faults := validation.Errors{}
	say := func(field, words string) { faults[field] = validation.NewError("invitation_"+field, words) }
	address, err := Address(i.Email)
	switch {
	case strings.TrimSpace(i.Email) == "":
		say("email", "There is no e-mail address.")
	case err != nil:
		say("email", "This is not an e-mail address that we can write to.")
	}
	if utf8.RuneCountInString(i.Name) > 120 {
		say("name", "The name is longer than 120 characters.")
	}
	if utf8.RuneCountInString(i.Words) > 1000 {
		say("words", "The message is longer than 1,000 characters.")
	}
	if i.Organisation != "" && !n.known[i.Organisation] {
		say("organisation", "There is no such organisation here.")
	}
	for _, s := range i.Spaces {
		if !n.v.MayInviteInto(s) {
			say("spaces", "You own no such space, so you cannot invite people into it.")
		}
	}
	switch {
	case !slices.Contains(Roles, i.Role):
		say("role", "There is no such role. The roles are "+strings.Join(Roles, ", ")+".")
	case i.Role != RoleMember && !n.v.Is(RoleAdministrator):
		say("role", "Only administrators invite people to be more than members.")
	case faults["spaces"] == nil && !n.v.MayInviteAs(i.Role, i.Spaces):
		say("spaces", "Choose a space of yours to invite people into.")
	}
	if fault := n.already(address, i); fault != "" && faults["email"] == nil {
		say("email", fault)
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// already says that there is nothing for an invitation to do, because the person is here.
func (n *Inviting) already(address string, i Invite) string {
	person := n.people[address]
	switch {
	case person == "":
		return ""
	case i.Role != RoleMember:
		return "Already a member. Change the role on their page instead."
	case n.suspended[person] && n.v.MayAdmit():
		return "Has an account that is suspended."
	case len(i.Spaces) == 0:
		return "Already a member."
	case !slices.ContainsFunc(i.Spaces, func(s string) bool { return !slices.Contains(n.in[person], s) }):
		return "Already a member, and in the space."
	}
	return ""
}

// CheckLines finds out what each line means and what is wrong with it. What a line does not say is taken from standard,
// and written into it.
func (n *Inviting) CheckLines(lines []Line, standard Line) {
	seen := map[string]bool{}
	for at := range lines {
		l := &lines[at]
		l.Role, l.Organisation, l.Spaces = or(l.Role, standard.Role), or(l.Organisation, standard.Organisation), or(l.Spaces, standard.Spaces)
		l.Faults, l.Note = nil, ""
		l.Invite = Invite{Email: l.Email, Name: l.Name, Role: roleNamed(l.Role)}
		if l.Organisation != "" {
			if l.Invite.Organisation = n.organisations[strings.ToLower(l.Organisation)]; l.Invite.Organisation == "" {
				l.Faults = append(l.Faults, "There is no organisation called “"+l.Organisation+"” here.")
			}
		}
		for _, name := range n.spaceNames(l.Spaces) {
			id := n.spaces[strings.ToLower(name)]
			if id == "" {
				l.Faults = append(l.Faults, "There is no space called “"+name+"” that you can invite people into.")
			} else if !slices.Contains(l.Invite.Spaces, id) {
				l.Invite.Spaces = append(l.Invite.Spaces, id)
			}
		}
		l.Faults = append(l.Faults, n.faultsOf(l)...)
		address, err := Address(l.Email)
		if err == nil && seen[address] {
			l.Faults = append(l.Faults, "This address stands in the list twice.")
		}
		seen[address] = true
		switch {
		case n.people[address] != "":
			l.Note = "Has an account: the invitation adds the space."
		case n.invited[address]:
			l.Note = "Is invited again: the link of the last invitation will not work any more."
		}
	}
}

func (n *Inviting) faultsOf(l *Line) (faults []string) {
	errs, _ := n.Check(l.Invite).(validation.Errors)
	for _, field := range []string{"email", "name", "role", "organisation", "spaces"} {
		if f := errs[field]; f != nil && (field != "spaces" || len(l.Faults) == 0) {
			faults = append(faults, f.Error())
		}
	}
	return faults
}

// spaceNames splits a cell into names: several may stand in it, and a name may have a comma in it.
func (n *Inviting) spaceNames(cell string) []string {
	if cell == "" || n.spaces[strings.ToLower(cell)] != "" {
		return strings.FieldsFunc(cell, func(r rune) bool { return r == '\n' })
	}
	var names []string
	for name := range strings.FieldsFuncSeq(cell, func(r rune) bool { return strings.ContainsRune(";|,/", r) }) {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// roleNamed is the role that somebody means, in the words that pages use too; what it does not know it gives back.
func roleNamed(s string) string {
	switch low := strings.ToLower(strings.TrimSpace(s)); low {
	case "":
		return RoleMember
	case "admin":
		return RoleAdministrator
	case "programme lead", "program lead":
		return RoleLead
	default:
		return low
	}
}

func or(s, standard string) string {
	if s != "" {
		return s
	}
	return standard
}
