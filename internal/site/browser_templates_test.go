package site_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"commonplace/internal/hubtest"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// marker is a word that nobody sends by chance.
const marker = "Quokkaberry"

// told is all that a browser said to anybody: every request with its headers and its body, and every socket's frame.
type told struct {
	mu    sync.Mutex
	all   bytes.Buffer
	count int
}

func (s *told) note(event any) {
	switch event.(type) {
	case *network.EventRequestWillBeSent, *network.EventRequestWillBeSentExtraInfo, *network.EventWebSocketFrameSent, *network.EventWebSocketCreated:
		raw, _ := json.Marshal(event)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all.Write(raw)
		s.count++
	}
}

// mustNotKnow fails when the network has heard the marker, spelled in any way that a browser spells it.
func (s *told) mustNotKnow(t *testing.T, after string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count == 0 {
		t.Fatal("the network was not watched")
	}
	heard := strings.ToLower(s.all.String())
	for _, spelt := range []string{marker, "UXVva2thYmVycn", "F1b2trYWJlcnJ5", "RdW9ra2FiZXJye"} { // and as base64 at each offset
		if strings.Contains(heard, strings.ToLower(spelt)) {
			t.Errorf("after %s the network has heard what was typed", after)
		}
	}
}

// nothingStored: no cookie, no storage of any kind.
const nothingStored = `Promise.all([caches.keys(), indexedDB.databases()]).then((all) => all.every((l) => l.length === 0) && localStorage.length + sessionStorage.length === 0 && document.cookie === "")`

// aFormStaysWithItsWriter: what is typed into a private form is printed, saved in a file and kept when asked, and never sent.
func aFormStaysWithItsWriter(t *testing.T, b *browser) {
	h := hubtest.New(t)
	heard := &told{}
	w := open(t, b.ctx, h.URL, []look{phone}, chromedp.WithNewBrowserContext(), chromedp.WithListener(heard.note))
	stored := func(after string) {
		t.Helper()
		if !promised[bool](w, nothingStored) {
			t.Errorf("%s something is stored", after)
		}
	}
	const form = "/templates/emergency-plan"
	w.visit(form)
	w.await("its script runs", `!$("[data-fill-print]").hidden`)
	stored("before anything is typed")
	w.must("only its own script is there", `$$("script").length === 1 && $("script").src.includes("/templates.") && !$("#keep").checked`)
	w.must("nothing private has a name, and the form has no address", `$$("#fill textarea, #fill input").length > 15 && $$("#fill [name]").length === 0 && !$("#fill").hasAttribute("action") && $$("#fill textarea").every((el) => !el.spellcheck)`)
	w.mustFit("the form", phoneWidth)
	w.tap("#f-medicines")
	w.write(marker + " 5 mg")
	w.tap("#f-made_on")
	w.write(marker + " 3 June")
	w.pressEnter() // sends nothing and leaves nothing
	w.tap("#f-never_alone-1")
	w.tap("#f-never_alone-0")
	w.must("one choice at a time", `$("#f-never_alone-0").checked && !$("#f-never_alone-1").checked`)
	w.must("the address says nothing", `location.pathname + location.search + location.hash === `+quote(form))
	stored("after typing")

	// Printing.
	eval[bool](w, `globalThis.print = () => { globalThis.printed = (globalThis.printed || 0) + 1 }, true`)
	w.tap("[data-fill-print]")
	w.await("the button prints", `globalThis.printed === 1`)
	w.must("what was typed stands in the sheet", `text("[data-ask=medicines] .cp-ask__written") === `+quote(marker+" 5 mg"))

	// A file.
	dir := t.TempDir()
	call(w, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir, BrowserContextID: chromedp.FromContext(w.ctx).BrowserContextID})
	w.tap("[data-fill-download]")
	var file []byte
	eventually(t, "the file is there", func() bool {
		names, _ := filepath.Glob(filepath.Join(dir, "emergency-plan-20*.html"))
		if len(names) == 1 {
			file, _ = os.ReadFile(names[0])
		}
		return bytes.Contains(file, []byte("</html>"))
	})
	for _, part := range []string{"<!doctype html>", `<meta charset="utf-8">`, "<title>Emergency plan</title>", marker + " 5 mg", "Not at all", "checked", "@page"} {
		if !bytes.Contains(file, []byte(part)) {
			t.Errorf("the file does not have %q", part)
		}
	}
	for _, part := range []string{"<script", "<link", "<textarea", "href="} {
		if bytes.Contains(file, []byte(part)) {
			t.Errorf("the file has %q", part)
		}
	}
	heard.mustNotKnow(t, "typing, printing and the file")
	stored("after printing and the file")

	// Away and back: the browser may bring the page back as it was, and nothing of it is in storage.
	w.leads("a link to elsewhere", func() { w.tap(`.cp-wordmark`) })
	w.back()
	w.await("the form is there again", `!!$("#fill") && !$("[data-fill-print]").hidden`)
	t.Logf("brought back from memory: %v", eval[bool](w, `globalThis.printed === 1`))
	w.do("loading the page again", reload)
	w.await("it is empty after loading again", `!$("[data-fill-print]").hidden && $("#f-medicines").value === "" && !$("#keep").checked`)
	stored("after loading again")

	// Kept, when asked.
	w.tap("#f-medicines")
	w.write(marker)
	w.tap("#keep")
	w.await("it says so", `text("[data-fill-said]").startsWith("Kept on this phone.") && $("[data-fill-remove]").checkVisibility()`)
	w.tap("#f-person")
	w.write(marker + " too")
	w.must("one entry, with a date", `localStorage.length === 1 && /^commonplace-form \w+$/.test(localStorage.key(0)) && /^\d{4}-\d\d-\d\d$/.test(JSON.parse(localStorage.getItem(localStorage.key(0))).used) && sessionStorage.length === 0 && document.cookie === ""`)
	w.do("loading the page again", reload)
	w.await("it is there again", `$("#f-medicines").value === `+quote(marker)+` && $("#f-person").value === `+quote(marker+" too")+` && $("#keep").checked && text("[data-fill-said]") === "This is what you kept on this phone."`)
	w.picture("a form, kept")
	heard.mustNotKnow(t, "keeping")

	// Not opened for 90 days, it goes when any template is opened.
	older := func(days string) {
		eval[bool](w, `(() => { const k = localStorage.key(0), v = JSON.parse(localStorage.getItem(k)); v.used = new Date(Date.now() - `+days+` * 864e5).toISOString().slice(0, 10); localStorage.setItem(k, JSON.stringify(v)); return true; })()`)
	}
	older("89")
	w.visit("/templates/young-carers-card")
	w.await("89 days later it stays", `!$("[data-fill-print]").hidden && localStorage.length === 1`)
	w.must("another form knows nothing of it", `!$("#keep").checked && $$("#fill textarea").every((el) => el.value === "")`)
	older("91")
	w.do("loading the page again", reload)
	w.await("91 days later it is gone", `!$("[data-fill-print]").hidden && localStorage.length === 0`)

	// Removed.
	w.visit(form)
	w.await("nothing is left", `!$("[data-fill-print]").hidden && $("#f-medicines").value === ""`)
	w.tap("#f-medicines")
	w.write(marker)
	w.tap("#keep")
	w.await("kept", `localStorage.length === 1`)
	w.tap("[data-fill-remove]")
	w.await("removed", `localStorage.length === 0 && !$("#keep").checked && text("[data-fill-said]").startsWith("Removed.")`)
	stored("after removing")
	w.leads("another page", func() { w.tap(`.cp-wordmark`) })
	heard.mustNotKnow(t, "all of it")
}

