package site_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/thread"

	"github.com/chromedp/cdproto/page"
)

// gate is a fixed address in front of a hub that may be stopped and started, or that may not be reached for a while.
type gate struct {
	*httptest.Server
	to      atomic.Pointer[url.URL]
	deaf    atomic.Bool // hangs up on every request
	blocked atomic.Bool // lets no socket through
	hung    atomic.Int32

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func newGate(t *testing.T, h *hubtest.Hub) *gate {
	g := &gate{conns: map[net.Conn]bool{}}
	g.leadTo(t, h)
	proxy := &httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(g.to.Load()); r.Out.Host = r.In.Host },
		ErrorLog: log.New(io.Discard, "", 0),
	}
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.deaf.Load() {
			g.hung.Add(1)
			panic(http.ErrAbortHandler)
		}
		if g.blocked.Load() && r.URL.Path == "/live" {
			http.Error(w, "Not here.", http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	g.Config.ConnState = func(c net.Conn, s http.ConnState) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.conns[c] = true; s == http.StateClosed {
			delete(g.conns, c)
		}
	}
	g.Start()
	t.Cleanup(g.Close)
	return g
}

// leadTo leads to the hub where it is now.
func (g *gate) leadTo(t *testing.T, h *hubtest.Hub) {
	t.Helper()
	u, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	g.to.Store(u)
}

// cut ends every connection, as a lost network does: sockets go without a word.
func (g *gate) cut() {
	g.deaf.Store(true)
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.conns {
		c.Close()
	}
}

// lostConnections are what a browser reports of a hub that cannot be reached.
var lostConnections = []string{"network: WebSocket connection"}

// theThreadCatchesUp after a restart of the hub and after a lost network: nothing is missing, and nothing is there twice.
func theThreadCatchesUp(t *testing.T, b *browser) {
	h := hubtest.New(t)
	g := newGate(t, h)
	talk := passportThread(h)
	colleague := h.As("member")
	w := b.guest(t, g.URL)
	w.forgives(lostConnections...)
	w.visit(passport)
	readers(t, h, 1)
	eval[bool](w, "globalThis.unmoved = true")
	var said []string
	post := func(words string) {
		t.Helper()
		said = append(said, say(t, colleague, talk, words))
	}
	here := func(when string) {
		t.Helper()
		ids := `$$("[data-posts] > li").map((li) => li.id.slice(5)).slice(3).join()`
		w.await(when+": every post, once, in order", ids+" === "+quote(strings.Join(said, ",")))
		w.must(when+": the page was not loaded again", "globalThis.unmoved")
	}
	post("Before the restart")
	here("before the restart")

	h.Stop()
	h.Start()
	post("After the restart, before the page is back")
	post("The same again")
	g.leadTo(t, h)
	here("after the restart")
	post("When the page is back")
	here("when the page is back")

	readers(t, h, 1)
	g.cut()
	readers(t, h, 0)
	for i := range 5 {
		post(fmt.Sprintf("While the network was gone, %d", i))
	}
	eventually(t, "the page has tried to come back", func() bool { return g.hung.Load() > 0 })
	g.deaf.Store(false)
	here("when the network is back")
	post("And on it goes")
	here("after all")
	w.picture("caught up")

	// The reader goes elsewhere, and back to a page that the browser may have kept.
	w.leads("the front page", func() { w.click(".cp-wordmark") })
	post("While the reader was elsewhere")
	w.back()
	w.await("back: what was said meanwhile, once", `saying("While the reader was elsewhere").length === 1`)
	post("Now that they are back")
	w.await("back: what is said now, once", `saying("Now that they are back").length === 1`)
}

