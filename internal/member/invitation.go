package member

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Invitation lets one person in, once, with what stands in it and nothing else.
type Invitation struct{ core.BaseRecordProxy }

// How long the link of an invitation works: one that somebody sent, and one that a person asked for a minute ago.
const (
	InvitationLife = 28 * 24 * time.Hour
	confirmLife    = 3 * 24 * time.Hour
)

// States of an invitation.
const (
	InvitationOpen     = "open"
	InvitationAccepted = "accepted"
	InvitationRevoked  = "revoked"
	InvitationExpired  = "expired"
)

func (i *Invitation) Email() string        { return i.GetString("email") }
func (i *Invitation) Name() string         { return i.GetString("name") }
func (i *Invitation) Role() string         { return i.GetString("role") }
func (i *Invitation) Organisation() string { return i.GetString("organisation") }
func (i *Invitation) Spaces() []string     { return i.GetStringSlice("spaces") }
func (i *Invitation) InvitedBy() string    { return i.GetString("invited_by") }
func (i *Invitation) Words() string        { return i.GetString("words") }
func (i *Invitation) Domain() string       { return i.GetString("domain") }
func (i *Invitation) Expires() time.Time   { return i.GetDateTime("expires").Time() }
func (i *Invitation) Sent() time.Time      { return i.GetDateTime("sent").Time() }

// Key is a mail's for this link: each link is sent once.
func (i *Invitation) Key() string { return "invitation:" + i.Id + ":" + i.GetString("hash")[:12] }

// State says whether the link still works.
func (i *Invitation) State() string {
	switch {
	case !i.GetDateTime("accepted").IsZero():
		return InvitationAccepted
	case !i.GetDateTime("revoked").IsZero():
		return InvitationRevoked
	case !i.Expires().After(time.Now()):
		return InvitationExpired
	}
	return InvitationOpen
}

// Invite is whom somebody invites, to what.
type Invite struct {
	Email, Name, Role string
	Organisation      string   // its id
	Spaces            []string // their ids
	Words             string   // to the person, in the mail
}

// InvitingSpaces lists the spaces into which the viewer may invite people.
func InvitingSpaces(app core.App, v *Viewer) ([]*Space, error) {
	listed, err := ListedSpaces(app, v)
	return slices.DeleteFunc(listed, func(s *Space) bool { return !v.MayInviteInto(s.Id) }), err
}

// MayInvite says whether the viewer may invite anybody.
func MayInvite(app core.App, v *Viewer) (bool, error) {
	if v.Is(RoleAdministrator, RoleLead) || !v.SignedIn() {
		return v.SignedIn(), nil
	}
	own, err := InvitingSpaces(app, v)
	return len(own) > 0, err
}

// MayInviteInto says whether the viewer may invite people into a space: its owners may.
func (v *Viewer) MayInviteInto(space string) bool { return v.SignedIn() && v.In(space) >= Owner }

// MayInviteAs says whether the viewer may invite somebody with a role in the hub. Without a space that takes a lead.
func (v *Viewer) MayInviteAs(role string, spaces []string) bool {
	switch {
	case slices.ContainsFunc(spaces, func(s string) bool { return !v.MayInviteInto(s) }):
		return false
	case v.Is(RoleAdministrator):
		return true
	case role != RoleMember:
		return false
	}
	return v.Is(RoleLead) || len(spaces) > 0
}

// MayAdmit says whether the viewer decides who may join that asked.
func (v *Viewer) MayAdmit() bool { return v.Is(RoleModerator, RoleAdministrator) }

// MaySeeInvitation says whether the viewer may see an invitation and take it back: administrators, and who sent it.
func (v *Viewer) MaySeeInvitation(i *Invitation) bool {
	return v.Is(RoleAdministrator) || v.SignedIn() && v.ID() == i.InvitedBy()
}

// Write makes an invitation in place of any that is open for the same address, and returns the token of its link, which
// nobody can read afterwards. By is who invites, or the name of a command. Whether they may is for Check to say.
func (n Invite) Write(app core.App, by string) (i *Invitation, token string, err error) {
	return n.write(app, by, "", InvitationLife)
}

func (n Invite) write(app core.App, by, domain string, life time.Duration) (i *Invitation, token string, err error) {
	address, err := Address(n.Email)
	if err != nil {
		return nil, "", err
	}
	err = app.RunInTransaction(func(tx core.App) error {
		before, err := openInvitation(tx, address)
		if err != nil {
			return err
		}
		if before != nil {
			if err := before.Revoke(tx, by); err != nil {
				return err
			}
		}
		c, err := tx.FindCachedCollectionByNameOrId("invitations")
		if err != nil {
			return err
		}
		i = &Invitation{}
		i.SetProxyRecord(core.NewRecord(c))
		i.Load(map[string]any{
			"email": address, "name": strings.TrimSpace(n.Name), "role": n.Role, "organisation": n.Organisation, "spaces": n.Spaces,
			"words": strings.TrimSpace(n.Words), "domain": domain,
		})
		if u, err := tx.FindRecordById("users", by); err == nil {
			i.Set("invited_by", u.Id)
		}
		token, err = i.renew(tx, by, life)
		return err
	})
	return i, token, err
}

