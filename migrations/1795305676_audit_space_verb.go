package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What rarely happened in one space is asked for without walking through all that happened there.
func init() {
	m.Register(func(app core.App) error {
		return alter(app, "journal", func(c *core.Collection) { c.AddIndex("idx_journal_space_verb_seq", false, "space, verb, seq", "") })
	}, func(app core.App) error {
		return alter(app, "journal", func(c *core.Collection) { c.RemoveIndex("idx_journal_space_verb_seq") })
	})
}
