package site_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

// TestTheHandbookOnPaper adds pages to the handbook until there are forty at least, and some that are not for everybody.
func TestTheHandbookOnPaper(t *testing.T) {
	h := hubtest.New(t)
	guest, lead := h.As("guest"), h.As("lead")
	example := h.Record("documents", "title", "Take a break from caring") // neither long nor short
	page := func(title string, more map[string]any) string {
		values := map[string]any{"kind": "handbook", "title": title, "summary": "A summary.", "chapter": "parent-carers", "state": "published", "body": example.GetString("body")}
		for k, v := range more {
			values[k] = v
		}
		return make1(t, h, "documents", values).Id
	}
	have := len(regexp.MustCompile(`<article class="cp-leaf`).FindAllString(guest.Get("/handbook/booklet").Body, -1))
	pages := max(40, have+2)
	for n := have; n < pages; n++ {
		page(fmt.Sprintf("One more page, number %d", n), nil)
	}
	last := fmt.Sprintf("One more page, number %d", pages-1)
	page("Only for the board", map[string]any{"space": h.Record("spaces", "slug", "programme-board").Id})
	page("Not out", map[string]any{"state": "draft"})
	gone := page("Soon gone", map[string]any{"body": "## A heading\n\nWords."})
	odd := page("Odd \"title\" </style><script>x</script> \\", map[string]any{"body": "[a](/handbook/parent-carers/soon-gone) [b](https://www.example.org/x/) ![alt words](/files/nothing/x.png)"})

	t.Run("has every page that everybody may read, and no other, whoever asks", func(t *testing.T) {
		for _, address := range []string{"/handbook/booklet", "/in/leeds/handbook/booklet", "/handbook/handbook.html", "/handbook/parent-carers/booklet"} {
			for _, client := range []*hubtest.Client{guest, lead} {
				a := want(t, client.Get(address), http.StatusOK)
				has(t, a, last, "Soon gone")
				hasNot(t, a, "Only for the board", "Not out", "<script>x")
				for _, fault := range bonesOf(parsed(a.Body)) {
					if !strings.Contains(fault, "style") {
						t.Errorf("%s: %s", address, fault)
					}
				}
			}
		}
	})
	t.Run("sets closer what would run over by a few lines", func(t *testing.T) {
		line := strings.Repeat("Words to fill the sheet. ", 10) + "\n\n"
		for lines, close := range map[int]bool{10: false, 17: true, 40: false} {
			id := page(fmt.Sprintf("Of %d lines", lines), map[string]any{"body": strings.Repeat(line, lines)})
			awaitPage(t, guest, "/handbook/parent-carers/booklet", fmt.Sprintf("Of %d lines", lines))
			leaf := regexp.MustCompile(`(?s)<article[^>]*>.{0,400}Of ` + fmt.Sprint(lines) + ` lines.*?</article>`).FindString(want(t, guest.Get("/handbook/parent-carers/booklet"), http.StatusOK).Body)
			if leaf == "" || strings.Contains(leaf, "cp-leaf__text--close") != close {
				t.Errorf("%d lines are set closer: %v, in %.300s", lines, !close, leaf)
			}
			if err := h.App.Delete(h.Record("documents", "id", id)); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("the file is small and needs nothing", func(t *testing.T) {
		for _, address := range []string{"/handbook/handbook.html", "/in/kirklees/handbook/handbook.html"} {
			a := want(t, guest.Get(address), http.StatusOK)
			if n := len(a.Body); n > 300_000*pages/40 { // 300 KB for 40 pages
				t.Errorf("%s has %d bytes", address, n)
			} else {
				t.Logf("%s: %d bytes", address, n)
			}
			hasNot(t, a, "<script", "<link", "<img", `src="`, "url(", "@import")
		}
	})
	t.Run("titles do not break out of the sheet of styles", func(t *testing.T) {
		a := want(t, guest.Get("/handbook/booklet.css"), http.StatusOK)
		has(t, a, `Odd \22 title\22  \3c /style\3e \3c script\3e x\3c /script\3e  \5c `)
		hasNot(t, a, "</style>", "<script")
	})
	t.Run("short addresses lead to the page for ever, and to no other", func(t *testing.T) {
		short := library.ShortAddress(odd)
		has(t, guest.Get("/handbook/booklet"), short+"</strong>")
		for from, to := range map[string]string{short: "/handbook/parent-carers/", strings.ToUpper(short): "", short + "/leeds": "/in/leeds/handbook/parent-carers/"} {
			a := guest.Get(from)
			if to != "" && (a.Status != http.StatusFound || !strings.HasPrefix(a.Header.Get("Location"), to)) {
				t.Errorf("%s leads to %q (%d)", from, a.Header.Get("Location"), a.Status)
			}
		}
		want(t, guest.Get("/h/"+strings.ToUpper(strings.TrimPrefix(short, "/h/"))), http.StatusFound)
		want(t, guest.Get(short+"/atlantis"), http.StatusNotFound)
		hidden := library.ShortAddress(h.Record("documents", "title", "Only for the board").Id)
		if a, b := guest.Get(hidden), guest.Get("/h/22222"); a.Status != http.StatusNotFound || len(a.Body) != len(b.Body) {
			t.Errorf("a page of others is told from none: %d, %d and %d bytes", a.Status, len(a.Body), len(b.Body))
		}
	})
	t.Run("is kept in memory until a page changes", func(t *testing.T) {
		for _, address := range []string{"/handbook/booklet", "/handbook/handbook.html", "/handbook/booklet.css"} {
			guest.Get(address)
			if !h.Hub.Site.Remembers(address) {
				t.Errorf("%s is not kept", address)
			}
		}
		change(t, h, h.Record("documents", "id", gone), map[string]any{"state": "withdrawn"})
		for _, address := range []string{"/handbook/booklet", "/handbook/handbook.html", "/handbook/booklet.css"} {
			hasNot(t, guest.Get(address), "Soon gone")
		}
	})
	t.Run("each host has its own addresses", func(t *testing.T) {
		r, err := http.NewRequest(http.MethodGet, h.URL+"/handbook/adult-carers/breaks", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "evil.example"
		answer, err := http.DefaultClient.Do(r)
		if err != nil || answer.Body.Close() != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(err, answer)
		}
		hasNot(t, guest.Get("/handbook/adult-carers/breaks"), "evil.example")
	})
}
