package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Late is worked out from due, never stored.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "actions", []core.Field{
			part(app, "goal", "goals"), required("key", 80), required("title", 300), date("due"), required("owner_role", 200),
			choice("status", "not-started", "on-track", "at-risk", "done", "dropped"), date("done_on"),
			text("note", 2_000), whole("position"),
		}, unique("idx_actions_goal_key", "goal, key"))
	}, remove("actions"))
}
