package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What people follow: one list for each. A search is kept by its query, everything else by its id.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "follows", []core.Field{
			part(app, "user", "users"),
			requiredChoice("kind", "thread", "document", "space", "topic", "search"),
			text("record", 120),
			text("query", 2000),
		},
			unique("idx_follows_once", "user, kind, record, query"),
			index("idx_follows_kind", "kind"))
	}, remove("follows"))
}
