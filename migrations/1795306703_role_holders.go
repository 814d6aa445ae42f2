package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Who is told of what a role of a plan has to do. Plans name roles, so that they still work when people move on; who holds
// one is known to those who keep the plan and to nobody else, and goes with the account.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "role_holders", []core.Field{
			part(app, "document", "documents"), required("role", 200), part(app, "user", "users"),
		}, unique("idx_role_holders_document_role", "document, role"), index("idx_role_holders_user", "user"))
	}, remove("role_holders"))
}
