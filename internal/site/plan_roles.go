package site

import (
	"errors"
	"net/http"
	"strconv"

	"commonplace/internal/library"
	"commonplace/internal/plan"

	"github.com/pocketbase/pocketbase/core"
)

type planRolesView struct {
	Plan   Link
	Post   string
	Saved  bool
	Roles  []roleRow
	Errors fieldErrors
}

// roleRow is a role of a plan with the people who could hold it.
type roleRow struct {
	N         int
	Role, Was string
	People    []Choice
}

// planRoles asks who holds the roles of a plan. The answer is for those who keep it, and for reminders: no page shows it.
func (s *Site) planRoles(e *core.RequestEvent) error {
	d, err := s.openPlan(e)
	if err != nil {
		return answered(err)
	}
	return s.showRoles(e, http.StatusOK, d, nil)
}

func (s *Site) showRoles(e *core.RequestEvent, status int, d *library.Document, faults fieldErrors) error {
	v := planRolesView{Plan: Link{d.Title(), d.Address()}, Post: d.Address() + "/roles", Saved: e.Request.URL.Query().Has("saved"), Errors: faults}
	roles, holders, people, err := s.rolesOf(e, d)
	if err != nil {
		return err
	}
	for i, role := range roles {
		now := plan.HolderOf(holders, role)
		among := people
		if u, err := s.app.FindRecordById("users", now); now != "" && err == nil && !hasPerson(people, now) {
			among = append(people[:len(people):len(people)], u)
		}
		v.Roles = append(v.Roles, roleRow{i + 1, role, now, choicesOfPeople(among, viewer(e).ID(), now)})
	}
	p := Page{Title: "Who holds each role", Section: "/plans", Crumbs: []Link{{"Plans", "/plans"}, v.Plan, {"Keep this plan", keepAddress(d)}}, NoIndex: true}
	return render(s, e, status, "plan-roles", p, v)
}

func (s *Site) rolesOf(e *core.RequestEvent, d *library.Document) (roles []string, holders map[string]string, people []*core.Record, err error) {
	goals, err := plan.Load(s.app, d.Id)
	if err != nil {
		return nil, nil, nil, err
	}
	if holders, err = plan.Holders(s.app, d.Id); err != nil {
		return nil, nil, nil, err
	}
	people, err = s.keepers(e, d.Owner())
	return plan.Roles(goals), holders, people, err
}

func (s *Site) planRolesSave(e *core.RequestEvent) error {
	d, err := s.openPlan(e)
	if err != nil {
		return answered(err)
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("", err)
	}
	roles, holders, people, err := s.rolesOf(e, d)
	if err != nil {
		return err
	}
	var faults fieldErrors
	err = s.app.RunInTransaction(func(tx core.App) error {
		for i, role := range roles {
			n := strconv.Itoa(i + 1)
			at, form := "holder-"+n, e.Request.PostForm
			was, person := form.Get("was-"+n), form.Get(at)
			if form.Get("role-"+n) != role {
				continue // the plan has other roles meanwhile
			}
			if person != "" && person != plan.HolderOf(holders, role) && !hasPerson(people, person) {
				faults = append(faults, fieldError{at, "Choose somebody from the list."})
				continue
			}
			if was == person {
				continue
			}
			switch err := plan.Hold(tx, d.Id, role, was, person); {
			case errors.Is(err, plan.ErrMeanwhile):
				faults = append(faults, fieldError{at, "Somebody else named another person for this role meanwhile. The list shows whom."})
			case err != nil:
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return s.showRoles(e, http.StatusUnprocessableEntity, d, faults)
	}
	return e.Redirect(http.StatusSeeOther, d.Address()+"/roles?saved")
}
