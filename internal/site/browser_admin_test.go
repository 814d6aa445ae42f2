package site_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"commonplace/internal/hubtest"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
)

// anAdministratorsDay: thirty people from a spreadsheet, a confidential space, an auditor who asks who saw what, and a
// leaver, with the keyboard alone.
func anAdministratorsDay(t *testing.T, b *browser) {
	h := hubtest.New(t)
	h.Settle()
	w := b.as(t, h.URL, "admin")
	w.visit("/")
	w.follow(`a[href="/manage"]`, "Manage")

	w.follow(`a[href="/manage/invitations"]`, "Invitations")
	w.picture("nobody invited yet")
	w.follow(`a[href="/manage/invitations/new"]`, "Invite people")
	w.tabTo("#list")
	w.paste(spreadsheet(30))
	w.tabTo("[value=check]")
	w.leads("checking the list", w.pressEnter)
	w.must("it is understood", `text("main").includes("30 people can be invited") && $$("tbody tr").length === 30`)
	w.picture("the list as it was understood")
	w.tabTo("[value=send]")
	w.leads("sending", w.pressEnter)
	w.mustBeAt("/manage/invitations?sent=30")
	w.must("all are invited", `$$("tbody tr").length === 30 && text("tbody").includes("person07@example.org")`)
	w.picture("thirty invited")
	if n, err := h.App.CountRecords("outbox"); err != nil || n != 30 {
		t.Errorf("%d mails are written: %v", n, err)
	}

	w.visit("/manage")
	w.follow(`a[href="/manage/spaces"]`, "Spaces")
	w.follow(`a[href="/spaces/new"]`, "New space")
	w.tabTo("#title")
	w.write("Safeguarding leads")
	w.tabTo(`[name=level]`)
	for range 5 {
		if w.focused("[value=confidential]") {
			break
		}
		w.press(kb.ArrowDown)
	}
	w.must("confidential is chosen", `$("[value=confidential]").checked`)
	w.picture("a confidential space")
	w.tabTo("main form button")
	w.leads("making the space", w.pressEnter)
	w.mustBeAt("/spaces/safeguarding-leads/manage")
	w.picture("the space is made")
	for _, name := range []string{"guest", "member", "lead"} {
		if a := h.As(name).Get("/spaces/safeguarding-leads"); a.Status != http.StatusNotFound {
			t.Errorf("the %s gets %d", name, a.Status)
		}
	}

	want(t, h.As("lead").Get("/search.csv?q=carer"), http.StatusOK) // somebody takes something away
	w.visit("/manage")
	w.follow(`a[href="/manage/audit"]`, "Audit trail")
	w.must("what was done stands there", `text("tbody").includes("Safeguarding leads")`)
	w.tabTo(`[aria-label="Ready-made questions"] a`)
	w.leads("who saw what", w.pressEnter)
	w.must("who took what stands there", `text("tbody").includes("Lee Lead")`)
	w.picture("who saw what")

	leaver := h.Record("users", "email", "member2@example.org")
	theirs := b.as(t, h.URL, "member2")
	theirs.visit("/discussions/" + passportThread(h))
	w.visit("/manage")
	w.follow(`a[href="/manage/people"]`, "People")
	w.tabTo("#q")
	w.write("Max Member")
	w.leads("finding them", func() { w.press(kb.Enter) })
	w.follow(`a[href="/manage/people/`+leaver.Id+`"]`, "Max Member")
	w.picture("a person")
	w.follow(`a[href$="/erase"]`, "Erase a person")
	w.tabTo("#sure")
	w.press(" ")
	w.picture("before erasing")
	w.tabTo("main form button")
	w.leads("erasing", w.pressEnter)
	w.must("the name is gone", `!text("main").includes("Max Member")`)
	w.picture("erased")
	theirs.may(http.StatusNotFound)
	theirs.visit("/me")
	theirs.mustBeAt("/sign-in?to=%2Fme")
	if page := h.As("lead").Get("/discussions/" + passportThread(h)).Body; strings.Contains(page, "Max Member") || !strings.Contains(page, "Former member") {
		t.Error("what they wrote does not say that a former member did")
	}
}

// spreadsheet is a list of people as it is copied from one: with headings, and tabs between columns.
func spreadsheet(people int) string {
	var list strings.Builder
	list.WriteString("Name\tE-mail\tOrganisation\n")
	for i := range people {
		fmt.Fprintf(&list, "Person %02d\tperson%02d@example.org\tLeeds partner (example)\n", i, i)
	}
	return list.String()
}

// follow goes to a link with the Tab key, presses Enter, and is then at a page of that heading.
func (w *window) follow(css, heading string) {
	w.t.Helper()
	w.tabTo(css)
	w.leads("the link "+css, w.pressEnter)
	w.must("it leads to "+heading, `text("h1") === `+quote(heading))
}

// paste puts text where the focus is, all at once.
func (w *window) paste(text string) {
	w.t.Helper()
	call(w, input.InsertText, input.InsertTextParams{Text: text})
}

// accessibleToAdministrators looks at the pages of joining, moderation and administration.
func accessibleToAdministrators(t *testing.T, b *browser) {
	h := hubtest.New(t)
	h.Settle()
	post := h.Record("posts", "thread", passportThread(h)).Id
	other := h.Record("users", "email", "member@example.org").Id
	study := h.Record("documents", "slug", "a-passport-that-moves-with-you").Id
	board := h.Record("spaces", "slug", "programme-board").Id
	want(t, h.As("member").Post("/report?what=post:"+post, form("reason", "unkind", "words", "Look at it.")), http.StatusSeeOther)
	b.guest(t, h.URL).inspectAll([]sight{
		{"partners", "/partners", nil},
		{"partner", "/partners/carers-in-hertfordshire", nil},
		{"groups", "/groups", nil},
		{"group", "/groups/hr-directors-of-the-acute-trusts", nil},
		{"programme", "/programmes/workforce", nil},
		{"join", "/join", nil},
		{"sign in by code", "/sign-in/code", nil},
		{"reset", "/reset", nil},
		{"report", "/report?what=post:" + post, nil},
		{"retention", "/retention", nil},
	})
	b.as(t, h.URL, "admin").inspectAll([]sight{
		{"manage", "/manage", nil},
		{"invite", "/manage/invitations/new", nil},
		{"people", "/manage/people", nil},
		{"person", "/manage/people/" + other, nil},
		{"profile", "/people/" + other, nil},
		{"settings", "/manage/settings", nil},
		{"health", "/manage/health", nil},
		{"mail", "/manage/mail", nil},
		{"audit", "/manage/audit", nil},
		{"review", "/manage/review", nil},
		{"spaces, managed", "/manage/spaces", nil},
		{"space, managed", "/spaces/programme-board/manage", nil},
		{"who can see a study", "/who?document=" + study, nil},
		{"who can see a space", "/who?space=" + board, nil},
		{"move", "/move?document=" + study, nil},
		{"moderation", "/moderate", nil},
		{"decide", "/moderate/things/post:" + post, nil},
		{"partner, managed", "/manage/partners/new", nil},
		{"topics", "/manage/topics", nil},
		{"own data", "/me/export", nil},
		{"leaving", "/me/leave", nil},
		{"sessions", "/me/sessions", nil},
	})
}
