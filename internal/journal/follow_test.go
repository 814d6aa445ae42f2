package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"
	"commonplace/internal/journal"

	"github.com/pocketbase/pocketbase/core"
)

// follower writes down the numbers it was given.
type follower struct {
	t    testing.TB
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	seen    []int64
	batches []int
	more    chan struct{} // closed and replaced when more was seen
}

// follow follows from a position until the test ends. Before may refuse a batch with an error, or panic.
func follow(t testing.TB, j *journal.Journal, from int64, before func(rows []journal.Row) error) *follower {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	f := &follower{t: t, stop: stop, done: make(chan struct{}), more: make(chan struct{})}
	go func() {
		defer close(f.done)
		j.Follow(ctx, t.Name(), from, func(rows []journal.Row) error {
			if before != nil {
				if err := before(rows); err != nil {
					return err
				}
			}
			f.take(rows)
			return nil
		})
	}()
	t.Cleanup(f.end)
	return f
}

// end has it end, and waits for that.
func (f *follower) end() {
	f.stop()
	select {
	case <-f.done:
	case <-time.After(time.Minute):
		f.t.Error("the follower does not end")
	}
}

func (f *follower) take(rows []journal.Row) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range rows {
		f.seen = append(f.seen, r.Seq)
	}
	f.batches = append(f.batches, len(rows))
	close(f.more)
	f.more = make(chan struct{})
}

// until waits for a row and returns the numbers up to now.
func (f *follower) until(seq int64) []int64 {
	f.t.Helper()
	timeout := time.After(time.Minute)
	for {
		f.mu.Lock()
		seen, more := slices.Clone(f.seen), f.more
		f.mu.Unlock()
		if len(seen) > 0 && seen[len(seen)-1] >= seq {
			return seen
		}
		select {
		case <-more:
		case <-timeout:
			f.t.Fatalf("row %d does not come; the last ones are %v", seq, seen[max(0, len(seen)-5):])
		}
	}
}

// wants has the numbers be all those from one to another, once each and in order.
func wants(t testing.TB, seen []int64, from, to int64) {
	t.Helper()
	if int64(len(seen)) != to-from+1 {
		t.Errorf("%d rows were seen from %d to %d", len(seen), from, to)
	}
	for i, seq := range seen {
		if seq != from+int64(i) {
			t.Errorf("row %d comes where %d should", seq, from+int64(i))
			return
		}
	}
}

// leave leaves some rows.
func leave(t testing.TB, j *journal.Journal, n int) {
	t.Helper()
	for range n {
		if err := j.Note(journal.Row{Subject: "tests", Verb: "note"}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAFollowerGoesOnAfterItsPosition starts one in the middle, ends it, and starts it again where it was.
func TestAFollowerGoesOnAfterItsPosition(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	j, start := h.Hub.Journal, last(t, h.App)
	leave(t, j, 5)
	first := follow(t, j, start+2, nil)
	wants(t, first.until(start+5), start+3, start+5)
	leave(t, j, 3)
	wants(t, first.until(start+8), start+3, start+8)
	first.end()
	leave(t, j, 2) // while nobody looks
	again := follow(t, j, start+8, nil)
	wants(t, again.until(start+10), start+9, start+10)
	fromTheBeginning := follow(t, j, 0, nil)
	wants(t, fromTheBeginning.until(start+10), 1, start+10)
	if rows, err := journal.After(h.App, start+10, 10); err != nil || len(rows) != 0 {
		t.Errorf("after the last row come %v, %v", rows, err)
	}
}

// TestAFollowerThatFailsStopsNobody has one return an error and one panic, each until it is told to get well.
func TestAFollowerThatFailsStopsNobody(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New("no room on the disk") },
		"panic": func() error { panic("a fault of its own") },
		"nil":   func() error { var m map[string]int; m["x"] = 1; return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hubtest.New(t, hubtest.Empty())
			j, start := h.Hub.Journal, last(t, h.App)
			var well atomic.Bool
			tried := make(chan int64, 100)
			ill := follow(t, j, start, func(rows []journal.Row) error {
				if well.Load() {
					return nil
				}
				tried <- rows[0].Seq
				return fail()
			})
			sound := follow(t, j, start, nil)
			leave(t, j, 2)
			first := <-tried
			wants(t, sound.until(start+2), start+1, start+2)
			h.Settle() // search follows too
			leave(t, j, 1)
			wants(t, sound.until(start+3), start+1, start+3)
			if second := <-tried; first != start+1 || second != first {
				t.Errorf("it is given row %d, then %d; %d was not taken", first, second, start+1)
			}
			well.Store(true)
			wants(t, ill.until(start+3), start+1, start+3)
		})
	}
}

