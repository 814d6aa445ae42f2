package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

func init() {
	m.Register(func(app core.App) error {
		return create(app, "helplines", []core.Field{
			slug("slug"), required("name", 200), required("number", 60), text("tel", 40), text("purpose", 500),
			text("hours", 200), flag("crisis"), whole("position"), text("source", 600), date("seen"), text("note", 1_000),
		}, unique("idx_helplines_slug", "slug"))
	}, remove("helplines"))
}
