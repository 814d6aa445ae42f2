package library_test

import (
	"net/http"
	"testing"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// add saves a record the way the dashboard would.
func add(t *testing.T, h *hubtest.Hub, collection string, values map[string]any) *core.Record {
	t.Helper()
	c, err := h.App.FindCollectionByNameOrId(collection)
	if err != nil {
		t.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(values)
	if err := h.App.Save(r); err != nil {
		t.Fatal(err)
	}
	return r
}

const documents = "/api/collections/documents/records"

// TestWritingOverREST writes documents as everybody of the cast: who may, where, and for whom.
func TestWritingOverREST(t *testing.T) {
	h := hubtest.New(t)
	group, board := idOf(h.App, "spaces", "passport-group"), idOf(h.App, "spaces", "programme-board")
	partner, lead := h.Record("users", "email", "partner@example.org"), h.Record("users", "email", "lead@example.org")
	o := add(t, h, "organisations", map[string]any{"name": "Another partner", "slug": "another-partner"})
	rival := add(t, h, "users", map[string]any{"email": "rival@example.org", "name": "Riva", "role": "member", "organisation": o.Id, "verified": true, "password": hub.DemoPassword, "passwordConfirm": hub.DemoPassword})
	add(t, h, "memberships", map[string]any{"user": rival.Id, "space": idOf(h.App, "spaces", "library"), "role": "editor"})

	people := map[string]*hubtest.Client{}
	for _, who := range []string{"guest", "member", "member2", "moderator", "rival", "partner", "lead", "admin"} {
		people[who] = h.As(who)
	}
	create := func(who string, more map[string]any) hubtest.Answer {
		return people[who].REST("POST", documents, complete(h.App, more))
	}
	t.Run("create", func(t *testing.T) {
		for _, c := range []struct {
			who, space string
			status     int
		}{
			{"guest", "", http.StatusBadRequest}, {"member", "", http.StatusForbidden}, {"member2", "", http.StatusForbidden}, {"moderator", "", http.StatusForbidden},
			{"rival", "", http.StatusOK}, {"partner", "", http.StatusOK}, {"lead", "", http.StatusOK}, {"admin", "", http.StatusOK},
			{"member", group, http.StatusForbidden}, {"partner", group, http.StatusOK}, {"rival", group, http.StatusForbidden},
			{"partner", board, http.StatusForbidden}, {"lead", board, http.StatusOK}, {"admin", board, http.StatusOK},
		} {
			if a := create(c.who, map[string]any{"kind": "guidance", "space": c.space}); a.Status != c.status {
				t.Errorf("%s in %q: status %d, not %d: %.200s", c.who, c.space, a.Status, c.status, a.Body)
			}
		}
	})
	t.Run("nobody signs for others", func(t *testing.T) {
		id := create("partner", map[string]any{"kind": "guidance", "author": lead.Id, "organisation": o.Id, "access": "x:y", "published_revision": "x"}).ID(t)
		r := h.Record("documents", "id", id)
		if r.GetString("author") != partner.Id || r.GetString("organisation") != partner.GetString("organisation") || r.GetString("access") != r.GetString("space")+":published" || r.GetString("published_revision") == "x" {
			t.Errorf("it is signed %q for %q, with the access %q", r.GetString("author"), r.GetString("organisation"), r.GetString("access"))
		}
		// A reviewer publishes for an organisation.
		id = create("lead", map[string]any{"kind": "guidance", "organisation": o.Id}).ID(t)
		if r := h.Record("documents", "id", id); r.GetString("author") != lead.Id || r.GetString("organisation") != o.Id {
			t.Errorf("for another organisation, it is signed %q for %q", r.GetString("author"), r.GetString("organisation"))
		}
		people["partner"].REST("PATCH", documents+"/"+id, map[string]any{"title": "x"})
	})
	t.Run("a draft without a state", func(t *testing.T) {
		id := people["partner"].REST("POST", documents, map[string]any{"title": "Just begun", "kind": "guidance"}).ID(t)
		if r := h.Record("documents", "id", id); r.GetString("state") != library.Draft || r.GetString("space") != idOf(h.App, "spaces", "library") {
			t.Errorf("it is %s in %s", r.GetString("state"), r.GetString("space"))
		}
		if a := people["partner"].REST("PATCH", documents+"/"+id, map[string]any{"state": "published", "kind": "case-study"}); a.Status != http.StatusBadRequest {
			t.Errorf("published without its fields: %d", a.Status)
		}
	})
	t.Run("change", func(t *testing.T) {
		published := create("partner", map[string]any{"kind": "guidance", "title": "Partner's own"}).ID(t)
		draft := create("partner", map[string]any{"kind": "guidance", "title": "Partner's draft", "state": "draft"}).ID(t)
		private := create("lead", map[string]any{"kind": "guidance", "title": "Board paper", "space": board}).ID(t)
		for _, c := range []struct {
			who, id string
			status  int
		}{
			{"guest", published, http.StatusNotFound}, {"member", published, http.StatusForbidden}, {"moderator", published, http.StatusForbidden}, {"rival", published, http.StatusForbidden},
			{"partner", published, http.StatusOK}, {"lead", published, http.StatusOK}, {"admin", published, http.StatusOK},
			{"member", draft, http.StatusNotFound}, {"rival", draft, http.StatusNotFound}, {"moderator", draft, http.StatusNotFound}, {"partner", draft, http.StatusOK}, {"lead", draft, http.StatusOK},
			{"partner", private, http.StatusNotFound}, {"rival", private, http.StatusNotFound}, {"lead", private, http.StatusOK},
		} {
			a := people[c.who].REST("PATCH", documents+"/"+c.id, map[string]any{"summary": "Changed by " + c.who})
			if a.Status != c.status {
				t.Errorf("%s: status %d, not %d: %.200s", c.who, a.Status, c.status, a.Body)
			}
		}
		// Moved where one may not write, or given to somebody else.
		if a := people["partner"].REST("PATCH", documents+"/"+published, map[string]any{"space": board}); a.Status != http.StatusForbidden {
			t.Errorf("the partner moves it into the board: %d", a.Status)
		}
		people["partner"].REST("PATCH", documents+"/"+published, map[string]any{"author": rival.Id, "organisation": o.Id}).ID(t)
		if r := h.Record("documents", "id", published); r.GetString("author") != partner.Id || r.GetString("organisation") != partner.GetString("organisation") {
			t.Error("it was given away")
		}
		// Nobody deletes over REST: withdrawn is as far as it goes.
		for who, c := range people {
			if a := c.REST("DELETE", documents+"/"+published, nil); a.Status != http.StatusForbidden && a.Status != http.StatusNotFound {
				t.Errorf("%s deletes: %d", who, a.Status)
			}
		}
		// A suspended person changes nothing any more, whatever token is left.
		u := h.Record("users", "email", "partner@example.org")
		u.Set("suspended", true)
		if err := h.App.Save(u); err != nil {
			t.Fatal(err)
		}
		if a := people["partner"].REST("PATCH", documents+"/"+published, map[string]any{"summary": "Still here"}); a.Status == http.StatusOK {
			t.Error("a suspended person changes a document")
		}
	})
}
