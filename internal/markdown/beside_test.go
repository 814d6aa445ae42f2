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
