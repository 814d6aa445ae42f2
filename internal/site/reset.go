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

type resetView struct {
	Email  string
	Sent   bool
	Over   bool // a link that no longer works led here
	Errors fieldErrors
}

func (s *Site) resetForm(e *core.RequestEvent) error {
	return s.showReset(e, http.StatusOK, resetView{Sent: e.Request.URL.Query().Has("sent")})
}

func (s *Site) showReset(e *core.RequestEvent, status int, v resetView) error {
	return render(s, e, status, "reset", Page{Title: s.say("title-reset"), NoIndex: true}, v)
}

// resetAsked mails a link to whoever has the address, and says the same when nobody has.
func (s *Site) resetAsked(e *core.RequestEvent) error {
	wait := evenly(e)
	v := resetView{Email: strings.TrimSpace(e.Request.FormValue("email"))}
	if v.Errors = missing(field{"email", v.Email, "Enter your e-mail address."}); v.Errors != nil {
		return s.showReset(e, http.StatusUnprocessableEntity, v)
	}
	if _, err := s.limits.try(e, "reset", v.Email); err != nil {
		return err
	}
	user, err := member.UserByAddress(s.app, v.Email)
	if err == nil && user != nil && !member.Barred(user) {
		err = s.mailReset(user)
	}
	if err != nil {
		return err
	}
	wait()
	return e.Redirect(http.StatusSeeOther, "/reset?sent")
}

func (s *Site) mailReset(user *core.Record) error {
	token, err := user.NewPasswordResetToken()
	if err != nil {
		return err
	}
	life := user.Collection().PasswordResetToken.DurationTime()
	return s.o.Mail.Put(s.app, notify.Mail{
		Key: "reset:" + security.RandomString(20), To: user.Email(), Person: user.Id, Kind: "reset", Expires: time.Now().Add(life),
		Data: map[string]any{"Name": user.GetString("name"), "URL": s.o.Mail.Base() + "/reset/" + token, "Minutes": int(life.Minutes())},
	})
}

type newPasswordView struct {
	Action string
	Email  string // for password managers
	Errors fieldErrors
}

func (s *Site) newPasswordForm(e *core.RequestEvent) error {
	user, err := s.resetting(s.app, e)
	if err != nil {
		return s.showReset(e, http.StatusNotFound, resetView{Over: true})
	}
	return s.showNewPassword(e, http.StatusOK, user, nil)
}

// resetting is whose password the link in the address may change.
func (s *Site) resetting(app core.App, e *core.RequestEvent) (*core.Record, error) {
	user, err := app.FindAuthRecordByToken(e.Request.PathValue("token"), core.TokenTypePasswordReset)
	if err == nil && (user.Collection().Name != "users" || member.Barred(user)) {
		err = errors.New("not somebody who may be here")
	}
	return user, err
}

func (s *Site) showNewPassword(e *core.RequestEvent, status int, user *core.Record, faults fieldErrors) error {
	v := newPasswordView{Action: e.Request.URL.Path, Email: user.Email(), Errors: faults}
	return render(s, e, status, "reset-password", Page{Title: s.say("title-reset"), NoIndex: true}, v)
}

// errLinkOver says that a link in a mail has been used, or is too old.
var errLinkOver = errors.New("the link works no longer")

// newPassword takes a new password, once: it changes what the link was signed with. Every session and token ends, and
// who followed the link reads mail at the address.
func (s *Site) newPassword(e *core.RequestEvent) error {
	user, err := s.resetting(s.app, e)
	if err != nil {
		return s.showReset(e, http.StatusNotFound, resetView{Over: true})
	}
	password := e.Request.FormValue("password")
	if fault := faultOfPassword(password, user); fault != "" {
		return s.showNewPassword(e, http.StatusUnprocessableEntity, user, fieldErrors{{"password", fault}})
	}
	err = s.app.RunInTransaction(func(tx core.App) error {
		user, err := s.resetting(tx, e) // again: of two at once, one comes late
		if err != nil {
			return errLinkOver
		}
		user.SetPassword(password)
		user.SetVerified(true)
		return saveAs(tx, user, user.Id)
	})
	if errors.Is(err, errLinkOver) {
		return s.showReset(e, http.StatusNotFound, resetView{Over: true})
	}
	if err != nil {
		return err
	}
	s.clearCookie(e, cookieName)
	return e.Redirect(http.StatusSeeOther, "/sign-in?changed")
}
