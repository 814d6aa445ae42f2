package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A suggestion is a change to a document that waits for its editors: the fields that it would change, and the number of the
// revision that it was made on.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "suggestions", []core.Field{
			part(app, "document", "documents"), one(app, "author", "users"), whole("base"),
			requiredChoice("state", "open", "taken", "declined"), text("note", 1_000),
			text("answer", 1_000), one(app, "answered_by", "users"), date("answered"), object("content", 2<<20),
		}, index("idx_suggestions_document_state", "document, state"), index("idx_suggestions_author", "author"))
	}, remove("suggestions"))
}
