package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A file is known by the sum of the bytes that were sent, so that what is brought in twice is one file. The files of a page
// that was withdrawn are out no more.
func init() {
	m.Register(func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("attachments")
		if err != nil {
			return err
		}
		c.Fields.Add(hidden("sum", 64))
		c.AddIndex("idx_attachments_sum", false, "document, sum", "")
		if err := app.Save(c); err != nil {
			return err
		}
		_, err = app.DB().NewQuery(`UPDATE {{attachments}} SET [[access]] = (SELECT [[space]] || ':draft' FROM {{documents}} WHERE {{documents}}.[[id]] = {{attachments}}.[[document]])
			WHERE [[document]] IN (SELECT [[id]] FROM {{documents}} WHERE [[state]] = 'withdrawn')`).Execute()
		return err
	}, func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("attachments")
		if err != nil {
			return err
		}
		c.RemoveIndex("idx_attachments_sum")
		c.Fields.RemoveByName("sum")
		return app.Save(c)
	})
}
