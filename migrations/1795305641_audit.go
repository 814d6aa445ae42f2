package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// The journal is the audit trail: each row carries a sum over itself and the sum of the row before, nothing changes a
// row, and none goes before its time, whoever asks the database.
func init() {
	chain, noChain := with("journal", func(core.App) []core.Field {
		return []core.Field{text("sum", 64)}
	}, index("idx_journal_actor", "actor, seq"), index("idx_journal_subject_seq", "subject, seq"))
	m.Register(inTurn(chain, func(app core.App) error {
		for _, trigger := range []string{
			`CREATE TRIGGER journal_stands BEFORE UPDATE ON {{journal}} BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END`,
			`CREATE TRIGGER journal_stays BEFORE DELETE ON {{journal}} WHEN julianday('now') - julianday(OLD.[[at]]) < 360
				BEGIN SELECT RAISE(ABORT, 'the journal is kept for a year'); END`,
		} {
			if _, err := app.DB().NewQuery(trigger).Execute(); err != nil {
				return err
			}
		}
		return nil
	}), inTurn(func(app core.App) error {
		for _, trigger := range []string{`DROP TRIGGER journal_stands`, `DROP TRIGGER journal_stays`} {
			if _, err := app.DB().NewQuery(trigger).Execute(); err != nil {
				return err
			}
		}
		return alter(app, "journal", func(c *core.Collection) {
			c.RemoveIndex("idx_journal_actor")
			c.RemoveIndex("idx_journal_subject_seq")
		})
	}, noChain))
}
