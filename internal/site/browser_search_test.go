package site_test

import (
	"testing"

	"commonplace/internal/hubtest"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// somebodySearches types what they would say, slips, and narrows with a thumb.
func somebodySearches(t *testing.T, b *browser) {
	h := hubtest.New(t)
	h.Settle()
	t.Run("a slip, and two taps on a phone", func(t *testing.T) {
		w := b.guest(t, h.URL, phone)
		w.visit("/case-studies")
		w.tap("#find")
		w.write("passprot")
		w.leads("Search", func() { w.press(kb.Enter) })
		w.must("it says what it looked for", `text(".cp-understood").includes("passport")`)
		w.must("the page is there", `$$(".cp-hit h2 a").some((a) => a.getAttribute("href") === "/case-studies/a-passport-that-moves-with-you")`)
		w.visit("/search?q=carers")
		all := eval[string](w, `text(".cp-count")`)
		w.must("narrowing is folded", `!$(".cp-facet").checkVisibility()`)
		w.unfold(".cp-fold > summary")
		w.await("one tap opens it", `$(".cp-facet").checkVisibility()`)
		w.mustNotScrollSideways()
		w.picture("narrow")
		w.leads("the second narrows", func() { w.tap(`.cp-facet a[href="/search?kind=case-study&q=carers"]`) })
		w.must("and says by what", `text(".cp-chosen").startsWith("Good practice") && text(".cp-count") !== `+quote(all))
		w.must("all are of that kind", `$$(".cp-hit .cp-facts li:first-child").every((li) => clean(li.textContent) === "Good practice")`)
		w.mustNotScrollSideways()
		w.leads("why", func() { w.tap(".cp-hit .cp-quiet") })
		w.must("it says why", `$$(".cp-why li").length > 0`)
		w.back()
		w.leads("taking it out", func() { w.tap(".cp-chosen a") })
		w.must("all are back", `text(".cp-count") === `+quote(all))
	})
	t.Run("the way to the box", func(t *testing.T) {
		w := b.guest(t, h.URL)
		for _, page := range []string{"/", "/search?q=breaks", "/handbook/adult-carers/breaks", "/plans", "/discussions", "/sign-in"} {
			w.visit(page)
			w.do("ctrl-K", chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
			w.must("ctrl-K goes to the box on "+page, `document.activeElement.id === "find"`)
			eval[bool](w, "document.activeElement.blur(), true")
			w.slash()
			w.must("a slash alone does not on "+page, `document.activeElement.id !== "find"`)
		}
	})
}

// slash presses "/" as a keyboard does.
func (w *window) slash() {
	w.t.Helper()
	down := input.DispatchKeyEventParams{Type: kb.KeyDown, Key: "/", Code: "Slash", Text: "/", UnmodifiedText: "/"}
	up := down
	up.Type, up.Text, up.UnmodifiedText = kb.KeyUp, "", ""
	call(w, input.DispatchKeyEvent, down)
	call(w, input.DispatchKeyEvent, up)
}
