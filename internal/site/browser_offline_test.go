package site_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// traffic is what goes through a gate.
type traffic struct {
	bytes atomic.Int64 // of heads and bodies
	lists atomic.Int64 // how often the list was asked for
	slow  atomic.Bool  // pages do not come at all
}

func trafficThrough(t *testing.T, g *gate) *traffic {
	s := &traffic{}
	over, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	inner := g.Config.Handler
	g.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/list.json") {
			s.lists.Add(1)
		}
		if s.slow.Load() && r.Header.Get("Sec-Fetch-Mode") == "navigate" {
			select {
			case <-over.Done():
			case <-r.Context().Done():
			}
			return
		}
		inner.ServeHTTP(counting{w, &s.bytes}, r)
	})
	return s
}

type counting struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c counting) WriteHeader(status int) {
	for name, values := range c.Header() {
		c.n.Add(int64(len(name) + len(strings.Join(values, ", ")) + 4))
	}
	c.ResponseWriter.WriteHeader(status)
}

// Unwrap lets sockets through.
func (c counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c counting) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return c.ResponseWriter.Write(b)
}

// What is on the phone, as the page may ask its browser.
const (
	nothingKept = `Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations(), indexedDB.databases()]).then((all) => all.every((l) => l.length === 0) && localStorage.length + sessionStorage.length === 0 && document.cookie === "")`
	theNote     = `caches.open("commonplace-handbook").then((c) => c.match("/offline/note.json")).then((r) => r.json())`
)

// promised is what a page's promise comes to.
func promised[T any](w *window, js string) T {
	w.t.Helper()
	eval[bool](w, `globalThis.come = undefined, (`+js+`).then((v) => globalThis.come = [v], (e) => globalThis.come = [String(e)]), true`)
	w.await("an answer to "+js, `!!globalThis.come`)
	return eval[T](w, `globalThis.come[0]`)
}

// agesBy makes the copy older.
func agesBy(w *window, days string) {
	w.t.Helper()
	promised[bool](w, theNote+`.then((n) => caches.open("commonplace-handbook").then((c) => c.put("/offline/note.json", new Response(JSON.stringify({ ...n, at: n.at - `+days+` * 864e5 }))))).then(() => true)`)
}

// renewed waits until the worker has renewed the copy since it was made older.
func renewed(w *window) {
	w.t.Helper()
	eval[bool](w, `globalThis.fresh = false, (globalThis.look = () => `+theNote+`.then((n) => n.at > Date.now() - 6e4 ? globalThis.fresh = true : setTimeout(globalThis.look, 20)))(), true`)
	w.await("the copy is renewed", `globalThis.fresh`)
}

const (
	toAssessment     = "/in/kirklees/handbook/adult-carers/carers-assessment"
	hospitalPassport = "/templates/hospital-carer-passport"

	// answerHere is what the page says about where to ask in the place.
	answerHere = `text("#local-council_phone ~ p ~ p")`
)

