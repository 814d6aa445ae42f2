package markdown

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// The attacks on a writer's text, by their numbers in the catalogue of attacks. Those on the pages, on search and on
// uploads are tested in their rooms.

func TestM01ScriptInBody(t *testing.T) {
	const attack = "<script>alert(1)</script>"
	for where, rendered := range unharmed(t, attack) {
		if strings.Contains(rendered, "<script") {
			t.Errorf("%s: %s", where, rendered)
		}
	}
	// What is dropped from a text between words leaves the words.
	for _, words := range []string{"before", "after", "alert(1)"} {
		if out := exits(t, attack); !strings.Contains(out["paragraph"], words) {
			t.Errorf("%q is lost: %s", words, out["paragraph"])
		}
	}
	// Front matter is text; nothing there is rendered or run.
	fields, problems := Front("title: \"" + attack + "\"\ntopics: [\"" + attack + "\"]\n")
	if want := (map[string]any{"title": attack, "topics": []any{attack}}); !reflect.DeepEqual(fields, want) || len(problems) > 0 {
		t.Errorf("front matter: %v %v", fields, problems)
	}
}

func TestM02JavascriptAddresses(t *testing.T) {
	for _, attack := range []string{
		"[x](javascript:alert(1))", "[x](JaVaScRiPt&colon;alert(1))", "[x](java%0ascript:alert(1))", "[x](&#106;avascript:alert(1))",
		"[x](javascript&#58;alert(1))", "[x](<java\tscript:alert(1)>)", "[x](\\javascript:alert(1))", "[x]( &#x1;javascript:alert(1))", "<javascript:alert(1)>",
		"[x][y]\n\n[y]: JAVASCRIPT:alert(1)", "[x](j&Tab;avascript:alert(1))", "[x](&NewLine;javascript:alert(1))",
	} {
		out := unharmed(t, attack)
		if strings.Contains(out["body"], "href") {
			t.Errorf("%q has an address: %s", attack, out["body"])
		}
		if page, err := Render(attack, Options{}); err != nil || len(page.Links) > 0 {
			t.Errorf("%q: the renderer alone let %q through to the sanitiser, %v", attack, page.Links, err)
		}
	}
}

func TestM03OtherSchemes(t *testing.T) {
	page64 := base64.StdEncoding.EncodeToString([]byte("<script>alert(1)</script>"))
	for _, scheme := range []string{"vbscript", "data", "file", "ftp", "irc", "svg", "feed", "blob", "about", "view-source", "ws", "made-up-scheme", "x"} {
		for _, attack := range []string{
			"[x](" + scheme + ":text/html;base64," + page64 + ")", "<" + scheme + ":x>", "![x](" + scheme + ":x)", "[x](" + strings.ToUpper(scheme) + "&colon;x)",
		} {
			if out := unharmed(t, attack); strings.Contains(out["body"], "href") || strings.Contains(out["body"], "src") {
				t.Errorf("%q has an address: %s", attack, out["body"])
			}
			if page, err := Render(attack, Options{}); err != nil || len(page.Links) > 0 {
				t.Errorf("%q: the renderer alone let %q through to the sanitiser, %v", attack, page.Links, err)
			}
		}
	}
	for _, fine := range []string{"http://example.org", "https://example.org", "mailto:a@example.org", "tel:999", "/handbook", "page", "#spread", "?q=a:b", "./a:b"} {
		if out := unharmed(t, "[x]("+fine+")"); !strings.Contains(out["body"], `href="`+fine+`"`) {
			t.Errorf("%s is gone: %s", fine, out["body"])
		}
	}
}

func TestM04HandlersInPictures(t *testing.T) {
	for _, attack := range []string{
		`![x](x"onerror="alert(1))`, `![x](https://e/" onload=alert(1) x=")`, `![x](/files/a"onerror="alert(1))`, `![x](/files/a/b.png "x" onerror="alert(1)")`,
		`!["onerror="alert(1)](/files/a/b.png)`, `![x](/files/a/b.png 'x" onerror="alert(1)')`, `![x](</files/a/b.png" onerror="alert(1)>)`,
		`![&quot; onerror=&quot;alert(1)](/files/a/b.png "&quot; onerror=&quot;alert(1)")`,
	} {
		unharmed(t, attack)
	}
}

func TestM05HeadingAttributes(t *testing.T) {
	for _, attack := range []string{
		"# T {#id onclick=alert(1) style=position:fixed}", "T {#id .nhsuk-header}\n===", "# T {onclick=alert(1)}", "{#id}\npara", "```js {#id onclick=alert(1)}\nx\n```",
		"![x](/files/a/b.png){onerror=alert(1)}", "[x](/y){target=_blank}",
	} {
		out := unharmed(t, attack)
		if strings.Contains(out["body"], `id="id"`) {
			t.Errorf("%q sets its own id: %s", attack, out["body"])
		}
	}
}

