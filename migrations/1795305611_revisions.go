package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Every save is kept whole. An open revision is work in progress on a published document.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "revisions", []core.Field{
			part(app, "document", "documents"), whole("number"), one(app, "author", "users"),
			object("content", 2<<20), text("note", 1_000), flag("open"),
		}, unique("idx_revisions_document_number", "document, number"), index("idx_revisions_open", "document, open"))
	}, remove("revisions"))
}
