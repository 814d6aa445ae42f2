package search

import (
	"slices"
	"strings"
)

// Meaning is a row of words that mean the same, each of them one or several words side by side. Access is the key of what
// says so; "" is for what everybody may know.
type Meaning struct {
	Words  []string
	Access string
}

// Mean says which words mean the same from now on. It changes nothing in the index: they are looked up with each query.
func (x *Index) Mean(rows []Meaning) { x.means.Store(meaningsOf(rows)) }

// meanings finds rows by the words in them.
type meanings struct {
	rows    []meaning
	by      map[string][]int // the rows in which words stand, by their stems in a row
	known   map[string][]int // the rows in which a single stem stands
	longest int              // how many words stand side by side at most
}

type meaning struct {
	access string
	keys   []string
	ways   []way // to say each key
}

// mostInRow is how many words side by side can mean the same as others.
const mostInRow = 6

func meaningsOf(rows []Meaning) *meanings {
	m := &meanings{by: map[string][]int{}, known: map[string][]int{}}
	for _, row := range rows {
		r := meaning{access: row.Access}
		for _, text := range row.Words {
			stems := stemsOf(text)
			key := strings.Join(stems, " ")
			if len(stems) == 0 || len(stems) > mostInRow || slices.Contains(r.keys, key) || len(terms(said, text)) == 0 {
				continue
			}
			r.keys, r.ways = append(r.keys, key), append(r.ways, wayTo(text, len(stems)))
			m.longest = max(m.longest, len(stems))
		}
		if len(r.keys) < 2 {
			continue
		}
		for _, key := range r.keys {
			m.by[key] = append(m.by[key], len(m.rows))
			for stem := range strings.SplitSeq(key, " ") {
				m.known[stem] = append(m.known[stem], len(m.rows))
			}
		}
		m.rows = append(m.rows, r)
	}
	return m
}

// wayTo is the way to say a text of n words. Of "time off" too little is left to be looked for
// but in titles.
func wayTo(text string, n int) way {
	w := way{terms: terms(said, text), beside: n > 1}
	if w.beside {
		w.written = terms(spelt, text)
	}
	if n > 1 && len(w.terms) < 2 {
		w.terms = nil
	}
	return w
}

// stemsOf are the stems of all words of a text, "the" among them.
func stemsOf(text string) []string {
	var stems []string
	for _, token := range spelt.Analyze([]byte(text)) {
		stems = append(stems, string(stem(token.Term)))
	}
	return stems
}

// knows says whether a word stands in a row that editors keep: it is then no typing mistake. Glossary terms are also
// known by their mistakes.
func (m *meanings) knows(text string) bool {
	stems := stemsOf(text)
	return len(stems) > 0 && !slices.ContainsFunc(stems, func(s string) bool {
		return !slices.ContainsFunc(m.known[s], func(row int) bool { return m.rows[row].access == "" })
	})
}

func (r meaning) mayBeKnown(keys []string) bool {
	return r.access == "" || slices.Contains(keys, r.access)
}

// mostMeant is how many other ways there are to say a word.
const mostMeant = 24

// mean gives the words of a query the other ways to say them, the longest row of words first.
func (m *meanings) mean(words []word, keys []string, weight float64) {
	type place struct {
		stem        string
		word        int
		first, last bool // of the word: of "carer-friendly" nothing is meant by "carer" alone
	}
	var row []place // the query as stems; "" where no row can go on
	for i, w := range words {
		if w.phrase || w.not {
			row = append(row, place{word: i})
			continue
		}
		text := w.text
		if w.also != "" {
			text = w.also
		}
		stems := stemsOf(text)
		for j, s := range stems {
			row = append(row, place{s, i, j == 0, j == len(stems)-1})
		}
	}
	for at := 0; at < len(row); at++ {
		for n := min(m.longest, len(row)-at); n > 0; n-- {
			if !row[at].first || !row[at+n-1].last {
				continue
			}
			stems := make([]string, n)
			for i := range stems {
				stems[i] = row[at+i].stem
			}
			ways := m.others(strings.Join(stems, " "), keys, weight)
			if len(ways) == 0 {
				continue
			}
			for i := row[at].word; i <= row[at+n-1].word; i++ {
				if len(words[i].ways) > 0 && len(words[i].ways[0].terms) > 0 {
					words[i].ways = append(words[i].ways, ways...)
				}
			}
			at += n - 1
			break
		}
	}
}

// others are the other ways to say a key.
func (m *meanings) others(key string, keys []string, weight float64) (ways []way) {
	var told []string
	for _, i := range m.by[key] {
		r := m.rows[i]
		if !r.mayBeKnown(keys) {
			continue
		}
		for j, other := range r.keys {
			if other == key || slices.Contains(told, other) || len(ways) == mostMeant {
				continue
			}
			w := r.ways[j]
			w.weight = weight
			told, ways = append(told, other), append(ways, w)
		}
	}
	return ways
}

// Reach counts the entries that say each of some words, and those that say any of them, among those that may be seen.
func (x *Index) Reach(words, keys []string) (each []int, all int, err error) {
	found := map[uint32]bool{}
	err = x.look(func(r *reading) error {
		t := r.tally(keys, Rank)
		defer t.done()
		for _, text := range words {
			w := wayTo(text, len(stemsOf(text)))
			w.weight = 1
			if err := t.gather(w); err != nil {
				return err
			}
			each = append(each, len(t.noted))
			for _, d := range t.noted {
				found[d] = true
			}
			t.wipe()
		}
		return nil
	})
	return each, len(found), err
}
