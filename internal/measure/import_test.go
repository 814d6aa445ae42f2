//go:build measure

package measure

import (
	"encoding/json"
	"html"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// imported is a data folder with all real Markdown in it, made once.
var imported struct {
	once   sync.Once
	dir    string
	report report
}

type report struct {
	Counts map[string]int
	Files  []struct{ Path, Outcome, Title, Address, Language string }
}

// hubWithInput returns a data folder that holds the 2,261 files, and the report of their import.
func hubWithInput(t *testing.T) (string, report) {
	t.Helper()
	source := data(t, "markdown")
	imported.once.Do(func() {
		dir, err := os.MkdirTemp("", "commonplace-input-*")
		if err != nil {
			t.Fatal(err)
		}
		imported.dir = filepath.Join(dir, "pb_data")
		serve(t, imported.dir).stop() // fills the empty hub
		reportFile := filepath.Join(dir, "report.json")
		out, took, peak := program(t, imported.dir, "import", source, "--publish", "--report", reportFile)
		t.Log(strings.TrimSpace(out))
		bar(t, "import of all files", took, 60*time.Second)
		bar(t, "memory of the import, MB", peak, 500)
		raw, err := os.ReadFile(reportFile)
		if err == nil {
			err = json.Unmarshal(raw, &imported.report)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if imported.report.Files == nil {
		t.Fatal("the import failed before")
	}
	return imported.dir, imported.report
}

func TestMeasureImport(t *testing.T) {
	dir, first := hubWithInput(t)
	bar(t, "files refused", first.Counts["refused"], 5)
	total := 0
	for _, n := range first.Counts {
		total += n
	}
	if total != len(first.Files) || len(first.Files) < 2261 {
		t.Errorf("%d files in the report, %d counted", len(first.Files), total)
	}
	reportFile := filepath.Join(t.TempDir(), "second.json")
	_, took, _ := program(t, dir, "import", data(t, "markdown"), "--publish", "--report", reportFile)
	var second report
	raw, err := os.ReadFile(reportFile)
	if err == nil {
		err = json.Unmarshal(raw, &second)
	}
	if err != nil {
		t.Fatal(err)
	}
	if second.Counts["unchanged"] != first.Counts["imported"] {
		t.Errorf("a second run: %v after %v", second.Counts, first.Counts)
	}
	t.Logf("a second run changes nothing and takes %v: %v", took.Round(time.Millisecond), second.Counts)
}

// TestMeasureFound looks every imported page up, by its title and by a phrase of its body, through the site's own JSON.
func TestMeasureFound(t *testing.T) {
	dir, r := hubWithInput(t)
	s := serve(t, dir)
	t.Logf("search is level %v after the start", s.caughtUp(60*time.Second).Round(time.Millisecond))
	byTitle, byPhrase, phrases := 0, 0, 0
	var missed []string
	for _, f := range r.Files {
		if f.Outcome != "imported" {
			continue
		}
		if s.finds(t, f.Title, f.Address) {
			byTitle++
		} else {
			missed = append(missed, "title: "+f.Title+" "+f.Address)
		}
		phrase := s.phrase(t, f.Address)
		if phrase == "" {
			continue // hardly any text
		}
		phrases++
		if s.finds(t, `"`+phrase+`"`, f.Address) {
			byPhrase++
		} else {
			missed = append(missed, "phrase: "+phrase+" "+f.Address)
		}
	}
	slices.Sort(missed)
	slices.Reverse(missed) // titles first
	for _, m := range missed[:min(len(missed), 40)] {
		t.Log("not found by ", m)
	}
	atLeast(t, "found by title, of the imported", float64(byTitle)/float64(r.Counts["imported"]), 1)
	atLeast(t, "found by a phrase of the body, of those that have one", float64(byPhrase)/float64(phrases), 1)
	t.Logf("%d by title, %d by phrase", byTitle, byPhrase)
}

// finds says whether an address is among the hits for a query, on one of the first pages.
func (s *server) finds(t *testing.T, query, address string) bool {
	t.Helper()
	for page := "1"; page != "4"; page = string(page[0] + 1) {
		var found struct{ Hits []struct{ URL string } }
		if err := s.get("/api/hub/search?q="+url.QueryEscape(query)+"&page="+page, &found); err != nil {
			t.Fatal(err)
		}
		for _, h := range found.Hits {
			if h.URL == address {
				return true
			}
		}
	}
	return false
}

var (
	// between are some signs in a row from within a Japanese sentence, no word of another script cut.
	between = regexp.MustCompile(`[\p{Han}\p{Hiragana}\p{Katakana}ー]{10,14}`)
	article = regexp.MustCompile(`(?s)<div class="cp-text">(.*?)</article>`)
	para    = regexp.MustCompile(`(?s)<p data-q="[^"]*">([^<]{30,})`)
)

// phrase is some words in a row from the middle of a page's first long paragraph: eight words, or twelve signs of a
// script without spaces.
func (s *server) phrase(t *testing.T, address string) string {
	t.Helper()
	res, err := client.Get(s.url + address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	buf := make([]byte, 64<<10)
	for {
		n, err := res.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			break
		}
	}
	m := article.FindStringSubmatch(b.String())
	if m == nil {
		t.Fatalf("%s: %s has no text", address, res.Status)
	}
	for _, p := range para.FindAllStringSubmatch(m[1], -1) {
		text := strings.ReplaceAll(html.UnescapeString(p[1]), `"`, " ")
		if signs := between.FindString(text); signs != "" {
			return signs
		}
		if words := strings.Fields(text); len(words) >= 12 {
			return strings.Join(words[2:10], " ")
		}
	}
	return ""
}

// TestMeasureMemory looks at the process with all input in it, after some reading and searching, at rest.
func TestMeasureMemory(t *testing.T) {
	dir, r := hubWithInput(t)
	s := serve(t, dir)
	s.caughtUp(60 * time.Second)
	for range 200 {
		f := r.Files[rand.IntN(len(r.Files))]
		s.get(f.Address, nil)
		s.get("/api/hub/search?q="+url.QueryEscape(f.Title), nil)
	}
	time.Sleep(20 * time.Second) // at rest: the collector has run and given memory back
	bar(t, "idle memory with all files, MB", s.memoryMB(), 150)
}
