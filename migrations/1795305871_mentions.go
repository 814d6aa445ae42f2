package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Whom a post mentions: a person, or everybody who belongs to a space. It follows from the words of the post.
func init() {
	m.Register(func(app core.App) error {
		mentioned := one(app, "user", "users")
		mentioned.CascadeDelete = true
		space := one(app, "space", "spaces")
		space.CascadeDelete = true
		return create(app, "mentions", []core.Field{part(app, "post", "posts"), mentioned, space},
			unique("idx_mentions_once", "post, user, space"),
			index("idx_mentions_user", "user"))
	}, remove("mentions"))
}
