package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A page in another language, or in easy read, names the page that it is a version of; this is the same by key, to be found by.
func init() {
	m.Register(func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("documents")
		if err != nil {
			return err
		}
		c.Fields.Add(hidden("edition_of", 160))
		c.AddIndex("idx_documents_edition_of", false, "edition_of", "edition_of != ''")
		if err := app.Save(c); err != nil {
			return err
		}
		_, err = app.DB().NewQuery(`UPDATE {{documents}} SET [[edition_of]] = COALESCE(json_extract([[meta]], '$.translation_of'), json_extract([[meta]], '$.easy_read_of'), '')
			WHERE json_valid([[meta]])`).Execute()
		return err
	}, func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("documents")
		if err != nil {
			return err
		}
		c.RemoveIndex("idx_documents_edition_of")
		c.Fields.RemoveByName("edition_of")
		return app.Save(c)
	})
}
