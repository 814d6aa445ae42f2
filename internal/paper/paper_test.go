package paper_test

import (
	"bytes"
	"image/png"
	"slices"
	"strconv"
	"strings"
	"testing"

	"commonplace/internal/paper"
)

func TestOnto(t *testing.T) {
	fold := paper.Fold{Prefix: "p-1-2-", Deeper: 2, Ask: "Ask the council.", Link: func(href string) paper.Link {
		switch {
		case strings.HasPrefix(href, "tel:"):
			return paper.Link{To: href}
		case href == "/handbook/a/b":
			return paper.Link{To: "#p-1-1", Word: "1.1"}
		case href == "/gone":
			return paper.Link{}
		}
		return paper.Link{To: href, Note: strings.TrimPrefix(href, "https://")}
	}}
	for _, c := range []struct {
		name, page, html string
		notes            []string
	}{
		{"headings go down and anchors differ", `<h2 id="who">Who?</h2><p><a href="#who">x</a></p>`, `<h4 id="p-1-2-who">Who?</h4><p><a href="#p-1-2-who">x</a></p>`, nil},
		{"an anchor that nothing leads to goes", `<h2 id="who">Who?</h2>`, `<h4>Who?</h4>`, nil},
		{"no heading goes below the last", `<h5>a</h5>`, `<h6>a</h6>`, nil},
		{"a page of the booklet is named by its number", `<p><a href="/handbook/a/b">Breaks</a>.</p>`, `<p><a href="#p-1-1">Breaks</a><span class="cp-see"> (1.1)</span>.</p>`, nil},
		{"addresses become notes, each once", `<a href="https://a.uk/x" rel="nofollow">A</a> <a href="https://b.uk">B</a> <a href="https://a.uk/x">again</a>`,
			`<a href="https://a.uk/x">A</a><sup class="cp-note">1</sup> <a href="https://b.uk">B</a><sup class="cp-note">2</sup> <a href="https://a.uk/x">again</a><sup class="cp-note">1</sup>`, []string{"a.uk/x", "b.uk"}},
		{"a number to call stays", `<a href="tel:999">999</a>`, `<a href="tel:999">999</a>`, nil},
		{"a link that leads nowhere is its words", `<p>See <a href="/gone"><strong>this</strong> one</a>.</p>`, `<p>See <strong>this</strong> one.</p>`, nil},
		{"what is for a screen goes", `<p>a <a class="cp-screen" href="/x">Another place</a></p><form><button>b</button></form>`, `<p>a </p>`, nil},
		{"nobody chooses a place on paper", `<section aria-labelledby="l"><ul class="cp-local__places"><li><a href="/in/leeds">Leeds</a></li></ul></section>`, `<div><p>Ask the council.</p></div>`, nil},
		{"regions of many pages have no names", `<div class="cp-table" role="region" tabindex="0" aria-label="Table"><table></table></div>`, `<div class="cp-table" tabindex="0"><table></table></div>`, nil},
		{"what is described keeps its words", `<p aria-describedby="a b"></p>`, `<p aria-describedby="p-1-2-a p-1-2-b"></p>`, nil},
		{"pictures are their words", `<p><img src="/files/a" alt="A &lt;b&gt;"> <img src="/files/b" alt=""></p>`, `<p>[Picture: A &lt;b&gt;] </p>`, nil},
		{"what is folded is open", `<details><summary>a</summary>b</details>`, `<details open=""><summary>a</summary>b</details>`, nil},
	} {
		sheet, err := fold.Onto(c.page)
		if err != nil || sheet.HTML != c.html || !slices.Equal(sheet.Notes, c.notes) {
			t.Errorf("%s:\n got %s %q %v\nwant %s %q", c.name, sheet.HTML, sheet.Notes, err, c.html, c.notes)
		}
	}
}

// TestSize counts what is printed, not what is marked up, hidden or spread over lines.
func TestSize(t *testing.T) {
	for page, want := range map[string]int{
		"": 0, "<p>Four</p>": 44, "<ul><li>a\n   b</li><li>é</li></ul>": 84, `<p>a<a class="cp-screen" href="/x">Another place</a></p>`: 41,
	} {
		if sheet, err := (paper.Fold{}).Onto(page); err != nil || sheet.Size != want {
			t.Errorf("%q takes %d letters, %v, want %d", page, sheet.Size, err, want)
		}
	}
}

func TestSpell(t *testing.T) {
	got := paper.Spell(`<a href="/a?b&amp;c" rel="x">1</a> <a href="/no">2</a> <a href="https://x.uk">3</a>`, func(href string) string {
		if href == "/no" {
			return ""
		}
		return `hub"` + href
	})
	if want := `<a href="/a?b&amp;c" data-at="hub&#34;/a?b&amp;c" rel="x">1</a> <a href="/no">2</a> <a href="https://x.uk">3</a>`; got != want {
		t.Errorf("got %s", got)
	}
}

// TestCodesAreTheSameTwice holds that the drawing has the very modules of the picture.
func TestCodesAreTheSameTwice(t *testing.T) {
	code, err := paper.Encode("https://hub.example.org/h/kx4tm/kirklees")
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(code.PNG()))
	if err != nil {
		t.Fatal(err)
	}
	drawn := code.SVG()
	side := picture.Bounds().Dx() / 8
	if !strings.Contains(drawn, `viewBox="0 0 `+strconv.Itoa(side)+" "+strconv.Itoa(side)+`"`) {
		t.Errorf("the picture has %d modules a side, and the drawing begins %.90s", side, drawn)
	}
	black := map[[2]int]bool{}
	_, path, _ := strings.Cut(drawn, `stroke="#000" d="M`)
	path, _, _ = strings.Cut(path, `"`)
	for run := range strings.SplitSeq(path, "M") {
		x, rest, _ := strings.Cut(run, " ")
		y, long, _ := strings.Cut(rest, ".5h")
		for i := range number(t, long) {
			black[[2]int{number(t, x) + i, number(t, y)}] = true
		}
	}
	for y := range side {
		for x := range side {
			r, _, _, _ := picture.At(x*8+4, y*8+4).RGBA()
			if (r == 0) != black[[2]int{x, y}] {
				t.Fatalf("module %d, %d: the picture says %v, the drawing %v", x, y, r == 0, black[[2]int{x, y}])
			}
		}
	}
	if len(drawn) > 6_000 {
		t.Errorf("%d bytes for one code", len(drawn))
	}
	if _, err := paper.Encode(strings.Repeat("long", 1000)); err == nil {
		t.Error("no address is that long")
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
