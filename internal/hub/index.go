package hub

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"commonplace/internal/check"
	"commonplace/internal/event"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/plan"
	"commonplace/internal/search"
	"commonplace/internal/spread"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// indexFolder is where the search index lives in the data folder; backups leave it out, it can always be built again.
const indexFolder = "search"

// rebuildVerb is the journal's word for a request to build the index anew, left by the reindex command.
const rebuildVerb = "rebuild"

// openIndex opens the search index and says whether it has to be built before it can be followed from its position. One
// that was never whole does not answer till then: the database does.
func (h *Hub) openIndex() (rebuild bool, err error) {
	epoch, err := journal.Epoch(h.app)
	if err != nil {
		return false, err
	}
	h.Search, err = search.Open(filepath.Join(h.app.DataDir(), indexFolder), epoch, h.texts)
	if err != nil {
		return false, err
	}
	h.Search.Instead(h.findMeanwhile, func(err error) { h.app.Logger().Error("search: the index cannot be read", "error", err) })
	if err := h.mean(nil); err != nil {
		return false, err
	}
	first, last, err := journal.Range(h.app)
	at := h.Search.Position()
	rebuild = last > 0 && (at == 0 || at < first-1 || at > last)
	if rebuild && at == 0 {
		h.Search.Distrust()
	}
	return rebuild, err
}

// followIndex keeps the index equal to the database until ctx ends: it reads the journal, and builds the index anew where
// that is asked for or it is broken. An error or a panic on the way ends nothing, and it begins again.
func (h *Hub) followIndex(ctx context.Context, rebuild bool) {
	for ctx.Err() == nil {
		if rebuild {
			h.rebuildUntilDone(ctx)
		}
		round, stop := context.WithCancel(ctx)
		h.followers.Go(func() {
			select {
			case <-h.Search.Broken():
				stop()
			case <-round.Done():
			}
		})
		h.Journal.FollowBehind(round, "search", h.Search.Position(), h.behind, func(rows []journal.Row) error { return h.index(ctx, rows) })
		stop()
		rebuild = true
	}
}

// index brings what rows changed into the index.
func (h *Hub) index(ctx context.Context, rows []journal.Row) error {
	h.cfg.fault("index.before")
	last := rows[len(rows)-1].Seq
	if last <= h.Search.Position() {
		return nil // the index was built when these were long in the tables
	}
	if slices.ContainsFunc(rows, asksToRebuild) {
		return h.rebuild(ctx)
	}
	put, drop, err := h.entriesOf(rows)
	if err != nil {
		return err
	}
	if err := h.mean(rows); err != nil {
		return err
	}
	err = h.Search.Apply(last, put, drop)
	h.cfg.fault("index.after")
	return err
}

// mean tells the search which words mean the same, at the start (without rows) and when rows may have changed that.
func (h *Hub) mean(rows []journal.Row) error {
	var documents []any
	changed := rows == nil
	for _, r := range rows {
		switch r.Subject {
		case "words":
			changed = true
		case "documents":
			changed = changed || r.Verb == "delete"
			documents = append(documents, r.Record)
		}
	}
	for part := range slices.Chunk(documents, 500) {
		if changed {
			break
		}
		n, err := h.app.CountRecords("documents", dbx.HashExp{"kind": string(library.Glossary)}, dbx.In("id", part...))
		if err != nil {
			return err
		}
		changed = n > 0
	}
	if !changed {
		return nil
	}
	list, err := library.Meanings(h.app)
	if err == nil {
		h.Search.Mean(list)
	}
	return err
}

func asksToRebuild(r journal.Row) bool { return r.Subject == "index" && r.Verb == rebuildVerb }

