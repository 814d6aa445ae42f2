package hub_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/notify"

	"github.com/gorilla/websocket"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// TestADigestIsInterrupted writes to fifty people and is stopped in the middle, again and again: each gets one mail.
func TestADigestIsInterrupted(t *testing.T) {
	var left atomic.Int64
	left.Store(-1)
	h := &followed{hubtest.New(t, hubtest.Fault(func(point string) {
		if point == "digest.one" && left.Add(-1) == 0 {
			panic("stopped in the middle")
		}
	})), t}
	lead := h.As("lead")
	id := h.starts(lead, "library", "Read by many", "Well?")
	users, err := h.App.FindCollectionByNameOrId("users")
	if err != nil {
		t.Fatal(err)
	}
	const many = 50
	for n := range many {
		u := core.NewRecord(users)
		u.Load(map[string]any{"email": fmt.Sprintf("reader%d@example.org", n), "name": fmt.Sprint("Reader ", n), "role": "member", "verified": true, "mail": "daily"})
		u.SetRandomPassword()
		if err := h.App.Save(u); err != nil {
			t.Fatal(err)
		}
		if _, err := notify.Begin(h.App, u.Id, notify.Followed{Kind: notify.Thread, Record: id}, notify.Everything); err != nil {
			t.Fatal(err)
		}
	}
	h.posts(lead, id, "What they all hear.", "")
	at := time.Now().UTC().Truncate(24 * time.Hour).Add(9 * time.Hour)
	for range 6 {
		left.Store(11)
		func() {
			defer func() { _ = recover() }()
			h.digest(at)
		}()
	}
	mails := map[string]int{}
	for _, m := range h.mails("digest") {
		if strings.HasPrefix(m.GetString("to"), "reader") {
			mails[m.GetString("to")]++
		}
	}
	for to, n := range mails {
		if n != 1 {
			t.Errorf("%s gets %d", to, n)
		}
	}
	if len(mails) != many {
		t.Errorf("%d people get a mail, not %d", len(mails), many)
	}
	if said := h.said("reader7@example.org"); !strings.Contains(said, "What they all hear.") || !strings.Contains(said, "Stop this") {
		t.Errorf("the mail says %q", said)
	}
	n, err := h.App.CountRecords("notifications", dbx.NewExp("[[told]] < [[seq]]"), dbx.HashExp{"kind": notify.NewPosts, "record": id})
	if err != nil || n != 0 {
		t.Errorf("%d notices are in no mail: %v", n, err)
	}
}

// TestAFaultOfTheStoreShortensNoMail takes the discussions away while a mail is put into words: that fails, and is tried again.
// Regression: the mail left without them, as if they were gone. Whoever says "never" while a mail waits gets it no more.
func TestAFaultOfTheStoreShortensNoMail(t *testing.T) {
	h := newFollowed(t)
	lead := h.As("lead")
	id := h.starts(lead, "library", "About numbats", "Well?")
	h.follows("member@example.org", notify.Thread, id, notify.Everything)
	h.change(h.Record("documents", "slug", "a-carer-friendly-system"), map[string]any{"owner": h.user("member@example.org").Id})
	h.posts(lead, id, "They eat termites.", "")
	h.digest(time.Now().UTC().Truncate(24 * time.Hour).Add(9 * time.Hour))
	mails := h.mailsTo("member@example.org")
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	rename(t, h.Hub, "threads", "threads_away")
	said, err := h.Hub.Hub.Mail.Words(mails[0])
	rename(t, h.Hub, "threads_away", "threads")
	if err == nil {
		t.Errorf("without the discussions it says %q", said)
	}
	if said := h.said("member@example.org"); !strings.Contains(said, "They eat termites.") {
		t.Errorf("with them it says %q", said)
	}
	h.wants("member@example.org", "never")
	if said := h.said("member@example.org"); said != "" {
		t.Errorf("who wants none is told %q", said)
	}
}

