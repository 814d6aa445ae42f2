package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A comment on a passage of a document, between those who write and those who review it.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "review_comments", []core.Field{
			part(app, "document", "documents"), one(app, "author", "users"), required("field", 40), text("quote", 1_000),
			required("text", 4_000), date("resolved"), one(app, "resolved_by", "users"),
		}, index("idx_review_comments_document", "document, created"))
	}, remove("review_comments"))
}