// JustSent says whether the same person sent the same invitation a few minutes ago, as when a form is sent twice.
func (n Invite) JustSent(app core.App, by string) (bool, error) {
	address, err := Address(n.Email)
	if err != nil {
		return false, err
	}
	i, err := openInvitation(app, address)
	if err != nil || i == nil {
		return false, err
	}
	same := i.InvitedBy() == by && i.Role() == n.Role && i.Organisation() == n.Organisation && slices.Equal(i.Spaces(), n.Spaces) &&
		i.Name() == strings.TrimSpace(n.Name) && i.Words() == strings.TrimSpace(n.Words)
	return same && time.Since(i.Sent()) < pause, nil
}

// renew gives the invitation a new link, and the old one is dead.
func (i *Invitation) renew(app core.App, by string, life time.Duration) (token string, err error) {
	token = newToken()
	i.Set("hash", hashOf(token))
	i.Set("expires", time.Now().Add(life))
	i.Set("sent", types.NowDateTime())
	return token, saveBy(app, i.Record, by)
}

// Renew gives an invitation that is open or has run out a new link for as long as the first; the old link is dead.
func (i *Invitation) Renew(app core.App, by string) (token string, err error) {
	if s := i.State(); s != InvitationOpen && s != InvitationExpired {
		return "", ErrNotOpen
	}
	return i.renew(app, by, InvitationLife)
}

// Revoke ends an invitation that nobody accepted.
func (i *Invitation) Revoke(app core.App, by string) error {
	if i.State() == InvitationAccepted {
		return ErrNotOpen
	}
	i.Set("revoked", types.NowDateTime())
	return saveBy(app, i.Record, by)
}

// InvitationOf finds the invitation that a link's token belongs to; the error is sql.ErrNoRows when there is none.
func InvitationOf(app core.App, token string) (*Invitation, error) {
	r, err := app.FindFirstRecordByData("invitations", "hash", hashOf(token))
	return asInvitation(r), err
}

// InvitationByID finds an invitation; the error is sql.ErrNoRows when there is none.
func InvitationByID(app core.App, id string) (*Invitation, error) {
	r, err := app.FindRecordById("invitations", id)
	return asInvitation(r), err
}

func asInvitation(r *core.Record) *Invitation {
	if r == nil {
		return nil
	}
	i := &Invitation{}
	i.SetProxyRecord(r)
	return i
}

// openInvitation finds the one invitation of an address that is neither accepted nor revoked, nil when there is none.
func openInvitation(app core.App, address string) (*Invitation, error) {
	i := &Invitation{}
	err := app.RecordQuery("invitations").AndWhere(dbx.HashExp{"email": address, "accepted": "", "revoked": ""}).Limit(1).One(i)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return i, err
}

// Invitations lists what the viewer may see of them, the newest first: open ones before the others.
func Invitations(app core.App, v *Viewer, limit int) ([]*Invitation, error) {
	q := app.RecordQuery("invitations").OrderBy("([[accepted]] = '' AND [[revoked]] = '') DESC", "sent DESC", "email").Limit(int64(limit))
	if !v.Is(RoleAdministrator) {
		q.AndWhere(dbx.HashExp{"invited_by": v.ID()}).AndWhere(dbx.NewExp("[[invited_by]] != ''"))
	}
	var all []*Invitation
	err := q.All(&all)
	return all, err
}

// pause is how long a person who asks for a link has to wait for another: a mailbox is not filled by others.
const pause = 10 * time.Minute

// ByDomain makes the link that an address at an approved domain asked for. What an inviter sent before stays as it is and
// gets a new link. Nothing, and no error, when a link was sent a few minutes ago.
func ByDomain(app core.App, address string, d *ApprovedDomain) (i *Invitation, token string, err error) {
	err = app.RunInTransaction(func(tx core.App) error {
		before, err := openInvitation(tx, address)
		switch {
		case err != nil:
			return err
		case before != nil && time.Since(before.Sent()) < pause:
			return nil
		case before != nil && before.Domain() == "" && before.State() == InvitationOpen:
			i = before
			token, err = before.renew(tx, "", time.Until(before.Expires()))
			return err
		}
		i, token, err = Invite{Email: address, Role: RoleMember, Organisation: d.Organisation()}.write(tx, "", d.Domain(), confirmLife)
		return err
	})
	return i, token, err
}

// Errors of those who follow a link.
var (
	ErrNotOpen    = errors.New("the invitation does not work any more")
	ErrHasAccount = errors.New("there is an account with this address")
	ErrNotYours   = errors.New("the invitation is for another address")
)

// Joining is what a person says who accepts an invitation. Everything else stands in the invitation.
type Joining struct{ Name, Password, Terms string }

// Join makes the account of whoever holds the link's token.
func Join(app core.App, token string, j Joining) (user *core.Record, err error) {
	err = once(app, token, func(tx core.App, i *Invitation) (*core.Record, error) {
		if known, err := UserByAddress(tx, i.Email()); err != nil || known != nil {
			return nil, errors.Join(err, ErrHasAccount)
		}
		user, err = i.newUser(tx, j)
		return user, err
	})
	return user, err
}

