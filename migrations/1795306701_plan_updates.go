package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What happened since a plan was made is rows of their own, which several people write at the same time. They are read by
// whoever reads the plan's goals. Those that stood in the plan's front matter move here; in other kinds of pages they are
// front matter that nobody knows, and stay so. on is what people wrote: mostly a day.
func init() {
	m.Register(func(app core.App) error {
		if err := create(app, "plan_updates", []core.Field{
			part(app, "document", "documents"), text("on", 40), text("by_role", 200), whole("position"), text("text", 5_000),
		}, index("idx_plan_updates_document_on", "document, [[on]]")); err != nil {
			return err
		}
		if err := readLikeGoals(app, "plan_updates"); err != nil {
			return err
		}
		for _, q := range []string{
			`INSERT INTO {{plan_updates}} ([[id]], [[created]], [[updated]], [[document]], [[on]], [[by_role]], [[position]], [[text]])
				SELECT 'r' || lower(hex(randomblob(7))), {{d}}.[[updated]], {{d}}.[[updated]], {{d}}.[[id]], COALESCE(json_extract({{u}}.[[value]], '$.date'), ''),
					COALESCE(json_extract({{u}}.[[value]], '$.by_role'), ''), ROW_NUMBER() OVER (PARTITION BY {{d}}.[[id]], json_extract({{u}}.[[value]], '$.date') ORDER BY {{u}}.[[key]]), COALESCE(json_extract({{u}}.[[value]], '$.text'), '')
				FROM {{documents}} {{d}}, json_each({{d}}.[[meta]], '$.updates') {{u}}
				WHERE {{d}}.[[kind]] = 'action-plan' AND json_valid({{d}}.[[meta]]) AND json_type({{d}}.[[meta]], '$.updates') = 'array'`,
			`UPDATE {{documents}} SET [[meta]] = json_set(CASE WHEN json_type([[meta]], '$.extra') = 'object' THEN [[meta]] ELSE json_set([[meta]], '$.extra', json('{}')) END,
				'$.extra.updates', json_extract([[meta]], '$.updates'))
				WHERE [[kind]] != 'action-plan' AND json_valid([[meta]]) AND json_type([[meta]], '$.updates') = 'array'`,
			`UPDATE {{documents}} SET [[meta]] = json_remove([[meta]], '$.updates') WHERE json_valid([[meta]]) AND json_type([[meta]], '$.updates') IS NOT NULL`,
		} {
			if _, err := app.DB().NewQuery(q).Execute(); err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		_, err := app.DB().NewQuery(`UPDATE {{documents}} SET [[meta]] = json_set([[meta]], '$.updates',
			(SELECT json_group_array(json_object('date', [[on]], 'by_role', [[by_role]], 'text', [[text]])) FROM (SELECT * FROM {{plan_updates}} WHERE [[document]] = {{documents}}.[[id]] ORDER BY [[on]] DESC, [[position]])))
			WHERE json_valid([[meta]]) AND [[id]] IN (SELECT [[document]] FROM {{plan_updates}})`).Execute()
		if err != nil {
			return err
		}
		return remove("plan_updates")(app)
	})
}

// readLikeGoals has rows of a document read by whoever reads its goals.
func readLikeGoals(app core.App, name string) error {
	goals, err := app.FindCollectionByNameOrId("goals")
	if err != nil {
		return err
	}
	return alter(app, name, func(c *core.Collection) {
		c.ListRule, c.ViewRule = rule(*goals.ListRule), rule(*goals.ViewRule)
	})
}
