package hub

import (
	"commonplace/internal/search"

	"github.com/pocketbase/pocketbase/core"
)

// What tests see of the inside.
var Settle = settleDatabase

// Retain is the nightly job.
func (h *Hub) Retain() error { return h.retain() }

// MaySee is what is asked before a mail is sent.
func (h *Hub) MaySee(person, about, record string) (bool, error) {
	return h.maySee(person, about, record)
}

// Reconcile is the nightly comparison of the index.
func (h *Hub) Reconcile() error { return h.reconcile() }

// IndexSays is what the doctor says of the index.
func (h *Hub) IndexSays() string {
	for _, c := range h.health() {
		if c.Name == "index" {
			return c.Says
		}
	}
	return ""
}

// Entries are all that can be found, as the tables have it.
func Entries(app core.App, yield func(search.Entry) error) error {
	for _, room := range entryRooms {
		if err := room.of(app, nil, yield); err != nil {
			return err
		}
	}
	return nil
}
