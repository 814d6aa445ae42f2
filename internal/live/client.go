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
	out    chan any // *websocket.PreparedMessage or frame
	done   chan struct{}
	once   sync.Once

	mu     sync.Mutex
	topics map[string]bool

	typed time.Time // when it last said that it types; the reader's own
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
	}()
	c.conn.SetReadLimit(hardFrame)
	c.conn.SetReadDeadline(time.Now().Add(pongWithin))
	c.conn.SetPongHandler(func(string) error { return c.conn.SetReadDeadline(time.Now().Add(pongWithin)) })
	for {
		kind, raw, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		c.conn.SetReadDeadline(time.Now().Add(pongWithin))
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
		c.server.leave(c, r.Topic)
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
	p, ok := c.server.asks.Enter(token)
	if !ok {
		c.fail("bad-token", "The token is not valid.")
		return
	}
	c.who.Store(&p)
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
			c.conn.SetWriteDeadline(time.Now().Add(writeWithin))
			var err error
			switch m := m.(type) {
			case *websocket.PreparedMessage:
				err = c.conn.WritePreparedMessage(m)
			case frame:
				err = c.conn.WriteJSON(m)
			}
			if err != nil {
				return
			}
		case <-ping.C:
			if c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin)) != nil {
				return
			}
		}
	}
}

// push puts a message into the queue; a client whose queue is full reads too slowly and is closed, so that it never
// slows the others. It catches up when it comes back.
func (c *client) push(m any) {
	select {
	case c.out <- m:
	case <-c.done:
	default:
		go c.close(CloseSlow, "You read too slowly. Come back with since.")
	}
}

// pushSlowly waits for room in the queue: what was missed is read from the store, nobody else waits for it.
func (c *client) pushSlowly(m any) bool {
	select {
	case c.out <- m:
		return true
	case <-c.done:
		return false
	case <-time.After(catchWithin):
		c.close(CloseSlow, "You read too slowly. Come back with since.")
		return false
	}
}

func (c *client) say(f frame) { c.push(f) }

func (c *client) fail(code, message string) {
	c.say(frame{Op: "error", Code: code, Message: message})
}

// close says why and ends the socket.
func (c *client) close(code int, reason string) {
	c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
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
