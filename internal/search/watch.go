package search

import "slices"

// Watch is a query that waits for entries which answer it. It asks more of them than a search does: there, one good word
// brings an entry in somewhere; whoever waits wants to hear of what says nearly all of them.
type Watch struct {
	words   []word
	filters map[string][]string
}

// Watch reads a query once, to hold many entries against it. Its keys are for words that mean the same; who may hear of an
// entry is decided by the caller.
func (x *Index) Watch(q Query) Watch {
	q.Text = cut(q.Text, maxText)
	q = filtered(q)
	w := Watch{filters: q.Filters}
	for _, asked := range split(q.Text) {
		asked.ways = ways(asked)
		w.words = append(w.words, asked)
	}
	if means := x.means.Load(); means != nil {
		means.mean(w.words, q.Keys, Rank.Synonym)
	}
	return w
}

// Spoken is what an entry says, taken apart once to be held against many watches.
type Spoken struct {
	fields, named [][]string // words in their order: of the texts, and of the names as they are written
	has           map[string]bool
	facets        [len(FacetFields)][]string
}

// Spoken takes an entry apart.
func (x *Index) Spoken(e Entry) Spoken {
	s := Spoken{has: map[string]bool{}, facets: e.facets()}
	for _, text := range append([]string{e.Title, e.Summary, e.Body}, e.Also...) {
		s.fields = append(s.fields, terms(said, text))
		for _, t := range terms(prose, text) {
			s.has[t] = true
		}
	}
	for _, text := range append([]string{e.Title}, e.Also...) {
		s.named = append(s.named, terms(spelt, text))
	}
	return s
}

// Sees says whether an entry is what the watch waits for: it passes the filters, says all phrases and no word that must not
// be there, and of up to three words each, of more at least three quarters.
func (w Watch) Sees(s Spoken) bool {
	for i, field := range FacetFields {
		if wanted := w.filters[field]; len(wanted) > 0 && !slices.ContainsFunc(s.facets[i], func(v string) bool { return slices.Contains(wanted, v) }) {
			return false
		}
	}
	wanted, met := 0, 0
	for _, word := range w.words {
		if word.empty() {
			continue
		}
		says := slices.ContainsFunc(word.ways, s.says)
		switch {
		case word.not && says, word.phrase && !word.not && !says:
			return false
		case word.not:
			continue
		}
		wanted++
		if says {
			met++
		}
	}
	if wanted == 0 {
		return w.narrowed()
	}
	return 4*met >= 3*wanted
}

// empty says whether nothing can be looked for: a small word that is never indexed.
func (w word) empty() bool {
	return !slices.ContainsFunc(w.ways, func(a way) bool { return len(a.terms) > 0 || w.phrase && len(a.written) > 0 })
}

// narrowed says whether there is any filter.
func (w Watch) narrowed() bool {
	for _, values := range w.filters {
		if len(values) > 0 {
			return true
		}
	}
	return false
}

func (s Spoken) says(w way) bool {
	switch {
	case w.beside && len(w.terms) > 0:
		return inARow(s.fields, w.terms)
	case w.beside:
		return len(w.written) > 0 && inARow(s.named, w.written)
	case len(w.terms) == 0:
		return false
	}
	return !slices.ContainsFunc(w.terms, func(t string) bool { return t != "" && !s.has[t] })
}

// inARow says whether words stand side by side in one of some texts; "" is any word.
func inARow(texts [][]string, row []string) bool {
	return slices.ContainsFunc(texts, func(text []string) bool {
		for at := 0; at+len(row) <= len(text); at++ {
			if slices.EqualFunc(row, text[at:at+len(row)], func(want, is string) bool { return want == "" || want == is }) {
				return true
			}
		}
		return false
	})
}
