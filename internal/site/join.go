package site

import (
	"database/sql"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/pocketbase/core"
)

// joinView is the page of somebody without an invitation.
type joinView struct {
	Hub               string
	ByDomain          bool
	ByAsking          bool
	Done              bool
	Email             string // to confirm
	Ask               member.Asking
	Errors, AskErrors fieldErrors
}

func (s *Site) joinForm(e *core.RequestEvent) error {
	if viewer(e).SignedIn() {
		return e.Redirect(http.StatusSeeOther, "/me")
	}
	return s.showJoin(e, http.StatusOK, joinView{Done: e.Request.URL.Query().Has("done")})
}

func (s *Site) showJoin(e *core.RequestEvent, status int, v joinView) error {
	settings, err := member.SettingsOf(s.app)
	if err != nil {
		return err
	}
	v.Hub, v.ByDomain, v.ByAsking = settings[member.HubName], settings.On(member.JoinByDomain), settings.On(member.JoinByAsking)
	return render(s, e, status, "join", Page{Title: s.say("join"), NoIndex: true}, v)
}

// joinAsk takes both forms. What it answers is the same whether or not somebody has an account: that is told to the
// mailbox only.
func (s *Site) joinAsk(e *core.RequestEvent) error {
	settings, err := member.SettingsOf(s.app)
	if err != nil {
		return err
	}
	form := e.Request.FormValue
	switch {
	case form("do") == "confirm" && settings.On(member.JoinByDomain):
		return s.joinByDomain(e, form("email"))
	case form("do") == "ask" && settings.On(member.JoinByAsking):
		return s.joinByAsking(e, member.Asking{
			Email: form("ask-email"), Name: form("name"), RoleTitle: form("role_title"), Organisation: form("organisation"), Why: form("why"),
		})
	}
	return e.ForbiddenError(s.say("join-invited"), nil)
}

func (s *Site) joinByDomain(e *core.RequestEvent, typed string) error {
	again := func(words string) error {
		return s.showJoin(e, http.StatusUnprocessableEntity, joinView{Email: typed, Errors: fieldErrors{{"email", words}}})
	}
	address, err := member.Address(typed)
	if err != nil {
		return again("Give your e-mail address, such as name@example.org.")
	}
	d, err := member.ApprovedDomainOf(s.app, address)
	if err != nil {
		return err
	}
	if d == nil {
		return again("Nobody joins at once from " + member.DomainOf(address) + ". Ask to join instead, or use your address at work.")
	}
	err = s.app.RunInTransaction(func(tx core.App) error {
		known, err := s.tellOwner(tx, address)
		if err != nil || known {
			return err
		}
		i, token, err := member.ByDomain(tx, address, d)
		if err != nil || i == nil {
			return err
		}
		organisations, err := member.Names(tx, "organisations", "name")
		if err != nil {
			return err
		}
		m := InvitationMail(i, "", InvitationLink(s.o.Mail.Base(), token))
		m.Kind, m.Data["Organisation"] = "join-confirm", organisations[i.Organisation()]
		return s.o.Mail.Put(tx, m)
	})
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/join?done")
}

func (s *Site) joinByAsking(e *core.RequestEvent, ask member.Asking) error {
	if faults := faultsOf(ask.Check()); faults != nil {
		for i := range faults {
			if faults[i].Field == "email" { // which the other form has
				faults[i].Field = "ask-email"
			}
		}
		return s.showJoin(e, http.StatusUnprocessableEntity, joinView{Ask: ask, AskErrors: faults})
	}
	err := s.app.RunInTransaction(func(tx core.App) error {
		address, err := member.Address(ask.Email)
		if err != nil {
			return err
		}
		known, err := s.tellOwner(tx, address)
		if err != nil || known {
			return err
		}
		return ask.Ask(tx)
	})
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/join?done")
}

// tellOwner writes to whoever has an account with this address that somebody asked to join with it, at most once a day.
func (s *Site) tellOwner(tx core.App, address string) (known bool, err error) {
	u, err := member.UserByAddress(tx, address)
	if err != nil || u == nil {
		return false, err
	}
	if member.Barred(u) {
		return true, nil
	}
	return true, s.o.Mail.Put(tx, notify.Mail{
		Key: "join-known:" + u.Id + ":" + time.Now().UTC().Format(time.DateOnly), To: u.Email(), Person: u.Id, Kind: "join-known",
		Data: map[string]any{"URL": s.o.Mail.Base() + "/sign-in"},
	})
}

// Who stands before an invitation.
const (
	newcomer  = "newcomer"  // has no account yet
	guestHere = "guest"     // has an account, and is not signed in
	owner     = "owner"     // is signed in with the address of the invitation
	other     = "other"     // is signed in with another
	nobodys   = "not there" // the link is unknown
)

// invitationView is the page that the link of an invitation leads to.
type invitationView struct {
	Over string // why the link does not work: a state, or not there
	Who  string
	Hub  string

	By, Role, Organisation string
	Spaces                 []string
	Email, Name, Me        string
	Until                  time.Time
	Here, SignIn           string
	Terms                  template.HTML
	Agreed                 bool
	Errors                 fieldErrors
}

