package site_test

import (
	"net/http"
	"net/url"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

// TestOneBuildsOnAnother links two pages and says why a third differs; a reader is told only of what they may see.
func TestOneBuildsOnAnother(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	partner, guest := h.As("partner"), h.Guest()
	study := library.Wrap(h.Record("documents", "slug", "a-carer-friendly-system"))
	_, text := half(h, "a-carer-friendly-system")
	form := sevenFields(wakefield(h), "Our carer friendly ward", url.Values{"section-in-short": {text}, "do": {"publish"}})
	mine := ledTo(t, partner.Post("/write/case-study", form))
	d := library.Wrap(h.Record("documents", "title", "Our carer friendly ward"))
	address := "/write/case-study/" + d.Id + "/relations"

	has(t, partner.Get(address), study.Title(), "Mine differs because", study.Address()+"/adopt")
	page := want(t, partner.Post(address, url.Values{"other": {study.Id}, "do": {library.Differs}}), http.StatusUnprocessableEntity)
	has(t, page, "Say why, in one line.", "because-"+study.Id)
	ledTo(t, partner.Post(address, url.Values{"other": {study.Id}, "do": {library.BuildsOn}}))
	ledTo(t, partner.Post(address, url.Values{"other": {study.Id}, "do": {library.Differs}, "because": {"It is one ward,\n not a hospital."}}))
	has(t, guest.Get(mine), "Builds on <a href=\""+study.Address()+"\">", "Differs from", "It is one ward, not a hospital.")
	has(t, guest.Get(study.Address()), "Built on by <a href=\""+mine+"\">")

	// A page in a closed space is told of to nobody else; nobody relates to what they may not see.
	closed := library.Wrap(h.Record("documents", "id", study.Id))
	closed.Set("space", h.Record("spaces", "slug", "programme-board").Id)
	if err := h.App.Save(closed.Record); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	hasNot(t, guest.Get(mine), "Builds on", study.Title(), "not a hospital")
	want(t, partner.Post(address, url.Values{"other": {study.Id}, "do": {library.BuildsOn}}), http.StatusNotFound)
	want(t, partner.Post(address, url.Values{"other": {"nothing"}, "do": {library.BuildsOn}}), http.StatusNotFound)
	for _, who := range []string{"member", "member2"} {
		if a := h.As(who).Post(address, url.Values{"other": {d.Id}, "do": {library.BuildsOn}}); a.Status != http.StatusForbidden && a.Status != http.StatusNotFound {
			t.Errorf("%s: %d", who, a.Status)
		}
	}
}
