package search

import (
	"slices"
	"strings"
)

// stands is where the words of a query stand in the hits of a pool.
type stands struct {
	t     *tally
	docs  []uint32
	found map[[2]string]map[place]int // by field and term: the bytes of the word there
}

// place is a word of an entry, by its number there.
type place struct {
	doc uint32
	at  int
}

func (t *tally) standsIn(pool []scored) *stands {
	s := &stands{t: t, docs: make([]uint32, len(pool)), found: map[[2]string]map[place]int{}}
	for i, hit := range pool {
		s.docs[i] = hit.doc
	}
	slices.Sort(s.docs)
	return s
}

func (s *stands) of(field, term string) (map[place]int, error) {
	key := [2]string{field, term}
	if found := s.found[key]; found != nil {
		return found, nil
	}
	found := map[place]int{}
	s.found[key] = found
	return found, s.t.spots(s.docs, field, term, func(doc uint32, at spot) { found[place{doc, at.at}] = at.end - at.start })
}

// counts is how much it counts that words stand in a field as they were typed.
var counts = map[string]float64{fieldTitle: 1, fieldBody: .7}

// exactly adds to the hits of a pool in which the words of a query stand in the form that was typed.
func (s *stands) exactly(pool []scored, words []word) error {
	sum, single := map[uint32]float64{}, 0
	for _, w := range words {
		if term := w.single(); term != "" {
			single++
			if err := s.exact(w, term, sum); err != nil {
				return err
			}
		}
	}
	s.t.give(pool, sum, s.t.rank.Exact/float64(max(1, single)))
	return nil
}

// sideBySide adds to the hits of a pool in which words stand side by side as they do in the query.
func (s *stands) sideBySide(pool []scored, words []word) error {
	sum, pairs, before := map[uint32]float64{}, 0, ""
	for _, w := range words {
		term := w.single()
		if before != "" && term != "" {
			pairs++
			if err := s.together(before, term, sum); err != nil {
				return err
			}
		}
		before = term
	}
	s.t.give(pool, sum, s.t.rank.Together/float64(max(1, pairs)))
	return nil
}

// single is the one term of a word, "" where it has several or none, or must not be there.
func (w word) single() string {
	if w.phrase || w.not || len(w.ways) == 0 || len(w.ways[0].terms) != 1 {
		return ""
	}
	return w.ways[0].terms[0]
}

// give adds a share of some sums to the hits of a pool.
func (t *tally) give(pool []scored, sum map[uint32]float64, share float64) {
	for i := range pool {
		pool[i].score += share * sum[pool[i].doc]
	}
	t.note(pool)
}

// together adds to the sum of each entry in which a term follows another.
func (s *stands) together(first, second string, sum map[uint32]float64) error {
	return s.add(sum, func(field string, met func(doc uint32)) error {
		before, err := s.of(field, first)
		if err != nil {
			return err
		}
		after, err := s.of(field, second)
		for p := range before {
			if _, follows := after[place{p.doc, p.at + 1}]; follows {
				met(p.doc)
			}
		}
		return err
	})
}

// exact adds to the sum of each entry in which a word has the form that was typed. The forms of one word are told apart by
// their lengths.
func (s *stands) exact(w word, term string, sum map[uint32]float64) error {
	typed := len(strings.TrimSuffix(strings.TrimSuffix(w.text, "'s"), "’s"))
	return s.add(sum, func(field string, met func(doc uint32)) error {
		found, err := s.of(field, term)
		for p, long := range found {
			if long == typed {
				met(p.doc)
			}
		}
		return err
	})
}

// add adds for each entry that is met what the best of the fields counts in which it was.
func (s *stands) add(sum map[uint32]float64, look func(field string, met func(doc uint32)) error) error {
	most := map[uint32]float64{}
	for field, much := range counts {
		if err := look(field, func(doc uint32) { most[doc] = max(most[doc], much) }); err != nil {
			return err
		}
	}
	for doc, much := range most {
		sum[doc] += much
	}
	return nil
}
