package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
	"github.com/pocketbase/pocketbase/tools/security"
)

// The journal has its own unique seq, because VACUUM may renumber SQLite's row ids. The epoch tells one data folder, or
// one restore of it, from another; sockets and the search index keep it beside their position.
func init() {
	m.Register(func(app core.App) error {
		err := create(app, "journal", []core.Field{
			whole("seq"), text("at", 40), text("actor", 60), required("verb", 60), required("subject", 60),
			text("record", 60), text("parent", 60), text("space", 60), object("data", 100_000),
		}, unique("idx_journal_seq", "seq"), index("idx_journal_record", "subject, record"), index("idx_journal_parent", "parent, seq"))
		if err != nil {
			return err
		}
		_, err = app.DB().NewQuery("INSERT INTO {{_params}} ([[id]], [[value]], [[created]], [[updated]]) VALUES ('commonplace_epoch', {:epoch}, strftime('%Y-%m-%d %H:%M:%fZ'), strftime('%Y-%m-%d %H:%M:%fZ'))").
			Bind(map[string]any{"epoch": `"` + security.RandomString(12) + `"`}).Execute()
		return err
	}, func(app core.App) error {
		if _, err := app.DB().NewQuery("DELETE FROM {{_params}} WHERE [[id]] = 'commonplace_epoch'").Execute(); err != nil {
			return err
		}
		return remove("journal")(app)
	})
}
