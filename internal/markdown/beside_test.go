package markdown_test

import (
	"strings"
	"testing"

	"commonplace/internal/markdown"
)

// TestBeside: what is put beside a paragraph stands behind it, behind a callout when it is in one, and the paragraph can be
// led to.
func TestBeside(t *testing.T) {
	page, err := markdown.Render("One *word*.\n\n> [!URGENT] Now\n> Call.\n\n- Loose.\n\n- {{local council_phone}}\n\nFor {{figure x}} & more.\n", markdown.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ps := markdown.Paragraphs(page.HTML)
	var words []string
	for _, p := range ps {
		words = append(words, p.Text)
	}
	if got := strings.Join(words, "|"); got != "One word.|Call.|Loose.|For {{figure x}} & more." {
		t.Errorf("paragraphs: %s", got)
	}
	put := markdown.Beside(page.HTML, func(key string) string {
		if key == ps[2].Key {
			return ""
		}
		return "<i>" + key + "</i>"
	})
	for _, want := range []string{
		`<p id="p-` + ps[0].Key + `" data-q="` + ps[0].Key + `">One <em>word</em>.</p><i>` + ps[0].Key + `</i>`,
		`</div><i>` + ps[1].Key + `</i>`, `<p id="p-` + ps[1].Key + `" data-q="` + ps[1].Key + `">Call.</p>`, `<p data-q="` + ps[2].Key + `">Loose.</p>`,
	} {
		if !strings.Contains(put, want) {
			t.Errorf("no %s in %s", want, put)
		}
	}
	if strings.Contains(put, "\x00") {
		t.Error("a mark is left")
	}
}

// TestBesideItems: items of lists are paragraphs too, each with its own words, and what is put beside one stands in it.
func TestBesideItems(t *testing.T) {
	page, err := markdown.Render("- Ring the ward first.\n- Then write it down:\n  - on the *long* form\n  - twice\n- [Home](/)\n\n> [!NOTE] Know\n> - Ask before you call.\n", markdown.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ps := markdown.Paragraphs(page.HTML)
	var words []string
	for _, p := range ps {
		words = append(words, p.Text)
	}
	if got := strings.Join(words, "|"); got != "Ring the ward first.|Then write it down:|on the long form|Ask before you call." {
		t.Fatalf("paragraphs: %s\n%s", got, page.HTML)
	}
	put := markdown.Beside(page.HTML, func(key string) string { return "<i>" + key + "</i>" })
	for i, want := range []string{
		">Ring the ward first.<i>0</i></li>", ">Then write it down:\n<i>1</i><ul>", ">on the <em>long</em> form<i>2</i></li>", ">Ask before you call.</li>", "</div><i>3</i>",
	} {
		for n, p := range ps {
			want = strings.ReplaceAll(want, "<i>"+string(rune('0'+n))+"<", "<i>"+p.Key+"<")
		}
		if !strings.Contains(put, want) {
			t.Errorf("%d: no %s in %s", i, want, put)
		}
	}
	if !strings.Contains(put, `<li id="p-`+ps[0].Key+`" data-q="`+ps[0].Key+`">`) {
		t.Errorf("nothing leads to an item: %s", put)
	}
	again := markdown.Points("action", []string{"Ring the ward first.", "Ring the ward first."})
	if again[0].Key == ps[0].Key || again[0].Key == again[1].Key || again[0].Text != ps[0].Text {
		t.Errorf("points are told apart by nothing: %v %v", again, ps[0])
	}
}