// TestTwoPiecesOfNewsInOneRow tells somebody who is written to at once of two things by one row of the journal, and is between
// them when the mail is made. Regression: both mails had one key, so that the second was none.
func TestTwoPiecesOfNewsInOneRow(t *testing.T) {
	h := newFollowed(t)
	h.wants("member@example.org", "at once")
	h.Settle()
	who := h.user("member@example.org").Id
	for _, about := range []string{"one", "two"} {
		n := notify.News{User: who, Kind: notify.NewPosts, About: "threads", Record: about, First: 1 << 40, Seq: 1 << 40, At: time.Now()}
		if told, err := notify.Put(h.App, n); err != nil || !told {
			t.Fatal(told, err)
		}
		h.digest(time.Now())
	}
	var parts strings.Builder
	for _, m := range h.mailsTo("member@example.org") {
		parts.WriteString(m.GetString("parts"))
	}
	for _, about := range []string{"one", "two"} {
		if n := strings.Count(parts.String(), `"`+about+`"`); n != 1 {
			t.Errorf("news of %s are in %d mails: %s", about, n, &parts)
		}
	}
}

// TestTheBellRingsForWhoCameBetween holds up those who tell of news, as a crash and a busy hub do: whoever opens a page between a post
// and its telling is told. Regression: they were taken to know all that had been written.
func TestTheBellRingsForWhoCameBetween(t *testing.T) {
	var held atomic.Bool
	tell := make(chan struct{})
	h := &followed{hubtest.New(t, hubtest.Fault(func(point string) {
		if point == "news" && held.Load() {
			<-tell
		}
	})), t}
	lead, reader := h.As("lead"), h.As("member")
	id := h.starts(lead, "library", "Heard in between", "Well?")
	h.follows("member@example.org", notify.Thread, id, notify.Everything)
	h.Settle()
	release := sync.OnceFunc(func() { close(tell) })
	t.Cleanup(release)
	held.Store(true)
	lead.REST("POST", "/api/collections/posts/records", map[string]any{"thread": id, "body": "Now.", "client_key": "between"}).ID(t)
	c, _ := dial(t, h.Hub, nil)
	c.WriteJSON(map[string]any{"op": "auth", "token": reader.Token})
	join(t, c, "me")
	told(t, c, "joined")
	held.Store(false)
	release()
	if m := told(t, c, "joined event"); m.Topic != "me" || !strings.Contains(m.HTML, `>1<span`) {
		t.Errorf("it says %+v", m)
	}
}

// TestTheBellRings tells the open pages of one person of their news, and nobody else's.
func TestTheBellRings(t *testing.T) {
	h := newFollowed(t)
	lead := h.As("lead")
	id := h.starts(lead, "library", "Heard by one", "Well?")
	h.follows("member@example.org", notify.Thread, id, notify.Everything)
	join := func(name, topic string) *websocket.Conn {
		t.Helper()
		c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.URL, "http")+"/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if name != "guest" {
			c.WriteJSON(map[string]any{"op": "auth", "token": h.As(name).Token})
		}
		c.WriteJSON(map[string]any{"op": "join", "topic": topic})
		return c
	}
	next := func(c *websocket.Conn) map[string]any {
		t.Helper()
		c.SetReadDeadline(time.Now().Add(time.Minute))
		for {
			var f map[string]any
			if err := c.ReadJSON(&f); err != nil {
				t.Fatal(err)
			}
			if f["op"] != "presence" {
				return f
			}
		}
	}
	me, other := join("member", "me"), join("member2", "me")
	for _, c := range []*websocket.Conn{me, other} {
		if f := next(c); f["op"] != "joined" || f["topic"] != "me" {
			t.Fatalf("joining: %v", f)
		}
	}
	for _, topic := range []string{"me:" + h.user("member@example.org").Id, "me:"} {
		if f := next(join("member2", topic)); f["op"] != "error" {
			t.Errorf("%s can be joined by somebody else: %v", topic, f)
		}
	}
	if f := next(join("guest", "me")); f["op"] != "error" {
		t.Errorf("a guest joins: %v", f)
	}
	h.posts(lead, id, "Now.", "")
	if f := next(me); f["op"] != "event" || f["topic"] != "me" || !strings.Contains(fmt.Sprint(f["html"]), `>1<span class="nhsuk-u-visually-hidden"> new`) {
		t.Errorf("the bell: %v", f)
	}
	other.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	for {
		var f map[string]any
		if err := other.ReadJSON(&f); err != nil {
			break
		}
		if f["op"] == "event" {
			t.Errorf("somebody else hears %v", f)
		}
	}
}
