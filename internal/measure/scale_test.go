//go:build measure

package measure

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"commonplace/internal/search"
)

const many = 100_000

// TestMeasureScale searches among 100,000 documents, made from real paragraphs, inside the process: with facets and
// visibility, for a person who is in 20 of 200 spaces.
func TestMeasureScale(t *testing.T) {
	paragraphs := paragraphsOf(t, data(t, "markdown"))
	random := rand.New(rand.NewPCG(1, 2))
	shelf := &sync.Map{}
	dir := t.TempDir()
	x, err := search.Open(dir, "scale", func(ids []string) (map[string]search.Text, error) {
		lent := make(map[string]search.Text, len(ids))
		for _, id := range ids {
			if text, ok := shelf.Load(id); ok {
				lent[id] = text.(search.Text)
			}
		}
		return lent, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	entry := func(i int) search.Entry {
		e := entryOf(i, paragraphs, random)
		shelf.Store(e.ID, search.Text{Body: e.Body, Access: e.Access})
		return e
	}
	entries := make([]search.Entry, 0, many)
	for i := range many {
		if i == 10_000 {
			indexing(t, entries)
		}
		entries = append(entries, entry(i))
	}
	if err := x.Rebuild(1, handed(entries)); err != nil {
		t.Fatal(err)
	}
	settled(t, dir)
	bar(t, "index of 100,000 documents, MB", float64(folderSize(t, dir))/1e6, 260)

	keys := []string{"open:published"}
	for s := range 20 {
		keys = append(keys, fmt.Sprintf("space%d:published", s))
	}
	var queries []string
	for range 600 {
		words := strings.Fields(paragraphs[random.IntN(len(paragraphs))])
		at := random.IntN(max(1, len(words)-4))
		queries = append(queries, strings.Join(words[at:min(len(words), at+1+random.IntN(4))], " "))
	}
	debug.FreeOSMemory()
	ask := func(q string) time.Duration {
		began := time.Now()
		if _, err := x.Search(search.Query{Text: q, Keys: keys, Facets: true, PerPage: 20}); err != nil {
			t.Fatal(err)
		}
		return time.Since(began)
	}
	var took, typed []time.Duration
	for round := range 3 {
		for _, q := range queries {
			d := ask(q)
			if round > 0 {
				took = append(took, d)
			}
		}
	}
	bar(t, "search among 100,000, p50", quantile(took, .5), 6*time.Millisecond)
	bar(t, "search among 100,000, p99", quantile(took, .99), 40*time.Millisecond)
	for _, q := range queries {
		for n := 2; n <= min(len(q), 12); n += 2 {
			began := time.Now()
			if _, err := x.Suggest(q[:n], keys, 8); err != nil {
				t.Fatal(err)
			}
			typed = append(typed, time.Since(began))
		}
	}
	bar(t, "suggestions among 100,000, p99", quantile(typed, .99), 10*time.Millisecond)
	edits(t, x, entries, shelf, keys)
}

// indexing builds an index of its own and says what that cost.
func indexing(t *testing.T, entries []search.Entry) {
	t.Helper()
	dir := t.TempDir()
	x, err := search.Open(dir, "scale", func([]string) (map[string]search.Text, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	debug.FreeOSMemory()
	cpu, before := cpuTime(), memory()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(before + 160<<20)) // as the hub serves with
	peak, done := before, make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
				peak = max(peak, memory())
			}
		}
	})
	if err := x.Rebuild(1, handed(entries)); err != nil {
		t.Fatal(err)
	}
	close(done)
	watch.Wait()
	bar(t, "CPU of indexing 10,000 documents", cpuTime()-cpu, 5*time.Second)
	bar(t, "memory of it, MB", float64(peak-before)/1e6, 200)
}

// memory is what the program has from the system, in bytes.
func memory() int64 {
	raw, _ := os.ReadFile("/proc/self/statm")
	var size, resident int64
	fmt.Sscan(string(raw), &size, &resident)
	return resident * int64(os.Getpagesize())
}

