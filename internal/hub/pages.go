package hub

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/live"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
	"modernc.org/sqlite"
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
		Last: func(topic string) (int64, error) {
			if _, person, _ := strings.Cut(topic, ":"); topic == live.Me(person) {
				return h.told.Load(), nil
			}
			_, last, err := journal.Range(h.app)
			return last, err
		},
		Enter:  h.enter,
		May:    h.mayJoin,
		Missed: h.missed,
		Failed: func(err error) { h.app.Logger().Error("live: a socket is sent back", "error", err) },
	}, last)
	h.openedAt = last
	return nil
}

// followPages drops what rows made stale and tells open pages. It begins where the live server was opened, not where the
// journal ends by now: pages may have come already.
func (h *Hub) followPages(ctx context.Context) {
	h.cfg.fault("pages.begin")
	h.Journal.Follow(ctx, "pages", h.openedAt, func(rows []journal.Row) error {
		h.cfg.fault("pages")
		for _, r := range rows {
			h.Site.Forget(r)
			h.recent.follow(r)
			if err := h.tellPages(r); err != nil {
				return err
			}
			h.Live.Told(r.Seq)
			if err := h.recheck(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// tellPages gives a row to the pages that listen. A page that cannot be told comes back and reads what happened; a row that is
// told again, because one behind it failed, is told to nobody twice.
func (h *Hub) tellPages(r journal.Row) error {
	topics, err := topicsOf(h.app, r)
	for _, topic := range topics {
		if !h.Live.Listening(topic) {
			continue
		}
		if e, ok, err := h.event(topic, r); err != nil {
			h.Live.Interrupt(topic, err)
		} else if ok {
			h.Live.Tell(topic, e)
		}
	}
	return err
}

// recheck sends away those who lost a right by a row.
func (h *Hub) recheck(r journal.Row) error {
	switch r.Subject {
	case "users":
		u, err := h.app.FindRecordById("users", r.Record)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err != nil || member.Barred(u) {
			h.Live.Expel(func(p live.Person) bool { return p.ID == r.Record })
			return nil
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
	return nil
}

// topicsOf lists the live topics in which a row is an event; with an error, those that it could find.
func topicsOf(app core.App, r journal.Row) (topics []string, err error) {
	switch r.Subject {
	case "posts", "reactions":
		return []string{"thread:" + r.Parent}, nil
	case "threads":
		topics = []string{"thread:" + r.Record}
		if r.Parent != "" {
			topics = append(topics, "document:"+r.Parent)
		}
		return andSpace(app, topics, r.Space)
	case "documents":
		topics = []string{"document:" + r.Record}
		if r.Verb == "publish" || r.Verb == "withdraw" {
			return andSpace(app, topics, r.Space)
		}
		return topics, nil
	case "adoptions":
		return []string{"document:" + r.Parent}, nil
	}
	return nil, nil
}

func andSpace(app core.App, topics []string, space string) ([]string, error) {
	s, err := member.SpaceByID(app, space)
	if errors.Is(err, sql.ErrNoRows) {
		return topics, nil
	}
	if err != nil {
		return topics, err
	}
	return append(topics, "space:"+s.Slug()), nil
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
func (h *Hub) event(topic string, r journal.Row) (live.Event, bool, error) {
	return h.recent.event(r, func() (live.Event, bool, error) { return h.makeEvent(topic, r) })
}

func (h *Hub) makeEvent(topic string, r journal.Row) (live.Event, bool, error) {
	name, _, _ := strings.Cut(topic, ":")
	kind := kinds[name][r.Kind()]
	if kind == "" {
		return live.Event{}, false, nil
	}
	e := live.Event{Seq: r.Seq, Kind: kind, ID: r.Record, At: r.At}
	if r.Subject == "reactions" {
		e.ID = thread.ReactedTo(r)
	} else if r.Subject != "posts" {
		return e, true, nil
	}
	p, found, err := thread.PostByID(h.app, e.ID)
	if err != nil || !found {
		return e, err == nil, err
	}
	if kind == "post.reacted" && !p.Out() {
		return e, false, nil
	}
	if kind == "post.created" && p.Seq != r.Seq { // it waited then, and is told of where it was released
		return e, false, nil
	}
	if !p.Traced() || kind == "thread.changed" { // not for all who read the thread: no words
		return e, kind == "post.removed" || kind == "thread.changed", nil
	}
	if e.Members, err = h.Site.PostPart(p, true); err == nil {
		e.Guests, err = h.Site.PostPart(p, false)
	}
	return e, err == nil, err
}

// missed reads the events of a topic after since from the journal.
func (h *Hub) missed(topic string, since int64, limit int) (events []live.Event, more bool, err error) {
	first, _, err := journal.Range(h.app)
	if err != nil {
		return nil, false, err
	}
	if since < first-1 {
		return nil, false, live.ErrReset
	}
	name, id, _ := strings.Cut(topic, ":")
	if topic == live.Me(id) {
		events, err := h.missedBell(id, since)
		return events, false, err
	}
	subject := name + "s"
	if name == "space" {
		s, err := member.SpaceBySlug(h.app, id)
		if errors.Is(err, sql.ErrNoRows) {
			err = live.ErrReset
		}
		if err != nil {
			return nil, false, err
		}
		id = s.Id
	}
	rows, err := journal.Of(h.app, subject, id, since, limit)
	if err != nil {
		return nil, false, err
	}
	for _, r := range rows {
		e, is, err := h.event(topic, r)
		if err != nil {
			return nil, false, err
		}
		if is {
			events = append(events, e)
		}
	}
	return events, len(rows) == limit, nil
}

// missedBell is one event when a person was told of something since.
func (h *Hub) missedBell(person string, since int64) ([]live.Event, error) {
	list, err := notify.Unread(h.app, person, 20)
	if err != nil {
		return nil, err
	}
	last := since
	for _, n := range list {
		last = max(last, n.Seq())
	}
	if last == since {
		return nil, nil
	}
	e, ok, err := h.bell(person, last)
	if err != nil || !ok {
		return nil, err
	}
	return []live.Event{e}, nil
}

// enter turns the token of somebody's account into a person.
func (h *Hub) enter(token string) (live.Person, bool, error) {
	u, err := h.app.FindAuthRecordByToken(token, core.TokenTypeAuth)
	var database *sqlite.Error
	if errors.As(err, &database) || errors.Is(err, context.DeadlineExceeded) { // anything else is wrong with the token
		return live.Person{}, false, err
	}
	if err != nil || u.Collection().Name != "users" || member.Barred(u) {
		return live.Person{}, false, nil
	}
	return live.Person{ID: u.Id, Name: u.GetString("name")}, true, nil
}

// mayJoin asks Viewer, afresh each time, whether a person may hear of a topic. What there is not, nobody may.
func (h *Hub) mayJoin(p live.Person, topic string) (bool, error) {
	v, err := h.viewerOf(p)
	may := false
	if err == nil {
		may, err = h.mayHear(v, topic)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return may && err == nil, err
}

func (h *Hub) mayHear(v *member.Viewer, topic string) (bool, error) {
	name, id, _ := strings.Cut(topic, ":")
	switch {
	case topic == "me":
		return v.SignedIn(), nil
	case name == "thread":
		t, err := thread.ByID(h.app, id)
		return err == nil && t.Viewable(v), err
	case name == "document":
		d, err := h.app.FindRecordById("documents", id)
		return err == nil && library.Wrap(d).Viewable(v), err
	case name == "space":
		s, err := member.SpaceBySlug(h.app, id)
		return err == nil && v.In(s.Id) >= member.Look, err
	}
	return false, nil
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
