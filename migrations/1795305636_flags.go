package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Somebody says that something should be looked at. Who said so is known to moderators only; a guest is told apart from
// another by a hash that says nothing else.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "flags", []core.Field{
			required("subject", 60), required("record", 60), one(app, "space", "spaces"), one(app, "concerns", "users"),
			requiredChoice("reason", "harm", "private", "wrong", "unkind", "advert", "other"), text("words", 2000),
			one(app, "reporter", "users"), hidden("reporter_key", 64), requiredChoice("state", "open", "acted", "kept"),
			one(app, "handled_by", "users"), date("handled"), text("outcome", 1000),
		}, index("idx_flags_state", "state, created"), unique("idx_flags_reporter_key", "subject, record, reporter_key"))
	}, remove("flags"))
}
