package live

import (
	"slices"
	"strings"
	"time"
)

// settle is how long changes of presence are gathered before they are told.
const settle = 500 * time.Millisecond

// present lists who else is in the topic, for members only; guests are neither listed nor told. The topic is locked.
func (t *topic) present(to Person) []member {
	list := []member{}
	if to.Guest() {
		return list
	}
	seen := map[string]bool{}
	for c := range t.subs {
		p := c.person()
		if p.Guest() || seen[p.ID] || len(list) == maxPresent {
			continue
		}
		seen[p.ID] = true
		list = append(list, member{p.ID, p.Name})
	}
	slices.SortFunc(list, func(a, b member) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return list
}

// announce tells the members in a topic who is there, at most twice a second.
func (s *Server) announce(t *topic) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.presenceDue || !t.hasMembers() {
		return
	}
	t.presenceDue = true
	time.AfterFunc(settle, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.presenceDue = false
		var list []member
		for c := range t.subs {
			if p := c.person(); !p.Guest() {
				if list == nil {
					list = t.present(p)
				}
				c.hint(frame{Op: "presence", Topic: outside(t.name), Present: &list})
			}
		}
	})
}

func (t *topic) hasMembers() bool {
	for c := range t.subs {
		if !c.person().Guest() {
			return true
		}
	}
	return false
}

// typing relays that a member writes, to the other members of the topic.
func (s *Server) typing(from *client, name string) {
	p := from.person()
	s.mu.Lock()
	t := s.topics[name]
	s.mu.Unlock()
	if t == nil || p.Guest() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.subs[from] == nil {
		return
	}
	for c := range t.subs {
		if q := c.person(); c != from && !q.Guest() {
			c.hint(frame{Op: "typing", Topic: name, Who: &member{p.ID, p.Name}})
		}
	}
}
