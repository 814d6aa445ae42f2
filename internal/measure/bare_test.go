//go:build measure

package measure

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// bareAt is the variable that makes this test binary the bare server below, at the address it holds.
const bareAt = "COMMONPLACE_MEASURE_BARE"

// serveBare is as little as gorilla/websocket needs to tell one thing to many: sockets with a queue and a writer each,
// as in its own chat example, and PreparedMessage. What is posted to /tell is answered, then told. No store, no rights,
// no order, no catching up: the floor that the hub's own time is held against.
func serveBare(address string) error {
	up := websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024, WriteBufferPool: &sync.Pool{}}
	var mu sync.Mutex
	all := map[chan *websocket.PreparedMessage]struct{}{}
	mux := http.NewServeMux()
	mux.HandleFunc("/live", func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		out := make(chan *websocket.PreparedMessage, 256)
		mu.Lock()
		all[out] = struct{}{}
		mu.Unlock()
		go func() {
			for m := range out {
				c.SetWriteDeadline(time.Now().Add(10 * time.Second))
				if c.WritePreparedMessage(m) != nil {
					return
				}
			}
		}()
		for {
			if _, _, err := c.ReadMessage(); err != nil {
				break
			}
		}
		mu.Lock()
		delete(all, out)
		mu.Unlock()
		close(out)
	})
	mux.HandleFunc("/tell", func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		m, err := websocket.NewPreparedMessage(websocket.TextMessage, raw)
		if err != nil {
			return
		}
		io.WriteString(w, "{}")
		http.NewResponseController(w).Flush()
		mu.Lock()
		defer mu.Unlock()
		for out := range all {
			select {
			case out <- m:
			default:
			}
		}
	})
	return http.ListenAndServe(address, mux)
}

// bare starts that server as a process of its own, and ends it with the test.
func bare(t testing.TB) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	s := &server{t: t, url: "http://" + address, cmd: exec.Command(os.Args[0], "-test.run=^$")}
	s.cmd.Env = append(os.Environ(), bareAt+"="+address)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	s.await("the bare server", 20*time.Second, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return s
}
