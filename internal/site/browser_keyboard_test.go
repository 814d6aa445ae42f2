package site_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"testing"

	"commonplace/internal/hubtest"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp/kb"
)

// theKeyboardIsEnough: the way past the header, a focus that can be seen and is not covered, and the suggestions.
func theKeyboardIsEnough(t *testing.T, b *browser) {
	h := hubtest.New(t)
	h.Settle()
	t.Run("the skip link", func(t *testing.T) {
		w := b.guest(t, h.URL)
		w.visit("/handbook/adult-carers/breaks")
		w.must("it is out of sight", `!inside($(".nhsuk-skip-link")) || $(".nhsuk-skip-link").getBoundingClientRect().width <= 1`)
		w.press(kb.Tab)
		w.must("it comes first, and is seen then", `document.activeElement.matches(".nhsuk-skip-link") && inView("Skip to main content")`)
		w.picture("skip")
		w.press(kb.Enter)
		w.press(kb.Tab)
		w.must("it leads past the header", `$("main").contains(document.activeElement)`)
	})
	t.Run("suggestions", func(t *testing.T) {
		for _, p := range []struct {
			name string
			look look
		}{{"desktop", desktop}, {"phone", phone}} {
			w := b.guest(t, h.URL, p.look)
			w.visit("/case-studies")
			w.tabTo("#find")
			w.write("pass")
			w.await("suggestions", `$("#find").getAttribute("aria-expanded") === "true" && $("#suggest-0").checkVisibility()`)
			w.must("they are counted for those who cannot see them", `/^\d+ suggestions?\. Use the arrow keys\.$/.test(text(".cp-find [role=status]"))`)
			w.must("each says what it is", `$$("#suggest-0 li").every((li) => li.getAttribute("role") === "option" && clean(li.querySelector("span").textContent) !== "")`)
			n := eval[int](w, `$$("#suggest-0 li").length`)
			chosen := `$$("#suggest-0 li").findIndex((li) => li.getAttribute("aria-selected") === "true")`
			active := `$("#find").getAttribute("aria-activedescendant")`
			w.must("none is chosen", chosen+" === -1 && !"+active)
			w.press(kb.ArrowDown)
			w.must("down chooses the first", chosen+" === 0 && "+active+` === $$("#suggest-0 li")[0].id`)
			w.must("it can be seen", `inside($("#suggest-0 li"))`)
			w.picture("suggestions " + p.name)
			w.press(kb.ArrowUp)
			w.must("up leads back to the field", chosen+" === -1 && !"+active)
			w.press(kb.ArrowUp)
			w.must("and round to the last", fmt.Sprintf("%s === %d", chosen, n-1))
			w.press(kb.Escape)
			w.must("Escape closes them and keeps what was typed", `$("#suggest-0").hidden && $("#find").getAttribute("aria-expanded") === "false" && $("#find").value === "pass" && document.activeElement.id === "find"`)
			w.write("p")
			w.await("typing opens them again", `!$("#suggest-0").hidden`)
			w.press(kb.ArrowDown)
			title := eval[string](w, `$$("#suggest-0 li")[0].firstChild.textContent`)
			w.leads("Enter", func() { w.press(kb.Enter) })
			w.must("leads to what was chosen", `text("h1") === `+quote(title))
		}
	})
	t.Run("the focus is seen", func(t *testing.T) {
		w := b.as(t, h.URL, "partner")
		for _, p := range []string{"/", passport, "/plans/adult-carers-2026-28", "/write/case-study", passport + "/adopt"} {
			w.visit(p)
			w.seeEachFocus(p)
		}
	})
}

// seeEachFocus goes through a page with the Tab key. Of each kind of thing it compares two pictures, with the focus and
// without.
func (w *window) seeEachFocus(where string) {
	w.t.Helper()
	seen := map[string]bool{}
	for range 200 {
		w.press(kb.Tab)
		kind := eval[string](w, `(() => {
			const el = document.activeElement;
			if (el === document.body) return "";
			const name = (e) => e.tagName + "." + e.className + (e.type || "");
			return name(el) + " in " + name(el.parentElement) + " in " + (el.closest("header, footer, nav, form, section, aside") || document.body).className;
		})()`)
		if kind == "" {
			break // round
		}
		if seen[kind] {
			continue
		}
		seen[kind] = true
		box := eval[[]float64](w, `(() => {
			const el = document.activeElement, b = el.getBoundingClientRect();
			el.style.caretColor = "transparent";
			const line = el.getClientRects()[0], x = line.left + Math.min(line.width / 2, 20), y = Math.max(line.top, 0) + Math.min(line.height / 2, 10); // what is higher than the window is seen in part
			const hit = document.elementFromPoint(x, y), clear = el.contains(hit) || (hit && hit.closest("label")?.control === el);
			return [b.left - 8 + scrollX, b.top - 8 + scrollY, b.width + 16, Math.min(b.height, innerHeight) + 16, clear ? 1 : 0, (b.top >= 0 || (b.height > innerHeight && b.bottom > innerHeight / 2)) && b.top < innerHeight ? 1 : 0];
		})()`)
		if box[4] == 0 || box[5] == 0 {
			w.picture("covered")
			w.t.Errorf("%s: what has the focus is out of the window or covered: %s", where, kind)
			continue
		}
		with := w.cutOut(box)
		eval[bool](w, "globalThis.was = document.activeElement, was.blur(), true")
		without := w.cutOut(box)
		if n := differences(with, without); n < 100 {
			w.t.Errorf("%s: the focus is not seen on %s: %d points differ", where, kind, n)
		}
	}
	if len(seen) < 10 {
		w.t.Errorf("%s: the Tab key found %d kinds of things", where, len(seen))
	}
}

// cutOut is a picture of a part of the page.
func (w *window) cutOut(box []float64) image.Image {
	w.t.Helper()
	shot := call(w, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, Clip: &page.Viewport{X: max(box[0], 0), Y: max(box[1], 0), Width: box[2], Height: box[3], Scale: 1},
	})
	im, err := png.Decode(bytes.NewReader(shot.Data))
	if err != nil {
		w.t.Fatal(err)
	}
	return im
}

// differences counts the points of two pictures that clearly differ.
func differences(a, b image.Image) int {
	n := 0
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			if apart(r1, r2)+apart(g1, g2)+apart(b1, b2) > 0x6000 {
				n++
			}
		}
	}
	return n
}

func apart(a, b uint32) uint32 { return max(a, b) - min(a, b) }
