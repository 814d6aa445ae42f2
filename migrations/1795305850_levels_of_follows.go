package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// How much of what they follow people want to be told of. What was followed so far was followed wholly.
func init() {
	up, down := with("follows", func(core.App) []core.Field {
		return []core.Field{choice("level", "everything", "mentions", "nothing")}
	}, index("idx_follows_record", "record, kind"))
	m.Register(func(app core.App) error {
		if err := up(app); err != nil {
			return err
		}
		_, err := app.DB().NewQuery("UPDATE {{follows}} SET [[level]] = 'everything'").Execute()
		return err
	}, func(app core.App) error {
		err := alter(app, "follows", func(c *core.Collection) { c.RemoveIndex("idx_follows_record") })
		if err != nil {
			return err
		}
		return down(app)
	})
}
