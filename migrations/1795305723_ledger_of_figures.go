package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A figure remembers what it said before, what the release said that brought it, and what a later release says of a figure
// that somebody changed here.
func init() {
	m.Register(with("figures", func(core.App) []core.Field {
		shipped, suggested := object("shipped", 40_000), object("suggested", 40_000)
		shipped.Hidden, suggested.Hidden = true, true
		return []core.Field{date("changed"), object("history", 400_000), shipped, suggested}
	}))
}