// rebuildUntilDone tries again, later and later: there may be no room left.
func (h *Hub) rebuildUntilDone(ctx context.Context) {
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, 30*time.Second) {
		err := h.rebuild(ctx)
		if err == nil {
			return
		}
		h.rebuilding.Store(true)
		h.app.Logger().Error("search: build the index", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// rebuild builds the index from the tables, never from the journal, which may have been trimmed.
// A panic on the way is an error.
func (h *Hub) rebuild(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	h.rebuilding.Store(true)
	h.cfg.fault("index.before")
	_, last, err := journal.Range(h.app)
	if err != nil {
		return err
	}
	of, err := h.countEntries()
	if err != nil {
		return err
	}
	h.built.Store(0)
	h.toBuild.Store(of)
	err = h.Search.Rebuild(last, func(yield func(search.Entry) error) error {
		return h.allEntries(func(e search.Entry) error {
			h.built.Add(1)
			h.cfg.fault("index.rebuild")
			return errors.Join(ctx.Err(), yield(e))
		})
	})
	if err == nil {
		err = h.mean(nil)
	}
	if err == nil {
		h.rebuilding.Store(false)
	}
	return err
}

// allEntries describes everything that can be found.
func (h *Hub) allEntries(yield func(search.Entry) error) error {
	for _, room := range entryRooms {
		if err := room.of(h.app, nil, yield); err != nil {
			return fmt.Errorf("entries of %s: %w", room.collection, err)
		}
	}
	return nil
}

// countEntries says about how many entries there are; a few of the rows are not found, such as the posts of a closed thread.
func (h *Hub) countEntries() (of int64, err error) {
	for _, room := range entryRooms {
		var n int64
		where := dbx.NewExp(orDefault(room.out, "1 = 1"))
		if err := h.app.DB().Select("COUNT(*)").From(room.collection).Where(where).Row(&n); err != nil {
			return 0, err
		}
		of += n
	}
	return of, nil
}

// entryRoom is a collection that can be found: which of its rows, who describes their entries, and what an entry is called
// by, for when there is no index.
type entryRoom struct {
	collection, prefix string
	out                string // which rows; "" for all
	named              []string
	of                 func(app core.App, ids []string, yield func(search.Entry) error) error
}

// entryRooms are all of them. What comes later adds a line here, and to alsoTouched what its entries say of others.
var entryRooms = []entryRoom{
	{"documents", library.EntryPrefix, "[[state]] = 'published'", []string{"title", "summary"}, documentEntries},
	{"attachments", library.FileEntryPrefix, "[[state]] = 'published' AND [[kind]] = 'file' AND [[removed]] = ''", []string{"title", "summary"}, fileEntries},
	{"figures", library.FigureEntryPrefix, "", []string{"label", "text"}, library.FigureEntries},
	{"goals", plan.EntryPrefix, "", []string{"title"}, plan.Entries},
	{"adoptions", spread.EntryPrefix, "NOT [[hidden]]", nil, spread.Entries},
	{"assessments", check.EntryPrefix, "[[state]] = 'shared' AND NOT [[hidden]]", []string{"title"}, check.Entries},
	{"events", event.EntryPrefix, "[[state]] != 'draft'", []string{"title", "summary"}, event.Entries},
	{"threads", thread.EntryPrefix, "[[state]] IN ('open', 'closed')", []string{"title"}, thread.Entries},
	{"posts", thread.PostEntryPrefix, "[[state]] = 'visible'", nil, thread.PostEntries},
	{"organisations", "organisations/", "", []string{"name"}, member.Entries("organisations")},
	{"places", "places/", "", []string{"title"}, member.Entries("places")},
	{"programmes", "programmes/", "", []string{"title", "summary"}, member.Entries("programmes")},
	{"groups", "groups/", "", []string{"title", "summary"}, member.Entries("groups")},
}

// documentEntries are the library's, each with how many places do the same.
func documentEntries(app core.App, ids []string, yield func(search.Entry) error) error {
	adopted, err := spread.Adopted(app, ids)
	if err != nil {
		return err
	}
	return library.Entries(app, ids, func(e search.Entry) error {
		e.Adopted = adopted[strings.TrimPrefix(e.ID, library.EntryPrefix)]
		return yield(e)
	})
}

// fileEntries are the library's, those of posts as discussions tell them.
func fileEntries(app core.App, ids []string, yield func(search.Entry) error) error {
	ofPost := func(post string) (e search.Entry, found bool, err error) {
		err = thread.PostEntries(app, []string{post}, func(of search.Entry) error {
			e, found = of, true
			return nil
		})
		return e, found, err
	}
	return library.FileEntries(app, ids, ofPost, yield)
}

// entriesOf says what rows change in the index: the entries as they are now, and the ids of those that are gone. It does
// not matter how often a thing changed, or whether it changed back.
func (h *Hub) entriesOf(rows []journal.Row) (put []search.Entry, drop []string, err error) {
	touched := map[string]map[string]bool{}
	for _, room := range entryRooms {
		touched[room.collection] = map[string]bool{}
	}
	for _, r := range rows {
		if ids := touched[r.Subject]; ids != nil {
			ids[r.Record] = true
		}
		if err := h.alsoTouched(r, touched); err != nil {
			return nil, nil, err
		}
	}
	for _, room := range entryRooms {
		ids := touched[room.collection]
		list := make([]string, 0, len(ids))
		for id := range ids {
			list = append(list, id)
		}
		for part := range slices.Chunk(list, 500) {
			err := room.of(h.app, part, func(e search.Entry) error {
				put = append(put, e)
				delete(ids, strings.TrimPrefix(e.ID, room.prefix))
				return nil
			})
			if err != nil {
				return nil, nil, fmt.Errorf("entries of %s: %w", room.collection, err)
			}
		}
		for id := range ids {
			drop = append(drop, room.prefix+id)
		}
	}
	return put, drop, nil
}

// alsoTouched adds what carries something of a changed row in its own entry.
func (h *Hub) alsoTouched(r journal.Row, touched map[string]map[string]bool) error {
	add := func(collection string, where dbx.Expression) error {
		var ids []string
		err := h.app.DB().Select("id").From(collection).Where(where).Column(&ids)
		for _, id := range ids {
			touched[collection][id] = true
		}
		return err
	}
	switch {
	case r.Subject == "documents":
		for _, collection := range []string{"attachments", "goals", "adoptions", "assessments"} {
			if err := add(collection, dbx.HashExp{"document": r.Record}); err != nil {
				return err
			}
		}
	case r.Subject == "adoptions" && r.Parent != "": // how many places do the same
		touched["documents"][r.Parent] = true
	case (r.Subject == "measures" || r.Subject == "actions") && r.Parent != "":
		return add("goals", dbx.HashExp{"document": r.Parent})
	case r.Subject == "threads" && r.Verb != "create":
		of := dbx.NewExp("[[post]] IN (SELECT [[id]] FROM {{posts}} WHERE [[thread]] = {:thread})", dbx.Params{"thread": r.Record})
		return errors.Join(add("posts", dbx.HashExp{"thread": r.Record}), add("attachments", of))
	case r.Subject == "posts" && r.Verb == "create": // the thread was spoken in last just now
		touched["threads"][r.Parent] = true
	case r.Subject == "posts": // it may be what was decided
		return errors.Join(add("threads", dbx.HashExp{"outcome": r.Record}), add("attachments", dbx.HashExp{"post": r.Record}))
	case r.Subject == "organisations" && r.Verb == "update":
		for _, collection := range []string{"posts", "documents", "programmes", "groups", "adoptions", "assessments", "events"} {
			if err := add(collection, dbx.HashExp{"organisation": r.Record}); err != nil {
				return err
			}
		}
	case r.Subject == "places" && r.Verb == "update":
		if err := errors.Join(add("adoptions", dbx.HashExp{"place": r.Record}), add("assessments", dbx.HashExp{"place": r.Record}), add("events", dbx.HashExp{"place": r.Record})); err != nil {
			return err
		}
		for _, collection := range []string{"documents", "organisations", "groups"} {
			if err := add(collection, member.InList(collection, "places", r.Record)); err != nil {
				return err
			}
		}
	case r.Subject == "programmes" && r.Verb == "update":
		for _, collection := range []string{"documents", "groups"} {
			if err := add(collection, member.InList(collection, "programmes", r.Record)); err != nil {
				return err
			}
		}
	case r.Subject == "figures" && r.Verb == "update": // what it says stands in the words of the pages that quote it
		return add("documents", dbx.NewExp("[[id]] IN (SELECT [[document]] FROM {{figure_uses}} JOIN {{figures}} ON [[key]] = [[figure]] WHERE {{figures}}.[[id]] = {:figure})", dbx.Params{"figure": r.Record}))
	case r.Subject == "index" && r.Verb == repairVerb:
		for _, id := range toRepair(r) {
			collection, record, _ := strings.Cut(id, "/")
			if touched[collection] != nil {
				touched[collection][record] = true
			}
		}
	case r.Subject == "decisions" && r.Parent != "":
		touched["groups"][r.Parent] = true
	}
	return nil
}

// texts lends the index the bodies of entries and their access as it is now.
func (h *Hub) texts(ids []string) (map[string]search.Text, error) {
	by := map[string][]any{}
	for _, id := range ids {
		collection, record, _ := strings.Cut(id, "/")
		by[collection] = append(by[collection], record)
	}
	texts := make(map[string]search.Text, len(ids))
	for collection, column := range textColumns {
		if len(by[collection]) == 0 {
			continue
		}
		var rows []struct {
			ID     string `db:"id"`
			Body   string `db:"body"`
			Access string `db:"access"`
		}
		err := h.app.DB().Select("id", column+" AS body", "access").From(collection).Where(dbx.In("id", by[collection]...)).All(&rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			switch collection {
			case "posts":
				r.Body = thread.Plain(r.Body)
			case "threads":
				r.Body = "" // a thread is found by its title; its posts are entries of their own
			}
			texts[collection+"/"+r.ID] = search.Text{Body: r.Body, Access: r.Access}
		}
	}
	return texts, h.textsOfNamed(by, texts)
}

// textsOfNamed adds what partners, places, programmes and groups say: they keep no text, it is put together anew.
func (h *Hub) textsOfNamed(by map[string][]any, texts map[string]search.Text) error {
	for _, room := range entryRooms {
		var ids []string
		for _, id := range by[room.collection] {
			ids = append(ids, fmt.Sprint(id))
		}
		if _, known := textColumns[room.collection]; known || len(ids) == 0 {
			continue
		}
		err := room.of(h.app, ids, func(e search.Entry) error {
			texts[e.ID] = search.Text{Body: e.Body, Access: e.Access}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// textColumns are where the texts of entries are kept.
var textColumns = map[string]string{"documents": "plain", "attachments": "text", "threads": "id", "posts": "body"}
