package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/notify"
	"commonplace/internal/thread"

	"github.com/chromedp/cdproto/network"
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

// nothingIsSilentAfterAGap: what is typed while a reply is on its way stays, the bell counts what came while the line was away,
// and a discussion that went meanwhile says so. Regressions: the words went with the reply, the bell waited for the next news, the
// page went on as if nothing could come.
func nothingIsSilentAfterAGap(t *testing.T, b *browser) {
	h := hubtest.New(t)
	g := newGate(t, h)
	talk := passportThread(h)
	lead := h.As("lead")
	if _, err := notify.Begin(h.App, h.Record("users", "email", "member@example.org").Id, notify.Followed{Kind: notify.Space, Record: h.Record("spaces", "slug", "library").Id}, notify.Everything); err != nil {
		t.Fatal(err)
	}
	w := b.as(t, g.URL, "member")
	w.forgives(lostConnections...)
	w.visit("/discussions/" + talk)
	readers(t, h, 1)

	eval[bool](w, `(() => { const f = fetch; globalThis.fetch = (...a) => !String(a[0]).endsWith("/discussions/`+talk+`") ? f(...a) : f(...a).then((r) => new Promise((done) => (globalThis.letGo = () => { globalThis.fetch = f; done(r) }))); return true })()`)
	w.tabTo("#body")
	w.write("A first reply.")
	w.tabTo("#reply [type=submit]")
	w.pressEnter()
	w.await("the answer is on its way", `!!globalThis.letGo`)
	w.tabTo("#body")
	w.write(" And a second")
	eval[bool](w, `(letGo(), true)`)
	w.await("what was typed meanwhile stays", `saying("A first reply.").length === 1 && $("#body").value === "And a second"`)

	g.cut()
	readers(t, h, 0)
	ledTo(t, lead.Post("/discussions/new", url.Values{"title": {"Heard by the bell"}, "space": {"library"}, "kind": {"question"}, "body": {"Ring."}, "similar": {"seen"}}))
	h.Settle()
	g.deaf.Store(false)
	w.await("the bell counts what came meanwhile", `text("[data-bell]").includes("1 new")`)

	readers(t, h, 1)
	g.cut()
	readers(t, h, 0)
	gone := h.Record("threads", "id", talk)
	gone.Set("state", thread.Hidden)
	if err := h.App.Save(gone); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	g.deaf.Store(false)
	w.await("it says that it is gone", `text("[data-live-status]").startsWith("You can no longer follow this discussion.")`)
	w.must("what was typed is still there", `$("#body").value === "And a second"`)
	w.picture("gone meanwhile")
}

// threeTalkAboutAParagraph of the handbook: two at their desks, and one on a phone whose line is slow and breaks.
func threeTalkAboutAParagraph(t *testing.T, b *browser) {
	h := hubtest.New(t)
	g := newGate(t, h)
	pat, lee := b.as(t, h.URL, "partner"), b.as(t, h.URL, "lead")
	mel := b.as(t, g.URL, "member", phone)
	mel.forgives(append(lostConnections, "request failed: Fetch", "network: Failed to load resource: net::ERR_EMPTY_RESPONSE")...)

	// One of them begins beside the paragraph.
	pat.visit("/handbook/start-here/help-now")
	pat.leads("Discuss a paragraph", func() { pat.click(`a[href^="/discussions/paragraph"]`) })
	paragraph := eval[string](pat, `$("label[for=" + $("[name=paragraph]").id + "]").textContent.replace(/\s+/g, " ").trim()`)
	pat.click("[name=paragraph]")
	pat.leads("choosing it", func() { pat.click("main form button") })
	pat.tabTo("#title")
	pat.write("Which number comes first?")
	pat.tabTo("#body")
	pat.write("I would call 111 before anything else.")
	pat.tabTo("main form button[type=submit]")
	pat.leads("starting", pat.pressEnter)
	talk := pat.at()
	id := strings.TrimPrefix(talk, "/discussions/")
	pat.must("it quotes the paragraph", `text(".cp-wording") === `+quote(paragraph))

	lee.visit(talk)
	call(mel, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Latency: 300, DownloadThroughput: 50 << 10, UploadThroughput: 20 << 10}}})
	mel.visit(talk)
	readers(t, h, 3)
	eval[bool](mel, "globalThis.unmoved = true")
	post := func(w *window, words string) {
		t.Helper()
		w.tabTo("#body")
		w.write(words)
		w.tabTo("#reply [type=submit]")
		w.pressEnter()
		w.await("posted: "+words, `saying(`+quote(words)+`).length === 1 && $("#body").value === ""`)
	}
	post(lee, "Not for somebody who is in danger.")
	mel.await("it comes over the slow line", `says("Not for somebody who is in danger.")`)
	post(mel, "I am on the train and see both.")

	// The line breaks: the others go on, and what is written meanwhile is not lost.
	g.cut()
	readers(t, h, 2)
	mel.tabTo("#body")
	mel.write("Written in the tunnel.")
	mel.tabTo("#reply [type=submit]")
	mel.pressEnter()
	mel.await("the writer is told", `text("[data-live-status]").startsWith("Your reply was not sent.") && $("#body").value === "Written in the tunnel."`)
	mel.picture("in the tunnel")
	post(pat, "Then 999 first, and 111 after it.")
	post(lee, "Agreed.")
	thanks := `[data-posts] > li:nth-last-child(2) [value=thanks]`
	lee.tabTo(thanks)
	lee.pressEnter()
	pat.await("thanked", `$(`+quote(thanks)+`).textContent.startsWith("Thanks 1")`)

	g.deaf.Store(false)
	eval[bool](mel, `dispatchEvent(new Event("online"))`)
	readers(t, h, 3)
	mel.await("what was said meanwhile is there, once", `saying("Agreed.").length === 1 && $(`+quote(thanks)+`).textContent.startsWith("Thanks 1")`)
	mel.tabTo("#reply [type=submit]")
	mel.pressEnter()
	mel.await("and what was written goes out", `saying("Written in the tunnel.").length === 1 && $("#body").value === ""`)
	mel.must("without the page being loaded again", "globalThis.unmoved")

	order := `$$("[data-posts] > li").map((li) => li.id + text("#" + li.id + " .cp-text")).join("\n")`
	for _, w := range []*window{pat, lee} {
		w.await("all three see one list", order+" === "+quote(eval[string](mel, order)))
	}
	mel.must("of six posts", `$$("[data-posts] > li").length === 6`)
	pat.picture("at a desk")
	mel.picture("on the phone")
	if a := h.Guest().Get("/discussions/" + id); a.Status != http.StatusOK {
		t.Errorf("a guest gets %d", a.Status)
	}
}
