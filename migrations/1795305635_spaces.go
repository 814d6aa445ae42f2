package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A space may hold what new members post until somebody has looked at it, and names whom to ask.
func init() {
	m.Register(with("spaces", func(core.App) []core.Field {
		return []core.Field{flag("hold_new"), text("contact_role", 200)}
	}))
}
