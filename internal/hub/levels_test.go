package hub_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"

	"github.com/gorilla/websocket"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// atOnce is how long search and open sockets are waited for when they follow a change of who sees a thing. It takes
// milliseconds; here others use the machine too.
const atOnce = time.Minute

// room is a space with one of everything in it, and people who look at it: a guest, a member of the hub and one of the
// space's own readers.
type room struct {
	t                                    *testing.T
	h                                    *hubtest.Hub
	space                                *core.Record
	document, thread, post, adoption     *core.Record
	clients                              map[string]*hubtest.Client
	sockets                              map[string]*websocket.Conn
	page, talk, word, talkWord, postWord string
}

var lookers = []string{"guest", "member2", "member"}

func newRoom(t *testing.T, level string) *room {
	m := &matrix{t: t, h: hubtest.New(t)}
	m.org = m.make("organisations", map[string]any{"name": "Room trust", "slug": "room-trust"})
	m.place = m.h.Record("places", "slug", "leeds")
	r := &room{t: t, h: m.h, clients: map[string]*hubtest.Client{}, word: "zebrafinchq", talkWord: "zebrawolfq", postWord: "zebramothq"}
	r.space = m.make("spaces", map[string]any{"slug": "a-room", "title": "A room", "level": level})
	m.make("memberships", map[string]any{"user": m.h.Record("users", "email", "member@example.org").Id, "space": r.space.Id, "role": "reader"})
	m.spaces = map[string]*core.Record{"here": r.space}
	r.document = m.document("case-study", "here", library.Published, "", r.word)
	r.adoption = m.make("adoptions", map[string]any{"document": r.document.Id, "place": m.place.Id, "organisation": m.org.Id, "stage": "doing"})
	r.thread = m.make("threads", map[string]any{"title": r.talkWord, "space": r.space.Id, "kind": "idea"})
	r.post = m.make("posts", map[string]any{"thread": r.thread.Id, "body": r.postWord})
	r.page, r.talk = library.Wrap(r.document).Address(), "/discussions/"+r.thread.Id
	for _, who := range lookers {
		r.clients[who] = r.h.As(who)
	}
	r.h.Settle()
	return r
}

// sees says who sees what is in a space of a level.
func sees(who, level string) bool {
	switch who {
	case "guest":
		return level == "open"
	case "member2":
		return level == "open" || level == "restricted"
	}
	return true
}

// now asks at once, without waiting for anybody who follows the journal: pages (also from memory), files of pages, REST.
func (r *room) now(who string, may bool) {
	r.t.Helper()
	c := r.clients[who]
	for range 2 { // the second time from memory, where there is one
		for _, address := range []string{r.page, r.page + ".md", r.talk} {
			if a := c.Get(address); (a.Status == http.StatusOK) != may {
				r.t.Errorf("%s: %s answers %d; may see it: %v", who, address, a.Status, may)
			}
		}
	}
	for collection, id := range map[string]string{"documents": r.document.Id, "threads": r.thread.Id, "posts": r.post.Id, "adoptions": r.adoption.Id} {
		base := "/api/collections/" + collection + "/records"
		if a := c.REST("GET", base+"/"+id, nil); (a.Status == http.StatusOK) != may {
			r.t.Errorf("%s: REST view of %s answers %d; may see it: %v", who, collection, a.Status, may)
		}
		if a := c.REST("GET", base+"?perPage=1000", nil); strings.Contains(a.Body, id) != may {
			r.t.Errorf("%s: REST list of %s has it: %v", who, collection, !may)
		}
	}
}

// soon asks search and suggestions until they agree.
func (r *room) soon(who string, may bool) {
	r.t.Helper()
	c := r.clients[who]
	deadline := time.Now().Add(atOnce)
	for {
		wrong := ""
		for word, address := range map[string]string{
			r.word: "/search.json?q=" + r.word, r.talkWord: "/search.json?q=" + r.talkWord, r.postWord: "/search.json?q=" + r.postWord, r.word + " ": "/-/suggest?q=" + r.word[:9],
		} {
			if found := strings.Contains(strings.ReplaceAll(c.Get(address).Body, address, ""), `"url"`); found != may {
				wrong += fmt.Sprintf("%s finds %s: %v; ", address, word, found)
			}
		}
		for _, address := range []string{"/api/hub/search?q=" + r.word, "/api/hub/search?q=" + r.postWord} {
			if found := strings.Contains(c.REST("GET", address, nil).Body, `"url"`); found != may {
				wrong += fmt.Sprintf("%s: %v; ", address, found)
			}
		}
		if wrong == "" {
			return
		}
		if time.Now().After(deadline) {
			r.t.Errorf("%s, after %v: %s", who, atOnce, wrong)
			return
		}
	}
}

