package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What happens to a document between being written and being withdrawn, as dates beside its state. What is not for
// readers (that something is about to come out, and who asked for it) is hidden.
func init() {
	unseen := func(name string) core.Field { return &core.DateField{Name: name, Hidden: true} }
	up, down := with("documents", func(core.App) []core.Field {
		return []core.Field{
			unseen("submitted"), hidden("submitted_by", 20), unseen("approved"), hidden("approved_revision", 20),
			unseen("publish_at"), hidden("scheduled_by", 20), date("second_check_by"), date("withdrawn"),
		}
	})
	waiting := []string{"submitted", "publish_at", "second_check_by"}
	m.Register(func(app core.App) error {
		if err := up(app); err != nil {
			return err
		}
		err := alter(app, "documents", func(c *core.Collection) {
			for _, column := range waiting {
				c.AddIndex("idx_documents_"+column, false, column, column+" != ''")
			}
		})
		if err != nil {
			return err
		}
		_, err = app.DB().NewQuery(`UPDATE {{documents}} SET [[submitted]] = [[updated]], [[submitted_by]] = [[author]] WHERE [[state]] = 'in-review'`).Execute()
		return err
	}, func(app core.App) error {
		err := alter(app, "documents", func(c *core.Collection) {
			for _, column := range waiting {
				c.RemoveIndex("idx_documents_" + column)
			}
		})
		if err != nil {
			return err
		}
		return down(app)
	})
}
