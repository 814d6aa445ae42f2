package migrations

import (
	"maps"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What its writer threw away stays in the bin for a while, and nobody holds the key to it. There it is read through REST by
// nobody: it was never out. The rules look at the key and not at the day, which stands behind the long texts of a row.
func init() {
	const kept = "DOCaccess !~ '%binned' && ("
	of := map[string]string{
		"documents": "", "revisions": "document.", "goals": "document.", "measures": "goal.document.", "actions": "goal.document.", "readings": "measure.goal.document.",
	}
	m.Register(func(app core.App) error {
		if err := alter(app, "documents", func(c *core.Collection) {
			c.Fields.Add(&core.DateField{Name: "binned", Hidden: true})
			c.AddIndex("idx_documents_binned", false, "binned", "binned != ''")
		}); err != nil {
			return err
		}
		return alterRules(app, of, func(was, doc string) string { return binnedRule(kept, doc) + was + ")" })
	}, func(app core.App) error {
		err := alterRules(app, of, func(now, doc string) string { return now[len(binnedRule(kept, doc)) : len(now)-1] })
		if err != nil {
			return err
		}
		return alter(app, "documents", func(c *core.Collection) {
			c.RemoveIndex("idx_documents_binned")
			c.Fields.RemoveByName("binned")
		})
	})
}

func binnedRule(rule, doc string) string { return strings.ReplaceAll(rule, "DOC", doc) }

// alterRules changes the rules by which collections are read; of says how each names its document.
func alterRules(app core.App, of map[string]string, change func(rule, doc string) string) error {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if err := alter(app, name, func(c *core.Collection) {
			c.ListRule, c.ViewRule = rule(change(*c.ListRule, of[name])), rule(change(*c.ViewRule, of[name]))
		}); err != nil {
			return err
		}
	}
	return nil
}
