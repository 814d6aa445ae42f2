package intake_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/library"
	"commonplace/internal/markdown"

	"github.com/pocketbase/pocketbase/core"
)

// pieces are what people write and what other programs leave in their files. Each W becomes a word that stands nowhere
// else, so that a word that is lost has a name.
var pieces = []string{
	"W W **W W** *W* `W` ~~W~~ __W__ ***W***.",
	"# W W", "## W W {#custom .wide}", "W W\n===", "W W\n---", "### W ###",
	"- W\n  - W\n    W\n\n    W\n- W", "1. W\n\n   W\n2. W\n   - W", "* [ ] W\n* [x] W",
	"> W\n> > W\n>\n> W", "> [!NOTE] W\n> W",
	"| W | W |\n|---|:-:|\n| W | W<br>W |\n| **W** | `W` |", "W | W\n--- | ---\nW | W",
	"```\nW <b>W</b> {{ W }}\n```", "~~~html\n<div>W</div>\n~~~", "    W W", "W `{% W %}` W ``{{ W ` W }}`` W",
	"[W W](x.md) and [W][r] and <https://www.example.org/>\n\n[r]: https://www.example.org/", "[`W`](x.md), [W [W] W](x.md), [**W**](<a b.md>)",
	"![W](p.png) ![W W](p.png \"t\")", "[![W](p.png)](x.md)", "<img src=\"p.png\" alt=\"W W\"> W",
	"W[^1] W\n\n[^1]: W W", "W\n: W\n: W", "\\*W\\* &amp; W &lt;W&gt; \\[W\\]", "W  \nW\\\nW", "***\n\nW",
	"<div class=\"a\">\n<p>W <b>W</b> W</p>\nW\n</div>", "<div>\n\nW **W**\n\n</div>", "<div>W", "</div>W",
	"<table>\n<tr><th>W</th><th>W</th></tr>\n\n<tr><td>W</td><td>W<br>W</td></tr>\n</table>", "<table><tr><td>W</td></tr></table>",
	"<table><caption>W</caption><thead><tr><th>W</th></tr></thead><tbody><tr><td><ul><li>W</li><li>W</li></ul></td></tr></tbody></table>",
	"<details>\n<summary>W</summary>\n\nW *W*\n\n</details>", "<ul><li>W<ul><li>W</li></ul></li><li>W</li></ul>", "<ol><li>W</li></ol>",
	"<dl><dt>W</dt><dd>W</dd></dl>", "<h2>W <small>W</small></h2>", "<blockquote>W</blockquote>", "<pre>W\n  W</pre>", "<pre><code>W</code></pre>",
	"<p align=\"center\">W<br/>W</p>", "<center>W</center>", "<section><header>W</header><p>W</p><footer>W</footer></section>",
	"W <b>W</b> <i>W</i> <em>W</em><strong>W</strong> <u>W</u> <span style=\"x\">W</span> <kbd>W</kbd> H<sub>W</sub> <mark>W</mark>.",
	"W<br>W <br/> W", "<a href=\"https://www.example.org/\">W W</a> <a name=\"x\">W</a>", "<b>W W", "W</b> W", "<font color=red>W</font>",
	"<form><label>W</label><button>W</button><select><option>W</option></select></form>", "W <button>W</button> W", "<textarea>W</textarea>",
	"<script>\nvar W = 1\n\n</script>\n\nW", "<style>.W { color: red }</style>", "<svg><text>W</text></svg>", "<iframe src=\"https://www.example.org/W\"></iframe>\n\nW",
	"<video controls><source src=\"v.mp4\">W</video>", "<figure><img src=\"p.png\" alt=\"W\"><figcaption>W</figcaption></figure>",
	"<noscript>W</noscript>", "<object data=\"x\">W</object>",
	"{% include W.html %}", "{% if W %}W{% else %}W{% endif %}", "{{ W }} W {{ page.W | upcase }}", "{% comment %}W{% endcomment %} W",
	"{{< note title=\"W\" >}}\nW\n{{< /note >}}", "{{% W %}}W{{% /W %}}", "{% raw %}W{% endraw %}", "{{< figure src=\"p.png\" caption=\"W\" >}}",
	"W\n{: .lead}", "![W](p.png){: width=\"4\"} W", "# W {: #x}",
	"W https://www.example.org/ W www.example.org W", "(W) [W] {W} <W W>", "W < W > W & W", "*W W** W_ _W", "W\tW\n\n\n\nW",
	"<!-- a comment -->W", "W <!-- a comment --> W", "<div>W</div>\nW\n\nW", "<p>W\n\nW</p>", "- <div>W</div>\n- <p>W\n\n  W</p>", "> <div>W</div>",
}

var uniqueWord = regexp.MustCompile(`w[0-9]{6}x`)

