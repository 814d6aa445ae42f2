package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Who was reminded that a document has to be checked by a day, and how many days before: each at most once.
func init() {
	m.Register(func(app core.App) error {
		person := part(app, "person", "users")
		return create(app, "reminders", []core.Field{
			part(app, "document", "documents"), person, date("check_by"), whole("days"), text("mail", 200),
		}, unique("idx_reminders_once", "document, person, check_by, days"), index("idx_reminders_person", "person"))
	}, remove("reminders"))
}
