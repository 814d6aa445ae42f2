package live

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// world is what the server stands in: a store with one sequence over all topics, people, and who may join what. Sockets
// are real.
type world struct {
	t      testing.TB
	server *Server
	url    string

	mu     sync.Mutex
	log    []stored
	may    func(p Person, topic string) (bool, error)
	missed func(topic string, since int64, limit int) ([]Event, bool, error) // nil: the store's own
	enter  func(token string) (Person, bool, error)
	failed []error
}

type stored struct {
	topic string
	event Event
}

const epoch = "e1"

func newWorld(t testing.TB) *world {
	w := &world{t: t}
	w.may = func(p Person, topic string) (bool, error) {
		return strings.HasPrefix(topic, "thread:") || !p.Guest(), nil
	}
	w.enter = func(token string) (Person, bool, error) {
		name, ok := strings.CutPrefix(token, "token-")
		return Person{ID: name, Name: strings.ToUpper(name)}, ok, nil
	}
	w.server = NewServer(Asks{
		Epoch: epoch,
		Last:  func(string) (int64, error) { return w.last(), nil },
		Enter: func(token string) (Person, bool, error) { return w.enter(token) },
		May: func(p Person, topic string) (bool, error) {
			w.mu.Lock()
			may := w.may
			w.mu.Unlock()
			return may(p, topic)
		},
		Missed: func(topic string, since int64, limit int) ([]Event, bool, error) {
			if w.missed != nil {
				return w.missed(topic, since, limit)
			}
			return w.after(topic, since, limit)
		},
		Failed: func(err error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.failed = append(w.failed, err)
		},
	}, 0)
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var p Person
		if name := r.URL.Query().Get("as"); name != "" {
			p = Person{ID: name, Name: strings.ToUpper(name), Session: r.URL.Query().Get("session")}
		}
		w.server.Serve(rw, r, p, func() {})
	}))
	w.url = "ws" + strings.TrimPrefix(s.URL, "http")
	t.Cleanup(func() {
		w.server.Close()
		s.Close()
	})
	return w
}

func (w *world) last() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int64(len(w.log))
}

// commit writes an event into the store, and tells nobody.
func (w *world) commit(topic string) Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	seq := int64(len(w.log) + 1)
	e := Event{
		Seq: seq, Kind: "post.created", ID: fmt.Sprintf("p%d", seq), At: "2026-11-22T10:00:00Z",
		Members: fmt.Sprintf("<li>%d by Pat</li>", seq), Guests: fmt.Sprintf("<li>%d by a partner</li>", seq),
	}
	w.log = append(w.log, stored{topic, e})
	return e
}

// tell commits an event and tells it, as a follower of the store does.
func (w *world) tell(topic string) Event {
	e := w.commit(topic)
	w.pass(topic, e)
	return e
}

func (w *world) pass(topic string, e Event) {
	if w.server.Listening(topic) {
		w.server.Tell(topic, e)
	}
	w.server.Told(e.Seq)
}

func (w *world) after(topic string, since int64, limit int) (events []Event, more bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.log[min(since, int64(len(w.log))):] {
		if len(events) == limit {
			return events, true, nil
		}
		if s.topic == topic {
			events = append(events, s.event)
		}
	}
	return events, false, nil
}

func (w *world) forbid(f func(p Person, topic string) bool) {
	w.ask(func(p Person, topic string) (bool, error) { return f(p, topic), nil })
}

func (w *world) ask(may func(p Person, topic string) (bool, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.may = may
}

// socket is a client's end of one socket.
type socket struct {
	t    testing.TB
	conn *websocket.Conn
}

// said is any frame of the server.
type said struct {
	Op, Topic, Kind, ID, HTML, At, Epoch, Reason, Code, Message string
	Seq                                                         int64
	Present                                                     []struct{ ID, Name string }
	Who                                                         *struct{ ID, Name string }
}

// open connects as somebody, or as a guest when nobody is named.
func (w *world) open(as string) *socket {
	w.t.Helper()
	conn, _, err := websocket.DefaultDialer.Dial(w.url+"/?as="+as+"&session=s-"+as, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	s := &socket{t: w.t, conn: conn}
	w.t.Cleanup(func() { conn.Close() })
	return s
}

func (s *socket) send(frame string) {
	s.t.Helper()
	if err := s.conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) join(topic string, since int64) {
	s.t.Helper()
	frame, err := json.Marshal(request{Op: "join", Topic: topic, Since: since, Epoch: epoch})
	if err != nil {
		s.t.Fatal(err)
	}
	s.send(string(frame))
}

// patience is how long a test waits for what must come.
const patience = time.Minute

// next is the next frame but for presence, which comes whenever it likes.
func (s *socket) next() said {
	s.t.Helper()
	for {
		m := s.any()
		if m.Op != "presence" {
			return m
		}
	}
}

func (s *socket) any() said {
	s.t.Helper()
	m, err := s.read()
	if err != nil {
		s.t.Fatalf("no frame came: %v", err)
	}
	return m
}

func (s *socket) read() (m said, err error) {
	s.conn.SetReadDeadline(time.Now().Add(patience))
	_, raw, err := s.conn.ReadMessage()
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	return m, err
}

// want fails unless the next frame is of an op, and returns it.
func (s *socket) want(op string) said {
	s.t.Helper()
	m := s.next()
	if m.Op != op {
		s.t.Fatalf("got %+v, want op %q", m, op)
	}
	return m
}

// wantEvent fails unless the next frame is the event.
func (s *socket) wantEvent(topic string, e Event) {
	s.t.Helper()
	if m := s.want("event"); m.Seq != e.Seq || m.Topic != topic || m.ID != e.ID {
		s.t.Fatalf("got %+v, want %s", m, e.ID)
	}
}

// quiet fails when anything comes before the answer to a frame that is always answered.
func (s *socket) quiet() {
	s.t.Helper()
	s.send(`{"op":"quiet?"}`)
	if m := s.next(); m.Code != "unknown-op" {
		s.t.Fatalf("got %+v, and nothing should have come", m)
	}
}

// wantClose fails unless the socket ends with a code before any further frame, and returns the reason.
func (s *socket) wantClose(code int) string {
	s.t.Helper()
	for {
		m, err := s.read()
		if err == nil && m.Op == "presence" {
			continue
		}
		c, ok := err.(*websocket.CloseError)
		if !ok || c.Code != code {
			s.t.Fatalf("got %+v %v, want close %d", m, err, code)
		}
		return c.Text
	}
}

// eventually fails unless a condition holds before patience ends.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// faults is what the server could not answer.
func (w *world) faults() []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.failed)
}
