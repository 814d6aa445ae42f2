package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A renamed or moved page leads from its old addresses for ever.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "redirects", []core.Field{
			required("path", 400), part(app, "document", "documents"),
		}, unique("idx_redirects_path", "path"))
	}, remove("redirects"))
}
