package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A session is a row that holds the hash of the random id in the cookie; deleting the row signs the browser out.
func init() {
	m.Register(func(app core.App) error {
		hash := hidden("hash", 64)
		hash.Required = true
		return create(app, "sessions", []core.Field{
			hash, part(app, "user", "users"), date("expires"),
		}, unique("idx_sessions_hash", "hash"), index("idx_sessions_user", "user"), index("idx_sessions_expires", "expires"))
	}, remove("sessions"))
}
