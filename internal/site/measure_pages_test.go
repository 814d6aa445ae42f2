//go:build measure

package site_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
)

// asked are the public pages that no link leads to, but a form, a referral card or a wish does.
var asked = []string{
	"/", "/search", "/search?q=passprot", "/search?q=zzzqqq", "/search?q=breaks&in=leeds", "/search?q=carers&kind=case-study&kind=handbook&place=leeds&door=carer",
	"/case-studies?place=leeds&stage=stopped", "/handbook/booklet", "/handbook/booklet?large=1", "/handbook/adult-carers/booklet", "/handbook/handbook.html",
	"/in/leeds/handbook", "/in/leeds/handbook/adult-carers/carers-assessment", "/in/kirklees/handbook/adult-carers/breaks", "/in/leeds/handbook/handbook.html", "/in/leeds/offline", "/offline",
	"/places/leeds", "/places/harrogate", "/figures", "/figures/carers-allowance-week",
	"/refer/carers-in-hertfordshire", "/refer/carers-in-hertfordshire/adult/kirklees", "/refer/carers-in-hertfordshire/young/leeds", "/refer/carers-in-hertfordshire/poster", "/refer/carers-in-hertfordshire/card", "/refer/carers-in-hertfordshire/counts",
	"/tell-us", "/changed-because-you-said", "/events", "/retention", "/sign-in", "/reset", "/join", "/report?page=/handbook/adult-carers/breaks", "/nothing-here",
}

// atMost is how many of a long list are looked at; of others, all are.
var atMost = map[string]int{
	"glossary": 10, "partners": 5, "people": 3, "figures": 5, "discussions": 5, "events": 5, "in": 6, "use": 2, "embed": 2, "report": 1, "changes": 2, "places": 3, "groups": 3, "programmes": 3, "tell-us": 2,
}

// publicPages are the addresses of pages that a guest comes to: those above, and what they lead to, and so on.
func publicPages(t *testing.T, h *hubtest.Hub) []string {
	t.Helper()
	guest, seen, count := h.Guest(), map[string]bool{}, map[string]int{}
	var all []string
	for todo := slices.Clone(asked); len(todo) > 0; todo = todo[1:] {
		address := todo[0]
		if seen[address] {
			continue
		}
		seen[address] = true
		wanted := slices.Contains(asked, address)
		sort := sortOf(address)
		if most := atMost[sort]; !wanted && most > 0 && count[sort] >= most {
			continue
		}
		a := guest.Get(address)
		page := strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment")
		if !page || a.Status/100 == 3 || a.Status == http.StatusNotFound && address != "/nothing-here" {
			continue
		}
		count[sort]++
		all = append(all, address)
		for n := range elements(parsed(a.Body)) {
			to, _, _ := strings.Cut(attr(n, "href"), "#")
			if n.Data == "a" && strings.HasPrefix(to, "/") && !strings.Contains(to, "?") {
				todo = append(todo, to)
			}
		}
	}
	return all
}

// sortOf is the list that an address stands in, "" for one that stands by itself.
func sortOf(address string) string {
	parts := strings.Split(strings.Trim(address, "/"), "/")
	for _, p := range parts {
		if p == "changes" || p == "at" {
			return "changes"
		}
	}
	if parts[0] == "report" || len(parts) > 1 {
		return parts[0]
	}
	return ""
}

// tenKinds stand for the others where each page takes long.
var tenKinds = []string{
	"/", "/handbook", "/handbook/adult-carers", "/in/leeds/handbook/adult-carers/carers-assessment", "/search?q=passprot", passport,
	"/plans/adult-carers-2026-28", "/templates/emergency-plan", "/refer/carers-in-hertfordshire", "/tell-us",
}
