//go:build measure

package measure

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"commonplace/internal/markdown"
	"commonplace/internal/thread"
)

// editions are modules whose documentation people wrote and mended by hand, at two versions with a year or more between
// them. They come through the module cache: the manual of Prometheus, Traefik's, and the read-me files and guides of
// well-known libraries.
var editions = []struct{ module, old, new string }{
	{"github.com/prometheus/prometheus", "v0.40.0", "v0.55.0"},
	{"github.com/traefik/traefik/v2", "v2.2.0", "v2.11.0"},
	{"github.com/rclone/rclone", "v1.53.0", "v1.65.0"},
	{"github.com/thanos-io/thanos", "v0.14.0", "v0.35.0"},
	{"github.com/prometheus/alertmanager", "v0.20.0", "v0.27.0"},
	{"github.com/spf13/cobra", "v1.1.0", "v1.9.1"},
	{"github.com/spf13/viper", "v1.7.0", "v1.19.0"},
	{"github.com/gin-gonic/gin", "v1.6.0", "v1.10.0"},
	{"github.com/yuin/goldmark", "v1.2.0", "v1.8.7"},
	{"github.com/urfave/cli/v2", "v2.3.0", "v2.27.0"},
}

// TestMeasureAnchors looks for paragraphs of old pages in the new ones. Which paragraph is the right one is known without the
// words that are compared: the blocks of both files are aligned by those that did not change, and where exactly one block
// stands between two such in either file, and both are paragraphs, the one became the other. A paragraph that stands
// word for word elsewhere in the file, once, has moved. Unchanged ones are not counted: they are always found.
//
// Where the two hardly have a word in common, in order, the paragraph was replaced: then the right answer is that it is not
// there any more. Of all the others at least 90 % are found; a wrong paragraph counts as a failure everywhere.
func TestMeasureAnchors(t *testing.T) {
	var edited, moved, replaced, right, wrong, lost int
	for _, e := range editions {
		was, now := edition(t, e.module, e.old), edition(t, e.module, e.new)
		for file, old := range was {
			if now[file] == nil {
				continue
			}
			for _, p := range partners(old, now[file]) {
				at, how := thread.Locate(now[file].Paragraphs, "", p.quote)
				answer := ""
				if how != thread.Lost {
					answer = now[file].Paragraphs[at].Text
				}
				switch {
				case p.replaced:
					if replaced++; how != thread.Lost && answer != p.partner {
						wrong++
						t.Logf("%s %s: %q was replaced, and is taken for %q", e.module, file, p.quote, answer)
					}
					continue
				case p.moved:
					moved++
				default:
					edited++
				}
				switch answer {
				case p.partner:
					right++
				case "":
					lost++
				default:
					wrong++
					t.Logf("%s %s: %q is taken for %q", e.module, file, p.quote, answer)
				}
			}
		}
	}
	all := edited + moved
	t.Logf("%d paragraphs: %d edited, %d moved; %d found again (%.1f %%), %d shown as about an earlier wording, %d wrong; %d more were replaced",
		all, edited, moved, right, 100*float64(right)/float64(max(all, 1)), lost, wrong, replaced)
	if all < 300 {
		t.Errorf("only %d paragraphs", all)
	}
	if 10*right < 9*(all+wrong) {
		t.Errorf("%d of %d found again, and %d wrong", right, all, wrong)
	}
}

// edition renders the Markdown files of a module at a version, by their names in it.
func edition(t *testing.T, module, version string) map[string]*markdown.Page {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", module+"@"+version)
	cmd.Dir = t.TempDir() // outside of the module: it gets no new requirements
	raw, err := cmd.Output()
	var got struct{ Dir string }
	if err != nil || json.Unmarshal(raw, &got) != nil {
		t.Fatalf("%s@%s: %v %s", module, version, err, raw)
	}
	pages := map[string]*markdown.Page{}
	err = filepath.WalkDir(got.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") || strings.Contains(strings.ToLower(d.Name()), "changelog") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if page, err := markdown.Render(string(source), markdown.Options{}); err == nil {
			name, _ := filepath.Rel(got.Dir, path)
			pages[name] = &page
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// partner is a paragraph of which it is known what became of it.
type partner struct {
	quote, partner  string
	moved, replaced bool
}

func partners(old, now *markdown.Page) []partner {
	a, b := strings.Split(old.Plain, "\n"), strings.Split(now.Plain, "\n")
	was, is := paragraphSet(old), paragraphSet(now)
	aligned := common(a, b)
	var list []partner
	known := map[string]bool{}
	i, j := 0, 0
	for _, m := range append(aligned, [2]int{len(a), len(b)}) {
		if m[0]-i == 1 && m[1]-j == 1 && was[a[i]] == 1 && is[b[j]] == 1 && long(a[i]) {
			list = append(list, partner{quote: a[i], partner: b[j], replaced: inOrder(a[i], b[j]) < 0.5})
			known[a[i]] = true
		}
		i, j = m[0]+1, m[1]+1
	}
	kept := map[string]bool{}
	for _, m := range aligned {
		if m[0] < len(a) {
			kept[a[m[0]]] = true
		}
	}
	for p, n := range was {
		if n == 1 && is[p] == 1 && long(p) && !kept[p] && !known[p] {
			list = append(list, partner{quote: p, partner: p, moved: true})
		}
	}
	return list
}

// long says whether somebody would discuss it: a few words are headings of lists.
func long(p string) bool { return len(p) >= 80 && len(p) <= 900 }

func paragraphSet(p *markdown.Page) map[string]int {
	set := map[string]int{}
	for _, q := range p.Paragraphs {
		set[q.Text]++
	}
	return set
}

// common aligns the longest common sequence of two lists, as a line diff does.
func common(a, b []string) (pairs [][2]int) {
	n := make([][]int32, len(a)+1)
	for i := range n {
		n[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				n[i][j] = n[i+1][j+1] + 1
			} else {
				n[i][j] = max(n[i+1][j], n[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case n[i+1][j] >= n[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// inOrder is how much of the words of two texts stands in both in the same order.
func inOrder(a, b string) float64 {
	x, y := strings.Fields(a), strings.Fields(b)
	return 2 * float64(len(common(x, y))) / float64(len(x)+len(y))
}