// JoinAs adds the spaces of an invitation to the account that is signed in, which must have its address. Role and
// organisation stay what they are.
func JoinAs(app core.App, token string, user *core.Record) error {
	return once(app, token, func(_ core.App, i *Invitation) (*core.Record, error) {
		if !strings.EqualFold(user.Email(), i.Email()) {
			return nil, ErrNotYours
		}
		return user, nil
	})
}

// once uses an invitation up, for the person that who returns. A link that works twice would let somebody else in.
func once(app core.App, token string, who func(tx core.App, i *Invitation) (*core.Record, error)) error {
	return app.RunInTransaction(func(tx core.App) error {
		i, err := InvitationOf(tx, token)
		if err != nil {
			return err
		}
		if stands, err := i.Stands(tx); err != nil || !stands {
			return errors.Join(err, ErrNotOpen)
		}
		user, err := who(tx, i)
		if err != nil {
			return err
		}
		i.Set("accepted", types.NowDateTime())
		i.Set("person", user.Id)
		if err := saveBy(tx, i.Record, user.Id); err != nil {
			return err
		}
		return i.enter(tx, user)
	})
}

// Stands says whether the link works at this moment: that of a domain ends with its approval.
func (i *Invitation) Stands(app core.App) (bool, error) {
	if i.State() != InvitationOpen {
		return false, nil
	}
	if i.Domain() == "" {
		return true, nil
	}
	d, err := ApprovedDomainOf(app, i.Email())
	return d != nil && d.Domain() == i.Domain(), err
}

func (i *Invitation) newUser(tx core.App, j Joining) (*core.Record, error) {
	c, err := tx.FindCachedCollectionByNameOrId("users")
	if err != nil {
		return nil, err
	}
	u := core.NewRecord(c)
	u.Id = core.GenerateDefaultRandomId() // so that the journal can name who did this
	u.Load(map[string]any{"name": strings.TrimSpace(j.Name), "role": i.Role(), "organisation": i.Organisation(), "terms": j.Terms})
	u.SetEmail(i.Email())
	u.SetVerified(true) // nobody else could read the link
	u.SetPassword(j.Password)
	return u, saveBy(tx, u, u.Id)
}

// enter makes the person a reader of the invitation's spaces, where they are not more than that already.
func (i *Invitation) enter(tx core.App, user *core.Record) error {
	c, err := tx.FindCachedCollectionByNameOrId("memberships")
	if err != nil {
		return err
	}
	for _, space := range i.Spaces() {
		in, err := tx.FindAllRecords("memberships", dbx.HashExp{"user": user.Id, "space": space})
		if err != nil {
			return err
		}
		if len(in) > 0 {
			continue
		}
		m := core.NewRecord(c)
		m.Load(map[string]any{"user": user.Id, "space": space, "role": "reader"})
		if err := saveBy(tx, m, user.Id); err != nil {
			return err
		}
	}
	return nil
}

// UserByAddress finds whose account has an address, however it is spelt; nil when there is none.
func UserByAddress(app core.App, address string) (*core.Record, error) {
	u := &core.Record{}
	err := app.RecordQuery("users").AndWhere(dbx.NewExp("[[email]] = {:address} COLLATE NOCASE", dbx.Params{"address": address})).Limit(1).One(u)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return u, err
}

// bindInvitations keeps addresses in one form, leaves what is over as it is, and ends what a suspended person sent.
func bindInvitations(app core.App) {
	app.OnRecordValidate("invitations").BindFunc(func(e *core.RecordEvent) error {
		address, err := Address(e.Record.GetString("email"))
		if err != nil {
			return validation.Errors{"email": validation.NewError("bad_address", "Give an e-mail address, such as name@example.org.")}
		}
		e.Record.Set("email", address)
		was, err := e.App.FindRecordById("invitations", e.Record.Id)
		if err == nil && (!was.GetDateTime("accepted").IsZero() || !was.GetDateTime("revoked").IsZero()) {
			for _, field := range []string{"hash", "email", "role", "organisation", "spaces", "expires", "accepted", "revoked"} {
				if fmt.Sprint(was.Get(field)) != fmt.Sprint(e.Record.Get(field)) {
					return validation.Errors{field: validation.NewError("invitation_over", "The invitation is over, and stays as it is.")}
				}
			}
		}
		return e.Next()
	})
	app.OnRecordUpdate("users").BindFunc(func(e *core.RecordEvent) error {
		suspendedNow := e.Record.GetBool("suspended") && !e.Record.Original().GetBool("suspended")
		if err := e.Next(); err != nil || !suspendedNow {
			return err
		}
		open, err := e.App.FindAllRecords("invitations", dbx.HashExp{"invited_by": e.Record.Id, "accepted": "", "revoked": ""})
		for _, r := range open {
			if err = asInvitation(r).Revoke(e.App, journal.Actor(e.Record)); err != nil {
				return err
			}
		}
		return err
	})
}
