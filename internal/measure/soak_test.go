//go:build measure

package measure

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"commonplace/internal/hubtest"

	"github.com/gorilla/websocket"
)

const (
	soakers   = 200
	soakKills = 5
	soakHands = 8 // who write at the same time
)

// soakPosts is how many posts are written; SOAK=N tries with fewer.
var soakPosts = func() int {
	if n, err := strconv.Atoi(os.Getenv("SOAK")); err == nil {
		return n
	}
	return 5000
}()

// TestMeasureSoak has 200 people listen to one thread while 5,000 posts are written into it, a tenth of them lose their
// line every second, and the server is killed and started again five times: in the end everybody's list is the
// database's.
func TestMeasureSoak(t *testing.T) {
	h := hubtest.New(t)
	people := crowd(t, h, soakers)
	h.Stop()
	s := serve(t, h.Dir)
	var thread struct{ ID string }
	if err := s.post("/api/collections/threads/records", people[0], map[string]string{"title": "Soaking"}, &thread); err != nil {
		t.Fatal(err)
	}
	all := make([]*soaker, soakers)
	var listening sync.WaitGroup
	for i, token := range people {
		all[i] = &soaker{url: s.url, topic: "thread:" + thread.ID, token: token}
		listening.Go(all[i].listen)
	}
	s.await("everybody to listen", time.Minute, func() bool { return !slices.ContainsFunc(all, func(p *soaker) bool { return p.epoch() == "" }) })

	began := time.Now()
	w := &soakWriters{t: t, s: s, thread: thread.ID, people: people, ids: map[string]string{}}
	var writing sync.WaitGroup
	for hand := range soakHands {
		writing.Go(func() { w.write(hand) })
	}
	over := make(chan struct{})
	cuts := 0
	var cutting sync.WaitGroup
	cutting.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(time.Second):
				for _, i := range rand.Perm(soakers)[:soakers/10] {
					all[i].cut()
					cuts++
				}
			}
		}
	})
	for kill := range soakKills {
		s.await("posts", 10*time.Minute, func() bool { return int(w.answered.Load()) >= (kill+1)*soakPosts/(soakKills+1) })
		t.Logf("kill %d after %d posts and %v", kill+1, w.answered.Load(), time.Since(began).Round(time.Millisecond))
		s.kill()
		s.again()
	}
	writing.Wait()
	took := time.Since(began)
	close(over)
	cutting.Wait()

	want := s.postsOf(thread.ID, people[0])
	lacking := func(p *soaker) bool { return len(p.list()) < len(want) }
	for end := time.Now().Add(time.Minute); slices.ContainsFunc(all, lacking) && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	for i, p := range all {
		if lacking(p) {
			t.Logf("person %d has %d of %d posts, heard until %d, opened %d sockets; said last: %s", i, len(p.list()), len(want), p.heard(), p.opens, p.said())
		}
	}
	missing, twice, disorder := 0, 0, 0
	for _, p := range all {
		p.stop()
		m, d := compare(p.list(), want)
		missing, twice = missing+m, twice+d
		if m == 0 && d == 0 && !slices.Equal(p.list(), want) {
			disorder++
		}
	}
	listening.Wait()
	lost := 0
	for _, id := range w.ids {
		if !slices.Contains(want, id) {
			lost++
		}
	}
	t.Logf("%d posts in %v, %d sent again; %d lines cut, %d kills, %d sockets opened", len(want), took.Round(time.Millisecond), w.again.Load(), cuts, soakKills, opened(all))
	atLeast(t, "posts", len(want), soakPosts)
	bar(t, "posts in all, so that no key made two", len(want), soakPosts)
	bar(t, "answered posts that are lost", lost, 0)
	bar(t, "keys answered with two posts", int(w.doubled.Load()), 0)
	bar(t, "posts missing in some list", missing, 0)
	bar(t, "posts twice in some list", twice, 0)
	bar(t, "lists in another order than the database's", disorder, 0)
	bar(t, "lists that had to be begun anew", resets(all), 0)
}

// crowd makes people and returns what each shows to come in.
func crowd(t *testing.T, h *hubtest.Hub, n int) (tokens []string) {
	t.Helper()
	w := &week{t: t, h: h}
	w.people("soak", n)
	for _, id := range w.ids {
		token, err := h.Record("users", "id", id).NewAuthToken()
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
	}
	return tokens
}

// soaker is one person's open page: a list of posts that goes on by number over cut lines and restarts.
type soaker struct {
	url, topic, token string

	mu     sync.Mutex
	conn   *websocket.Conn
	seq    int64
	ep     string
	ids    []string
	opens  int
	resets int
	over   bool
	last   string // refusal
}

func (p *soaker) epoch() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ep
}

func (p *soaker) list() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.ids)
}

func (p *soaker) heard() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seq
}

// said is what the server refused last, "" for nothing.
func (p *soaker) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// cut ends the line without a word.
func (p *soaker) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil {
		p.conn.NetConn().Close()
	}
}

