package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// An invitation lets one person in, once, with the role that the inviter chose. The link's token is kept as a hash.
func init() {
	m.Register(func(app core.App) error {
		token := hidden("hash", 64)
		email := mailbox("email")
		email.Required = true
		return create(app, "invitations", []core.Field{
			token, email, text("name", 120), requiredChoice("role", "member", "lead", "moderator", "administrator"),
			one(app, "organisation", "organisations"), many(app, "spaces", "spaces"), one(app, "invited_by", "users"),
			date("expires"), date("sent"), date("accepted"), date("revoked"), one(app, "person", "users"), text("words", 1000),
		}, unique("idx_invitations_hash", "hash"), index("idx_invitations_email", "email"))
	}, remove("invitations"))
}
