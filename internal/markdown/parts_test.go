package markdown

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func rendered(t *testing.T, source string, o Options) Page {
	t.Helper()
	page, err := Render(source, o)
	if err != nil {
		t.Fatalf("%q: %v", source, err)
	}
	return page
}

func TestSlug(t *testing.T) {
	for words, want := range map[string]string{
		"A passport that moves with you": "a-passport-that-moves-with-you",
		"Carer’s Allowance: what's new?": "carers-allowance-whats-new",
		"Café Zoë — naïve":               "cafe-zoe-naive",
		"  --a--  ":                      "a",
		"ﬁnd 10 & ½":                     "find-10-1-2",
		"日本語":                            "",
		"日本語 guide":                      "guide",
		"العربية":                        "",
		"":                               "",
		"A.B_C/D":                        "a-b-c-d",
		"CARERS":                         "carers",
		strings.Repeat("a", 100):         strings.Repeat("a", 80),
		strings.Repeat("word ", 30):      strings.TrimSuffix(strings.Repeat("word-", 16), "-"),
	} {
		if got := Slug(words); got != want {
			t.Errorf("%q: got %q, want %q", words, got, want)
		}
	}
}

func TestAnchors(t *testing.T) {
	fixed := map[string]string{"how it spread": "spread", "what changed": "outcomes"}
	page := rendered(t, `
# How it spread
# Spread
# How It Spread
# Two words
# Two words
# Two words 2
# Two words
# 日本語
# العربية
# **Bold** and `+"`code`"+` &amp; more
# 
# Section 8
# What changed &nbsp;
`, Options{Anchors: fixed})
	var got []string
	for _, h := range page.Outline {
		got = append(got, h.ID)
	}
	want := []string{"spread", "spread-section", "spread-2", "two-words", "two-words-2", "two-words-2-2", "two-words-3", "section-8", "section-9", "bold-and-code-more", "section-11", "section-8-2", "outcomes"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if h := page.Outline[9]; h.Text != "Bold and code & more" || h.Level != 2 {
		t.Errorf("outline: %+v", h)
	}
	part := rendered(t, "# A b\n\nText.[^1]\n\n[^1]: x", Options{Prefix: "p1-", LowestHeading: 4})
	if len(part.Outline) > 0 || len(part.Paragraphs) > 0 || strings.Contains(part.HTML, "data-q") {
		t.Errorf("a part of a page has anchors: %v %v", part.Outline, part.Paragraphs)
	}
	if !strings.HasPrefix(part.HTML, "<h4>") || !strings.Contains(part.HTML, `id="p1-note-fn:1"`) {
		t.Errorf("a part of a page: %s", part.HTML)
	}
}

// Headings end one below the page's title, and no level is left out on the way down.
func TestHeadingLevels(t *testing.T) {
	for source, want := range map[string][]int{
		"# a\n## b\n### c":                            {2, 3, 4},
		"### a\n##### b\n### c":                       {2, 3, 2},
		"## a\n# b\n## c":                             {2, 2, 3},
		"# a\n###### b":                               {2, 3},
		"# a\n## b\n### c\n#### d\n##### e\n###### f": {2, 3, 4, 5, 6, 6},
	} {
		var got []int
		for _, h := range rendered(t, source, Options{}).Outline {
			got = append(got, h.Level)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", source, got, want)
		}
	}
}

func TestItems(t *testing.T) {
	for list, want := range map[string][]string{
		"":                                      nil,
		"- a\n- b":                              {"a", "b"},
		"* a\n\n* b\n":                          {"a", "b"},
		"1. a\n2. b":                            {"a", "b"},
		"one\n\ntwo":                            {"one", "two"},
		"one\ntwo":                              {"one two"},
		"- a\n  more\n- **b** [c](/d)":          {"a more", "**b** [c](/d)"},
		"before\n\n- a\n- b\n\nafter":           {"before", "a", "b", "after"},
		"- a\n  - under\n- b":                   {"a under", "b"},
		"-\n- b":                                {"b"},
		"- 日本語\n- العربية":                      {"日本語", "العربية"},
		"- <b>x</b>\n- {{figure carers-known}}": {"<b>x</b>", "{{figure carers-known}}"},
	} {
		if got := Items(list); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", list, got, want)
		}
	}
}

func TestInline(t *testing.T) {
	for line, want := range map[string]string{
		"":                     "",
		"a **b** [c](/d)":      `a <strong>b</strong> <a href="/d">c</a>`,
		"a & b < c":            "a &amp; b &lt; c",
		"{{figure a}} carers":  slotOpen + "figure a" + slotClose + " carers",
		"one\n\ntwo":           "<p>one</p>\n<p>two</p>",
		"# not a heading here": "<h2>not a heading here</h2>",
		"    code":             "<pre><code>code\n</code></pre>",
		"- a":                  "<ul>\n<li>a</li>\n</ul>",
		"<script>x</script>":   "",
	} {
		got, err := Inline(line)
		if err != nil || got != want {
			t.Errorf("%q: got %q, want %q, %v", line, got, want, err)
		}
	}
}

