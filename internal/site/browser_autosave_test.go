package site_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/internal/hubtest"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// door stands before a hub whose address changes when it starts again. While it is shut, nobody answers.
type door struct {
	hub  *hubtest.Hub
	mu   sync.Mutex
	to   *url.URL // nil while it is shut
	URL  string
	over *httptest.Server
}

func newDoor(t *testing.T, h *hubtest.Hub) *door {
	d := &door{hub: h}
	d.open()
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.to != nil {
			r.SetURL(d.to)
		}
		r.Out.Host = r.In.Host
	}, ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }}
	d.over = httptest.NewServer(proxy)
	d.URL = d.over.URL
	t.Cleanup(d.over.Close)
	return d
}

func (d *door) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.to, _ = url.Parse(d.hub.URL)
}

func (d *door) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.to = nil
}

// typing is what somebody types, with the time of each word.
type typing struct {
	words []string
	at    []time.Time
}

// typeFor types a word every 50 ms, for as long as it says.
func (w *window) typeFor(said *typing, mark string, d time.Duration) {
	w.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); <-tick.C {
		word := fmt.Sprintf("%s-%d", mark, len(said.words))
		call(w, input.InsertText, input.InsertTextParams{Text: word + " "})
		said.words, said.at = append(said.words, word), append(said.at, time.Now())
	}
}

// lost is how much typing before the end is not in a text.
func (said *typing) lost(text string, end time.Time) time.Duration {
	has := map[string]bool{}
	for _, word := range strings.Fields(text) {
		has[word] = true
	}
	for i, word := range said.words {
		if !has[word] {
			return end.Sub(said.at[i])
		}
	}
	return 0
}

// crash ends the window's page as a fault of the browser would: nothing in it is told.
func (w *window) crash() {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.ctx, 300*time.Millisecond) // the page that was asked cannot answer
	defer stop()
	chromedp.Call(ctx, page.Crash, cdp.Empty{})
}

// revisit opens a page in a window that may not yet know that it crashed.
func (w *window) revisit(path string) {
	w.t.Helper()
	for end := time.Now().Add(patience); ; {
		err := chromedp.Do(w.ctx, chromedp.Navigate(w.home+path))
		if err == nil {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("visit %s: %v", path, err)
		}
	}
}

const mostLost = 5 * time.Second

// onShelf says whether the device keeps something of this window's form. Looking takes a moment: it says what it saw last.
const onShelf = `(() => {
	indexedDB.open("commonplace").onsuccess = (e) => {
		const db = e.target.result;
		db.transaction("autosaves").objectStore("autosaves").getAll().onsuccess = (kept) => {
			globalThis.onShelf = kept.target.result.some((entry) => entry.window === $("[name=autosave]").value);
			db.close();
		};
	};
	return !!globalThis.onShelf;
})()`

// writingOutlivesTabAndServer ends the tab, the server or both at random moments while somebody types.
func writingOutlivesTabAndServer(t *testing.T, b *browser) {
	h := hubtest.New(t)
	d := newDoor(t, h)
	w := b.as(t, d.URL, "partner")
	w.forgives("request failed", "network", "exception: Target crashed")
	for moment := range 6 {
		mark := fmt.Sprintf("moment%d", moment)
		w.visit("/write/case-study")
		w.await("what was there has been looked at", `document.documentElement.dataset.autosaves === "all"`)
		w.click("#challenge")
		said := &typing{}
		w.typeFor(said, mark, time.Millisecond)
		w.await("the device has begun to keep it", onShelf) // on a busy machine nothing might be kept before the tab ends
		w.typeFor(said, mark, time.Duration(500+rand.IntN(2500))*time.Millisecond)
		if moment%2 == 1 {
			d.shut()
			h.Stop()
			w.typeFor(said, mark, time.Duration(500+rand.IntN(2500))*time.Millisecond)
		}
		end := time.Now()
		w.crash()
		if moment%2 == 1 {
			h.Start()
			d.open()
		}
		w.revisit("/write/case-study")
		w.await("what was there has been looked at", `document.documentElement.dataset.autosaves === "all"`)
		w.must("the page offers it, with its time", `text("[id^=unsaved-]") === "You have writing that was not saved" && !!$("[id^=unsaved-] + p time")`)
		w.leads("taking it up", func() { w.click(`a[href*="?restore="]`) })
		w.must("the page says when it was typed", `says("This is what you had typed by") && says("It is not saved yet")`)
		lost := said.lost(eval[string](w, `$("#challenge").value`), end)
		t.Logf("moment %d: %d words, %v of typing lost", moment, len(said.words), lost.Round(time.Millisecond))
		if lost > mostLost {
			t.Errorf("%v of typing lost", lost)
		}
		w.picture("taken up")
	}
}

