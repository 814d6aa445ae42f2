package site_test

import (
	_ "embed"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed testdata/axe.min.js
var axe string

// sight is one page of a kind, and what is done to bring it about.
type sight struct {
	kind, address string
	then          func(*window)
}

// How every kind of page is looked at: axe-core looks at it on a desktop and on a phone, in the light and in the dark, folded
// and unfolded; and what axe does not see is looked at here: whether a phone's page scrolls sideways, and whether text of
// twice the size is cut.

func accessibleToGuests(t *testing.T, b *browser) {
	h := hubtest.New(t)
	arabic := publishGuidance(t, h, "ar", "دعم مقدمي الرعاية", "ما الذي يمكن لفريقك أن يفعله اليوم.",
		"## ابدأ من هنا\n\nاسأل كل شخص: **هل تعتني بأحد؟** انظر [الدليل](/handbook).\n\n- دوّن الإجابة.\n- اعرض تقييماً.\n\n> [!TIP]\n> خذ وقتك.\n\n"+
			"| من يسأل | متى | أين تُحفظ الإجابة | ماذا بعد |\n|---|---|---|---|\n| ممرضة القسم | يوم الدخول | في السجل المشترك | عرض التقييم |\n")
	japanese := publishGuidance(t, h, "ja", "介護者を支える", "職場で今日からできることをまとめました。",
		"## はじめに\n\n家族や友人を無償で介護している人は、自分を介護者だと思っていないことがよくあります。まず尋ねることから始めてください。\n\n```\n"+
			strings.Repeat("long-line-of-code ", 12)+"\n```\n\n"+strings.Repeat("Donaudampfschifffahrt", 8)+"\n\nhttps://example.org/"+strings.Repeat("a-long-address/", 9)+"\n")
	h.Settle()
	w := b.guest(t, h.URL)
	w.inspectAll([]sight{
		{"home", "/", nil},
		{"handbook", "/handbook", nil},
		{"handbook in a place", "/in/leeds/handbook", nil},
		{"chapter", "/handbook/adult-carers", nil},
		{"saving the handbook", "/offline", nil},
		{"page", "/handbook/adult-carers/breaks", nil},
		{"page in a place", "/in/leeds/handbook/adult-carers/carers-assessment", nil},
		{"booklet", "/handbook/adult-carers/booklet", nil},
		{"referral card", "/refer/carers-in-hertfordshire", nil},
		{"referral card, faults", "/refer/carers-in-hertfordshire", submit("main form button")},
		{"who helps", "/refer/carers-in-hertfordshire/adult/kirklees", nil},
		{"poster", "/refer/carers-in-hertfordshire/poster", nil},
		{"cards", "/refer/carers-in-hertfordshire/card", nil},
		{"place", "/places/leeds", nil},
		{"events", "/events", nil},
		{"events in a place, none", "/in/leeds/events?access=bsl&access=quiet-room", nil},
		{"event", "/events/example-first-steps", nil},
		{"event, cancelled", "/events/example-garden-afternoon", nil},
		{"event, over", "/events/example-carers-breakfast", nil},
		{"case studies", "/case-studies", nil},
		{"case studies, narrowed", "/case-studies?place=leeds&stage=stopped", nil},
		{"case studies, none", "/case-studies?place=leeds&topic=nobody-wrote-of-it", nil},
		{"case study", passport, nil},
		{"case study without talk", "/case-studies/one-plan-for-carers-across-six-places", nil},
		{"plans", "/plans", nil},
		{"coverage", "/coverage", nil},
		{"plan through a place", "/in/leeds/plans/adult-carers-2026-28", nil},
		{"a board's page", "/programmes/unpaid-carers/board", nil},
		{"strategy", "/guidance/carers-strategy", nil},
		{"glossary", "/glossary", nil},
		{"term", "/glossary/carers-assessment", nil},
		{"search, start", "/search", nil},
		{"search, nothing", "/search?q=zzzqqq", nil},
		{"search, results", "/search?q=passprot", nil},
		{"search, narrowed", "/search?q=carers&kind=case-study&kind=handbook&place=leeds&door=carer&in=leeds", nil},
		{"search, nothing but less", "/search?q=%22breaks+zebra%22&kind=handbook", nil},
		{"search, why", "/search?q=passport&kind=case-study", func(w *window) {
			w.leads("why", func() { w.click(".cp-quiet") })
		}},
		{"suggestions", "/search", func(w *window) {
			w.tabTo("#find")
			w.write("pass")
			w.await("suggestions", `$("#suggest-0").checkVisibility()`)
			w.press(kb.ArrowDown)
		}},
		{"discussions", "/discussions", nil},
		{"thread", "/discussions/" + passportThread(h), nil},
		{"spaces", "/spaces", nil},
		{"sign in", "/sign-in", nil},
		{"sign in, wrong", "/sign-in", submit("main form button")},
		{"about", "/about", nil},
		{"accessibility statement", "/accessibility", nil},
		{"template", "/templates/emergency-plan", nil},
		{"template with scores", "/templates/quality-markers", nil},
		{"champions", "/champions", nil},
		{"champions, none", "/champions?setting=pharmacy&level=board", nil},
		{"writing to a champion", "/champions/" + h.Record("champions", "level", "board").Id + "/contact", nil},
		{"writing to a champion, faults", "/champions/" + h.Record("champions", "level", "board").Id + "/contact", submit("main form button")},
		{"self-checks", "/self-checks", nil},
		{"self-check", "/self-checks/" + h.Record("assessments", "title", "Park Street Surgery (example)").Id, nil},
		{"self-check with a history", "/self-checks/" + h.Record("assessments", "title", "Hill Road Surgery (example)").Id, nil},
		{"guidance in Arabic", arabic, func(w *window) {
			w.must("it is written from right to left", `$("main").lang === "ar" && $("main").dir === "rtl" && getComputedStyle($("h1")).direction === "rtl"`)
		}},
		{"guidance in Japanese", japanese, func(w *window) { w.must("it is marked as Japanese", `$("main").lang === "ja"`) }},
		{"404", "/nothing-here", nil},
	})
}

func accessibleToMembers(t *testing.T, b *browser) {
	h := hubtest.New(t)
	draft := h.As("partner").REST("POST", "/api/collections/documents/records", map[string]any{
		"kind": "case-study", "state": "draft", "title": "A tea trolley", "summary": "A ward offers tea.", "challenge": "- No tea", "action": "- Tea", "result": "- Tea was had",
	}).ID(t)
	champion := h.Record("champions", "level", "board").Id
	h.As("partner").Post("/champions/"+champion+"/contact", url.Values{"words": {"How do we begin?"}})
	message := "/champions/" + champion + "/messages/" + h.Record("champion_messages", "champion", champion).Id
	talk := "/discussions/" + passportThread(h)
	b.as(t, h.URL, "partner").inspectAll([]sight{
		{"case study, member", passport, nil},
		{"adopt", passport + "/adopt", nil},
		{"adopt, faults", passport + "/adopt", func(w *window) {
			w.click("[value=stopped] + label")
			eval[string](w, `$("#reason").value = ""`)
			submit("main form button")(w)
		}},
		{"joining the champions", "/champions/join", nil},
		{"joining the champions, faults", "/champions/join", submit("main form [value=save]")},
		{"message to a champion", message, nil},
		{"self-check, form", "/self-checks/new?template=quality-markers", nil},
		{"self-check, faults", "/self-checks/new?template=impact-check", submit("[value=share]")},
		{"event, form", "/write/event", nil},
		{"event, faults", "/write/event", submit("[value=announce]")},
		{"event, outcome", "/events/example-carers-breakfast/outcome", nil},
		{"write", "/write", nil},
		{"form", "/write/case-study", nil},
		{"form, faults", "/write/case-study", submit("[value=publish]")},
		{"form, saved", "/write/case-study/" + draft + "?saved=1", nil},
		{"preview", "/write/case-study/" + draft + "/preview", nil},
		{"thread, member", talk, nil},
		{"thread, reply", talk + "?reply=" + h.Record("posts", "thread", passportThread(h)).Id, nil},
		{"thread, faults", talk, submit("#reply [type=submit]")},
		{"new thread", "/discussions/new", nil},
		{"new thread, faults", "/discussions/new", submit("main form .cp-buttons button")},
		{"space", "/spaces/passport-group", nil},
		{"me", "/me", nil},
	})
	b.as(t, h.URL, "member").inspectAll([]sight{{"403", "/write/case-study", nil}})
	answer := passport + "/adoptions/" + h.Record("adoptions", "stage", "stopped").Id
	const plan = "/plans/adult-carers-2026-28"
	action := h.Record("actions", "title", "Survey of carers two weeks after discharge begins").Id
	b.as(t, h.URL, "lead").inspectAll([]sight{
		{"adoption, as the first place", answer, nil},
		{"where things stand", "/manage/overview", nil},
		{"keeping a plan", plan + "/keep", nil},
		{"moving a date, faults", plan + "/keep/date/" + action, submit("main form button")},
		{"signing a plan", plan + "/sign", nil},
		{"roles of a plan", plan + "/roles", nil},
		{"a table, faults", plan + "/csv", func(w *window) {
			w.tabTo("#table")
			w.write("measure,day\rnothing,never")
			w.leads("looking at it", func() { w.click("main form button") })
		}},
	})
}

// submit sends a form in which something is missing.
func submit(button string) func(*window) {
	return func(w *window) {
		w.may(422)
		w.leads("submitting", func() { w.click(button) })
		w.must("it says what is wrong", `$(".nhsuk-error-summary").checkVisibility()`)
	}
}

func (w *window) inspectAll(sights []sight) {
	w.t.Helper()
	w.may(403, 404)
	for _, s := range sights {
		w.visit(s.address)
		if s.then != nil {
			s.then(w)
		}
		w.inspect(s.kind)
	}
}

// publishGuidance publishes a page in another language, and says where it stands.
func publishGuidance(t *testing.T, h *hubtest.Hub, language, title, summary, body string) string {
	t.Helper()
	id := h.As("admin").REST("POST", "/api/collections/documents/records", map[string]any{
		"kind": "guidance", "state": "published", "language": language, "title": title, "summary": summary, "body": body,
	}).ID(t)
	return "/guidance/" + h.Record("documents", "id", id).GetString("slug")
}

// violation is what axe says of a rule that is broken.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

const (
	rules      = `runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], ` + faultsOnly
	everything = "{ " + rules + " }"
	structure  = "{ " + rules + `, rules: { "color-contrast": { enabled: false } } }` // unfolded, it has the same colours and more
	colours    = `{ runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] }, ` + faultsOnly + ` }`
	faultsOnly = `resultTypes: ["violations"], selectors: false` // the half of axe's time went into describing what is in order
	unfold     = `$$("details").forEach((d) => (d.open = true)), true`
	fold       = `$$("details").forEach((d) => (d.open = false)), true`
)

// inspect looks at the page in the window in every light, and leaves it as a desktop shows it.
func (w *window) inspect(kind string) {
	w.t.Helper()
	w.do("axe", chromedp.Evaluate[chromedp.Void](axe))
	w.picture(kind + " desktop")
	folds := eval[bool](w, `$$("details:not([open])").length > 0`)
	if folds {
		w.axe(kind, structure)
		eval[bool](w, unfold)
	}
	w.axe(kind+", unfolded", everything)
	w.turn(dark)
	w.axe(kind+", dark", colours)
	w.picture(kind + " dark")
	w.turn(still)
	w.mustNotCutLargeText(kind)

	w.turn(phone)
	w.axe(kind+", phone, unfolded", everything)
	w.mustFitPhone(kind + ", unfolded")
	if folds {
		eval[bool](w, fold)
		w.axe(kind+", phone", structure)
		w.mustFitPhone(kind)
	}
	w.picture(kind + " phone")
	w.turn(desktop)
}

func (w *window) turn(l look) {
	w.t.Helper()
	if err := l(w); err != nil {
		w.t.Fatal(err)
	}
}

func (w *window) axe(kind, options string) {
	w.t.Helper()
	found, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]violation]("axe.run("+options+").then((r) => r.violations)", chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("%s: axe: %v", kind, err)
	}
	for _, v := range found {
		for _, n := range v.Nodes {
			w.t.Errorf("%s: %s: %s\n%s\n%s", kind, v.ID, v.Help, n.HTML, n.FailureSummary)
		}
	}
}

