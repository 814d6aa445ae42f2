package hub_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
)

// TestTheFirstPlaceIsToldAndAnswers: a place says that it does what another began; that one is told on its page and by mail,
// confirms and asks, and both pages say so. The other is told in turn. Nobody else is, and nobody else may answer.
func TestTheFirstPlaceIsToldAndAnswers(t *testing.T) {
	h := newFollowed(t)
	study := h.Record("documents", "slug", "a-carer-friendly-system")
	study.Set("organisation", h.user("partner@example.org").GetString("organisation"))
	if err := h.App.Save(study); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	h.read("partner@example.org", "member@example.org", "lead@example.org")
	page := "/case-studies/a-carer-friendly-system"
	partner, member, guest := h.As("partner"), h.As("member"), h.As("guest")
	post := func(c *hubtest.Client, address string, form url.Values, status int) hubtest.Answer {
		t.Helper()
		a := c.Post(address, form)
		if a.Status != status {
			t.Fatalf("%s: %d %.300s", address, a.Status, a.Body)
		}
		h.Settle()
		return a
	}
	says := func(what string, c *hubtest.Client, address string, all ...string) {
		t.Helper()
		body := c.Get(address).Body
		for _, words := range all {
			if !strings.Contains(body, words) {
				t.Errorf("%s: %s does not say %q", what, address, words)
			}
		}
	}
	post(member, page+"/adopt", url.Values{"place": {"kirklees"}, "stage": {"trying"}, "kept": {"The form"}}, 303)
	answer := page + "/adoptions/" + h.Record("adoptions", "kept", "The form").Id
	day := time.Now().UTC().Truncate(24 * time.Hour).Add(9 * time.Hour)
	h.digest(day)
	says("the first place", partner, "/notifications", "They do this too. You can confirm it, or ask:", "Kirklees", answer)
	if mail := h.said("partner@example.org"); !strings.Contains(mail, "They do this too") || !strings.Contains(mail, answer) {
		t.Errorf("the mail says %s", mail)
	}
	says("since", partner, "/since", "Who does it too", answer)
	h.expect("a place tries it", map[string]string{"partner": "adopted", "member": "", "lead": "", "moderator": ""})
	post(member, page+"/adopt", url.Values{"place": {"kirklees"}, "stage": {"trying"}, "kept": {"The form"}, "dropped": {"The rota"}}, 303)
	h.expect("more words", map[string]string{"partner": ""})
	post(member, page+"/adopt", url.Values{"place": {"kirklees"}, "stage": {"doing"}, "kept": {"The form"}}, 303)
	h.expect("another stage", map[string]string{"partner": "adopted"})

	// Who may answer: those who speak for the first place, and not for themselves.
	says("the form", partner, answer, "Kirklees does this too", "Yes, we know them")
	says("the ledger", partner, page, answer)
	for who, c := range map[string]*hubtest.Client{"member": member, "member2": h.As("member2"), "moderator": h.As("moderator")} {
		if got, sent := c.Get(answer).Status, c.Post(answer, url.Values{"do": {"confirm"}}).Status; got != 404 || sent != 404 || strings.Contains(c.Get(page).Body, answer) {
			t.Errorf("%s may answer: %d %d", who, got, sent)
		}
	}
	other := "/case-studies/a-passport-that-moves-with-you/adoptions/" + answer[strings.LastIndex(answer, "/")+1:]
	if got := partner.Get(other).Status; got != 404 {
		t.Errorf("below another study: %d", got)
	}
	if got := partner.REST("PATCH", "/api/collections/adoptions/records/"+h.Record("adoptions", "kept", "The form").Id, map[string]any{"confirmed_by_role": "Chief"}); got.Status < 400 {
		t.Errorf("REST lets somebody answer: %d", got.Status)
	}
	if member.REST("PATCH", "/api/collections/adoptions/records/"+h.Record("adoptions", "kept", "The form").Id, map[string]any{"confirmed_by_role": "Chief", "confirmed_on": "2026-01-01", "history": []any{}}); h.Record("adoptions", "kept", "The form").GetString("confirmed_by_role") != "" {
		t.Error("a place confirms itself over REST")
	}

	post(partner, answer, url.Values{"do": {"confirm"}}, 303)
	for _, address := range []string{page, "/places/kirklees", "/partners/" + h.Record("organisations", "id", h.user("member@example.org").GetString("organisation")).GetString("slug")} {
		says("confirmed", guest, address, "Confirmed by the place where it began: Workforce lead")
	}
	says("the other place", member, "/notifications", "The place where it began has confirmed what you said:")
	h.expect("confirmed", map[string]string{"member": "confirmed", "partner": ""})
	post(partner, answer, url.Values{"do": {"undo"}}, 303)
	if strings.Contains(guest.Get(page).Body, "Confirmed by") {
		t.Error("what was taken back is still there")
	}

	post(partner, answer, url.Values{"do": {"ask"}, "title": {"Kirklees: how?"}, "body": {" "}, "client_key": {"asked-once"}}, 422)
	ask := url.Values{"do": {"ask"}, "title": {"Kirklees: how?"}, "body": {"How did you do the form?"}, "client_key": {"asked-once"}}
	thread := post(partner, answer, ask, 303).Header.Get("Location")
	if again := post(partner, answer, ask, 303).Header.Get("Location"); again != thread {
		t.Errorf("asked twice: %s and %s", thread, again)
	}
	says("asked", guest, page, "The place where it began asks: <a href=\""+thread+"\">Kirklees: how?</a>")
	says("asked", guest, "/places/kirklees", thread)
	says("who is asked", member, "/notifications", "The place where it began asks about what yours does:", thread)
	h.digest(day.AddDate(0, 0, 1))
	if mail := h.said("member@example.org"); !strings.Contains(mail, "Kirklees: how?") {
		t.Errorf("the mail to who is asked: %s", mail)
	}
}
