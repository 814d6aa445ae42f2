package live

import (
	"cmp"
	"encoding/json"
	"errors"
)

// Why somebody who asks instead of listening is told nothing.
var (
	ErrNoTopic = errors.New("no such topic")               // or it may not be joined
	ErrReset   = errors.New("cannot be continued from it") // the page has to be loaded again
)

// Heard is what happened in a topic since a number, as the frames that a socket gets.
type Heard struct {
	Epoch  string            `json:"epoch"`
	Events []json.RawMessage `json:"events"`
	More   bool              `json:"more"` // behind the last of them
}

// Since is for those whose sockets are blocked on the way: it answers what a socket that joins with since would be told.
func (s *Server) Since(p Person, topic string, since int64, epoch string) (Heard, error) {
	h := Heard{Epoch: s.asks.Epoch, Events: []json.RawMessage{}}
	if err := cmp.Or(s.may(p, topic), s.known(since, epoch)); err != nil {
		return h, err
	}
	name := inside(topic, p)
	events, more, err := s.missed(name, since)
	if err != nil {
		return h, err
	}
	for _, e := range events {
		html := e.Members
		if p.Guest() {
			html = e.Guests
		}
		raw, err := e.frame(name, html)
		if err != nil {
			return h, err
		}
		h.Events = append(h.Events, raw)
	}
	h.More = more
	return h, nil
}
