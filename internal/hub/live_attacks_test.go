package hub_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"

	"github.com/gorilla/websocket"
)

// dial opens a socket of a hub with headers, or says what the answer was.
func dial(t *testing.T, h *hubtest.Hub, header http.Header) (*websocket.Conn, int) {
	t.Helper()
	c, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.URL, "http")+"/live", header)
	if res == nil {
		t.Fatal(err)
	}
	if err == nil {
		t.Cleanup(func() { c.Close() })
	}
	return c, res.StatusCode
}

// told is the next frame of a socket that is one of some ops.
func told(t *testing.T, c *websocket.Conn, ops string) (m struct {
	Op, Code, Topic, HTML string
	Present               []struct{ ID, Name string }
}) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		_, raw, err := c.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(ops, m.Op) {
			return m
		}
	}
}

func join(t *testing.T, c *websocket.Conn, topic string) {
	t.Helper()
	if err := c.WriteJSON(map[string]string{"op": "join", "topic": topic}); err != nil {
		t.Fatal(err)
	}
}

// TestW01AnotherSitesPage opens sockets from pages of other sites, in a browser that holds the cookie. Where the address
// is configured the origin is compared with that, whatever the request says of itself.
func TestW01AnotherSitesPage(t *testing.T) {
	const ours = "https://hub.example"
	configured, plain := hubtest.New(t, hubtest.URL(ours)), hubtest.New(t)
	cookie := plain.As("member").Cookie()
	for _, origin := range []string{"https://evil.example", "null", "http://hub.example", "https://hub.example.evil.example", "https://hub.example:8443", "https://hub.example@evil.example", "file://"} {
		for name, more := range map[string]http.Header{
			"nothing else": {}, "its host": {"Host": {"evil.example"}}, "a proxy's words": {"X-Forwarded-Host": {"evil.example"}, "X-Forwarded-Proto": {"https"}},
			"kind words": {"Sec-Fetch-Site": {"same-origin"}},
		} {
			header := http.Header{"Origin": {origin}, "Cookie": {cookie}, "Host": {"hub.example"}}
			maps.Copy(header, more)
			if _, status := dial(t, configured, header); status != http.StatusForbidden && (header.Get("Host") == "hub.example" || status != http.StatusMisdirectedRequest) {
				t.Errorf("a page of %q with %s is answered %d", origin, name, status)
			}
			header.Del("Host")
			if _, status := dial(t, plain, header); status != http.StatusForbidden {
				t.Errorf("no address configured: a page of %q with %s is answered %d", origin, name, status)
			}
		}
	}
	if _, status := dial(t, configured, http.Header{"Origin": {ours}, "Host": {"hub.example"}}); status != http.StatusSwitchingProtocols {
		t.Errorf("a page of ours is answered %d", status)
	}
	c, status := dial(t, plain, http.Header{"Origin": {plain.URL}, "Cookie": {cookie}})
	if status != http.StatusSwitchingProtocols {
		t.Fatalf("a page of ours is answered %d", status)
	}
	join(t, c, "me")
	told(t, c, "joined")
}

// TestW02NoOrigin is a program with a stolen cookie: without an origin it is nobody, until it shows a token.
func TestW02NoOrigin(t *testing.T) {
	h := hubtest.New(t)
	member := h.As("member")
	c, _ := dial(t, h, http.Header{"Cookie": {member.Cookie()}})
	join(t, c, "me")
	if m := told(t, c, "joined error"); m.Code != "no-topic" {
		t.Errorf("the cookie alone: %+v", m)
	}
	var auth struct{ Token string }
	h.Guest().REST("POST", "/api/collections/users/auth-with-password", map[string]string{"identity": "member@example.org", "password": hub.DemoPassword}).Into(t, &auth)
	for _, token := range []string{"", "x", auth.Token[:len(auth.Token)-2], member.Cookie(), strings.TrimPrefix(member.Cookie(), "session=")} {
		if err := c.WriteJSON(map[string]string{"op": "auth", "token": token}); err != nil {
			t.Fatal(err)
		}
		if m := told(t, c, "error"); m.Code != "bad-token" {
			t.Errorf("%q: %+v", token, m)
		}
	}
	if err := c.WriteJSON(map[string]string{"op": "auth", "token": auth.Token}); err != nil {
		t.Fatal(err)
	}
	join(t, c, "me")
	told(t, c, "joined")
}

// TestW06ABombIsNotOpened: sockets speak no compression, so a small frame is never a large one.
func TestW06ABombIsNotOpened(t *testing.T) {
	h := hubtest.New(t)
	dialer := websocket.Dialer{EnableCompression: true}
	c, res, err := dialer.Dial("ws"+strings.TrimPrefix(h.URL, "http")+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := res.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("it agrees to %s", got)
	}
	// A frame that says it is compressed all the same ends the socket: RSV1, text, masked with zeros.
	bomb := append([]byte{0xC1, 0x80 | 5, 0, 0, 0, 0}, "xxxxx"...)
	if _, err := c.NetConn().Write(bomb); err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, _, err := c.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseProtocolError) {
		t.Errorf("a compressed frame: %v", err)
	}
}

