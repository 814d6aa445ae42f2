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
