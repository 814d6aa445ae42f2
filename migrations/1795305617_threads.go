package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A thread stands in a space, on a document, or on one paragraph of it (quote is that paragraph's key).
func init() {
	m.Register(func(app core.App) error {
		return create(app, "threads", []core.Field{
			required("title", 200), choice("kind", "question", "idea", "news", "decision"),
			one(app, "space", "spaces"), one(app, "document", "documents"), text("quote", 40), hidden("access", 60),
			choice("state", "open", "closed", "hidden"), flag("pinned"), flag("example"),
			one(app, "author", "users"), one(app, "organisation", "organisations"), text("by_role", 120),
			whole("post_count"), date("last_post_at"),
		}, index("idx_threads_access", "access, last_post_at"), index("idx_threads_document", "document"), index("idx_threads_space", "space"))
	}, remove("threads"))
}
