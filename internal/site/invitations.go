package site

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/pocketbase/core"
)

// invitationRow is one invitation in the list.
type invitationRow struct {
	ID, Email, Name, Role, Organisation, By, State string
	Spaces                                         []string
	Sent, Expires                                  time.Time
	Again, Revocable                               bool
}

type invitationsView struct {
	Rows   []invitationRow
	Notice string
	All    bool // an administrator sees everybody's
	Most   int  // how many are shown at most
}

// shownInvitations is how many invitations the list shows; those that are open come first.
const shownInvitations = 600

var stateWords = map[string]string{
	member.InvitationOpen: "Open", member.InvitationAccepted: "Accepted", member.InvitationRevoked: "Revoked", member.InvitationExpired: "Run out",
}

// managing is the page of something that people look after: administrators have a page above it.
func managing(e *core.RequestEvent, title string, crumbs ...Link) Page {
	if viewer(e).Is(member.RoleAdministrator) {
		crumbs = append(manageCrumbs[:len(manageCrumbs):len(manageCrumbs)], crumbs...)
	}
	return Page{Title: title, Crumbs: crumbs, NoIndex: true}
}

// inviters lets in who may invite somebody; for others these pages are not there.
func (s *Site) inviters(e *core.RequestEvent) error {
	may, err := member.MayInvite(s.app, viewer(e))
	if err != nil {
		return err
	}
	if !may {
		return notFound(e)
	}
	return e.Next()
}

func (s *Site) invitations(e *core.RequestEvent) error {
	all, err := member.Invitations(s.app, viewer(e), shownInvitations)
	if err != nil {
		return err
	}
	v := invitationsView{All: viewer(e).Is(member.RoleAdministrator), Notice: invitationNotice(e)}
	if len(all) == shownInvitations {
		v.Most = shownInvitations
	}
	names, err := s.namesFor("organisations name", "users name", "spaces title")
	if err != nil {
		return err
	}
	for _, i := range all {
		state := i.State()
		row := invitationRow{
			ID: i.Id, Email: i.Email(), Name: i.Name(), Role: roleWords[i.Role()], Organisation: names["organisations"][i.Organisation()],
			By: names["users"][i.InvitedBy()], State: stateWords[state], Sent: i.Sent(), Expires: i.Expires(),
			Again: state == member.InvitationOpen || state == member.InvitationExpired, Revocable: state == member.InvitationOpen,
		}
		if i.Domain() != "" {
			row.By = "Asked, by " + i.Domain()
		}
		for _, id := range i.Spaces() {
			row.Spaces = append(row.Spaces, names["spaces"][id])
		}
		v.Rows = append(v.Rows, row)
	}
	return render(s, e, http.StatusOK, "invitations", managing(e, "Invitations"), v)
}

func invitationNotice(e *core.RequestEvent) string {
	q := e.Request.URL.Query()
	if n, err := strconv.Atoi(q.Get("sent")); err == nil && n > 0 && n <= member.MostInvited {
		return counted(n, "invitation is", "invitations are") + " on the way."
	}
	switch {
	case q.Has("resent"):
		return "A new invitation is on the way. The link in the one before does not work any more."
	case q.Has("revoked"):
		return "The invitation is revoked. Its link does not work any more."
	}
	return ""
}

// namesFor reads names by id, for each "collection column".
func (s *Site) namesFor(of ...string) (map[string]map[string]string, error) {
	names := map[string]map[string]string{}
	for _, pair := range of {
		collection, column, _ := strings.Cut(pair, " ")
		found, err := s.names(collection, column)
		if err != nil {
			return nil, err
		}
		names[collection] = found
	}
	return names, nil
}

// openInvitation finds the invitation of the address, if the viewer may do something about it.
func (s *Site) openInvitation(e *core.RequestEvent) (*member.Invitation, error) {
	i, err := member.InvitationByID(s.app, e.Request.PathValue("id"))
	if err != nil || !viewer(e).MaySeeInvitation(i) {
		return nil, notFound(e)
	}
	return i, nil
}

func (s *Site) invitationResend(e *core.RequestEvent) error {
	i, err := s.openInvitation(e)
	if err != nil {
		return err
	}
	if !viewer(e).MayInviteAs(i.Role(), i.Spaces()) {
		return e.ForbiddenError("You may not invite people like this any more.", nil)
	}
	err = s.app.RunInTransaction(func(tx core.App) error {
		token, err := i.Renew(tx, viewer(e).ID())
		if err != nil {
			return err
		}
		return s.mailInvitation(tx, i, viewer(e).Name(), token)
	})
	if errors.Is(err, member.ErrNotOpen) {
		return e.BadRequestError("This invitation is over: it was accepted or revoked. Write a new one.", err)
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/invitations?resent")
}

func (s *Site) invitationRevoke(e *core.RequestEvent) error {
	i, err := s.openInvitation(e)
	if err != nil {
		return err
	}
	if err := i.Revoke(s.app, viewer(e).ID()); errors.Is(err, member.ErrNotOpen) {
		return e.BadRequestError("This invitation was accepted, so it cannot be revoked. The person’s own page is under People.", err)
	} else if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/invitations?revoked")
}

// InvitationLink is where somebody accepts an invitation.
func InvitationLink(base, token string) string { return base + "/join/" + token }

// InvitationMail is the mail in which somebody is invited; by is the name of who does.
func InvitationMail(i *member.Invitation, by, link string) notify.Mail {
	return notify.Mail{
		Key: i.Key(), To: i.Email(), Kind: "invitation", Expires: i.Expires(),
		Data: map[string]any{"Name": i.Name(), "By": by, "URL": link, "Until": i.Expires().In(london), "Words": i.Words()},
	}
}

// mailInvitation sends an invitation with its link, in the transaction that made them.
func (s *Site) mailInvitation(tx core.App, i *member.Invitation, by, token string) error {
	return s.o.Mail.Put(tx, InvitationMail(i, by, InvitationLink(s.o.Mail.Base(), token)))
}
