package migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Leads may say of two pages that they only look alike.
func init() {
	kinds := func(change func([]string) []string) func(core.App) error {
		return func(app core.App) error {
			return alter(app, "relations", func(c *core.Collection) {
				if f, ok := c.Fields.GetByName("kind").(*core.SelectField); ok {
					f.Values = change(f.Values)
				}
			})
		}
	}
	m.Register(kinds(func(all []string) []string { return append(all, "unlike") }),
		kinds(func(all []string) []string {
			return slices.DeleteFunc(all, func(k string) bool { return k == "unlike" })
		}))
}
