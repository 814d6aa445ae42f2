package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// whyOf are the reasons of a hit, each as one line.
func whyOf(t *testing.T, r Result, id string) []string {
	t.Helper()
	for _, h := range r.Hits {
		if h.ID == id {
			lines := []string{}
			for _, w := range h.Why {
				line := w.What
				if len(w.Words) > 0 {
					line += ": " + strings.Join(w.Words, " ")
				}
				if w.Count > 0 {
					line += fmt.Sprint(": ", w.Count)
				}
				lines = append(lines, line)
			}
			return lines
		}
	}
	t.Fatalf("%s was not found", id)
	return nil
}

func TestWhyAHitIsWhereItIs(t *testing.T) {
	x := open(t,
		Entry{ID: "title", Title: "Weekend breaks", Body: "For those who care.", Places: []string{"leeds"}, Adopted: 3, Measured: true},
		Entry{ID: "text", Title: "Time off", Summary: "A break from it all", Body: "On a weekend you may rest.", CheckBy: time.Now().AddDate(0, -1, 0)},
		Entry{ID: "heading", Kind: "case-study", Title: "Sitting service", Body: "Weekends\nSomebody comes.", Also: []string{"break"}, Sections: []Section{{"Weekends", "weekends", 0}}},
	)
	for _, c := range []struct {
		name, id string
		query    Query
		want     []string
	}{
		{"words in the title, side by side, and what it is", "title", Query{Text: "weekend breaks", Here: "leeds", Caring: true},
			[]string{"title: weekend breaks", "together", "adopted: 3", "measured", "here", "handbook"}},
		{"no place and no door", "title", Query{Text: "weekend breaks"}, []string{"title: weekend breaks", "together", "adopted: 3", "measured"}},
		{"another form, and a page that is late", "text", Query{Text: "weekend breaks"}, []string{"summary: breaks", "text: weekend", "alike: break", "overdue"}},
		{"another name, and a heading", "heading", Query{Text: "weekend breaks"}, []string{"also: breaks", "heading: weekend", "text: weekend", "alike: weekends"}},
		{"a word that is not there", "heading", Query{Text: "weekend leeds rest"}, []string{"heading: weekend", "text: weekend", "alike: weekends", "missing: leeds rest"}},
		{"words that say nothing", "title", Query{Text: "the weekend"}, []string{"title: weekend", "adopted: 3", "measured"}},
		{"a slip", "title", Query{Text: "weekned"}, nil},
		{"by day", "title", Query{Text: "weekend", Sort: "newest"}, []string{"title: weekend"}},
	} {
		c.query.Explain = true
		r := ask(t, x, c.query)
		got := whyOf(t, r, c.id)
		slices.Sort(got)
		slices.Sort(c.want)
		if c.want == nil { // the word that was meant stands there
			if !slices.Contains(got, "mended: weekend") {
				t.Errorf("%s: %q", c.name, got)
			}
			continue
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q, not\n%q", c.name, got, c.want)
		}
	}
	if r := ask(t, x, Query{Text: "weekend"}); len(r.Hits[0].Why) > 0 {
		t.Errorf("explained unasked: %v", r.Hits[0].Why)
	}
}

// TestWhyAKindMovesDown says of every kind that keeps less of its score that it does, and of others nothing.
func TestWhyAKindMovesDown(t *testing.T) {
	want := map[string]string{
		"post": APost, "thread": AThread, "glossary": ATerm, "figure": APart, "goal": APart, "adoption": APart, "case-study": "", "handbook": "",
	}
	var entries []Entry
	for kind := range want {
		entries = append(entries, Entry{ID: kind, Kind: kind, Title: "Respite", Body: "Of " + kind})
	}
	x := open(t, entries...)
	for _, sort := range []string{"", "newest"} {
		r := ask(t, x, Query{Text: "respite", Sort: sort, Explain: true})
		for kind, reason := range want {
			for _, also := range []string{APost, AThread, ATerm, APart} {
				says := slices.Contains(whyOf(t, r, kind), also)
				if says != (also == reason && sort == "") {
					t.Errorf("%s, sorted by %q: %s said: %v", kind, sort, also, says)
				}
			}
		}
	}
}

// TestTheHandbookComesFirstForThoseWhoCare has a page and a case study that are equally good otherwise.
func TestTheHandbookComesFirstForThoseWhoCare(t *testing.T) {
	x := open(t,
		Entry{ID: "study", Kind: "case-study", Title: "Time away", Body: "Breaks, and more breaks."},
		Entry{ID: "page", Kind: "handbook", Title: "Time off", Body: "Taking breaks."},
		Entry{ID: "term", Kind: "glossary", Title: "Short breaks", Body: "A rest."},
		Entry{ID: "half", Kind: "handbook", Title: "At work", Body: "Short of time."},
	)
	if got := idsOf(ask(t, x, Query{Text: "breaks"})); got[0] == "page" {
		t.Errorf("for everybody: %v", got)
	}
	if got := idsOf(ask(t, x, Query{Text: "breaks", Caring: true})); got[0] != "page" {
		t.Errorf("for those who care: %v", got)
	}
	if got := idsOf(ask(t, x, Query{Text: "short breaks", Caring: true})); got[0] != "term" {
		t.Errorf("half of the words are not enough: %v", got)
	}
}

// TestAHitOnALongPagePointsAtTheSection in which the best passage stands, unless the page as a whole was meant.
func TestAHitOnALongPagePointsAtTheSection(t *testing.T) {
	filler := strings.Repeat("Some words about something else. ", 30)
	body := filler + "\nMoney\n" + filler + "The allowance is paid weekly.\nRespite\n" + filler + "A sitter may come."
	at := func(s string) int { return strings.Index(body, "\n"+s+"\n") + 1 }
	sections := []Section{{"Money", "money", at("Money")}, {"Respite", "respite", at("Respite")}}
	x := open(t,
		Entry{ID: "long", Title: "Help for sitters", URL: "/h/long", Body: body, Sections: sections},
		Entry{ID: "short", Title: "Note", URL: "/h/short", Body: "Money\nThe grant is small.", Sections: []Section{{"Money", "money", 0}}},
	)
	for query, want := range map[string][2]string{
		"allowance":         {"/h/long#money", "Money"},
		"sitter may come":   {"/h/long#respite", "Respite"},
		"sitters":           {"/h/long", "Respite"}, // the page is called so
		"something":         {"/h/long", ""},        // before the first heading
		"grant":             {"/h/short", ""},
		`"allowance is"`:    {"/h/long#money", "Money"},
		"allowance unheard": {"/h/long#money", "Money"},
	} {
		r := ask(t, x, Query{Text: query})
		if len(r.Hits) == 0 || r.Hits[0].Passage != want[0] || strings.Contains(r.Hits[0].URL, "#") || r.Hits[0].Section.Title != want[1] {
			t.Errorf("%s: %+v, not %v", query, r.Hits, want)
		}
	}
}

// TestAHeadingCountsMoreThanText has the same words in two pages, one of which has them in a heading.
func TestAHeadingCountsMoreThanText(t *testing.T) {
	body := "Hello there.\nThe sitters come at night."
	for _, first := range []string{"one", "two"} {
		entries := []Entry{{ID: "one", Title: "A page", Body: body}, {ID: "two", Title: "A page", Body: body}}
		for i := range entries {
			if entries[i].ID == first {
				entries[i].Sections = []Section{{"The sitters come at night.", "sitters", 13}}
			}
		}
		if got := idsOf(ask(t, open(t, entries...), Query{Text: "sitters"})); got[0] != first {
			t.Errorf("%v, not %s first", got, first)
		}
	}
}
