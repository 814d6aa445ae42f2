package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A moderator may hide what a place says it does. A thread waits as long as its first post does.
func init() {
	added, taken := with("adoptions", func(core.App) []core.Field { return []core.Field{flag("hidden")} })
	states := func(values ...string) func(core.App) error {
		return func(app core.App) error {
			return alter(app, "threads", func(c *core.Collection) {
				if f, ok := c.Fields.GetByName("state").(*core.SelectField); ok {
					f.Values = values
				}
			})
		}
	}
	m.Register(inTurn(added, states("open", "closed", "hidden", "held")), inTurn(states("open", "closed", "hidden"), taken))
}
