//go:build measure

package site_test

import (
	"testing"

	"commonplace/internal/hubtest"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestMeasureEveryPage looks at every public page as the browser tests look at one of each kind, and closer.
func TestMeasureEveryPage(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	b := startBrowser(t, chromium())
	addresses := publicPages(t, h)
	w := b.guest(t, h.URL)
	w.may(404)
	for _, address := range addresses {
		t.Run(address, func(t *testing.T) {
			w.t = t
			w.visit(address)
			w.inspectEverySight()
		})
	}
	w.t = t
	t.Logf("%d pages", len(addresses))
}

func (w *window) inspectEverySight() {
	w.t.Helper()
	w.do("axe", chromedp.Evaluate[chromedp.Void](axe))
	if n := eval[int](w, `$$("h1").length`); n != 1 {
		w.t.Errorf("%d first headings", n)
	}
	for _, moves := range eval[[]string](w, moving) {
		w.t.Errorf("moves for those who want no movement: %s", moves)
	}
	eval[bool](w, unfold)
	w.axe("desktop", everything)
	w.turn(dark)
	w.axe("dark", colours)
	w.turn(still)
	w.mustNotCutLargeText("desktop")
	w.seeInForcedColours()
	w.turn(phone)
	w.axe("phone", everything)
	w.mustFitPhone("phone")
	eval[bool](w, `document.documentElement.style.fontSize = "200%", true`)
	w.axe("phone, large text", everything)
	w.mustFitPhone("large text")
	w.turn(desktop)
}

// moving lists what has an animation or a transition that can be seen.
const moving = `$$("body, body *").flatMap((el) => ["", "::before", "::after"].map((p) => [el, getComputedStyle(el, p)])).filter(([el, s]) =>
	[s.transitionDuration, s.animationName === "none" ? "0s" : s.animationDuration].some((all) => all.split(", ").some((d) => parseFloat(d) > 0.01)) || s.scrollBehavior === "smooth"
).map(([el]) => el.outerHTML.slice(0, 120)).concat(document.getAnimations().map((a) => "running " + a.effect?.target?.outerHTML.slice(0, 120)))`

// What can be pressed or written into, by keyboard.
const reachable = `$$("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]").filter((el) => !el.disabled && el.tabIndex >= 0 && el.checkVisibility({ visibilityProperty: true }))`

// seeInForcedColours looks at the page in the colours that somebody has chosen for everything: backgrounds and shadows are
// gone, so that a button needs an edge and the focus an outline.
func (w *window) seeInForcedColours() {
	w.t.Helper()
	if err := w.media("", "forced-colors", "active"); err != nil {
		w.t.Fatal(err)
	}
	w.press(kb.Tab) // from now on the focus is a keyboard's
	if !eval[bool](w, `matchMedia("(forced-colors: active)").matches`) {
		w.t.Fatal("colours are not forced")
	}
	for _, el := range eval[[]string](w, `$$("button, .nhsuk-button, input:not([type=hidden], [type=radio], [type=checkbox]), select, textarea").filter((el) => el.checkVisibility()).filter((el) => {
		const s = getComputedStyle(el);
		return !["Top", "Bottom"].some((side) => parseFloat(s["border" + side + "Width"]) > 0 && s["border" + side + "Style"] !== "none") && !s.textDecorationLine.includes("underline");
	}).map((el) => el.outerHTML.slice(0, 160))`) {
		w.t.Errorf("in forced colours nothing shows where it is: %s", el)
	}
	for _, el := range eval[[]string](w, reachable+`.filter((el) => {
		el.focus();
		const outlined = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0;
		const of = (el) => ["", "::before"].map((p) => getComputedStyle(el, p));
		const shown = [el, ...(el.labels || [])].flatMap(of);
		return document.activeElement === el && !shown.some(outlined) ;
	}).map((el) => el.outerHTML.slice(0, 160))`) {
		w.t.Errorf("in forced colours the focus is not seen: %s", el)
	}
	w.turn(still)
}

// TestMeasureKeyboard goes through ten kinds of pages with the Tab key alone.
func TestMeasureKeyboard(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	b := startBrowser(t, chromium())
	w := b.guest(t, h.URL)
	for _, address := range tenKinds {
		t.Run(address, func(t *testing.T) {
			w.t = t
			w.visit(address)
			w.reachesEachInOrder()
			w.visit(address)
			w.seeEachFocus(address)
		})
	}
	w.t = t
}

// reachesEachInOrder holds that the Tab key leads to everything that can be used, in the order in which it is read, and out
// of the page at the end. Of radio buttons, one is reached.
func (w *window) reachesEachInOrder() {
	w.t.Helper()
	want := eval[[]string](w, `(globalThis.all = `+reachable+`.filter((el, i, all) => el.type !== "radio" || el === (all.find((o) => o.name === el.name && o.form === el.form && o.checked) || all.find((o) => o.name === el.name && o.form === el.form)))).map((el) => el.outerHTML.slice(0, 100))`)
	for i := range len(want) + 1 {
		w.press(kb.Tab)
		at := eval[int](w, `globalThis.all.indexOf(document.activeElement)`)
		if out := eval[bool](w, `document.activeElement === document.body`) || at == 0; out && i == len(want) {
			break // out of the page, or round
		}
		if at != i {
			w.t.Fatalf("after %d things of %d the Tab key leads to the %d.: %s", i, len(want), at+1, eval[string](w, `document.activeElement.outerHTML.slice(0, 160)`))
		}
	}
	w.t.Logf("%d things, in order", len(want))
}
