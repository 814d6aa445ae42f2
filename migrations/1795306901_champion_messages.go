package migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What somebody writes to a champion. Neither is given the address of the other; a guest may say how to be reached.
func init() {
	notices := func(app core.App, change func(kinds []string) []string) error {
		return alter(app, "notifications", func(c *core.Collection) {
			if f, ok := c.Fields.GetByName("kind").(*core.SelectField); ok {
				f.Values = change(slices.Clone(f.Values))
			}
		})
	}
	m.Register(func(app core.App) error {
		err := create(app, "champion_messages", []core.Field{
			part(app, "champion", "champions"), one(app, "person", "users"), one(app, "author", "users"), hidden("client_key", 60), date("answered"),
			text("contact", 200), required("words", 2_000), text("answer", 2_000),
		}, uniqueWhere("idx_champion_messages_client_key", "client_key", "client_key != ''"), index("idx_champion_messages_created", "created"))
		if err != nil {
			return err
		}
		return notices(app, func(kinds []string) []string { return append(kinds, "contact") })
	}, func(app core.App) error {
		if _, err := app.DB().NewQuery("DELETE FROM {{notifications}} WHERE [[kind]] = 'contact'").Execute(); err != nil {
			return err
		}
		if err := notices(app, func(kinds []string) []string {
			return slices.DeleteFunc(kinds, func(k string) bool { return k == "contact" })
		}); err != nil {
			return err
		}
		return remove("champion_messages")(app)
	})
}