// documentsOf puts pieces together in any order, with a word of its own for each W.
func documentsOf(random *rand.Rand, n int) map[string]string {
	word := 0
	fresh := func(s string) string {
		var b strings.Builder
		for _, part := range regexp.MustCompile(`W|[^W]+`).FindAllString(s, -1) {
			if part == "W" {
				word++
				part = fmt.Sprintf("w%06dx", word)
			}
			b.WriteString(part)
		}
		return b.String()
	}
	files := map[string]string{}
	for i := range n {
		parts := []string{fresh("W W")}
		for range 1 + random.IntN(8) {
			parts = append(parts, fresh(pieces[random.IntN(len(pieces))]))
		}
		front := ""
		switch random.IntN(4) {
		case 0:
			front = fresh("---\ntitle: W W\nsummary: W\ntags: [W]\n---\n\n")
		case 1:
			front = fresh("---\ntitle: W\ntitle: W\n bad: W\n\tW\n---\n")
		case 2:
			front = fresh("---\ndescription: W\nexcerpt: W\norganisation: W\nparams:\n  a: W\n---\n")
		}
		files[fmt.Sprintf("%03d.md", i)] = front + strings.Join(parts, "\n\n") + "\n"
	}
	return files
}

// No word of a file is lost without a word in the report: it is in the document's title, summary or text, in a field
// that was kept, or the report repeats it.
func TestNoWordIsLostSilently(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	files := documentsOf(rand.New(rand.NewPCG(2026, 11)), 400)
	for i, p := range pieces { // each by itself, too
		files[fmt.Sprintf("one-%03d.md", i)] = "Before.\n\n" + documentOf(p, i) + "\n\nAfter.\n"
	}
	dir := filepath.Join(t.TempDir(), "source")
	write(t, dir, files)
	faults := 0
	for _, f := range bring(t, h.App, dir, intake.Options{}).Files {
		source := files[f.Path]
		kept := strings.Join(append(f.Problems, f.Title), " ")
		if f.Address != "" {
			kept += " " + shown(t, h.App, f.Address)
		}
		for _, w := range slices.Compact(slices.Sorted(slices.Values(uniqueWord.FindAllString(source, -1)))) {
			if !strings.Contains(kept, w) {
				if faults++; faults < 12 {
					t.Errorf("%s (%s): %s is nowhere\n--- file\n%s\n--- kept\n%s", f.Path, f.Outcome, w, source, kept)
				}
			}
		}
	}
	if faults > 0 {
		t.Errorf("%d words lost", faults)
	}
}

func documentOf(piece string, i int) string {
	n := 0
	return regexp.MustCompile("W").ReplaceAllStringFunc(piece, func(string) string {
		n++
		return fmt.Sprintf("w%03d%03dx", 900+i%100, n+i/100*500)
	})
}

// shown is every word that a reader of a document can see, and what is kept of its front matter.
func shown(t *testing.T, app core.App, address string) string {
	t.Helper()
	d := at(t, app, address)
	page, err := markdown.Render(d.Body(), markdown.Options{})
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	alts := alternative.FindAllString(page.HTML, -1)
	meta := fmt.Sprint(d.Meta())
	return strings.Join(append(alts, d.Title(), d.Summary(), page.Plain, meta), "\n")
}

var alternative = regexp.MustCompile(`\balt="[^"]*"`)

// The same of the cases of testdata, whose words are ordinary ones: none stands less often in the document than in the
// file, unless it is markup, or the report says so.
func TestCasesLoseNoWord(t *testing.T) {
	sources, err := filepath.Glob(filepath.Join("testdata", "*", "source"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("%d sources, %v", len(sources), err)
	}
	for _, source := range sources {
		if strings.Contains(source, "foreign") {
			continue // menus and styles are meant to be lost, and rows have no file of their own
		}
		h := hubtest.New(t, hubtest.Empty())
		for _, f := range bring(t, h.App, source, intake.Options{As: library.Guidance}).Files {
			if f.Address == "" {
				continue
			}
			raw, err := os.ReadFile(filepath.Join(source, f.Path))
			if err != nil {
				t.Fatal(err)
			}
			_, body := markdown.Split(raw)
			have := map[string]int{}
			for _, w := range anyWord.FindAllString(shown(t, h.App, f.Address)+" "+strings.Join(f.Problems, " "), -1) {
				have[strings.ToLower(w)]++
			}
			for _, w := range anyWord.FindAllString(markup.ReplaceAllString(body, " "), -1) {
				w = strings.ToLower(w)
				if have[w]--; have[w] < 0 {
					t.Errorf("%s/%s: %q is lost", source, f.Path, w)
				}
			}
		}
	}
}

var (
	anyWord = regexp.MustCompile(`[\p{Han}\p{Hiragana}\p{Katakana}]|[\p{L}\p{N}]{2,}`)
	markup  = regexp.MustCompile(`(?sm)^\s*\[[^\]]*\]:.*?$|\]\[[^\]]*\]|<!--.*?-->|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|\]\([^)]*\)|https?://\S+|\{:[^}]*\}|\{[#.][^}]*\}|&[a-z]+;|^ *(?:` + "```|~~~" + `)\w*$`)
)