// twoWindowsWriteOverNothing types into one form in two windows of one person.
func twoWindowsWriteOverNothing(t *testing.T, b *browser) {
	h := hubtest.New(t)
	first := b.as(t, h.URL, "partner")
	first.visit("/write/case-study")
	first.click("#title")
	first.write("Typed in the first window")
	first.await("it is kept", `text("[data-autosave-said]").startsWith("Autosaved at ")`)
	first.picture("autosaved")

	second := first.another()
	second.visit("/write/case-study")
	second.must("the second window is told", `says("You have writing that was not saved") && says("It may still be open in another window")`)
	second.picture("offered")
	second.leads("taking it up", func() { second.click(`a[href*="?restore="]`) })
	second.click("#summary")
	second.write("And in the second.")
	second.await("it is kept", `text("[data-autosave-said]").startsWith("Autosaved at ")`)

	// What the second window took up ended. The first one goes on by itself.
	first.click("#title")
	first.write(", and more")
	first.await("it is kept again", `performance.getEntriesByType("resource").filter((r) => r.name.includes("/-/autosave")).length >= 3 && text("[data-autosave-said]").startsWith("Autosaved at ")`)

	third := first.another()
	third.visit("/write/case-study")
	third.must("both wait", `$$("[id^=unsaved-]").length === 2`)
	third.leads("taking up the newest", func() { third.click(`a[href*="?restore="]`) })
	third.must("it is the first window's", `$("#title").value === "Typed in the first window, and more" && $("#summary").value === ""`)

	// Saved is saved: nothing of it waits any more, also what is still under way.
	second.leads("saving", func() { second.click(".cp-bar [value=save]") })
	second.must("it is saved", `$("#summary").value === "And in the second."`)
	third.visit("/write/case-study")
	third.must("one waits", `$$("[id^=unsaved-]").length === 1`)
	third.leads("throwing it away", func() { third.click(`[action^="/write/autosave/"] button`) })
	third.must("none waits", `$$("[id^=unsaved-]").length === 0`)
}

// signingOutLeavesNothingBehind has two people at one device.
func signingOutLeavesNothingBehind(t *testing.T, b *browser) {
	h := hubtest.New(t)
	w := b.as(t, h.URL, "partner")
	w.visit("/write/case-study")
	w.click("#title")
	w.write("Not for everybody")
	w.await("it is kept", `text("[data-autosave-said]").startsWith("Autosaved at ")`)
	w.leads("signing out", func() { w.click(".cp-account form button") })
	w.signIn("lead")
	w.visit("/write/case-study")
	w.await("what was there has been looked at", `document.documentElement.dataset.autosaves === "all"`)
	w.must("nothing is offered", `!says("not saved") && !says("Not for everybody")`)
	eval[bool](w, `(indexedDB.open("commonplace").onsuccess = (e) => (globalThis.left = e.target.result.transaction("autosaves").objectStore("autosaves").count()), true)`)
	w.await("nothing is left on the device", `globalThis.left && left.readyState === "done" && left.result === 0`)
}
