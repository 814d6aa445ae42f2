package thread_test

import (
	"net/http"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/thread"
)

const (
	threads = "/api/collections/threads/records"
	posts   = "/api/collections/posts/records"
)

// TestTalkingOverREST starts threads and posts as everybody of the cast.
func TestTalkingOverREST(t *testing.T) {
	h := hubtest.New(t)
	people := map[string]*hubtest.Client{}
	for _, who := range []string{"guest", "member", "member2", "moderator", "partner", "lead", "admin"} {
		people[who] = h.As(who)
	}
	space := func(slug string) string { return h.Record("spaces", "slug", slug).Id }
	open, group := h.Record("threads", "title", "Does your impact check ask about carers?").Id, h.Record("threads", "title", "One page or four?").Id
	board := people["lead"].REST("POST", threads, map[string]any{"title": "Board", "space": space("programme-board")}).ID(t)
	closed := people["lead"].REST("POST", threads, map[string]any{"title": "Closed", "space": space("library")}).ID(t)
	change(t, h, "threads", closed, map[string]any{"state": thread.Closed})

	t.Run("start", func(t *testing.T) {
		for _, c := range []struct {
			who, space string
			status     int
		}{
			{"guest", "library", http.StatusBadRequest}, {"member2", "library", http.StatusOK}, {"member2", "passport-group", http.StatusBadRequest}, {"member", "passport-group", http.StatusOK},
			{"member", "programme-board", http.StatusBadRequest}, {"lead", "programme-board", http.StatusOK},
		} {
			if a := people[c.who].REST("POST", threads, map[string]any{"title": "By REST", "space": space(c.space)}); a.Status != c.status {
				t.Errorf("%s in %s: %d, not %d: %.200s", c.who, c.space, a.Status, c.status, a.Body)
			}
		}
		id := people["member2"].REST("POST", threads, map[string]any{
			"title": "Claims much", "space": space("library"), "state": "hidden", "pinned": true, "example": true, "post_count": 99, "last_post_at": "2999-01-01 00:00:00.000Z",
			"author": h.Record("users", "email", "lead@example.org").Id, "by_role": "Chief", "organisation": h.Record("organisations", "name", "Kirklees partner (example)").Id, "access": "x:y",
		}).ID(t)
		r := h.Record("threads", "id", id)
		if r.GetString("state") != thread.Open || r.GetBool("pinned") || r.GetBool("example") || r.GetInt("post_count") != 0 || r.GetDateTime("last_post_at").Time().Year() > 2998 ||
			r.GetString("author") != h.Record("users", "email", "member2@example.org").Id || r.GetString("by_role") != "Carers lead" || r.GetString("access") != space("library")+":published" {
			t.Errorf("the thread is %v", r.FieldsData())
		}
		for who, c := range people {
			if a := c.REST("PATCH", threads+"/"+id, map[string]any{"title": "Renamed"}); a.Status < 400 {
				t.Errorf("%s renames a thread: %d", who, a.Status)
			}
			if a := c.REST("DELETE", threads+"/"+id, nil); a.Status < 400 {
				t.Errorf("%s deletes a thread: %d", who, a.Status)
			}
		}
	})
	t.Run("post", func(t *testing.T) {
		for _, c := range []struct {
			who, thread string
			status      int
		}{
			{"guest", open, http.StatusBadRequest}, {"member2", open, http.StatusOK}, {"member2", group, http.StatusForbidden}, {"member", group, http.StatusOK}, {"member", board, http.StatusBadRequest},
			{"member", "nothingnothing1", http.StatusBadRequest}, {"lead", board, http.StatusOK}, {"member", closed, http.StatusForbidden}, {"lead", closed, http.StatusForbidden},
		} {
			if a := people[c.who].REST("POST", posts, map[string]any{"thread": c.thread, "body": "By REST"}); a.Status != c.status {
				t.Errorf("%s in %s: %d, not %d: %.200s", c.who, c.thread, a.Status, c.status, a.Body)
			}
		}
		hidden, missing := people["member"].REST("POST", posts, map[string]any{"thread": board, "body": "x"}), people["member"].REST("POST", posts, map[string]any{"thread": "nothingnothing1", "body": "x"})
		if hidden.Body != missing.Body {
			t.Errorf("a hidden thread is told apart: %s %s", hidden.Body, missing.Body)
		}
		id := people["member2"].REST("POST", posts, map[string]any{
			"thread": open, "body": "Mine", "state": "removed", "example": true, "seq": 1, "html": "<b>x</b>", "edited": "2020-01-01 00:00:00.000Z", "by_role": "Chief", "author": h.Record("users", "email", "lead@example.org").Id,
		}).ID(t)
		r := h.Record("posts", "id", id)
		if r.GetString("state") != thread.Visible || r.GetBool("example") || r.GetInt("seq") < 2 || r.GetString("html") != "<p>Mine</p>" || !r.GetDateTime("edited").IsZero() || r.GetString("by_role") != "Carers lead" {
			t.Errorf("the post is %v", r.FieldsData())
		}
	})
	t.Run("change", func(t *testing.T) {
		id := people["member2"].REST("POST", posts, map[string]any{"thread": open, "body": "To be changed", "client_key": "first"}).ID(t)
		for who, status := range map[string]int{"guest": http.StatusNotFound, "member": http.StatusForbidden, "partner": http.StatusForbidden} {
			if a := people[who].REST("PATCH", posts+"/"+id, map[string]any{"body": "Not mine"}); a.Status != status {
				t.Errorf("%s: %d, not %d", who, a.Status, status)
			}
		}
		people["member2"].REST("PATCH", posts+"/"+id, map[string]any{"body": "Better *words*", "thread": group, "client_key": "other", "seq": 1, "by_role": "Chief", "example": true}).ID(t)
		r := h.Record("posts", "id", id)
		if r.GetString("html") != "<p>Better <em>words</em></p>" || r.GetString("thread") != open || r.GetString("client_key") != "first" || r.GetInt("seq") == 1 || r.GetString("by_role") != "Carers lead" || r.GetBool("example") || r.GetDateTime("edited").IsZero() {
			t.Errorf("changed, the post is %v", r.FieldsData())
		}
		// A moderator puts no words into anybody's mouth, and does nothing here without a reason: see moderation_test.go.
		for _, values := range []map[string]any{{"body": "Moderator's words"}, {"state": "removed"}, {"state": "hidden"}} {
			if a := people["moderator"].REST("PATCH", posts+"/"+id, values); a.Status != http.StatusForbidden {
				t.Errorf("a moderator changes %v: %d", values, a.Status)
			}
		}
		// Its author takes it back, and does not bring it back, nor give it a state of a moderator's.
		for _, state := range []string{"hidden", "held"} {
			people["member2"].REST("PATCH", posts+"/"+id, map[string]any{"state": state}).ID(t)
			if r = h.Record("posts", "id", id); r.GetString("state") != thread.Visible {
				t.Errorf("its author makes it %s", r.GetString("state"))
			}
		}
		people["member2"].REST("PATCH", posts+"/"+id, map[string]any{"state": "removed"}).ID(t)
		for _, values := range []map[string]any{{"state": "visible"}, {"body": "Again"}} {
			if a := people["member2"].REST("PATCH", posts+"/"+id, values); a.Status != http.StatusNotFound {
				t.Errorf("its author answers with %v: %d", values, a.Status)
			}
		}
		if a := people["member2"].REST("GET", posts+"/"+id, nil); a.Status != http.StatusNotFound {
			t.Errorf("a removed post is read: %d", a.Status)
		}
		// In a closed thread nothing of one's own changes any more.
		mine := people["member"].REST("POST", posts, map[string]any{"thread": group, "body": "Mine"}).ID(t)
		change(t, h, "threads", group, map[string]any{"state": thread.Closed})
		if a := people["member"].REST("PATCH", posts+"/"+mine, map[string]any{"body": "Too late"}); a.Status != http.StatusForbidden {
			t.Errorf("in a closed thread: %d", a.Status)
		}
		for who, c := range people {
			if a := c.REST("DELETE", posts+"/"+id, nil); a.Status < 400 {
				t.Errorf("%s deletes a post: %d", who, a.Status)
			}
		}
	})
}
