package event

import (
	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// bindRequests asks Viewer on behalf of REST.
func bindRequests(app core.App) {
	app.OnRecordCreateRequest("events").BindFunc(func(e *core.RecordRequestEvent) error {
		if e.HasSuperuserAuth() {
			return e.Next()
		}
		v, err := member.For(e.App, e.Auth)
		if err != nil {
			return err
		}
		if e.Record.GetString("space") == "" {
			e.Record.Set("space", v.Library())
		}
		if !v.MayWrite(e.Record.GetString("space")) {
			return e.ForbiddenError("You may not write events here.", nil)
		}
		for _, f := range []string{"example", "sequence", "slug", "outcome_role", "outcome_at", "cancelled", "created"} {
			e.Record.Set(f, nil)
		}
		Sign(e.Record, v)
		return e.Next()
	})
	app.OnRecordUpdateRequest("events").BindFunc(func(e *core.RecordRequestEvent) error {
		if e.HasSuperuserAuth() {
			return e.Next()
		}
		v, err := member.For(e.App, e.Auth)
		if err != nil {
			return err
		}
		was := e.Record.Original()
		for _, f := range []string{"space", "author", "organisation", "by_role", "example", "sequence", "outcome_role", "outcome_at", "cancelled"} {
			e.Record.Set(f, was.Get(f))
		}
		if !Wrap(was).Viewable(v) {
			return e.NotFoundError("", nil)
		}
		if !Wrap(was).Editable(v) {
			return e.ForbiddenError("You may not change an event of another organisation.", nil)
		}
		if e.Record.GetString("outcome") != was.GetString("outcome") {
			SignOutcome(e.Record, v)
		}
		journal.By(e.Record, v.ID())
		return e.Next()
	})
}

// Sign writes down who announces an event, and for which organisation.
func Sign(r *core.Record, v *member.Viewer) {
	r.Set("author", v.ID())
	r.Set("organisation", v.Organisation())
	r.Set("by_role", role(v))
	journal.By(r, v.ID())
}

// SignOutcome writes down in which role somebody tells what came of it.
func SignOutcome(r *core.Record, v *member.Viewer) { r.Set("outcome_role", role(v)) }

func role(v *member.Viewer) string {
	if u := v.User(); u != nil {
		return u.GetString("role_title")
	}
	return ""
}
