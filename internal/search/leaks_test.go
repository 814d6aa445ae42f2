package search

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What somebody may not see does not show in anything that they are given: not in hits, counts and facets, and not in
// what is offered.

const board = "board:published"

// secrets are ten private entries whose words stand nowhere else, beside some that everybody may read.
func secrets() (open, closed []Entry) {
	open = []Entry{
		{ID: "passport", Kind: "case-study", Title: "A passport that moves with you", Body: "Carers keep it. It asks for a zebra once.", Places: []string{"leeds"}, Topics: []string{"work"}},
		{ID: "break", Title: "Taking a break", Body: "Carers rest.", Topics: []string{"breaks"}},
	}
	for i := range 10 {
		closed = append(closed, Entry{
			ID: fmt.Sprint("closed", i), Kind: "action-plan", Title: "Redundancies in the passprot office", Summary: "About the merger.", Body: "Zebro, wombat and quokka are told.",
			Also: []string{"layoffs"}, Access: board, Places: []string{"wakefield"}, Topics: []string{"jobs"}, Programmes: []string{"secret"}, OrganisationSlug: "spies", Organisation: "Spies", Evidence: "evaluated", Audience: []string{"board"},
		})
	}
	return open, closed
}

func TestNothingIsFoundWithoutAKey(t *testing.T) {
	x := open(t, Entry{ID: "1", Title: "Breaks", Places: []string{"leeds"}})
	for name, keys := range map[string][]string{"none": {}, "an empty one": {""}, "another's": {"lib:draft"}, "a part of one": {"lib"}, "a pattern": {"lib:*", "*"}, "other letters": {"LIB:PUBLISHED"}} {
		for _, text := range []string{"breaks", "braeks", "", `"breaks"`} {
			r := ask(t, x, Query{Text: text, Keys: keys, Facets: true})
			if r.Total != 0 || len(r.Hits) != 0 || r.Instead != "" || len(r.Facets["place"]) != 0 {
				t.Errorf("%s: %q finds %+v", name, text, r)
			}
		}
		if found, err := x.Suggest("brea", keys, 8); len(found) != 0 || err != nil {
			t.Errorf("%s: it suggests %v %v", name, found, err)
		}
	}
}

// TestS01TheSameAsWithoutThem puts queries to a library with private entries and to one without: the answers are equal.
func TestS01TheSameAsWithoutThem(t *testing.T) {
	visible, closed := secrets()
	without, with := open(t, visible...), open(t, append(slices.Clone(visible), closed...)...)
	for _, text := range []string{
		"", "redundancies", "redundancy", "Redundancis", "redundansies", "passprot", "pasprot", "passport", "zebro", "zebru", "zebra", "wombat", "wombta", "merger", "layoffs", "layofs", "wakefield", "closed1", "spies",
		`"passprot office"`, "carers wombat", "wombat quokka", `carers "quokka are told"`, "offise",
	} {
		for _, filters := range []map[string][]string{nil, {"place": {"wakefield"}}, {"kind": {"action-plan"}}, {"organisation": {"spies"}}, {"kind": {"case-study"}}} {
			for _, sort := range []string{"", "newest", "reviewed"} {
				q := Query{Text: text, Filters: filters, Sort: sort, Facets: true}
				a, b := ask(t, without, q), ask(t, with, q)
				a.Took, b.Took = 0, 0
				for _, r := range []*Result{&a, &b} {
					for i := range r.Hits {
						r.Hits[i].Score = 0 // see TestScoresSayNothingOfPrivateWords
					}
				}
				if !reflect.DeepEqual(a, b) {
					t.Errorf("%q %v by %q: without them %+v, with them %+v", text, filters, sort, a, b)
				}
			}
		}
		for n := range len(text) + 1 {
			a, err1 := without.Suggest(text[:n], []string{everybody}, 8)
			b, err2 := with.Suggest(text[:n], []string{everybody}, 8)
			if err1 != nil || err2 != nil || !reflect.DeepEqual(a, b) {
				t.Errorf("%q suggests %v without them, %v with them", text[:n], a, b)
			}
		}
	}
}

// TestThoseOfTheSpaceFindIt shows that the words above can be found, counted, mended and suggested at all.
func TestThoseOfTheSpaceFindIt(t *testing.T) {
	visible, closed := secrets()
	x := open(t, append(visible, closed...)...)
	both := []string{everybody, board}
	for text, instead := range map[string]string{
		"redundancies": "", "redundansies": "redundancies", "zebru": "zebro", "wombat": "", "wombta": "wombat", "merger": "", "layoffs": "", `"passprot office"`: "", "passprot": "",
	} {
		r := ask(t, x, Query{Text: text, Keys: both, Facets: true})
		if r.Total < 10 || r.Instead != instead || fmt.Sprint(r.Facets["organisation"]) != "[{spies 10}]" || !strings.Contains(fmt.Sprint(r.Facets["place"]), "{wakefield 10}") {
			t.Errorf("%s: %d, %q, %v", text, r.Total, r.Instead, r.Facets)
		}
	}
	if found, err := x.Suggest("redun", both, 8); len(found) != 8 || err != nil {
		t.Errorf("it suggests %v %v", found, err)
	}
	if r := ask(t, x, Query{Text: "carers", Keys: []string{board}}); r.Total != 0 {
		t.Errorf("one key opens what needs another: %v", idsOf(r))
	}
}

