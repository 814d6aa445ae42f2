package search

import (
	"slices"
	"strings"
	"testing"
)

// TestEditions: one hit of each page in one language, whoever asks.
func TestEditions(t *testing.T) {
	page := func(id, page string, what Edition, title, body string) Entry {
		return Entry{ID: id, Kind: "handbook", Access: everybody, Title: title, Summary: title, Body: body, URL: "/" + id, Page: page, Edition: what}
	}
	x := open(t,
		page("plain", "a/en", Original, "Take a break from caring", "Ask the council for a break."),
		page("easy", "a/en", EasyRead, "Take a break: easy read", "You can have a break from caring. Ask the council."),
		page("urdu", "a/ur", Translated, "وقفہ لیں", "کونسل council سے پوچھیں"),
		page("easy-urdu", "a/ur", EasilyTranslated, "آسان وقفہ", "کونسل سے پوچھیں"),
		page("easy-polish", "b/pl", EasilyTranslated, "Przerwa", "Zapytaj."),
		page("other", "b/en", Original, "Something else", "The council again."),
	)
	for query, want := range map[string]string{
		"break":                "plain",
		"break easy read":      "easy",
		"Easy-read break":      "easy",
		"council":              "other plain urdu",
		"وقفہ":                 "urdu",
		"Przerwa":              "easy-polish",
		"easy read break وقفہ": "easy easy-urdu",
		"":                     "other plain",
	} {
		found := idsOf(ask(t, x, Query{Text: query, Facets: true}))
		slices.Sort(found)
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%q finds %s, not %s", query, got, want)
		}
	}
	if r := ask(t, x, Query{Text: "council", Facets: true}); r.Hits[len(r.Hits)-1].ID != "urdu" || r.Facets["kind"][0].Count != 3 {
		t.Errorf("the translation comes last: %v, %v", idsOf(r), r.Facets)
	}
	for typed, want := range map[string]int{"take a br": 1, "easy read": 1} {
		if list, err := x.Suggest(typed, []string{everybody}, 8); err != nil || len(list) != want {
			t.Errorf("%q offers %v %v", typed, list, err)
		}
	}
	if more, err := x.More("plain", []string{everybody}, 5); err != nil || slices.ContainsFunc(more, func(l Likeness) bool { return l.ID == "easy" || l.ID == "urdu" }) {
		t.Errorf("more of the same is itself: %v %v", more, err)
	}
}