// fromTheFrontPageInThreeTaps somebody who runs no scripts finds how to ask for an assessment in Kirklees, takes the
// handbook home as a file, and reads the same in it without signal. What she read is the answer.
func fromTheFrontPageInThreeTaps(t *testing.T, b *browser, h *hubtest.Hub, g *gate) string {
	w := b.guest(t, g.URL, phone, scriptsOff)
	w.forgives("request elsewhere: file://")
	w.visit("/")
	w.leads("the first tap", func() { w.tap(`.cp-door--carer a[href$="/carers-assessment"]`) })
	w.leads("the second", func() { w.tap(`.cp-local__places a[href^="` + toAssessment + `#"]`) })
	w.await("it says how to ask, for Kirklees, where she looks", `inView("Call your council: Kirklees") && says("I would like a carer’s assessment.") && says("Answers for Kirklees.")`)
	read := eval[string](w, answerHere)
	if !strings.Contains(read, "Kirklees") {
		t.Errorf("the answer does not speak of Kirklees: %q", read)
	}
	w.leads("the way to keep it", func() { w.tap(`main a[href="/in/kirklees/offline"]`) })
	w.must("she is offered a file, with its size and day", `/^Keep the handbook as one file, \d+ kB, as of \d+ \w+ 20\d\d$/.test(text("[data-offline-none] a[download]"))`)
	to := eval[string](w, `$("[data-offline-none] a[download]").getAttribute("href")`)

	file := filepath.Join(t.TempDir(), "carers-handbook.html")
	if err := os.WriteFile(file, []byte(want(t, h.As("guest").Get(to), http.StatusOK).Body), 0o600); err != nil {
		t.Fatal(err)
	}
	w.do("open the file, with no server at all", chromedp.Navigate("file://"+file))
	w.must("the same is in it", `clean(document.body.textContent).includes(`+quote(read)+`) && says("With answers for Kirklees")`)
	w.mustFit("the file", phoneWidth)
	return read
}