// before is the invitation of the address and what its page says, before anything is typed.
func (s *Site) before(e *core.RequestEvent) (v invitationView, err error) {
	token := e.Request.PathValue("token")
	settings, err := member.SettingsOf(s.app)
	if err != nil {
		return v, err
	}
	v.Hub, v.Here = settings[member.HubName], "/join/"+url.PathEscape(token)
	i, err := member.InvitationOf(s.app, token)
	if errors.Is(err, sql.ErrNoRows) {
		v.Over = nobodys
		return v, nil
	}
	if err != nil {
		return v, err
	}
	stands, err := i.Stands(s.app)
	if err != nil {
		return v, err
	}
	if !stands {
		if v.Over = i.State(); v.Over == member.InvitationOpen { // its domain is not approved any more
			v.Over = member.InvitationRevoked
		}
		return v, nil
	}
	names, err := s.namesFor("organisations name", "users name", "spaces title")
	if err != nil {
		return v, err
	}
	v.Email, v.Name, v.Until, v.Role = i.Email(), i.Name(), i.Expires(), roleWords[i.Role()]
	v.By, v.Organisation, v.SignIn = names["users"][i.InvitedBy()], names["organisations"][i.Organisation()], signInAddress(v.Here)
	for _, id := range i.Spaces() {
		v.Spaces = append(v.Spaces, names["spaces"][id])
	}
	account, err := member.UserByAddress(s.app, i.Email())
	if err != nil {
		return v, err
	}
	me := viewer(e).User()
	switch {
	case me != nil && account != nil && me.Id == account.Id:
		v.Who = owner
	case me != nil:
		v.Who, v.Me = other, me.Email()
	case account != nil:
		v.Who = guestHere
	default:
		v.Who = newcomer
		v.Terms, err = s.terms()
	}
	return v, err
}

// terms are what members agree to: the page of that name.
func (s *Site) terms() (template.HTML, error) {
	d, err := library.Find(s.app, library.SitePage, "", "terms")
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	r, err := d.Rendered()
	if err != nil {
		return "", err
	}
	return s.body(r.Body, nil, d.Address())
}

func (s *Site) showInvitation(e *core.RequestEvent, status int, v invitationView) error {
	title := s.say("title-invitation")
	switch v.Over {
	case "":
	case nobodys:
		status, title = http.StatusNotFound, s.say("invitation-wrong")
	default:
		status, title = http.StatusGone, s.say("invitation-over")
	}
	return render(s, e, status, "invitation", Page{Title: title, NoIndex: true}, v)
}

func (s *Site) invitation(e *core.RequestEvent) error {
	v, err := s.before(e)
	if err != nil {
		return err
	}
	return s.showInvitation(e, http.StatusOK, v)
}

// invitationAccept takes from the form a name, a password and a yes. Everything else stands in the invitation.
func (s *Site) invitationAccept(e *core.RequestEvent) error {
	v, err := s.before(e)
	if err != nil {
		return err
	}
	switch {
	case v.Over != "":
		return s.showInvitation(e, http.StatusGone, v)
	case v.Who == owner:
		return s.joined(e, v, member.JoinAs(s.app, e.Request.PathValue("token"), viewer(e).User()), "/spaces")
	case v.Who != newcomer:
		return s.showInvitation(e, http.StatusUnprocessableEntity, v)
	}
	form := e.Request.FormValue
	settings, err := member.SettingsOf(s.app)
	if err != nil {
		return err
	}
	j := member.Joining{Name: strings.TrimSpace(form("name")), Password: form("password"), Terms: settings[member.Terms]}
	v.Name, v.Agreed = j.Name, form("terms") == "yes"
	v.Errors = missing(field{"name", j.Name, "Give your name."})
	if err := member.CheckPassword(j.Password, v.Email); err != nil {
		v.Errors = append(v.Errors, fieldError{"password", sentence(err)})
	}
	if !v.Agreed {
		v.Errors = append(v.Errors, fieldError{"terms", s.say("join-terms")})
	}
	if len(v.Errors) > 0 {
		return s.showInvitation(e, http.StatusUnprocessableEntity, v)
	}
	user, err := member.Join(s.app, e.Request.PathValue("token"), j)
	if err != nil {
		return s.joined(e, v, err, "")
	}
	return s.enter(e, user, "/me/welcome")
}

// joined leads on, or says what went wrong meanwhile.
func (s *Site) joined(e *core.RequestEvent, v invitationView, err error, to string) error {
	switch {
	case err == nil:
		return e.Redirect(http.StatusSeeOther, to)
	case errors.Is(err, member.ErrNotOpen), errors.Is(err, sql.ErrNoRows), errors.Is(err, member.ErrHasAccount), errors.Is(err, member.ErrNotYours):
		return s.invitation(e) // as it is now
	}
	if v.Errors = faultsOf(err); v.Errors == nil {
		return err
	}
	return s.showInvitation(e, http.StatusUnprocessableEntity, v)
}
