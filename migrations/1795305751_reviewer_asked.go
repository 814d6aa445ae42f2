package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A writer may ask one of the reviewers.
func init() {
	m.Register(func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("reviews")
		if err != nil {
			return err
		}
		c.Fields.Add(one(app, "asked", "users"))
		return app.Save(c)
	}, func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("reviews")
		if err != nil {
			return err
		}
		c.Fields.RemoveByName("asked")
		return app.Save(c)
	})
}
