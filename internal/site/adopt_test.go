package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
)

// TestSayingWeDoThisToo has a place say how far it is, and change its mind.
func TestSayingWeDoThisToo(t *testing.T) {
	h := hubtest.New(t)
	partner, guest := h.As("partner"), h.As("guest")
	study := h.Record("documents", "slug", "a-carer-friendly-system")
	page := "/case-studies/a-carer-friendly-system"
	has(t, guest.Get(page), "No place has said yet that it does this")
	say := func(more url.Values) hubtest.Answer { return partner.Post(page+"/adopt", more) }

	if to := ledTo(t, say(url.Values{"place": {"hertfordshire"}, "stage": {"trying"}, "kept": {"Champions"}, "changed": {"The rota; and more"}, "contact_role": {"Ward lead"}})); to != page+"#adoptions" {
		t.Errorf("it leads to %s", to)
	}
	awaitPage(t, guest, page, "Hertfordshire is trying it and changed the rota.")
	has(t, guest.Get(page), "Working in 0 of 2 places", `<li id="place-hertfordshire">`, "<dt>Kept</dt><dd>Champions</dd>", "<dt>Ask</dt><dd>Ward lead</dd>", "Declared by Workforce lead, <a href=")
	hasNot(t, guest.Get(page), ">Change</a>", "Pat Partner")
	has(t, guest.Get("/case-studies"), "Working in 0 of 2 places")
	has(t, guest.Get("/case-studies?stage=trying"), page)
	has(t, partner.Get(page), page+"/adopt?place=hertfordshire\">Change</a>")

	// What one said comes back in the form, and is changed, not said twice.
	form := formOf(want(t, partner.Get(page+"/adopt?place=hertfordshire"), http.StatusOK))
	if form.Get("stage") != "trying" || form.Get("kept") != "Champions" || form.Get("contact_role") != "Ward lead" {
		t.Errorf("the form comes back as %v", form)
	}
	form.Set("stage", "doing")
	ledTo(t, say(form))
	awaitPage(t, guest, page, "Working in 1 of 2 places")

	form.Set("stage", "stopped")
	form.Set("reason", "  ")
	fault := want(t, say(form), http.StatusUnprocessableEntity)
	if got := faultsOn(fault)["reason"]; got != "Say why you stopped, in a sentence or two." {
		t.Errorf("faults %v", faultsOn(fault))
	}
	has(t, fault, ">Champions</textarea>")
	form.Set("reason", "The money ended.")
	ledTo(t, say(form))
	awaitPage(t, guest, page, `Hertfordshire stopped, <a href="#place-hertfordshire">here is why</a>.`)
	has(t, guest.Get(page), "<dt>Why</dt><dd>The money ended.</dd>")
	if got := records(t, h, "adoptions", "document", study.Id); len(got) != 1 || got[0].GetString("result") != "" {
		t.Errorf("%d adoptions", len(got))
	}
	has(t, partner.Get(page+"/adopt?place=hertfordshire"), ">The money ended.</textarea>")

	// Somebody else of the same organisation speaks for it; another organisation speaks for itself.
	ledTo(t, h.As("member").Post(page+"/adopt", url.Values{"place": {"hertfordshire"}, "stage": {"looking"}}))
	if got := records(t, h, "adoptions", "document", study.Id); len(got) != 2 {
		t.Errorf("%d adoptions of two organisations", len(got))
	}
	awaitPage(t, guest, page, "Hertfordshire is looking at it")

	long := url.Values{"place": {"west-essex"}, "stage": {"doing"}, "kept": {strings.Repeat("k", 2001)}}
	if a := say(long); a.Status != http.StatusUnprocessableEntity || faultsOn(a)["kept"] == "" {
		t.Errorf("a long text is answered with %d %v", a.Status, faultsOn(a))
	}
}

