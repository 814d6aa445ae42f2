package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Partners, places, programmes, groups and spaces lead from their old addresses too: a redirect names a document, or
// the collection and id of something else.
func init() {
	fields, without := with("redirects", func(core.App) []core.Field {
		return []core.Field{text("subject", 60), text("record", 60)}
	}, index("idx_redirects_record", "subject, record"))
	require := func(yes bool) func(core.App) error {
		return func(app core.App) error {
			return alter(app, "redirects", func(c *core.Collection) {
				if f, ok := c.Fields.GetByName("document").(*core.RelationField); ok {
					f.Required = yes
				}
			})
		}
	}
	noIndex := func(app core.App) error {
		return alter(app, "redirects", func(c *core.Collection) { c.RemoveIndex("idx_redirects_record") })
	}
	m.Register(inTurn(require(false), fields), inTurn(noIndex, without, require(true)))
}
