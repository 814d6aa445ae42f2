package search

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	index "github.com/blevesearch/bleve_index_api"
)

// Suggestion is a title that somebody who is still typing may mean.
type Suggestion struct{ Title, URL, Kind string }

const (
	mostEndings = 30 // words that begin as the unfinished one, the commonest
	mostTitles  = 60 // titles that are looked at, the shortest
)

// Suggest returns up to n titles that have the words typed so far, the last of them perhaps unfinished. Those that begin
// with what was typed come first, then the shortest.
func (x *Index) Suggest(typed string, keys []string, n int) ([]Suggestion, error) {
	words := split(cut(typed, maxText))
	if len(words) == 0 || len(keys) == 0 {
		return nil, nil
	}
	var list []Suggestion
	err := x.look(func(look *reading) (err error) {
		t := look.tally(keys, Rank)
		defer t.done()
		list, err = x.suggested(t, words, typed, n)
		return err
	})
	if errors.Is(err, ErrAway) {
		return x.suggestMeanwhile(words, keys, n)
	}
	return list, err
}

func (x *Index) suggested(t *tally, words []word, typed string, n int) ([]Suggestion, error) {
	step := uint8(0)
	var docs []uint32
	for i, w := range words {
		last := i == len(words)-1
		if !last && len(terms(said, w.text)) == 0 {
			continue // "a" and "the": what follows them is meant
		}
		var err error
		if docs, err = x.named(t, w.text, last, step); err != nil || len(docs) == 0 {
			return nil, err
		}
		step++
	}
	if !easily(typed) {
		docs = slices.DeleteFunc(docs, func(d uint32) bool {
			p, e := t.part(d)
			return Edition(p.edition[e]) == EasyRead
		})
	}
	return t.titles(docs, typed, n)
}

// named lists the entries that are named with a word, or, where it is unfinished, with one that begins so, among those
// that were named with all words before it: step counts them.
func (x *Index) named(t *tally, text string, unfinished bool, step uint8) (docs []uint32, err error) {
	note := func(p *part, e uint32, _ float32) {
		d := p.first + e
		if !t.allowed[p.access[e]] || t.words[d] != step {
			return
		}
		if step == 0 {
			t.met = append(t.met, d)
		}
		t.words[d] = step + 1
		docs = append(docs, d)
	}
	err = t.where(way{terms: terms(said, text), weight: 1}, func(p *part, e uint32, _, title float32) {
		if title > 0 {
			note(p, e, 1)
		}
	})
	if err != nil {
		return nil, err
	}
	if !unfinished {
		return docs, nil
	}
	endings, err := t.endings(strings.ToLower(text))
	if err != nil {
		return nil, err
	}
	for _, word := range endings {
		if err := t.each(fieldTitleWords, word, note); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

// endings are the commonest words of titles that begin with some letters.
func (r *reading) endings(begin string) ([]string, error) {
	if begin == "" {
		return nil, nil
	}
	all, err := r.listed(fieldTitleWords, nil, []byte(begin), append([]byte(begin), 0xff), 0) // no letter has the byte ff
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b index.DictEntry) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Term, b.Term))
	})
	var words []string
	for _, e := range all[:min(len(all), mostEndings)] {
		words = append(words, e.Term)
	}
	return words, nil
}

// titles reads the titles of entries and puts them in order. Posts are left out: their title is their thread's, which is
// offered itself.
func (t *tally) titles(docs []uint32, typed string, n int) ([]Suggestion, error) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	short := make([]scored, len(docs))
	for i, d := range docs {
		p, e := t.part(d)
		short[i] = scored{d, -float64(p.titled[e]), p.tie[e]}
	}
	type candidate struct {
		Suggestion
		begins int
	}
	var list []candidate
	for _, s := range best(short, mostTitles) {
		hit, err := t.hit(s.doc)
		if err != nil {
			return nil, err
		}
		if hit.Kind == "post" {
			continue
		}
		c := candidate{Suggestion{hit.Title, hit.URL, hit.Kind}, 1}
		if strings.HasPrefix(strings.ToLower(hit.Title), typed) {
			c.begins = 0
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(a.begins-b.begins, len(a.Title)-len(b.Title), strings.Compare(a.Title, b.Title), strings.Compare(a.URL, b.URL))
	})
	var suggestions []Suggestion
	for _, c := range list[:min(n, len(list))] {
		suggestions = append(suggestions, c.Suggestion)
	}
	return suggestions, nil
}