// theHandbookOnAPhone is saved when its reader asks, read without signal, renewed with little, and removed.
func theHandbookOnAPhone(t *testing.T, b *browser) {
	h := hubtest.New(t)
	g := newGate(t, h)
	line := trafficThrough(t, g)
	w := b.guest(t, g.URL, phone)
	w.forgives("request failed: ", "network: Failed to load resource: net::ERR_", "status 404: ", "security: Connecting to '", "javascript: Fetch API cannot load ")

	assessment := fromTheFrontPageInThreeTaps(t, b, h, g)

	w.visit("/in/kirklees/offline")
	if !promised[bool](w, nothingKept) {
		t.Error("something is kept before the reader asked for it")
	}
	w.must("it says how large, and of which day", `/^Save the handbook to this phone, \d+ kB, as of \d+ \w+ 20\d\d$/.test(text("[data-copy-save]"))`)
	w.picture("offline, before")
	w.await("it can be saved", `$("[data-copy-save]").checkVisibility()`)
	before := line.bytes.Load()
	w.tap("[data-copy-save]")
	w.await("it is saved", `text("[data-copy-said]").startsWith("Saved.") && text("[data-copy-state]").includes("from today") && text("[data-copy-state]").includes("for Kirklees")`)
	if n := line.bytes.Load() - before; n > 300_000 {
		t.Errorf("a first save moves %d bytes", n)
	} else {
		t.Logf("a first save moves %d bytes", n)
	}
	w.picture("offline, saved")
	if kept := promised[string](w, `caches.open("commonplace-handbook").then((c) => c.keys()).then((all) => all.map((r) => new URL(r.url).pathname).filter((p) => !p.startsWith("/offline/") && !p.startsWith("/static/")).join())`); kept != "" {
		t.Errorf("what is no part of the copy is kept: %s", kept)
	}

	// Aeroplane mode.
	g.cut()
	w.visit("/in/kirklees/handbook/start-here/tell-your-gp")
	w.must("a page opens, with its place and its look", `says("Saved copy, from today") && says("with answers for Kirklees") && getComputedStyle($(".cp-saved")).paddingTop !== "0px" && text("h1") === "Tell your GP you are a carer"`)
	w.inspect("offline, a page")
	w.visit(toAssessment)
	w.must("the answer is the one that she read with signal", answerHere+` === `+quote(assessment)+` && says("Saved copy")`)
	w.visit(hospitalPassport)
	w.await("the passport can be filled in", `!$("[data-fill-print]").hidden && says("Saved copy")`)
	w.tap("#fill textarea")
	w.write("Without signal")
	w.tap("#keep")
	w.await("kept on the phone", `text("[data-fill-said]").startsWith("Kept on this phone.")`)
	preferred := true
	if n := len(pdfPages.FindAll(call(w, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &preferred}).Data, -1)); n != 1 {
		t.Errorf("without signal the passport prints to %d pages", n)
	}
	w.must("nothing on it may talk to anybody", `$$("script").length === 1`)
	if said := promised[string](w, `fetch("/offline/list.json").then((r) => r.status + "")`); !strings.Contains(said, "TypeError") {
		t.Errorf("a script of the form may ask the network: %s", said)
	}
	w.inspect("offline, a form")
	w.visit("/search?q=hospital+passport")
	w.await("the passport is found", `$$("[data-hits] a").some((a) => a.getAttribute("href") === `+quote(hospitalPassport)+`)`)
	w.visit("/in/kirklees/handbook/start-here/tell-your-gp")
	w.leads("a link to another", func() { w.tap(`.cp-nav a[href$="/help-now"]`) })
	w.must("the page of numbers opens", `!!$('main a[href="tel:999"]') && says("Saved copy")`)
	w.visit("/glossary/carers-assessment")
	w.must("a word of the glossary opens", `text("h1") !== "" && says("Saved copy")`)
	w.visit("/handbook/adult-carers/breaks")
	w.must("the address without a place opens", `says("Your local carers’ organisation: Kirklees")`)
	w.visit("/in/leeds/handbook/adult-carers/breaks")
	w.must("that of another place says whose answers these are", `says("These answers are for Kirklees, and not for the place that you asked for.")`)
	w.visit("/")
	w.must("the front page is the handbook", `text("h1") === "The carers’ handbook"`)
	w.visit("/search?q=flu+jab")
	w.await("the flu jab is found", `$$("[data-hits] a").some((a) => a.getAttribute("href") === "/in/kirklees/handbook/adult-carers/your-own-health")`)
	w.must("first, with the words marked", `$("[data-hits] a").textContent.length > 0 && /flu|jab/i.test($("[data-hits] mark").textContent)`)
	w.inspect("offline, search")
	w.visit("/search?q=short+break")
	w.await("by other words, too", `$$("[data-hits] a").some((a) => a.getAttribute("href").endsWith("/adult-carers/breaks"))`)
	w.may(404)
	w.visit("/case-studies")
	w.must("what is not in the copy says so, kindly", `text("h1") === "This page is not in your saved copy" && !!$('main a[href="tel:999"]') && !!$('main a[href="/in/kirklees/handbook"]')`)
	w.inspect("offline, not in the copy")
	agesBy(w, "100")
	w.visit("/handbook")
	w.must("an old copy says so", `says("100 days old") && says("This copy is too old to rely on.")`)
	w.inspect("offline, old")

	// A bad line is waited for a little, and not for ever.
	g.deaf.Store(false)
	line.slow.Store(true)
	w.visit("/handbook")
	w.must("the copy answers for a slow line", `says("Saved copy, 100 days old")`)
	line.slow.Store(false)
	w.turn(phone)

	// Signal again: two pages have changed, and only they come.
	for _, slug := range []string{"money", "your-own-health"} {
		d := h.Record("documents", "slug", slug)
		change(t, h, d, map[string]any{"body": d.GetString("body") + "\n\nOne more thing to know.\n"})
	}
	w.visit("/in/kirklees/offline")
	renewed(w)
	agesBy(w, "2")
	before = line.bytes.Load()
	if words := promised[string](w, `fetch("/offline/list.json").then((r) => r.status + "")`); words != "200" {
		t.Fatal(words)
	}
	ownList := line.bytes.Load() - before
	for _, slug := range []string{"money", "your-own-health"} {
		d := h.Record("documents", "slug", slug)
		change(t, h, d, map[string]any{"body": d.GetString("body") + "\n\nAnd another.\n"})
	}
	before = line.bytes.Load()
	eval[bool](w, `$("[data-copy-renew]").click(), true`)
	w.await("renewed by hand", `text("[data-copy-said]") === "This is the newest there is."`)
	if n := line.bytes.Load() - before; n > 20_000 || n < ownList {
		t.Errorf("an update of two pages moves %d bytes, its list %d", n, ownList)
	} else {
		t.Logf("an update of two pages moves %d bytes, its list %d", n, ownList)
	}

	// What is withdrawn goes at the next contact, and what a member does is never kept.
	withdraw(t, h, "money")
	withdraw(t, h, strings.TrimPrefix(hospitalPassport, "/templates/"))
	agesBy(w, "2")
	inPolish(w)
	w.visit("/in/kirklees/handbook")
	w.must("with signal the network answers", `!says("Saved copy")`)
	renewed(w)
	asked := line.lists.Load()
	w.signIn("member")
	w.visit("/me")
	w.visit("/in/kirklees/handbook/adult-carers/your-own-health")
	if own := promised[bool](w, `caches.keys().then((names) => Promise.all(names.map((n) => caches.open(n).then((c) => c.keys().then((all) => Promise.all(all.map((r) => c.match(r).then((a) => a.text())))))))).then((all) => all.flat().some((s) => s.includes("Max Member")))`); own {
		t.Error("what a member saw is kept on the phone")
	}
	if n := line.lists.Load(); n != asked {
		t.Errorf("the list was asked for %d times more on the same day", n-asked)
	}
	g.cut()
	w.visit("/handbook/adult-carers/money")
	w.must("a withdrawn page is gone", `text("h1") === "This page is not in your saved copy"`)
	w.visit(hospitalPassport)
	w.must("so is a withdrawn form", `text("h1") === "This page is not in your saved copy"`)
	w.visit("/handbook/adult-carers/your-own-health")
	w.must("the others are there, as they are now", `says("And another.")`)

	// Off the phone with it.
	w.visit("/in/kirklees/offline")
	w.await("the copy can be removed", `$("[data-copy-remove]").checkVisibility()`)
	w.tap("[data-copy-remove]")
	w.await("it is removed", `text("[data-copy-said]").startsWith("Removed.")`)
	if !promised[bool](w, `Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations()]).then(([names, workers]) => names.length + workers.length === 0)`) {
		t.Error("something stays behind")
	}
	w.picture("offline, removed")
}

