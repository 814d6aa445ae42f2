package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// People see where they are signed in: the kind of browser in words, and no address.
func init() {
	m.Register(with("sessions", func(core.App) []core.Field { return []core.Field{text("browser", 60)} }))
}
