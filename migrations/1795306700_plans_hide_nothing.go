package migrations

import (
	"maps"
	"slices"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A plan hides nothing: what a date, a target or a reading was before stays beside it, and what was given up says why. What
// a goal draws on, and who shares it, are keys of documents: in a file they come before the documents that they name. Keys
// can tell a title, so only pages show them, which ask who may see what.
func init() {
	keys := func(name string) core.Field { return &core.JSONField{Name: name, MaxSize: 20_000, Hidden: true} }
	fields := func() map[string][]core.Field {
		return map[string][]core.Field{
			"goals":    {text("reason", 1_000), text("strategy", 200), keys("draws_on"), keys("shared_with")},
			"measures": {text("dropped", 1_000), object("moved", 200_000)},
			"readings": {text("dropped", 1_000), object("corrected", 200_000)},
			"actions":  {text("reason", 1_000), date("impact_on"), address("impact_link"), text("thread", 15), object("moved", 200_000)},
		}
	}
	each := func(app core.App, change func(c *core.Collection, f core.Field)) error {
		all := fields()
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if err := alter(app, name, func(c *core.Collection) {
				for _, f := range all[name] {
					change(c, f)
				}
			}); err != nil {
				return err
			}
		}
		return nil
	}
	m.Register(func(app core.App) error {
		return each(app, func(c *core.Collection, f core.Field) { c.Fields.Add(f) })
	}, func(app core.App) error {
		return each(app, func(c *core.Collection, f core.Field) { c.Fields.RemoveByName(f.GetName()) })
	})
}
