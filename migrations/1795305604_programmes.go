package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

func init() {
	m.Register(func(app core.App) error {
		return create(app, "programmes", []core.Field{
			slug("slug"), required("title", 200), text("summary", 1_000),
		}, unique("idx_programmes_slug", "slug"))
	}, remove("programmes"))
}
