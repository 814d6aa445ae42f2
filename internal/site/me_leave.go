package site

import (
	"errors"
	"net/http"
	"slices"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

type meLeaveView struct {
	Organisation string
	Sent         bool // a code is on its way
	Pages        int  // that the viewer keeps
	People       []Choice
	Errors       fieldErrors
}

func (s *Site) meLeaveForm(e *core.RequestEvent) error {
	return s.showMeLeave(e, http.StatusOK, meLeaveView{Sent: e.Request.URL.Query().Has("code")}, e.Request.URL.Query().Get("to"))
}

func (s *Site) showMeLeave(e *core.RequestEvent, status int, v meLeaveView, to string) error {
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return err
	}
	v.Organisation = organisations[viewer(e).Organisation()]
	if v.Pages, err = library.CountKept(s.app, viewer(e).ID()); err != nil {
		return err
	}
	people, err := s.successors(e)
	if err != nil {
		return err
	}
	v.People = choicesOfPeople(people, "", to)
	return render(s, e, status, "me-leave", Page{Title: "Leave this hub", Crumbs: meCrumbs, NoIndex: true}, v)
}

// meLeave lets the viewer go, after the password or a code from the mail.
func (s *Site) meLeave(e *core.RequestEvent) error {
	u := viewer(e).User()
	if e.Request.FormValue("do") == "code" {
		return s.leaveCode(e, u)
	}
	fault, err := s.leaves(e, u)
	if err != nil {
		return err
	}
	if fault.Field == "" {
		fault, err = s.leave(e, u, e.Request.FormValue("to"))
		if err == nil && fault.Field == "" {
			s.clearCookie(e, cookieName)
			return e.Redirect(http.StatusSeeOther, "/")
		}
		if err != nil && !errors.Is(err, member.ErrLastAdministrator) {
			return err
		}
		if err != nil {
			fault = fieldError{"password", "You are the only administrator. Make somebody else one first, then leave."}
		}
	}
	return s.showMeLeave(e, http.StatusUnprocessableEntity, meLeaveView{Sent: e.Request.Form.Has("code"), Errors: fieldErrors{fault}}, e.Request.FormValue("to"))
}

// successors are the people to whom one's pages can go.
func (s *Site) successors(e *core.RequestEvent) ([]*core.Record, error) {
	people, err := s.keepers(e, "")
	return slices.DeleteFunc(people, func(u *core.Record) bool { return u.Id == viewer(e).ID() }), err
}

// leave hands the viewer's pages to somebody, when they chose one, and lets the viewer go: both or neither.
func (s *Site) leave(e *core.RequestEvent, u *core.Record, to string) (fault fieldError, err error) {
	people, err := s.successors(e)
	if err != nil {
		return fault, err
	}
	if to != "" && !hasPerson(people, to) {
		return fieldError{"to", "Choose somebody from the list."}, nil
	}
	return fault, s.app.RunInTransaction(func(tx core.App) error {
		if to != "" {
			ids, err := library.KeptBy(tx, u.Id)
			if err != nil {
				return err
			}
			handed, err := library.HandOver(tx, ids, to, u.Id)
			if err != nil {
				return err
			}
			if err := s.tellKeeper(tx, to, handed, viewer(e)); err != nil {
				return err
			}
		}
		return member.Leave(tx, u, u.Id)
	})
}

func (s *Site) leaveCode(e *core.RequestEvent, u *core.Record) error {
	if _, err := s.limits.try(e, "code", u.Email()); err != nil {
		return err
	}
	token, err := s.putCode(u, false)
	if err != nil {
		return err
	}
	s.setCookie(e, codeCookie, token, member.CodeLife)
	return e.Redirect(http.StatusSeeOther, "/me/leave?code")
}

// leaves asks whether it is really the viewer who goes; the fault has no field when it is.
func (s *Site) leaves(e *core.RequestEvent, u *core.Record) (fieldError, error) {
	if code := e.Request.FormValue("code"); code != "" {
		who, _, err := member.UseCode(s.app, s.cookie(e, codeCookie), code)
		if errors.Is(err, member.ErrCode) || err == nil && who.Id != u.Id {
			return fieldError{"code", "That code is not right, or no longer. Ask for a new one."}, nil
		}
		return fieldError{}, err
	}
	fault, err := s.isReally(e, e.Request.FormValue("password"))
	if fault == "" || err != nil {
		return fieldError{}, err
	}
	return fieldError{"password", fault}, nil
}