func (w *window) mustFitPhone(kind string) {
	w.t.Helper()
	w.mustFit(kind+", phone", phoneWidth)
}

// mustFit fails when the page is wider than the window, and names what sticks out.
func (w *window) mustFit(kind string, width int) {
	w.t.Helper()
	if wide := eval[int](w, "document.scrollingElement.scrollWidth"); wide > width {
		out := eval[string](w, `$$("body *").filter((el) => el.checkVisibility() && el.getBoundingClientRect().right > `+fmt.Sprint(width)+` + 1 && !el.closest(".cp-table")).pop()?.outerHTML.slice(0, 200) ?? "what stands in a table"`)
		w.picture(kind + " wide")
		w.t.Errorf("%s: the page is %d wide and scrolls sideways: %s", kind, wide, out)
	}
}

// cut lists what hides a part of its text: boxes that let nothing out and are too small, and fields lower than a line.
const cut = `$$("body *").filter((el) => {
	if (!(el instanceof HTMLElement) || !el.checkVisibility() || el.clientWidth < 2) return false;
	const s = getComputedStyle(el), hides = (o) => o === "hidden" || o === "clip";
	if (el.matches("input, select, button")) return el.clientHeight < parseFloat(s.fontSize);
	return (hides(s.overflowX) && el.scrollWidth > el.clientWidth + 1) || (hides(s.overflowY) && el.scrollHeight > el.clientHeight + 1);
}).map((el) => el.outerHTML.slice(0, 120))`

// mustNotCutLargeText looks at the page with text of twice the size.
func (w *window) mustNotCutLargeText(kind string) {
	w.t.Helper()
	eval[bool](w, `document.documentElement.style.fontSize = "200%", true`)
	for _, el := range eval[[]string](w, cut) {
		w.t.Errorf("%s: text of twice the size is cut: %s", kind, el)
	}
	w.mustFit(kind+", large text", desktopWidth)
	w.picture(kind + " large")
	eval[bool](w, `document.documentElement.style.fontSize = "", true`)
}
