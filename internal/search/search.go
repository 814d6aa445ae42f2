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
	segment "github.com/blevesearch/scorch_segment_api/v2"
	bolt "go.etcd.io/bbolt/errors"
)

// Entry is one thing that can be found. ID is unique over all kinds; Access is its space and state in one key.
type Entry struct {
	ID, Kind, Title, Summary, Body, URL, Access string

	Also                                 []string // other words for the same thing
	Places, Topics, Programmes, Audience []string // slugs
	Organisation, OrganisationSlug       string
	Evidence, Language                   string
	Page                                 string    // the same for all editions of a page in one language
	Edition                              Edition   // what it is beside the page's original
	Published, Reviewed, CheckBy         time.Time // CheckBy is the last day on which it is taken to be right
	Adopted                              int       // how many places do the same
	Measured                             bool      // a result of it was counted, not only reported
	Sections                             []Section // of Body, in order
}

// Edition is what an entry is beside the original of its page.
type Edition int

// An original, the page in another language, in easy read, and both at once.
const (
	Original Edition = iota
	Translated
	EasyRead
	EasilyTranslated
)

func (e Edition) easy() bool { return e >= EasyRead }

// Index is a search index in a folder. The serving process is its one owner.
type Index struct {
	dir  string
	text Texts

	epoch   string
	columns columnStore
	means   atomic.Pointer[meanings]
	instead Finder // what answers while there is no index that can be trusted
	tell    func(error)

	writing sync.Mutex // one writer at a time
	failed  int        // writes in a row that failed

	mu     sync.RWMutex
	now    *held         // nil where not even an empty one could be made
	at     int64         // the journal position of now
	away   bool          // now is not to be read: it is damaged, or was never whole
	broken chan struct{} // closed when it has to be built anew
	doubts bool          // somebody is looking whether it is damaged
}

// Texts fetches, for the ids of entries, the text that was indexed as their body and the access key that they have now.
// Entries that are gone are left out.
type Texts func(ids []string) (map[string]Text, error)

// Text is what Texts answers.
type Text struct{ Body, Access string }

// version is the mapping's: an index that was built with another one is built anew.
const version = "17"

var (
	keyPosition = []byte("position")
	keyEpoch    = []byte("epoch")
	keyVersion  = []byte("version")
)

// ErrHeld is the error of opening an index that another process has open.
var ErrHeld = errors.New("search: another process holds the index")

// Open opens the newest complete index in dir that belongs to epoch, or starts an empty one. An index that does not
// open, was never completed, or belongs to another data folder is put away: Position is then 0. One that is held by
// somebody else stays as it is, which is the only error. Where nothing can be made, for want of room, it is Broken.
func Open(dir, epoch string, text Texts) (*Index, error) {
	x := &Index{dir: dir, text: text, epoch: epoch, broken: make(chan struct{})}
	for _, n := range slices.Backward(numbers(dir)) {
		if x.now == nil {
			err := x.reopen(n)
			if errors.Is(err, ErrHeld) {
				return nil, err
			}
			if err == nil {
				continue
			}
		}
		os.RemoveAll(x.folder(n)) // what cannot be removed is tried again next time
	}
	if x.now != nil {
		return x, nil
	}
	fresh, err := x.create(x.next(), 0)
	if err != nil {
		x.Distrust()
		close(x.broken)
		return x, nil
	}
	x.now = fresh
	return x, nil
}

