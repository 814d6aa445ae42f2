package site

import (
	"net/http"
	"strings"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/plan"

	"github.com/pocketbase/pocketbase/core"
)

// tapPlan is what a link in a mail about a plan is about.
type tapPlan struct {
	Action, OwnerRole string
	Was, Due, Why     string
	Errors            fieldErrors
	document          string
}

// tapAction opens a link about an action of a plan, for who holds the role that owns it and for those who keep the plan.
func (s *Site) tapAction(e *core.RequestEvent, t notify.Tap, as *member.Viewer, v *tapView) error {
	r, err := s.app.FindRecordById("actions", t.Record)
	if err != nil {
		return notFound(e)
	}
	d, err := s.planOfGoal(r.GetString("goal"))
	if err != nil || !d.Viewable(as) {
		return notFound(e)
	}
	holds, err := plan.Holds(s.app, d.Id, r.GetString("owner_role"), as.ID())
	if err != nil {
		return err
	}
	if !holds && !d.Editable(as) && !d.Checkable(as) {
		return notFound(e)
	}
	v.Title, v.Page, v.Already = d.Title(), d.Address(), !isOpen(r)
	v.Plan = tapPlan{Action: r.GetString("title"), OwnerRole: r.GetString("owner_role"), document: d.Id}
	if due := r.GetDateTime("due"); !due.IsZero() {
		v.Plan.Was = day(due.Time())
	}
	return nil
}

// tapActionDo does what the link is for: it is done, or it will be late. Where the new date or its reason is not right, the page
// is shown again, and nothing is done.
func (s *Site) tapActionDo(e *core.RequestEvent, t notify.Tap, v tapView) (done bool, err error) {
	c := plan.Change{Document: v.Plan.document, Collection: "actions", ID: t.Record, Actor: t.Person.Id, ByRole: v.Plan.OwnerRole}
	today := plan.Today(time.Now())
	switch t.Act {
	case notify.TapDone:
		c.Set = map[string]any{"status": string(plan.Done), "done_on": today.Stored(), "reason": ""}
	case notify.TapLate:
		v.Plan.Due, v.Plan.Why = strings.TrimSpace(e.Request.PostFormValue("due")), strings.TrimSpace(e.Request.PostFormValue("why"))
		due, ok := readDay(v.Plan.Due)
		switch {
		case !ok || due.IsZero():
			v.Plan.Errors = fieldErrors{{"due", s.say("tap-date")}}
		case due.Before(today.Time):
			v.Plan.Errors = fieldErrors{{"due", s.say("tap-over")}}
		}
		v.Plan.Errors = append(v.Plan.Errors, missing(field{"why", v.Plan.Why, s.say("tap-why")})...)
		if len(v.Plan.Errors) > 0 {
			return false, render(s, e, http.StatusUnprocessableEntity, "tap", Page{Title: s.say(tapTitles[v.Act]), NoIndex: true}, v)
		}
		c.Set, c.Reason = map[string]any{"due": due}, v.Plan.Why
	}
	_, err = c.Save(s.app)
	return err == nil, err
}
