package site

import (
	"io"
	"net/http"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/plan"

	"github.com/pocketbase/pocketbase/core"
)

// planCSVView is the page where readings and actions come in as a table: first what it would change, then the change.
type planCSVView struct {
	Plan   Link
	Post   string
	Typed  string
	Asked  bool // there is a table to look at
	Table  plan.Table
	Errors fieldErrors
}

// mostTable is how large a table of readings or actions can be, in bytes.
const mostTable = 1 << 20

func (s *Site) planCSV(e *core.RequestEvent) error {
	d, err := s.openPlan(e)
	if err != nil {
		return answered(err)
	}
	return s.showPlanCSV(e, http.StatusOK, d, planCSVView{})
}

func (s *Site) showPlanCSV(e *core.RequestEvent, status int, d *library.Document, v planCSVView) error {
	v.Plan, v.Post = Link{d.Title(), d.Address()}, d.Address()+"/csv"
	p := Page{Title: "Readings and actions as a table", Section: "/plans", Crumbs: []Link{{"Plans", "/plans"}, v.Plan, {"Keep this plan", keepAddress(d)}}, NoIndex: true}
	return render(s, e, status, "plan-csv", p, v)
}

// planCSVSave shows what a table would change, or changes it: the whole of it or nothing.
func (s *Site) planCSVSave(e *core.RequestEvent) error {
	d, err := s.openPlan(e)
	if err != nil {
		return answered(err)
	}
	v := planCSVView{Asked: true}
	if v.Typed, v.Errors = tableOf(e.Request); len(v.Errors) > 0 {
		v.Asked = false
		return s.showPlanCSV(e, http.StatusUnprocessableEntity, d, v)
	}
	goals, err := plan.Load(s.app, d.Id)
	if err != nil {
		return err
	}
	v.Table = plan.ReadTable(v.Typed, goals, time.Now())
	switch {
	case len(v.Table.Faults) > 0:
		v.Errors = fieldErrors{{"table", "Nothing is brought in yet: " + counted(len(v.Table.Faults), "fault", "faults") + ", each named below with its row."}}
		return s.showPlanCSV(e, http.StatusUnprocessableEntity, d, v)
	case e.Request.PostFormValue("do") != "save":
		return s.showPlanCSV(e, http.StatusOK, d, v)
	}
	err = v.Table.Save(s.app, d.Id, viewer(e).ID(), viewer(e).User().GetString("role_title"))
	if v.Errors = faultsOf(err); v.Errors != nil {
		v.Errors = v.Errors.at("table")
		return s.showPlanCSV(e, http.StatusUnprocessableEntity, d, v)
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, keepAddress(d)+"?saved")
}

// tableOf is what somebody sent as a file or typed.
func tableOf(r *http.Request) (string, fieldErrors) {
	typed := r.PostFormValue("table")
	if f, head, err := r.FormFile("file"); err == nil && head.Size > 0 {
		defer f.Close()
		raw, err := io.ReadAll(io.LimitReader(f, mostTable+1))
		if err != nil {
			return "", fieldErrors{{"file", "The file did not come in whole. Send it again."}}
		}
		typed = string(raw)
	}
	switch {
	case typed == "":
		return "", fieldErrors{{"file", "Choose a file, or put the table into the box."}}
	case len(typed) > mostTable:
		return "", fieldErrors{{"file", "The table is larger than 1 MB. Bring it in in parts."}}
	}
	return typed, nil
}

// planTable sends the readings or the actions of a plan to whoever may read it.
func (s *Site) planTable(of string) func(*core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		d, _, err := s.openDocument(e, library.ActionPlan, "", e.Request.PathValue("slug"))
		if err != nil {
			return answered(err)
		}
		goals, err := plan.Load(s.app, d.Id)
		if err != nil {
			return err
		}
		return sendCSV(e, d.Slug()+"-"+of+".csv", plan.Rows(of, goals))
	}
}
