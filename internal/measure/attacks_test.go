//go:build measure

package measure

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"commonplace/internal/markdown"

	"golang.org/x/net/html"
)

// TestMeasureM07Payloads renders every payload of the lists: nothing that runs may come out, and none may be slow.
func TestMeasureM07Payloads(t *testing.T) {
	dir := data(t, "attacks")
	var payloads []string
	var naughty []string
	readJSON(t, filepath.Join(dir, "blns.json"), &naughty)
	payloads = append(payloads, naughty...)
	payloads = append(payloads, lines(t, filepath.Join(dir, "payloadbox-xss.txt"))...)
	var examples []struct{ Markdown string }
	readJSON(t, filepath.Join(dir, "examples.json"), &examples)
	for _, e := range examples {
		payloads = append(payloads, e.Markdown)
	}
	for _, name := range []string{"owasp-xss-filter-evasion.md", "svg/allanlw-svg-cheatsheet.md", "patt-csv-injection.md"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		payloads = append(payloads, string(raw))
		for _, block := range regexp.MustCompile("(?s)```.*?\n(.*?)```").FindAllStringSubmatch(string(raw), -1) {
			payloads = append(payloads, block[1])
		}
	}
	bad := 0
	var slowest time.Duration
	for _, p := range payloads {
		began := time.Now()
		page, err := markdown.Render(p, markdown.Options{})
		slowest = max(slowest, time.Since(began))
		if err != nil {
			continue // refused with a sentence
		}
		inline, err := markdown.Inline(p)
		if err != nil {
			continue
		}
		for _, out := range []string{page.HTML, inline} {
			if v := violation(t, out); v != "" {
				bad++
				t.Errorf("%s comes out of %q", v, p)
			}
		}
	}
	t.Logf("%d payloads", len(payloads))
	bar(t, "violations", bad, 0)
	bar(t, "slowest payload", slowest, 50*time.Millisecond)
}

var forbidden = regexp.MustCompile(`^(?:script|style|iframe|object|embed|form|input|button|textarea|select|option|svg|math|base|meta|link|frame|frameset|applet|audio|video|source|template|noscript)$`)

// violation is the first thing in HTML that must not be there.
func violation(t *testing.T, out string) string {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(out), nil)
	if err != nil {
		t.Fatal(err)
	}
	var walk func(*html.Node) string
	walk = func(n *html.Node) string {
		if n.Type == html.ElementNode {
			if forbidden.MatchString(n.Data) {
				return "<" + n.Data + ">"
			}
			for _, a := range n.Attr {
				key, value := strings.ToLower(a.Key), strings.ToLower(strings.TrimSpace(a.Val))
				if strings.HasPrefix(key, "on") || key == "style" || key == "srcdoc" || key == "name" {
					return key + "="
				}
				if key == "href" || key == "src" {
					if i := strings.IndexAny(value, ":/?#"); i >= 0 && value[i] == ':' {
						switch value[:i] {
						case "http", "https", "mailto", "tel":
						default:
							return key + "=" + value
						}
					}
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if v := walk(c); v != "" {
				return v
			}
		}
		return ""
	}
	for _, n := range nodes {
		if v := walk(n); v != "" {
			return v
		}
	}
	return ""
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(raw), "\n")
}
