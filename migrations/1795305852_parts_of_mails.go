package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A mail that is put into words when it leaves keeps what it tells of until then.
func init() {
	m.Register(with("outbox", func(core.App) []core.Field { return []core.Field{object("parts", 1<<20)} }))
}
