package search

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// broken says whether an index is found to be broken before long.
func broken(x *Index) bool {
	select {
	case <-x.Broken():
		return true
	case <-time.After(time.Minute):
		return false
	}
}

// shelved answers as a database does: by titles and summaries.
func shelved(entries []Entry) Finder {
	return func(_ context.Context, words, keys []string, most int) (list []Entry, err error) {
		for _, e := range entries {
			says := strings.ToLower(e.Title + " " + e.Summary)
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(says, strings.ToLower(w)) }) && len(list) < most {
				list = append(list, e)
			}
		}
		return list, nil
	}
}

// TestDamageUnderARunningIndex damages a segment in each way while it is open. Every answer is polite, the damage is found,
// and a rebuild beside it ends it: no panic, no error, no end of the program.
func TestDamageUnderARunningIndex(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, file string, size int64) error{
		"cut to nothing": func(_ *testing.T, file string, _ int64) error { return os.Truncate(file, 0) },
		"cut in half":    func(_ *testing.T, file string, size int64) error { return os.Truncate(file, size/2) },
		"zeros":          func(t *testing.T, file string, size int64) error { return over(file, make([]byte, size)) },
		"noise": func(t *testing.T, file string, size int64) error {
			return over(file, []byte(strings.Repeat("\xff", int(size))))
		},
		"the folder is gone": func(_ *testing.T, file string, _ int64) error { return os.RemoveAll(filepath.Dir(filepath.Dir(file))) },
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := &shelf{}, t.TempDir()
			x := openIn(t, dir, "e1", s)
			var entries []Entry
			for i := range 300 {
				entries = append(entries, Entry{ID: fmt.Sprint(i), Title: fmt.Sprint("Breaks ", i), Body: "Words about respite and carers.", Places: []string{"leeds"}})
			}
			entries = s.put(entries...)
			x.Instead(shelved(entries), nil)
			apply(t, x, 1, entries[:200], nil)
			apply(t, x, 2, entries[200:], nil)
			shut(t, x)
			x = openIn(t, dir, "e1", s) // nothing has been read yet
			x.Instead(shelved(entries), nil)
			files, err := filepath.Glob(filepath.Join(dir, "1", "store", "*.zap"))
			if err != nil || len(files) == 0 {
				t.Fatal(files, err)
			}
			for _, file := range files {
				info, err := os.Stat(file)
				if err == nil {
					err = damage(t, file, info.Size())
				}
				if err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
			for range 3 {
				r := ask(t, x, Query{Text: "breaks", Facets: true})
				if r.Total == 0 || len(r.Hits) == 0 || fmt.Sprint(r.Facets["place"]) == "[]" {
					t.Errorf("it finds %d, %v", r.Total, r.Facets)
				}
				if found, err := x.Suggest("brea", []string{everybody}, 5); err != nil || len(found) == 0 {
					t.Errorf("it suggests %v %v", found, err)
				}
				if _, err := x.Similar("Breaks", "Words about respite and carers.", []string{everybody}, 3); err != nil {
					t.Error(err)
				}
			}
			if x.Check() == nil && !x.Away() {
				t.Error("the damage is not found by looking for it")
			}
			if !broken(x) {
				t.Fatal("nobody is told that it is broken")
			}
			if r := ask(t, x, Query{Text: "breaks"}); !r.Meanwhile || r.Total != 200 && r.Total != 300 {
				t.Errorf("meanwhile %v: %d", r.Meanwhile, r.Total)
			}
			if err := x.Rebuild(3, each(entries)); err != nil {
				t.Fatal(err)
			}
			if r := ask(t, x, Query{Text: "respite"}); r.Meanwhile || r.Total != 300 || x.Away() || x.Position() != 3 {
				t.Errorf("afterwards %v: %d at %d", r.Meanwhile, r.Total, x.Position())
			}
			select {
			case <-x.Broken():
				t.Error("it is still called broken")
			default:
			}
			apply(t, x, 4, s.put(Entry{ID: "new", Title: "New"}), nil)
		})
	}
}