// theReaderIsNotMoved by posts that arrive below what they read: a button says how many there are.
func theReaderIsNotMoved(t *testing.T, b *browser) {
	h := hubtest.New(t)
	talk := passportThread(h)
	colleague := h.As("member")
	for i := range 6 {
		say(t, colleague, talk, fmt.Sprintf("Line %d.\n\nIt goes on.\n\nAnd on.\n\nAnd on.", i))
	}
	for _, look := range []struct {
		name string
		look look
		hit  func(*window, string)
	}{{"desktop", desktop, (*window).click}, {"phone", phone, (*window).tap}} {
		t.Run(look.name, func(t *testing.T) {
			w := b.guest(t, h.URL, look.look)
			w.visit("/discussions/" + talk)
			readers(t, h, 1)
			eval[bool](w, `scrollTo({ top: $$("[data-posts] > li")[3].offsetTop - 40, behavior: "instant" }), true`)
			at := eval[string](w, `[scrollY, $$("[data-posts] > li")[3].getBoundingClientRect().top].join()`)
			first := say(t, colleague, talk, "New below, "+look.name)
			w.await("a button says so", `inside($("[data-live-jump]")) && text("[data-live-jump]") === "1 new reply"`)
			second := say(t, colleague, talk, "And another, "+look.name)
			w.await("it counts", `text("[data-live-jump]") === "2 new replies"`)
			w.must("the page has not moved", `[scrollY, $$("[data-posts] > li")[3].getBoundingClientRect().top].join() === `+quote(at))
			w.must("nor has the focus", "document.activeElement === document.body")
			w.picture("new replies")
			look.hit(w, "[data-live-jump]")
			w.await("the first new post is in the window and has the focus", `inside($("#post-`+first+`")) && document.activeElement.id === "post-`+first+`"`)
			w.await("the button is gone", `!$("[data-live-jump]").checkVisibility()`)
			w.must("the second follows", `$("#post-`+second+`").previousElementSibling.id === "post-`+first+`"`)
			w.picture("jumped")
			w.visit("/about") // the next reader is the only one
			readers(t, h, 0)
		})
	}
}

// spy notes what sockets and timers the pages of a window hold.
const spy = `
const Real = WebSocket, later = setTimeout, never = clearTimeout;
globalThis.sockets = [];
globalThis.timers = new Set();
globalThis.WebSocket = class extends Real {
  constructor(...a) {
    super(...a);
    sockets.push(this);
    this.addEventListener("close", (e) => (this.closed = e.code));
  }
};
globalThis.setTimeout = (f, ms, ...a) => {
  const id = later(() => (timers.delete(id), f(...a)), ms);
  timers.add(id);
  return id;
};
globalThis.clearTimeout = (id) => (timers.delete(id), never(id));
`

// signingOutEndsTheOtherWindow at once, and it does not come back.
func signingOutEndsTheOtherWindow(t *testing.T, b *browser) {
	h := hubtest.New(t)
	talk := passportThread(h)
	w := b.as(t, h.URL, "member")
	other := w.another()
	call(other, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: spy})
	guest := b.guest(t, h.URL)
	guest.visit("/discussions/" + talk)
	other.visit("/discussions/" + talk)
	other.await("signed in by the same cookie", `!!$("#body")`)
	readers(t, h, 3) // the first window hears the bell
	w.visit("/")
	w.leads("Sign out", func() { w.click(".cp-account form button") })
	w.must("signed out here", `!!$(".cp-account--guest")`)
	other.await("the other window's socket is closed", `sockets.length === 1 && sockets[0].closed === 4403`)
	other.must("it says so", `text("[data-live-status]").startsWith("You are no longer signed in here.")`)
	other.await("it stops: no other socket, and nothing that would open one", `sockets.length === 1 && timers.size === 0`)
	say(t, h.As("member2"), talk, "Said after the sign-out")
	guest.await("others go on", `says("Said after the sign-out")`)
	other.must("this window hears nothing more", `!says("Said after the sign-out")`)
	other.picture("signed out")
}

