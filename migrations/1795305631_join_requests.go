package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Somebody asks to join: the hub, when no space is named, or a space. A moderator or an owner of the space decides.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "join_requests", []core.Field{
			one(app, "space", "spaces"), one(app, "person", "users"), mailbox("email"), text("name", 120), text("role_title", 120),
			text("organisation", 200), text("why", 1000), requiredChoice("state", "pending", "accepted", "declined"),
			one(app, "decided_by", "users"), date("decided"), text("reason", 1000),
		}, index("idx_join_requests_state", "state, space"),
			uniqueWhere("idx_join_requests_pending_person", "person, space", "state = 'pending' AND person != ''"),
			uniqueWhere("idx_join_requests_pending_email", "email", "state = 'pending' AND person = ''"))
	}, remove("join_requests"))
}
