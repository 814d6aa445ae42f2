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
	"commonplace/internal/live"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/search"
	"commonplace/internal/site"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// followSearches tells those who follow a search of what came out, until ctx ends. What they are told and how far the
// journal was read is kept together, so that a crash leaves out nobody and tells nobody twice.
func (h *Hub) followSearches(ctx context.Context) {
	from, err := h.beginTelling()
	for err != nil && ctx.Err() == nil {
		h.app.Logger().Error("followed searches", "error", err)
		time.Sleep(time.Second)
		from, err = h.beginTelling()
	}
	h.told.Store(from)
	h.Journal.Follow(ctx, "searches", from, func(rows []journal.Row) error {
		if err := h.tell(rows); err != nil {
			return err
		}
		h.told.Store(rows[len(rows)-1].Seq)
		return nil
	})
}

// beginTelling is the position from which to read. A hub that never did begins now.
func (h *Hub) beginTelling() (int64, error) {
	from, err := notify.ToldUntil(h.app)
	if err != nil {
		return 0, err
	}
	_, last, err := journal.Range(h.app)
	if from == 0 || from > last {
		from = last
		err = cmp.Or(err, notify.SetToldUntil(h.app, last))
	}
	return from, err
}

// Told is the journal's number up to which those who follow searches were told.
func (h *Hub) Told() int64 { return h.told.Load() }

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

// tell tells of what rows brought out. Rows that bring nothing out move only the memory of how far they were read, but
// from time to time.
func (h *Hub) tell(rows []journal.Row) error {
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
	last := rows[len(rows)-1].Seq
	if len(fresh) == 0 {
		return h.read(last)
	}
	follows, err := notify.FollowedSearches(h.app)
	if err != nil || len(follows) == 0 {
		return cmp.Or(err, h.read(last))
	}
	entries, _, err := h.entriesOf(fresh)
	if err != nil {
		return err
	}
	return h.app.RunInTransaction(func(tx core.App) error {
		t := telling{h: h, tx: tx, follows: follows, viewers: map[string]*member.Viewer{}}
		for _, e := range entries {
			s, direct := before[e.ID]
			if !direct { // it goes with another thing, such as a page's files
				s = shown{at: time.Now()}
			}
			if err := t.of(e, s); err != nil {
				return err
			}
		}
		return notify.SetToldUntil(tx, last)
	})
}

// readEvery is how many rows may be read again after a restart.
const readEvery = 500

func (h *Hub) read(last int64) error {
	if last%readEvery != 0 && last-h.told.Load() < readEvery {
		return nil
	}
	return notify.SetToldUntil(h.app, last)
}

