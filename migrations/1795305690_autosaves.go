package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What somebody typed into a form and has not saved yet: by whom, on which page, in which window.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "autosaves", []core.Field{
			part(app, "person", "users"),
			required("address", 200),
			required("window", 40),
			whole("base"),
			date("ended"),
			object("form", 1<<20),
		},
			unique("idx_autosaves_window", "person, window, address"),
			index("idx_autosaves_updated", "updated"))
	}, remove("autosaves"))
}
