// Package live carries what happens to open pages, over WebSockets: named topics that a page joins, events told to all
// who joined, and catching up by number after a gap. It owns gorilla/websocket and the frames of the protocol.
//
// It moves bytes and never reads a post. Who may join a topic, what an event looks like and what was missed are asked
// of those who open the server.
package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// Limits of the protocol.
const (
	MaxFrame    = 16 << 10 // of a client's frame
	MaxTopics   = 50       // joined by one socket
	queue       = 256      // frames waiting for one slow reader
	chunk       = 200      // missed events fetched at once
	hardFrame   = 64 << 10 // beyond this the socket is closed
	pingEvery   = 25 * time.Second
	pongWithin  = 60 * time.Second
	writeWithin = 10 * time.Second
	catchWithin = 30 * time.Second
	maxPresent  = 50
)

// Close codes besides the standard ones.
const (
	CloseRestart   = websocket.CloseServiceRestart // 1012: come back in a moment
	CloseLater     = websocket.CloseTryAgainLater  // 1013: reads too slowly, or something did not go well here
	CloseForbidden = 4403                          // may no longer be here
)

// Person is who holds a socket, and by which session. The zero Person is a guest.
type Person struct{ ID, Name, Session string }

// Guest says whether nobody signed in holds the socket.
func (p Person) Guest() bool { return p.ID == "" }

// Event is something that happened in a topic. Seq only grows. HTML differs for members and guests where names do.
type Event struct {
	Seq         int64
	Kind, ID    string
	At          string // RFC 3339
	Members     string // HTML for those who are signed in
	Guests      string // HTML for those who are not
	membersOnce *websocket.PreparedMessage
	guestsOnce  *websocket.PreparedMessage
}

// Asks is what the server asks of the rest of the program.
type Asks struct {
	Epoch string
	// Last is the newest number there is, in the store itself; of a topic whose news come later than what they are news of, up
	// to where they have come.
	Last func(topic string) (int64, error)
	// Enter turns a token of a first frame into a person, false when it is nobody's.
	Enter func(token string) (Person, bool, error)
	// May says whether the person may join the topic now; it does not say whether the topic exists.
	May func(p Person, topic string) (bool, error)
	// Missed returns the events of a topic after since, in order, and whether there may be more behind them: never more
	// without some to go on from. ErrReset means that since cannot be continued from: the page has to be loaded again.
	Missed func(topic string, since int64, limit int) (events []Event, more bool, err error)
	// Failed is told what could not be answered. A socket is then closed and comes back: an error is neither a missing
	// right nor the end of what there is.
	Failed func(error)
}

// Server holds the topics and the sockets that joined them.
type Server struct {
	asks   Asks
	at     atomic.Int64 // the number up to which events have been told
	rights atomic.Int64 // grows whenever rights may have been lost

	mu      sync.Mutex
	topics  map[string]*topic
	clients map[*client]struct{}
	closing bool
}

// topic is a name and those who listen.
type topic struct {
	name string
	mu   sync.Mutex
	told int64
	subs map[*client]*subscription

	presenceDue bool
}

// subscription is one socket in one topic. Until it is level it reads what it missed; then it is told.
type subscription struct {
	cursor int64
	level  bool
}

// NewServer starts a server whose events begin after the number at.
func NewServer(asks Asks, at int64) *Server {
	s := &Server{asks: asks, topics: map[string]*topic{}, clients: map[*client]struct{}{}}
	s.at.Store(at)
	return s
}

// Listening says whether anybody has joined the topic, so that nobody else's events need to be made.
func (s *Server) Listening(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.topics[name] != nil
}

// Tell gives an event to everybody in a topic. Events of one topic must come in the order of their numbers.
func (s *Server) Tell(name string, e Event) {
	s.mu.Lock()
	t := s.topics[name]
	s.mu.Unlock()
	if t == nil {
		return
	}
	if err := e.prepare(name); err != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.told = max(t.told, e.Seq)
	for c, sub := range t.subs {
		if sub.level && e.Seq > sub.cursor {
			sub.cursor = e.Seq
			c.push(e.forWhom(c.person()))
		}
	}
}

// Told moves the number up to which events have been told, whether or not anybody listened.
func (s *Server) Told(seq int64) { s.at.Store(seq) }

// UpTo is that number.
func (s *Server) UpTo() int64 { return s.at.Load() }

// Me is the topic of one person. Each calls their own "me".
func Me(person string) string { return me + ":" + person }

const me = "me"

// inside is what a topic that a person names is called here, and outside what they call it.
func inside(name string, p Person) string {
	if name == me {
		return Me(p.ID)
	}
	return name
}

func outside(name string) string {
	if strings.HasPrefix(name, me+":") {
		return me
	}
	return name
}

// Count is how many sockets are open.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.clients)
}

