package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A post that its writer took back has no words any more; the hook of posts wants some of every other.
func init() {
	words := func(required bool) func(core.App) error {
		return func(app core.App) error {
			return alter(app, "posts", func(c *core.Collection) {
				if f, ok := c.Fields.GetByName("body").(*core.TextField); ok {
					f.Required = required
				}
			})
		}
	}
	m.Register(func(app core.App) error {
		if err := words(false)(app); err != nil {
			return err
		}
		_, err := app.DB().NewQuery("UPDATE {{posts}} SET [[body]] = '', [[html]] = '' WHERE [[state]] = 'removed'").Execute()
		return err
	}, words(true))
}
