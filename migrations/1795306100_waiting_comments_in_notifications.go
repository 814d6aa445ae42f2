package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Those who moderate are told that a reader's comment waits for them.
func init() {
	kinds := func(app core.App, values ...string) error {
		return alter(app, "notifications", func(c *core.Collection) {
			c.Fields.GetByName("kind").(*core.SelectField).Values = values
		})
	}
	m.Register(func(app core.App) error {
		return kinds(app, "found", "posts", "mention", "answer", "outcome", "published", "changed", "access", "waits")
	}, func(app core.App) error {
		if _, err := app.DB().NewQuery("DELETE FROM {{notifications}} WHERE [[kind]] = 'waits'").Execute(); err != nil {
			return err
		}
		return kinds(app, "found", "posts", "mention", "answer", "outcome", "published", "changed", "access")
	})
}
