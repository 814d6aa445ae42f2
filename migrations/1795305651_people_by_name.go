package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// The list of people turns its pages by name, also where there are ten thousand.
func init() {
	const name = "idx_users_name"
	m.Register(func(app core.App) error {
		return alter(app, "users", func(c *core.Collection) { c.AddIndex(name, false, "`name` COLLATE NOCASE, `id`", "") })
	}, func(app core.App) error {
		return alter(app, "users", func(c *core.Collection) { c.RemoveIndex(name) })
	})
}
