package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/notify"
	"commonplace/internal/thread"
)

// TestAFaultOfTheStoreIsNoAnswer takes a table away while something is asked for. Regression: a feed was not there, a link of a mail said
// that the follow had been stopped, and the list of answers was shown, and kept, without those on pages; notifications
// lacked what could not be read, and a follow was of something that one can no longer see.
func TestAFaultOfTheStoreIsNoAnswer(t *testing.T) {
	h := hubtest.New(t)
	guest, me := h.As("guest"), h.Record("users", "email", "member@example.org")
	about := h.Record("threads", "title", "How did you get the HR directors to agree?")
	f, err := notify.Begin(h.App, me.Id, notify.Followed{Kind: notify.Thread, Record: about.Id}, notify.Everything)
	if err != nil {
		t.Fatal(err)
	}
	stop, err := notify.TapLink(me, notify.TapStop, f.Id)
	if err != nil {
		t.Fatal(err)
	}
	page := h.Record("documents", "slug", "a-carer-friendly-system")
	make1(t, h, "answers", map[string]any{"document": page.Id, "page": "/case-studies/a-carer-friendly-system", "changed": true, "words": "It says so now."})
	if _, err := notify.Put(h.App, notify.News{User: me.Id, Kind: notify.Access, About: "documents", Record: page.Id, Seq: 1, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	mine := h.As("member")
	for _, c := range []struct {
		who         *hubtest.Client
		table, path string
	}{
		{mine, "documents", "/notifications"}, {mine, "threads", "/me/follows"},
		{guest, "threads", "/discussions/" + about.Id + "/feed.atom"}, {guest, "follows", "/tap/" + stop}, {guest, "documents", "/changed-because-you-said"},
	} {
		rename := func(from, to string) {
			t.Helper()
			if _, err := h.App.DB().NewQuery("PRAGMA legacy_alter_table = ON; ALTER TABLE " + from + " RENAME TO " + to + "; PRAGMA legacy_alter_table = OFF").Execute(); err != nil {
				t.Fatal(err)
			}
		}
		rename(c.table, c.table+"_away")
		a := c.who.Get(c.path)
		rename(c.table+"_away", c.table)
		if a.Status != http.StatusInternalServerError && a.Status != http.StatusBadRequest {
			t.Errorf("%s without %s: %d", c.path, c.table, a.Status)
		}
		want(t, c.who.Get(c.path), http.StatusOK)
	}
	has(t, guest.Get("/changed-because-you-said"), "It says so now.")
}

// TestWhatWasSaidBeforeAPageWasRenamed answers two readers of one page at once, one of whom knew it by another address.
// Regression: somebody was said to have answered meanwhile.
func TestWhatWasSaidBeforeAPageWasRenamed(t *testing.T) {
	h := hubtest.New(t)
	moderator := h.As("moderator")
	page := h.Record("documents", "slug", "a-carer-friendly-system")
	form := url.Values{"changed": {"yes"}, "words": {"Both are mended."}}
	for _, at := range []string{"/case-studies/an-older-name", "/case-studies/a-carer-friendly-system"} {
		c := make1(t, h, "comments", map[string]any{"document": page.Id, "page": at, "words": "Said at " + at, "space": page.GetString("space"), "state": thread.Visible})
		form.Add("comments", c.Id)
	}
	list := want(t, moderator.Get("/told"), http.StatusOK)
	if n := strings.Count(list.Body, "/told?page="); n != 1 {
		t.Errorf("the page is %d times in the list", n)
	}
	want(t, moderator.Post("/told?page=/case-studies/a-carer-friendly-system", form), http.StatusSeeOther)
}
