package site

import (
	"errors"
	"net/http"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

type eraseView struct {
	Errors      fieldErrors
	ID          string
	Name, Email string
	Gone        bool // has left already
	Self        bool
}

// eraseForm says what goes and what stays before somebody is erased.
func (s *Site) eraseForm(e *core.RequestEvent) error {
	u, err := s.app.FindRecordById("users", e.Request.PathValue("id"))
	if err != nil {
		return found(e, err)
	}
	return s.showErase(e, http.StatusOK, u, nil)
}

func (s *Site) showErase(e *core.RequestEvent, status int, u *core.Record, faults fieldErrors) error {
	v := eraseView{Errors: faults, ID: u.Id, Name: tidy(u.GetString("name")), Email: u.Email(), Gone: member.HasLeft(u), Self: u.Id == viewer(e).ID()}
	if v.Gone {
		v.Name, v.Email = "Somebody who has left", ""
	}
	return render(s, e, status, "erase", Page{Title: "Erase a person", NoIndex: true, Crumbs: manageCrumbs}, v)
}

// erase takes a person out for good, once an administrator has said that it was asked for.
func (s *Site) erase(e *core.RequestEvent) error {
	u, err := s.app.FindRecordById("users", e.Request.PathValue("id"))
	if err != nil {
		return found(e, err)
	}
	if e.Request.FormValue("sure") != "yes" {
		return s.showErase(e, http.StatusUnprocessableEntity, u, fieldErrors{{"sure", "Say that you have checked who asks, and what goes"}})
	}
	err = s.o.Erase(u.Id, viewer(e).ID())
	if errors.Is(err, member.ErrLastAdministrator) {
		return s.showErase(e, http.StatusUnprocessableEntity, u, fieldErrors{{"sure", "Nobody else could run the hub. Make somebody else an administrator first"}})
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, auditAddress+"?about="+u.Id)
}