// TestS02MendingOffersOnlyWhatOneMayRead has a private word that is commoner and as near as a public one, and a private
// one that is exactly what was asked for.
func TestS02MendingOffersOnlyWhatOneMayRead(t *testing.T) {
	visible, closed := secrets()
	x := open(t, append(visible, closed...)...)
	for text, want := range map[string]string{"zebru": "zebra", "zebro": "zebra", "passprot": "passport", "carers zebru": "carers zebra", "redundansies": "", "wombta": ""} {
		if r := ask(t, x, Query{Text: text}); r.Instead != want {
			t.Errorf("%s: %q is offered, not %q", text, r.Instead, want)
		}
	}
}

// TestScoresSayNothingOfPrivateWords: the score of what one may see changed with each word of the query that stood in
// something private, so that a guest could ask for words one by one.
func TestScoresSayNothingOfPrivateWords(t *testing.T) {
	visible, closed := secrets()
	x := open(t, append(visible, closed...)...)
	for _, sort := range []string{"", "newest"} {
		scores := func(text string) (all []float64) {
			for _, h := range ask(t, x, Query{Text: text, Sort: sort}).Hits {
				all = append(all, h.Score)
			}
			return all
		}
		for _, word := range []string{"wombat", "redundancies", "merger", "layoffs", "told"} {
			if said, unsaid := scores("carers "+word), scores("carers qqqqqqqq"); len(said) != 2 || !slices.Equal(said, unsaid) {
				t.Errorf("by %q: %s makes the scores %v, a word that stands nowhere %v", sort, word, said, unsaid)
			}
		}
	}
}

// TestWhatWasWithdrawnAMomentAgo has an index that is behind the database: what one may not see any more, and what is
// gone, is left out of the hits and of the count.
func TestWhatWasWithdrawnAMomentAgo(t *testing.T) {
	s := &shelf{}
	x := openIn(t, t.TempDir(), "e1", s)
	entries := s.put(Entry{ID: "kept", Title: "Breaks"}, Entry{ID: "moved", Title: "Breaks"}, Entry{ID: "gone", Title: "Breaks"})
	apply(t, x, 1, entries, nil)
	s.texts["moved"] = Text{Access: board}
	delete(s.texts, "gone")
	if r := ask(t, x, Query{Text: "breaks"}); r.Total != 1 || fmt.Sprint(idsOf(r)) != "[kept]" {
		t.Errorf("%d: %v", r.Total, idsOf(r))
	}
	if r := ask(t, x, Query{Text: "breaks", Keys: []string{board}}); r.Total != 0 {
		t.Errorf("those of the board see it before the index knows: %v", idsOf(r))
	}
}

func TestSuggestions(t *testing.T) {
	x := open(t,
		Entry{ID: "passport", Kind: "case-study", Title: "A passport that moves with you", Body: "Secretarial", Also: []string{"pass card"}},
		Entry{ID: "carer", Title: "Carer’s assessments", Body: "passport"},
		Entry{ID: "talk", Kind: "thread", Title: "Whose passport?", URL: "/discussions/talk"},
		Entry{ID: "post", Kind: "post", Title: "Whose passport?", Body: "passport", URL: "/discussions/talk#post"},
		Entry{ID: "japanese", Title: "家族の介護"},
	)
	for typed, want := range map[string]string{
		"pass": "passport talk", "PASSP": "passport talk", "passport": "passport talk", "a passport tha": "passport", "moves pass": "passport", "passport moves": "passport", "passports": "passport talk",
		"the moves": "passport", "of a pass": "passport talk", "that": "passport",
		"carer's ass": "carer", "carers asses": "carer", "carer’s": "carer", "pass card": "passport", "card": "passport",
		"家族": "japanese", "介護": "japanese", "家族の介": "japanese",
		"": "", " ": "", "?": "", "secret": "", "quokka pass": "", "pass quokka": "", "*": "", "pass*": "passport talk", "[a-z]": "",
	} {
		found, err := x.Suggest(typed, []string{everybody}, 8)
		var names []string
		for _, f := range found {
			names = append(names, f.URL[strings.LastIndex(f.URL, "/")+1:])
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != want || err != nil {
			t.Errorf("%q suggests %q, not %q: %v", typed, got, want, err)
		}
	}
	if found, _ := x.Suggest("moves", []string{everybody}, 8); !reflect.DeepEqual(found, []Suggestion{{"A passport that moves with you", "/passport", "case-study"}}) {
		t.Errorf("%+v", found)
	}
	if found, _ := x.Suggest("pass", []string{everybody}, 1); len(found) != 1 {
		t.Errorf("%d where one was asked for", len(found))
	}
}
