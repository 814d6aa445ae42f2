package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A post may answer another one. The collection has to exist before it can relate to itself.
func init() {
	m.Register(func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("posts")
		if err != nil {
			return err
		}
		c.Fields.Add(one(app, "reply_to", "posts"))
		return app.Save(c)
	}, func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("posts")
		if err != nil {
			return err
		}
		c.Fields.RemoveByName("reply_to")
		return app.Save(c)
	})
}
