//go:build measure

package measure

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
)

// page is an imported file as somebody would paste it.
type page struct{ path, address, title, text string }

var markup = regexp.MustCompile("(?s)^---.*?\n---\n|`+|\\]\\([^)]*\\)|[#*_>|\\[\\]]|<[^>]+>|\\{[%{].*?[%}]\\}|https?://\\S+")

func pagesOf(t *testing.T, r report) []page {
	t.Helper()
	root := data(t, "markdown")
	var all []page
	for _, f := range r.Files {
		if f.Outcome != "imported" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(root, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page{f.Path, f.Address, f.Title, markup.ReplaceAllString(string(raw), " ")})
	}
	return all
}

// Text is taken apart into sentences and words; a script without spaces has words of two signs.
var (
	sentenceEnd = regexp.MustCompile(`[.?!。]\s*|\n+`)
	wordOrPair  = regexp.MustCompile(`[\p{Han}\p{Hiragana}\p{Katakana}ー]{1,2}|[\p{L}\p{N}\p{M}'’-]+`)
)

// halfChanged leaves out half of the sentences and puts other words in the place of a fifth of the rest, seeded.
func halfChanged(text string, others []string, rnd *rand.Rand) string {
	var kept []string
	for _, s := range sentenceEnd.Split(text, -1) {
		if strings.TrimSpace(s) != "" && rnd.IntN(2) == 0 {
			kept = append(kept, s)
		}
	}
	return wordOrPair.ReplaceAllStringFunc(strings.Join(kept, ". "), func(w string) string {
		if rnd.IntN(5) > 0 {
			return w
		}
		return others[rnd.IntN(len(others))]
	})
}

// wordsOf lists words of the same sort of script as a page, to change its words into.
func wordsOf(pages []page, signs bool) []string {
	var all []string
	for i, p := range pages {
		if words := wordOrPair.FindAllString(p.text, 40); len(words) > 0 {
			if w := words[i%len(words)]; hasSigns(w) == signs {
				all = append(all, w)
			}
		}
	}
	return all
}

func hasSigns(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }) >= 0
}

type alike struct {
	Hits []struct {
		URL, Title, Reason string
		Score              float64
	}
}

// TestMeasureSimilar asks for a half-changed copy of every page: its original is among the first three. A page that says
// the very same as the original, letter for letter, is as good.
func TestMeasureSimilar(t *testing.T) {
	dir, r := hubWithInput(t)
	s := serve(t, dir)
	s.caughtUp(300 * time.Second)
	rnd := rand.New(rand.NewPCG(4, 6))
	pages := pagesOf(t, r)
	same := map[string]string{}
	for _, p := range pages {
		same[p.address] = p.text
	}
	latin, signs := wordsOf(pages, false), wordsOf(pages, true)
	first, three, exact, asked := 0, 0, 0, 0
	var times []time.Duration
	for _, p := range pages {
		others := latin
		if hasSigns(p.text) {
			others = signs
		}
		text := halfChanged(p.text, others, rnd)
		if len(wordOrPair.FindAllString(text, 30)) < 30 {
			continue // hardly a sentence is left
		}
		asked++
		var found alike
		began := time.Now()
		if err := s.post("/api/hub/similar", "", map[string]string{"text": text}, &found); err != nil {
			t.Fatal(err)
		}
		times = append(times, time.Since(began))
		hit := false
		for i, h := range found.Hits[:min(3, len(found.Hits))] {
			if h.URL == p.address {
				exact++
			}
			if !hit && (h.URL == p.address || same[h.URL] == p.text) {
				hit = true
				three++
				if i == 0 {
					first++
				}
			}
		}
		if !hit && asked%7 == 0 {
			t.Logf("missed %s (%d bytes): %+v", p.path, len(text), found.Hits)
		}
	}
	t.Logf("%d half-changed copies: first %.3f, in the first three %.3f, that very address %.3f", asked, part(first, asked), part(three, asked), part(exact, asked))
	atLeast(t, "half-changed copies that find their original in the first three", part(three, asked), .95)
	t.Logf("p50 %v", quantile(times, .5))
	bar(t, "similar work, whole request, p95", quantile(times, .95), 50*time.Millisecond)
}

func part(n, of int) float64 { return float64(n) / float64(max(1, of)) }

// TestMeasureNothingSimilar asks the carers' hub as it is shipped, which has none of the files, about every fourth of
// them: their whole text, and their title with two sentences, as somebody types. What is offered is offered wrongly.
func TestMeasureNothingSimilar(t *testing.T) {
	_, r := hubWithInput(t)
	s := serve(t, filepath.Join(t.TempDir(), "pb_data"))
	s.caughtUp(60 * time.Second)
	whole, typed, asked := 0, 0, 0
	for i, p := range pagesOf(t, r) {
		if i%4 != 0 {
			continue
		}
		asked++
		short := []rune(strings.Join(strings.Fields(p.text), " "))
		for _, q := range []struct {
			text  string
			count *int
		}{{p.text, &whole}, {string(short[:min(len(short), 260)]), &typed}} {
			var found alike
			if err := s.post("/api/hub/similar", "", map[string]string{"title": p.title, "text": q.text}, &found); err != nil {
				t.Fatal(err)
			}
			if len(found.Hits) > 0 {
				*q.count++
				if *q.count%10 == 1 {
					t.Logf("%s is offered %s: %.2f %s", p.path, found.Hits[0].URL, found.Hits[0].Score, found.Hits[0].Reason)
				}
			}
		}
	}
	bar(t, "unrelated pages that are offered something, whole text", part(whole, asked), .01)
	bar(t, "unrelated pages that are offered something, title and two sentences", part(typed, asked), .05)
}
