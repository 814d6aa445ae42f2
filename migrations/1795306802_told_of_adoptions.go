package migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// The first place of a practice is told when another does it too, and the other when the first confirms or asks.
func init() {
	kinds := func(app core.App, change func([]string) []string) error {
		return alter(app, "notifications", func(c *core.Collection) {
			if f, ok := c.Fields.GetByName("kind").(*core.SelectField); ok {
				f.Values = change(f.Values)
			}
		})
	}
	m.Register(func(app core.App) error {
		return kinds(app, func(values []string) []string { return append(values, "adopted", "confirmed") })
	}, func(app core.App) error {
		if _, err := app.DB().NewQuery("DELETE FROM {{notifications}} WHERE [[kind]] IN ('adopted', 'confirmed')").Execute(); err != nil {
			return err
		}
		return kinds(app, func(values []string) []string {
			return slices.DeleteFunc(values, func(v string) bool { return v == "adopted" || v == "confirmed" })
		})
	})
}
