package search

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestMarks holds what is marked and what a snippet shows.
func TestMarks(t *testing.T) {
	far := strings.Repeat("Something else is said here first. ", 20)
	for _, c := range []struct{ name, query, title, summary, body, wantTitle, wantSnippet string }{
		{"title and body", "breaks", "Taking a break", "", "Short breaks help.", "Taking a <mark>break</mark>", "Short <mark>breaks</mark> help."},
		{"the summary when only it has the word", "respite", "Time off", "A word for respite & rest", "Nothing of it.", "Time off", "A word for <mark>respite</mark> &amp; rest"},
		{"the summary when only the title has it", "time", "Time off", "A rest", "Nothing of it.", "<mark>Time</mark> off", "A rest"},
		{"the beginning of the body without a summary", "time", "Time off", "", "Nothing of it.", "<mark>Time</mark> off", "Nothing of it."},
		{"each of several words", "short help", "A", "", "Short breaks help.", "A", "<mark>Short</mark> breaks <mark>help</mark>."},
		{"a phrase", `"short breaks"`, "A", "", "Breaks are short. Short breaks help.", "A", "Breaks are short. <mark>Short</mark> <mark>breaks</mark> help."},
		{"what was meant", "shrot breaks", "A", "", "Short breaks help.", "A", "<mark>Short</mark> <mark>breaks</mark> help."},
		{"the part where the words stand", "quokka", "A", "", far + "The quokka smiles. " + far, "A", " The <mark>quokka</mark> smiles. "},
		{"signs", "介護", "家族の介護", "", "家族の介護をする人。", "家族の<mark>介護</mark>", "家族の<mark>介護</mark>をする人。"},
		{"Arabic", "رعاية", "رعاية الأسرة", "", "x", "<mark>رعاية</mark> الأسرة", "x"},
		{"white space", "breaks", "A\n  title", "", "Short\n\n\tbreaks\nhelp.", "A title", "Short <mark>breaks</mark> help."},
		{"no text at all", "title", "A title", "", "", "A <mark>title</mark>", ""},
	} {
		r := ask(t, open(t, Entry{ID: "1", Title: c.title, Summary: c.summary, Body: c.body}), Query{Text: c.query})
		if len(r.Hits) != 1 {
			t.Errorf("%s: %d hits", c.name, len(r.Hits))
			continue
		}
		h := r.Hits[0]
		if h.TitleHTML != c.wantTitle || !strings.Contains(h.SnippetHTML, c.wantSnippet) {
			t.Errorf("%s:\n%s\n%s", c.name, h.TitleHTML, h.SnippetHTML)
		}
		if whole := h.SnippetHTML == c.wantSnippet; whole == (len(c.body) > snippetBytes) {
			t.Errorf("%s: %s", c.name, h.SnippetHTML)
		}
		if n := len(unmarked(h.SnippetHTML)); n > snippetBytes+len("…  …")+3*len("&amp;") {
			t.Errorf("%s: a snippet of %d bytes", c.name, n)
		}
	}
}

// TestM16OnlyMarksComeOut searches texts and titles that are markup, with queries that are.
func TestM16OnlyMarksComeOut(t *testing.T) {
	evil := []string{`</mark><img src=x onerror=alert(1)>`, `<script>alert(1)</script>`, `"><svg onload=alert(1)>`, `&lt;img src=x&gt;`, `<mark>`, `</mark>`, `&#60;b&#62;`, "<b\x00>", "<<b>>", `'"<&>`}
	for _, e := range evil {
		x := open(t, Entry{ID: "1", Title: "Zebra " + e + " title", Summary: "Zebra " + e + " summary", Body: "Zebra " + e + " body"}, Entry{ID: "2", Title: "Wombat " + e, Body: "<mark>" + e}, Entry{ID: "3", Title: "Koala", Summary: "Quokka " + e})
		for _, q := range append([]string{"zebra", "<b>", "mark", "img", "alert", "src", "onerror", "wombat", "koala", "quokka", "script", "zebre", `"zebra"`, "lt", "gt", "amp", ""}, evil...) {
			for _, h := range ask(t, x, Query{Text: q}).Hits {
				for _, out := range []string{h.TitleHTML, h.SnippetHTML} {
					if rest := unmarked(out); strings.ContainsAny(rest, `<>"'`) || strings.Contains(strings.ReplaceAll(html.UnescapeString(rest), "&", ""), "&lt") {
						t.Errorf("%q finds %q", q, out)
					}
				}
				if h.ID == "2" && !strings.Contains(strings.Join(strings.Fields(html.UnescapeString(unmarked(h.TitleHTML))), " "), strings.Join(strings.Fields(e), " ")) {
					t.Errorf("%q reads %q", e, h.TitleHTML)
				}
			}
		}
	}
}

var pair = regexp.MustCompile(`<mark>([^<]*)</mark>`)

// unmarked is a snippet without its marks, where each stands with its end.
func unmarked(s string) string { return pair.ReplaceAllString(s, "$1") }

// TestTextsThatChangedMeanwhile have marks in places that are not there any more.
func TestTextsThatChangedMeanwhile(t *testing.T) {
	s := &shelf{}
	x := openIn(t, t.TempDir(), "e1", s)
	apply(t, x, 1, s.put(Entry{ID: "1", Title: "A", Body: "Some words before the short breaks"}), nil)
	for _, body := range []string{"", "x", "Some words", strings.Repeat("家", 30), strings.Repeat("<", 40), "\xff\xfe" + strings.Repeat("é", 20)} {
		s.texts["1"] = Text{Body: body, Access: everybody}
		out := ask(t, x, Query{Text: "breaks"}).Hits[0].SnippetHTML
		if rest := unmarked(out); strings.ContainsAny(rest, "<>") || utf8.ValidString(body) && !utf8.ValidString(out) {
			t.Errorf("%q becomes %q", body, out)
		}
	}
}

// FuzzSnippet holds that a snippet is a part of its text, escaped, with whole marks in it, whatever is marked.
func FuzzSnippet(f *testing.F) {
	f.Add("Short breaks help.", 6, 12, 13, 17)
	f.Add("</mark><img src=x onerror=alert(1)>", 0, 7, 7, 9)
	f.Add(strings.Repeat("家族の介護をする人。", 40), 900, 906, 3, 4)
	f.Add(strings.Repeat("x", 1000), 500, 400, -1, 2000)
	f.Add("a\n\n b & c", 0, 9, 0, 9)
	f.Add("家族の介護", 1, 6, 9, 14) // within a character
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int) {
		if !utf8.ValidString(text) {
			return
		}
		var at []span
		for _, s := range []span{{a, b}, {c, d}} {
			if s.start >= 0 && s.start < s.end && s.end <= len(text) {
				at = append(at, s)
			}
		}
		if len(at) == 2 && at[1].start < at[0].start {
			at[0], at[1] = at[1], at[0]
		}
		whole := snippet(text, merged(at))
		out := unmarked(whole)
		if strings.ContainsAny(out, "<>") || !utf8.ValidString(whole) {
			t.Fatalf("%q becomes %q", text, whole)
		}
		shown := strings.TrimSuffix(strings.TrimPrefix(html.UnescapeString(out), "… "), " …")
		if !strings.Contains(strings.Join(strings.Fields(text), " "), strings.TrimSpace(shown)) {
			t.Fatalf("%q is no part of %q", shown, text)
		}
	})
}
