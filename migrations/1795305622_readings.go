package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

func init() {
	m.Register(func(app core.App) error {
		return create(app, "readings", []core.Field{
			part(app, "measure", "measures"), number("value"), date("as_of"), text("note", 1_000),
		}, unique("idx_readings_measure_as_of", "measure, as_of"))
	}, remove("readings"))
}