// telling is one round of telling.
type telling struct {
	h       *Hub
	tx      core.App
	follows []*notify.Follow // by query
	watches []search.Watch   // of each follow
	viewers map[string]*member.Viewer
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
		v, err := t.viewer(f.User())
		if err != nil {
			return err
		}
		if !slices.Contains(v.Keys(), e.Access) || !v.SignedIn() || s.out && v.In(s.space) >= member.Look {
			continue
		}
		if err := t.say(f, v, e); err != nil {
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

func (t *telling) viewer(id string) (*member.Viewer, error) {
	if v := t.viewers[id]; v != nil {
		return v, nil
	}
	u, err := t.tx.FindRecordById("users", id)
	if err != nil {
		u = nil
	}
	v, err := member.For(t.tx, u)
	t.viewers[id] = v
	return v, err
}

// say tells one person of one entry: in the bell, and by mail at once where they want that.
func (t *telling) say(f *notify.Follow, v *member.Viewer, e search.Entry) error {
	atOnce := v.User().GetString("mail") == "at once"
	first, err := notify.Found(t.tx, f, e.ID, atOnce)
	if err != nil || !first || !atOnce {
		return err
	}
	about, record, _ := strings.Cut(e.ID, "/")
	return t.h.Mail.Put(t.tx, notify.Mail{
		Key: "found:" + v.ID() + ":" + e.ID, To: v.User().Email(), Person: v.ID(), Kind: "found", About: about, Record: record,
		Expires: time.Now().AddDate(0, 0, 7),
		Data: map[string]any{
			"Name": v.Name(), "Title": e.Title, "Summary": e.Summary, "Page": t.h.Mail.Base() + e.URL, "Search": site.SearchWords(f.Query()),
			"URL": t.h.Mail.Base() + "/search?" + f.Query(), "Follows": t.h.Mail.Base() + "/me/follows",
		},
	})
}

// digestHour is from which hour of the day on digests go out.
const digestHour = 7

// Digest writes to each person whose time has come one mail about what their followed searches found. It counts pages and
// names none, so that nothing is told of one that its reader may not see by the time the mail arrives.
func (h *Hub) Digest(now time.Time) error {
	if now.UTC().Hour() < digestHour {
		return nil
	}
	waiting, err := notify.NotMailed(h.app, now)
	if err != nil {
		return err
	}
	for person, list := range waiting {
		if err := h.digestOne(person, list, now); err != nil {
			h.app.Logger().Error("digest: to one person", "person", person, "error", err)
		}
	}
	return nil
}

// digestKey names the digest of a day or a week, so that there is one; "" for who wants none.
func digestKey(u *core.Record, now time.Time) string {
	switch u.GetString("mail") {
	case "never", "at once":
		return ""
	case "weekly":
		year, week := now.UTC().ISOWeek()
		return fmt.Sprintf("digest:%s:%d-W%02d", u.Id, year, week)
	}
	return fmt.Sprintf("digest:%s:%s", u.Id, now.UTC().Format(time.DateOnly))
}

func (h *Hub) digestOne(person string, list []*notify.Notice, now time.Time) error {
	u, err := h.app.FindRecordById("users", person)
	if err != nil || member.Barred(u) {
		return err
	}
	key := digestKey(u, now)
	if key == "" {
		return nil
	}
	if sent, err := h.app.CountRecords("outbox", dbx.HashExp{"key": key}); err != nil || sent > 0 {
		return err // what came after it waits for the next
	}
	counts, err := h.countFound(person, list)
	if err != nil || len(counts) == 0 {
		return err
	}
	return h.app.RunInTransaction(func(tx core.App) error {
		if err := notify.Mailed(tx, list); err != nil {
			return err
		}
		all := 0
		for _, c := range counts {
			all += c.N
		}
		return h.Mail.Put(tx, notify.Mail{
			Key: key, To: u.Email(), Person: u.Id, Kind: "found-digest", Expires: now.AddDate(0, 0, 7),
			Data: map[string]any{"Name": u.GetString("name"), "Count": all, "Searches": counts, "URL": h.Mail.Base() + "/notifications", "Follows": h.Mail.Base() + "/me/follows"},
		})
	})
}

// foundCount is how many pages a followed search has found.
type foundCount struct {
	Words string
	N     int
}

// countFound counts what a person may see now, by search.
func (h *Hub) countFound(person string, list []*notify.Notice) ([]foundCount, error) {
	v, err := h.viewerOf(live.Person{ID: person})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, n := range list {
		ids[i] = n.Entry()
	}
	entries, err := h.entriesByID(ids)
	if err != nil {
		return nil, err
	}
	follows, err := notify.Follows(h.app, person)
	if err != nil {
		return nil, err
	}
	var counts []foundCount
	for _, f := range follows {
		c := foundCount{Words: site.SearchWords(f.Query())}
		for _, n := range list {
			if e, there := entries[n.Entry()]; there && n.Follow() == f.Id && slices.Contains(v.Keys(), e.Access) {
				c.N++
			}
		}
		if c.N > 0 {
			counts = append(counts, c)
		}
	}
	return counts, nil
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
func (h *Hub) seesEntry(v *member.Viewer, about, record string) bool {
	found, err := h.entriesByID([]string{about + "/" + record})
	if err != nil {
		return false
	}
	e, there := found[about+"/"+record]
	return there && slices.Contains(v.Keys(), e.Access)
}
