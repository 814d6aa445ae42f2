package search

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestChoicesOfOneFieldWidenThoseOfTwoNarrow holds that each count says what choosing that value, too, would bring.
func TestChoicesOfOneFieldWidenThoseOfTwoNarrow(t *testing.T) {
	x := library(t)
	for _, chosen := range []map[string][]string{
		{}, {"kind": {"case-study"}}, {"kind": {"case-study", "handbook"}}, {"kind": {"case-study"}, "topic": {"breaks"}},
		{"kind": {"handbook"}, "audience": {"carer"}}, {"place": {"leeds"}, "topic": {"work"}}, {"place": {"leeds", "kirklees"}, "kind": {"case-study"}, "topic": {"breaks"}},
	} {
		r := ask(t, x, Query{Filters: chosen, Facets: true})
		for field, counts := range r.Facets {
			for _, c := range counts {
				with := map[string][]string{}
				for f, values := range chosen {
					with[f] = values
				}
				with[field] = []string{c.Value} // alone: the counts of a field do not know its own choice
				if n := ask(t, x, Query{Filters: with}).Total; int(n) != c.Count {
					t.Errorf("%v: %s=%s counts %d and brings %d", chosen, field, c.Value, c.Count, n)
				}
			}
		}
	}
}

// TestOneQueryLeavesNothingToTheNext asks many things of one index, whose sums are used again and again, and each of
// them of an index that was just opened.
func TestOneQueryLeavesNothingToTheNext(t *testing.T) {
	words := strings.Fields("carer break respite school young surgery leeds passport hospital plan assessment money night work card")
	random := rand.New(rand.NewPCG(3, 4))
	text := func(n int) string {
		var list []string
		for range n {
			list = append(list, words[random.IntN(len(words))])
		}
		return strings.Join(list, " ")
	}
	var entries []Entry
	for i := range 60 {
		entries = append(entries, Entry{ID: fmt.Sprint(i), Title: text(3), Body: text(30), Access: []string{everybody, "board:published"}[i%2]})
	}
	used := open(t, slices.Clone(entries)...)
	for range 40 {
		q := Query{Text: text(1 + random.IntN(3)), Facets: true, PerPage: 60}
		switch random.IntN(4) {
		case 0:
			q.Text = `"` + q.Text + `"`
		case 1:
			q.Text += " -" + words[0]
		case 2:
			q.Keys = []string{everybody, "board:published"}
		}
		got, want := ask(t, used, q), ask(t, open(t, slices.Clone(entries)...), q)
		got.Took, want.Took = 0, 0
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %v of %d, not %v of %d", q.Text, idsOf(got), got.Total, idsOf(want), want.Total)
		}
	}
}

// TestANameIsFirst asks for titles, word for word, among pages that say the same words more often.
func TestANameIsFirst(t *testing.T) {
	var entries []Entry
	names := []string{"Carers at work", "Carers at night", "Work at night", "Night work", "Carers"}
	for i, name := range names {
		entries = append(entries,
			Entry{ID: fmt.Sprint("named", i), Title: name, Body: "A short page."},
			Entry{ID: fmt.Sprint("much", i), Title: name + " and more, told by many", Body: strings.Repeat(name+". ", 20)})
	}
	x := open(t, entries...)
	for i, name := range names {
		if r := ask(t, x, Query{Text: name}); idsOf(r)[0] != fmt.Sprint("named", i) {
			t.Errorf("%s: %v", name, idsOf(r))
		}
	}
}

// TestACompanyRaisesItsOwn has a page that says little of what was asked, among pages that speak of what the best of
// them speak of, and one like it that stands alone.
func TestACompanyRaisesItsOwn(t *testing.T) {
	var entries []Entry
	for i := range 12 {
		entries = append(entries, Entry{ID: fmt.Sprint("hoist", i), Title: fmt.Sprint("Hoists ", i), Body: "A hoist lifts. Slings, straps, rails, beds and mattresses come with the loan of a hoist."})
	}
	for i := range 4 {
		entries = append(entries,
			Entry{ID: fmt.Sprint("company", i), Title: "Things to borrow", Body: "Slings, straps, rails, beds and mattresses come with the loan. Ask about a hoist."},
			Entry{ID: fmt.Sprint("alone", i), Title: "Ships to watch", Body: "Cargo, cranes, docks, tides and harbours come with the walk. Ask about a hoist."})
	}
	found := idsOf(ask(t, open(t, entries...), Query{Text: "hoist"}))
	firstAlone := slices.IndexFunc(found, func(id string) bool { return strings.HasPrefix(id, "alone") })
	if slices.ContainsFunc(found[firstAlone:], func(id string) bool { return strings.HasPrefix(id, "company") }) {
		t.Errorf("%v", found)
	}
}
