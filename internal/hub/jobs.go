package hub

import (
	"context"
	"time"

	"commonplace/internal/event"
	"commonplace/internal/library"
)

// jobs lists everything that happens by the clock.
func (h *Hub) jobs() {
	for _, job := range []struct {
		id, when string
		run      func() error
	}{
		{"retention", "17 3 * * *", h.retain},
		{"library.publish", "* * * * *", h.publishDue},
		{"database.settle", "47 3 * * *", func() error { return settleDatabase(h.app) }},
		{"search.reconcile", "11 2 * * *", h.reconcile},
		{"freshness.remind", "23 * * * *", func() error { return h.Remind(time.Now()) }},      // hourly: it may have been down at any hour
		{"notify.digest", "11 * * * *", func() error { return h.Digest(time.Now()) }},         // hourly, for the same reason
		{"events.ask", "7 * * * *", func() error { return h.AskOutcomes(time.Now()) }},        // hourly: it may have been down in the morning
		{"plans.remind", "13 * * * *", func() error { return h.RemindOfPlans(time.Now()) }},   // hourly, for the same reason
		{"plans.boards", "29 * * * *", func() error { return h.Site.KeepBoards(time.Now()) }}, // once a quarter: it looks each hour
		{"plans.signed", "37 * * * *", func() error { return h.AskSigners(time.Now()) }},
		{"consents.lapse", "3 * * * *", func() error { return h.lapseConsents(time.Now()) }},
		{"uploads.sweep", "41 * * * *", func() error { h.Site.SweepUploads(time.Now()); return nil }},
		{"pages.alike", "31 * * * *", func() error { return h.Site.LookForAlike(context.Background()) }},
	} {
		h.app.Cron().MustAdd(job.id, job.when, func() {
			if err := job.run(); err != nil {
				h.app.Logger().Error("job failed", "job", job.id, "error", err)
			}
		})
	}
}

// AskOutcomes asks those who keep events that are over what changed because of them. The journal brings it to them.
func (h *Hub) AskOutcomes(now time.Time) error {
	_, err := event.AskOutcomes(h.app, now)
	return err
}

// publishDue brings out what was set to come out by now.
func (h *Hub) publishDue() error {
	_, err := library.PublishDue(h.app, time.Now())
	return err
}
