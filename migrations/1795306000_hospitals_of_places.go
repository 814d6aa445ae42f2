package migrations

import (
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A place may have several hospitals. Each has an answer of its own, beside the one for the place as a whole, and says what
// it offers to carers.
func init() {
	const one, many = "(place, key)", "(place, key, hospital)"
	index := func(from, to string) func(core.App) error {
		return func(app core.App) error {
			return alter(app, "local_answers", func(c *core.Collection) {
				for i := range c.Indexes {
					c.Indexes[i] = strings.Replace(c.Indexes[i], from, to, 1)
				}
			})
		}
	}
	up, down := with("local_answers", func(core.App) []core.Field {
		return []core.Field{text("hospital", 120), text("visiting", 600), text("passport", 600), text("parking", 600)}
	})
	leave := func(app core.App) error {
		_, err := app.DB().Delete("local_answers", dbx.Not(dbx.HashExp{"hospital": ""})).Execute()
		return err
	}
	m.Register(inTurn(up, index(one, many)), inTurn(leave, index(many, one), down))
}