// TestABacklogComesInBatches leaves more rows than a follower is given at once.
func TestABacklogComesInBatches(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	start := last(t, h.App)
	const n = 345
	backlog(t, h.App, n)
	f := follow(t, h.Hub.Journal, start, nil)
	wants(t, f.until(start+n), start+1, start+n)
	f.end()
	if !slices.Equal(f.batches, []int{100, 100, 100, 45}) {
		t.Errorf("the batches are %v", f.batches)
	}
}

// TestAFollowerEndsWithItsContext ends one that has nothing to do, one that fails, and one that has much before it: a hub
// that is told to stop does not first read its whole backlog.
func TestAFollowerEndsWithItsContext(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	start := last(t, h.App)
	idle := follow(t, h.Hub.Journal, start, nil)
	idle.end()
	backlog(t, h.App, 3000)
	var failing, busy *follower
	given := make(chan bool, 10)
	failing = follow(t, h.Hub.Journal, start, func([]journal.Row) error { given <- true; return errors.New("no") })
	<-given
	failing.end()
	ready, stopped := make(chan bool), make(chan bool, 10)
	busy = follow(t, h.Hub.Journal, start, func([]journal.Row) error { <-ready; busy.stop(); stopped <- true; return nil })
	close(ready)
	<-stopped
	busy.end()
	if len(busy.batches) != 1 {
		t.Errorf("after its end it was given %d batches", len(busy.batches)-1)
	}
}

// backlog leaves rows without the journal's help, as another process would.
func backlog(t testing.TB, app core.App, n int) {
	t.Helper()
	_, err := app.DB().NewQuery(`WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {:n})
		INSERT INTO {{journal}} ([[id]], [[seq]], [[at]], [[verb]], [[subject]], [[data]])
		SELECT printf('backlog%08d', n), (SELECT COALESCE(MAX([[seq]]), 0) FROM {{journal}}) + n, '2026-01-01T00:00:00Z', 'note', 'tests', 'null' FROM counted`).
		Bind(map[string]any{"n": n}).Execute()
	if err != nil {
		t.Fatal(err)
	}
}

// TestTwoWritersAtOnce has people write in this process and a command in another one, while somebody follows: every row
// has its number, every number its row, and each comes once.
func TestTwoWritersAtOnce(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	command := core.NewBaseApp(core.BaseAppConfig{DataDir: h.Dir, DBConnect: hub.Connect})
	if err := command.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	hub.Attach(command, hub.Config{})
	t.Cleanup(func() {
		if err := command.ResetBootstrapState(); err != nil {
			t.Error(err)
		}
	})
	start := last(t, h.App)
	f := follow(t, h.Hub.Journal, start, nil)

	const writers, each = 4, 10
	var wg sync.WaitGroup
	for w := range writers {
		app := h.App
		if w%2 == 1 {
			app = command
		}
		wg.Go(func() {
			for i := range each {
				if err := makeAndRename(app, fmt.Sprintf("trust-%d-%d", w, i), i%3 == 2); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	// Of ten, three fail on their way: 7 made and renamed by each of four.
	const rows = writers * 7 * 2
	seen := f.until(start + rows)
	wants(t, seen, start+1, start+rows)
	made, err := h.App.CountRecords("organisations")
	if err != nil || made != writers*7 {
		t.Errorf("%d organisations, %v", made, err)
	}
}

// makeAndRename leaves two rows, or none when it fails half-way.
func makeAndRename(app core.App, slug string, fail bool) error {
	c, err := app.FindCollectionByNameOrId("organisations")
	if err != nil {
		return err
	}
	undone := errors.New("undone")
	err = app.RunInTransaction(func(tx core.App) error {
		r := core.NewRecord(c)
		r.Load(map[string]any{"name": "Of " + slug, "slug": slug})
		if err := tx.Save(r); err != nil {
			return err
		}
		if fail {
			return undone
		}
		r.Set("name", "Renamed "+slug)
		return tx.Save(r)
	})
	if fail && errors.Is(err, undone) {
		return nil
	}
	return err
}

// TestAnotherProcessIsFollowed waits for a row that a command wrote, which wakes nobody here.
func TestAnotherProcessIsFollowed(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	command := core.NewBaseApp(core.BaseAppConfig{DataDir: h.Dir, DBConnect: hub.Connect})
	if err := command.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	defer command.ResetBootstrapState()
	start := last(t, h.App)
	f := follow(t, h.Hub.Journal, start, nil)
	leave(t, journal.New(command), 1)
	wants(t, f.until(start+1), start+1, start+1)
}