var pdfPages = regexp.MustCompile(`/Type\s*/Page\b`)

// formsOnPaper: each template that says so prints to one page of A4, empty, filled in, crammed, and without scripts.
func formsOnPaper(t *testing.T, b *browser) {
	h := hubtest.New(t)
	w, plain := b.guest(t, h.URL), b.guest(t, h.URL, scriptsOff)
	pages := func(w *window) int {
		t.Helper()
		preferred := true
		return len(pdfPages.FindAll(call(w, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &preferred}).Data, -1))
	}
	const fill = `$$("#fill textarea, #fill input[type=text]").forEach((el) => { el.value = "Twice a day, with food. ".repeat(el.rows === 4 ? %d : %d); el.dispatchEvent(new Event("input", { bubbles: true })) }), true`
	for _, name := range []string{"emergency-plan", "assessment-notes", "hospital-carer-passport", "working-carers-passport", "young-carers-card", "impact-check", "carers-champion-role"} {
		w.visit("/templates/" + name)
		w.await("its script runs", `!$("[data-fill-print]").hidden`)
		got := fmt.Sprint(pages(w))
		for _, much := range [][2]int{{3, 1}, {20, 5}} {
			eval[bool](w, fmt.Sprintf(fill, much[0], much[1]))
			got += fmt.Sprint(" ", pages(w))
		}
		plain.visit("/templates/" + name)
		got += fmt.Sprint(" ", pages(plain))
		if got != "1 1 1 1" {
			t.Errorf("%s prints to %s pages: empty, filled in, crammed, without scripts", name, got)
		}
	}
}
