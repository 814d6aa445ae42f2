package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Notices of everything that happens, not only of what a search found. They know the journal's numbers of their first and
// last news and up to which number a mail told of them; a mail that was written says so by its number, not by a date.
func init() {
	kinds := func(c *core.Collection, values ...string) {
		if f, ok := c.Fields.GetByName("kind").(*core.SelectField); ok {
			f.Values = values
		}
	}
	m.Register(func(app core.App) error {
		err := alter(app, "notifications", func(c *core.Collection) {
			kinds(c, "found", "posts", "mention", "answer", "outcome", "published", "changed", "access")
			c.Fields.Add(whole("first"), whole("seq"), whole("told"), date("at"))
		})
		if err != nil {
			return err
		}
		_, err = app.DB().NewQuery(`UPDATE {{notifications}} SET [[first]] = 1, [[seq]] = 1, [[told]] = [[mailed]] != '', [[at]] = [[created]]`).Execute()
		if err != nil {
			return err
		}
		return alter(app, "notifications", func(c *core.Collection) {
			c.RemoveIndex("idx_notifications_mailed")
			c.Fields.RemoveByName("mailed")
			c.AddIndex("idx_notifications_waiting", false, "user", "read = '' AND told < seq")
			c.AddIndex("idx_notifications_at", false, "user, at", "")
			c.AddIndex("idx_notifications_record", false, "user, about, record", "")
		})
	}, func(app core.App) error {
		_, err := app.DB().NewQuery("DELETE FROM {{notifications}} WHERE [[kind]] != 'found'").Execute()
		if err != nil {
			return err
		}
		return alter(app, "notifications", func(c *core.Collection) {
			for _, name := range []string{"idx_notifications_waiting", "idx_notifications_at", "idx_notifications_record"} {
				c.RemoveIndex(name)
			}
			for _, name := range []string{"first", "seq", "told", "at"} {
				c.Fields.RemoveByName(name)
			}
			kinds(c, "found")
			c.Fields.Add(date("mailed"))
			c.AddIndex("idx_notifications_mailed", false, "mailed, created", "")
		})
	})
}