func handed(entries []search.Entry) func(func(search.Entry) error) error {
	return func(yield func(search.Entry) error) error {
		for _, e := range entries {
			if err := yield(e); err != nil {
				return err
			}
		}
		return nil
	}
}

// edits has four writers change entries while somebody looks whether each change can be found. As in the hub, one
// follower applies what all of them wrote since it last did.
func edits(t *testing.T, x *search.Index, entries []search.Entry, shelf *sync.Map, keys []string) {
	written := make(chan search.Entry, 1000)
	write := func(e search.Entry) {
		shelf.Store(e.ID, search.Text{Body: e.Body, Access: e.Access})
		written <- e
	}
	var follower, writers sync.WaitGroup
	follower.Go(func() {
		for at := int64(10_000); ; at++ {
			e, more := <-written
			if !more {
				return
			}
			batch := []search.Entry{e}
			for len(written) > 0 {
				batch = append(batch, <-written)
			}
			if err := x.Apply(at, batch, nil); err != nil {
				t.Error(err)
			}
		}
	})
	stop := make(chan struct{})
	for w := range 4 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
					write(entries[(w*1000+i)%len(entries)])
				}
			}
		})
	}
	var took []time.Duration
	for i := range 300 {
		e := entries[50_000+i]
		e.Access, e.Title = keys[0], fmt.Sprintf("Zyzzyva%d", i)
		began := time.Now()
		write(e)
		for {
			r, err := x.Search(search.Query{Text: e.Title, Keys: keys, PerPage: 1, Exact: true})
			if err != nil {
				t.Fatal(err)
			}
			if r.Total > 0 {
				break
			}
			time.Sleep(2 * time.Millisecond)
		}
		took = append(took, time.Since(began))
	}
	close(stop)
	writers.Wait()
	close(written)
	follower.Wait()
	bar(t, "an edit is found while four write, p99", quantile(took, .99), 100*time.Millisecond)
}

var kinds = []string{"case-study", "handbook", "guidance", "thread", "post", "attachment"}

func entryOf(i int, paragraphs []string, random *rand.Rand) search.Entry {
	pick := func() string { return paragraphs[random.IntN(len(paragraphs))] }
	body := pick()
	for range random.IntN(3) {
		body += "\n\n" + pick()
	}
	words := strings.Fields(pick())
	e := search.Entry{
		ID: fmt.Sprint("documents/", i), Kind: kinds[random.IntN(len(kinds))], Title: strings.Join(words[:min(len(words), 4+random.IntN(5))], " "),
		Body: body, URL: fmt.Sprint("/x/", i), Access: "open:published", Published: time.Unix(int64(1.6e9+random.IntN(1e8)), 0),
		Places: []string{fmt.Sprint("place", random.IntN(30))}, Topics: []string{fmt.Sprint("topic", random.IntN(40)), fmt.Sprint("topic", random.IntN(40))},
		Organisation: "Partner", OrganisationSlug: fmt.Sprint("partner", random.IntN(300)),
	}
	if random.IntN(2) == 0 {
		e.Access = fmt.Sprintf("space%d:published", random.IntN(200))
	}
	return e
}

// paragraphsOf reads the paragraphs of Markdown files that are prose.
func paragraphsOf(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, p := range strings.Split(string(raw), "\n\n") {
			if words := strings.Fields(p); len(words) >= 20 && len(p) < 2000 && !strings.ContainsAny(p[:1], "`|<{-#*!") {
				all = append(all, strings.Join(words, " "))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d paragraphs", len(all))
	return all
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// settled waits until merging has ended: the folder keeps its size for a while.
func settled(t *testing.T, dir string) {
	t.Helper()
	last, same := int64(-1), 0
	for range 120 {
		size := folderSize(t, dir)
		if size == last {
			if same++; same == 6 {
				return
			}
		} else {
			last, same = size, 0
		}
		time.Sleep(500 * time.Millisecond)
	}
}

func folderSize(t *testing.T, dir string) (sum int64) {
	t.Helper()
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return sum
}
