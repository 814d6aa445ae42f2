// Package member owns people, partner organisations, places, programmes and spaces, and decides who may see and do what.
//
// Everything that shows or changes something asks a Viewer: pages, search, feeds, live topics and the request hooks of
// REST. It does not know documents or threads; they bring their space, state and author.
package member

import (
	"commonplace/internal/journal"

	"github.com/pocketbase/pocketbase/core"
)

// Bind keeps this room's collections in the journal and its promises on every save, whoever saves.
func Bind(app core.App, j *journal.Journal) {
	for _, name := range []string{"users", "invitations", "approved_domains", "join_requests", "hub_settings"} {
		j.Keep(journal.Kept{Collection: name})
	}
	keepNamed(j)
	j.Keep(journal.Kept{Collection: "spaces", Row: func(_ core.App, r *core.Record, row *journal.Row) { row.Space = r.Id }})
	j.Keep(journal.Kept{Collection: "memberships", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent, row.Space = r.GetString("user"), r.GetString("space")
	}})
	j.Keep(journal.Kept{Collection: "sessions", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent, row.Actor = r.GetString("user"), r.GetString("user")
	}})

	bindSettings(app)
	bindReadOnly(app)
	bindRights(app)
	bindNames(app)
	bindSessions(app)
	bindAccess(app)
	bindNamed(app)
	bindSpaces(app)
	bindPasswords(app)
	bindRoles(app)
	bindDomains(app)
	bindInvitations(app)
}

// bindNames makes what people say of themselves one line of what can be seen, whoever writes it: it stands in mails too.
func bindNames(app core.App) {
	tidy := func(e *core.RecordEvent) error {
		for _, field := range []string{"name", "role_title"} {
			e.Record.Set(field, oneLine(e.Record.GetString(field)))
		}
		return e.Next()
	}
	app.OnRecordCreate("users").BindFunc(tidy)
	app.OnRecordUpdate("users").BindFunc(tidy)
}

// saveBy saves a record in a person's name.
func saveBy(app core.App, r *core.Record, by string) error {
	journal.By(r, by)
	return app.Save(r)
}

// deleteBy deletes a record in a person's name.
func deleteBy(app core.App, r *core.Record, by string) error {
	journal.By(r, by)
	return app.Delete(r)
}

// Hub-wide roles.
const (
	RoleMember        = "member"
	RoleLead          = "lead"
	RoleModerator     = "moderator"
	RoleAdministrator = "administrator"
)
