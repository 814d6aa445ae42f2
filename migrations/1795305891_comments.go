package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What readers without an account say is unclear, wrong or missing, and what was answered. Nothing here says who they are.
// An answer can be to several of them.
func init() {
	m.Register(func(app core.App) error {
		whose := func() *core.RelationField { // goes with its page; one about a page that is no document has none
			f := one(app, "document", "documents")
			f.CascadeDelete = true
			return f
		}
		err := create(app, "answers", []core.Field{
			whose(), required("page", 300), text("quote", 40), text("wording", 5_000), flag("changed"), required("words", 1_000),
			one(app, "by", "users"),
		}, index("idx_answers_document", "document"))
		if err != nil {
			return err
		}
		return create(app, "comments", []core.Field{
			whose(), required("page", 300), text("quote", 40), text("wording", 5_000), one(app, "space", "spaces"),
			requiredChoice("state", "held", "visible", "hidden"), one(app, "answer", "answers"), text("client_key", 40), required("words", 2_000),
		}, index("idx_comments_document", "document"), index("idx_comments_state", "state"), index("idx_comments_answer", "answer"),
			uniqueWhere("idx_comments_once", "client_key", "client_key != ''"))
	}, func(app core.App) error {
		if err := remove("comments")(app); err != nil {
			return err
		}
		return remove("answers")(app)
	})
}
