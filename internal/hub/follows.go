package hub

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/search"
	"commonplace/internal/site"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// followNews tells people of what is news to them, until ctx ends. What they are told and how far the
// journal was read is kept together, so that a crash leaves out nobody and tells nobody twice.
func (h *Hub) followNews(ctx context.Context) {
	from, err := h.beginTelling()
	for err != nil && ctx.Err() == nil {
		h.app.Logger().Error("telling of news", "error", err)
		time.Sleep(time.Second)
		from, err = h.beginTelling()
	}
	h.told.Store(from)
	h.Journal.FollowBehind(ctx, "news", from, h.behind, func(rows []journal.Row) error {
		h.cfg.fault("news")
		if err := h.tell(rows); err != nil {
			return err
		}
		h.told.Store(rows[len(rows)-1].Seq)
		return nil
	})
}

// beginTelling is the position from which to read. A hub that never did begins where it was opened.
func (h *Hub) beginTelling() (int64, error) {
	from, err := notify.ToldUntil(h.app)
	if err != nil {
		return 0, err
	}
	_, last, err := journal.Range(h.app)
	if from == 0 || from > last {
		from = h.openedAt // not where it ends by now: people may have written already
		err = cmp.Or(err, notify.SetToldUntil(h.app, from))
	}
	return from, err
}

// Told is the journal's number up to which people were told of news, and open pages of what happened.
func (h *Hub) Told() int64 { return min(h.told.Load(), h.Live.UpTo()) }

// shown is how a thing could be seen before a row that may have brought it out.
type shown struct {
	at    time.Time
	actor string
	space string // where it was
	out   bool   // it was out there
}

// outStates are the states in which things can be found.
var outStates = []string{library.Published, thread.Open, thread.Closed, thread.Visible}

// cameOut says whether a row may have brought a thing before eyes that did not see it: it is new, it is out now and was
// not, or it stands in another space. An edit brings nothing out.
func cameOut(r journal.Row) (shown, bool) {
	at, err := time.Parse(time.RFC3339Nano, r.At)
	if err != nil {
		at = time.Now()
	}
	fields, was, now := r.Change()
	s := shown{at: at, actor: r.Actor, space: r.Space}
	text := func(m map[string]any, name string) string { return fmt.Sprint(cmp.Or(m[name], any(""))) }
	switch {
	case r.Verb == "delete":
		return s, false
	case r.Verb == "create", slices.Contains(fields, "text") && r.Subject == "attachments": // its words have been read
		return s, true
	case now["state"] != nil:
		s.out = slices.Contains(outStates, text(was, "state"))
	case now["space"] != nil:
		s.out = true
	default:
		return s, false
	}
	if space := text(was, "space"); space != "" {
		s.space = space
	}
	return s, true
}

// searchesFind tells those who follow a search of what rows brought out.
func (h *Hub) searchesFind(rows []journal.Row, p *people, told func(person string)) error {
	before, fresh := map[string]shown{}, []journal.Row{}
	for _, r := range rows {
		s, out := cameOut(r)
		if !out || !slices.ContainsFunc(entryRooms, func(room entryRoom) bool { return room.collection == r.Subject }) {
			continue
		}
		id := r.Subject + "/" + r.Record
		if _, known := before[id]; !known {
			before[id] = s
		}
		fresh = append(fresh, r)
	}
	if len(fresh) == 0 {
		return nil
	}
	follows, err := notify.FollowedSearches(h.app)
	if err != nil || len(follows) == 0 {
		return err
	}
	entries, _, err := h.entriesOf(fresh)
	if err != nil {
		return err
	}
	return h.app.RunInTransaction(func(tx core.App) error {
		t := telling{h: h, tx: tx, follows: follows, viewers: p, seq: fresh[len(fresh)-1].Seq, told: told}
		for _, e := range entries {
			s, direct := before[e.ID]
			if !direct { // it goes with another thing, such as a page's files
				s = shown{at: time.Now()}
			}
			if err := t.of(e, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// telling is one round of telling.
type telling struct {
	h       *Hub
	tx      core.App
	follows []*notify.Follow // by query
	watches []search.Watch   // of each follow
	viewers *people
	seq     int64
	told    func(person string)
}

// of tells everybody of one entry who waits for such, may see it now, and could not see it before.
func (t *telling) of(e search.Entry, s shown) error {
	if t.watches == nil {
		if err := t.read(); err != nil {
			return err
		}
	}
	said := t.h.Search.Spoken(e)
	for i, f := range t.follows {
		if f.User() == s.actor || !f.Since().Before(s.at) || !t.watches[i].Sees(said) {
			continue
		}
		v, err := t.viewers.viewer(f.User())
		if err != nil {
			return err
		}
		if !slices.Contains(v.Keys(), e.Access) || !v.SignedIn() || s.out && v.In(s.space) >= member.Look {
			continue
		}
		if err := t.say(f, e, s); err != nil {
			return err
		}
	}
	return nil
}

// read reads every query once, however many follow it.
func (t *telling) read() error {
	anybody, err := member.AsMember(t.tx)
	if err != nil {
		return err
	}
	t.watches = make([]search.Watch, len(t.follows))
	for i, f := range t.follows {
		if i > 0 && t.follows[i-1].Query() == f.Query() {
			t.watches[i] = t.watches[i-1]
			continue
		}
		q := site.QueryOf(f.Query())
		q.Keys = anybody.Keys()
		t.watches[i] = t.h.Search.Watch(q)
	}
	return nil
}

// say tells one person of one entry.
func (t *telling) say(f *notify.Follow, e search.Entry, s shown) error {
	about, record := notify.Thing(e.ID)
	told, err := notify.Put(t.tx, notify.News{User: f.User(), Kind: notify.Found, About: about, Record: record, Follow: f.Id, First: t.seq, Seq: t.seq, At: s.at})
	if told {
		t.told(f.User())
	}
	return err
}

// entriesByID describes things as they are now. What is gone or not out is left out.
func (h *Hub) entriesByID(ids []string) (map[string]search.Entry, error) {
	found := map[string]search.Entry{}
	for _, room := range entryRooms {
		var own []string
		for _, id := range ids {
			if record, is := strings.CutPrefix(id, room.prefix); is {
				own = append(own, record)
			}
		}
		if len(own) == 0 {
			continue
		}
		err := room.of(h.app, own, func(e search.Entry) error {
			found[e.ID] = e
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// seesEntry says whether a person may see something that can be found, at this moment.
func (h *Hub) seesEntry(v *member.Viewer, about, record string) (bool, error) {
	found, err := h.entriesByID([]string{about + "/" + record})
	e, there := found[about+"/"+record]
	return err == nil && there && slices.Contains(v.Keys(), e.Access), err
}
