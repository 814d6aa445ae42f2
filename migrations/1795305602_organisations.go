package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

func init() {
	m.Register(func(app core.App) error {
		return create(app, "organisations", []core.Field{
			required("name", 200), slug("slug"),
			choice("kind", "nhs", "council", "charity", "carers-centre", "employer", "partnership", "other"),
			text("contact_role", 200), &core.URLField{Name: "website"},
		}, unique("idx_organisations_slug", "slug"))
	}, remove("organisations"))
}
