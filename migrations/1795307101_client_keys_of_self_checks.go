package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A form that is sent twice keeps one self-check.
func init() {
	const once = "idx_assessments_author_client_key"
	m.Register(func(app core.App) error {
		return alter(app, "assessments", func(c *core.Collection) {
			c.Fields.Add(hidden("client_key", 60))
			uniqueWhere(once, "author, client_key", "client_key != ''")(c)
		})
	}, func(app core.App) error {
		return alter(app, "assessments", func(c *core.Collection) {
			c.RemoveIndex(once)
			c.Fields.RemoveByName("client_key")
		})
	})
}
