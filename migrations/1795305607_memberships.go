package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Readers read and post, editors also write and publish, owners also approve and manage.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "memberships", []core.Field{
			part(app, "user", "users"), part(app, "space", "spaces"), requiredChoice("role", "reader", "editor", "owner"),
		}, unique("idx_memberships_user_space", "user, space"), index("idx_memberships_space", "space"))
	}, remove("memberships"))
}
