package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
)

// suggest sends a change to a page as somebody and returns where the suggestion stands.
func suggest(t *testing.T, c *hubtest.Client, d *library.Document, changes url.Values) string {
	t.Helper()
	form := formOf(want(t, c.Get("/suggestions/new?document="+d.Id), http.StatusOK))
	for k, v := range changes {
		form[k] = v
	}
	return strings.TrimSuffix(ledTo(t, c.Post("/suggestions/new", form)), "?done=sent")
}

func TestAMemberSuggestsAChangeAndItIsTaken(t *testing.T) {
	h := hubtest.New(t)
	d := versions(t, h)
	if err := library.EndWork(h.App, d.Id); err != nil {
		t.Fatal(err)
	}
	member, partner := h.As("member"), h.As("partner")
	has(t, h.As("guest").Get(d.Address()), `href="/suggestions/new?document=`+d.Id+`" rel="nofollow">Suggest a change</a>`)
	form := want(t, member.Get("/suggestions/new?document="+d.Id), http.StatusOK)
	has(t, form, "First the numbat wakes.", "What numbats do.", `name="base" value="3"`)
	hasNot(t, form, "Workbeside", "Secretdraft")
	has(t, want(t, member.Post("/suggestions/new", formOf(form)), http.StatusUnprocessableEntity), "Nothing is changed yet.")
	nameless := formOf(form)
	nameless.Set("title", " ")
	nameless.Set("note", "Because of echidnas.")
	has(t, want(t, member.Post("/suggestions/new", nameless), http.StatusUnprocessableEntity), "Give it a title.", "Because of echidnas.")

	at := suggest(t, member, d, url.Values{"part-0": {"First the numbat wakes.\r\n\r\nThen it eats termites."}, "note": {"Numbats eat termites."}})
	h.Settle()
	hasNot(t, h.As("guest").Get(d.Address()), "termites")
	if n, err := h.App.CountRecords("outbox", dbx.HashExp{"kind": "suggestion", "to": "partner@example.org"}); err != nil || n != 1 {
		t.Errorf("%d mails to the keeper, %v", n, err)
	}
	// Its author and the page's editors see it, and nobody else.
	for who, status := range map[string]int{"member": 200, "partner": 200, "lead": 200, "admin": 200, "member2": 404, "moderator": 404, "guest": 303} {
		want(t, h.As(who).Get(at), status)
		if status != 200 && who != "guest" {
			want(t, h.As(who).Post(at, url.Values{"do": {"take"}, "answer": {"Mine"}}), status)
			hasNot(t, h.As(who).Get("/suggestions"), at)
		}
	}
	hasNot(t, member.Get(at), "Take it")
	want(t, member.Post(at, url.Values{"do": {"take"}, "answer": {"Mine"}}), http.StatusForbidden)
	has(t, member.Get("/suggestions"), at)
	has(t, partner.Get("/suggestions"), at)
	has(t, partner.Get("/write/handbook/"+d.Id+"/history"), at)
	page := partner.Get(at)
	has(t, page, "termites", "Numbats eat termites.", "on the page as it is now", "Take it")
	has(t, want(t, partner.Post(at, url.Values{"do": {"take"}}), http.StatusUnprocessableEntity), "Write a word of thanks.")
	to := ledTo(t, partner.Post(at, url.Values{"do": {"take"}, "answer": {"Thank you, termites it is."}}))
	has(t, partner.Get(to), "The change is made, and readers see it.", ">Taken<")
	h.Settle()
	has(t, h.As("guest").Get(d.Address()), "Then it eats termites.")
	has(t, member.Get(d.Address()+"/changes"), "Suggested by", "Numbats eat termites.", h.Record("users", "email", "member@example.org").GetString("name"))
	hasNot(t, h.As("guest").Get(d.Address()+"/changes"), h.Record("users", "email", "member@example.org").GetString("name"))
	has(t, member.Get(at), "Thank you, termites it is.", "termites")
	mail := h.Record("outbox", "kind", "suggestion-answer")
	if mail.GetString("to") != "member@example.org" || !strings.Contains(mail.GetString("text"), "Thank you, termites it is.") {
		t.Errorf("the thanks say %q to %s", mail.GetString("text"), mail.GetString("to"))
	}
	has(t, want(t, partner.Post(at, url.Values{"do": {"decline"}, "answer": {"No"}}), http.StatusUnprocessableEntity), "Somebody has answered this suggestion already.")
}

