package hub

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

const (
	// beforePocketBaseStops is a hook priority ahead of PocketBase's own shutdown, which gives requests one second only.
	beforePocketBaseStops = -10000
	// drainWithin is how long requests in flight may take to finish.
	drainWithin = 20 * time.Second
)

// terminate lets requests in flight finish, sends sockets away in peace, and closes what serve opened.
func (h *Hub) terminate(e *core.TerminateEvent) error {
	h.drain.shut()
	if h.Live != nil {
		h.Live.Close()
	}
	h.drain.wait(drainWithin)
	if h.operators != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		h.operators.Shutdown(ctx)
		cancel()
	}
	h.stop()
	h.followers.Wait()
	if h.Search != nil {
		if err := h.Search.Close(); err != nil {
			h.app.Logger().Error("search: close", "error", err)
		}
	}
	return e.Next()
}

// drain knows the requests in flight and closes the door to new ones.
type drain struct {
	requests sync.WaitGroup
	mu       sync.Mutex
	closed   atomic.Bool
	door     net.Listener
	shutting chan struct{}
}

func newDrain() *drain { return &drain{shutting: make(chan struct{})} }

// listener returns l with a door: once it is shut no new connection comes in, and the server that accepts on it goes on
// waiting instead of ending, because ending would cut the requests in flight.
func (d *drain) listener(l net.Listener) net.Listener {
	d.door = l
	return &doorway{Listener: l, drain: d, gone: make(chan struct{})}
}

type doorway struct {
	net.Listener
	drain *drain
	once  sync.Once
	gone  chan struct{}
}

// Accept waits for a connection, or for Close once the door is shut.
func (d *doorway) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil && d.drain.closed.Load() {
		<-d.gone
	}
	return c, err
}

// Close ends the wait of Accept.
func (d *doorway) Close() error {
	d.once.Do(func() { close(d.gone) })
	return d.Listener.Close()
}

// count wraps a handler so that its requests are known. While draining, connections are asked to close.
func (d *drain) count(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.enter() {
			w.Header().Set("Connection", "close")
			w.Header().Set("Retry-After", "5")
			http.Error(w, "The site is restarting. Try again in a moment.", http.StatusServiceUnavailable)
			return
		}
		defer d.requests.Done()
		if d.closed.Load() {
			w.Header().Set("Connection", "close")
		}
		inner.ServeHTTP(w, r)
	})
}

// enter counts a request in, unless the door is shut: a WaitGroup must not grow while it is waited for.
func (d *drain) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		return false
	}
	d.requests.Add(1)
	return true
}

func (d *drain) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Swap(true) {
		return
	}
	close(d.shutting)
	if d.door != nil {
		d.door.Close()
	}
}

// wait returns when the last request is done, or after a while.
func (d *drain) wait(within time.Duration) {
	done := make(chan struct{})
	go func() {
		d.requests.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(within):
	}
}
