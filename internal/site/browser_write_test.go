package site_test

import (
	"os"
	"testing"

	"commonplace/internal/hubtest"

	"github.com/chromedp/chromedp/kb"
)

// writingIsHelped marks words with the toolbar, pastes what Word put into the clipboard, and has the words checked.
func writingIsHelped(t *testing.T, b *browser) {
	h := hubtest.New(t)
	w := b.as(t, h.URL, "partner")
	w.visit("/write/case-study")
	w.click("#challenge")
	w.write("Nobody asked carers")
	w.must("the tools are there while somebody writes", `getComputedStyle($("markdown-toolbar[for=challenge]")).visibility === "visible" && getComputedStyle($("markdown-toolbar[for=action]")).visibility === "hidden"`)
	w.must("each has a role and a label that is seen", `$$("markdown-toolbar > *").every((b) => b.getAttribute("role") === "button" && b.textContent.trim())`)
	eval[bool](w, `($("#challenge").setSelectionRange(0, 6), true)`)
	w.click("markdown-toolbar[for=challenge] md-bold")
	w.must("the words are marked", `$("#challenge").value === "**Nobody** asked carers"`)

	// The keyboard reaches it, and the arrow keys go from tool to tool.
	w.tabTo("markdown-toolbar[for=challenge] md-bold")
	w.press(kb.ArrowRight)
	w.must("the next tool has the focus", `document.activeElement.matches("md-link")`)

	raw, err := os.ReadFile("../intake/testdata/clipboard/word.html")
	if err != nil {
		t.Fatal(err)
	}
	paste := func(field, html, text string) {
		eval[bool](w, `(() => { const d = new DataTransfer(); d.setData("text/html", `+quote(html)+`); d.setData("text/plain", `+quote(text)+`);
			$(`+quote(field)+`).focus(); $(`+quote(field)+`).select();
			return $(`+quote(field)+`).dispatchEvent(new ClipboardEvent("paste", { clipboardData: d, bubbles: true, cancelable: true })) || true; })()`)
	}
	eval[bool](w, `($("#others").closest("details").open = true)`)
	paste("#others", string(raw), "plain")
	w.await("a table, a list and a link are there, and a picture is not", `(v => v.startsWith("## A place to sit down") && v.includes("| May | 41 (a record) |") && v.includes("  - two that recline") &&
		v.includes("[carers](https://www.example.org/carers?id=1)") && !v.includes("mso") && !v.includes("<"))($("#others").value)`)
	w.must("what is left out is said", `says("Left out: 1 picture.")`)
	w.must("it can be undone", `document.execCommand("undo") && $("#others").value === ""`)
	paste("#action", "<ul><li>Chairs</li><li>A <b>kettle</b></li></ul>", "plain")
	w.await("points are lines", `$("#action").value === "Chairs\nA **kettle**"`)

	w.click("#result")
	w.write("In order to facilitate the utilisation of additional interventions we commenced a programme that was extended to every ward, and to the PIP team, in the course of the year.")
	w.click("[data-words-check]")
	w.await("the worst sentence comes first", `text("[data-words-said] li q").startsWith("In order to facilitate")`)
	w.must("with its reading age, an easier word and the glossary", `says("Reading age: about") && says("Try:") && !!$('[data-words-said] a[href="/glossary/pip"]')`)
	w.must("a screen reader hears the sum of it", `$$("[data-words] [role=status]").some((s) => s.textContent.includes("1 sentence to mend"))`)
	w.wholePicture("words")
	w.click("[data-words-in]")
	w.must("the sentence is chosen in its field", `document.activeElement.id === "result" && document.activeElement.selectionEnd > 100`)
	w.press(kb.Delete)
	w.await("the hint follows", `!says("In order to facilitate", "[data-words-said]")`)
	w.picture("tools")
}
