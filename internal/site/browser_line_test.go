package site_test

import (
	"testing"

	"commonplace/internal/hubtest"
)

// socketsAreBlocked on the way, as some hospitals do: the page asks instead, and listens again when it can.
func socketsAreBlocked(t *testing.T, b *browser) {
	h := hubtest.New(t)
	g := newGate(t, h)
	talk := passportThread(h)
	g.blocked.Store(true)
	w := b.as(t, g.URL, "member")
	w.forgives(lostConnections...)
	w.visit("/discussions/" + talk)
	eval[bool](w, "globalThis.unmoved = true")
	colleague := h.As("member2")
	say(t, colleague, talk, "Said while sockets are blocked")
	w.await("a post arrives all the same, once", `saying("Said while sockets are blocked").length === 1`)
	if n := h.Hub.Live.Count(); n != 0 {
		t.Errorf("%d sockets are open", n)
	}
	w.must("by somebody with a name", `text("[data-posts] > li:last-child").includes("Max Member")`)
	w.picture("asked for")

	w.tabTo("#body")
	w.write("And I answer")
	w.tabTo("#reply [type=submit]")
	w.pressEnter()
	w.await("one's own post, too", `saying("And I answer").length === 1 && $("#body").value === ""`)
	w.must("it is one's own to change", `$("[data-posts] > li:last-child [data-own]").checkVisibility()`)
	thanks := `$("[data-posts] > li:nth-last-child(2) [value=thanks]")`
	w.tabTo("[data-posts] > li:nth-last-child(2) [value=thanks]")
	w.pressEnter()
	w.await("and one's reaction", thanks+`.getAttribute("aria-pressed") === "true" && `+thanks+`.textContent.startsWith("Thanks 1")`)

	say(t, colleague, talk, "Said before the way is free")
	g.blocked.Store(false)
	eval[bool](w, `dispatchEvent(new Event("online"))`) // or a little later, by itself
	readers(t, h, 1)
	say(t, colleague, talk, "Said when the way is free")
	for _, words := range []string{"Said while sockets are blocked", "And I answer", "Said before the way is free", "Said when the way is free"} {
		w.await("once: "+words, `saying(`+quote(words)+`).length === 1`)
	}
	w.must("the page was not loaded again", "globalThis.unmoved")
}
