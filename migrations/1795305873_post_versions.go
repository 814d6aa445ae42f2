package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What a post said before it was changed, and since when it had said so.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "post_versions", []core.Field{part(app, "post", "posts"), date("written"), text("body", 65_536)},
			index("idx_post_versions_post", "post, written"))
	}, remove("post_versions"))
}
