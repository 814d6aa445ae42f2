package live

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestJoinAndHear(t *testing.T) {
	w := newWorld(t)
	w.tell("thread:a") // nobody listens
	pat := w.open("pat")
	pat.join("thread:a", 0)
	if m := pat.want("joined"); m.Topic != "thread:a" || m.Seq != 1 || m.Epoch != epoch || len(m.Present) != 1 || m.Present[0].Name != "PAT" {
		t.Fatalf("%+v", m)
	}
	var told []Event
	for range 5 {
		w.tell("thread:b")
		told = append(told, w.tell("thread:a"))
	}
	for _, e := range told {
		pat.wantEvent("thread:a", e)
	}
	last := w.tell("thread:a")
	if m := pat.want("event"); m.Kind != "post.created" || m.At != last.At || m.HTML != last.Members || m.Seq != 12 {
		t.Fatalf("%+v", m)
	}
	if !w.server.Listening("thread:a") || w.server.Listening("thread:b") || w.server.Count() != 1 {
		t.Error("the server does not know who listens")
	}
	pat.send(`{"op":"leave","topic":"thread:a"}`)
	eventually(t, "nobody listens", func() bool { return !w.server.Listening("thread:a") })
	w.tell("thread:a")
	pat.quiet()
	pat.conn.Close()
	eventually(t, "the socket is gone", func() bool { return w.server.Count() == 0 })
}

// A socket that names what it has seen gets all that came after it, in order, and then what comes.
func TestResume(t *testing.T) {
	w := newWorld(t)
	var of []Event
	for range 3*chunk + 7 {
		of = append(of, w.tell("thread:a"))
		w.tell("thread:b")
	}
	for _, since := range []int64{1, of[10].Seq, of[10].Seq + 1, of[2*chunk].Seq, of[len(of)-1].Seq, w.last()} {
		s := w.open("")
		s.join("thread:a", since)
		if m := s.want("joined"); m.Seq != since {
			t.Fatalf("since %d: joined at %d", since, m.Seq)
		}
		for _, e := range of {
			if e.Seq > since {
				s.wantEvent("thread:a", e)
			}
		}
		s.quiet()
	}
	s := w.open("pat")
	s.join("thread:a", of[len(of)-2].Seq)
	s.want("joined")
	s.wantEvent("thread:a", of[len(of)-1])
	s.wantEvent("thread:a", w.tell("thread:a"))
	// What is in the store and was not told yet can be resumed from, too: the page was rendered from the store.
	ahead := w.commit("thread:a")
	s = w.open("pat")
	s.join("thread:a", ahead.Seq)
	s.want("joined")
	w.pass("thread:a", ahead)
	s.wantEvent("thread:a", w.tell("thread:a"))
}

