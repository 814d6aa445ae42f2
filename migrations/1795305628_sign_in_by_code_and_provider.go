package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// People may sign in with a one-time code or with a provider that an operator sets up. Operators need a second factor.
// Links in PocketBase's own mails lead to our pages, not to the operators' side.
func init() {
	set := func(app core.App, on bool) error {
		if err := alter(app, "users", func(c *core.Collection) {
			c.OTP.Enabled, c.OTP.Duration, c.OTP.Length = on, 600, 8
			c.OAuth2.Enabled = on
		}); err != nil {
			return err
		}
		return alter(app, core.CollectionNameSuperusers, func(c *core.Collection) {
			c.OTP.Enabled, c.OTP.Duration, c.OTP.Length = on, 600, 8
			c.MFA.Enabled, c.MFA.Duration = on, 600
		})
	}
	m.Register(func(app core.App) error { return set(app, true) }, func(app core.App) error { return set(app, false) })
}
