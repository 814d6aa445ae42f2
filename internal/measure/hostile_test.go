//go:build measure

package measure

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMeasureHostileSearches asks every exit of the search for the naughty strings of the list, and for what is far too
// much: a polite answer each time, soon.
func TestMeasureHostileSearches(t *testing.T) {
	var naughty []string
	readJSON(t, filepath.Join(data(t, "attacks"), "blns.json"), &naughty)
	s := serve(t, t.TempDir()) // what costs time here is reading the question, however much there is to find
	s.caughtUp(60 * time.Second)
	queries := []string{
		"q=" + strings.Repeat("carers+", 1<<20/7), "q=" + strings.Repeat("x", 1<<20), // 1 MB: the door may refuse it
		"q=" + url.QueryEscape(strings.Repeat("place:(kind:", 200)), "q=" + url.QueryEscape(strings.Repeat("-(", 200)+"carers"+strings.Repeat(")", 200)),
		"q=" + url.QueryEscape(strings.Repeat(`"`, 200)), "q=" + url.QueryEscape(strings.Repeat("carers -", 200)),
	}
	facets := &strings.Builder{}
	for i := range 10_000 {
		fmt.Fprintf(facets, "&place=p%d", i)
	}
	queries = append(queries, "q=carers"+facets.String())
	for _, n := range naughty {
		queries = append(queries, "q="+url.QueryEscape(n))
	}
	bad := 0
	var slowest time.Duration
	for _, exit := range []string{"/search", "/search.json", "/search.csv", "/search.atom", "/-/suggest", "/api/hub/search", "/api/hub/suggest"} {
		for _, q := range queries {
			status, took, err := s.quickest(exit + "?" + q)
			if status == 0 || status >= 500 {
				bad++
				t.Errorf("%s?%.80q (%d bytes) is answered %d: %v", exit, q, len(q), status, err)
			}
			if took > slowest {
				slowest = took
				t.Logf("%v %s?%.80q", took, exit, q)
			}
		}
	}
	t.Logf("%d naughty strings", len(naughty))
	bar(t, "faults of the program", bad, 0)
	bar(t, "slowest answer", slowest, 100*time.Millisecond)
}

// quickest asks up to three times until an answer keeps the bar: the machine may do something else at the same time. A
// line that is cut is no answer.
func (s *server) quickest(path string) (status int, took time.Duration, err error) {
	s.t.Helper()
	took = time.Hour
	for range 3 {
		began := time.Now()
		res, err := client.Get(s.url + path)
		if err != nil {
			return 0, time.Since(began), err
		}
		_, err = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if status, took = res.StatusCode, min(took, time.Since(began)); err != nil || took < 100*time.Millisecond || status >= 500 {
			return status, took, err
		}
	}
	return status, took, nil
}
