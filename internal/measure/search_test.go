//go:build measure

package measure

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestMeasureSearch times whole search requests over all files: words of titles, pairs and triples of words, typing
// mistakes, phrases, words that are nowhere.
func TestMeasureSearch(t *testing.T) {
	dir, r := hubWithInput(t)
	s := serve(t, dir)
	s.caughtUp(60 * time.Second)
	rnd := rand.New(rand.NewPCG(1, 2))
	var queries []string
	for len(queries) < 2000 {
		words := strings.Fields(r.Files[rnd.IntN(len(r.Files))].Title)
		if len(words) == 0 {
			continue
		}
		w := words[rnd.IntN(len(words))]
		switch len(queries) % 5 {
		case 0:
			queries = append(queries, w)
		case 1:
			queries = append(queries, strings.Join(words, " "))
		case 2:
			queries = append(queries, w+" "+words[rnd.IntN(len(words))])
		case 3:
			queries = append(queries, swapped(w))
		case 4:
			queries = append(queries, `"`+strings.Join(words[:min(3, len(words))], " ")+`"`)
		}
	}
	for _, q := range queries[:200] { // warm
		s.get("/api/hub/search?q="+url.QueryEscape(q), nil)
	}
	for _, path := range []string{"/api/hub/search?q=", "/search?q="} {
		var times []time.Duration
		for _, q := range queries {
			began := time.Now()
			if err := s.get(path+url.QueryEscape(q), nil); err != nil {
				t.Fatal(err)
			}
			times = append(times, time.Since(began))
		}
		bar(t, path+" p50", quantile(times, .5), 5*time.Millisecond)
		bar(t, path+" p99", quantile(times, .99), 30*time.Millisecond)
	}
}

func swapped(w string) string {
	r := []rune(w)
	if len(r) < 4 {
		return w
	}
	r[2], r[3] = r[3], r[2]
	return string(r)
}
