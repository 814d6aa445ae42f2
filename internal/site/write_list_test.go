package site_test

import (
	"net/http"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// TestWhatStandsOnTheWritingPage: whoever is an editor of one group only finds the way there, and a page in review stands there
// once.
func TestWhatStandsOnTheWritingPage(t *testing.T) {
	h := hubtest.New(t)
	hasNot(t, h.As("member2").Get("/"), `<a href="/write">Write</a>`)
	c, err := h.App.FindCollectionByNameOrId("memberships")
	if err != nil {
		t.Fatal(err)
	}
	m, who := core.NewRecord(c), h.Record("users", "email", "member2@example.org")
	var group *core.Record
	if group, err = h.App.FindFirstRecordByFilter("spaces", "slug != 'library'"); err != nil {
		t.Fatal(err)
	}
	if old, err := h.App.FindFirstRecordByFilter("memberships", "space = '"+group.Id+"' && user = '"+who.Id+"'"); err == nil {
		m = old
	}
	m.Load(map[string]any{"space": group.Id, "user": who.Id, "role": "editor"})
	if err := h.App.Save(m); err != nil {
		t.Fatal(err)
	}
	d, err := library.New(h.App, library.Guidance, group.Id)
	if err != nil {
		t.Fatal(err)
	}
	d.Load(map[string]any{"title": "Quolls on the ward", "summary": "S", "body": "Words.", "state": library.InReview, "author": who.Id})
	if err := h.App.Save(d.Record); err != nil {
		t.Fatal(err)
	}
	page := want(t, h.As("member2").Get("/write"), http.StatusOK)
	has(t, page, `<a href="/write">Write</a>`, "On its way", "Quolls on the ward</a>")
	hasNot(t, page, "<h2>Your drafts</h2>")
}