// next is a number that no folder has, and the one in use has not either, should somebody have deleted it.
func (x *Index) next() int {
	n := 0
	if x.now != nil {
		n = x.now.name
	}
	for _, taken := range numbers(x.dir) {
		n = max(n, taken)
	}
	return n + 1
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
func (x *Index) reopen(n int) error {
	return guarded(func() error { return x.tryToOpen(n) })
}

func (x *Index) tryToOpen(n int) error {
	idx, err := bleve.OpenUsing(x.folder(n), config())
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
	h := &held{Index: idx, name: n}
	if err := errors.Join(h.sound(x.folder(n)), x.tryToWrite(h, position)); err != nil {
		h.closeSoon()
		return err
	}
	x.now, x.at = h, position
	return nil
}

// tryToWrite says the position once more. Some damage shows only in writing.
func (x *Index) tryToWrite(h *held, position int64) error {
	b := h.NewBatch()
	x.mark(b, position)
	return h.write(b, patience)
}

// create starts an empty index. It counts as whole only once its position is set.
func (x *Index) create(n int, at int64) (*held, error) {
	if err := os.MkdirAll(x.dir, 0o755); err != nil {
		return nil, fmt.Errorf("search: start an index: %w", err)
	}
	idx, err := bleve.NewUsing(x.folder(n), mappingOf(), bleve.Config.DefaultIndexType, bleve.Config.DefaultKVStore,
		config())
	if err != nil {
		return nil, fmt.Errorf("search: start an index: %w", err)
	}
	h := &held{Index: idx, name: n}
	if at < 0 {
		return h, nil
	}
	if err := x.tryToWrite(h, at); err != nil {
		h.closeSoon()
		return nil, fmt.Errorf("search: start an index: %w", err)
	}
	return h, nil
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
func (x *Index) Count() (n uint64, err error) {
	err = x.look(func(r *reading) error {
		if n, err = r.of.DocCount(); err != nil {
			return err
		}
		return r.each(fieldAccess, ofWords, func(*part, uint32, float32) { n-- })
	})
	return n, err
}

// Apply changes entries and moves the position, in one step that survives a crash as a whole or not at all.
func (x *Index) Apply(at int64, put []Entry, drop []string) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	h, err := x.take()
	if err != nil {
		return err
	}
	defer h.users.Done()
	b := h.NewBatch()
	for _, id := range drop {
		b.Delete(id)
	}
	err = guarded(func() error { return x.fill(h, b, put) })
	if err == nil {
		x.mark(b, at)
		err = h.write(b, longPatience)
	}
	if err != nil {
		if x.failed++; x.failed >= tries || errors.Is(err, errStuck) {
			x.fails(h, errors.Is(err, errStuck))
		}
		return fmt.Errorf("search: apply: %w", err)
	}
	x.failed = 0
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

func (x *Index) fill(h *held, b *bleve.Batch, put []Entry) error {
	if len(put) == 0 {
		return nil
	}
	snapshot, err := h.snapshot()
	if err != nil {
		return err
	}
	defer snapshot.Close()
	var dicts []segment.TermDictionary
	for _, s := range snapshot.Segments() {
		dict, err := s.Segment().Dictionary(fieldWords)
		if err != nil {
			return err
		}
		dicts = append(dicts, dict)
	}
	words := newVocabulary(func(word string) bool { return hasWord(dicts, word) })
	for _, e := range put {
		words.readEntry(e)
		if err := b.IndexAdvanced(x.document(e)); err != nil {
			return err
		}
	}
	return words.write(b)
}

// batchSize is how many entries a rebuild writes at once.
const batchSize = 1000

// Rebuild makes a new index beside the old one, which answers meanwhile, and takes its place. each hands over every
// entry; at is the journal's number before it began to read them.
func (x *Index) Rebuild(at int64, each func(yield func(Entry) error) error) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	next := x.next()
	fresh, err := x.create(next, -1)
	if err != nil {
		os.RemoveAll(x.folder(next))
		return err
	}
	if err := guarded(func() error { return x.load(fresh, at, each) }); err != nil {
		fresh.closeSoon()
		return errors.Join(err, os.RemoveAll(x.folder(next)))
	}
	x.mu.Lock()
	old := x.now
	x.now, x.at, x.away, x.failed = fresh, at, false, 0
	select {
	case <-x.broken:
		x.broken = make(chan struct{})
	default:
	}
	x.mu.Unlock()
	if old != nil {
		old.closeSoon()
		os.RemoveAll(x.folder(old.name)) // else the next start does
	}
	return nil
}

func (x *Index) load(into *held, at int64, each func(yield func(Entry) error) error) error {
	b := into.NewBatch()
	bytes := 0
	words := newVocabulary(func(string) bool { return false })
	flush := func() error {
		if err := words.write(b); err != nil {
			return err
		}
		err := into.write(b, longPatience)
		b = into.NewBatch()
		giveBack(bytes)
		bytes = 0
		return err
	}
	err := each(func(e Entry) error {
		words.readEntry(e)
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
	x.writing.Lock()
	defer x.writing.Unlock()
	x.mu.Lock()
	h := x.now
	x.away = true
	x.mu.Unlock()
	if h == nil {
		return nil
	}
	return h.closeSoon()
}
