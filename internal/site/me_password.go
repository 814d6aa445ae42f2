package site

import (
	"net/http"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// wrongPassword is said where somebody who is signed in must show that it is really them.
const wrongPassword = "That is not your password."

// isReally asks for the password once more before what a stolen browser must not do. The fault is "" when it is right.
func (s *Site) isReally(e *core.RequestEvent, password string) (fault string, err error) {
	u := viewer(e).User()
	again, err := s.limits.try(e, "password", u.Email())
	if err != nil {
		return "", err
	}
	if !u.ValidatePassword(password) {
		return wrongPassword, nil
	}
	again()
	return "", nil
}

// faultOfPassword says in a sentence why something is no good password, "" when it is one.
func faultOfPassword(password string, u *core.Record) string {
	if err := member.CheckPassword(password, u.Email()); err != nil {
		return upperFirst(err.Error()) + "."
	}
	return ""
}

type mePasswordView struct {
	Email  string
	Errors fieldErrors
}

func (s *Site) mePasswordForm(e *core.RequestEvent) error {
	return s.showMePassword(e, http.StatusOK, nil)
}

func (s *Site) showMePassword(e *core.RequestEvent, status int, faults fieldErrors) error {
	p := Page{Title: "Change your password", Crumbs: meCrumbs, NoIndex: true}
	return render(s, e, status, "me-password", p, mePasswordView{viewer(e).User().Email(), faults})
}

// mePassword takes a new password for the old one. Every other browser is signed out.
func (s *Site) mePassword(e *core.RequestEvent) error {
	u := viewer(e).User()
	fault, err := s.isReally(e, e.Request.FormValue("old"))
	if err != nil {
		return err
	}
	var faults fieldErrors
	if fault != "" {
		faults = append(faults, fieldError{"old", fault})
	}
	password := e.Request.FormValue("password")
	if fault := faultOfPassword(password, u); fault != "" {
		faults = append(faults, fieldError{"password", fault})
	}
	if faults != nil {
		return s.showMePassword(e, http.StatusUnprocessableEntity, faults)
	}
	u.SetPassword(password)
	if err := saveAs(s.app, u, u.Id); err != nil {
		return err
	}
	return s.enter(e, u, "/me?saved")
}

type meFactorView struct {
	On     bool
	Email  string
	Errors fieldErrors
}

func (s *Site) meFactorForm(e *core.RequestEvent) error { return s.showMeFactor(e, http.StatusOK, nil) }

func (s *Site) showMeFactor(e *core.RequestEvent, status int, faults fieldErrors) error {
	u := viewer(e).User()
	p := Page{Title: "A second step when you sign in", Crumbs: meCrumbs, NoIndex: true}
	return render(s, e, status, "me-second-factor", p, meFactorView{u.GetBool("second_factor"), u.Email(), faults})
}

// meFactor turns the second factor on or off.
func (s *Site) meFactor(e *core.RequestEvent) error {
	u := viewer(e).User()
	fault, err := s.isReally(e, e.Request.FormValue("password"))
	if err != nil {
		return err
	}
	if fault != "" {
		return s.showMeFactor(e, http.StatusUnprocessableEntity, fieldErrors{{"password", fault}})
	}
	u.Set("second_factor", e.Request.FormValue("do") == "on")
	if err := saveAs(s.app, u, u.Id); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/me?saved")
}
