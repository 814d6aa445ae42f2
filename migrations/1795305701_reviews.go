package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What was done about a document, by whom and with which words: asked for approval, approved, sent back, withdrawn. Only
// pages show it, to those who write and review.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "reviews", []core.Field{
			part(app, "document", "documents"), text("revision", 20), required("act", 40), one(app, "by", "users"), text("role", 120), text("words", 2_000),
		}, index("idx_reviews_document", "document, created"), index("idx_reviews_by", "by"))
	}, remove("reviews"))
}
