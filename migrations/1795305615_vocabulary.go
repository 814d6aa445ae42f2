package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// The controlled lists: audiences, topics and the chapters of the handbook.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "vocabulary", []core.Field{
			requiredChoice("list", "audience", "topic", "chapter"), slug("slug"), required("title", 200),
			text("summary", 1_000), whole("position"),
		}, unique("idx_vocabulary_list_slug", "list, slug"))
	}, remove("vocabulary"))
}
