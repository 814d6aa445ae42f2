package site_test

import (
	"strings"
	"testing"

	"commonplace/internal/hubtest"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// readingWithoutScripts: everything can be read, searched and answered.
func readingWithoutScripts(t *testing.T, b *browser) {
	h := hubtest.New(t)
	talk := "/discussions/" + passportThread(h)
	w := b.guest(t, h.URL, scriptsOff)
	w.visit("/")
	w.must("scripts are off", `!document.documentElement.classList.contains("cp-is-live") && !$("#find").hasAttribute("role")`)
	w.leads("the front page's door", func() { w.click(".cp-door:not(.cp-door--carer) h2 a") })
	w.mustBeAt("/case-studies")
	w.leads("a facet", func() { w.click(`.cp-facet a[href="/case-studies?place=leeds"]`) })
	w.must("the list is narrowed", `text(".cp-chosen a").startsWith("Leeds")`)
	w.leads("a case study", func() { w.click(`.cp-card a[href="` + passport + `"]`) })
	w.must("it is whole", `["Challenge", "Action", "Result", "Place by place", "Where this comes from"].every((s) => $$("h2").some((h) => clean(h.textContent) === s && h.checkVisibility()))`)
	w.must("its thread is there", `says("Yes. Take it, change it, and say here what you changed.")`)
	w.must("nothing asks for scripts", `!$("noscript") && !inView("1 new reply") && !$("[data-live-jump]").checkVisibility()`)
	w.click(`a[href="#place-leeds"]`)
	w.await("why Leeds stopped", `inView("The form ran to four pages.")`)

	w.tabTo("#find")
	w.write("passprot")
	w.leads("search", func() { w.press(kb.Enter) })
	w.mustBeAt("/search?q=passprot")
	w.must("it is found", `!!$('main a[href="`+passport+`"]')`)
	w.leads("a kind of result", func() { w.click(`.cp-facet a[href*="kind=handbook"]`) })
	w.must("only that kind", `$$(".cp-hit").length > 0 && $$(".cp-hit .cp-facts li:first-child").every((li) => li.textContent === "Handbook")`)
	w.leads("a result", func() { w.click(".cp-hit a") })
	w.must("a page of the handbook", `location.pathname.startsWith("/handbook/") && says("Last reviewed")`)
	w.visit("/in/leeds/handbook/adult-carers/carers-assessment")
	w.must("answers for a place", `says("Answers for Leeds")`)

	w.visit("/plans/adult-carers-2026-28")
	w.click(".cp-measure summary")
	w.await("the numbers unfold", `$(".cp-measure table").checkVisibility()`)
	w.must("what is late says so", `saying("late").some((el) => el.matches(".cp-status--late"))`)
	w.visit("/glossary")
	w.leads("a term", func() { w.click(`main a[href="/glossary/carers-assessment"]`) })
	w.must("it is explained", `text("h1") !== "" && text(".cp-text").length > 100`)

	// A discussion: read it, sign in from it, answer with the plain form.
	w.visit("/discussions")
	w.leads("a thread", func() { w.click(`main a[href="` + talk + `"]`) })
	w.must("all of it", `$$("[data-posts] > li").length === 6`)
	w.leads("Sign in to reply", func() { w.click("#reply a") })
	w.signIn("member")
	w.mustBeAt(talk + "#reply")
	w.tabTo("#reply [type=submit]")
	w.may(422)
	w.leads("posting nothing", func() { w.press(kb.Enter) })
	w.await("the form says what is wrong", `text("#body-error").startsWith("Error:") && document.activeElement.matches(".nhsuk-error-summary")`)
	w.tabTo("#body")
	w.write("Written without scripts.")
	w.tabTo("#reply [type=submit]")
	w.leads("posting", func() { w.press(kb.Enter) })
	w.must("it is there, in the window", `location.hash === "#" + $("[data-posts] > li:last-child").id && inView("Written without scripts.")`)
	w.do("loading the page again", reload)
	w.must("once", `saying("Written without scripts.").length === 1 && $("#body").value === ""`)
	w.picture("posted without scripts")
}

// paper is a sheet of A4 between its margins.
func paper(w *window) error {
	if err := chromedp.Do(w.ctx, chromedp.EmulateViewport(673, 986)); err != nil {
		return err
	}
	return w.media("print")
}

// onPaper there is nothing to press, and links say where they lead.
func onPaper(t *testing.T, b *browser) {
	h := hubtest.New(t)
	w := b.as(t, h.URL, "member", paper)
	for _, p := range []string{"/handbook/adult-carers/carers-assessment", passport, "/plans/adult-carers-2026-28", "/discussions/" + passportThread(h)} {
		w.visit(p)
		w.must("what was written is there", `$("h1").checkVisibility() && $("main").innerText.length > 500`)
		for _, css := range []string{".nhsuk-skip-link", ".cp-demo", ".cp-nav", ".cp-find", ".cp-account", ".nhsuk-breadcrumb", ".nhsuk-pagination", ".cp-footer nav", ".cp-composer", ".nhsuk-button", ".cp-post__acts"} {
			w.must("no "+css+" on paper", "$$("+quote(css)+").every((el) => !el.checkVisibility())")
		}
		if strings.HasPrefix(p, "/handbook/") {
			w.must("there are links elsewhere", `$$("main a[href^=http]").length > 2`)
		}
		w.must("links elsewhere say where they lead", `$$("main a[href^=http]").every((a) => getComputedStyle(a, "::after").content.includes(a.getAttribute("href")))`)
		w.mustFit("on paper "+p, 673)
		w.must("black on white", `getComputedStyle($("h1")).color === "rgb(0, 0, 0)" && getComputedStyle(document.documentElement).backgroundColor === "rgb(255, 255, 255)"`)
		w.picture(p)
	}
}
