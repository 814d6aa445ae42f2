package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// People's programs keep their follows and read their notices. What else has to be true, hooks see to.
func init() {
	const own = "@request.auth.collectionName = 'users' && user = @request.auth.id"
	rules := func(app core.App, name string, list, create, update, delete *string) error {
		return alter(app, name, func(c *core.Collection) {
			c.ListRule, c.ViewRule, c.CreateRule, c.UpdateRule, c.DeleteRule = list, list, create, update, delete
		})
	}
	m.Register(func(app core.App) error {
		if err := rules(app, "follows", rule(own), rule(own), rule(own), rule(own)); err != nil {
			return err
		}
		return rules(app, "notifications", rule(own), nil, rule(own), nil)
	}, func(app core.App) error {
		if err := rules(app, "follows", nil, nil, nil, nil); err != nil {
			return err
		}
		return rules(app, "notifications", nil, nil, nil, nil)
	})
}