// The promise of the whole room: whatever happens at the same time, a socket gets every event of its topic after the
// number that it joined at, in order, none missing and none twice.
func TestNothingMissingNothingTwice(t *testing.T) {
	const events, readers = 2100, 12
	topics := []string{"thread:a", "thread:b"}
	w := newWorld(t)
	for range chunk + 50 { // so that who comes late has more than one part to catch up with
		w.tell(topics[0])
	}

	var writers sync.WaitGroup
	for range 3 {
		writers.Go(func() {
			for range events / 3 {
				w.commit(topics[rand.IntN(2)])
				if rand.IntN(20) == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	written := make(chan struct{})
	go func() { writers.Wait(); close(written) }()

	// The follower tells what was committed, behind the writers, and now and then the same rows again: as it does after
	// an error.
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		for at := 0; ; {
			w.mu.Lock()
			rows := slices.Clone(w.log[at:])
			w.mu.Unlock()
			for _, r := range rows {
				w.pass(r.topic, r.event)
			}
			if len(rows) > 0 && rand.IntN(10) == 0 {
				continue
			}
			at += len(rows)
			select {
			case <-written:
				if int64(at) == w.last() {
					return
				}
			default:
			}
		}
	}()

	var ends sync.WaitGroup
	for i := range readers {
		ends.Go(func() { readOn(w, topics[i%2], i%3 == 0, written) })
	}
	ends.Wait()
	<-followed
}

// readOn joins, reads, goes away and comes back with what it has seen until all is written, and then reads the rest.
func readOn(w *world, topic string, fromNow bool, written <-chan struct{}) {
	since, first := int64(1), int64(-1)
	if fromNow {
		since = 0
	}
	var got []int64
	for written != nil || !complete(w, topic, since) {
		conn, _, err := websocket.DefaultDialer.Dial(w.url, nil)
		if err != nil {
			w.t.Error(err)
			return
		}
		conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"op":"join","topic":%q,"since":%d,"epoch":%q}`, topic, since, epoch))
		frames := make(chan said)
		go func() {
			defer close(frames)
			s := &socket{t: w.t, conn: conn}
			for {
				m, err := s.read()
				if err != nil {
					return
				}
				frames <- m
			}
		}()
		ended := false // by the server, because this machine is so busy that it reads too slowly
		for n := 0; !ended && (written == nil || n < 200); n++ {
			if written == nil && complete(w, topic, since) {
				break
			}
			select {
			case <-written:
				written = nil
			case m, open := <-frames:
				switch {
				case !open:
					ended = true
				case m.Op == "joined":
					if since = m.Seq; first < 0 {
						first = m.Seq
					}
				case m.Op == "event":
					got, since = append(got, m.Seq), m.Seq
				default:
					w.t.Errorf("%s: %+v", topic, m)
				}
			}
		}
		conn.Close()
		for range frames { // what was on its way is not counted as seen
		}
	}
	var want []int64
	all, _, _ := w.after(topic, first, 1<<30)
	for _, e := range all {
		want = append(want, e.Seq)
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("%s from %d: got %d events, want %d: %s", topic, first, len(got), len(want), difference(got, want))
	}
}

// complete says whether nothing of a topic is in the store after since.
func complete(w *world, topic string, since int64) bool {
	rest, _, _ := w.after(topic, since, 1)
	return since > 0 && len(rest) == 0
}

func difference(got, want []int64) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("the %d. is %d and not %d", i, got[i], want[i])
		}
	}
	return "one ends early"
}

// Regression: an event that came while nobody listened, and was told to nobody, was missing for who joined just then,
// because the server counted it as yet to come.
func TestJoinWhileAnEventPassesBy(t *testing.T) {
	w := newWorld(t)
	w.tell("thread:a")
	passing := w.commit("thread:a")
	if w.server.Listening("thread:a") {
		t.Fatal("somebody listens")
	}
	s := w.open("pat")
	s.join("thread:a", 0)
	joined := s.want("joined")
	w.server.Told(passing.Seq) // without being told: nobody listened when that was asked
	next := w.tell("thread:a")
	s.wantEvent("thread:a", next)
	if missing, _, _ := w.after("thread:a", joined.Seq, 10); len(missing) != 1 {
		t.Errorf("joined at %d, so %d events should have come, and one did", joined.Seq, len(missing))
	}
}

// Regression: what was told between the subscription and its "joined" came before it.
func TestJoinedComesFirst(t *testing.T) {
	w := newWorld(t)
	w.tell("thread:a")
	stop := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Microsecond):
				w.tell("thread:a")
			}
		}
	})
	for i := range 40 {
		s := w.open([]string{"", "pat"}[i%2])
		s.join("thread:a", int64(i%4/2))
		if m := s.next(); m.Op != "joined" {
			t.Errorf("the first frame is %+v", m)
		}
		s.conn.Close()
	}
	close(stop)
	telling.Wait()
}

func TestW08Resets(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		w.tell("thread:a")
	}
	w.tell("thread:b")
	for name, frame := range map[string]string{
		"since -1":              `{"op":"join","topic":"thread:a","since":-1,"epoch":"e1"}`,
		"since 2^63":            `{"op":"join","topic":"thread:a","since":9223372036854775808,"epoch":"e1"}`,
		"since -2^63 and less":  `{"op":"join","topic":"thread:a","since":-9223372036854775809,"epoch":"e1"}`,
		"since 2^63-1":          `{"op":"join","topic":"thread:a","since":9223372036854775807,"epoch":"e1"}`,
		"since with a fraction": `{"op":"join","topic":"thread:a","since":1.5,"epoch":"e1"}`,
		"since in words":        `{"op":"join","topic":"thread:a","since":"one","epoch":"e1"}`,
		"too new":               `{"op":"join","topic":"thread:a","since":12,"epoch":"e1"}`,
		"another epoch":         `{"op":"join","topic":"thread:a","since":5,"epoch":"e0"}`,
		"no epoch":              `{"op":"join","topic":"thread:a","since":5}`,
	} {
		s := w.open("pat")
		s.send(frame)
		if m := s.next(); m.Op != "reset" || m.Topic != "thread:a" {
			t.Errorf("%s: got %+v", name, m)
		}
		if w.server.Listening("thread:a") {
			t.Errorf("%s: has joined", name)
		}
		s.quiet()
		s.conn.Close()
	}
	// Another topic's number is only a number: it brings nothing of that topic.
	s := w.open("pat")
	s.join("thread:b", 3)
	s.want("joined")
	if m := s.want("event"); m.Topic != "thread:b" || m.Seq != 11 {
		t.Errorf("%+v", m)
	}
	s.quiet()
	// And from now on needs no epoch.
	s.send(`{"op":"join","topic":"thread:c"}`)
	s.want("joined")
}

// A store that was trimmed, or that never ends and never gets on, sends the page to be loaded again.
func TestResetWhenTheStoreCannotContinue(t *testing.T) {
	for name, missed := range map[string]func(string, int64, int) ([]Event, bool, error){
		"trimmed":                func(string, int64, int) ([]Event, bool, error) { return nil, false, ErrReset },
		"more, and nothing more": func(string, int64, int) ([]Event, bool, error) { return nil, true, nil },
	} {
		w := newWorld(t)
		w.tell("thread:a")
		w.missed = missed
		s := w.open("pat")
		s.join("thread:a", 1)
		s.want("joined")
		if m := s.next(); m.Op != "reset" {
			t.Errorf("%s: got %+v", name, m)
		}
		eventually(t, name+": has left", func() bool { return !w.server.Listening("thread:a") })
		w.tell("thread:a")
		s.quiet()
	}
}

func TestGuestsGetTheirOwnHTML(t *testing.T) {
	w := newWorld(t)
	guest, pat := w.open(""), w.open("pat")
	first := w.tell("thread:a")
	for _, s := range []*socket{guest, pat} {
		s.join("thread:a", 0)
		s.want("joined")
	}
	e := w.tell("thread:a")
	if m := guest.want("event"); m.HTML != e.Guests {
		t.Errorf("a guest gets %q", m.HTML)
	}
	if m := pat.want("event"); m.HTML != e.Members {
		t.Errorf("a member gets %q", m.HTML)
	}
	late := w.open("")
	late.join("thread:a", first.Seq)
	late.want("joined")
	if m := late.want("event"); m.HTML != e.Guests {
		t.Errorf("a guest who catches up gets %q", m.HTML)
	}
	same := Event{Seq: e.Seq + 1, Kind: "thread.changed", Members: "<b>same & \"so\"</b>", Guests: "<b>same & \"so\"</b>"}
	w.server.Tell("thread:a", same)
	if m := guest.want("event"); m.HTML != same.Guests {
		t.Errorf("%q", m.HTML)
	}
}

func TestPresence(t *testing.T) {
	w := newWorld(t)
	guest, pat, pats, lee := w.open(""), w.open("pat"), w.open("pat"), w.open("lee")
	names := func(m said) string {
		var ns []string
		for _, p := range m.Present {
			ns = append(ns, p.ID)
		}
		return strings.Join(ns, " ")
	}
	wantPresent := func(s *socket, want string) {
		t.Helper()
		for {
			if m := s.any(); m.Op != "presence" {
				t.Fatalf("%+v", m)
			} else if names(m) == want {
				return
			}
		}
	}
	pat.join("thread:a", 0)
	if m := pat.want("joined"); names(m) != "pat" {
		t.Errorf("%+v", m)
	}
	guest.join("thread:a", 0)
	if m := guest.want("joined"); m.Present == nil || len(m.Present) > 0 {
		t.Errorf("a guest is told who is there, or not that it is nobody: %+v", m)
	}
	lee.join("thread:a", 0)
	if m := lee.want("joined"); names(m) != "lee pat" {
		t.Errorf("%+v", m)
	}
	wantPresent(pat, "lee pat")
	pats.join("thread:a", 0) // a second window of the same person
	if m := pats.want("joined"); names(m) != "lee pat" {
		t.Errorf("%+v", m)
	}
	lee.conn.Close()
	wantPresent(pat, "pat")
	pats.conn.Close()
	w.tell("thread:a")
	// The guest was told of nothing but the post.
	if m := guest.any(); m.Op != "event" {
		t.Errorf("a guest got %+v", m)
	}
}

// Regression in waiting: many joins in a moment make a few announcements, not one each.
func TestPresenceIsGathered(t *testing.T) {
	w := newWorld(t)
	pat := w.open("pat")
	pat.join("thread:a", 0)
	pat.want("joined")
	began := time.Now()
	for i := range 40 {
		s := w.open(fmt.Sprintf("m%d", i))
		s.join("thread:a", 0)
		s.want("joined")
	}
	n := 1
	for len(pat.any().Present) < 41 {
		n++
	}
	// All others would have come by the time that the last one has.
	pat.send(`{"op":"quiet?"}`)
	for pat.any().Op != "error" {
		n++
	}
	if most := 3 + int(time.Since(began)/settle); n > most {
		t.Errorf("%d announcements of 40 people", n)
	}
}

func TestTyping(t *testing.T) {
	w := newWorld(t)
	guest, pat, lee, far := w.open(""), w.open("pat"), w.open("lee"), w.open("far")
	for _, s := range []*socket{guest, pat, lee} {
		s.join("thread:a", 0)
		s.want("joined")
	}
	far.join("thread:b", 0)
	far.want("joined")
	const typing = `{"op":"typing","topic":"thread:a"}`
	guest.send(typing) // guests are nobody
	far.send(typing)   // and who has not joined is not there
	guest.quiet()
	far.quiet()
	pat.send(typing)
	pat.send(typing) // at most once a second
	if m := lee.want("typing"); m.Who == nil || m.Who.ID != "pat" || m.Who.Name != "PAT" || m.Topic != "thread:a" {
		t.Errorf("%+v", m)
	}
	pat.quiet()
	for _, s := range []*socket{guest, lee, far} {
		s.quiet()
	}
	pat.send(`{"op":"typing","topic":"thread:none"}`)
	pat.quiet()
}

// W04: who loses a right is told so at once and hears nothing any more; the others stay.
func TestW04LeftOnRecheck(t *testing.T) {
	w := newWorld(t)
	pat, lee := w.open("pat"), w.open("lee")
	for _, s := range []*socket{pat, lee} {
		s.join("space:x", 0)
		s.want("joined")
		s.join("thread:a", 0)
		s.want("joined")
	}
	w.forbid(func(p Person, topic string) bool { return p.ID != "pat" || topic != "space:x" })
	w.server.Recheck(func(topic string) bool { return topic == "thread:a" }) // another topic's business
	e := w.tell("space:x")
	pat.wantEvent("space:x", e)
	lee.wantEvent("space:x", e)
	w.server.Recheck(func(topic string) bool { return true })
	if m := pat.next(); m.Op != "left" || m.Topic != "space:x" || m.Reason == "" {
		t.Errorf("%+v", m)
	}
	e = w.tell("space:x")
	lee.wantEvent("space:x", e)
	pat.quiet()
	pat.wantEvent("thread:a", w.tell("thread:a"))
	pat.join("space:x", 1)
	if m := pat.next(); m.Code != "no-topic" {
		t.Errorf("%+v", m)
	}
}

// Regression: who asked to join just before losing the right, and came in just after the others were sent away, stayed.
func TestW04RightLostWhileJoining(t *testing.T) {
	w := newWorld(t)
	asked, answered := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.forbid(func(Person, string) bool {
		first := false
		once.Do(func() { first = true })
		if !first {
			return false
		}
		close(asked)
		<-answered
		return true // as it was when the question was asked
	})
	s := w.open("pat")
	s.join("space:x", 0)
	<-asked
	w.server.Recheck(func(string) bool { return true })
	close(answered)
	if m := s.next(); m.Code != "no-topic" {
		t.Errorf("%+v", m)
	}
	w.tell("space:x")
	s.quiet()
}

// Regression: a socket that was catching up went on to get what it might no longer see.
func TestW04RightLostWhileCatchingUp(t *testing.T) {
	w := newWorld(t)
	for range 50 {
		w.tell("space:x")
	}
	reading, read := make(chan struct{}), make(chan struct{})
	w.missed = func(topic string, since int64, limit int) ([]Event, bool, error) {
		close(reading)
		<-read
		return w.after(topic, since, limit)
	}
	s := w.open("pat")
	s.join("space:x", 1)
	s.want("joined")
	<-reading
	w.forbid(func(Person, string) bool { return false })
	w.server.Recheck(func(string) bool { return true })
	close(read)
	if m := s.next(); m.Op != "left" {
		t.Errorf("%+v", m)
	}
	s.quiet()
}

func TestExpel(t *testing.T) {
	w := newWorld(t)
	guest, pat, lee := w.open(""), w.open("pat"), w.open("lee")
	for _, s := range []*socket{guest, pat, lee} {
		s.join("thread:a", 0)
		s.want("joined")
	}
	w.server.Expel(func(p Person) bool { return p.Session == "s-pat" })
	w.tell("thread:a")
	if reason := pat.wantClose(CloseForbidden); reason == "" {
		t.Error("no reason is given")
	}
	lee.want("event")
	w.server.Expel(func(p Person) bool { return true }) // guests are nobody in particular
	lee.wantClose(CloseForbidden)
	guest.want("event")
	guest.wantEvent("thread:a", w.tell("thread:a"))
	eventually(t, "they are gone", func() bool { return w.server.Count() == 1 })
}

// Regression: a token that was shown just before its person was expelled opened the door just after.
func TestExpelWhileEntering(t *testing.T) {
	w := newWorld(t)
	shown, suspended := make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	w.enter = func(string) (Person, bool, error) {
		if calls.Add(1) > 1 {
			return Person{}, false, nil
		}
		close(shown)
		<-suspended
		return Person{ID: "pat"}, true, nil
	}
	s := w.open("")
	s.send(`{"op":"auth","token":"x"}`)
	<-shown
	w.server.Expel(func(p Person) bool { return p.ID == "pat" })
	close(suspended)
	s.wantClose(CloseForbidden)
}

func TestClose(t *testing.T) {
	w := newWorld(t)
	var all []*socket
	for i := range 10 {
		s := w.open([]string{"", "pat"}[i%2])
		s.join("thread:a", 0)
		s.want("joined")
		all = append(all, s)
	}
	// Sockets that read nothing, and whose buffers are full, do not hold the others up.
	var stuck []string
	for i := range 12 {
		stuck = append(stuck, fmt.Sprint("s", i))
	}
	for _, name := range stuck {
		s := w.open(name)
		s.join("thread:stuck", 0)
		s.want("joined")
	}
	for seq := int64(1); slices.ContainsFunc(stuck, func(name string) bool { return w.bye(name) == nil }); seq++ {
		w.server.Tell("thread:stuck", Event{Seq: seq, Members: strings.Repeat("x", 64<<10)})
		if seq > 4000 {
			t.Fatal("who reads nothing is never closed")
		}
	}
	began := time.Now()
	w.server.Close()
	if took := time.Since(began); took > 8*time.Second { // each of them alone may take one second
		t.Errorf("closing took %v", took)
	}
	for _, s := range all {
		if reason := s.wantClose(CloseRestart); reason == "" {
			t.Error("no reason is given")
		}
	}
	eventually(t, "all are gone", func() bool { return w.server.Count() == 0 })
	w.open("pat").wantClose(CloseRestart) // a late one is sent away in the same words
}

// W05: who reads too slowly is closed with 1013 and delays nobody.
func TestW05SlowReader(t *testing.T) {
	w := newWorld(t)
	slow := w.open("slow")
	slow.join("thread:a", 0)
	slow.want("joined")
	pat := w.open("pat")
	pat.join("thread:a", 0)
	pat.want("joined")

	// Nothing is read at slow's end while pat gets one event after the other.
	const size = 64 << 10
	sent := int64(0)
	var worst time.Duration
	for w.bye("slow") == nil {
		if sent++; sent > 2000 {
			t.Fatal("who reads nothing is never closed")
		}
		e := Event{Seq: sent, Kind: "post.created", Members: strings.Repeat("x", size)}
		began := time.Now()
		w.server.Tell("thread:a", e)
		if m := pat.want("event"); m.Seq != sent {
			t.Fatalf("%+v", m)
		}
		worst = max(worst, time.Since(began))
	}
	if worst > writeWithin/2 { // so long it could hold up who waits for it
		t.Errorf("a slow reader delayed another by %v", worst)
	}
	// It reads again, finds what had been sent, and then why it ends: what it has seen is where it goes on from.
	seen := int64(0)
	for {
		m, err := slow.read()
		var c *websocket.CloseError
		if errors.As(err, &c) {
			if c.Code != CloseLater {
				t.Errorf("closed with %d", c.Code)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.Op == "event" {
			if m.Seq != seen+1 {
				t.Fatalf("after %d came %d", seen, m.Seq)
			}
			seen = m.Seq
		}
	}
	if seen == 0 || seen == sent {
		t.Errorf("it had seen %d of %d", seen, sent)
	}
}

// bye says whether the server is about to close somebody's socket.
func (w *world) bye(id string) *farewell {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	for c := range w.server.clients {
		if c.person().ID == id {
			return c.bye.Load()
		}
	}
	return &farewell{}
}

// What is soon out of date is left out when there is no room, and never a reason to close a socket.
func TestHintsAreDropped(t *testing.T) {
	c := &client{out: make(chan any, 2), done: make(chan struct{})}
	for range 5 {
		c.hint(frame{Op: "typing"})
	}
	if c.bye.Load() != nil || len(c.out) != 2 {
		t.Errorf("bye %v, %d in the queue", c.bye.Load(), len(c.out))
	}
	c.push(frame{Op: "event"})
	if f := c.bye.Load(); f == nil || f.code != CloseLater {
		t.Errorf("an event that has no room is lost, and the socket goes on: %v", f)
	}
	<-c.out
	c.push(frame{Op: "event"})
	c.hint(frame{Op: "typing"})
	if len(c.out) != 1 {
		t.Error("after its end was settled a socket still gets something")
	}
}

// Catching up leaves room for what happens meanwhile: a socket with much to read is not closed by a little news.
func TestCatchingUpLeavesRoom(t *testing.T) {
	c := &client{out: make(chan any, queue), room: make(chan struct{}, queue/2), done: make(chan struct{})}
	for range queue / 2 {
		c.pushSlowly(nil)
	}
	waiting := make(chan bool)
	go func() { waiting <- c.pushSlowly(nil) }()
	for range queue / 2 {
		c.push(frame{Op: "event"})
	}
	if c.bye.Load() != nil {
		t.Error("closed by as much news as there is room for")
	}
	select {
	case <-waiting:
		t.Error("what was missed took the room of what happens")
	default:
	}
	close(c.done)
	if <-waiting {
		t.Error("what was missed was sent to a socket that had ended")
	}
}

func TestW05Frames(t *testing.T) {
	w := newWorld(t)
	s := w.open("pat")
	big := func(n int) string { return `{"op":"` + strings.Repeat("x", n-len(`{"op":""}`)) + `"}` }
	for name, c := range map[string]struct{ frame, code string }{
		"over 16 KiB":       {big(MaxFrame + 1), "too-long"},
		"just 64 KiB":       {big(hardFrame), "too-long"},
		"just 16 KiB":       {big(MaxFrame), "unknown-op"},
		"no JSON":           {`hello`, "not-json"},
		"half JSON":         {`{"op":`, "not-json"},
		"empty":             {``, "not-json"},
		"a list":            {`[{"op":"join"}]`, "not-json"},
		"a number":          {`5`, "not-json"},
		"no op":             {`{}`, "unknown-op"},
		"null":              {`null`, "unknown-op"},
		"unknown op":        {`{"op":"publish","topic":"thread:a"}`, "unknown-op"},
		"an op of a number": {`{"op":5}`, "not-json"},
		"two frames in one": {`{"op":"leave"}{"op":"leave"}`, "not-json"},
		"no UTF-8":          {"{\"op\":\"\xff\"}", "unknown-op"},
		"deep":              {strings.Repeat("[", 8000), "not-json"},
	} {
		s.send(c.frame)
		if m := s.next(); m.Op != "error" || m.Code != c.code || m.Message == "" {
			t.Errorf("%s: got %+v", name, m)
		}
	}
	s.conn.WriteMessage(websocket.BinaryMessage, []byte(`{"op":"join","topic":"thread:a"}`))
	if m := s.next(); m.Code != "not-text" {
		t.Errorf("binary: %+v", m)
	}
	s.join("thread:a", 0) // the socket has lived through all of it
	s.want("joined")

	for name, attack := range map[string]func(c *websocket.Conn){
		"over 64 KiB": func(c *websocket.Conn) { c.WriteMessage(websocket.TextMessage, []byte(big(hardFrame+1))) },
		"parts without an end": func(c *websocket.Conn) {
			part, err := c.NextWriter(websocket.TextMessage)
			for range 200 {
				if err == nil {
					_, err = part.Write([]byte(strings.Repeat("x", 1024)))
				}
			}
		},
		"a hundred megabytes": func(c *websocket.Conn) {
			part, err := c.NextWriter(websocket.TextMessage)
			for range 100 << 4 {
				if err == nil {
					_, err = part.Write(make([]byte, 64<<10))
				}
			}
		},
	} {
		s := w.open("")
		attack(s.conn)
		if _, err := s.read(); err == nil {
			t.Errorf("%s: the socket is still open", name)
		}
	}
	eventually(t, "the others are gone", func() bool { return w.server.Count() == 1 })
}

func TestW03Topics(t *testing.T) {
	w := newWorld(t)
	w.forbid(func(p Person, topic string) bool { return strings.HasPrefix(topic, "thread:t") })
	s := w.open("pat")
	for i := range MaxTopics {
		s.join(fmt.Sprintf("thread:t%d", i), 0)
		s.want("joined")
	}
	s.join("thread:t50", 0)
	if m := s.next(); m.Code != "too-many-topics" {
		t.Errorf("%+v", m)
	}
	s.join("thread:t7", 0) // one that it has joined
	s.want("joined")
	s.send(`{"op":"leave","topic":"thread:t7"}`)
	s.join("thread:t50", 0)
	s.want("joined")
	s.wantEvent("thread:t50", w.tell("thread:t50"))
	w.tell("thread:t7")
	s.quiet()

	// What there is not and what is forbidden are told apart by nobody.
	s = w.open("pat")
	var first said
	for _, topic := range []string{"thread:private", "thread:*", "thread.>", "space.../../", "", "thread:", "me\x00", strings.Repeat("x", 10_000)} {
		s.join(topic, 0)
		m := s.next()
		if first.Op == "" {
			first = m
		}
		if m.Op != "error" || m.Code != "no-topic" || fmt.Sprint(m) != fmt.Sprint(first) {
			t.Errorf("%q: %+v", topic, m)
		}
		if w.server.Listening(topic) {
			t.Errorf("%q has a listener", topic)
		}
	}
	s.send(`{"op":"leave","topic":"thread:never-joined"}`)
	s.quiet()
}

func TestAuth(t *testing.T) {
	w := newWorld(t)
	s := w.open("")
	s.join("space:x", 0)
	if m := s.next(); m.Code != "no-topic" {
		t.Errorf("a guest joined: %+v", m)
	}
	s.send(`{"op":"auth","token":"wrong"}`)
	if m := s.next(); m.Code != "bad-token" {
		t.Errorf("%+v", m)
	}
	s.send(`{"op":"auth","token":"token-pat"}`)
	s.join("space:x", 0)
	if m := s.want("joined"); len(m.Present) != 1 || m.Present[0].ID != "pat" {
		t.Errorf("%+v", m)
	}
	s.send(`{"op":"auth","token":"token-lee"}`)
	if m := s.next(); m.Code != "late-auth" {
		t.Errorf("somebody became somebody else: %+v", m)
	}
	s = w.open("")
	s.join("thread:a", 0)
	s.want("joined")
	s.send(`{"op":"auth","token":"token-pat"}`)
	if m := s.next(); m.Code != "late-auth" {
		t.Errorf("a guest who has joined became somebody: %+v", m)
	}
	s = w.open("pat")
	s.send(`{"op":"auth","token":"token-lee"}`)
	if m := s.next(); m.Code != "late-auth" {
		t.Errorf("a cookie's person became another: %+v", m)
	}
}

// Everything at once, for the race detector and for locks that wait for each other.
func TestEverythingAtOnce(t *testing.T) {
	w := newWorld(t)
	stop := make(chan struct{})
	var busy sync.WaitGroup
	every := func(d time.Duration, f func()) {
		busy.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(d):
					f()
				}
			}
		})
	}
	topics := []string{"thread:a", "thread:b", "thread:c"}
	every(time.Millisecond, func() { w.tell(topics[rand.IntN(3)]) })
	every(3*time.Millisecond, func() { w.server.Recheck(func(topic string) bool { return topic != "thread:b" }) })
	every(5*time.Millisecond, func() { w.server.Expel(func(p Person) bool { return p.ID == "m3" }) })
	every(2*time.Millisecond, func() {
		w.forbid(func(p Person, topic string) bool { return rand.IntN(10) > 0 })
	})
	every(time.Millisecond, func() { w.server.Count(); w.server.Listening("thread:a") })
	for i := range 10 {
		busy.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				conn, _, err := websocket.DefaultDialer.Dial(fmt.Sprintf("%s/?as=%s", w.url, []string{"", fmt.Sprintf("m%d", i)}[i%2]), nil)
				if err != nil {
					t.Error(err)
					return
				}
				go func() {
					for {
						if _, _, err := conn.ReadMessage(); err != nil {
							return
						}
					}
				}()
				for range 30 {
					topic := topics[rand.IntN(3)]
					frame := fmt.Sprintf(`{"op":%q,"topic":%q,"since":%d,"epoch":"e1"}`, []string{"join", "join", "leave", "typing", "auth"}[rand.IntN(5)], topic, rand.Int64N(w.last()+2)-1)
					if conn.WriteMessage(websocket.TextMessage, []byte(frame)) != nil {
						break
					}
				}
				conn.Close()
			}
		})
	}
	time.Sleep(1500 * time.Millisecond) // how long the storm lasts
	close(stop)
	busy.Wait()
	eventually(t, "everybody is gone, and so are the topics", func() bool {
		return w.server.Count() == 0 && !slices.ContainsFunc(topics, w.server.Listening)
	})
}
