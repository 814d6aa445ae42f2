package hub_test

import (
	"strings"
	"testing"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/thread"
)

// TestModeratorsAreToldWhatWaits: one notice for those who moderate a space while something waits there, however much, and a
// mail at their own rhythm. Nobody has checked the words, so that none of them go out.
func TestModeratorsAreToldWhatWaits(t *testing.T) {
	h := newFollowed(t)
	study := h.Record("documents", "slug", "a-carer-friendly-system")
	tells := func(words string) {
		t.Helper()
		if err := (thread.Said{Document: study.Id, Page: "/case-studies/a-carer-friendly-system", Words: words}).Keep(h.App); err != nil {
			t.Fatal(err)
		}
		h.Settle()
	}
	tells("The unchecked wombat.")
	tells("The unchecked quoll.")
	day := time.Now().UTC().Truncate(24 * time.Hour).Add(9 * time.Hour)
	h.digest(day)
	for email, wants := range map[string]string{"moderator": "waits", "lead": "waits", "admin": "waits", "member": "", "partner": ""} {
		if got := h.notices(email + "@example.org"); got != wants {
			t.Errorf("%s is told %q, not %q", email, got, wants)
		}
		said, here := h.said(email+"@example.org"), h.As(email).Get("/notifications").Body
		waits := "2 comments wait, the first on “" + study.GetString("title") + "”"
		if strings.Contains(said, waits) != (wants != "") || strings.Contains(here, waits) != (wants != "") {
			t.Errorf("%s: the mail says %q, the page %q", email, said, here)
		}
		if strings.Contains(said+here, "unchecked") {
			t.Errorf("%s reads words that nobody has checked: %s %s", email, said, here)
		}
	}
	for _, c := range []string{"The unchecked wombat.", "The unchecked quoll."} {
		r := h.Record("comments", "words", c)
		r.Set("state", thread.Visible)
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	h.Settle()
	if body := h.As("moderator").Get("/notifications").Body; strings.Contains(body, "wait") || strings.Contains(body, "unchecked") || h.said("moderator@example.org") != "" {
		t.Errorf("nothing waits any more: %s %s", body, h.said("moderator@example.org"))
	}
	tells("The unchecked bilby.")
	h.read("moderator@example.org")
	tells("The unchecked dunnart.")
	if got := h.notices("moderator@example.org"); got != "waits" {
		t.Errorf("of what came after it was read they are told %q", got)
	}
}

// TestNewsOfAccess: who follows one page or one discussion of a space is told when others may see it, and when the discussion
// moves. Who may not see it any more is told nothing, and no mail has anything of it.
func TestNewsOfAccess(t *testing.T) {
	h := newFollowed(t)
	lead := h.As("lead")
	page := h.page("passport-group", "Of marsupials", "published")
	id := h.starts(lead, "library", "About bandicoots", "Well?")
	h.Settle()
	space := h.Record("spaces", "slug", "passport-group")
	h.follows("member2@example.org", notify.Document, page.Id, notify.Everything)
	h.follows("moderator@example.org", notify.Document, page.Id, notify.Nothing)
	for _, email := range []string{"member", "member2", "admin"} {
		h.follows(email+"@example.org", notify.Thread, id, notify.Everything)
	}
	h.read("member@example.org", "member2@example.org", "admin@example.org", "moderator@example.org")

	level := func(to string) {
		t.Helper()
		r := h.Record("spaces", "id", space.Id)
		r.Set("level", to)
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
		h.Settle()
	}
	level("open")
	h.expect("the space is open", map[string]string{"member2": "access", "moderator": "", "partner": ""})

	h.posts(lead, id, "A post about bandicoots.", "")
	board := h.Record("spaces", "slug", "programme-board")
	moved := h.Record("threads", "id", id)
	moved.Set("space", board.Id)
	if err := h.App.Save(moved); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	h.digest(time.Now().UTC().Truncate(24 * time.Hour).Add(9 * time.Hour))
	for _, email := range []string{"member", "member2", "admin"} {
		u := h.user(email + "@example.org")
		sees := viewerOf(t, h.App, u).Sees(board.Id, "published", "")
		told := strings.Contains(h.notices(email+"@example.org"), "access")
		mailed, shown := strings.Contains(h.said(email+"@example.org"), "andicoots"), strings.Contains(h.As(email).Get("/notifications").Body, "andicoots")
		if told != sees || mailed != sees || shown != sees {
			t.Errorf("%s, who sees it: %v, is told: %v, by mail: %v, on the page: %v", email, sees, told, mailed, shown)
		}
	}
	h.read("member2@example.org")
	level(string(member.Confidential))
	if v := viewerOf(t, h.App, h.user("member2@example.org")); !v.Belongs(space.Id) {
		h.expect("the space is closed to them", map[string]string{"member2": ""})
	}
}
