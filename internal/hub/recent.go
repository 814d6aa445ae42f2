package hub

import (
	"sync"

	"commonplace/internal/journal"
	"commonplace/internal/live"
)

// recent keeps new posts as they were told, so that a hundred pages which come back after a restart do not each have them
// rendered anew. Any other change empties it: what was changed or removed is not told from here.
type recent struct {
	making sync.Mutex // one at a time: the others, who ask for the same, find it kept
	mu     sync.Mutex
	events map[int64]live.Event
	round  int // of emptying
}

const mostRecent = 1000

// event is the event of a row, made by make unless it is kept.
func (c *recent) event(r journal.Row, make func() (live.Event, bool, error)) (live.Event, bool, error) {
	if r.Kind() != newPost {
		return make()
	}
	c.making.Lock()
	defer c.making.Unlock()
	c.mu.Lock()
	e, kept := c.events[r.Seq]
	round := c.round
	c.mu.Unlock()
	if kept {
		return e, true, nil
	}
	e, ok, err := make()
	if err != nil || !ok {
		return e, false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.round != round { // made of what has been changed meanwhile
		return e, true, nil
	}
	if len(c.events) >= mostRecent || c.events == nil {
		c.events = map[int64]live.Event{}
	}
	c.events[r.Seq] = e
	return e, true, nil
}

// follow empties it on every row but a new post.
func (c *recent) follow(r journal.Row) {
	if r.Kind() == newPost {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = nil
	c.round++
}

const newPost = "posts.create"
