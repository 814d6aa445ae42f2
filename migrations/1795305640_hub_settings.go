package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What administrators set in the pages; the program knows each key, its default and what it means.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "hub_settings", []core.Field{required("key", 60), text("value", 2000)}, unique("idx_hub_settings_key", "key"))
	}, remove("hub_settings"))
}
