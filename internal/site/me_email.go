package site

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

type meEmailView struct {
	Email, New string
	Sent, Over bool
	Errors     fieldErrors
}

func (s *Site) meEmailForm(e *core.RequestEvent) error {
	return s.showMeEmail(e, http.StatusOK, meEmailView{Sent: e.Request.URL.Query().Has("sent")})
}

func (s *Site) showMeEmail(e *core.RequestEvent, status int, v meEmailView) error {
	v.Email = viewer(e).User().Email()
	return render(s, e, status, "me-email", Page{Title: "Change your e-mail address", Crumbs: meCrumbs, NoIndex: true}, v)
}

// meEmail mails a link to the new address and a notice to the old one. Whether somebody else has the new one is told to
// its owner alone.
func (s *Site) meEmail(e *core.RequestEvent) error {
	wait := evenly(e)
	u := viewer(e).User()
	v := meEmailView{New: strings.TrimSpace(e.Request.FormValue("email"))}
	address, badAddress := member.Address(v.New)
	fault, err := s.isReally(e, e.Request.FormValue("password"))
	if err != nil {
		return err
	}
	if badAddress != nil || strings.EqualFold(address, u.Email()) {
		v.Errors = append(v.Errors, fieldError{"email", "Enter another e-mail address, such as name@example.org."})
	}
	if fault != "" {
		v.Errors = append(v.Errors, fieldError{"password", fault})
	}
	if v.Errors != nil {
		return s.showMeEmail(e, http.StatusUnprocessableEntity, v)
	}
	if _, err := s.limits.try(e, "address", u.Id); err != nil {
		return err
	}
	if err := s.mailAddresses(u, address); err != nil {
		return err
	}
	wait()
	return e.Redirect(http.StatusSeeOther, "/me/email?sent")
}

func (s *Site) mailAddresses(u *core.Record, address string) error {
	token, err := u.NewEmailChangeToken(address)
	if err != nil {
		return err
	}
	life := u.Collection().EmailChangeToken.DurationTime()
	reset := s.o.Mail.Base() + "/reset"
	toNew := notify.Mail{Kind: "email-change", To: address, Person: u.Id, Expires: time.Now().Add(life), Data: map[string]any{
		"Name": u.GetString("name"), "URL": s.o.Mail.Base() + signInAddress("/me/email/"+token), "Minutes": int(life.Minutes()),
	}}
	owner, err := member.UserByAddress(s.app, address)
	if err != nil {
		return err
	}
	if owner != nil {
		toNew = notify.Mail{Kind: "email-taken", To: owner.Email(), Person: owner.Id, Data: map[string]any{"Name": owner.GetString("name"), "URL": reset}}
	}
	toOld := notify.Mail{Kind: "email-changing", To: u.Email(), Person: u.Id, Data: map[string]any{"Name": u.GetString("name"), "URL": reset}}
	return s.app.RunInTransaction(func(tx core.App) error {
		for _, m := range []notify.Mail{toNew, toOld} {
			m.Key = m.Kind + ":" + security.RandomString(20)
			if err := s.o.Mail.Put(tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

type newEmailView struct{ Action, Email string }

// newEmailForm asks once more: programs that look at links in mails must not change anything.
func (s *Site) newEmailForm(e *core.RequestEvent) error {
	_, address, err := s.changing(s.app, e)
	if err != nil {
		return s.showMeEmail(e, http.StatusNotFound, meEmailView{Over: true})
	}
	p := Page{Title: "Use this address", Crumbs: meCrumbs, NoIndex: true}
	return render(s, e, http.StatusOK, "me-email-new", p, newEmailView{e.Request.URL.Path, address})
}

// changing is whose address the link may change, and to what. It must be the one who is signed in.
func (s *Site) changing(app core.App, e *core.RequestEvent) (user *core.Record, address string, err error) {
	token := e.Request.PathValue("token")
	user, err = app.FindAuthRecordByToken(token, core.TokenTypeEmailChange)
	if err != nil || user.Id != viewer(e).ID() {
		return nil, "", errLinkOver
	}
	claims, err := security.ParseUnverifiedJWT(token) // it has just been verified
	if err != nil {
		return nil, "", errLinkOver
	}
	said, _ := claims[core.TokenClaimNewEmail].(string)
	if address, err = member.Address(said); err != nil {
		return nil, "", errLinkOver
	}
	return user, address, nil
}

// newEmail takes the new address. Every other browser is signed out, and the old address is told.
func (s *Site) newEmail(e *core.RequestEvent) error {
	var user *core.Record
	err := s.app.RunInTransaction(func(tx core.App) error {
		u, address, err := s.changing(tx, e)
		if err != nil {
			return err
		}
		if owner, err := member.UserByAddress(tx, address); err != nil || owner != nil {
			return errors.Join(err, errLinkOver)
		}
		notice := notify.Mail{Key: "email-changing:" + security.RandomString(20), Kind: "email-changing", To: u.Email(), Data: map[string]any{
			"Name": u.GetString("name"), "URL": s.o.Mail.Base() + "/reset", "Done": true,
		}}
		u.SetEmail(address)
		u.SetVerified(true)
		user = u
		return errors.Join(saveAs(tx, u, u.Id), s.o.Mail.Put(tx, notice))
	})
	if errors.Is(err, errLinkOver) {
		return s.showMeEmail(e, http.StatusNotFound, meEmailView{Over: true})
	}
	if err != nil {
		return err
	}
	return s.enter(e, user, "/me?saved")
}
