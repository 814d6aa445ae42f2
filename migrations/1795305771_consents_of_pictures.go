package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A picture may rest on a recorded consent, and goes when that is over.
func init() {
	m.Register(func(app core.App) error {
		agreed := one(app, "agreed", "consents")
		return alter(app, "attachments", func(c *core.Collection) { c.Fields.Add(agreed) })
	}, func(app core.App) error {
		return alter(app, "attachments", func(c *core.Collection) { c.Fields.RemoveByName("agreed") })
	})
}
