package site_test

import (
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"

	"github.com/chromedp/chromedp/kb"
)

// copyingAPassage is what somebody does who quotes one in a paper: select it, go to the button with Tab, and press it.
func copyingAPassage(t *testing.T, b *browser) {
	h := hubtest.New(t)
	w := b.guest(t, h.URL)
	w.visit(passport)
	w.must("there is no button before something is selected", `!document.querySelector(".cp-quote")`)
	w.click(".cp-car li, .cp-car p") // Tab goes on from there
	eval[bool](w, `(() => {
		navigator.clipboard.writeText = async (text) => { window.copied = text };
		getSelection().selectAllChildren(document.querySelector(".cp-car li, .cp-car p"));
		window.passage = getSelection().toString().trim();
		return true;
	})()`)
	w.await("the button comes", `text(".cp-quote button") === "Copy with its source"`)
	w.picture("a passage selected")
	w.press(kb.Tab)
	for range 5 {
		if eval[bool](w, `!!document.activeElement.closest(".cp-quote")`) {
			break
		}
		w.press(kb.Tab)
	}
	w.must("Tab reaches it", `!!document.activeElement.closest(".cp-quote")`)
	w.press(kb.Enter)
	w.await("it says so", `text(".cp-quote [role=status]") === "Copied"`)
	copied := eval[string](w, "window.copied")
	passage := eval[string](w, "window.passage")
	today := time.Now().Format(time.DateOnly)
	for _, part := range []string{"“" + passage + "”\n", "“A passport that moves with you”", h.URL + passport + "/at/" + today, "(read "} {
		if !strings.Contains(copied, part) {
			t.Errorf("%q is not in what was copied: %q", part, copied)
		}
	}
	if a := h.Guest().Get(passport + "/at/" + today); a.Status != 200 {
		t.Errorf("the address answers %d", a.Status)
	}
	eval[bool](w, `(document.activeElement.blur(), getSelection().removeAllRanges(), true)`)
	w.await("the button goes with the selection", `!document.querySelector(".cp-quote")`)
}