// A discussion is anchored to a paragraph by its words: it follows the paragraph when it moves, and leaves it when it is
// rewritten.
func TestParagraphKeys(t *testing.T) {
	keys := func(source string) map[string]string {
		by := map[string]string{}
		page := rendered(t, source, Options{})
		for _, p := range page.Paragraphs {
			by[p.Key] = p.Text
			if strings.Count(page.HTML, `<p data-q="`+p.Key+`">`) != 1 {
				t.Errorf("key %s stands in the page otherwise than once: %s", p.Key, page.HTML)
			}
		}
		if len(by) != len(page.Paragraphs) {
			t.Errorf("%q: two paragraphs share a key: %v", source, page.Paragraphs)
		}
		return by
	}
	keyOf := func(source, text string) string {
		for k, words := range keys(source) {
			if words == text {
				return k
			}
		}
		t.Errorf("%q has no paragraph %q: %v", source, text, keys(source))
		return ""
	}
	alone := keyOf("The carer keeps it.", "The carer keeps it.")
	for name, source := range map[string]string{
		"moved down": "First.\n\nSecond.\n\nThe carer keeps it.", "in a quote": "> The carer keeps it.", "in a loose list": "- The carer keeps it.\n\n- b",
		"in bold": "The **carer** keeps it.", "broken otherwise": "The carer\nkeeps it.", "linked": "The [carer](/x) keeps it.", "escaped": "The carer keeps it\\.",
	} {
		if got := keyOf(source, "The carer keeps it."); got != alone {
			t.Errorf("%s: the key is %q, and was %q", name, got, alone)
		}
	}
	for _, reworded := range []string{"The carer keeps it!", "A carer keeps it.", "The carer keeps.", "The carer keeps it. More."} {
		if got := keyOf(reworded, reworded); got == alone {
			t.Errorf("%q has the key of another paragraph", reworded)
		}
	}
	twins := rendered(t, "Same.\n\nOther.\n\nSame.\n\nSame.", Options{}).Paragraphs
	if twins[2].Key != twins[0].Key+"-2" || twins[3].Key != twins[0].Key+"-3" {
		t.Errorf("equal paragraphs: %v", twins)
	}
	if keyOf("Same.", "Same.") != twins[0].Key {
		t.Error("the first of two equal paragraphs is not the same as the only one")
	}
}

func TestFill(t *testing.T) {
	fill := func(name, key string) string {
		if name == "local" {
			return "<aside>" + key + "</aside>"
		}
		return "<b>" + key + "</b>"
	}
	page := rendered(t, "A {{figure one}} and {{figure two}}.\n\n{{local ask-council}}\n\nIn words {{local x}} here.\n\n{{figure three}}\n\n- {{figure in-list}}\n\n`{{figure code}}`", Options{})
	got := Fill(page.HTML, fill)
	for _, want := range []string{
		"A <b>one</b> and <b>two</b>.</p>", "\n<aside>ask-council</aside>\n", "In words <aside>x</aside> here.", "><b>three</b></p>", "<li><b>in-list</b></li>", "<code>{{figure code}}</code>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	if strings.ContainsAny(got, slotOpen+slotClose) {
		t.Errorf("a mark is left in %q", got)
	}
	if want := []string{"figure one", "figure two", "local ask-council", "local x", "figure three", "figure in-list"}; !slices.Equal(Slots(page.HTML), want) {
		t.Errorf("slots: %v", Slots(page.HTML))
	}
	if s := "no slots at all"; Fill(s, fill) != s || Slots(s) != nil {
		t.Error("a page without slots was changed")
	}
	plain := FillPlain(page.Plain, func(name, key string) string { return name + "=" + key })
	for _, want := range []string{"A figure=one and figure=two.", "local=ask-council", "figure=in-list"} {
		if !strings.Contains(plain, want) {
			t.Errorf("no %q in %q", want, plain)
		}
	}
	for _, no := range []string{"{{figure}}", "{{other a}}", "{{figure A}}", "{{figure a b}}", "{{ figure a }}", "{{figure -a}}", "{{figure a"} {
		if slots := Slots(rendered(t, no, Options{}).HTML); len(slots) > 0 {
			t.Errorf("%s is a slot: %v", no, slots)
		}
	}
}

