package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A post may wait for a moderator (held) or be taken out of sight by one (hidden).
func init() {
	states := func(values ...string) func(core.App) error {
		return func(app core.App) error {
			return alter(app, "posts", func(c *core.Collection) {
				if f, ok := c.Fields.GetByName("state").(*core.SelectField); ok {
					f.Values = values
				}
			})
		}
	}
	m.Register(states("visible", "removed", "held", "hidden"), states("visible", "removed"))
}
