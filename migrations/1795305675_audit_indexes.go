package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// The audit page asks the journal by verb, by space, by what a row is about and by day, newest first.
func init() {
	indexes := [][2]string{
		{"idx_journal_verb_seq", "verb, seq"}, {"idx_journal_space_seq", "space, seq"}, {"idx_journal_record_seq", "record, seq"}, {"idx_journal_at", "at, seq"},
	}
	m.Register(func(app core.App) error {
		return alter(app, "journal", func(c *core.Collection) {
			for _, x := range indexes {
				c.AddIndex(x[0], false, x[1], "")
			}
		})
	}, func(app core.App) error {
		return alter(app, "journal", func(c *core.Collection) {
			for _, x := range indexes {
				c.RemoveIndex(x[0])
			}
		})
	})
}