// TestW07AFloodOfSockets comes from one address, and from one person: more are answered 429, and readers go on.
func TestW07AFloodOfSockets(t *testing.T) {
	h := hubtest.New(t, hubtest.Limits())
	member, other := h.As("member"), h.As("member2")
	header := func(c *hubtest.Client) http.Header { return http.Header{"Origin": {h.URL}, "Cookie": {c.Cookie()}} }
	flood := func(header http.Header) (open []*websocket.Conn, refused int) {
		for range 600 {
			switch c, status := dial(t, h, header); status {
			case http.StatusSwitchingProtocols:
				open = append(open, c)
			case http.StatusTooManyRequests:
				refused++
			default:
				t.Fatalf("answered %d", status)
			}
		}
		return open, refused
	}
	var quiet time.Duration // the longest of some before the flood
	for n := range 20 {
		began := time.Now()
		h.Guest().Get(fmt.Sprint("/search?q=break&page=", n%3+1))
		quiet = max(quiet, time.Since(began))
	}
	over, waits := make(chan struct{}), make(chan []time.Duration)
	go func() {
		var all []time.Duration
		for n := 0; ; n++ {
			select {
			case <-over:
				waits <- all
				return
			default:
			}
			began := time.Now()
			if a := h.Guest().Get(fmt.Sprint("/search?q=break&page=", n%3+1)); a.Status != http.StatusOK { // nothing that memory answers
				t.Errorf("a reader is answered %d", a.Status)
			}
			all = append(all, time.Since(began))
		}
	}()
	if open, refused := flood(nil); refused == 0 || len(open) > 500 {
		t.Errorf("a guest: %d open, %d refused", len(open), refused)
	}
	close(over)
	all := <-waits
	slices.Sort(all)
	if len(all) == 0 || all[len(all)*95/100] > max(500*time.Millisecond, 10*quiet) {
		t.Errorf("readers wait %v, and %v without a flood", all, quiet)
	}
	open, refused := flood(header(member))
	if len(open) != 100 || refused != 500 {
		t.Errorf("a member: %d open, %d refused", len(open), refused)
	}
	if _, status := dial(t, h, header(other)); status != http.StatusSwitchingProtocols {
		t.Errorf("another member at that address: %d", status)
	}
	// What has been closed makes room again.
	for _, c := range open {
		c.Close()
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, status := dial(t, h, header(member)); status == http.StatusSwitchingProtocols {
			break
		}
		if time.Now().After(end) {
			t.Fatal("closed sockets are counted for ever")
		}
	}
}

