package markdown

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What follows is written down a second time on purpose, and not read from the policy: a hole in the policy is not to be
// one in its test.

var (
	elementsEmitted = strings.Fields(`p h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre code strong em del sup br hr
		table thead tbody tr th td div span section a img`)
	classesEmitted = regexp.MustCompile(`^(cp-callout cp-callout--(note|tip|important|warning|urgent)|cp-callout__title|cp-table|cp-task|` +
		`nhsuk-u-visually-hidden|footnotes|footnote-ref|footnote-backref|language-[A-Za-z0-9+#.-]{1,30})$`)
	idsEmitted   = regexp.MustCompile(`^[a-z0-9]+([-:][a-z0-9]+)+$`) // one word alone could shadow a property of the page's scripts
	otherEmitted = map[string]*regexp.Regexp{
		"data-q":   regexp.MustCompile(`^[0-9a-f]{8}(-[0-9]+)?$`),
		"start":    regexp.MustCompile(`^[0-9]{1,9}$`),
		"scope":    regexp.MustCompile(`^col$`),
		"role":     regexp.MustCompile(`^(region|doc-endnotes|doc-noteref|doc-backlink)$`),
		"tabindex": regexp.MustCompile(`^0$`),
		"rel":      regexp.MustCompile(`^nofollow noopener noreferrer ugc$`),
		"src":      regexp.MustCompile(`^/files(/[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)+$`),
	}
	slotEmitted = regexp.MustCompile("\uE000(figure|local) ([a-z0-9][a-z0-9_-]*)\uE001")
)