// somebodyAnswers with a quote and a mention, by keyboard, and another window sees the reaction to it come and go.
func somebodyAnswers(t *testing.T, b *browser) {
	h := hubtest.New(t)
	talk := passportThread(h)
	mel, max := b.as(t, h.URL, "member"), b.as(t, h.URL, "member2")
	mel.visit("/discussions/" + talk)
	max.visit("/discussions/" + talk)
	readers(t, h, 2)

	// A passage that is selected is quoted, with who said it.
	eval[bool](mel, `(() => { const p = $("[data-posts] .cp-text p"); getSelection().setBaseAndExtent(p.firstChild, 0, p.firstChild, 21); return true })()`)
	mel.tabTo("[data-quote]")
	mel.pressEnter()
	mel.must("the passage stands in the reply", `$("#body").value.includes("[Carers lead, Leeds partner (example)](/discussions/`+talk+`/posts/") && $("#body").value.endsWith("wrote:\n\n> We stopped in spring.\n\n")`)
	mel.must("the field has the focus", `document.activeElement.id === "body"`)

	// Who may be mentioned is offered while one types.
	mel.write("Ask @pat")
	mel.await("somebody is offered", `text("#body-mentions").startsWith("Pat Partner") && $("#body").getAttribute("aria-activedescendant") === "body-mentions-0"`)
	mel.picture("mention")
	mel.pressEnter()
	mel.must("and taken by a key", `/Ask @\[Pat Partner\]\(\/people\/[a-z0-9]{15}\) $/.test($("#body").value)`)
	mel.tabTo("#reply button[type=submit]")
	mel.pressEnter()
	max.await("another window gets it", `text("[data-posts] > li:last-child .cp-text").includes("Ask @Pat Partner")`)
	mel.await("posted here", `text("[data-posts] > li:last-child .cp-text").includes("Ask @Pat Partner")`)
	mel.must("it is one's own to change", `$("[data-posts] > li:last-child [data-own]").checkVisibility()`)
	max.must("and not somebody else's", `!$("[data-posts] > li:last-child [data-own]").checkVisibility()`)

	// What she changes in another window arrives in both, and is still hers.
	hers := records(t, h, "posts", "author", h.Record("users", "email", "member@example.org").Id)
	said := hers[len(hers)-1]
	edit := thread.PostAddress(talk, said.Id) + "/edit"
	form := url.Values{"body": {said.GetString("body") + " Or somebody else."}, "base": {idIn(t, h.As("member").Get(edit).Body, `name="base" value="([^"]+)"`)}}
	ledTo(t, h.As("member").Post(edit, form))
	for _, w := range []*window{mel, max} {
		w.await("the edit arrives", `text("[data-posts] > li:last-child .cp-text").includes("Or somebody else.") && text("[data-posts] > li:last-child .cp-post__by").includes("edited")`)
	}
	mel.must("it is still one's own to change", `$("[data-posts] > li:last-child [data-own]").checkVisibility()`)
	max.must("and still not somebody else's", `!$("[data-posts] > li:last-child [data-own]").checkVisibility()`)

	// A reaction counts in both windows, and is pressed only where it is one's own.
	thanks := `$("[data-posts] > li:last-child [value=thanks]")`
	max.tabTo("[data-posts] > li:last-child [value=thanks]")
	max.pressEnter()
	max.await("pressed", thanks+`.getAttribute("aria-pressed") === "true"`)
	max.must("the button still has the focus", "document.activeElement === "+thanks)
	mel.await("counted", thanks+`.textContent.startsWith("Thanks 1") && `+thanks+`.getAttribute("aria-pressed") === "false"`)
	max.picture("reacted")
	max.pressEnter()
	mel.await("taken back", `!`+thanks+`.textContent.startsWith("Thanks 1")`)

	// What was on the screen is read.
	eventually(t, "how far was read is noted", func() bool {
		seen, err := h.App.FindFirstRecordByData("seen", "user", h.Record("users", "email", "member2@example.org").Id)
		return err == nil && seen.GetInt("seq") > 0
	})
}
