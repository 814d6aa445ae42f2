package migrations

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
	"github.com/pocketbase/pocketbase/tools/types"
)

// The space decides who sees: open (anyone reads), restricted (members of the hub read, its own members write), private
// (listed; content for its members), confidential (not even listed). The open library is a space like the others.
func init() {
	m.Register(func(app core.App) error {
		err := create(app, "spaces", []core.Field{
			slug("slug"), required("title", 120), text("summary", 1_000),
			requiredChoice("level", "open", "restricted", "private", "confidential"),
		}, unique("idx_spaces_slug", "slug"))
		if err != nil {
			return err
		}
		// Past the hooks: those of a later release may ask for what is not there yet.
		now := types.NowDateTime().String()
		_, err = app.DB().Insert("spaces", dbx.Params{
			"id": core.GenerateDefaultRandomId(), "slug": "library", "title": "Library", "level": "open", "created": now, "updated": now,
			"summary": "The open library: the handbook, good practice, plans and the words we use. Anyone can read it.",
		}).Execute()
		return err
	}, remove("spaces"))
}
