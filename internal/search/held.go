package search

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// held is an index that is open, and what is kept in memory of it. It stays open until its last reader gave it back.
//
// What a damaged disk left can make the libraries below return an error, panic, touch memory that is not there, or never
// answer. None of that may end the program or hold up a reader: it is met here.
type held struct {
	bleve.Index
	columns columnStore
	name    int // of its folder
	users   sync.WaitGroup
}

const (
	patience     = 5 * time.Second  // for a write of a few bytes, and for readers of an index that is put away
	longPatience = 60 * time.Second // for one of a whole batch
	tries        = 3                // writes that may fail in a row before the index is built anew
)

var (
	// ErrAway is the error of asking an index that cannot be read just now.
	ErrAway = errors.New("search: the index is being built")

	errStuck = errors.New("search: the index does not answer")
	errLent  = errors.New("search: texts of entries")
)

// guarded turns a panic into an error, and so does a fault in memory that stands for a file.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v\n%s", errStuck, p, debug.Stack())
		}
	}()
	return f()
}

// write writes a batch, and does not wait for one that never ends.
func (h *held) write(b *bleve.Batch, wait time.Duration) error {
	written := make(chan error, 1)
	go func() { written <- guarded(func() error { return h.Batch(b) }) }()
	select {
	case err := <-written:
		return err
	case <-time.After(wait):
		return errStuck
	}
}

// closeSoon closes the index once nobody reads it any more, and leaves it as it is where that takes too long.
func (h *held) closeSoon() error {
	closed := make(chan error, 1)
	go func() {
		h.users.Wait()
		closed <- guarded(h.Close)
	}()
	select {
	case err := <-closed:
		return err
	case <-time.After(patience):
		return errStuck
	}
}

// take lends the index to a reader or writer, who says Done to its users.
func (x *Index) take() (*held, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.now == nil || x.away {
		return nil, ErrAway
	}
	x.now.users.Add(1)
	return x.now, nil
}

// look lends f the index as it is at this moment. Where that cannot be read, the error is ErrAway, and somebody looks
// whether the index is damaged: a query that finds a fault of ours ends nothing.
func (x *Index) look(f func(*reading) error) error {
	h, err := x.take()
	if err != nil {
		return err
	}
	defer h.users.Done()
	err = guarded(func() error {
		r, err := h.read()
		if err != nil {
			return err
		}
		defer r.close()
		return f(r)
	})
	if err == nil || errors.Is(err, errLent) {
		return err
	}
	if x.tell != nil {
		x.tell(err)
	}
	x.doubt(h)
	return errors.Join(ErrAway, err)
}

// doubt looks whether the files of an index are as they were written, and puts it away when not.
func (x *Index) doubt(h *held) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.doubts || x.now != h {
		return
	}
	x.doubts = true
	go func() {
		damaged := h.sound(x.folder(h.name)) != nil
		x.mu.Lock()
		x.doubts = false
		x.mu.Unlock()
		if damaged {
			x.fails(h, true)
		}
	}()
}

// Check reads the whole index and compares it with the sums that were written with it. One that is damaged is put away, and
// Broken says so.
func (x *Index) Check() error {
	h, err := x.take()
	if err != nil {
		return err
	}
	defer h.users.Done()
	if err := h.sound(x.folder(h.name)); err != nil {
		x.fails(h, true)
		return err
	}
	return nil
}

// fails says that an index has to be built anew, and, where it is away, that it is not to be read till then.
func (x *Index) fails(h *held, away bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.now != h {
		return
	}
	x.away = x.away || away
	select {
	case <-x.broken:
	default:
		close(x.broken)
	}
}

// Broken is closed when the index has to be built anew.
func (x *Index) Broken() <-chan struct{} {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.broken
}

// Distrust keeps the index from answering until it has been built anew.
func (x *Index) Distrust() {
	x.mu.Lock()
	x.away = true
	x.mu.Unlock()
}

// Away says whether the index is not to be read just now.
func (x *Index) Away() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.now == nil || x.away
}

// footer is the end of a segment's file that holds the sum of all before it.
const footer = 4

// sound compares the segments of an index with the sums at their ends: one bit that changed there is not noticed when they
// are opened.
func (h *held) sound(folder string) error {
	return guarded(func() error {
		if _, err := os.Stat(filepath.Join(folder, "store", "root.bolt")); err != nil {
			return err
		}
		r, err := h.snapshot()
		if err != nil {
			return err
		}
		defer r.Close()
		for _, s := range r.Segments() {
			kept, is := s.Segment().(segment.PersistedSegment)
			if !is {
				continue // it is in memory still
			}
			if err := soundFile(kept.Path()); err != nil && !errors.Is(err, os.ErrNotExist) { // merged away meanwhile
				return err
			}
		}
		return nil
	})
}

func soundFile(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sum := crc32.NewIEEE()
	if _, err := io.CopyN(sum, f, info.Size()-footer); err != nil {
		return fmt.Errorf("search: %s: %w", filepath.Base(file), err)
	}
	var said [footer]byte
	if _, err := io.ReadFull(f, said[:]); err != nil {
		return fmt.Errorf("search: %s: %w", filepath.Base(file), err)
	}
	if [footer]byte(sum.Sum(nil)) != said {
		return fmt.Errorf("search: %s is not as it was written", filepath.Base(file))
	}
	return nil
}

// callbacks is the name under which the libraries below know what they call.
const callbacks = "commonplace"

// register keeps the three workers of an index from ending the program when they touch memory that is not there, and from
// trying again at once what failed.
var register = sync.OnceFunc(func() {
	scorch.RegistryEventCallbacks[callbacks] = func(scorch.Event) bool {
		debug.SetPanicOnFault(true)
		return true
	}
	scorch.RegistryAsyncErrorCallbacks[callbacks] = func(error, string) { time.Sleep(100 * time.Millisecond) }
})

func config() map[string]any {
	register()
	return map[string]any{"bolt_timeout": boltWait, "eventCallbackName": callbacks, "asyncErrorCallbackName": callbacks}
}

// lent fetches texts. An error there says nothing of the index.
func (x *Index) lent(ids []string) (map[string]Text, error) {
	texts, err := x.text(ids)
	if err != nil {
		err = fmt.Errorf("%w: %w", errLent, err)
	}
	return texts, err
}
