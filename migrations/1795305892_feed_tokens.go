package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A feed reader has no cookie: it is let in by a token in the address, which belongs to one person and one feed. Only the
// token's hash is kept.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "feed_tokens", []core.Field{
			part(app, "user", "users"), requiredChoice("kind", "thread", "space", "person"), required("record", 15), hidden("hash", 64),
		}, unique("idx_feed_tokens_hash", "hash"), index("idx_feed_tokens_user", "user"))
	}, remove("feed_tokens"))
}
