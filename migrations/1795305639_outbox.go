package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Mail that is to go out, or has gone. A key makes one mail of several tries to write it; once sent, the words go.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "outbox", []core.Field{
			required("key", 200), requiredChoice("state", "waiting", "sending", "sent", "failed", "dropped"), date("due"), whole("tries"),
			mailbox("to"), one(app, "person", "users"), required("kind", 60), text("subject", 300),
			text("about", 60), text("record", 60), text("error", 500), date("sent"), date("expires"), object("headers", 4000),
			hidden("text", 200_000), hidden("html", 400_000),
		}, unique("idx_outbox_key", "key"), index("idx_outbox_state", "state, due"), index("idx_outbox_person", "person"))
	}, remove("outbox"))
}
