package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

// urdu is a short page of words that say nothing in particular.
var urdu = url.Values{"title": {"وقفہ لیں"}, "summary": {"یہ ایک صفحہ ہے۔"}, "chapter": {"adult-carers"}, "language": {"ur"}, "body": {"## پہلا حصہ\n\nیہ ایک صفحہ ہے۔\n"}, "do": {"publish"}}

// TestEditionsOfAPage: from a page one comes to its other languages and to easy read, and from each of them back.
func TestEditionsOfAPage(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	partner, guest := h.As("partner"), h.Guest()
	original := library.Wrap(h.Record("documents", "key", "hb-adult-breaks"))

	t.Run("one is begun from the form of its original", func(t *testing.T) {
		has(t, h.As("lead").Get("/write/handbook/"+original.Id), "/write/handbook?of="+original.Id+`"`, "Write this in easy read")
		has(t, partner.Get("/write/handbook?of="+original.Id), "In another language", original.Address(), `name="of" value="`+original.Id, `<option value="ur">`)
		has(t, partner.Get("/write/handbook?easy=yes&of="+original.Id), "In easy read", `name="easy" value="yes"`)
		want(t, h.As("member").Get("/write/handbook?of="+original.Id), http.StatusForbidden)
		want(t, partner.Get("/write/guidance?of="+original.Id), http.StatusNotFound)
		want(t, partner.Get("/write/handbook?of=nothing"), http.StatusNotFound)
	})
	begun := url.Values{"of": {original.Id}}
	for name, values := range urdu {
		begun[name] = values
	}
	begun["title"], begun["do"] = []string{""}, []string{"save"}
	has(t, want(t, partner.Post("/write/handbook", begun), http.StatusUnprocessableEntity), `name="of" value="`+original.Id)
	begun["title"] = urdu["title"]
	ledTo(t, partner.Post("/write/handbook", begun))
	d := library.Wrap(h.Record("documents", "title", urdu.Get("title")))
	if d.EditionOf() != original.Key() || d.Meta().TranslationOf != original.Key() {
		t.Fatalf("an edition of %q", d.EditionOf())
	}
	t.Run("a draft is offered to nobody", func(t *testing.T) {
		for _, c := range []*hubtest.Client{guest, partner} {
			hasNot(t, c.Get(original.Address()), "Also in", urdu.Get("title"), d.Address(), `hreflang="ur"`)
		}
		want(t, guest.Get(d.Address()), http.StatusNotFound)
	})
	ledTo(t, partner.Post("/write/handbook/"+d.Id, urdu))
	d = library.Wrap(h.Record("documents", "title", urdu.Get("title")))
	easy := url.Values{"of": {original.Id}, "easy": {"yes"}, "title": {"Breaks: easy read"}, "summary": {"You can rest."}, "chapter": {"adult-carers"}, "body": {"You can rest. Ask for plinths.\n"}, "do": {"publish"}}
	easily := ledTo(t, partner.Post("/write/handbook", easy))
	h.Settle()

	t.Run("each leads to the others", func(t *testing.T) {
		for base, place := range map[string]string{"": "", "/in/leeds": "Leeds"} {
			page := want(t, guest.Get(base+original.Address()), http.StatusOK)
			has(t, page, "Also in:", `<a href="`+base+d.Address()+`" hreflang="ur" rel="alternate"><span lang="ur" dir="rtl">اردو</span></a>`, `<a href="`+base+easily+`" hreflang="en" rel="alternate">Easy read</a>`, place)
			has(t, page, `<link rel="alternate" hreflang="ur" href="`+h.URL+base+d.Address()+`">`)
			page = want(t, guest.Get(base+d.Address()), http.StatusOK)
			has(t, page, `<main id="main" class="nhsuk-width-container" lang="ur" dir="rtl">`, `<a href="`+base+original.Address()+`" hreflang="en" rel="alternate"><span lang="en" dir="ltr">English</span></a>`)
			page = want(t, guest.Get(base+easily), http.StatusOK)
			has(t, page, `<a href="`+base+original.Address()+`" hreflang="en" rel="alternate">the full page</a>`)
			hasNot(t, page, `<link rel="alternate" hreflang`)
		}
	})
	t.Run("they stand in no list", func(t *testing.T) {
		for _, address := range []string{"/", "/handbook/adult-carers", "/handbook/adult-carers/booklet", "/places/leeds"} {
			hasNot(t, guest.Get(address), d.Address(), easily, urdu.Get("title"))
		}
	})
	t.Run("search finds one in each language, and easy read when it is asked for", func(t *testing.T) {
		for query, only := range map[string]string{"plinths": "", "plinths easy read": easily, "وقفہ": d.Address()} {
			page := want(t, guest.Get("/search.json?q="+url.QueryEscape(query)), http.StatusOK).Body
			for _, address := range []string{easily, d.Address()} {
				if strings.Contains(page, address+`"`) != (address == only) {
					t.Errorf("%q and %s", query, address)
				}
			}
		}
	})
	t.Run("one that is withdrawn is offered no more", func(t *testing.T) {
		d.Set("state", library.Withdrawn)
		if err := h.App.Save(d.Record); err != nil {
			t.Fatal(err)
		}
		h.Settle()
		hasNot(t, guest.Get(original.Address()), d.Address(), "اردو")
	})
}