func TestASuggestionThatMeetsAnotherChangeShowsBoth(t *testing.T) {
	h := hubtest.New(t)
	d := versions(t, h)
	if err := library.EndWork(h.App, d.Id); err != nil {
		t.Fatal(err)
	}
	at := suggest(t, h.As("member"), d, url.Values{"summary": {"What every numbat does."}})
	d, _ = library.ByID(h.App, d.Id)
	change(t, h, d.Record, map[string]any{"summary": "What some numbats do."})
	partner := h.As("partner")
	has(t, partner.Get(at), "Summary: changed twice", `name="clash-summary" type="radio" value="suggested"`, "All that it changes was changed since")
	ledTo(t, partner.Post(at, url.Values{"do": {"take"}, "answer": {"Thanks"}, "clash-summary": {"suggested"}}))
	h.Settle()
	has(t, h.As("guest").Get(d.Address()), "What every numbat does.")

	// Declined, with a word of thanks; nothing changes.
	at = suggest(t, h.As("member2"), d, url.Values{"summary": {"Nonsense."}})
	ledTo(t, partner.Post(at, url.Values{"do": {"decline"}, "answer": {"Thank you, but no."}}))
	h.Settle()
	hasNot(t, h.As("guest").Get(d.Address()), "Nonsense.")
	has(t, h.As("member2").Get(at), "Not taken", "Thank you, but no.", "Nonsense.")
}

// TestSuggestingNeedsAPageOneMayRead tries drafts, pages of other spaces and versions that were never out.
func TestSuggestingNeedsAPageOneMayRead(t *testing.T) {
	h := hubtest.New(t)
	d := versions(t, h)
	member := h.As("member")
	draft := make1(t, h, "documents", map[string]any{"kind": "guidance", "title": "Unborn"})
	closed := make1(t, h, "documents", map[string]any{"kind": "guidance", "title": "Closed", "summary": "x", "body": "x", "state": library.Published, "space": h.Record("spaces", "slug", "programme-board").Id})
	for _, id := range []string{draft.Id, closed.Id, "nothing", ""} {
		want(t, h.As("member2").Get("/suggestions/new?document="+id), http.StatusNotFound)
		want(t, h.As("member2").Post("/suggestions/new", url.Values{"document": {id}, "base": {"1"}, "title": {"Mine"}}), http.StatusNotFound)
	}
	for _, base := range []string{"1", "4", "99", "", "0", "-1"} { // a draft, work, none
		want(t, member.Post("/suggestions/new", url.Values{"document": {d.Id}, "base": {base}, "title": {"Mine"}}), http.StatusNotFound)
	}
	ledTo(t, member.Post("/suggestions/new", url.Values{"document": {d.Id}, "base": {"2"}, "title": {"Mine"}})) // opened before it changed
}

// TestNobodyIsTheirOwnSecondPerson: what somebody suggested themselves waits beside the page when they take it; what another
// suggested comes out at once, and a reviewer who takes it is the second person.
func TestNobodyIsTheirOwnSecondPerson(t *testing.T) {
	h := hubtest.New(t)
	d := versions(t, h)
	if err := library.EndWork(h.App, d.Id); err != nil {
		t.Fatal(err)
	}
	if _, err := h.App.DB().Update("documents", dbx.Params{"second_check_by": ""}, dbx.HashExp{"id": d.Id}).Execute(); err != nil {
		t.Fatal(err)
	}
	partner, lead := h.As("partner"), h.As("lead")
	at := suggest(t, partner, d, url.Values{"part-0": {"First the numbat wakes.\r\n\r\nThen it eats termites."}})
	to := ledTo(t, partner.Post(at, url.Values{"do": {"take"}, "answer": {"Mine."}}))
	has(t, partner.Get(to), "You suggested this yourself, so readers do not see it yet.", ">Taken<")
	h.Settle()
	hasNot(t, h.As("guest").Get(d.Address()), "termites")
	if work, err := library.Work(h.App, d.Id); err != nil || work == nil {
		t.Errorf("there is no work beside the page (%v)", err)
	}
	if err := library.EndWork(h.App, d.Id); err != nil {
		t.Fatal(err)
	}
	at = suggest(t, partner, d, url.Values{"part-0": {"First the numbat wakes.\r\n\r\nThen it drinks."}})
	to = ledTo(t, lead.Post(at, url.Values{"do": {"take"}, "answer": {"Thank you."}}))
	has(t, lead.Get(to), "The change is made, and readers see it.")
	h.Settle()
	has(t, h.As("guest").Get(d.Address()), "Then it drinks.")
	if by := library.Wrap(h.Record("documents", "id", d.Id)).SecondCheckBy(); !by.IsZero() {
		t.Errorf("two people have looked, and it is to be checked by %v", by)
	}
}
