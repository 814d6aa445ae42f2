package live

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// client is one open socket: a goroutine that reads, one that writes, and a queue between the server and the writer.
type client struct {
	server *Server
	conn   *websocket.Conn
	who    atomic.Pointer[Person]
	out    chan any      // *websocket.PreparedMessage, past or frame
	room   chan struct{} // one for each past in out
	done   chan struct{}
	once   sync.Once
	bye    atomic.Pointer[farewell] // why it is being closed; nothing is put into its queue any more
	gone   func()                   // told when it has ended

	mu     sync.Mutex
	topics map[string]bool

	typed time.Time // when it last said that it types; the reader's own
}

// past is an event that was missed, on its way.
type past struct{ *websocket.PreparedMessage }

type farewell struct {
	code   int
	reason string
}

func (c *client) person() Person { return *c.who.Load() }

// request is what a client may say.
type request struct {
	Op    string `json:"op"`
	Topic string `json:"topic"`
	Since int64  `json:"since"`
	Epoch string `json:"epoch"`
	Token string `json:"token"`
}

func (c *client) read() {
	defer func() {
		c.server.gone(c)
		c.end()
		c.gone()
	}()
	c.conn.SetReadLimit(hardFrame)
	c.conn.SetPongHandler(func(string) error { return c.conn.SetReadDeadline(time.Now().Add(pongWithin)) })
	for {
		c.conn.SetReadDeadline(time.Now().Add(pongWithin))
		kind, raw, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		switch {
		case len(raw) > MaxFrame:
			c.fail("too-long", "A frame may be at most 16 KiB long.")
		case kind != websocket.TextMessage:
			c.fail("not-text", "Frames are text.")
		default:
			c.handle(raw)
		}
	}
}

func (c *client) handle(raw []byte) {
	var r request
	if err := json.Unmarshal(raw, &r); err != nil {
		var number *json.UnmarshalTypeError
		if errors.As(err, &number) && number.Field == "since" {
			r.Since = -1 // larger than any number there is: not known
		} else {
			c.fail("not-json", "A frame is one JSON object.")
			return
		}
	}
	switch r.Op {
	case "auth":
		c.auth(r.Token)
	case "join":
		if len(c.joined()) >= MaxTopics && !slices.Contains(c.joined(), r.Topic) {
			c.fail("too-many-topics", "A socket can join 50 topics.")
			return
		}
		c.server.join(c, r.Topic, r.Since, r.Epoch)
	case "leave":
		c.server.leave(c, inside(r.Topic, c.person()))
	case "typing":
		if time.Since(c.typed) > time.Second {
			c.typed = time.Now()
			c.server.typing(c, r.Topic)
		}
	default:
		c.fail("unknown-op", "There is no such op.")
	}
}

// auth lets a guest say who they are, before they join anything.
func (c *client) auth(token string) {
	if !c.person().Guest() || len(c.joined()) > 0 {
		c.fail("late-auth", "Say who you are in the first frame.")
		return
	}
	rights := c.server.rights.Load()
	p, ok, err := c.server.asks.Enter(token)
	switch {
	case err != nil:
		c.server.later(c, err)
		return
	case !ok:
		c.fail("bad-token", "The token is not valid.")
		return
	}
	c.who.Store(&p)
	// Who was expelled after showing the token was not yet here by name.
	if c.server.rights.Load() == rights {
		return
	}
	if _, ok, err := c.server.asks.Enter(token); err != nil {
		c.server.later(c, err)
	} else if !ok {
		c.dismiss(CloseForbidden, "This person may no longer be here.")
		c.close()
	}
}

func (c *client) write() {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	defer c.end()
	for {
		select {
		case <-c.done:
			return
		case m := <-c.out:
			if c.send(m) != nil {
				return
			}
			if c.bye.Load() != nil {
				c.close()
				return
			}
		case <-ping.C:
			if c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin)) != nil {
				return
			}
		}
	}
}

func (c *client) send(m any) error {
	c.conn.SetWriteDeadline(time.Now().Add(writeWithin))
	switch m := m.(type) {
	case *websocket.PreparedMessage:
		return c.conn.WritePreparedMessage(m)
	case past:
		<-c.room
		return c.conn.WritePreparedMessage(m.PreparedMessage)
	}
	return c.conn.WriteJSON(m)
}

// push puts a message into the queue. A client whose queue is full reads too slowly and is closed, by its own writer,
// so that it never slows the others; it catches up when it comes back.
func (c *client) push(m any) {
	if c.bye.Load() != nil {
		return
	}
	select {
	case c.out <- m:
	case <-c.done:
	default:
		c.dismiss(CloseLater, tooSlow)
	}
}

// hint is push for what is soon out of date: it is dropped when there is no room.
func (c *client) hint(m any) {
	if c.bye.Load() != nil {
		return
	}
	select {
	case c.out <- m:
	default:
	}
}

// pushSlowly waits for room in the queue, half of which it leaves to what happens meanwhile: what was missed is read
// from the store, nobody else waits for it.
func (c *client) pushSlowly(m *websocket.PreparedMessage) bool {
	late := time.NewTimer(catchWithin)
	defer late.Stop()
	select {
	case c.room <- struct{}{}:
	case <-c.done:
		return false
	case <-late.C:
		c.dismiss(CloseLater, tooSlow)
		return false
	}
	c.push(past{m})
	return c.bye.Load() == nil
}

const tooSlow = "You read too slowly. Come back with since."

func (c *client) say(f frame) { c.push(f) }

func (c *client) fail(code, message string) {
	c.say(frame{Op: "error", Code: code, Message: message})
}

// dismiss settles why the socket will be closed; the first reason stands.
func (c *client) dismiss(code int, reason string) {
	c.bye.CompareAndSwap(nil, &farewell{code, reason})
}

// close says why and ends the socket.
func (c *client) close() {
	if f := c.bye.Load(); f != nil {
		c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(f.code, f.reason), time.Now().Add(time.Second))
	}
	c.end()
}

func (c *client) end() {
	c.once.Do(func() {
		close(c.done)
		c.conn.Close()
	})
}

func (c *client) remember(topic string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.topics[topic] = true
}

func (c *client) forget(topic string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.topics, topic)
}

func (c *client) joined() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := make([]string, 0, len(c.topics))
	for t := range c.topics {
		names = append(names, t)
	}
	return names
}
