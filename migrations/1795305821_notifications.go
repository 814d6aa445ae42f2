package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What people are told: of which thing, never its words, for by the time they look they may not see it any more.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "notifications", []core.Field{
			part(app, "user", "users"),
			requiredChoice("kind", "found"),
			required("about", 60),
			required("record", 40),
			one(app, "follow", "follows"),
			date("read"),
			date("mailed"),
		},
			unique("idx_notifications_once", "user, kind, about, record"),
			index("idx_notifications_read", "user, read"),
			index("idx_notifications_mailed", "mailed, created"))
	}, remove("notifications"))
}
