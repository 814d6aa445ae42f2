package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// In slow mode a person posts once in so many minutes.
func init() {
	m.Register(with("threads", func(core.App) []core.Field { return []core.Field{whole("slow")} }))
}
