package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What a place counted, since when it is where it is and what it was before, why it stopped in a word that can be counted,
// and what the first place says to it. Who belongs to no organisation speaks for themselves: two such people do not stand
// in each other's way.
func init() {
	added, taken := with("adoptions", func(app core.App) []core.Field {
		return []core.Field{
			date("since"), choice("stopped_for", "money", "time", "people", "carers", "difference", "fit", "better", "other"),
			text("confirmed_by_role", 120), date("confirmed_on"), one(app, "thread", "threads"),
			object("results", 32<<10), object("history", 256<<10),
		}
	})
	indexed := func(indexes ...func(*core.Collection)) func(core.App) error {
		return func(app core.App) error {
			return alter(app, "adoptions", func(c *core.Collection) {
				c.RemoveIndex("idx_adoptions_document_place_organisation")
				c.RemoveIndex("idx_adoptions_document_place_author")
				for _, add := range indexes {
					add(c)
				}
			})
		}
	}
	began := func(app core.App) error {
		_, err := app.DB().NewQuery(`UPDATE {{adoptions}} SET [[since]] = SUBSTR([[updated]], 1, 10) || ' 00:00:00.000Z',
			[[stopped_for]] = CASE [[stage]] WHEN 'stopped' THEN 'other' ELSE '' END, [[results]] = '[]',
			[[history]] = CASE [[stage]] WHEN 'stopped'
				THEN json_array(json_object('stage', [[stage]], 'on', SUBSTR([[updated]], 1, 10), 'for', 'other', 'why', [[reason]]))
				ELSE json_array(json_object('stage', [[stage]], 'on', SUBSTR([[updated]], 1, 10))) END`).Execute()
		return err
	}
	m.Register(
		inTurn(added, indexed(
			uniqueWhere("idx_adoptions_document_place_organisation", "document, place, organisation", "organisation != ''"),
			uniqueWhere("idx_adoptions_document_place_author", "document, place, author", "organisation = '' AND author != ''")), began),
		inTurn(indexed(unique("idx_adoptions_document_place_organisation", "document, place, organisation")), taken),
	)
}
