//go:build measure

package measure

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const (
	listeners = 1000
	postings  = 60
)

// TestMeasureLive opens 1,000 sockets on one thread, and 1,000 on a bare gorilla server. Each post is timed from its
// author's answer to the last socket's receipt, and then the very bytes that the sockets received are told by the bare
// server: in turns, so that both meet the same machine, and neither while the hub still works on the post before.
func TestMeasureLive(t *testing.T) {
	s, floor := serve(t, filepath.Join(t.TempDir(), "pb_data")), bare(t)
	th := s.talk()
	before := s.memoryMB()
	ours, theirs := gather(t, s.url, listeners), gather(t, floor.url, listeners)
	ours.join(th.topic)
	theirs.join("")
	t.Logf("%d sockets: %.0f KB each", listeners, float64(s.memoryMB()-before)*1024/listeners)
	var last, lastBare []time.Duration
	for n := range postings {
		s.rests()
		frame, took := ours.told(func() error { return th.say(n) })
		s.rests()
		_, tookBare := theirs.told(func() error { return floor.tell(frame) })
		last, lastBare = append(last, took), append(lastBare, tookBare)
	}
	got, least := quantile(last, .5), quantile(lastBare, .5)
	bar(t, "from the author's answer to the last of 1,000 sockets, median", got, 60*time.Millisecond)
	bar(t, "the same, in times of bare gorilla (PreparedMessage)", float64(got)/float64(least), 1.25)
	t.Logf("bare: median %v, p90 %v; ours: p90 %v, slowest %v", least, quantile(lastBare, .9), quantile(last, .9), quantile(last, 1))
}

// multitude says that many sockets hold, and for how long they are held.
const (
	multitude = 5000
	heldFor   = 70 * time.Second // longer than a socket that answers no ping may live
	perSocket = 30.0             // KB
)

// TestMeasureManySockets opens 5,000 sockets on one thread, one of which never reads, and holds them: every post
// reaches all that read, none is lost, and each costs at most 30 KB.
func TestMeasureManySockets(t *testing.T) {
	s := serve(t, filepath.Join(t.TempDir(), "pb_data"))
	th := s.talk()
	s.caughtUp(time.Minute)
	before := s.memoryMB()
	deaf, _, err := websocket.DefaultDialer.Dial(strings.Replace(s.url, "http", "ws", 1)+"/live", http.Header{})
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	deaf.WriteJSON(map[string]string{"op": "join", "topic": th.topic})
	all := gather(t, s.url, multitude)
	all.join(th.topic)
	bar(t, "memory of a socket, KB", float64(s.memoryMB()-before)*1024/multitude, perSocket)
	var took []time.Duration
	for began, n := time.Now(), 0; time.Since(began) < heldFor; n++ {
		_, d := all.told(func() error { return th.say(n) })
		took = append(took, d)
		time.Sleep(time.Second)
	}
	bar(t, "sockets lost while held", int(all.lost.Load()), 0)
	t.Logf("%d posts to %d sockets: median %v, slowest %v, at the end %.0f KB each",
		len(took), multitude, quantile(took, .5), quantile(took, 1), float64(s.memoryMB()-before)*1024/multitude)
}

// talking is a thread and the token of who writes in it.
type talking struct {
	s            *server
	token, topic string
	id           string
}

func (s *server) talk() *talking {
	s.t.Helper()
	var thread struct{ ID string }
	token := s.token("member")
	if err := s.post("/api/collections/threads/records", token, map[string]string{"title": "Measuring"}, &thread); err != nil {
		s.t.Fatal(err)
	}
	return &talking{s: s, token: token, id: thread.ID, topic: "thread:" + thread.ID}
}

func (th *talking) say(n int) error {
	body := map[string]string{"thread": th.id, "body": fmt.Sprintf("Post %d, **as long** as people write: two lines with a [link](/handbook).", n), "client_key": fmt.Sprint("m", n)}
	return th.s.post("/api/collections/posts/records", th.token, body, &struct{}{})
}

// tell has the bare server tell a frame.
func (s *server) tell(frame []byte) error {
	res, err := client.Post(s.url+"/tell", "application/json", strings.NewReader(string(frame)))
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// gathering is many sockets of one server.
type gathering struct {
	t        *testing.T
	sockets  []*websocket.Conn
	arrivals chan arrival
	lost     atomic.Int64
	over     atomic.Bool
}

type arrival struct {
	at    time.Time
	frame []byte
}

// gather opens sockets, in groups, so that no queue of connections overflows.
func gather(t *testing.T, url string, n int) *gathering {
	t.Helper()
	g := &gathering{t: t, arrivals: make(chan arrival, n*2)}
	for i := range n {
		c, _, err := websocket.DefaultDialer.Dial(strings.Replace(url, "http", "ws", 1)+"/live", http.Header{})
		if err != nil {
			t.Fatal(err)
		}
		g.sockets = append(g.sockets, c)
		if i%50 == 49 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	t.Cleanup(func() {
		g.over.Store(true)
		for _, c := range g.sockets {
			c.Close()
		}
	})
	return g
}

// join has every socket join the topic and waits until each was told so; "" joins none.
func (g *gathering) join(topic string) {
	g.t.Helper()
	var joined sync.WaitGroup
	for _, c := range g.sockets {
		if topic != "" {
			joined.Add(1)
			c.WriteJSON(map[string]string{"op": "join", "topic": topic})
		}
		go g.listen(c, topic != "", &joined)
	}
	joined.Wait()
}

func (g *gathering) listen(c *websocket.Conn, awaited bool, joined *sync.WaitGroup) {
	for {
		_, raw, err := c.ReadMessage()
		if err != nil {
			if !g.over.Load() {
				g.lost.Add(1)
			}
			if awaited {
				joined.Done()
			}
			return
		}
		if awaited {
			joined.Done()
			awaited = false
		}
		if strings.Contains(string(raw), `"op":"event"`) {
			g.arrivals <- arrival{time.Now(), raw}
		}
	}
}

// told says something and returns what arrived, and how long after the answer the last socket had it.
func (g *gathering) told(say func() error) (frame []byte, took time.Duration) {
	g.t.Helper()
	if err := say(); err != nil {
		g.t.Fatal(err)
	}
	answered := time.Now()
	var newest time.Time
	late := time.After(20 * time.Second)
	for n := range g.sockets {
		select {
		case a := <-g.arrivals:
			if a.at.After(newest) {
				newest, frame = a.at, a.frame
			}
		case <-late:
			g.t.Fatalf("a post reached %d of %d sockets, %d are lost", n, len(g.sockets), g.lost.Load())
		}
	}
	return frame, max(0, newest.Sub(answered))
}
