package search

import "testing"

func TestWatch(t *testing.T) {
	e := Entry{ID: "1", Kind: "case-study", Title: "Weekend breaks in Leeds", Summary: "Short breaks for parents", Body: "A night away, at no cost. Sitters come home.", Also: []string{"respite weekends"}, Places: []string{"leeds"}}
	x := open(t, e)
	said := x.Spoken(e)
	for _, c := range []struct {
		text    string
		filters map[string][]string
		want    bool
	}{
		{"weekend break", nil, true},
		{"breaks", nil, true},
		{"breaks zebra", nil, false},
		{"weekend breaks for parents in zebra", nil, true}, // three of four
		{"weekend zebra wombat parents", nil, false},
		{`"no cost"`, nil, true},
		{`"away night"`, nil, false},
		{`"weekend leeds"`, nil, false},
		{"breaks -zebra", nil, true},
		{"breaks -sitters", nil, false},
		{"breaks place:leeds", nil, true},
		{"breaks place:wakefield", nil, false},
		{"breaks", map[string][]string{"place": {"wakefield", "leeds"}}, true},
		{"breaks", map[string][]string{"kind": {"handbook"}}, false},
		{"", map[string][]string{"kind": {"case-study"}}, true},
		{"", nil, false},
		{"the of", nil, false},
		{"-zebra", nil, false},
		{"respite", nil, true},
	} {
		if got := x.Watch(Query{Text: c.text, Filters: c.filters}).Sees(said); got != c.want {
			t.Errorf("%q %v: %v", c.text, c.filters, got)
		}
	}
}

func BenchmarkWatch(b *testing.B) {
	x := &Index{}
	m := mappingOf()
	x.prose, x.plain = m.AnalyzerNamed(prose), m.AnalyzerNamed(plain)
	w := x.Watch(Query{Text: "weekend breaks for parents"})
	s := x.Spoken(Entry{Title: "Weekend breaks", Body: "For parents who care"})
	for b.Loop() {
		w.Sees(s)
	}
}
