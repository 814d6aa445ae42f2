package hub_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/dbx"
)

// Whoever keeps an event is asked what changed because of it: by a notice, and in the mail that they want. Once it is told,
// nobody asks again.
func TestKeepersAreAskedWhatChanged(t *testing.T) {
	h := newFollowed(t)
	partner := h.As("partner")
	day := time.Now().In(member.London).AddDate(0, 0, -2).Format(time.DateOnly)
	a := partner.Post("/write/event", url.Values{"do": {"announce"}, "title": {"Breakfast"}, "venue": {"The hall"}, "starts": {day}, "from": {"09:00"}, "to": {"10:00"}})
	if a.Status != http.StatusSeeOther {
		t.Fatal(a.Status, a.Body)
	}
	e := h.Record("events", "slug", "breakfast")
	user := h.user("partner@example.org").Id
	asked := func() (n int) {
		h.Settle()
		all, err := h.App.FindAllRecords("notifications", dbx.HashExp{"user": user, "kind": notify.Asked, "record": e.Id, "read": ""})
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	for range 2 { // the second time there is nothing more to ask
		if err := h.Hub.Hub.AskOutcomes(time.Now()); err != nil {
			t.Fatal(err)
		}
		if n := asked(); n != 1 {
			t.Fatalf("they are asked by %d notices", n)
		}
	}
	if page := partner.Get("/notifications").Body; !strings.Contains(page, "What changed because of it?") || !strings.Contains(page, `href="/events/breakfast/outcome"`) {
		t.Error("the page of notices does not ask")
	}
	if page := partner.Get("/since").Body; !strings.Contains(page, "Breakfast") {
		t.Error("who comes back is not asked")
	}
	h.digest(time.Now().UTC().Truncate(24 * time.Hour).Add(33 * time.Hour))
	if said := h.said("partner@example.org"); !strings.Contains(said, "What changed because of it?") || !strings.Contains(said, "/events/breakfast/outcome") {
		t.Errorf("the mail says %q", said)
	}
	if partner.Get("/events/breakfast/outcome"); asked() != 0 {
		t.Error("who opened the form is asked still")
	}
	if a := partner.Post("/events/breakfast/outcome", url.Values{"outcome": {"There is a card now."}}); a.Status != http.StatusSeeOther {
		t.Fatal(a.Status, a.Body)
	}
	if err := h.Hub.Hub.AskOutcomes(time.Now().AddDate(0, 0, 20)); err != nil || asked() != 0 {
		t.Errorf("it is told, and they are asked again (%v)", err)
	}
}