// listen opens a socket for everybody who may and joins the three topics.
func (r *room) listen(may func(who string) bool) {
	r.sockets = map[string]*websocket.Conn{}
	for _, who := range lookers {
		header := http.Header{"Origin": {r.h.URL}}
		if cookie := r.clients[who].Cookie(); cookie != "" {
			header.Set("Cookie", cookie)
		}
		c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(r.h.URL, "http")+"/live", header)
		if err != nil {
			r.t.Fatal(err)
		}
		r.t.Cleanup(func() { c.Close() })
		for _, topic := range r.topics() {
			if err := c.WriteJSON(map[string]string{"op": "join", "topic": topic}); err != nil {
				r.t.Fatal(err)
			}
		}
		want := "joined"
		if !may(who) {
			want = "error"
		}
		r.read(who, c, want, atOnce)
		r.sockets[who] = c
	}
}

func (r *room) topics() []string {
	return []string{"document:" + r.document.Id, "thread:" + r.thread.Id, "space:" + r.space.GetString("slug")}
}

// read waits for one frame of the kind for each topic.
func (r *room) read(who string, c *websocket.Conn, op string, patience time.Duration) {
	r.t.Helper()
	got := 0
	c.SetReadDeadline(time.Now().Add(patience))
	for got < len(r.topics()) {
		_, raw, err := c.ReadMessage()
		if err != nil {
			r.t.Errorf("%s: %d of %d frames %q: %v", who, got, len(r.topics()), op, err)
			return
		}
		var frame struct{ Op string }
		if json.Unmarshal(raw, &frame) == nil && frame.Op == op {
			got++
		}
		if strings.Contains(string(raw), r.postWord) {
			r.t.Errorf("%s is told %s", who, raw)
		}
	}
}

// keys are the access keys of everything in the room.
func (r *room) keys() []string {
	var keys []string
	for collection, id := range map[string]string{"documents": r.document.Id, "threads": r.thread.Id, "posts": r.post.Id, "adoptions": r.adoption.Id} {
		var key string
		if err := r.h.App.DB().Select("access").From(collection).Where(dbx.HashExp{"id": id}).Row(&key); err != nil {
			r.t.Fatal(err)
		}
		keys = append(keys, collection+" "+key)
	}
	slices.Sort(keys)
	return keys
}

// TestW04ALevelChangesEverywhereAtOnce takes a space through its levels, closing and opening: pages, memory, REST, search,
// suggestions and sockets agree, and no row of what is in it is written.
func TestW04ALevelChangesEverywhereAtOnce(t *testing.T) {
	r := newRoom(t, "open")
	keys := r.keys()
	was := "open"
	for _, level := range []string{"restricted", "private", "confidential", "open", "confidential", "restricted", "open", "private", "open"} {
		for _, who := range lookers { // so that there is something in memory
			r.now(who, sees(who, was))
		}
		r.listen(func(who string) bool { return sees(who, was) })
		_, before, err := journal.Range(r.h.App)
		if err != nil {
			t.Fatal(err)
		}
		space := r.h.Record("spaces", "slug", "a-room")
		space.Set("level", level)
		if err := r.h.App.Save(space); err != nil {
			t.Fatal(err)
		}
		for _, who := range lookers {
			r.now(who, sees(who, level))
		}
		for _, who := range lookers {
			if sees(who, was) && !sees(who, level) {
				r.read(who, r.sockets[who], "left", atOnce)
			}
			r.soon(who, sees(who, level))
			r.sockets[who].Close()
		}
		if now := r.keys(); !slices.Equal(now, keys) {
			t.Errorf("%s to %s: the access keys became %v", was, level, now)
		}
		rows, err := journal.After(r.h.App, before, 100)
		if err != nil || len(rows) != 1 || rows[0].Subject != "spaces" {
			t.Errorf("%s to %s: the journal has %d rows, %v", was, level, len(rows), err)
		}
		if t.Failed() {
			t.Fatalf("from %s to %s", was, level)
		}
		was = level
	}
}

