package search

import (
	"slices"
	"strings"
	"sync"

	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	"github.com/blevesearch/vellum/levenshtein"
)

// The library has a way to read the words of a field, and it is not used: it reads them in goroutines of its own, where what
// it meets, such as a segment that was closed when the disk was full, ends the program.

// listed are the words of a field from one up to another, and how many entries have each; a choice of them where an
// automaton is given, and the first most of those where most is not 0.
func (r *reading) listed(field string, a segment.Automaton, from, to []byte, most int) ([]index.DictEntry, error) {
	var all []index.DictEntry
	for _, p := range r.parts {
		dict, err := p.segment.Dictionary(field)
		if err != nil {
			return nil, err
		}
		words := dict.AutomatonIterator(a, from, to)
		for n := 0; most == 0 || n < most; n++ {
			e, err := words.Next()
			if err != nil {
				return nil, err
			}
			if e == nil {
				break
			}
			all = append(all, *e)
		}
	}
	slices.SortFunc(all, func(a, b index.DictEntry) int { return strings.Compare(a.Term, b.Term) })
	once := all[:0]
	for _, e := range all {
		if last := len(once) - 1; last >= 0 && once[last].Term == e.Term {
			once[last].Count += e.Count
		} else {
			once = append(once, e)
		}
	}
	if most > 0 {
		once = once[:min(len(once), most)]
	}
	return once, nil
}

// slip builds automatons that take words that are so many slips away.
var slip = [...]func() (*levenshtein.LevenshteinAutomatonBuilder, error){
	1: sync.OnceValues(func() (*levenshtein.LevenshteinAutomatonBuilder, error) {
		return levenshtein.NewLevenshteinAutomatonBuilder(1, true)
	}),
	2: sync.OnceValues(func() (*levenshtein.LevenshteinAutomatonBuilder, error) {
		return levenshtein.NewLevenshteinAutomatonBuilder(2, true)
	}),
}

// within lists words of a field at most so many slips from another, the first most of them.
func (r *reading) within(field, word string, slips, most int) ([]index.DictEntry, error) {
	builder, err := slip[slips]()
	if err != nil {
		return nil, err
	}
	a, err := builder.BuildDfa(word, uint8(slips))
	if err != nil {
		return nil, err
	}
	return r.listed(field, a, nil, nil, most)
}

// hasWord says whether a field has a word, in segments.
func hasWord(dicts []segment.TermDictionary, word string) bool {
	return slices.ContainsFunc(dicts, func(d segment.TermDictionary) bool {
		has, err := d.Contains([]byte(word))
		return has && err == nil
	})
}