// Recheck asks again whether those who joined the topics that match may stay, and sends away those who may not.
func (s *Server) Recheck(match func(topic string) bool) {
	s.rights.Add(1)
	for _, t := range s.matching(match) {
		stays := map[Person]func() (bool, error){}
		for _, c := range t.listeners() {
			p := c.person()
			if stays[p] == nil {
				stays[p] = sync.OnceValues(func() (bool, error) { return s.asks.May(p, outside(t.name)) })
			}
			switch may, err := stays[p](); {
			case err != nil:
				s.later(c, err)
			case !may:
				s.leave(c, t.name)
				c.say(frame{Op: "left", Topic: outside(t.name), Reason: "You can no longer see this."})
			}
		}
	}
}

func (t *topic) listeners() []*client {
	t.mu.Lock()
	defer t.mu.Unlock()
	cs := make([]*client, 0, len(t.subs))
	for c := range t.subs {
		cs = append(cs, c)
	}
	return cs
}

func (s *Server) matching(match func(string) bool) []*topic {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ts []*topic
	for name, t := range s.topics {
		if match(name) {
			ts = append(ts, t)
		}
	}
	return ts
}

// Interrupt closes the sockets in a topic of which an event could not be told: they come back, and read it.
func (s *Server) Interrupt(name string, err error) {
	for _, t := range s.matching(func(topic string) bool { return topic == name }) {
		for _, c := range t.listeners() {
			s.later(c, err)
		}
	}
}

// later closes a socket that could not be answered, and waits for nothing.
func (s *Server) later(c *client, err error) {
	s.asks.Failed(err)
	c.dismiss(CloseLater, "Something did not work here. Come back in a moment, with since.")
	go c.close()
}

// Expel closes the sockets of those who match, and waits for none of them.
func (s *Server) Expel(match func(Person) bool) {
	s.rights.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if p := c.person(); !p.Guest() && match(p) {
			c.dismiss(CloseForbidden, "This person may no longer be here.")
			go c.close()
		}
	}
}

// Close tells every socket to come back in a moment and lets no new one in.
func (s *Server) Close() {
	s.mu.Lock()
	s.closing = true
	var all sync.WaitGroup
	for c := range s.clients {
		c.dismiss(CloseRestart, restarting)
		all.Go(c.close)
	}
	s.mu.Unlock()
	all.Wait()
}

const restarting = "Restarting: come back in a moment."

// Serve takes over a request, and the socket is talked to until one of both sides ends it. The caller has checked the
// origin and says who asks; gone is called when the socket has ended, or never began. Serve returns at once, so that what
// the request needed on its way here, and its deep stack, are not held for as long as the socket.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, p Person, gone func()) error {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		gone()
		return err
	}
	c := &client{
		server: s, conn: conn, out: make(chan any, queue), room: make(chan struct{}, queue/2), done: make(chan struct{}), topics: map[string]bool{},
		gone: gone,
	}
	c.who.Store(&p)
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		c.dismiss(CloseRestart, restarting)
		c.close()
		gone()
		return nil
	}
	s.clients[c] = struct{}{}
	s.mu.Unlock()
	go c.write()
	go c.read()
	return nil
}

var upgrader = websocket.Upgrader{
	ReadBufferSize: 1024, WriteBufferSize: 1024, WriteBufferPool: &sync.Pool{},
	CheckOrigin: func(*http.Request) bool { return true }, // done by the caller, against the configured address
}

// join adds a client to a topic and, when it names what it has seen, brings it up to date first.
func (s *Server) join(c *client, name string, since int64, epoch string) {
	rights := s.rights.Load()
	err := s.may(c.person(), name)
	if err == nil && since != 0 {
		err = s.known(since, epoch)
	}
	if err != nil {
		s.refuse(c, name, err)
		return
	}
	t := s.enter(inside(name, c.person()), c)
	// Who lost the right after being asked for it was not yet here to be sent away.
	if s.rights.Load() != rights {
		if err := s.may(c.person(), name); err != nil {
			s.leave(c, t.name)
			s.refuse(c, name, err)
			return
		}
	}
	sub, err := s.subscribe(c, t, since)
	if err != nil {
		s.refuse(c, name, err)
		return
	}
	if sub == nil {
		return // sent away meanwhile, and told so
	}
	s.announce(t)
	if !sub.level {
		s.catchUp(c, t, sub)
	}
}

// may says whether a person may hear of a topic: if not, ErrNoTopic.
func (s *Server) may(p Person, name string) error {
	may, err := s.asks.May(p, name)
	if err == nil && !may {
		err = ErrNoTopic
	}
	return err
}

// refuse says why a topic cannot be listened to.
func (s *Server) refuse(c *client, name string, err error) {
	switch {
	case errors.Is(err, ErrNoTopic):
		c.fail("no-topic", noTopic)
	case errors.Is(err, ErrReset):
		c.say(frame{Op: "reset", Topic: name})
	default:
		s.later(c, err)
	}
}

const noTopic = "There is no such topic, or you may not join it."

