package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Posts are ordered by seq, the journal's number of their creation, never by the clock. A post keeps the role and
// organisation it was written from, so it still speaks for them when its author has left.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "posts", []core.Field{
			part(app, "thread", "threads"), required("body", 65_536), text("html", 1<<20),
			&core.TextField{Name: "client_key", Max: 100},
			hidden("access", 60), choice("state", "visible", "removed"), flag("example"),
			one(app, "author", "users"), one(app, "organisation", "organisations"), text("by_role", 120),
			whole("seq"), date("edited"),
		},
			index("idx_posts_thread_seq", "thread, seq"),
			uniqueWhere("idx_posts_author_client_key", "author, client_key", "client_key != ''"),
			index("idx_posts_author", "author"),
		)
	}, remove("posts"))
}
