package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A link by which somebody without an account approves one revision of a document, once. The link's token is kept as a
// hash; to whom it was sent is not kept at all.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "approval_links", []core.Field{
			part(app, "document", "documents"), required("revision", 20), hidden("hash", 64), required("role", 120), one(app, "made_by", "users"),
			date("expires"), date("used"), date("revoked"),
		}, unique("idx_approval_links_hash", "hash"), index("idx_approval_links_document", "document"), index("idx_approval_links_expires", "expires"))
	}, remove("approval_links"))
}
