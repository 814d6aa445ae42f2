package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Every dated number once; pages quote it by key.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "figures", []core.Field{
			required("key", 120), required("label", 300), number("value"), text("unit", 60), required("text", 120),
			text("area", 120), date("from"), date("until"), object("source", 20_000), text("working", 500), text("note", 2_000),
		}, unique("idx_figures_key", "key"))
	}, remove("figures"))
}
