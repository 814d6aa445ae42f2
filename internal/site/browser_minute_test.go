package site_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"commonplace/internal/hubtest"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp/kb"
)

const passport = "/case-studies/a-passport-that-moves-with-you"

// soon is how long a post may take to every open page of its thread.
const soon = time.Second

// theOneMinuteTest is what somebody does who opens one case study from a link: read the point, see a colleague's reply
// arrive, find the page again, learn who stopped and why, sign in, reply, and see it land in other people's windows.
func theOneMinuteTest(t *testing.T, b *browser) {
	h := hubtest.New(t)
	talk := passportThread(h)
	colleague := h.As("member")
	member := b.as(t, h.URL, "member2")
	member.visit(passport)
	guest := b.guest(t, h.URL)
	guest.visit(passport)

	w := b.guest(t, h.URL)
	w.visit(passport)
	w.picture("first screen")
	for _, s := range []string{
		"Challenge", "Action", "Result", "Working in 3 of 6 places", "Kirklees is trying it and changed the form", "Leeds stopped",
		"here is why", "We do this too",
	} {
		w.must("the first screen shows "+s, "inView("+quote(s)+")")
	}
	w.must("Challenge, Action and Result are whole", `$$(".cp-car section").length === 3 && $$(".cp-car section").every(inside)`)
	if jar := call(w, network.GetCookies, network.GetCookiesParams{}); len(jar.Cookies) > 0 {
		t.Errorf("reading set %d cookies", len(jar.Cookies))
	}

	// A colleague's reply arrives while they read.
	readers(t, h, 3)
	w.watch()
	sent := time.Now()
	say(t, colleague, talk, "Ours agreed when we showed them the leavers.")
	late := []time.Duration{w.lands(sent, "Ours agreed when we showed them the leavers.")}
	w.must("a guest sees role and organisation", `text("[data-posts] > li:last-child .cp-post__by").startsWith("HR business partner, Bradford partner (example)")`)
	w.await("it is announced", `text("[role=status][aria-live=polite]") === "New reply from HR business partner, Bradford partner (example)"`)

	// "passprot" finds it again.
	w.tabTo("#find")
	w.write("passprot")
	w.leads("search", func() { w.press(kb.Enter) })
	w.mustBeAt("/search?q=passprot")
	w.must("the search says what it looked for", `says("Showing results for passport")`)
	found := `a[href="` + passport + `"]`
	w.tabTo(found)
	w.leads("the result", func() { w.press(kb.Enter) })
	w.mustBeAt(passport)

	// Who stopped, and why.
	w.click(`.cp-adoptions a[href="#place-leeds"]`)
	w.await("the reason is in the window", `location.hash === "#place-leeds" && inView("The form ran to four pages.")`)
	w.must("it is Leeds that says so", `text("#place-leeds h3").startsWith("Leeds stopped")`)
	w.picture("here is why")

	// Sign in, land back at the thread, reply.
	w.leads("Sign in to reply", func() { w.click("#reply a") })
	w.signIn("lead")
	w.mustBeAt(passport + "#discussion")
	w.await("the thread is in the window", `inside($("#h-talk")) && inside($("label[for=body]"))`)
	readers(t, h, 3)
	w.tabTo("#body")
	w.write("Show them the cost of one leaver.")
	w.tabTo("#reply [type=submit]")
	w.picture("before the reply")
	for _, seen := range []*window{w, member, guest} {
		seen.watch()
	}
	sent = time.Now()
	w.press(kb.Enter)
	last := `text("[data-posts] > li:last-child")`
	for _, who := range []struct {
		*window
		by string
	}{
		{w, "Lee Lead, Programme lead, Kirklees partner (example)"},
		{member, "Lee Lead, Programme lead, Kirklees partner (example)"},
		{guest, "Programme lead, Kirklees partner (example)"},
	} {
		late = append(late, who.lands(sent, "Show them the cost of one leaver."))
		who.must("it is said by "+who.by, last+".startsWith("+quote(who.by)+")")
	}
	promptly(t, late)
	w.await("the author is told", `text("[data-live-status]") === "Posted" && $("#body").value === ""`)
	guest.must("guests see no name", `!document.documentElement.outerHTML.includes("Lee Lead")`)
	w.picture("replied")
	guest.picture("the second window")
}

// passportThread is the thread on the page of the passport.
func passportThread(h *hubtest.Hub) string {
	return h.Record("threads", "title", "How did you get the HR directors to agree?").Id
}

// watch notes when posts arrive, without loading the page again.
func (w *window) watch() {
	w.t.Helper()
	eval[bool](w, `globalThis.arrivals = [], new MutationObserver((all) => all.forEach((m) => m.addedNodes.forEach((n) => arrivals.push([clean(n.textContent || ""), Date.now()]))))
		.observe($("[data-posts]"), { childList: true }), true`)
}

// lands waits for a post in a watched page, and says how long it took.
func (w *window) lands(sent time.Time, words string) time.Duration {
	w.t.Helper()
	arrival := "(globalThis.arrivals || []).find(([s]) => s.includes(" + quote(words) + "))"
	w.await("“"+words+"” lands, without the page being loaded again", "!!"+arrival)
	return time.UnixMilli(eval[int64](w, arrival+"[1]")).Sub(sent)
}

// promptly looks at the quickest of several posts: on a busy machine the others tell of what else it does.
func promptly(t *testing.T, late []time.Duration) {
	t.Helper()
	if slices.Min(late) > soon {
		t.Errorf("posts took %v to land", late)
	}
}

// say posts as a program does.
func say(t *testing.T, c *hubtest.Client, thread, body string) string {
	t.Helper()
	return c.REST("POST", "/api/collections/posts/records", map[string]any{"thread": thread, "body": body, "client_key": body}).ID(t)
}

// readers waits until so many windows listen.
func readers(t *testing.T, h *hubtest.Hub, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d windows listen", n), func() bool { return h.Hub.Live.Count() == n })
}

// eventually waits until something is so on the hub's side.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
