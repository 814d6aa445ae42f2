package hub

import (
	"time"

	"github.com/pocketbase/dbx"
)

// champions are three, each labelled as an example; so the grid has holes.
func (d *demonstration) champions() {
	for _, x := range []struct {
		email, level, setting, helps string
		name                         bool
	}{
		{"lead@example.org", "board", "nhs", "How to put carers on the agenda of a board, and what to bring when it asks for numbers.", false},
		{"member2@example.org", "clinical", "surgery", "Asking “do you look after someone?” at the desk, and keeping the register.", false},
		{"moderator@example.org", "grass-roots", "library", "A carers’ shelf, a quiet hour, and how to get a branch to join in.", true},
	} {
		u := d.people[x.email]
		if u == nil || d.first("champions", dbx.HashExp{"person": u.Id}) != nil {
			continue
		}
		d.make("champions", map[string]any{
			"person": u.Id, "organisation": u.GetString("organisation"), "place": u.GetString("place"), "level": x.level, "setting": x.setting, "helps": x.helps,
			"role": u.GetString("role_title") + " and carers champion", "shown": true, "show_name": x.name, "example": true, "since": time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
		})
	}
}
