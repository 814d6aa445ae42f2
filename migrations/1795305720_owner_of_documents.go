package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A person keeps each document, besides the role that readers are shown. At first it is the one who wrote it.
func init() {
	up, down := with("documents", func(app core.App) []core.Field {
		owner := one(app, "owner", "users")
		owner.Hidden = true
		return []core.Field{owner}
	}, index("idx_documents_owner", "owner, id"), index("idx_documents_check_by", "state, check_by"))
	m.Register(func(app core.App) error {
		if err := up(app); err != nil {
			return err
		}
		_, err := app.DB().NewQuery("UPDATE {{documents}} SET [[owner]] = [[author]]").Execute()
		return err
	}, func(app core.App) error {
		err := alter(app, "documents", func(c *core.Collection) {
			c.RemoveIndex("idx_documents_owner")
			c.RemoveIndex("idx_documents_check_by")
		})
		if err != nil {
			return err
		}
		return down(app)
	})
}