// faults reads HTML the way a browser does and lists everything in it that could do harm.
func faults(source, rendered string) []string {
	var found []string
	fault := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	if !utf8.ValidString(rendered) {
		fault("bytes that are no UTF-8")
	}
	nodes, err := html.ParseFragment(strings.NewReader(rendered), &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"})
	if err != nil {
		fault("%v", err)
	}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch n.Type {
		case html.ElementNode:
			if !slices.Contains(elementsEmitted, n.Data) {
				fault("element %s", n.Data)
			}
			if n.Namespace != "" {
				fault("element %s of %s", n.Data, n.Namespace)
			}
			for _, a := range n.Attr {
				if f := attributeFault(a); f != "" {
					fault("%s in %s", f, n.Data)
				}
			}
		case html.TextNode:
			if strings.ContainsAny(slotEmitted.ReplaceAllString(n.Data, ""), forbidden) {
				fault("a character that no writer may set in %q", n.Data)
			}
			for _, m := range slotEmitted.FindAllStringSubmatch(n.Data, -1) {
				if written := "{{" + m[1] + " " + m[2] + "}}"; !strings.Contains(withoutMarks(source), written) {
					fault("a slot that nobody wrote as %s", written)
				}
			}
		default:
			fault("a node of type %v: %q", n.Type, n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	for _, n := range nodes {
		walk(n)
	}
	return found
}

func attributeFault(a html.Attribute) string {
	bad := fmt.Sprintf("attribute %s=%q", a.Key, a.Val)
	if strings.ContainsAny(a.Val, forbidden) {
		return bad + " with a character that no writer may set"
	}
	switch a.Key {
	case "id":
		if !idsEmitted.MatchString(a.Val) && a.Val != "spread" {
			return bad
		}
	case "class":
		if !classesEmitted.MatchString(a.Val) {
			return bad
		}
	case "href":
		if !leadsSomewhereSafe(a.Val) {
			return bad
		}
	case "alt", "title", "aria-label": // words
	default:
		if shape := otherEmitted[a.Key]; shape == nil || !shape.MatchString(a.Val) {
			return bad
		}
	}
	return ""
}

// leadsSomewhereSafe reads an address as a browser does, which drops control characters and white space before it looks
// for a scheme.
func leadsSomewhereSafe(address string) bool {
	read := strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, address)
	before, _, has := strings.Cut(read, ":")
	if !has || strings.ContainsAny(before, "/?#") {
		return true
	}
	return slices.Contains([]string{"http", "https", "mailto", "tel"}, strings.ToLower(before))
}

// hostile are the short hostile strings: one a line, with \n for a new line and \u0001, \uE000 and \uE001 for what
// cannot be seen.
func hostile(t testing.TB) []string {
	t.Helper()
	raw, err := os.ReadFile("testdata/hostile/strings.txt")
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.NewReplacer(`\n`, "\n", `\u0001`, "\u0001", `\uE000`, "\uE000", `\uE001`, "\uE001")
	return strings.Split(strings.TrimSpace(shown.Replace(string(raw))), "\n")
}

// exits are all the ways by which a writer's text becomes HTML: as a page, as one of several texts on a page, and as one
// line; and in each place of a text that the renderer treats in a way of its own.
func exits(t testing.TB, payload string) map[string]string {
	t.Helper()
	line := strings.ReplaceAll(payload, "\n", " ")
	out := map[string]string{}
	for where, source := range map[string]string{
		"body": payload, "paragraph": "before " + line + " after", "heading": "# " + line, "callout title": "> [!NOTE] " + line + "\n> text",
		"callout": "> [!NOTE]\n> " + line, "cell": "| " + line + " | b |\n| --- | --- |\n| " + line + " | d |", "bullet": "- " + line,
		"task": "- [ ] " + line, "link text": "[" + line + "](/x)", "title": `[x](/x "` + line + `")`, "alt text": "![" + line + "](/files/a/b.png)",
		"picture from elsewhere": "![" + line + "](https://example.org/a.png '" + line + "')", "reference": "[x]\n\n[x]: " + line,
		"address": "[x](" + line + ")", "code": "`" + line + "`", "language": "```" + line + "\nx\n```", "footnote": "x[^1]\n\n[^1]: " + line,
		"definition": line + "\n: " + line,
	} {
		page, err := Render(source, Options{Anchors: map[string]string{"how it spread": "spread"}})
		if err != nil {
			t.Fatalf("%s: %q: %v", where, source, err)
		}
		out[where] = page.HTML
		part, err := Render(source, Options{Prefix: "x1-", LowestHeading: 4})
		if err != nil {
			t.Fatalf("%s of a part: %q: %v", where, source, err)
		}
		out[where+" of a part"] = part.HTML
	}
	inline, err := Inline(payload)
	if err != nil {
		t.Fatalf("inline: %q: %v", payload, err)
	}
	out["inline"] = inline
	for i, item := range Items(payload) {
		if out[fmt.Sprintf("item %d", i)], err = Inline(item); err != nil {
			t.Fatalf("item: %q: %v", item, err)
		}
	}
	return out
}

// unharmed renders a payload in every way and fails for each fault. It returns the HTML by where it stands.
func unharmed(t testing.TB, payload string) map[string]string {
	t.Helper()
	out := exits(t, payload)
	for where, rendered := range out {
		for _, f := range faults(payload, rendered) {
			t.Errorf("%s: %s\nfrom %q\ncame %s", where, f, payload, rendered)
		}
	}
	return out
}

// The checker itself has to see what it is there for.
func TestFaultsAreSeen(t *testing.T) {
	for _, bad := range []string{
		"<script>x</script>", `<p onclick="x">a</p>`, `<p style="a">a</p>`, `<a href="javascript:x">a</a>`, `<a href="java&#10;script:x">a</a>`,
		`<a href=" vbscript:x">a</a>`, `<a href="data:x">a</a>`, `<img src="/files/../x.png">`, `<img src="//evil.example/x.png">`, `<h2 id="location">a</h2>`,
		`<h2 id="a b-c">a</h2>`, `<p class="nhsuk-header">a</p>`, `<a name="x">a</a>`, "<!-- a -->", `<a href="/x" target="_blank">a</a>`, `<svg></svg>`,
		"<p>\uE000figure a\uE001</p>", "<p>\uE000</p>", "<p title=\"\uE000figure a\uE001\">x</p>", "<p>\u202E</p>", "<p>\xff</p>", `<form></form>`,
	} {
		if len(faults("", bad)) == 0 {
			t.Errorf("no fault was found in %s", bad)
		}
	}
	good := `<p data-q="0123abcd">a <a href="/x?y=a:b#c" title="t">b</a> <a href="tel:999">c</a></p><h2 id="a-section">d</h2><ol start="3"><li id="note-fn:1">e</li></ol>`
	if found := faults("", good); len(found) > 0 {
		t.Errorf("%s has %v", good, found)
	}
	if found := faults("{{figure a}}", "<p>\uE000figure a\uE001</p>"); len(found) > 0 {
		t.Errorf("a slot that was written is a fault: %v", found)
	}
}

// One bug in the renderer is not to be enough: the second wall alone holds against HTML that was let through.
func TestSecondWall(t *testing.T) {
	for _, through := range append(hostile(t), `<img src="/files/../x">`, `<img src="/files/a/../../etc/passwd">`, `<a href="ftp://x">x</a>`, `<a href="data:x" class="nhsuk-header">x</a>`,
		`<div role="dialog" tabindex="-1">x</div>`, `<p class="cp-callout__title x" data-q="zz">x</p>`, `<ol start="-1"><li id="a b">x</li></ol>`, `<code class="language-x y">x</code>`,
		`<a rel="opener" target="_blank" href="/x">x</a>`, `<h2 id='x"y'>x</h2>`, `<th scope="evil">x</th>`) {
		for _, f := range faults("", withoutMarks(policy.Sanitize(through))) { // marks are the renderer's business
			t.Errorf("%s, of %q", f, through)
		}
	}
}

// FuzzNoScriptSurvives is what the whole room is for.
func FuzzNoScriptSurvives(f *testing.F) {
	for _, s := range append(hostile(f), "caf\xe9 \xff\xfe", "a\x00b") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		page, err := Render(source, Options{Anchors: map[string]string{"how it spread": "spread"}})
		if err != nil {
			return // refused, which is safe
		}
		for _, fault := range faults(source, page.HTML) {
			t.Errorf("%s in %s", fault, page.HTML)
		}
		if line, err := Inline(source); err == nil {
			for _, fault := range faults(source, line) {
				t.Errorf("inline: %s in %s", fault, line)
			}
		}
		for what, s := range map[string]string{"plain text": page.Plain, "outline": fmt.Sprint(page.Outline), "paragraphs": fmt.Sprint(page.Paragraphs)} {
			if strings.ContainsAny(s, forbidden) || !utf8.ValidString(s) {
				t.Errorf("%s: a character that no writer may set in %q", what, s)
			}
		}
		for _, h := range page.Outline {
			if strings.Count(page.HTML, ` id="`+h.ID+`"`) != 1 {
				t.Errorf("anchor %q stands %d times in %s", h.ID, strings.Count(page.HTML, ` id="`+h.ID+`"`), page.HTML)
			}
		}
	})
}
