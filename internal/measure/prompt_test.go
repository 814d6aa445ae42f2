//go:build measure

package measure

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"

	"github.com/gorilla/websocket"
	"github.com/pocketbase/pocketbase/core"
)

// TestMeasurePrompt measures what follows a change: whoever is suspended loses their sockets, a group that becomes private
// its outsiders, and search finds a page that came out and forgets one that was withdrawn. The worst of five each.
func TestMeasurePrompt(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	lead := h.As("lead")
	var suspended, outside, found, forgotten []time.Duration
	for i := range 5 {
		person := h.Record("users", "email", "member2@example.org")
		thread := h.Record("threads", "title", "One page or four?")
		space := h.Record("spaces", "slug", "passport-group")
		member2 := h.As("member2")
		open := func() *websocket.Conn {
			c, _, err := websocket.DefaultDialer.Dial(strings.Replace(h.URL, "http", "ws", 1)+"/live", nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			c.WriteJSON(map[string]string{"op": "auth", "token": member2.Token})
			c.WriteJSON(map[string]string{"op": "join", "topic": "thread:" + thread.Id})
			until(t, c, `"op":"joined"`)
			return c
		}
		c := open()
		outside = append(outside, timed(func() {
			space.Set("level", "private")
			save(t, h, space)
			until(t, c, `"op":"left"`)
		}))
		space.Set("level", "restricted")
		save(t, h, space)

		c = open()
		suspended = append(suspended, timed(func() {
			person.Set("suspended", true)
			save(t, h, person)
			until(t, c, "")
		}))
		person.Set("suspended", false)
		save(t, h, person)

		title := "Wombats " + strings.Repeat("x", i+1)
		var id string
		hits := func() bool {
			return strings.Contains(lead.Get("/search.json?q="+url.QueryEscape(`"`+title+`"`)).Body, `"total":1`)
		}
		found = append(found, timed(func() {
			id = lead.REST("POST", "/api/collections/documents/records", map[string]any{
				"kind": "case-study", "title": title, "summary": "About wombats.", "challenge": "None.", "action": "Some.", "result": "More.", "state": "published",
				"contact_role": "Carers lead", "places": []string{h.Record("places", "slug", "leeds").Id},
			}).ID(t)
			for end := time.Now().Add(time.Minute); !hits(); time.Sleep(2 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("it is never found")
				}
			}
		}))
		forgotten = append(forgotten, timed(func() {
			lead.REST("PATCH", "/api/collections/documents/records/"+id, map[string]any{"state": "withdrawn", "withdrawn_reason": "It was a try."})
			for end := time.Now().Add(time.Minute); hits(); time.Sleep(2 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("it is found for ever")
				}
			}
		}))
	}
	bar(t, "until somebody suspended has lost their socket", quantile(suspended, 1), 2*time.Second)
	bar(t, "until somebody outside has left a group's thread", quantile(outside, 1), 2*time.Second)
	bar(t, "until a page that came out is found", quantile(found, 1), time.Second)
	bar(t, "until a page that was withdrawn is not", quantile(forgotten, 1), time.Second)
}

func save(t *testing.T, h *hubtest.Hub, r *core.Record) {
	t.Helper()
	if err := h.App.Save(r); err != nil {
		t.Fatal(err)
	}
}

func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

// until reads a socket until a frame has some words, or with none until it is closed.
func until(t *testing.T, c *websocket.Conn, words string) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		_, raw, err := c.ReadMessage()
		switch {
		case words == "" && websocket.IsCloseError(err, 4403), words != "" && strings.Contains(string(raw), words):
			return
		case err != nil:
			t.Fatal(err)
		}
	}
}