func TestM06ClobberingIds(t *testing.T) {
	names := []string{
		"attributes", "getElementById", "location", "cookie", "documentElement", "forms", "submit", "parentNode", "innerHTML", "children", "name", "body", "head",
		"main", "discussion", "spread", "content",
	}
	for _, name := range names {
		page, err := Render("# "+name+"\n\n<a id="+name+" name="+name+">x</a>\n\n[^"+name+"]\n\n[^"+name+"]: x", Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range faults("", page.HTML) {
			t.Errorf("%s: %s in %s", name, f, page.HTML)
		}
		if strings.Contains(page.HTML, `id="`+strings.ToLower(name)+`"`) || strings.Contains(page.HTML, "name=") {
			t.Errorf("%s is shadowed: %s", name, page.HTML)
		}
	}
	unharmed(t, "<a id=loginForm name=getElementById>x</a>")
}

// The long lists run in "make measure"; these are short ones of every kind.
func TestM07Payloads(t *testing.T) {
	for _, attack := range hostile(t) {
		soon(t, attack, 50*time.Millisecond, func() {
			if _, err := Render(attack, Options{}); err != nil {
				t.Errorf("%q: %v", attack, err)
			}
		})
		unharmed(t, attack)
	}
}

func TestM08CodeForDiagrams(t *testing.T) {
	for _, attack := range []string{
		"```mermaid\n%%{init:{'securityLevel':'loose'}}%%\nclick a \"javascript:alert(1)\"\n```",
		"```math\n\\href{javascript:alert(1)}{x}\n```", "```html\n<script>alert(1)</script>\n```", "~~~mermaid\nclick a callback \"javascript:alert(1)\"\n~~~",
	} {
		out := unharmed(t, attack)
		if !strings.HasPrefix(out["body"], `<pre><code class="language-`) || strings.Contains(out["body"], "href=") {
			t.Errorf("%q is not shown as code: %s", attack, out["body"])
		}
	}
}

func TestM09WideTable(t *testing.T) {
	row := strings.Repeat("a|", 350) + "\n"
	for name, attack := range map[string]string{
		"350 columns":                  row + strings.Repeat("-|", 350) + "\n" + strings.Repeat("b|\n", 1400),
		"350 columns in a quote":       "> " + row + "> " + strings.Repeat("-|", 350) + "\n" + strings.Repeat("> b|\n", 1400),
		"350 columns in a bullet":      "- " + row + "  " + strings.Repeat("-|", 350) + "\n" + strings.Repeat("  b|\n", 1400),
		"350 columns after a heading":  "a|b\n-|-\n# c\n" + row + strings.Repeat("-|", 350) + "\n" + strings.Repeat("b|\n", 1400),
		"350 columns after code":       "    ```\n\n" + row + strings.Repeat("-|", 350) + "\n" + strings.Repeat("b|\n", 1400),
		"30 columns, every row a head": row[:60] + "\n" + strings.Repeat("-|", 30) + "\n" + strings.Repeat(strings.Repeat("a\n", 1000)+"-|-\n", 60),
		"30 columns, many tables":      strings.Repeat(row[:60]+"\n"+strings.Repeat("-|", 30)+"\n"+strings.Repeat("a\n", 1500)+"\n", 60),
		"one column":                   "|a|\n|-|\n" + strings.Repeat("|b\n", 60_000),
		"one column, other marks":      "a|\n-|\n" + strings.Repeat("b\n", 60_000),
	} {
		refusedSoon(t, name, attack, 300*time.Millisecond)
	}
}

func TestM10DeepNesting(t *testing.T) {
	list := func(step int, mark string, n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat(" ", i*step) + mark + "a\n")
		}
		return b.String()
	}
	for name, attack := range map[string]string{
		"quotes":                        strings.Repeat("> ", 80_000),
		"quotes without spaces":         strings.Repeat(">", 160_000),
		"bullets":                       strings.Repeat("- ", 80_000) + "a",
		"other bullets":                 strings.Repeat("+\t", 80_000) + "a",
		"numbers":                       strings.Repeat("1. ", 50_000) + "a",
		"numbers and tabs":              strings.Repeat("1.\t", 50_000) + "a",
		"a list 400 deep by indent":     list(2, "- ", 400),
		"numbers 250 deep by indent":    list(3, "1. ", 250),
		"definitions 200 deep":          definitions(200),
		"after code that is none":       "    ```\n\n" + strings.Repeat("> ", 80_000),
		"after a fence that is none":    "``` a`b\n\n" + strings.Repeat("> ", 80_000),
		"after a fence in a list":       "-\n  ```\n\nout\n\n" + strings.Repeat("> ", 80_000),
		"behind a mark that is dropped": "\uE000" + strings.Repeat("> ", 80_000),
		"a little, after a false fence": "    ```\n\n" + strings.Repeat("> ", 30) + "a",
	} {
		refusedSoon(t, name, attack, 100*time.Millisecond)
	}
}

