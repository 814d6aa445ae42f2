// Package search finds things by their words. It owns bleve: the mapping, the analysis, ranking, facets, snippets,
// suggestions and the handling of typing mistakes; and it keeps, inside the index, how far the journal has been read.
//
// It knows entries and queries only. What an entry says about a document or a post is described by the room that owns
// it; who may see an entry is decided by the access keys that a query brings. The texts themselves stay in the
// database: whoever opens an index lends it a way to fetch them.
package search

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2"
	bolt "go.etcd.io/bbolt/errors"
)

// Entry is one thing that can be found. ID is unique over all kinds; Access is its space and state in one key.
type Entry struct {
	ID, Kind, Title, Summary, Body, URL, Access string

	Also                                 []string // other words for the same thing
	Places, Topics, Programmes, Audience []string // slugs
	Organisation, OrganisationSlug       string
	Evidence, Language                   string
	Published, Reviewed, CheckBy         time.Time // CheckBy is the last day on which it is taken to be right
	Adopted                              int       // how many places do the same
	Sections                             []Section // of Body, in order
}

// Index is a search index in a folder. The serving process is its one owner.
type Index struct {
	dir  string
	text Texts

	columns columnStore
	means   atomic.Pointer[meanings]

	mu    sync.RWMutex // held for reading while the current index is used, for writing while it is swapped
	now   bleve.Index
	at    int64 // the journal position of now
	epoch string
	name  int // the number of now's folder
}

// Texts fetches, for the ids of entries, the text that was indexed as their body and the access key that they have now.
// Entries that are gone are left out.
type Texts func(ids []string) (map[string]Text, error)

// Text is what Texts answers.
type Text struct{ Body, Access string }

// version is the mapping's: an index that was built with another one is built anew.
const version = "8"

var (
	keyPosition = []byte("position")
	keyEpoch    = []byte("epoch")
	keyVersion  = []byte("version")
)

// ErrHeld is the error of opening an index that another process has open.
var ErrHeld = errors.New("search: another process holds the index")

// Open opens the newest complete index in dir that belongs to epoch, or starts an empty one. An index that does not
// open, was never completed, or belongs to another data folder is put away: Position is then 0. One that is held by
// somebody else stays as it is.
func Open(dir, epoch string, text Texts) (*Index, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	x := &Index{dir: dir, text: text, epoch: epoch}
	for _, n := range slices.Backward(numbers(dir)) {
		if x.now == nil {
			err := x.reopen(n)
			if errors.Is(err, ErrHeld) {
				return nil, err
			}
			if err == nil {
				x.name = n
				continue
			}
		}
		if err := os.RemoveAll(x.folder(n)); err != nil {
			return nil, err
		}
	}
	if x.now != nil {
		return x, nil
	}
	x.name = 1
	var err error
	x.now, err = x.create(x.name, 0)
	return x, err
}

func numbers(dir string) []int {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var ns []int
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			ns = append(ns, n)
		}
	}
	slices.Sort(ns)
	return ns
}

func (x *Index) folder(n int) string { return filepath.Join(x.dir, strconv.Itoa(n)) }

// boltWait is how long opening waits for another process that holds the index.
const boltWait = "2s"

// errNotOurs is why an index that opens is not taken up.
var errNotOurs = errors.New("search: the index is not whole, or not of this hub")

// reopen takes up the index in folder n when it is whole and ours. What a damaged disk left there can make the
// libraries below panic.
func (x *Index) reopen(n int) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("search: open the index: %v", p)
		}
	}()
	idx, err := bleve.OpenUsing(x.folder(n), map[string]any{"bolt_timeout": boltWait})
	if errors.Is(err, bolt.ErrTimeout) {
		return ErrHeld
	}
	if err != nil {
		return err
	}
	epoch, err1 := idx.GetInternal(keyEpoch)
	v, err2 := idx.GetInternal(keyVersion)
	at, err3 := idx.GetInternal(keyPosition)
	position, err4 := strconv.ParseInt(string(at), 10, 64)
	if errors.Join(err1, err2, err3, err4) != nil || string(epoch) != x.epoch || string(v) != version {
		return errors.Join(errNotOurs, idx.Close())
	}
	if err := x.tryToWrite(idx, position); err != nil {
		return err
	}
	x.now, x.at = idx, position
	return nil
}

// patience is how long an index may take for its first write.
const patience = 5 * time.Second