// inPolish gives the page's script words of another language, and has it say how old the copy is.
func inPolish(w *window) {
	w.t.Helper()
	eval[bool](w, `(() => {
		const section = $("[data-offline]");
		section.dataset.says = JSON.stringify({ ...JSON.parse(section.dataset.says), lang: "pl", "here-for": "{3}, {1}, {2}", "days.few": "{1} dni", "days.many": "?" });
		import($("script[src*='/offline.']").src + "?again");
		return true;
	})()`)
	w.await("days are counted and named as Polish does, and it says that it is Polish", `/^Kirklees, 2 dni, \d+ \p{Ll}+ 20\d\d$/u.test(text("[data-copy-state]")) && $("[data-copy-state]").lang === "pl"`)
}

// aPhoneThatCannot save, or not now, says so in a sentence, and keeps nothing by halves.
func aPhoneThatCannot(t *testing.T, b *browser) {
	h := hubtest.New(t)
	w := b.guest(t, h.URL, phone)
	tries := func(what, meanwhile, says string) {
		t.Helper()
		w.visit("/offline")
		w.await("it can be tried", `$("[data-copy-save]").checkVisibility()`)
		eval[bool](w, "("+meanwhile+", true)")
		w.tap("[data-copy-save]")
		w.await(what, `text("[data-copy-said]").startsWith(`+quote(says)+`)`)
		if !promised[bool](w, nothingKept) {
			t.Errorf("%s: something is kept", what)
		}
		w.picture("cannot, " + what)
	}
	tries("storage is full", `Cache.prototype.put = () => Promise.reject(new DOMException("", "QuotaExceededError"))`, "There is no room left on this phone. Nothing was saved.")
	tries("storage is known to be full", `navigator.storage.estimate = () => Promise.resolve({ quota: 1e6, usage: 9e5 })`, "There is no room left on this phone. Nothing was saved.")
	tries("a private window", `navigator.serviceWorker.register = () => Promise.reject(new DOMException("", "SecurityError"))`, "This browser does not let a page be kept.")
	tries("the line breaks off", `globalThis.fetch = () => Promise.reject(new TypeError("Failed to fetch"))`, "The line broke off before all of it was here. Nothing was saved.")

	w.visit("/offline")
	promised[bool](w, `caches.open("commonplace-handbook").then((c) => c.put("/offline/part/x.json", new Response("{}"))).then(() => true)`)
	w.visit("/offline")
	w.await("half a save says so", `text("[data-copy-state]").startsWith("A save was not finished")`)
	w.tap("[data-copy-remove]")
	w.await("and can be removed", `text("[data-copy-state]") === "There is no copy on this phone." && text("[data-copy-said]").startsWith("Removed.")`)
	if !promised[bool](w, nothingKept) {
		t.Error("something of it stays")
	}

	// Two windows at once: the second says so. When the first is done, both know.
	promised[bool](w, `new Promise((held) => navigator.locks.request("commonplace-handbook", () => (held(true), new Promise((free) => (globalThis.free = free)))))`)
	w.tap("[data-copy-save]")
	w.await("another window is at it", `text("[data-copy-said]") === "Another window is saving the handbook at this moment."`)
	eval[bool](w, `(globalThis.free(), true)`)
	w.tap("[data-copy-save]")
	w.await("then it is saved", `text("[data-copy-said]").startsWith("Saved.")`)

	// A release brought a worker that cannot read this copy.
	promised[bool](w, theNote+`.then((n) => caches.open("commonplace-handbook").then((c) => c.put("/offline/note.json", new Response(JSON.stringify({ ...n, tried: Date.now(), etag: '"before"', list: { ...n.list, format: 0 } }))))).then(() => true)`)
	promised[bool](w, `navigator.serviceWorker.register("/sw.js?next", { updateViaCache: "none" }).then((r) => new Promise((done) => { const next = r.installing || r.waiting || r.active; (next.onstatechange = () => next.state === "activated" && done(true))() }))`)
	if format := promised[float64](w, theNote+`.then((n) => n.list.format)`); format == 0 {
		t.Error("the worker took over with a copy that it cannot read")
	}
	w.visit("/offline")
	w.await("the copy is there", `$("[data-copy-renew]").checkVisibility()`)
	eval[bool](w, `(Cache.prototype.put = () => Promise.reject(new DOMException("", "QuotaExceededError")), true)`)
	w.tap("[data-copy-renew]")
	w.await("a failed renewal leaves the copy", `text("[data-copy-said]").startsWith("There is no room left on this phone. Your earlier copy is as it was.") && text("[data-copy-state]").startsWith("The handbook is on this phone")`)

	// Saving is switched off: the worker is replaced by one that takes all away.
	if err := member.Set(h.App, h.Record("users", "email", "admin@example.org").Id, member.OfflineCopies, "no"); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	w.visit("/handbook")
	promised[bool](w, `navigator.serviceWorker.getRegistration().then((r) => !r || r.update()).then(() => true)`)
	w.await("the copy and its worker go", `(caches.keys().then((c) => navigator.serviceWorker.getRegistrations().then((r) => globalThis.left = c.length + r.length)), globalThis.left === 0)`)

	call(w, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `delete Navigator.prototype.serviceWorker`})
	if err := member.Set(h.App, h.Record("users", "email", "admin@example.org").Id, member.OfflineCopies, "yes"); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	w.visit("/offline")
	w.must("an old browser is told what else there is", `!$("[data-copy-save]").checkVisibility() && says("Saving needs a browser that runs scripts and can keep pages.")`)
}

func withdraw(t *testing.T, h *hubtest.Hub, slug string) {
	t.Helper()
	change(t, h, h.Record("documents", "slug", slug), map[string]any{"state": library.Withdrawn})
}
