package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What a measure was counted in and where it began stay beside what they become, and what is given up has its day.
func init() {
	given := []string{"goals", "measures", "actions"}
	m.Register(func(app core.App) error {
		for _, name := range given {
			if err := alter(app, name, func(c *core.Collection) { c.Fields.Add(date("dropped_on")) }); err != nil {
				return err
			}
		}
		return alter(app, "measures", func(c *core.Collection) { c.Fields.Add(object("restated", 200_000)) })
	}, func(app core.App) error {
		for _, name := range given {
			if err := alter(app, name, func(c *core.Collection) { c.Fields.RemoveByName("dropped_on") }); err != nil {
				return err
			}
		}
		return alter(app, "measures", func(c *core.Collection) { c.Fields.RemoveByName("restated") })
	})
}