// TestW08ACursorOfAnotherThread brings a number and an epoch from one thread, or from nowhere, to another.
func TestW08ACursorOfAnotherThread(t *testing.T) {
	h := hubtest.New(t)
	open := h.Record("threads", "title", "How did you get the HR directors to agree?")
	at := h.As("member").Get("/discussions/" + open.Id)
	seq, epoch := between(at.Body, `data-seq="`, `"`), between(at.Body, `data-epoch="`, `"`)
	h.As("partner").REST("POST", "/api/collections/posts/records", map[string]any{"thread": open.Id, "body": "Zebraduskw", "client_key": "w08"}).ID(t)
	other := h.As("partner").REST("POST", "/api/collections/threads/records", map[string]any{"title": "Another", "space": open.GetString("space")}).ID(t)
	for name, q := range map[string]struct{ topic, since, epoch, want string }{
		"its own":            {open.Id, seq, epoch, "200"},
		"of another thread":  {other, seq, epoch, "others"},
		"less than nothing":  {open.Id, "-1", epoch, "410"},
		"more than there is": {open.Id, "9223372036854775807", epoch, "410"},
		"beyond numbers":     {open.Id, "9223372036854775808", epoch, "410"},
		"of another epoch":   {open.Id, seq, "e" + epoch, "410"},
	} {
		a := h.Guest().Get("/-/live?" + url.Values{"topic": {"thread:" + q.topic}, "since": {q.since}, "epoch": {q.epoch}}.Encode())
		says := strings.Contains(a.Body, "Zebraduskw")
		if q.want == "others" {
			if says || a.Status >= 300 {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		} else if strconv.Itoa(a.Status) != q.want || says != (q.want == "200") {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}

// between is what stands in a text between two others.
func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}

// TestW09WhoIsHere tells nobody who is in a space but those who may look into it.
func TestW09WhoIsHere(t *testing.T) {
	h := hubtest.New(t)
	open := h.Record("threads", "title", "How did you get the HR directors to agree?")
	space := h.Record("spaces", "slug", "programme-board")
	lead := h.As("lead")
	closed := lead.REST("POST", "/api/collections/threads/records", map[string]any{"title": "Who is here", "space": space.Id}).ID(t)
	sockets := map[string]*websocket.Conn{}
	for _, who := range []string{"lead", "member2", "guest"} {
		header := http.Header{"Origin": {h.URL}}
		if who != "guest" {
			header.Set("Cookie", h.As(who).Cookie())
		}
		sockets[who], _ = dial(t, h, header)
	}
	for _, topic := range []string{"thread:" + closed, "space:programme-board"} {
		join(t, sockets["lead"], topic)
		told(t, sockets["lead"], "joined")
		for _, who := range []string{"member2", "guest"} {
			join(t, sockets[who], topic)
			if m := told(t, sockets[who], "joined error presence"); m.Op != "error" || len(m.Present) > 0 {
				t.Errorf("%s in %s: %+v", who, topic, m)
			}
			// Saying that one types there is told to nobody, and brings nothing.
			if err := sockets[who].WriteJSON(map[string]string{"op": "typing", "topic": topic}); err != nil {
				t.Fatal(err)
			}
		}
	}
	// In an open thread a guest is told of nobody, and a member of those who are there.
	for _, who := range []string{"member2", "guest"} {
		join(t, sockets[who], "thread:"+open.Id)
		m := told(t, sockets[who], "joined")
		if want := map[string]int{"member2": 1, "guest": 0}[who]; len(m.Present) != want {
			t.Errorf("%s is told of %v", who, m.Present)
		}
	}
}

// TestRecentPostsAreNotToldAfterTheyAreGone: who comes back is told of new posts as they are now.
func TestRecentPostsAreNotToldAfterTheyAreGone(t *testing.T) {
	h := hubtest.New(t)
	id := h.Record("threads", "title", "How did you get the HR directors to agree?").Id
	at := h.Guest().Get("/discussions/" + id)
	ask := "/-/live?" + url.Values{"topic": {"thread:" + id}, "since": {between(at.Body, `data-seq="`, `"`)}, "epoch": {between(at.Body, `data-epoch="`, `"`)}}.Encode()
	member := h.As("member")
	post := member.REST("POST", "/api/collections/posts/records", map[string]any{"thread": id, "body": "Zebraduskr", "client_key": "r"}).ID(t)
	for range 2 { // made, and kept
		if a := h.Guest().Get(ask); !strings.Contains(a.Body, "Zebraduskr") {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	if a := member.REST("PATCH", "/api/collections/posts/records/"+post, map[string]any{"body": "Other words"}); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	h.Settle()
	if a := h.Guest().Get(ask); strings.Contains(a.Body, "Zebraduskr") || !strings.Contains(a.Body, "Other words") {
		t.Errorf("after a change: %s", a.Body)
	}
}

// rename takes a table away, or brings it back, as a full disk or a lock would for a moment.
func rename(t *testing.T, h *hubtest.Hub, from, to string) {
	t.Helper()
	if _, err := h.App.DB().NewQuery("PRAGMA legacy_alter_table = ON; ALTER TABLE " + from + " RENAME TO " + to + "; PRAGMA legacy_alter_table = OFF").Execute(); err != nil {
		t.Fatal(err)
	}
}

// TestAFaultOfTheStoreSendsSocketsBack takes the discussions away for a moment, as a full disk or a lock would: who asks for
// one is told to come back, not that there is none.
func TestAFaultOfTheStoreSendsSocketsBack(t *testing.T) {
	h := hubtest.New(t)
	topic := "thread:" + h.Record("threads", "state", "open").Id
	ask := func() (*websocket.Conn, error) {
		c, _ := dial(t, h, nil)
		join(t, c, topic)
		c.SetReadDeadline(time.Now().Add(time.Minute))
		_, _, err := c.ReadMessage()
		return c, err
	}
	rename(t, h, "threads", "threads_away")
	if _, err := ask(); !websocket.IsCloseError(err, websocket.CloseTryAgainLater) {
		t.Errorf("while the store is away: %v", err)
	}
	if a := h.As("guest").Get("/-/live?topic=" + url.QueryEscape(topic) + "&since=1"); a.Status != http.StatusInternalServerError && a.Status != http.StatusBadRequest {
		t.Errorf("who asks for it is answered %d", a.Status)
	}
	rename(t, h, "threads_away", "threads")
	if _, err := ask(); err != nil {
		t.Errorf("when it is back: %v", err)
	}
}

// TestWhatIsWrittenBeforePagesAreFollowed holds up the follower of pages while the hub answers already: a page that has caught
// up meanwhile is told of what was written then. Regression: the follower began behind it, so that a page that came back
// first after a restart lacked a post, and never asked for it again.
func TestWhatIsWrittenBeforePagesAreFollowed(t *testing.T) {
	begin := make(chan struct{})
	h := hubtest.New(t, hubtest.Fault(func(point string) {
		if point == "pages.begin" {
			<-begin
		}
	}))
	id := h.Record("threads", "state", "open").Id
	c, _ := dial(t, h, nil)
	join(t, c, "thread:"+id)
	told(t, c, "joined")
	post := h.As("lead").REST("POST", "/api/collections/posts/records", map[string]string{"thread": id, "body": "Written early.", "client_key": "early"})
	if post.Status != http.StatusOK {
		t.Fatal(post.Status)
	}
	close(begin)
	told(t, c, "event")
}
