package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What PocketBase leaves open is set: rate limits on, batch off, and an activity log that keeps warnings only and no
// addresses. Reading public pages is limited elsewhere, generously.
func init() {
	m.Register(func(app core.App) error {
		s := app.Settings()
		s.Meta.AppName = "Commonplace"
		s.Meta.SenderName = "Commonplace"
		s.Batch.Enabled = false
		s.Logs = core.LogsConfig{MaxDays: 3, MinLevel: 4}
		s.RateLimits.Enabled = true
		s.RateLimits.Rules = []core.RateLimitRule{
			{Label: "*:auth", MaxRequests: 10, Duration: 30},
			{Label: "*:create", MaxRequests: 60, Duration: 60},
			{Label: "*:update", MaxRequests: 120, Duration: 60},
			{Label: "/api/", MaxRequests: 600, Duration: 30},
		}
		return app.Save(s)
	}, func(app core.App) error {
		s := app.Settings()
		s.RateLimits.Enabled = false
		return app.Save(s)
	})
}
