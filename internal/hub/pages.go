package hub

import (
	"context"
	"net/http"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/live"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// openLive starts the live server at the journal's end.
func (h *Hub) openLive() error {
	epoch, err := journal.Epoch(h.app)
	if err != nil {
		return err
	}
	_, last, err := journal.Range(h.app)
	if err != nil {
		return err
	}
	h.Live = live.NewServer(live.Asks{
		Epoch: epoch,
		Last: func() (int64, error) {
			_, last, err := journal.Range(h.app)
			return last, err
		},
		Enter: func(token string) (live.Person, bool) {
			u, err := h.app.FindAuthRecordByToken(token, core.TokenTypeAuth)
			if err != nil || u.Collection().Name != "users" || member.Barred(u) {
				return live.Person{}, false
			}
			return live.Person{ID: u.Id, Name: u.GetString("name")}, true
		},
		May:    h.mayJoin,
		Missed: h.missed,
	}, last)
	return nil
}

// followPages drops what rows made stale and tells open pages.
func (h *Hub) followPages(ctx context.Context) {
	_, last, err := journal.Range(h.app)
	if err != nil {
		h.app.Logger().Error("pages: where to begin", "error", err)
	}
	h.Live.Told(last)
	h.Journal.Follow(ctx, "pages", last, func(rows []journal.Row) error {
		h.cfg.fault("pages")
		for _, r := range rows {
			h.Site.Forget(r)
			h.recent.follow(r)
			for _, topic := range topicsOf(h.app, r) {
				if !h.Live.Listening(topic) {
					continue
				}
				if e, ok := h.event(topic, r); ok {
					h.Live.Tell(topic, e)
				}
			}
			h.Live.Told(r.Seq)
			h.recheck(r)
		}
		return nil
	})
}

// recheck sends away those who lost a right by a row.
func (h *Hub) recheck(r journal.Row) {
	switch r.Subject {
	case "users":
		u, err := h.app.FindRecordById("users", r.Record)
		if err != nil || member.Barred(u) {
			h.Live.Expel(func(p live.Person) bool { return p.ID == r.Record })
			return
		}
		h.Live.Recheck(func(string) bool { return true })
	case "sessions":
		if r.Verb == "delete" {
			h.Live.Expel(func(p live.Person) bool { return p.Session == r.Record })
		}
	case "memberships", "spaces":
		member.DropRights(h.app) // the change may be another process's
		h.Live.Recheck(func(string) bool { return true })
	case "threads", "documents":
		if r.Verb != "create" {
			h.Live.Recheck(func(topic string) bool { return strings.HasSuffix(topic, ":"+r.Record) || r.Subject == "documents" })
		}
	}
}

// topicsOf lists the live topics in which a row is an event.
func topicsOf(app core.App, r journal.Row) []string {
	switch r.Subject {
	case "posts", "reactions":
		return []string{"thread:" + r.Parent}
	case "threads":
		topics := []string{"thread:" + r.Record}
		if r.Parent != "" {
			topics = append(topics, "document:"+r.Parent)
		}
		if s, err := member.SpaceByID(app, r.Space); err == nil {
			topics = append(topics, "space:"+s.Slug())
		}
		return topics
	case "documents":
		topics := []string{"document:" + r.Record}
		if s, err := member.SpaceByID(app, r.Space); err == nil && (r.Verb == "publish" || r.Verb == "withdraw") {
			topics = append(topics, "space:"+s.Slug())
		}
		return topics
	case "adoptions":
		return []string{"document:" + r.Parent}
	}
	return nil
}

// kinds of events, by topic and by what the journal calls the change.
var kinds = map[string]map[string]string{
	"thread": {
		"posts.create": "post.created", "posts.update": "post.edited", "posts.remove": "post.removed", "posts.delete": "post.removed",
		"posts.hide": "post.removed", "posts.release": "post.created", "posts.restore": "thread.changed",
		"reactions.create": "post.reacted", "reactions.delete": "post.reacted",
		"threads.update": "thread.changed", "threads.move": "thread.changed", "threads.delete": "thread.changed", "threads.decide": "thread.changed", "threads.undecide": "thread.changed",
	},
	"document": {
		"documents.publish": "document.published", "documents.update": "document.edited", "documents.move": "document.edited", "documents.withdraw": "document.edited",
		"threads.create": "document.commented", "adoptions.create": "document.edited", "adoptions.update": "document.edited",
	},
	"space": {
		"threads.create": "thread.created", "documents.publish": "document.published", "documents.withdraw": "document.edited",
	},
}

// event is what a topic's page is told of a row, false when it is nothing to them.
func (h *Hub) event(topic string, r journal.Row) (live.Event, bool) {
	return h.recent.event(r, func() (live.Event, bool) { return h.makeEvent(topic, r) })
}

func (h *Hub) makeEvent(topic string, r journal.Row) (live.Event, bool) {
	name, _, _ := strings.Cut(topic, ":")
	kind := kinds[name][r.Kind()]
	if kind == "" {
		return live.Event{}, false
	}
	e := live.Event{Seq: r.Seq, Kind: kind, ID: r.Record, At: r.At}
	if r.Subject == "reactions" {
		e.ID = thread.ReactedTo(r)
	} else if r.Subject != "posts" {
		return e, true
	}
	p, found, err := thread.PostByID(h.app, e.ID)
	if err != nil || !found {
		return e, err == nil
	}
	if kind == "post.reacted" && !p.Out() {
		return e, false
	}
	if kind == "post.created" && p.Seq != r.Seq { // it waited then, and is told of where it was released
		return e, false
	}
	if !p.Traced() || kind == "thread.changed" { // not for all who read the thread: no words
		return e, kind == "post.removed" || kind == "thread.changed"
	}
	if e.Members, err = h.Site.PostPart(p, true); err == nil {
		e.Guests, err = h.Site.PostPart(p, false)
	}
	if err != nil {
		h.app.Logger().Error("live: render a post", "post", r.Record, "error", err)
	}
	return e, err == nil
}

// missed reads the events of a topic after since from the journal.
func (h *Hub) missed(topic string, since int64, limit int) (events []live.Event, more, ok bool) {
	first, _, err := journal.Range(h.app)
	if err != nil || since < first-1 {
		return nil, false, false
	}
	name, id, _ := strings.Cut(topic, ":")
	if topic == live.Me(id) {
		return h.missedBell(id, since)
	}
	subject := name + "s"
	if name == "space" {
		s, err := member.SpaceBySlug(h.app, id)
		if err != nil {
			return nil, false, false
		}
		id = s.Id
	}
	rows, err := journal.Of(h.app, subject, id, since, limit)
	if err != nil {
		return nil, false, false
	}
	for _, r := range rows {
		if e, is := h.event(topic, r); is {
			events = append(events, e)
		}
	}
	return events, len(rows) == limit, true
}

// missedBell is one event when a person was told of something since.
func (h *Hub) missedBell(person string, since int64) ([]live.Event, bool, bool) {
	list, err := notify.Unread(h.app, person, 20)
	if err != nil {
		return nil, false, false
	}
	last := since
	for _, n := range list {
		last = max(last, n.Seq())
	}
	if last == since {
		return nil, false, true
	}
	e, ok := h.bell(person, last)
	return []live.Event{e}, false, ok
}

// mayJoin asks Viewer, afresh each time, whether a person may hear of a topic.
func (h *Hub) mayJoin(p live.Person, topic string) bool {
	v, err := h.viewerOf(p)
	if err != nil {
		return false
	}
	name, id, _ := strings.Cut(topic, ":")
	switch {
	case topic == "me":
		return v.SignedIn()
	case name == "thread":
		t, err := thread.ByID(h.app, id)
		return err == nil && t.Viewable(v)
	case name == "document":
		d, err := h.app.FindRecordById("documents", id)
		return err == nil && library.Wrap(d).Viewable(v)
	case name == "space":
		s, err := member.SpaceBySlug(h.app, id)
		return err == nil && v.In(s.Id) >= member.Look
	}
	return false
}

func (h *Hub) viewerOf(p live.Person) (*member.Viewer, error) {
	if p.Guest() {
		return member.Guest(h.app)
	}
	u, err := h.app.FindRecordById("users", p.ID)
	if err != nil {
		return nil, err
	}
	return member.For(h.app, u)
}

// readiness is what /readyz answers.
type readiness struct {
	Ready   bool   `json:"ready"`
	Journal int64  `json:"journal"`
	Index   int64  `json:"index"`
	Search  string `json:"search"` // ready or rebuilding
	Built   int64  `json:"built"`  // entries of the index that is being built, or was built last
	ToBuild int64  `json:"to_build"`
	Mail    int    `json:"mail"` // waiting to be sent
	Role    string `json:"role"`
	Lag     int64  `json:"lag"` // rows that search has not read yet
	Sockets int    `json:"sockets"`
}

// ready says that migrations are done and requests can be answered, and how far the followers are.
func (h *Hub) ready(e *core.RequestEvent) error {
	_, last, err := journal.Range(h.app)
	if err != nil || h.drain.closed.Load() {
		return e.JSON(http.StatusServiceUnavailable, readiness{Role: "writer"})
	}
	r := readiness{Ready: true, Journal: last, Index: h.Search.Position(), Search: "ready", Role: "writer", Sockets: h.Live.Count()}
	if counts, err := h.Mail.Count(); err == nil {
		r.Mail = counts[notify.Waiting]
	}
	r.Built, r.ToBuild = h.built.Load(), h.toBuild.Load()
	if h.rebuilding.Load() || h.Search.Away() {
		r.Search = "rebuilding"
	}
	r.Lag = max(0, r.Journal-r.Index)
	e.Response.Header().Set("Cache-Control", "no-store")
	return e.JSON(http.StatusOK, r)
}
