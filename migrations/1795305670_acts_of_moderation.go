package migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
	"github.com/pocketbase/pocketbase/tools/security"
)

// An act of moderation says what kind of reason it had and how the thing stood before, so that restoring brings back just
// that. Closing a discussion and opening it again are acts too. A secret of the data folder's own makes it possible to know a
// guest who reports twice without keeping an address that anybody could try out.
func init() {
	added, taken := with("moderations", func(core.App) []core.Field {
		return []core.Field{choice("kind", "harm", "private", "wrong", "unkind", "advert", "other"), text("was", 20)}
	})
	acts := func(change func([]string) []string) func(core.App) error {
		return func(app core.App) error {
			return alter(app, "moderations", func(c *core.Collection) {
				if f, ok := c.Fields.GetByName("act").(*core.SelectField); ok {
					f.Values = change(f.Values)
				}
			})
		}
	}
	secret := func(app core.App) error {
		_, err := app.DB().NewQuery("INSERT INTO {{_params}} ([[id]], [[value]], [[created]], [[updated]]) VALUES ('commonplace_secret', {:secret}, strftime('%Y-%m-%d %H:%M:%fZ'), strftime('%Y-%m-%d %H:%M:%fZ'))").
			Bind(map[string]any{"secret": `"` + security.RandomString(40) + `"`}).Execute()
		return err
	}
	noSecret := func(app core.App) error {
		_, err := app.DB().NewQuery("DELETE FROM {{_params}} WHERE [[id]] = 'commonplace_secret'").Execute()
		return err
	}
	m.Register(
		inTurn(secret, added, acts(func(all []string) []string { return append(all, "close", "reopen") })),
		inTurn(acts(func(all []string) []string {
			return slices.DeleteFunc(all, func(a string) bool { return a == "close" || a == "reopen" })
		}), taken, noSecret),
	)
}
