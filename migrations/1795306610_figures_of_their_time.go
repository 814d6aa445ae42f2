package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A figure that holds no more may be quoted as history: pages then say of when it is, instead of warning of it.
func init() {
	m.Register(with("figures", func(core.App) []core.Field {
		return []core.Field{flag("of_its_time")}
	}))
}
