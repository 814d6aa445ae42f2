package search

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// everybody is the key that everybody holds: an entry has it unless it says another.
const everybody = "lib:published"

// shelf is where the texts of entries are: a database in small.
type shelf struct {
	mu    sync.Mutex
	texts map[string]Text
}

func (s *shelf) lend(ids []string) (map[string]Text, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lent := map[string]Text{}
	for _, id := range ids {
		if t, ok := s.texts[id]; ok {
			lent[id] = t
		}
	}
	return lent, nil
}

// put keeps the texts of entries, and hands the entries back with what they have to have.
func (s *shelf) put(entries ...Entry) []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.texts == nil {
		s.texts = map[string]Text{}
	}
	for i := range entries {
		e := &entries[i]
		if e.Access == "" {
			e.Access = everybody
		}
		if e.Kind == "" {
			e.Kind = "handbook"
		}
		if e.URL == "" {
			e.URL = "/" + e.ID
		}
		s.texts[e.ID] = Text{Body: e.Body, Access: e.Access}
	}
	return entries
}

// openIn opens an index over a shelf and closes it with the test.
func openIn(t testing.TB, dir, epoch string, s *shelf) *Index {
	t.Helper()
	x, err := Open(dir, epoch, s.lend)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if x.now != nil {
			x.Close()
		}
	})
	return x
}

// open is an index of some entries, up to position 7.
func open(t testing.TB, entries ...Entry) *Index {
	t.Helper()
	s := &shelf{}
	x := openIn(t, t.TempDir(), "e1", s)
	apply(t, x, 7, s.put(entries...), nil)
	return x
}

func apply(t testing.TB, x *Index, at int64, put []Entry, drop []string) {
	t.Helper()
	if err := x.Apply(at, put, drop); err != nil {
		t.Fatal(err)
	}
}

// shut closes an index before the test ends.
func shut(t testing.TB, x *Index) {
	t.Helper()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x.now = nil
}

