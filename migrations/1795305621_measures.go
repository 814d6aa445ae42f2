package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// baseline and target are objects, because "not counted yet" is a null that a number column cannot hold.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "measures", []core.Field{
			part(app, "goal", "goals"), required("key", 80), required("title", 300), text("unit", 80),
			choice("direction", "up", "down"), object("baseline", 4_000), object("target", 4_000),
			text("source_of_data", 500), text("every", 40), whole("position"),
		}, unique("idx_measures_goal_key", "goal, key"))
	}, remove("measures"))
}