// over writes over a file, which stays the same one.
func over(file string, raw []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(raw)
	return err
}

// TestOneBitIsNoticed changes one bit of a segment, which opening alone does not notice: not while it is open, and not when it
// is opened again.
func TestOneBitIsNoticed(t *testing.T) {
	s, dir := &shelf{}, t.TempDir()
	x := openIn(t, dir, "e1", s)
	apply(t, x, 1, s.put(Entry{ID: "1", Title: "Breaks", Body: strings.Repeat("Words. ", 500)}), nil)
	if err := x.Check(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "1", "store", "*.zap"))
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 4
	if err := over(files[0], raw); err != nil {
		t.Fatal(err)
	}
	if x.Check() == nil || !broken(x) || !x.Away() {
		t.Error("the bit is not noticed")
	}
	shut(t, x)
	if x = openIn(t, dir, "e1", s); x.Position() != 0 {
		t.Errorf("opened again it stands at %d", x.Position())
	}
}

// TestAFaultOfOursIsNoDamage has a query fail although the files are whole: it is answered from the database, and the index goes on.
func TestAFaultOfOursIsNoDamage(t *testing.T) {
	s := &shelf{}
	x := openIn(t, t.TempDir(), "e1", s)
	entries := s.put(Entry{ID: "1", Title: "Breaks"})
	apply(t, x, 1, entries, nil)
	x.Instead(shelved(entries), nil)
	x.text = func([]string) (map[string]Text, error) { panic("a fault of ours") }
	if r := ask(t, x, Query{Text: "breaks"}); !r.Meanwhile || r.Total != 1 {
		t.Errorf("%+v", r)
	}
	x.text = s.lend
	for end := time.Now().Add(time.Minute); x.doubted(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it is still being looked at")
		}
	}
	if r := ask(t, x, Query{Text: "breaks"}); r.Meanwhile || r.Total != 1 || x.Away() {
		t.Errorf("afterwards %+v", r)
	}
}

func (x *Index) doubted() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.doubts
}

// TestMeanwhileIsTrue puts queries to the database: what one may not see is not found and not counted.
func TestMeanwhileIsTrue(t *testing.T) {
	visible, closed := secrets()
	s := &shelf{}
	all := s.put(append(visible, closed...)...)
	x := openIn(t, t.TempDir(), "e1", s)
	x.Instead(shelved(all), nil)
	x.Distrust()
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{Text: "passport"}, "[passport]"}, {Query{Text: "PASSPORT moves"}, "[passport]"}, {Query{Text: "passport -moves"}, "[]"},
		{Query{Text: "redundancies"}, "[]"}, {Query{Text: "break", Filters: map[string][]string{"topic": {"breaks"}}}, "[break]"},
		{Query{Text: "break topic:work"}, "[]"}, {Query{Text: "a"}, "[passport break]"}, {Query{Text: "passport", Page: 2}, "[]"},
	} {
		c.q.Facets = true
		r := ask(t, x, c.q)
		ids := idsOf(r)
		slices.Sort(ids)
		want := strings.Fields(strings.Trim(c.want, "[]"))
		slices.Sort(want)
		if !slices.Equal(ids, want) || !r.Meanwhile || r.Facets["organisation"] != nil {
			t.Errorf("%q finds %v, not %v; %v", c.q.Text, ids, want, r.Facets)
		}
	}
	if r := ask(t, x, Query{Text: "<b>passport"}); len(r.Hits) == 1 && strings.Contains(r.Hits[0].TitleHTML, "<b>") {
		t.Error(r.Hits[0].TitleHTML)
	}
	if r := ask(t, x, Query{Text: "redundancies", Keys: []string{everybody, board}, Facets: true}); r.Total != 10 || fmt.Sprint(r.Facets["place"]) != "[{wakefield 10}]" {
		t.Errorf("%d %v", r.Total, r.Facets)
	}
}
