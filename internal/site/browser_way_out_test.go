package site_test

import (
	"testing"

	"commonplace/internal/hubtest"

	"github.com/chromedp/chromedp/kb"
)

// aWordAndTheWayOut has a word explained where it is tapped, and a page left so that "back" does not lead to it.
func aWordAndTheWayOut(t *testing.T, b *browser) {
	h := hubtest.New(t)
	w := b.guest(t, h.URL, phone)
	w.visit("/handbook/adult-carers/breaks")
	w.click(`.cp-text a[href="/glossary/breaks"]`)
	w.await("the word is explained", `$(".cp-explain").matches(":popover-open") && $(".cp-explain dd, .cp-explain p").textContent.length > 5`)
	w.must("it stands on the screen", `(() => { const b = $(".cp-explain").getBoundingClientRect(); return b.left >= 0 && b.right <= innerWidth && document.documentElement.scrollWidth <= innerWidth })()`)
	w.picture("a word explained")
	w.press(kb.Escape)
	w.await("it is closed, and the reader is where they were", `!$(".cp-explain").matches(":popover-open") && document.activeElement.matches('a[href="/glossary/breaks"]')`)
	w.mustBeAt("/handbook/adult-carers/breaks")

	const shift = `dispatchEvent(new KeyboardEvent("keydown", { key: "Shift" })), true`
	for _, way := range []struct {
		name  string
		leave func()
	}{
		{"Shift, pressed three times", func() {
			eval[bool](w, shift)
			eval[bool](w, shift)
			w.must("it counts aloud", `$("[data-exit] [role=status]").textContent.includes("once more")`)
			eval[bool](w, shift)
		}},
		{"the button", func() { w.click("[data-exit] a") }},
	} {
		w.visit("/about")
		w.visit("/handbook/young-carers/feeling-worried")
		eval[bool](w, `$("[data-exit] a").href = "/glossary", true`) // in place of a page elsewhere
		w.leads(way.name, way.leave)
		w.mustBeAt("/glossary")
		w.back()
		w.mustBeAt("/about")
	}
}
