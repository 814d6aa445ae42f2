package hub_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// followed is a hub in which people follow searches.
type followed struct {
	*hubtest.Hub
	t *testing.T
}

func newFollowed(t *testing.T) *followed {
	h := &followed{hubtest.New(t), t}
	h.Settle()
	return h
}

// asks lets somebody follow a search from its page.
func (h *followed) asks(c *hubtest.Client, query string) {
	h.t.Helper()
	if a := c.Post("/search/follow", url.Values{"search": {query}}); a.Status != 303 {
		h.t.Fatalf("following %s: %d %s", query, a.Status, a.Body)
	}
	time.Sleep(2 * time.Millisecond) // moments of records are told apart by milliseconds
}

// page writes guidance into a space.
func (h *followed) page(space, title, state string) *core.Record {
	h.t.Helper()
	d, err := library.New(h.App, library.Guidance, h.Record("spaces", "slug", space).Id)
	if err != nil {
		h.t.Fatal(err)
	}
	d.Load(map[string]any{
		"title": title, "summary": "About it.", "body": "Words.", "state": state, "slug": "page-" + strings.ReplaceAll(strings.ToLower(title), " ", "-"),
		"author": h.Record("users", "email", "partner@example.org").Id,
	})
	if err := h.App.Save(d.Record); err != nil {
		h.t.Fatal(err)
	}
	h.Settle()
	return d.Record
}

func (h *followed) change(r *core.Record, values map[string]any) {
	h.t.Helper()
	r = h.Record("documents", "id", r.Id)
	r.Load(values)
	if err := h.App.Save(r); err != nil {
		h.t.Fatal(err)
	}
	h.Settle()
}

// told is how often somebody was told of a thing.
func (h *followed) told(email string, r *core.Record) int {
	h.t.Helper()
	n, err := h.App.CountRecords("notifications", dbx.HashExp{"user": h.Record("users", "email", email).Id, "record": r.Id})
	if err != nil {
		h.t.Fatal(err)
	}
	return int(n)
}

func (h *followed) wants(email, mail string) {
	h.t.Helper()
	u := h.Record("users", "email", email)
	u.Set("mail", mail)
	if err := h.App.Save(u); err != nil {
		h.t.Fatal(err)
	}
}

