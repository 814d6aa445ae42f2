package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What a document has to do with another one: it builds on it, differs from it for a reason, or stands beside it because
// somebody decided so. Each reader is told of those only whose both ends they may see.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "relations", []core.Field{
			part(app, "document", "documents"), part(app, "other", "documents"), requiredChoice("kind", "builds-on", "differs", "keep-both", "merge-into"),
			one(app, "by", "users"), text("because", 500),
		}, unique("idx_relations_pair", "document, other, kind"), index("idx_relations_other", "other"))
	}, remove("relations"))
}
