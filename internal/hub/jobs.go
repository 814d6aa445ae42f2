package hub

import (
	"commonplace/internal/member"
)

// jobs lists everything that happens by the clock.
func (h *Hub) jobs() {
	for _, job := range []struct {
		id, when string
		run      func() error
	}{
		{"sessions.expired", "17 3 * * *", func() error { return member.DropExpiredSessions(h.app) }},
		{"database.optimize", "47 3 * * *", func() error {
			_, err := h.app.DB().NewQuery("PRAGMA optimize").Execute()
			return err
		}},
	} {
		h.app.Cron().MustAdd(job.id, job.when, func() {
			if err := job.run(); err != nil {
				h.app.Logger().Error("job failed", "job", job.id, "error", err)
			}
		})
	}
}