// tryToWrite says the position once more. Some damage shows only in writing, and then the libraries below never answer:
// such an index is left as it is, not even closed, for that would wait as well.
func (x *Index) tryToWrite(idx bleve.Index, position int64) error {
	b := idx.NewBatch()
	x.mark(b, position)
	written := make(chan error, 1)
	go func() { written <- idx.Batch(b) }()
	select {
	case err := <-written:
		if err != nil {
			return errors.Join(err, idx.Close())
		}
		return nil
	case <-time.After(patience):
		return errors.New("search: the index cannot be written to")
	}
}

// create starts an empty index. It counts as whole only once its position is set.
func (x *Index) create(n int, at int64) (bleve.Index, error) {
	idx, err := bleve.NewUsing(x.folder(n), mappingOf(), bleve.Config.DefaultIndexType, bleve.Config.DefaultKVStore,
		map[string]any{"bolt_timeout": boltWait})
	if err != nil {
		return nil, fmt.Errorf("search: start an index: %w", err)
	}
	if at < 0 {
		return idx, nil
	}
	b := idx.NewBatch()
	x.mark(b, at)
	return idx, idx.Batch(b)
}

func (x *Index) mark(b *bleve.Batch, at int64) {
	b.SetInternal(keyPosition, []byte(strconv.FormatInt(at, 10)))
	b.SetInternal(keyEpoch, []byte(x.epoch))
	b.SetInternal(keyVersion, []byte(version))
}

// Position is the journal's number up to which the index is true; 0 for an empty one.
func (x *Index) Position() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.at
}

// Count is how many entries there are.
func (x *Index) Count() (uint64, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.now.DocCount()
}

// Apply changes entries and moves the position, in one step that survives a crash as a whole or not at all.
func (x *Index) Apply(at int64, put []Entry, drop []string) error {
	x.mu.RLock()
	b := x.now.NewBatch()
	err := x.fill(b, put, drop)
	if err == nil {
		x.mark(b, at)
		err = x.now.Batch(b)
	}
	x.mu.RUnlock()
	if err != nil {
		return fmt.Errorf("search: apply: %w", err)
	}
	x.mu.Lock()
	x.at = max(x.at, at)
	x.mu.Unlock()
	bytes := 0
	for _, e := range put {
		bytes += len(e.Body)
	}
	giveBack(bytes)
	return nil
}

// batchBytes is how much text is enough for one write, and so much that what it took to analyse it is worth returning to
// the system at once: about 40 times as much, which would else stay until the collector runs again, minutes later on a
// quiet machine.
const batchBytes = 2 << 20

func giveBack(bytes int) {
	if bytes >= batchBytes {
		debug.FreeOSMemory()
	}
}

func (x *Index) fill(b *bleve.Batch, put []Entry, drop []string) error {
	for _, id := range drop {
		b.Delete(id)
	}
	for _, e := range put {
		if err := b.IndexAdvanced(x.document(e)); err != nil {
			return err
		}
	}
	return nil
}

// batchSize is how many entries a rebuild writes at once.
const batchSize = 1000

// Rebuild makes a new index beside the old one, which answers meanwhile, and takes its place. each hands over every
// entry; at is the journal's number before it began to read them.
func (x *Index) Rebuild(at int64, each func(yield func(Entry) error) error) error {
	x.mu.RLock()
	next := x.name + 1
	x.mu.RUnlock()
	if err := os.RemoveAll(x.folder(next)); err != nil {
		return err
	}
	fresh, err := x.create(next, -1)
	if err != nil {
		return err
	}
	if err := x.load(fresh, at, each); err != nil {
		fresh.Close()
		return errors.Join(err, os.RemoveAll(x.folder(next)))
	}
	x.mu.Lock()
	old, oldName := x.now, x.name
	x.now, x.name, x.at = fresh, next, at
	x.columns.forget()
	x.mu.Unlock()
	return errors.Join(old.Close(), os.RemoveAll(x.folder(oldName)))
}

func (x *Index) load(into bleve.Index, at int64, each func(yield func(Entry) error) error) error {
	b := into.NewBatch()
	bytes := 0
	flush := func() error {
		err := into.Batch(b)
		b.Reset()
		giveBack(bytes)
		bytes = 0
		return err
	}
	err := each(func(e Entry) error {
		if err := b.IndexAdvanced(x.document(e)); err != nil {
			return err
		}
		if bytes += len(e.Body); b.Size() >= batchSize || bytes >= batchBytes {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	x.mark(b, at)
	return flush()
}

// Close lets go of the folder. Nothing may be asked afterwards.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.now.Close()
}
