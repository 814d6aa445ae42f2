package site

import (
	"context"
	"sync"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
)

// likes remembers what each page that everybody reads is like, among such pages: looking at thousands of them takes a minute,
// and a page changes seldom. What stands in a closed space is looked at for each lead anew.
type likes struct {
	mu     sync.Mutex
	byPage map[string]liked
}

type liked struct {
	updated time.Time // of the page that was looked at
	found   []search.Likeness
}

func newLikes() *likes { return &likes{byPage: map[string]liked{}} }

func (l *likes) of(c library.Card) ([]search.Likeness, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, is := l.byPage[c.ID]
	return known.found, is && known.updated.Equal(c.Updated)
}

func (l *likes) keep(c library.Card, found []search.Likeness) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byPage[c.ID] = liked{c.Updated, found}
}

// only forgets all pages but those.
func (l *likes) only(cards []library.Card) {
	there := cardsByID(cards)
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range l.byPage {
		if _, is := there[id]; !is {
			delete(l.byPage, id)
		}
	}
}

// likeliest lists what a page is like: one that everybody reads among such pages, another among all that the viewer reads.
func (s *Site) likeliest(c library.Card, v, guest *member.Viewer) ([]search.Likeness, error) {
	if found, known := s.likes.of(c); known {
		return found, nil
	}
	d, err := library.ByID(s.app, c.ID)
	if err != nil || !d.Viewable(v) {
		return nil, nil //nolint:nilerr // gone, or closed, a moment ago
	}
	open := d.Viewable(guest)
	if open {
		v = guest
	}
	found, err := s.o.Search.Similar(d.Title(), d.Summary()+"\n"+d.Body(), v.Keys(), alikeNear)
	if open && err == nil && !s.o.Search.Away() {
		s.likes.keep(c, found)
	}
	return found, err
}

// LookForAlike looks at every page that everybody reads and that is new or was changed, so that leads need not wait for it.
func (s *Site) LookForAlike(ctx context.Context) error {
	guest, err := member.Guest(s.app)
	if err != nil {
		return err
	}
	cards, err := library.Latest(s.app, guest, -1, library.Originals(dbx.In("kind", alikeKinds...)))
	if err != nil {
		return err
	}
	s.likes.only(cards)
	for _, c := range cards {
		if ctx.Err() != nil || s.o.Search.Away() {
			return nil // the next time
		}
		if _, err := s.likeliest(c, guest, guest); err != nil {
			return err
		}
	}
	return nil
}
