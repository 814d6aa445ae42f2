package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Who asked for a second factor is asked for it by REST too.
func init() {
	set := func(on bool, rule string) func(core.App) error {
		return func(app core.App) error {
			return alter(app, "users", func(c *core.Collection) { c.MFA.Enabled, c.MFA.Duration, c.MFA.Rule = on, 600, rule })
		}
	}
	m.Register(set(true, "second_factor = true"), set(false, ""))
}
