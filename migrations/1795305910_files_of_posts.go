package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A file belongs to a document or to a post.
func init() {
	m.Register(func(app core.App) error {
		post := part(app, "post", "posts")
		post.Required = false
		return alter(app, "attachments", func(c *core.Collection) {
			c.Fields.GetByName("document").(*core.RelationField).Required = false
			c.Fields.Add(post)
			c.AddIndex("idx_attachments_post", false, "post", "")
		})
	}, func(app core.App) error {
		if _, err := app.DB().NewQuery("DELETE FROM {{attachments}} WHERE [[document]] = ''").Execute(); err != nil {
			return err
		}
		return alter(app, "attachments", func(c *core.Collection) {
			c.RemoveIndex("idx_attachments_post")
			c.Fields.RemoveByName("post")
			c.Fields.GetByName("document").(*core.RelationField).Required = true
		})
	})
}
