package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Boards and forums, and what they decided. Everybody may read them.
func init() {
	m.Register(func(app core.App) error {
		err := create(app, "groups", []core.Field{
			slug("slug"), required("title", 200), requiredChoice("kind", "board", "forum", "committee", "network"), text("summary", 1000),
			one(app, "organisation", "organisations"), many(app, "places", "places"), many(app, "programmes", "programmes"),
			text("contact_role", 200), mailbox("mailbox"),
		}, unique("idx_groups_slug", "slug"), open)
		if err != nil {
			return err
		}
		return create(app, "decisions", []core.Field{
			part(app, "group", "groups"), date("decided"), required("text", 1000), one(app, "document", "documents"), one(app, "thread", "threads"), address("source"),
		}, index("idx_decisions_group", "`group`, decided"), open)
	}, inTurn(remove("decisions"), remove("groups")))
}

// open lets everybody read through REST.
func open(c *core.Collection) { c.ListRule, c.ViewRule = rule(""), rule("") }