// TestWhatIsMovedIsSeenByOthersAtOnce moves a document and a thread over REST, from the dashboard and from the page, into
// a private space and back.
func TestWhatIsMovedIsSeenByOthersAtOnce(t *testing.T) {
	r := newRoom(t, "open")
	m := &matrix{t: t, h: r.h}
	closed := m.make("spaces", map[string]any{"slug": "a-closet", "title": "A closet", "level": "private"})
	m.make("memberships", map[string]any{"user": r.h.Record("users", "email", "member@example.org").Id, "space": closed.Id, "role": "reader"})
	on := m.make("threads", map[string]any{"title": "On it", "document": r.document.Id})
	said := m.make("posts", map[string]any{"thread": on.Id, "body": "Said on it."})
	admin := r.h.As("admin")
	operator := r.operator()
	byPage := func(what, id string, to *core.Record) hubtest.Answer {
		a := admin.Post("/move?"+what+"="+id, map[string][]string{"to": {to.GetString("slug")}, "level": {to.GetString("level")}})
		if a.Status == http.StatusSeeOther {
			a.Status = http.StatusOK
		}
		return a
	}
	ways := map[string]func(collection, id string, to *core.Record) hubtest.Answer{
		"the page": func(collection, id string, to *core.Record) hubtest.Answer {
			return byPage(strings.TrimSuffix(collection, "s"), id, to)
		},
		"the dashboard": func(collection, id string, to *core.Record) hubtest.Answer {
			return operator.REST("PATCH", "/api/collections/"+collection+"/records/"+id, map[string]any{"space": to.Id})
		},
		"REST": func(collection, id string, to *core.Record) hubtest.Answer {
			if collection == "threads" { // nobody changes threads over REST
				return byPage("thread", id, to)
			}
			return admin.REST("PATCH", "/api/collections/documents/records/"+id, map[string]any{"space": to.Id})
		},
	}
	for way, move := range ways {
		for _, to := range []*core.Record{closed, r.space} {
			may := func(who string) bool { return to == r.space || who == "member" }
			for _, who := range lookers {
				r.clients[who].Get(r.page)
			}
			for collection, id := range map[string]string{"documents": r.document.Id, "threads": r.thread.Id} {
				if a := move(collection, id, to); a.Status != http.StatusOK {
					t.Fatalf("%s, %s to %s: %d %s", way, collection, to.GetString("slug"), a.Status, a.Body)
				}
			}
			for _, who := range lookers {
				r.now(who, may(who))
				if a := r.clients[who].Get("/discussions/" + on.Id); (a.Status == http.StatusOK) != may(who) {
					t.Errorf("%s: the discussion on it answers %s with %d", way, who, a.Status)
				}
				r.soon(who, may(who))
			}
			for _, record := range []*core.Record{r.document, r.thread, r.post, r.adoption, on, said} {
				fresh, err := r.h.App.FindRecordById(record.Collection().Name, record.Id)
				if err != nil || !strings.HasPrefix(fresh.GetString("access"), to.Id+":") {
					t.Errorf("%s: %s has the key %s, %v", way, record.Collection().Name, fresh.GetString("access"), err)
				}
			}
		}
	}
	rows, err := journal.Rights(r.h.App, time.Now().Add(-time.Hour), -1)
	moves := 0
	for _, row := range rows {
		if _, was, now := row.Change(); row.Verb == "move" && was["space"] != nil && now["space"] != was["space"] {
			moves++
		}
	}
	if want := 3 * len(ways) * 2; err != nil || moves != want {
		t.Errorf("the journal has %d moves, not %d: %v", moves, want, err)
	}
}

// operator is a program with an operator's token, as the dashboard has it.
func (r *room) operator() *hubtest.Client {
	u := r.h.Record(core.CollectionNameSuperusers, "email", "operator@example.org")
	token, err := u.NewAuthToken()
	if err != nil {
		r.t.Fatal(err)
	}
	c := r.h.Guest()
	c.Token = token
	return c
}
