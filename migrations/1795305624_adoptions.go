package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// "We do this too": the adopting place speaks for itself.
func init() {
	m.Register(func(app core.App) error {
		place := one(app, "place", "places")
		place.Required = true
		return create(app, "adoptions", []core.Field{
			part(app, "document", "documents"), place, one(app, "organisation", "organisations"),
			requiredChoice("stage", "looking", "trying", "doing", "stopped"),
			text("kept", 2_000), text("changed", 2_000), text("dropped", 2_000), text("result", 2_000), text("reason", 2_000),
			text("contact_role", 200), hidden("access", 60), one(app, "space", "spaces"),
			one(app, "author", "users"), text("by_role", 120), flag("example"),
		}, unique("idx_adoptions_document_place_organisation", "document, place, organisation"))
	}, remove("adoptions"))
}
