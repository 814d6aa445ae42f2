package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A one-time code that was mailed. It is kept as a hash together with a token that only the browser holds which asked
// for it, so neither the mail nor the table alone is enough. PocketBase's own codes count no tries and know no browser.
func init() {
	m.Register(func(app core.App) error {
		hash, code := hidden("hash", 64), hidden("code", 64)
		hash.Required, code.Required = true, true
		return create(app, "codes", []core.Field{
			hash, code, part(app, "user", "users"), flag("password_given"), whole("tries"), date("expires"),
		}, unique("idx_codes_hash", "hash"), index("idx_codes_user", "user"))
	}, remove("codes"))
}