func TestRawHTML(t *testing.T) {
	for source, want := range map[string][]string{
		"no html":                           nil,
		"a <b>c</b> d":                      {"<b>", "</b>"},
		"<div>\nx\n</div>\n\nafter":         {"<div>\nx\n</div>\n"},
		"<pre>\na\n\nb\n</pre>\nafter":      {"<pre>\na\n\nb\n</pre>\n"},
		"`<b>`\n\n```\n<i>\n```\n\n    <u>": nil,
		"<!-- a -->\n\nb <!-- c --> d":      {"<!-- a -->\n", "<!-- c -->"},
		"<https://example.org> a < b":       nil,
		"| a |\n|---|\n| <b>x |":            {"<b>"},
		"日本 <br/> 語":                        {"<br/>"},
	} {
		var got []string
		for _, s := range RawHTML(source) {
			got = append(got, source[s.Start:s.Stop])
			if s.Block != strings.HasSuffix(source[s.Start:s.Stop], "\n") {
				t.Errorf("%q: block is %v", source[s.Start:s.Stop], s.Block)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", source, got, want)
		}
	}
}

// What search, feeds and contents lists read is what a reader sees, without marks.
func TestPlain(t *testing.T) {
	page := rendered(t, "# Q&amp;A \\* *one*\n\nText with `a&amp;b`, [a link](/x) and\na [second][s] at https://example.org.\n\n[s]: <https&colon;//example.org/s>\n\n> [!NOTE] Salt &amp; pepper\n> In it.\n\n"+
		"| Head | B |\n|---|---|\n| cell | d |\n\nterm\n: meaning\n\n- [x] done\n\n```go\ncode\n```\n\nNote.[^1]\n\n[^1]: Foot.\n\n![A map](/files/a/b.png) <b>bold</b>", Options{})
	want := "Q&A * one\nText with a&amp;b, a link and a second at https://example.org.\nSalt & pepper\nIn it.\nHead\nB\ncell\nd\nterm\nmeaning\ndone\ncode\nNote.\nA map bold\nFoot."
	if page.Plain != want {
		t.Errorf("got  %q\nwant %q", page.Plain, want)
	}
	if want := len(strings.Fields(page.Plain)); page.Words != want {
		t.Errorf("%d words, and there are %d", page.Words, want)
	}
	if links := []string{"/x", "https://example.org/s", "https://example.org"}; !reflect.DeepEqual(sorted(page.Links), sorted(links)) {
		t.Errorf("links: %q", page.Links)
	}
	if page.Outline[0].Text != "Q&A * one" || page.Outline[0].ID != "q-a-one" {
		t.Errorf("outline: %+v", page.Outline)
	}
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

// Regressions: the first paragraph of a callout lost what is no plain word, and a callout whose title held a picture
// from elsewhere, or an address that leads nowhere, could not be shown at all.
func TestCalloutKeepsItsText(t *testing.T) {
	for _, line := range []string{"https://example.org is it", "<https://example.org> it is", "{{figure a}} carers", "`code` first", "![x](/files/a/b.png)", "**bold** first", "[link](/x) first", "x[^1]"} {
		with := rendered(t, "> [!NOTE] Title\n> "+line+"\n\n[^1]: n", Options{}).HTML
		alone := rendered(t, line+"\n\n[^1]: n", Options{Prefix: "x-"}).HTML
		inside := strings.TrimPrefix(strings.SplitN(strings.TrimSpace(alone), "</p>", 2)[0], "<p>")
		if inside = strings.ReplaceAll(inside, "x-note", "note"); !strings.Contains(with, inside) {
			t.Errorf("%q is not in %s", inside, with)
		}
	}
	for _, title := range []string{"![x](https://example.org/x.png)", "[x](javascript:alert(1))", "<irc://x>", "see [x](data:x) ![y](z.png)"} {
		page, err := Render("> [!WARNING] "+title+"\n> Text.", Options{})
		if err != nil || !strings.Contains(page.HTML, "Text.") {
			t.Errorf("%q: %v %s", title, err, page.HTML)
		}
	}
}

// The same source makes the same page, whoever renders it beside.
func TestRenderingIsTheSameEachTime(t *testing.T) {
	source := "# A b\n\nText {{figure x}}.[^1]\n\n| a | b |\n|---|---|\n| c | d |\n\n[^1]: n"
	first := rendered(t, source, Options{})
	done := make(chan string)
	for range 8 {
		go func() {
			page, err := Render(source, Options{})
			done <- fmt.Sprint(page.HTML == first.HTML && reflect.DeepEqual(page.Outline, first.Outline) && err == nil)
		}()
	}
	for range 8 {
		if got := <-done; got != "true" {
			t.Error("a page differs from the one before")
		}
	}
}
