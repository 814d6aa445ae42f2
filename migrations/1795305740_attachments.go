package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A file belongs to a document. It is a draft until it goes out with it; access is its space and how far out it is, as
// one key. A picture is kept in up to three widths, made when it was sent; sizes says which.
func init() {
	m.Register(func(app core.App) error {
		bytes := func(name string, most int) core.Field {
			return &core.FileField{Name: name, MaxSelect: most, MaxSize: 26 << 20, Protected: true}
		}
		return create(app, "attachments", []core.Field{
			part(app, "document", "documents"), one(app, "space", "spaces"), hidden("access", 60),
			requiredChoice("state", "draft", "published"), one(app, "author", "users"),
			requiredChoice("kind", "picture", "file"), required("name", 200), required("type", 100), whole("size"),
			bytes("file", 1), bytes("smaller", 2), object("sizes", 2_000),
			text("title", 200), text("alt", 500), flag("decorative"), text("credit", 200), flag("consent"), text("summary", 2_000),
			date("removed"), choice("words", "none", "waiting", "done", "failed"), hidden("text", 600_000),
		}, index("idx_attachments_document", "document, created"), index("idx_attachments_words", "words"), index("idx_attachments_removed", "removed"), index("idx_attachments_author", "author"))
	}, remove("attachments"))
}