// TestAdoptingWhatOneMayNotSee answers as for what is not there, and says why where one may look.
func TestAdoptingWhatOneMayNotSee(t *testing.T) {
	h := hubtest.New(t)
	group, board := h.Record("spaces", "slug", "passport-group"), h.Record("spaces", "slug", "programme-board")
	form := url.Values{"place": {"leeds"}, "stage": {"doing"}}
	for slug, values := range map[string]map[string]any{
		"in-the-group": {"space": group.Id, "state": "published"}, "on-the-board": {"space": board.Id, "state": "published"},
		"a-draft": {"state": "draft"}, "gone": {"state": "withdrawn"},
	} {
		make1(t, h, "documents", map[string]any{
			"kind": "case-study", "title": slug, "slug": slug, "summary": "x", "challenge": "- a", "action": "- b", "result": "- c",
			"contact_role": "d", "places": []string{wakefield(h)}, "space": values["space"], "state": values["state"],
		})
	}
	member, member2, lead := h.As("member"), h.As("member2"), h.As("lead")
	want(t, member.Post("/case-studies/in-the-group/adopt", form), http.StatusSeeOther)
	want(t, member2.Post("/case-studies/in-the-group/adopt", form), http.StatusForbidden)
	want(t, member2.Get("/case-studies/in-the-group/adopt"), http.StatusForbidden)
	want(t, member.Post("/case-studies/on-the-board/adopt", form), http.StatusNotFound)
	want(t, lead.Post("/case-studies/on-the-board/adopt", form), http.StatusSeeOther)
	want(t, member.Post("/case-studies/a-draft/adopt", form), http.StatusNotFound)
	want(t, lead.Post("/case-studies/a-draft/adopt", form), http.StatusForbidden)
	want(t, member.Post("/case-studies/gone/adopt", form), http.StatusForbidden)
}

// TestNumbersOfTheForm gives numbers, puts them right and takes one out; what is wrong is named and nothing else is lost.
// Somebody of the same organisation writes meanwhile.
func TestNumbersOfTheForm(t *testing.T) {
	h := hubtest.New(t)
	partner, guest := h.As("partner"), h.As("guest")
	page := "/case-studies/a-carer-friendly-system"
	form := formOf(want(t, partner.Get(page+"/adopt?place=leeds"), http.StatusOK))
	for name, value := range map[string]string{
		"stage": "doing", "since": "2026-03-01", "kept": "The form", "number0_what": "staff-kept", "number0_n": "1,214", "number0_of": "1,300", "number0_how": "counted", "number0_source": "The staff records",
		"number1_what": "people-reached", "number1_n": "3", "number1_how": "counted", "number1_source": "Three wombats",
	} {
		form.Set(name, value)
	}
	for name, bad := range map[string][2]string{
		"number0_n": {"1e400", "Number 1: give it in figures"}, "number0_of": {"12", "there cannot be more than the whole"}, "number0_to": {"2999-01-01", "that day is still to come"},
		"number1_n": {"many", "Number 2: give it in figures"}, "since": {"soon", "Give a day such as"}, "number1_what": {"wishes", "Number 2: say what was counted"},
	} {
		was := form.Get(name)
		form.Set(name, bad[0])
		a := want(t, partner.Post(page+"/adopt", form), http.StatusUnprocessableEntity)
		has(t, a, bad[1], ">The form</textarea>", `value="The staff records"`)
		form.Set(name, was)
	}
	for range 2 { // it is sent twice
		ledTo(t, partner.Post(page+"/adopt", form))
	}
	if n := strings.Count(guest.Get(page).Body, "<dd>Staff kept: 1,214"); n != 1 {
		t.Errorf("the number stands there %d times", n)
	}
	has(t, guest.Get(page), "<dt>Counted</dt><dd>Staff kept: 1,214 of 1,300 staff (The staff records)</dd>", "People reached: fewer than five people", "<dt>March 2026</dt>", "Leeds</a> took it up.", "Counted in 1 place: 1,214 staff kept.")
	hasNot(t, guest.Get(page), "wombats")

	colleague := h.Record("users", "email", "member2@example.org")
	colleague.Set("organisation", h.Record("users", "email", "partner@example.org").GetString("organisation"))
	save(t, h, colleague)
	other := h.As("member2")
	mine, theirs := formOf(partner.Get(page+"/adopt?place=leeds")), formOf(other.Get(page+"/adopt?place=leeds"))
	if mine.Get("number1_n") != "fewer than five" || mine.Get("number0_n") != "1,214" {
		t.Errorf("the numbers come back as %v", mine)
	}
	mine.Set("number1_n", "")
	mine.Set("kept", "The form and the talk")
	ledTo(t, partner.Post(page+"/adopt", mine))
	theirs.Set("kept", "The form and the guide")
	theirs.Set("dropped", "The register")
	a := want(t, other.Post(page+"/adopt", theirs), http.StatusUnprocessableEntity)
	has(t, a, "Somebody of your organisation changed this while you wrote, and says: “The form and the talk”.", ">The form and the guide</textarea>")
	ledTo(t, other.Post(page+"/adopt", formOf(a)))
	has(t, guest.Get(page), "<dd>The form and the guide</dd>", "<dt>Dropped</dt><dd>The register</dd>", "1,214 of 1,300")
	hasNot(t, guest.Get(page), "People reached")
	has(t, other.Get(page), page+"/adopt?place=leeds\">Change</a>")
}
