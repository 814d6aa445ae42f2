package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// People join by invitation, so nobody signs up through REST, and a suspended person cannot sign in.
func init() {
	m.Register(func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("users")
		if err != nil {
			return err
		}
		c.Fields.RemoveByName("avatar")
		c.Fields.Add(
			text("role_title", 120),
			one(app, "organisation", "organisations"),
			one(app, "place", "places"),
			requiredChoice("role", "member", "lead", "moderator", "administrator"),
			flag("suspended"),
		)
		if name, ok := c.Fields.GetByName("name").(*core.TextField); ok {
			name.Max = 120
		}
		c.CreateRule, c.DeleteRule, c.ManageRule = nil, nil, nil
		c.AuthRule = rule("suspended = false")
		c.AuthAlert.Enabled = false
		c.OAuth2.Enabled = false
		return app.Save(c)
	}, func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("users")
		if err != nil {
			return err
		}
		for _, name := range []string{"role_title", "organisation", "place", "role", "suspended"} {
			c.Fields.RemoveByName(name)
		}
		c.AuthRule = rule("")
		return app.Save(c)
	})
}
