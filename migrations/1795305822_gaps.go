package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What several people looked for and nobody has written. Before there are enough of them a search is a sum, and so is each
// who asked: of neither can one tell what it was.
func init() {
	m.Register(func(app core.App) error {
		err := create(app, "gap_marks", []core.Field{
			required("query", 64),
			whole("mark"),
		}, unique("idx_gap_marks_once", "query, mark"))
		if err != nil {
			return err
		}
		return create(app, "gaps", []core.Field{
			required("words", 80),
			whole("askers"),
			one(app, "claimed_by", "users"),
			date("claimed"),
			one(app, "document", "documents"),
		}, unique("idx_gaps_words", "words"))
	}, func(app core.App) error {
		if err := remove("gaps")(app); err != nil {
			return err
		}
		return remove("gap_marks")(app)
	})
}
