package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What somebody agreed to have told of them: a story, a picture or a quotation. They are named by their role, never by name.
// A passage is given where it is not the whole document.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "consents", []core.Field{
			part(app, "document", "documents"), requiredChoice("what", "story", "picture", "quote"), required("whose", 200), required("how", 300),
			date("given"), date("until"), date("withdrawn"), date("taken_out"), one(app, "recorded_by", "users"), text("passage", 5000),
		}, index("idx_consents_document", "document"), index("idx_consents_until", "until"))
	}, remove("consents"))
}
