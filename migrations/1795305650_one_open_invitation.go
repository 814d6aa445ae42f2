package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// One invitation at a time is open for an address. One that somebody asked for through an approved domain says so: it
// ends with the approval.
func init() {
	const name = "idx_invitations_open"
	up, down := with("invitations", func(core.App) []core.Field { return []core.Field{text("domain", 253)} },
		uniqueWhere(name, "email", "accepted = '' AND revoked = ''"))
	m.Register(up, func(app core.App) error {
		if err := alter(app, "invitations", func(c *core.Collection) { c.RemoveIndex(name) }); err != nil {
			return err
		}
		return down(app)
	})
}