func (p *soaker) stop() {
	p.mu.Lock()
	p.over = true
	p.mu.Unlock()
	p.cut()
}

func (p *soaker) listen() {
	for {
		p.hear()
		p.mu.Lock()
		over := p.over
		p.mu.Unlock()
		if over {
			return
		}
		time.Sleep(time.Duration(50+rand.IntN(300)) * time.Millisecond) // a page waits longer
	}
}

// hear goes on from where the list ends until the line does.
func (p *soaker) hear() {
	c, _, err := websocket.DefaultDialer.Dial(strings.Replace(p.url, "http", "ws", 1)+"/live", nil)
	if err != nil {
		return
	}
	defer c.Close()
	p.mu.Lock()
	p.conn, p.opens = c, p.opens+1
	seq, epoch := p.seq, p.ep
	p.mu.Unlock()
	c.WriteJSON(map[string]string{"op": "auth", "token": p.token})
	c.WriteJSON(map[string]any{"op": "join", "topic": p.topic, "since": seq, "epoch": epoch})
	for {
		var m struct {
			Op, Kind, ID, Epoch string
			Seq                 int64
		}
		_, raw, err := c.ReadMessage()
		if err != nil || json.Unmarshal(raw, &m) != nil {
			return
		}
		p.take(m.Op, m.Kind, m.ID, m.Epoch, m.Seq, raw)
	}
}

func (p *soaker) take(op, kind, id, epoch string, seq int64, raw []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch op {
	case "joined":
		if p.ep = epoch; p.seq == 0 {
			p.seq = seq
		}
	case "error", "left":
		p.last = string(raw)
	case "reset":
		p.resets++
	case "event":
		p.seq = seq
		if kind == "post.created" { // as it comes: what came twice shall be seen
			p.ids = append(p.ids, id)
		}
	}
}

func opened(all []*soaker) (n int) {
	for _, p := range all {
		n += p.opens
	}
	return n
}

func resets(all []*soaker) (n int) {
	for _, p := range all {
		n += p.resets
	}
	return n
}

// compare counts what a list lacks, and what it has twice.
func compare(got, want []string) (missing, twice int) {
	times := map[string]int{}
	for _, id := range got {
		times[id]++
	}
	for _, id := range want {
		if times[id] == 0 {
			missing++
		}
	}
	for _, n := range times {
		twice += n - 1
	}
	return missing, twice
}

// soakWriters write until there are enough posts; what is not answered is sent again with the same key.
type soakWriters struct {
	t                        testing.TB
	s                        *server
	thread                   string
	people                   []string
	answered, again, doubled atomic.Int64

	mu  sync.Mutex
	ids map[string]string // by key
}

func (w *soakWriters) write(hand int) {
	for n := hand; n < soakPosts; n += soakHands {
		w.one(fmt.Sprint("soak", n), w.people[n%len(w.people)], n)
		if n%50 == hand { // an impatient one sends it once more
			w.one(fmt.Sprint("soak", n), w.people[n%len(w.people)], n)
		}
	}
}

// one sends a post until it is answered.
func (w *soakWriters) one(key, token string, n int) {
	body := map[string]string{"thread": w.thread, "body": fmt.Sprintf("Post %d of a long day, **as people write**.", n), "client_key": key}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var post struct{ ID string }
		err := w.s.post("/api/collections/posts/records", token, body, &post)
		if err == nil {
			w.note(key, post.ID)
			return
		}
		w.again.Add(1)
		if time.Now().After(end) {
			w.t.Errorf("a post is never taken: %v", err)
			return
		}
	}
}

func (w *soakWriters) note(key, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if was, ok := w.ids[key]; ok {
		if was != id {
			w.doubled.Add(1)
		}
		return
	}
	w.ids[key] = id
	w.answered.Add(1)
}

// postsOf reads a thread from the database's side, in its order.
func (s *server) postsOf(thread, token string) (ids []string) {
	s.t.Helper()
	for page := 1; ; page++ {
		var list struct {
			Items      []struct{ ID string }
			TotalPages int
		}
		q := url.Values{"filter": {"thread='" + thread + "'"}, "sort": {"seq"}, "perPage": {"500"}, "page": {fmt.Sprint(page)}, "fields": {"id"}}
		r, err := http.NewRequest("GET", s.url+"/api/collections/posts/records?"+q.Encode(), nil)
		if err != nil {
			s.t.Fatal(err)
		}
		r.Header.Set("Authorization", token)
		res, err := client.Do(r)
		if err != nil {
			s.t.Fatal(err)
		}
		err = json.NewDecoder(res.Body).Decode(&list)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			s.t.Fatalf("%s %v", res.Status, err)
		}
		for _, p := range list.Items {
			ids = append(ids, p.ID)
		}
		if page >= list.TotalPages {
			return ids
		}
	}
}