func (h *followed) mails(kind string) []*core.Record {
	h.t.Helper()
	all, err := h.App.FindAllRecords("outbox", dbx.HashExp{"kind": kind})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// TestWhoFollowsASearchIsTold tells of what is new or newly visible, each once, and of nothing that one may not see.
func TestWhoFollowsASearchIsTold(t *testing.T) {
	h := newFollowed(t)
	older := h.page("library", "Quokka before", library.Published)
	member, lead := h.As("member"), h.As("lead")
	for _, c := range []*hubtest.Client{member, lead} {
		h.asks(c, "q=quokka")
	}
	expect := func(r *core.Record, what string, member, lead int) {
		t.Helper()
		if m, l := h.told("member@example.org", r), h.told("lead@example.org", r); m != member || l != lead {
			t.Errorf("%s: the member was told %d times, not %d, the lead %d times, not %d", what, m, member, l, lead)
		}
	}
	expect(h.page("library", "Quokka new", library.Published), "a new page", 1, 1)
	expect(h.page("library", "Wombat new", library.Published), "a page about something else", 0, 0)

	h.change(older, map[string]any{"body": "Other words."})
	expect(older, "an edit of what was there", 0, 0)

	draft := h.page("library", "Quokka draft", library.Draft)
	expect(draft, "a draft", 0, 0)
	h.change(draft, map[string]any{"state": library.Published})
	expect(draft, "a draft that came out", 1, 1)
	h.change(draft, map[string]any{"state": library.Withdrawn, "withdrawn_note": "Gone."})
	h.change(draft, map[string]any{"state": library.Published})
	expect(draft, "one that went and came back", 1, 1)

	closed := h.page("programme-board", "Quokka of the board", library.Published)
	expect(closed, "a page of a private space", 0, 1)
	h.change(closed, map[string]any{"space": h.Record("spaces", "slug", "library").Id})
	expect(closed, "one that was moved into the library", 1, 1)

	after := h.page("library", "Quokka that goes", library.Published)
	h.change(after, map[string]any{"space": h.Record("spaces", "slug", "programme-board").Id})
	page := member.Get("/notifications")
	if !strings.Contains(page.Body, "Quokka new") || strings.Contains(page.Body, "Quokka that goes") {
		t.Errorf("the page of notifications: %s", page.Body)
	}
	if !strings.Contains(member.Get("/about").Body, `>3<span class="nhsuk-u-visually-hidden"> new`) {
		t.Error("the bell does not count what the member may see: 3")
	}

	h.Stop()
	h.Start()
	h.Settle()
	expect(draft, "after a restart", 1, 1)
	a := h.As("member")
	if a := a.Post("/notifications", url.Values{}); a.Status != 303 {
		t.Errorf("all read: %d", a.Status)
	}
	if strings.Contains(a.Get("/about").Body, `<span class="nhsuk-u-visually-hidden"> new`) {
		t.Error("the bell still rings")
	}
	id := h.Record("follows", "user", h.Record("users", "email", "member@example.org").Id).Id
	if got := h.As("lead").Post("/me/follows", url.Values{"stop": {id}}); got.Status != 404 {
		t.Errorf("somebody else stops it: %d", got.Status)
	}
	if got := a.Post("/me/follows", url.Values{"stop": {id}}); got.Status != 303 {
		t.Errorf("stopping: %d", got.Status)
	}
	expect(h.page("library", "Quokka too late", library.Published), "after one has stopped", 0, 1)
}

// TestMailAboutSearches writes at once, or one digest, or nothing; each names the pages that its reader may see.
func TestMailAboutSearches(t *testing.T) {
	h := newFollowed(t)
	for email, mail := range map[string]string{"member@example.org": "at once", "member2@example.org": "daily", "lead@example.org": "weekly", "moderator@example.org": "never"} {
		h.wants(email, mail)
		name, _, _ := strings.Cut(email, "@")
		h.asks(h.As(name), "q=quokka&place=leeds")
		h.asks(h.As(name), "q=quokka")
	}
	h.page("library", "Quokka one", library.Published)
	h.page("library", "Quokka two", library.Published)
	h.page("programme-board", "Quokka of the board", library.Published)
	early := time.Now().UTC().Truncate(24 * time.Hour).Add(5 * time.Hour)
	digests := map[string]int{}
	for _, at := range []time.Time{early, early.Add(3 * time.Hour), early.Add(4 * time.Hour)} {
		h.digest(at)
		digests = map[string]int{}
		for _, m := range h.mails("digest") {
			digests[m.GetString("to")]++
		}
		if at == early && (digests["member2@example.org"] > 0 || digests["lead@example.org"] > 0 || digests["member@example.org"] == 0) {
			t.Errorf("before the hour mails go to %v", digests)
		}
	}
	if len(digests) != 3 || digests["member2@example.org"] != 1 || digests["lead@example.org"] != 1 {
		t.Fatalf("digests go to %v", digests)
	}
	for email, board := range map[string]bool{"member@example.org": false, "member2@example.org": false, "lead@example.org": true} {
		said := h.said(email)
		if !strings.Contains(said, "Quokka one") || !strings.Contains(said, "Quokka two") || strings.Contains(said, "Quokka of the board") != board {
			t.Errorf("%s is told %s", email, said)
		}
		if !strings.Contains(said, "Found by your search “quokka”") {
			t.Errorf("%s is not told by which search: %s", email, said)
		}
	}
	h.page("library", "Quokka three", library.Published)
	h.digest(early.Add(27 * time.Hour))
	if n := len(h.mailsTo("member2@example.org")); n != 2 {
		t.Errorf("the next day there are %d", n)
	}
}
