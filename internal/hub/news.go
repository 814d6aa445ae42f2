package hub

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"commonplace/internal/champion"
	"commonplace/internal/event"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/live"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// tell tells people of what rows of the journal are news to them. A notice knows the number of its news, so that telling
// again after a crash changes nothing, and the position need only follow the notices; it is written from time to time when
// there were none.
func (h *Hub) tell(rows []journal.Row) error {
	p, told := newPeople(h.app), map[string]bool{}
	note := func(person string) { told[person] = true }
	if err := h.searchesFind(rows, p, note); err != nil {
		return err
	}
	all, err := h.newsOf(rows)
	if err != nil {
		return err
	}
	for _, n := range all {
		if err := h.spreadNews(n, p, note); err != nil {
			return err
		}
	}
	last := rows[len(rows)-1].Seq
	if len(told) > 0 || last%readEvery == 0 || last-h.told.Load() >= readEvery {
		if err := notify.SetToldUntil(h.app, last); err != nil {
			return err
		}
	}
	h.ring(told, last)
	return nil
}

// readEvery is how many rows may be read again after a restart.
const readEvery = 500

// news is something that happened, and who is told of it: those who follow one of things and want everything, and the
// persons to whom it speaks, whether they follow it or not. Whoever muted the most particular of the things is not told.
type news struct {
	kind, about, record string
	seq                 int64
	at                  time.Time
	actor               string
	things              []notify.Followed // the most particular first
	persons             []string
	personal            bool // nobody else is told
	sees                func(v *member.Viewer) bool
	posts               []postNews // of a thread
}

// postNews is a new post of a thread, and to whom it speaks: they are told of the post itself.
type postNews struct {
	seq    int64
	author string
	speaks map[string]bool
}

// first is the number of the first post that is news to a person, 0 when there is none.
func (n news) first(person string) int64 {
	if n.kind != notify.NewPosts {
		return n.seq
	}
	for _, p := range n.posts {
		if p.author != person && !p.speaks[person] {
			return p.seq
		}
	}
	return 0
}

// perTransaction is how many people are told in one, so that nobody who writes waits long for a thread that thousands follow.
const perTransaction = 500

// spreadNews tells everybody of one piece of news.
func (h *Hub) spreadNews(n news, p *people, note func(string)) error {
	wishes, err := notify.Wishes(h.app, n.things)
	if err != nil {
		return err
	}
	var to []notify.News
	add := func(person, follow string) {
		if first := n.first(person); person != n.actor && first > 0 {
			to = append(to, notify.News{User: person, Kind: n.kind, About: n.about, Record: n.record, Follow: follow, First: first, Seq: n.seq, At: n.at})
		}
	}
	for _, person := range n.persons {
		if w := wishes[person]; w.Level != notify.Nothing {
			add(person, w.Follow)
		}
	}
	for person, w := range wishes {
		if w.Level == notify.Everything && !n.personal && !slices.Contains(n.persons, person) {
			add(person, w.Follow)
		}
	}
	for some := range slices.Chunk(to, perTransaction) {
		if err := h.tellSome(some, n, p, note); err != nil {
			return err
		}
	}
	return nil
}

// tellSome tells those of some people who may see what it is about.
func (h *Hub) tellSome(some []notify.News, n news, p *people, note func(string)) error {
	ids := make([]string, len(some))
	for i, one := range some {
		ids[i] = one.User
	}
	if err := p.read(ids); err != nil {
		return err
	}
	var may []notify.News
	for _, one := range some {
		v, err := p.viewer(one.User)
		if err != nil {
			return err
		}
		if v.SignedIn() && n.sees(v) {
			may = append(may, one)
		}
	}
	told, err := notify.PutAll(h.app, may)
	for _, person := range told {
		note(person)
	}
	return err
}

// people are the viewers of one round of telling, each read once.
type people struct {
	app     core.App
	viewers map[string]*member.Viewer
}

func newPeople(app core.App) *people { return &people{app: app, viewers: map[string]*member.Viewer{}} }