// definitions are a word that is explained by a word that is explained.
func definitions(deep int) string {
	var b strings.Builder
	for i := range deep {
		indent := strings.Repeat("  ", i)
		b.WriteString(indent + "a\n" + indent + ": b\n\n")
	}
	return b.String()
}

// refusedSoon fails unless a text is refused within a time, in a sentence that names a line, on every way in.
func refusedSoon(t *testing.T, name, attack string, within time.Duration) {
	t.Helper()
	for way, try := range map[string]func() error{
		"render": func() error { _, err := Render(attack, Options{}); return err },
		"inline": func() error { _, err := Inline(attack); return err },
		"items": func() error {
			for _, item := range Items(attack) {
				if _, err := Inline(item); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		var err error
		soon(t, name+", "+way, within, func() { err = try() })
		if way != "items" {
			isRefusal(t, name+", "+way, err)
		}
	}
	soon(t, name+", raw HTML", within, func() { RawHTML(attack) })
}

func TestM11RepeatedMarks(t *testing.T) {
	for _, mark := range []string{"[", "![[]()", "*a **a "} {
		for size, most := range map[int]uint64{MaxBytes: 128 << 20, 1 << 20: 64 << 20} {
			attack := strings.Repeat(mark, size/len(mark))
			what := fmt.Sprintf("%q repeated to %d bytes", mark, size)
			var page Page
			var err error
			soon(t, what, time.Second, func() { page, err = Render(attack, Options{}) })
			peak := peakHeap(func() { Render(attack, Options{}) })
			if size == 1<<20 {
				isRefusal(t, what, err)
			}
			if peak > most {
				t.Errorf("%s took %d MiB", what, peak>>20)
			}
			for _, f := range faults(attack, page.HTML) {
				t.Errorf("%s: %s", what, f)
			}
		}
	}
}

// peakHeap is about how much memory f needs beyond what was in use before.
func peakHeap(f func()) uint64 {
	var before, now runtime.MemStats
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // so that little of what is counted is waste
	runtime.GC()
	runtime.ReadMemStats(&before)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	peak := before.HeapAlloc
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return peak - before.HeapAlloc
		case <-tick.C:
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}
}

// Names and titles outside a text are the pages' own; within a text nothing may turn what follows it.
func TestM12Direction(t *testing.T) {
	for _, attack := range []string{"a \u202Eb\u202C c", "a \u202Db", "&#x202E;a", "&#8238;a", "# \u202Ea", "[\u202Ea](/x \"\u202Eb\")", "`\u202Ea`", "> [!NOTE] \u202Ea &#x202E;\n> b"} {
		unharmed(t, attack)
		page, err := Render(attack, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if all := fmt.Sprint(page); strings.ContainsAny(all, "\u202D\u202E") {
			t.Errorf("%q turns what follows: %q", attack, all)
		}
	}
	if got := Slug("pass\u200Bport \u202Ea\u00ADb"); got != "passport-ab" {
		t.Errorf("what cannot be seen is in an address: %q", got)
	}
	// Arabic and Hebrew keep the marks that they are written with.
	if page, err := Render("العربية\u200F \u2067עברית\u2069", Options{}); err != nil || !strings.Contains(page.Plain, "\u200F \u2067") {
		t.Errorf("%q %v", page.Plain, err)
	}
}

func TestM13Tabnabbing(t *testing.T) {
	for _, attack := range []string{
		"[x](https://example.org)", "[x](//example.org)", "<https://example.org>", "https://example.org/x", "www.example.org/x", "[x][y]\n\n[y]: HTTPS://example.org",
		"![x](https://example.org/x.png)", "[x](https&colon;//example.org)", "[x](/\\/example.org)", "[x](&#47;/example.org)",
	} {
		out := unharmed(t, attack)
		if !strings.Contains(out["body"], ` rel="nofollow noopener noreferrer ugc"`) || strings.Contains(out["body"], "target") {
			t.Errorf("%q: %s", attack, out["body"])
		}
	}
	if out := exits(t, "[x](/handbook)"); strings.Contains(out["body"], "rel=") {
		t.Errorf("a link within the site is marked as one that leads out: %s", out["body"])
	}
}

func TestM14StylesAndClasses(t *testing.T) {
	for _, attack := range []string{
		"<style>*{background:url(//evil.example)}</style>", `<p style="position:fixed" class="nhsuk-header cp-banner">x</p>`, "x {style=position:fixed .nhsuk-header}",
		"```x\" style=\"position:fixed\ny\n```", "``` nhsuk-header\ny\n```", "> [!NOTE nhsuk-header]\n> x", "<link rel=stylesheet href=//evil.example/x.css>",
	} {
		for where, rendered := range unharmed(t, attack) {
			if strings.Contains(rendered, `class="nhsuk-header`) || strings.Contains(rendered, "<style") {
				t.Errorf("%s: %q came as %s", where, attack, rendered)
			}
		}
	}
}
