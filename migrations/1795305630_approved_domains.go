package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Whoever has an e-mail address at an approved domain may join without being invited.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "approved_domains", []core.Field{
			required("domain", 253), one(app, "organisation", "organisations"), text("note", 500),
		}, unique("idx_approved_domains_domain", "domain"))
	}, remove("approved_domains"))
}
