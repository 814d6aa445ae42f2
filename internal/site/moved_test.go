package site_test

import (
	"net/http"
	slashes "path"
	"testing"

	"commonplace/internal/hubtest"
)

// TestOldAddressesLeadToTheNewForEver renames and moves documents and asks for where they were.
func TestOldAddressesLeadToTheNewForEver(t *testing.T) {
	h := hubtest.New(t)
	guest, member, lead := h.As("guest"), h.As("member"), h.As("lead")
	leads := func(c *hubtest.Client, from, to string) {
		t.Helper()
		a := c.Get(from)
		if a.Status != http.StatusMovedPermanently || a.Header.Get("Location") != to {
			t.Errorf("%s answers %d and leads to %q, not to %q", from, a.Status, a.Header.Get("Location"), to)
		}
	}
	study := h.Record("documents", "slug", "a-passport-that-moves-with-you")
	const first, second, third = "/case-studies/a-passport-that-moves-with-you", "/case-studies/passports", "/case-studies/one-passport"
	want(t, guest.Get(first), http.StatusOK) // in memory now
	lead.REST("PATCH", "/api/collections/documents/records/"+study.Id, map[string]any{"slug": "passports"}).ID(t)
	awaitStatus(t, guest, first, http.StatusMovedPermanently)
	for _, c := range []*hubtest.Client{guest, member} {
		leads(c, first, second)
		leads(c, first+".md", second+".md")
		want(t, c.Get(second), http.StatusOK)
	}
	leads(guest, first+"/", first) // first to the address without the stroke, then on
	leads(member, first+"/adopt", second)
	if a := guest.Do("HEAD", first, "", nil, nil); a.Header.Get("Location") != second {
		t.Errorf("HEAD leads to %q", a.Header.Get("Location"))
	}
	// Renamed again, both lead to where it is; given its first name back, it stands there again.
	change(t, h, study, map[string]any{"slug": "one-passport"})
	awaitStatus(t, guest, second, http.StatusMovedPermanently) // it was in memory
	leads(guest, first, third)
	leads(guest, second, third)
	// A new title alone changes no address of what is out.
	change(t, h, study, map[string]any{"title": "Quite another title"})
	want(t, guest.Get(third), http.StatusOK)

	// Somebody else's draft of the same title does not take an old address away.
	partner := h.As("partner")
	draft := ledTo(t, partner.Post("/write/case-study", sevenFields(wakefield(h), "Passports", nil)))
	leads(guest, second, third)
	id := idIn(t, draft, `case-study/([a-z0-9]{15})`)
	if slug := h.Record("documents", "id", id).GetString("slug"); slug != "passports-2" {
		t.Errorf("the draft stands at %q", slug)
	}
	// A draft that moves leaves nothing behind.
	change(t, h, h.Record("documents", "id", id), map[string]any{"slug": "elsewhere"})
	want(t, partner.Get("/case-studies/passports-2"), http.StatusNotFound)

	change(t, h, study, map[string]any{"slug": "a-passport-that-moves-with-you"})
	awaitStatus(t, guest, first, http.StatusOK)
	leads(guest, third, first)

	// Old addresses lead those who may see the page, and nobody else.
	change(t, h, study, map[string]any{"space": h.Record("spaces", "slug", "programme-board").Id})
	for _, address := range []string{first, second, third} {
		awaitStatus(t, guest, address, http.StatusNotFound)
		want(t, member.Get(address), http.StatusNotFound)
	}
	leads(lead, second, first)
	change(t, h, study, map[string]any{"space": h.Record("spaces", "slug", "library").Id, "state": "withdrawn"})
	awaitStatus(t, guest, first, http.StatusOK)
	leads(guest, second, first)

	// A page of the handbook that goes into another chapter, read through a place as well.
	for _, r := range records(t, h, "documents", "slug", "breaks") {
		if r.GetString("kind") == "handbook" {
			change(t, h, r, map[string]any{"chapter": "start-here"})
		}
	}
	awaitStatus(t, guest, "/handbook/adult-carers/breaks", http.StatusMovedPermanently)
	leads(guest, "/handbook/adult-carers/breaks", "/handbook/start-here/breaks")
	leads(guest, "/handbook/adult-carers/breaks.md", "/handbook/start-here/breaks.md")
	leads(guest, "/in/leeds/handbook/adult-carers/breaks", "/in/leeds/handbook/start-here/breaks")
	want(t, guest.Get("/in/leeds/handbook/start-here/breaks"), http.StatusOK)
	leads(guest, "/changed-because-you-said?page=/handbook/adult-carers/breaks", "/changed-because-you-said?page=%2Fhandbook%2Fstart-here%2Fbreaks")

	// The other kinds.
	for from, to := range map[string]string{
		"/plans/young-carers-2026-28": "/plans/renamed-1", "/glossary/carer": "/glossary/renamed-2", "/templates/emergency-plan": "/templates/renamed-3", "/about": "/renamed-4",
	} {
		for _, r := range records(t, h, "documents", "slug", slashes.Base(from)) {
			if r.GetString("kind") != "handbook" {
				change(t, h, r, map[string]any{"slug": slashes.Base(to)})
			}
		}
		leads(guest, from, to)
		want(t, guest.Get(to), http.StatusOK)
	}
	// What an importer wrote down leads on, too, wherever it was.
	make1(t, h, "redirects", map[string]any{"path": "/2019/old page.html", "document": study.Id})
	leads(guest, "/2019/old%20page.html", first)
}