// ask searches as everybody unless the query has keys.
func ask(t testing.TB, x *Index, q Query) Result {
	t.Helper()
	if q.Keys == nil {
		q.Keys = []string{everybody}
	}
	if q.PerPage == 0 {
		q.PerPage = 20
	}
	r, err := x.Search(q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return r
}

func idsOf(r Result) []string {
	ids := []string{}
	for _, h := range r.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

func count(t testing.TB, x *Index) int {
	t.Helper()
	n, err := x.Count()
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// entriesIn reads the entries of a folder of testdata.
func entriesIn(t testing.TB, folder string) []Entry {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", folder, "entries.json"))
	if err != nil {
		t.Fatal(err)
	}
	var entries []Entry
	if err := json.Unmarshal(raw, &entries); err != nil {
		t.Fatal(err)
	}
	return entries
}

// line is a line of a folder's queries.txt.
type line struct {
	query, meant string
	found        []string
}

// queriesIn reads the queries of a folder of testdata, each before the sign and what it finds after it.
func queriesIn(t testing.TB, folder, sign string) (lines []line) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", folder, "queries.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for text := range strings.Lines(string(raw)) {
		text = strings.TrimRight(text, "\n")
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		query, found, ok := strings.Cut(text, " "+sign+" ")
		if !ok {
			t.Fatalf("%s: %q has no %s", folder, text, sign)
		}
		found, meant, _ := strings.Cut(found, " means ")
		lines = append(lines, line{query, meant, strings.Fields(found)})
	}
	return lines
}

func TestPositionTravelsWithTheBatch(t *testing.T) {
	dir, s := t.TempDir(), &shelf{}
	x := openIn(t, dir, "e1", s)
	if x.Position() != 0 || count(t, x) != 0 {
		t.Fatalf("a new index stands at %d with %d entries", x.Position(), count(t, x))
	}
	apply(t, x, 7, s.put(Entry{ID: "1", Title: "Breaks"}), nil)
	apply(t, x, 9, nil, nil) // rows of the journal that change nothing here
	if x.Position() != 9 {
		t.Errorf("it stands at %d", x.Position())
	}
	if err := x.Apply(12, []Entry{{ID: "2", Title: "Walks"}, {ID: ""}}, []string{"1"}); err == nil {
		t.Fatal("a batch with an entry that has no id went through")
	}
	for _, when := range []string{"after a batch that failed", "opened again"} {
		if x.Position() != 9 || count(t, x) != 1 || ask(t, x, Query{Text: "breaks"}).Total != 1 {
			t.Errorf("%s: at %d, %d entries", when, x.Position(), count(t, x))
		}
		shut(t, x)
		x = openIn(t, dir, "e1", s)
	}
	apply(t, x, 10, s.put(Entry{ID: "2", Title: "Walks"}), nil)
	if x.Position() != 10 || ask(t, x, Query{Text: "breaks walks"}).Total != 2 {
		t.Errorf("it goes on to %d", x.Position())
	}
}

// TestAnotherHubsIndexIsPutAway opens the index of one data folder for another, such as a restored backup.
func TestAnotherHubsIndexIsPutAway(t *testing.T) {
	for _, c := range []struct {
		name, epoch string
		before      func(*Index) error
		kept        bool
	}{
		{"the same epoch", "e1", nil, true},
		{"another epoch", "e2", nil, false},
		{"another mapping", "e1", func(x *Index) error { return x.now.SetInternal(keyVersion, []byte("0")) }, false},
		{"no position", "e1", func(x *Index) error { return x.now.DeleteInternal(keyPosition) }, false},
		{"a position that is no number", "e1", func(x *Index) error { return x.now.SetInternal(keyPosition, []byte("far")) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, s := t.TempDir(), &shelf{}
			x := openIn(t, dir, "e1", s)
			apply(t, x, 7, s.put(Entry{ID: "1", Title: "Breaks"}), nil)
			if c.before != nil {
				if err := c.before(x); err != nil {
					t.Fatal(err)
				}
			}
			shut(t, x)
			x = openIn(t, dir, c.epoch, s)
			at, n := x.Position(), count(t, x)
			if c.kept && (at != 7 || n != 1) || !c.kept && (at != 0 || n != 0) {
				t.Errorf("at %d, %d entries", at, n)
			}
			if names := numbers(dir); len(names) != 1 {
				t.Errorf("folders left: %v", names)
			}
		})
	}
}

func TestWhatIsDroppedIsGone(t *testing.T) {
	s := &shelf{}
	x := openIn(t, t.TempDir(), "e1", s)
	apply(t, x, 1, s.put(
		Entry{ID: "1", Title: "Zebra crossings", Body: "Quokka", Places: []string{"leeds"}},
		Entry{ID: "2", Title: "Breaks", Places: []string{"kirklees"}},
	), nil)
	if r := ask(t, x, Query{Text: "zebre"}); r.Total != 1 || r.Instead != "zebra" {
		t.Fatalf("before: %+v", r)
	}
	apply(t, x, 2, nil, []string{"1", "never there"})
	for _, q := range []string{"zebra", "zebre", "quokka", "zebra quokka", `"zebra crossings"`} {
		if r := ask(t, x, Query{Text: q}); r.Total != 0 || len(r.Hits) != 0 || r.Instead != "" {
			t.Errorf("%s: %+v", q, r)
		}
	}
	if r := ask(t, x, Query{Facets: true}); r.Total != 1 || fmt.Sprint(r.Facets["place"]) != "[{kirklees 1}]" {
		t.Errorf("all: %d, %v", r.Total, r.Facets["place"])
	}
	if found, err := x.Suggest("zeb", []string{everybody}, 8); len(found) != 0 || err != nil {
		t.Errorf("it suggests %v %v", found, err)
	}
	// An entry that comes twice is one, as it was put last.
	apply(t, x, 3, s.put(Entry{ID: "2", Title: "Respite"}), nil)
	if ask(t, x, Query{Text: "breaks"}).Total != 0 || ask(t, x, Query{Text: "respite"}).Total != 1 || count(t, x) != 1 {
		t.Error("the old words of a changed entry are found still")
	}
}

// each hands entries over the way a rebuild reads them.
func each(entries []Entry) func(func(Entry) error) error {
	return func(yield func(Entry) error) error {
		for _, e := range entries {
			if err := yield(e); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestRebuildTakesThePlaceOfTheOld(t *testing.T) {
	dir, s := t.TempDir(), &shelf{}
	x := openIn(t, dir, "e1", s)
	apply(t, x, 5, s.put(Entry{ID: "old", Title: "Breaks"}), nil)
	var fresh []Entry
	for i := range batchSize + 3 {
		fresh = append(fresh, Entry{ID: fmt.Sprint("new", i), Title: "Respite"})
	}
	fresh = s.put(fresh...)
	err := x.Rebuild(11, func(yield func(Entry) error) error {
		if r := ask(t, x, Query{Text: "breaks"}); r.Total != 1 {
			t.Error("the old index does not answer meanwhile")
		}
		return each(fresh)(yield)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"at once", "opened again"} {
		if x.Position() != 11 || count(t, x) != len(fresh) || ask(t, x, Query{Text: "breaks"}).Total != 0 || int(ask(t, x, Query{Text: "respite"}).Total) != len(fresh) {
			t.Errorf("%s: at %d, %d entries", when, x.Position(), count(t, x))
		}
		if names := numbers(dir); len(names) != 1 {
			t.Errorf("%s: folders %v", when, names)
		}
		shut(t, x)
		x = openIn(t, dir, "e1", s)
	}
	apply(t, x, 12, nil, []string{"new0"})
	if count(t, x) != len(fresh)-1 {
		t.Error("it cannot be written to afterwards")
	}
}

func TestRebuildThatFailsLeavesTheOld(t *testing.T) {
	dir, s := t.TempDir(), &shelf{}
	x := openIn(t, dir, "e1", s)
	apply(t, x, 5, s.put(Entry{ID: "old", Title: "Breaks"}), nil)
	broken := errors.New("the table cannot be read")
	for name, rooms := range map[string]func(func(Entry) error) error{
		"reading":  func(yield func(Entry) error) error { return errors.Join(yield(Entry{ID: "1", Title: "x"}), broken) },
		"an entry": each([]Entry{{ID: "1"}, {ID: ""}}),
	} {
		if err := x.Rebuild(11, rooms); err == nil || name == "reading" && !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
		if x.Position() != 5 || ask(t, x, Query{Text: "breaks"}).Total != 1 || len(numbers(dir)) != 1 {
			t.Errorf("%s: at %d, folders %v", name, x.Position(), numbers(dir))
		}
	}
}

// TestRebuildCutShort opens a folder in which a rebuild was ended by a crash: before it was whole, and before the old one
// was taken away.
func TestRebuildCutShort(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    int64 // of the new index; -1 for one that is not whole
		stays int64
	}{{"before it was whole", -1, 5}, {"before the old one was taken away", 11, 11}} {
		t.Run(c.name, func(t *testing.T) {
			dir, s := t.TempDir(), &shelf{}
			x := openIn(t, dir, "e1", s)
			apply(t, x, 5, s.put(Entry{ID: "old", Title: "Breaks"}), nil)
			half, err := x.create(2, c.at)
			if err != nil {
				t.Fatal(err)
			}
			if err := half.Close(); err != nil {
				t.Fatal(err)
			}
			shut(t, x)
			x = openIn(t, dir, "e1", s)
			if x.Position() != c.stays || len(numbers(dir)) != 1 {
				t.Errorf("at %d, folders %v", x.Position(), numbers(dir))
			}
		})
	}
}

// TestDamagedFilesAreNoEnd damages each file of an index in each way. Whatever is opened then is true up to the position
// that it names, so that the journal can bring it up to now; opening never fails or panics.
func TestDamagedFilesAreNoEnd(t *testing.T) {
	const batches = 4
	s := &shelf{}
	whole := t.TempDir()
	x := openIn(t, whole, "e1", s)
	for i := range batches {
		apply(t, x, int64(i+1), s.put(Entry{ID: fmt.Sprint(i), Title: "Breaks"}), nil)
	}
	shut(t, x)
	files, err := filepath.Glob(filepath.Join(whole, "1", "*"))
	if err != nil {
		t.Fatal(err)
	}
	inner, err := filepath.Glob(filepath.Join(whole, "1", "store", "*"))
	if err != nil || len(inner) < 2 {
		t.Fatalf("the index has %v: %v", inner, err)
	}
	filled := func(b []byte, from int, with byte) []byte {
		for i := from; i < len(b); i++ {
			b[i] = with
		}
		return b
	}
	rebuilt := 0
	for name, damaged := range map[string]func([]byte) []byte{
		"emptied": func([]byte) []byte { return nil }, "cut in half": func(b []byte) []byte { return b[:len(b)/2] },
		"noise":                  func(b []byte) []byte { return filled(b, 0, 'x') },
		"noise in the last half": func(b []byte) []byte { return filled(b, len(b)/2, 0xff) },
		"zeros in the last half": func(b []byte) []byte { return filled(b, len(b)/2, 0) },
		"gone":                   nil,
	} {
		for _, file := range append(files, inner...) {
			file, _ := filepath.Rel(whole, file)
			if filepath.Base(file) == "store" {
				continue
			}
			t.Run(name+" "+filepath.Base(file), func(t *testing.T) {
				dir := t.TempDir()
				damage(t, whole, dir, file, damaged)
				x := openIn(t, dir, "e1", s)
				at := x.Position()
				if at < 0 || at > batches || int(ask(t, x, Query{Text: "breaks"}).Total) != int(at) {
					t.Errorf("it says %d and holds %d", at, count(t, x))
				}
				if at < batches {
					rebuilt++
				}
				apply(t, x, batches+1, s.put(Entry{ID: "later", Title: "Later"}), nil)
				shut(t, x)
				x = openIn(t, dir, "e1", s)
				kept := x.Position() == batches+1 && ask(t, x, Query{Text: "later"}).Total == 1
				if again := x.Position() <= batches && count(t, x) == int(x.Position()); !kept && !again {
					t.Errorf("opened again it says %d and holds %d", x.Position(), count(t, x))
				}
			})
		}
	}
	if rebuilt == 0 {
		t.Error("nothing that was done to the files did any damage")
	}
}

// damage copies a folder with one of its files changed, or without it.
func damage(t *testing.T, from, to, file string, change func([]byte) []byte) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(to, file)
	raw, err := os.ReadFile(path)
	if err == nil && change != nil {
		err = os.WriteFile(path, change(raw), 0o600)
	}
	if err == nil && change == nil {
		err = os.Remove(path)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestSecondOwnerIsRefused opens an index that is open: the second one waits, says so, and harms nothing. It took the
// first one's files away once.
func TestSecondOwnerIsRefused(t *testing.T) {
	dir, s := t.TempDir(), &shelf{}
	x := openIn(t, dir, "e1", s)
	apply(t, x, 7, s.put(Entry{ID: "1", Title: "Breaks"}), nil)
	if second, err := Open(dir, "e1", s.lend); !errors.Is(err, ErrHeld) {
		t.Fatalf("%v %v", second, err)
	}
	apply(t, x, 8, s.put(Entry{ID: "2", Title: "Walks"}), nil)
	shut(t, x)
	if x = openIn(t, dir, "e1", s); x.Position() != 8 || count(t, x) != 2 {
		t.Errorf("at %d, %d entries", x.Position(), count(t, x))
	}
}

// TestReadersAndWritersAtOnce is for the race detector, and holds that a reader never sees half a batch: pairs come and
// go together.
func TestReadersAndWritersAtOnce(t *testing.T) {
	const rounds = 40
	s := &shelf{}
	x := openIn(t, t.TempDir(), "e1", s)
	pair := func(n int) []Entry {
		return s.put(Entry{ID: "left", Title: fmt.Sprint("Pair ", n), Body: "together"}, Entry{ID: "right", Title: fmt.Sprint("Pair ", n), Body: "together"})
	}
	apply(t, x, 1, pair(0), nil)
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for last := int64(0); !done.Load(); {
				r, err := x.Search(Query{Text: "together", Keys: []string{everybody}, PerPage: 20, Facets: true})
				if err != nil || r.Total != 2 && r.Total != 0 {
					t.Errorf("%d of a pair: %v", r.Total, err)
				}
				if _, err := x.Suggest("pai", []string{everybody}, 8); err != nil {
					t.Error(err)
				}
				if n, err := x.Count(); n%2 != 0 || err != nil {
					t.Errorf("%d entries: %v", n, err)
				}
				if at := x.Position(); at < last {
					t.Errorf("from %d back to %d", last, at)
				} else {
					last = at
				}
			}
		})
	}
	for i := int64(2); i < rounds; i++ {
		switch {
		case i%10 == 0:
			if err := x.Rebuild(i, each(pair(int(i)))); err != nil {
				t.Error(err)
			}
		case i%4 == 0:
			apply(t, x, i, nil, []string{"left", "right"})
		default:
			apply(t, x, i, pair(int(i)), nil)
		}
	}
	done.Store(true)
	readers.Wait()
	if x.Position() != rounds-1 {
		t.Errorf("at %d", x.Position())
	}
}
