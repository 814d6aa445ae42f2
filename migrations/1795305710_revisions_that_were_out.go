package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A revision knows whether it was what readers saw, from when until when, and whether the page was withdrawn then. Who
// suggested it is thanked there. Of what was saved before, a revision was out if the document itself was saved in the same
// moment, once it had been published: work beside it leaves no row in the journal.
func init() {
	up, down := with("revisions", func(app core.App) []core.Field {
		return []core.Field{choice("state", "draft", "in-review", "published", "withdrawn"), date("out"), date("until"), one(app, "suggested_by", "users")}
	}, index("idx_revisions_document_out", "document, out"))
	m.Register(func(app core.App) error {
		if err := up(app); err != nil {
			return err
		}
		for _, sql := range []string{
			`UPDATE {{revisions}} SET [[state]] = 'published', [[out]] = [[created]] WHERE EXISTS (SELECT 1 FROM {{journal}} j
				WHERE j.[[subject]] = 'documents' AND j.[[record]] = {{revisions}}.[[document]]
				AND ABS(julianday(j.[[at]]) - julianday({{revisions}}.[[created]])) < 1.0 / 86400
				AND j.[[seq]] >= (SELECT MIN(p.[[seq]]) FROM {{journal}} p WHERE p.[[subject]] = 'documents' AND p.[[record]] = j.[[record]] AND p.[[verb]] = 'publish'))`,
			`UPDATE {{revisions}} SET [[out]] = [[created]], [[state]] = (SELECT d.[[state]] FROM {{documents}} d WHERE d.[[id]] = {{revisions}}.[[document]])
				WHERE [[id]] IN (SELECT [[published_revision]] FROM {{documents}} WHERE [[state]] IN ('published', 'withdrawn'))`,
			`UPDATE {{revisions}} SET [[until]] = COALESCE((SELECT MIN(n.[[out]]) FROM {{revisions}} n
				WHERE n.[[document]] = {{revisions}}.[[document]] AND n.[[number]] > {{revisions}}.[[number]] AND n.[[out]] != ''), '') WHERE [[out]] != ''`,
		} {
			if _, err := app.DB().NewQuery(sql).Execute(); err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		if err := alter(app, "revisions", func(c *core.Collection) { c.RemoveIndex("idx_revisions_document_out") }); err != nil {
			return err
		}
		return down(app)
	})
}
