package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

func init() {
	m.Register(func(app core.App) error {
		return create(app, "goals", []core.Field{
			part(app, "document", "documents"), required("key", 80), required("title", 300), text("why", 2_000),
			text("owner_role", 200), choice("status", "not-started", "on-track", "at-risk", "done", "dropped"),
			many(app, "programmes", "programmes"), whole("position"),
		}, unique("idx_goals_document_key", "document, key"))
	}, remove("goals"))
}
