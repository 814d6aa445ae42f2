package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A place belongs to a partnership; the NHS area and the councils that serve it are other things.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "places", []core.Field{
			slug("slug"), required("title", 120), text("partnership", 200), text("nhs_area", 200),
			object("councils", 20_000), &core.URLField{Name: "council_page"}, text("note", 2_000), whole("position"),
		}, unique("idx_places_slug", "slug"))
	}, remove("places"))
}