// read reads many at once.
func (p *people) read(ids []string) error {
	missing := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return p.viewers[id] != nil })
	if len(missing) == 0 {
		return nil
	}
	users, err := p.app.FindRecordsByIds("users", missing)
	if err != nil {
		return err
	}
	for _, u := range users {
		if p.viewers[u.Id], err = member.For(p.app, u); err != nil {
			return err
		}
	}
	return nil
}

// viewer is one of them; somebody who is not there is nobody.
func (p *people) viewer(id string) (*member.Viewer, error) {
	if err := p.read([]string{id}); err != nil {
		return nil, err
	}
	if v := p.viewers[id]; v != nil {
		return v, nil
	}
	v, err := member.Guest(p.app)
	p.viewers[id] = v
	return v, err
}

// newsOf makes news of rows. The posts of one thread are one piece of news.
func (h *Hub) newsOf(rows []journal.Row) ([]news, error) {
	var all []news
	threads := map[string]*threadNews{}
	var order []string
	for _, r := range rows {
		n, err := h.newsIn(r)
		if errors.Is(err, sql.ErrNoRows) { // it is gone by now
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, one := range n {
			one.seq, one.at, one.actor = r.Seq, timeOf(r), r.Actor
			all = append(all, one)
		}
		if r.Subject != "posts" || r.Verb != "create" && r.Verb != "release" {
			continue
		}
		if threads[r.Parent] == nil {
			threads[r.Parent] = &threadNews{}
			order = append(order, r.Parent)
		}
		threads[r.Parent].rows = append(threads[r.Parent].rows, r)
	}
	for _, id := range order {
		more, err := h.newsOfThread(id, threads[id].rows)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

type threadNews struct{ rows []journal.Row }

func timeOf(r journal.Row) time.Time {
	at, err := time.Parse(time.RFC3339Nano, r.At)
	if err != nil {
		return time.Now()
	}
	return at
}

// newsIn is what one row tells by itself.
func (h *Hub) newsIn(r journal.Row) ([]news, error) {
	switch r.Subject {
	case "documents":
		return h.newsOfDocument(r)
	case "threads":
		switch r.Verb {
		case "decide":
			return h.newsOfDecision(r)
		case "move":
			return h.newsOfMove(r)
		}
	case "comments":
		return h.newsOfComment(r)
	case "posts":
		if r.Verb == "update" { // it may mention somebody now
			return h.newsOfMention(r)
		}
	case "spaces":
		return h.newsOfSpace(r)
	case "events":
		if r.Verb == event.Ask {
			return h.newsOfEvent(r)
		}
	case "champion_messages":
		return h.newsOfMessage(r)
	case "memberships":
		return h.newsOfMembership(r)
	case "adoptions":
		return h.newsOfAdoption(r)
	}
	return nil, nil
}

// newsOfEvent asks those who keep an event that is over what changed because of it, unless they have told meanwhile.
func (h *Hub) newsOfEvent(r journal.Row) ([]news, error) {
	e, err := event.ByID(h.app, r.Record)
	if err != nil || !e.Silent(timeOf(r)) {
		return nil, err
	}
	keepers, err := e.Keepers(h.app)
	return []news{{kind: notify.Asked, about: "events", record: e.Id, things: []notify.Followed{{Kind: notify.Space, Record: e.Space()}},
		persons: keepers, personal: true, sees: e.Viewable}}, err
}

// newsOfMessage tells a champion that somebody wrote to them, and whoever wrote that there is an answer.
func (h *Hub) newsOfMessage(r journal.Row) ([]news, error) {
	m, err := champion.MessageByID(h.app, r.Record)
	if err != nil {
		return nil, err
	}
	to := map[string]string{"create": m.Person(), champion.Answers: m.Author()}[r.Verb]
	return []news{{kind: notify.Contact, about: "champion_messages", record: m.Id, persons: []string{to}, personal: true, sees: m.Viewable}}, nil
}

// newsOfThread is that there are new posts, and of each to whom it speaks.
func (h *Hub) newsOfThread(id string, rows []journal.Row) ([]news, error) {
	t, err := thread.ByID(h.app, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	things, err := h.thingsOfThread(t)
	if err != nil {
		return nil, err
	}
	n := news{kind: notify.NewPosts, about: "threads", record: id, things: things, sees: t.Viewable}
	var all []news
	for _, r := range rows {
		p, found, err := thread.PostByID(h.app, r.Record)
		if err != nil {
			return nil, err
		}
		if !found || !p.Out() || p.Seq != r.Seq { // it is gone, or has come out since
			continue
		}
		post := postNews{seq: p.Seq, author: p.Author, speaks: map[string]bool{}}
		to, err := h.answered(p)
		if err != nil {
			return nil, err
		}
		if to != "" && to != p.Author {
			post.speaks[to] = true
			all = append(all, news{kind: notify.Answered, about: "posts", record: p.ID, seq: r.Seq, at: timeOf(r), actor: p.Author, things: things, persons: []string{to}, personal: true, sees: t.Viewable})
		}
		mentioned, err := thread.Mentioned(h.app, p.ID)
		if err != nil {
			return nil, err
		}
		for _, person := range mentioned {
			post.speaks[person] = true
		}
		if len(mentioned) > 0 {
			all = append(all, news{kind: notify.Mentioned, about: "posts", record: p.ID, seq: r.Seq, at: timeOf(r), actor: p.Author, things: things, persons: mentioned, personal: true, sees: t.Viewable})
		}
		n.posts = append(n.posts, post)
		n.seq, n.at = r.Seq, timeOf(r)
	}
	if len(n.posts) > 0 {
		all = append(all, n)
	}
	return all, nil
}

// answered is who wrote the post that a post answers, "" for nobody.
func (h *Hub) answered(p thread.Post) (string, error) {
	if p.ReplyTo == "" {
		return "", nil
	}
	to, _, err := thread.PostByID(h.app, p.ReplyTo)
	return to.Author, err
}

// thingsOfThread is what one follows to be told of a thread: itself, its document with its topics, its space.
func (h *Hub) thingsOfThread(t *thread.Thread) ([]notify.Followed, error) {
	things := []notify.Followed{{Kind: notify.Thread, Record: t.Id}}
	if t.Document() != "" {
		things = append(things, notify.Followed{Kind: notify.Document, Record: t.Document()})
	}
	return append(things, notify.Followed{Kind: notify.Space, Record: t.Space()}), nil
}

func (h *Hub) newsOfMention(r journal.Row) ([]news, error) {
	who, err := thread.Mentioned(h.app, r.Record)
	if err != nil || len(who) == 0 {
		return nil, err
	}
	t, err := thread.ByID(h.app, r.Parent)
	if err != nil {
		return nil, err
	}
	things, err := h.thingsOfThread(t)
	return []news{{kind: notify.Mentioned, about: "posts", record: r.Record, things: things, persons: who, personal: true, sees: t.Viewable}}, err
}

func (h *Hub) newsOfDecision(r journal.Row) ([]news, error) {
	t, err := thread.ByID(h.app, r.Record)
	if err != nil || t.GetString("outcome") == "" {
		return nil, err
	}
	things, err := h.thingsOfThread(t)
	return []news{{kind: notify.Decided, about: "posts", record: t.GetString("outcome"), things: things, sees: t.Viewable}}, err
}

// newsOfMove is that others may see a thread now: whoever follows it and may not any more is told nothing.
func (h *Hub) newsOfMove(r journal.Row) ([]news, error) {
	t, err := thread.ByID(h.app, r.Record)
	if err != nil {
		return nil, err
	}
	return []news{{kind: notify.Access, about: "threads", record: t.Id, things: []notify.Followed{{Kind: notify.Thread, Record: t.Id}}, sees: t.Viewable}}, nil
}

// newsOfComment is that something waits for those who moderate a space: one notice, however much waits.
func (h *Hub) newsOfComment(r journal.Row) ([]news, error) {
	if r.Verb != "create" {
		return nil, nil
	}
	if n, _, err := thread.WaitingIn(h.app, r.Space); n == 0 || err != nil { // decided about since
		return nil, err
	}
	who, err := member.Moderators(h.app, r.Space)
	return []news{{kind: notify.Waits, about: "spaces", record: r.Space, persons: who, personal: true,
		sees: func(v *member.Viewer) bool { return v.MayModerate(r.Space) }}}, err
}

// said are the fields of a document that readers read.
var said = []string{"title", "summary", "body", "challenge", "action", "result"}

func (h *Hub) newsOfDocument(r journal.Row) ([]news, error) {
	fields, was, now := r.Change()
	kind := ""
	switch {
	case r.Verb == "delete", r.Verb == "withdraw":
		return nil, nil
	case r.Verb == "move":
		kind = notify.Access
	case now["state"] == library.Published && was["state"] != library.Published:
		kind = notify.Published
	case slices.ContainsFunc(fields, func(f string) bool { return slices.Contains(said, f) }):
		kind = notify.Changed
	default:
		return nil, nil
	}
	d, err := library.ByID(h.app, r.Record)
	if err != nil || d.State() != library.Published {
		return nil, err
	}
	return []news{{kind: kind, about: "documents", record: d.Id, things: thingsOfDocument(d), sees: d.Viewable}}, nil
}

// thingsOfDocument is what one follows to be told of a document: itself, its topics, its space.
func thingsOfDocument(d *library.Document) []notify.Followed {
	things := []notify.Followed{{Kind: notify.Document, Record: d.Id}}
	for _, topic := range d.Topics() {
		things = append(things, notify.Followed{Kind: notify.Topic, Record: topic})
	}
	return append(things, notify.Followed{Kind: notify.Space, Record: d.Space()})
}

// newsOfSpace is that others may see a space now: whoever follows it, or one thing in it, is told of the space, unless they may
// not see that any more.
func (h *Hub) newsOfSpace(r journal.Row) ([]news, error) {
	if _, was, now := r.Change(); r.Verb != "update" || now["level"] == nil || was["level"] == now["level"] {
		return nil, nil
	}
	all, err := h.newsOfAccess(r.Record)
	if err != nil {
		return nil, err
	}
	for _, of := range []struct{ kind, collection string }{{notify.Document, "documents"}, {notify.Thread, "threads"}} {
		followers, failed := notify.FollowersIn(h.app, of.kind, of.collection, r.Record)
		if err = errors.Join(err, failed); err != nil {
			return nil, err
		}
		all[0].persons = append(all[0].persons, followers...)
	}
	slices.Sort(all[0].persons)
	all[0].persons = slices.Compact(all[0].persons)
	return all, err
}

// newsOfMembership is that somebody belongs to a space now, or may do more or less there.
func (h *Hub) newsOfMembership(r journal.Row) ([]news, error) {
	if r.Verb == "delete" || r.Actor == "" { // who makes the hub has told them already
		return nil, nil
	}
	all, err := h.newsOfAccess(r.Space)
	for i := range all {
		all[i].persons, all[i].personal = []string{r.Parent}, true
	}
	return all, err
}

func (h *Hub) newsOfAccess(space string) ([]news, error) {
	s, err := member.SpaceByID(h.app, space)
	if err != nil {
		return nil, err
	}
	return []news{{kind: notify.Access, about: "spaces", record: s.Id, things: []notify.Followed{{Kind: notify.Space, Record: s.Id}},
		sees: func(v *member.Viewer) bool { return v.Lists(s) }}}, nil
}

// ring tells the open pages of those who were told.
func (h *Hub) ring(told map[string]bool, seq int64) {
	for person := range told {
		topic := live.Me(person)
		if !h.Live.Listening(topic) {
			continue
		}
		if e, ok, err := h.bell(person, seq); err != nil {
			h.Live.Interrupt(topic, err)
		} else if ok {
			h.Live.Tell(topic, e)
		}
	}
	if len(told) > 0 {
		h.wakeDigest()
	}
}

// bell is what a person's open pages are told: the bell as the page shows it. Nobody who has gone is told.
func (h *Hub) bell(person string, seq int64) (live.Event, bool, error) {
	v, err := h.viewerOf(live.Person{ID: person})
	if errors.Is(err, sql.ErrNoRows) || err == nil && !v.SignedIn() {
		return live.Event{}, false, nil
	}
	if err != nil {
		return live.Event{}, false, err
	}
	html, err := h.Site.BellPart(v)
	return live.Event{Seq: seq, Kind: "notifications.changed", ID: person, At: time.Now().UTC().Format(time.RFC3339Nano), Members: html}, err == nil, err
}
