package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// How far somebody has read a thread: the number of the last post that they saw.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "seen", []core.Field{part(app, "user", "users"), part(app, "thread", "threads"), whole("seq")},
			unique("idx_seen_once", "user, thread"))
	}, remove("seen"))
}
