package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What a person says at the first sign-in, and how they left: the terms they saw, what they want mail about, whether
// they asked for a second factor. Somebody who left or was erased keeps the row, and nothing else.
func init() {
	m.Register(with("users", func(core.App) []core.Field {
		return []core.Field{
			date("welcomed"), text("terms", 20), choice("mail", "at once", "daily", "weekly", "never"), flag("second_factor"), date("left"),
		}
	}))
}