// subscribe says "joined", before anything is told. Who names nothing begins at the end of the store: what is there
// may have passed by this topic while nobody listened.
func (s *Server) subscribe(c *client, t *topic, since int64) (*subscription, error) {
	sub := &subscription{cursor: since}
	if since == 0 {
		last, err := s.asks.Last(t.name)
		if err != nil {
			return nil, err
		}
		sub.cursor, sub.level = last, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.subs[c] == nil {
		return nil, nil
	}
	if sub.level {
		sub.cursor = max(sub.cursor, t.told)
	}
	t.subs[c] = sub
	seq, present := sub.cursor, t.present(c.person())
	c.say(frame{Op: "joined", Topic: outside(t.name), Seq: &seq, Epoch: s.asks.Epoch, Present: &present})
	return sub, nil
}

// known says whether events can be continued from a number that a client says it saw: if not, ErrReset.
func (s *Server) known(since int64, epoch string) error {
	if since < 0 || epoch != s.asks.Epoch {
		return ErrReset
	}
	if since <= s.at.Load() {
		return nil
	}
	last, err := s.asks.Last("")
	if err == nil && since > last {
		err = ErrReset
	}
	return err
}

// enter adds the client to the topic's listeners, without a subscription yet.
func (s *Server) enter(name string, c *client) *topic {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.topics[name]
	if t == nil {
		t = &topic{name: name, subs: map[*client]*subscription{}}
		s.topics[name] = t
	}
	// A subscription that waits: nothing is told to it, and the topic is not dropped meanwhile.
	t.mu.Lock()
	if t.subs[c] == nil {
		t.subs[c] = &subscription{}
	}
	t.mu.Unlock()
	c.remember(name)
	return t
}

// catchUp sends what was missed, straight from the store, until nothing is left and nothing was told meanwhile; only
// then is the subscription level. What arrives in between is either read here or told afterwards, never both.
func (s *Server) catchUp(c *client, t *topic, sub *subscription) {
	for {
		before := t.lastTold()
		events, more, err := s.missed(t.name, sub.cursor)
		if err != nil {
			s.leave(c, t.name)
			s.refuse(c, outside(t.name), err)
			return
		}
		for i := range events {
			if events[i].prepare(t.name) != nil || !t.has(c, sub) || !c.pushSlowly(events[i].forWhom(c.person())) {
				return
			}
			sub.cursor = events[i].Seq
		}
		if !more && t.level(c, sub, before) {
			return
		}
	}
}

// missed asks for what happened in a topic after a number. A store that says "more" and has none to go on from never ends.
func (s *Server) missed(name string, since int64) ([]Event, bool, error) {
	events, more, err := s.asks.Missed(name, since, chunk)
	if err == nil && more && len(events) == 0 {
		err = ErrReset
	}
	return events, more, err
}

func (t *topic) lastTold() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.told
}

// has says whether the subscription still stands: its client may have been sent away.
func (t *topic) has(c *client, sub *subscription) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.subs[c] == sub
}

// level makes the subscription one that is told, unless something was told since before. It also ends one that no
// longer stands.
func (t *topic) level(c *client, sub *subscription, before int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.subs[c] != sub {
		return true
	}
	if sub.level = t.told == before; sub.level {
		sub.cursor = max(sub.cursor, t.told)
	}
	return sub.level
}

func (s *Server) leave(c *client, name string) {
	s.mu.Lock()
	t := s.topics[name]
	if t != nil {
		t.mu.Lock()
		delete(t.subs, c)
		empty := len(t.subs) == 0
		t.mu.Unlock()
		if empty {
			delete(s.topics, name)
		}
	}
	s.mu.Unlock()
	c.forget(name)
	if t != nil {
		s.announce(t)
	}
}

// gone takes a client out of everything.
func (s *Server) gone(c *client) {
	for _, name := range c.joined() {
		s.leave(c, name)
	}
	s.mu.Lock()
	delete(s.clients, c)
	s.mu.Unlock()
}

// frame is everything the server says but events.
type frame struct {
	Op      string    `json:"op"`
	Topic   string    `json:"topic,omitempty"`
	Seq     *int64    `json:"seq,omitempty"`
	Epoch   string    `json:"epoch,omitempty"`
	Present *[]member `json:"present,omitempty"`
	Who     *member   `json:"who,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Code    string    `json:"code,omitempty"`
	Message string    `json:"message,omitempty"`
}

type member struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (e *Event) prepare(topic string) error {
	if e.membersOnce != nil {
		return nil
	}
	variant := func(html string) (*websocket.PreparedMessage, error) {
		raw, err := e.frame(topic, html)
		if err != nil {
			return nil, err
		}
		return websocket.NewPreparedMessage(websocket.TextMessage, raw)
	}
	var err error
	if e.membersOnce, err = variant(e.Members); err != nil {
		return err
	}
	e.guestsOnce = e.membersOnce
	if e.Guests != e.Members {
		e.guestsOnce, err = variant(e.Guests)
	}
	return err
}

// frame is the event as it is sent.
func (e *Event) frame(topic, html string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Op    string `json:"op"`
		Topic string `json:"topic"`
		Seq   int64  `json:"seq"`
		Kind  string `json:"kind"`
		ID    string `json:"id"`
		HTML  string `json:"html"`
		At    string `json:"at"`
	}{"event", outside(topic), e.Seq, e.Kind, e.ID, html, e.At})
	return b.Bytes(), err
}

func (e *Event) forWhom(p Person) *websocket.PreparedMessage {
	if p.Guest() {
		return e.guestsOnce
	}
	return e.membersOnce
}
