package site_test

import (
	"testing"
	"time"

	"commonplace/internal/hubtest"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The six jobs that the hub is for, each done the way somebody does it.

// aPartnerPublishes writes a case study at a desk, by keyboard, and another one on a phone.
func aPartnerPublishes(t *testing.T, b *browser) {
	h := hubtest.New(t)
	guest := b.guest(t, h.URL)
	guest.may(404)
	t.Run("at a desk", func(t *testing.T) {
		w := b.as(t, h.URL, "partner")
		w.tabTo(`a[href="/write"]`)
		w.leads("Write", func() { w.press(kb.Enter) })
		w.tabTo(`a[href="/write/case-study"]`)
		w.leads("Write a case study", func() { w.press(kb.Enter) })

		// Too little: the form comes back with what was typed, each fault named, and the first thing read out is what to do.
		w.tabTo("#title")
		w.write("A quiet room for carers")
		w.tabTo(`[value=publish]`)
		w.may(422)
		w.leads("Publish", func() { w.press(kb.Enter) })
		w.picture("faults")
		w.await("the summary of faults has the focus", `document.activeElement.matches(".nhsuk-error-summary")`)
		w.must("what was typed is still there", `$("#title").value === "A quiet room for carers"`)
		w.must("each fault leads to its field", `$$(".nhsuk-error-summary a").length > 0 && $$(".nhsuk-error-summary a").every((a) => $(a.hash).matches("input, textarea, select"))`)
		w.press(kb.Tab)
		first := eval[string](w, "document.activeElement.hash")
		w.press(kb.Enter)
		w.await("the first fault's field has the focus", "document.activeElement === $("+quote(first)+")")

		writeStudy(w, "A quiet room for carers")
		w.must("the counter counts", `text("#summary-info") === "You have " + (200 - $("#summary").value.length) + " characters left"`)
		w.tabTo(`[data-preview=challenge]`)
		w.press(kb.Enter)
		w.await("the preview is beside the field", `inView("Carers ate their lunch in the corridor.") && $$("#challenge-preview li").length === 2`)
		w.tabTo(`[value=preview]`)
		w.leads("Preview", func() { w.press(kb.Enter) })
		w.must("it is a preview", `says("This is a preview") && text("#challenge").includes("Carers ate their lunch in the corridor.")`)
		w.picture("preview")
		guest.visit("/case-studies")
		guest.must("nobody else sees the draft", `!says("A quiet room for carers")`)
		guest.visit("/case-studies/a-quiet-room-for-carers")
		guest.must("not at its address either", `says("We cannot find that page")`)

		w.tabTo(`[value=publish-saved]`)
		w.leads("Publish", func() { w.press(kb.Enter) })
		w.mustBeAt("/case-studies/a-quiet-room-for-carers")
		w.picture("published")
		guest.visit("/case-studies/a-quiet-room-for-carers")
		guest.must("everybody reads it", `inView("A quiet room for carers") && inView("Carers ate their lunch in the corridor.") && inView("Fewer carers went home early.")`)
		h.Settle()
		guest.visit("/search?q=quiet+room")
		guest.must("and finds it", `!!$('main a[href="/case-studies/a-quiet-room-for-carers"]')`)
	})
	t.Run("on a phone", func(t *testing.T) {
		w := b.as(t, h.URL, "partner", phone)
		w.leads("Write", func() { w.tap(`a[href="/write"]`) })
		w.leads("Write a case study", func() { w.tap(`a[href="/write/case-study"]`) })
		w.mustNotScrollSideways()
		w.tap("#title")
		writeStudy(w, "Lunch on the ward")
		w.picture("form")
		w.unfold("details summary")
		w.await("more fields unfold", `$("#evidence").checkVisibility()`)
		w.mustNotScrollSideways()
		w.leads("Preview", func() { w.tap("[value=preview]") })
		w.mustNotScrollSideways()
		w.must("it is a preview", `inView("This is a preview")`)
		w.picture("preview")
		w.leads("Publish", func() { w.tap("[value=publish-saved]") })
		w.mustBeAt("/case-studies/lunch-on-the-ward")
		w.mustNotScrollSideways()
		w.picture("published")
		guest.visit("/case-studies/lunch-on-the-ward")
		guest.must("everybody reads it", `inView("Lunch on the ward")`)
	})
}

// writeStudy fills the seven fields by keyboard.
func writeStudy(w *window, title string) {
	w.t.Helper()
	fill := func(css, text string) {
		w.tabTo(css)
		if eval[bool](w, `document.activeElement.value === ""`) {
			w.write(text)
		}
	}
	fill("#title", title)
	fill("#summary", "One ward made a quiet room where carers rest, eat and talk to us.")
	fill("#challenge", "Carers ate their lunch in the corridor.\rNobody asked how they were.")
	fill("#action", "Emptied a store room.\rPut in chairs, a kettle and a phone number.")
	fill("#result", "Reported: Fewer carers went home early.")
	w.tabTo("[name=places]")
	w.press(" ")
	fill("#contact_role", "Ward manager")
}

func (w *window) mustNotScrollSideways() {
	w.t.Helper()
	w.must("the page does not scroll sideways", `document.scrollingElement.scrollWidth <= innerWidth`)
}

// cookiesOff keeps pages from reading or setting cookies; that the hub asks for none is looked at at the end.
func cookiesOff(w *window) error {
	_, err := chromedp.Call(w.ctx, emulation.SetDocumentCookieDisabled, emulation.SetDocumentCookieDisabledParams{Disabled: true})
	return err
}

// aCarerReads goes from the front page to a page of the handbook in three taps, on a phone without scripts and cookies.
func aCarerReads(t *testing.T, b *browser) {
	h := hubtest.New(t)
	w := b.guest(t, h.URL, phone, scriptsOff, cookiesOff)
	w.visit("/")
	w.picture("front page")
	w.must("whose page it is and what to do next", `inView("What helps unpaid carers, kept in one place") && inView("I look after someone")`)
	w.leads("the first tap", func() { w.tap(".cp-door--carer h2 a") })
	w.mustBeAt("/handbook")
	w.picture("handbook")
	w.leads("the second tap", func() { w.tap(`main a[href="/handbook/adult-carers"]`) })
	w.leads("the third tap", func() { w.tap(`main a[href="/handbook/adult-carers/breaks"]`) })
	w.picture("page")
	w.must("it says what it is about and when it was checked", `text("h1") !== "" && says("Last reviewed") && says("Next review")`)
	w.mustNotScrollSideways()
	w.unfold(".cp-fold summary")
	w.await("the contents unfold without scripts", `$(".cp-fold nav").checkVisibility()`)
	title := eval[string](w, `text("h1")`)
	next := eval[string](w, `text(".nhsuk-pagination-item--next .nhsuk-pagination__page")`)
	w.leads("Next", func() { w.tap("a[rel=next]") })
	w.must("the next page is the one that was named", `text("h1") === `+quote(next))
	w.leads("Previous", func() { w.tap("a[rel=prev]") })
	w.must("and the one before is the page", `text("h1") === `+quote(title))
	w.leads("Back to the chapter", func() { w.tap(".nhsuk-back-link") })
	w.mustBeAt("/handbook/adult-carers")
	w.back()
	w.must("leads back to the page", `text("h1") === `+quote(title))
	if jar := call(w, network.GetCookies, network.GetCookiesParams{}); len(jar.Cookies) > 0 {
		t.Errorf("the hub set %d cookies", len(jar.Cookies))
	}
}

// aLeadFindsGoodPractice narrows the list, goes to a study and back, and sends a colleague the address.
func aLeadFindsGoodPractice(t *testing.T, b *browser) {
	h := hubtest.New(t)
	w := b.as(t, h.URL, "lead")
	w.tabTo(`.cp-nav a[href="/case-studies"]`)
	w.leads("Good practice", func() { w.press(kb.Enter) })
	all := eval[int](w, `$$(".cp-card").length`)
	w.tabTo(`.cp-facet a[href="/case-studies?place=leeds"]`)
	w.leads("Leeds", func() { w.press(kb.Enter) })
	leeds := eval[int](w, `$$(".cp-card").length`)
	if leeds == 0 || leeds >= all {
		t.Errorf("Leeds narrows %d case studies to %d", all, leeds)
	}
	w.must("the number in the facet was right", `text(".cp-facet [aria-current]") === "Leeds (`+eval[string](w, `String($$(".cp-card").length)`)+`)"`)
	w.tabTo(`.cp-facet a[href="/case-studies?place=leeds&stage=stopped"]`)
	w.leads("Did not work", func() { w.press(kb.Enter) })
	w.mustBeAt("/case-studies?place=leeds&stage=stopped")
	w.must("both are chosen", `$$(".cp-chosen a").length === 2`)
	w.picture("narrowed")
	titles := `$$(".cp-card h2").map((h) => clean(h.textContent)).join("; ")`
	found := eval[string](w, titles)

	w.tabTo(".cp-card a")
	w.leads("a study", func() { w.press(kb.Enter) })
	w.mustBeAt(passport)
	w.back()
	w.mustBeAt("/case-studies?place=leeds&stage=stopped")
	w.must("back restores the list", titles+" === "+quote(found))
	w.back()
	w.must("and the one before", `location.search === "?place=leeds" && $$(".cp-chosen a").length === 1`)
	w.forward()

	colleague := b.guest(t, h.URL, phone)
	colleague.visit(w.at())
	colleague.must("the address says it all", titles+" === "+quote(found)+` && $$(".cp-chosen a").length === 2`)
	colleague.mustNotScrollSideways()
	colleague.picture("the same list on a phone")
	colleague.visit("/case-studies?place=leeds&topic=nobody-wrote-of-it")
	colleague.must("an address that nothing answers to says what is chosen", `says("0 case studies") && $$(".cp-chosen a").length === 2`)
	colleague.leads("taking one out", func() { colleague.tap(".cp-chosen li:last-child a") })
	colleague.mustBeAt("/case-studies?place=leeds")
	w.tabTo(".cp-chosen a")
	w.leads("taking one out", func() { w.press(kb.Enter) })
	w.must("one is left", `$$(".cp-chosen a").length === 1`)
}

// twoMembersTalk in a live thread, and one of them loses the connection while they write.
func twoMembersTalk(t *testing.T, b *browser) {
	h := hubtest.New(t)
	g := newGate(t, h)
	talk := "/discussions/" + passportThread(h)
	mel, max := b.as(t, g.URL, "member"), b.as(t, g.URL, "member2")
	mel.visit(talk)
	max.visit(talk)
	readers(t, h, 2)
	mel.await("both are seen to be here", `text("[data-live-present]") === "2 people here"`)

	post := func(w *window, words string) (sent time.Time) {
		w.tabTo("#body")
		w.write(words)
		w.tabTo("#reply [type=submit]")
		sent = time.Now()
		w.press(kb.Enter)
		return sent
	}
	max.watch()
	late := []time.Duration{max.lands(post(mel, "Has anyone a form that fits one page?"), "Has anyone a form that fits one page?")}

	// The answer is given to that very post.
	max.tabTo(`[data-posts] > li:last-child .cp-post__acts a`)
	max.leads("Reply", func() { max.press(kb.Enter) })
	max.must("the composer says to whom", `text("#reply .cp-post__to") === "In reply to Mel Member"`)
	mel.watch()
	late = append(late, mel.lands(post(max, "We have. I will send it."), "We have. I will send it."))
	mel.must("it says what it answers", `text("[data-posts] > li:last-child .cp-post__to") === "In reply to Mel Member"`)
	mel.must("and leads there", `$("[data-posts] > li:last-child .cp-post__to a").hash === "#" + $("[data-posts] > li:nth-last-child(2)").id`)
	max.await("the author has it too, once", `text("[data-posts] > li:last-child").includes("We have. I will send it.") && saying("We have. I will send it.").length === 1`)
	max.await("the next reply is to nobody", `!$("#reply [name=reply_to]") && !$("#reply .cp-post__to")`)
	order := `$$("[data-posts] > li").map((li) => li.id).join()`
	mel.must("both see one order", order+" === "+quote(eval[string](max, order)))
	mel.picture("answered")

	// The post fails: the words stay, over a closed page too, and arrive once when it works again.
	max.forgives("request failed: Fetch", "network: Failed to load resource: net::ERR_EMPTY_RESPONSE")
	g.deaf.Store(true)
	post(max, "It is on its way.")
	max.await("the writer is told", `text("[data-live-status]").startsWith("Your reply was not sent.")`)
	max.must("the words are still there", `$("#body").value === "It is on its way."`)
	max.picture("not sent")
	g.deaf.Store(false)
	max.visit(talk)
	max.await("they outlive the page", `$("#body").value === "It is on its way."`)
	readers(t, h, 2)
	max.tabTo("#reply [type=submit]")
	sent := time.Now()
	max.press(kb.Enter)
	promptly(t, append(late, mel.lands(sent, "It is on its way.")))
	max.await("and the composer is empty", `$("#body").value === ""`)
	max.visit(talk)
	max.must("it stays empty", `$("#body").value === "" && saying("It is on its way.").length === 1`)

	// Signed out elsewhere while writing: the words wait behind the sign-in.
	max.tabTo("#body")
	max.write("Did it arrive?")
	other := max.another()
	other.visit("/")
	other.leads("Sign out", func() { other.click(".cp-account form button") })
	max.await("the page says so", `text("[data-live-status]").startsWith("You are no longer signed in here.")`)
	max.tabTo("#reply [type=submit]")
	max.leads("posting", func() { max.press(kb.Enter) })
	max.must("leads to signing in", `location.pathname === "/sign-in"`)
	max.signIn("member2")
	max.mustBeAt(talk)
	max.await("and back to the words", `$("#body").value === "Did it arrive?"`)
}

// aPlaceSaysWeDoThisToo, with a fault first.
func aPlaceSaysWeDoThisToo(t *testing.T, b *browser) {
	h := hubtest.New(t)
	w := b.as(t, h.URL, "admin")
	w.visit(passport)
	w.must("3 places so far", `inView("Working in 3 of 6 places") && text(".cp-places").includes("Harrogate not said")`)
	w.tabTo(`.cp-adoptions a.nhsuk-button`)
	w.leads("We do this too", func() { w.press(kb.Enter) })
	w.must("the place is known", `$("#place").value === "harrogate"`)
	w.tabTo("[name=stage]")
	w.press(kb.ArrowDown, kb.ArrowDown, kb.ArrowDown)
	w.must("stopped is chosen", `$("[name=stage]:checked").value === "stopped"`)
	w.tabTo("#kept")
	w.write("The yearly talk")
	w.tabTo("main form button")
	w.may(422)
	w.picture("filled in")
	w.leads("sharing it", func() { w.press(kb.Enter) })
	w.await("the fault has the focus", `document.activeElement.matches(".nhsuk-error-summary")`)
	w.must("it names what is missing", `text(".nhsuk-error-summary li") === "Say why you stopped, in a sentence or two." && text("#reason-error").includes("Say why you stopped")`)
	w.must("nothing is lost", `$("#kept").value === "The yearly talk" && $("[name=stage]:checked").value === "stopped" && $("#place").value === "harrogate"`)
	w.picture("fault")
	w.press(kb.Tab, kb.Enter)
	w.await("the way to the field", `document.activeElement.id === "reason"`)
	w.write("Managers had no time for it.")
	w.leads("sharing it", func() { w.press(kb.Tab, kb.Tab, kb.Enter) })
	w.mustBeAt(passport + "#adoptions")
	w.must("the sentence tells it", `text(".cp-adoptions p").includes("Leeds stopped, here is why") && text(".cp-adoptions p").includes("Harrogate stopped")`)

	// They start again: the same entry changes.
	w.visit(passport + "/adopt")
	w.must("what was said is there to be changed", `$("#reason").value === "Managers had no time for it."`)
	w.tabTo("[name=stage]")
	w.press(kb.ArrowUp)
	w.tabTo("main form button")
	w.leads("sharing it", func() { w.press(kb.Enter) })
	guest := b.guest(t, h.URL)
	guest.visit(passport)
	guest.must("it shows in the sentence", `inView("Working in 4 of 6 places") && !text(".cp-adoptions p").includes("Harrogate")`)
	guest.must("and in the list of places", `text(".cp-places").includes("Harrogate doing")`)
	guest.must("signed by role and organisation", `text("#place-harrogate").includes("Declared by Hub manager, Harrogate partner (example)")`)
	guest.picture("four of six")
}

// aPlanShowsItsProgress: what is late, what has no data, and the numbers behind a picture.
func aPlanShowsItsProgress(t *testing.T, b *browser) {
	h := hubtest.New(t)
	w := b.guest(t, h.URL)
	w.visit("/plans")
	w.tabTo(`main a[href="/plans/adult-carers-2026-28"]`)
	w.leads("a plan", func() { w.press(kb.Enter) })
	w.must("its goals at a glance", `$$(".cp-goals li").length === 4 && $$(".cp-goals a").every(inside) && says("actions done")`)
	w.must("late is worked out from dates", `saying("Every surgery has a named carers lead").some((el) => { const li = clean(el.closest("li").innerText); return /\d+ days past its date/.test(li) && li.endsWith("late") })`)
	w.must("what is done is not late", `saying("asked at every flu clinic").some((el) => clean(el.closest("li").innerText).endsWith("done"))`)
	measure := `saying("Carers who say they were asked if they were able and willing to care").map((el) => el.closest(".cp-measure"))[0]`
	w.must("no data says so", `clean(`+measure+`.innerText).includes("no data") && !`+measure+`.querySelector("svg")`)
	w.must("what was said, where it stands and by when", `clean($(".cp-measure .cp-said").innerText) === "We said From 8,400 to 14,000 people Now 9,720 people, October 2026 24% of the way. By when March 2028"`)
	w.must("and a small picture", `inside($(".cp-chart")) || $(".cp-chart").getBoundingClientRect().width > 100`)
	w.must("updates have a day that people can read", `text(".cp-updates li").startsWith("6 November 2026, Carers programme manager")`)
	w.must("the numbers are folded away", `!$(".cp-measure table").checkVisibility()`)
	w.tabTo(".cp-measure summary")
	w.press(kb.Enter)
	w.await("the table opens", `$(".cp-measure table").checkVisibility()`)
	w.must("with the baseline, the readings and the target", `$$(".cp-measure table")[0].innerText.replace(/\s+/g, " ").trim() ===
		"Date What Value 1 April 2026 Where we began 8,400 people 1 July 2026 Reading 9,150 people 1 October 2026 Reading 9,720 people 31 March 2028 Target 14,000 people"`)
	w.picture("numbers")
}
