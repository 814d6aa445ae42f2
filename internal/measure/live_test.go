//go:build measure

package measure

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const (
	listeners = 1000
	postings  = 60
)

// TestMeasureLive opens 1,000 sockets on one thread and times each post from its author's answer to the last socket's
// receipt.
func TestMeasureLive(t *testing.T) {
	s := serve(t, filepath.Join(t.TempDir(), "pb_data"))
	token := s.token("member")
	var thread struct{ ID string }
	if err := s.post("/api/collections/threads/records", token, map[string]string{"title": "Measuring"}, &thread); err != nil {
		t.Fatal(err)
	}
	before := s.memoryMB()
	arrivals := make(chan time.Time, listeners*2)
	var joined sync.WaitGroup
	for i := range listeners {
		joined.Add(1)
		go listen(t, s.url, "thread:"+thread.ID, &joined, arrivals)
		if i%50 == 49 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	joined.Wait()
	t.Logf("%d sockets: %.0f KB each", listeners, float64(s.memoryMB()-before)*1024/listeners)
	var last []time.Duration
	for n := range postings {
		var post struct{ ID string }
		body := map[string]string{"thread": thread.ID, "body": fmt.Sprintf("Post %d, **as long** as people write: two lines with a [link](/handbook).", n), "client_key": fmt.Sprint("m", n)}
		if err := s.post("/api/collections/posts/records", token, body, &post); err != nil {
			t.Fatal(err)
		}
		answered := time.Now()
		var newest time.Time
		for range listeners {
			select {
			case at := <-arrivals:
				if at.After(newest) {
					newest = at
				}
			case <-time.After(10 * time.Second):
				t.Fatal("a post did not reach every socket")
			}
		}
		last = append(last, max(0, newest.Sub(answered)))
	}
	bar(t, "from the author's answer to the last of 1,000 sockets, median", quantile(last, .5), 60*time.Millisecond)
	t.Logf("p90 %v, slowest %v", quantile(last, .9), quantile(last, 1))
}

func listen(t *testing.T, url, topic string, joined *sync.WaitGroup, arrivals chan<- time.Time) {
	c, _, err := websocket.DefaultDialer.Dial(strings.Replace(url, "http", "ws", 1)+"/live", http.Header{})
	if err != nil {
		t.Error(err)
		joined.Done()
		return
	}
	defer c.Close()
	c.WriteJSON(map[string]string{"op": "join", "topic": topic})
	for first := true; ; first = false {
		_, raw, err := c.ReadMessage()
		if err != nil {
			return
		}
		if first {
			joined.Done()
			continue
		}
		if strings.Contains(string(raw), `"op":"event"`) {
			arrivals <- time.Now()
		}
	}
}
