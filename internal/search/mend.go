package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words in which a typing mistake is looked for have at least shortest characters, and at most longest bytes.
const (
	shortest = 4
	longest  = 40
)

// few is how many entries are so few that a word is taken for a typing mistake when a common one is very near.
const few = 3

// mend looks, beside a word that those who hold the keys would hardly find, for the commonest word one slip away: a
// letter wrong, missing, doubled, or two swapped. Words that the one who asks may not see never come up, neither as
// found nor as offered.
func (x *Index) mend(t *tally, w word, seen int) (way, string) {
	if w.phrase || seen >= few || utf8.RuneCountInString(w.text) < shortest || !plainWord(w.text) {
		return way{}, ""
	}
	better, n := x.nearest(t, strings.ToLower(w.text))
	if n <= few*seen {
		return way{}, ""
	}
	return way{terms: terms(x.prose, better), weight: t.rank.Mistake}, better
}

func plainWord(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return kindOf(r) != letter || unicode.IsDigit(r) }) < 0
}

// candidates is how many neighbours of a word are looked at.
const candidates = 50

// nearest is the commonest visible word within one slip, and how many entries have it.
func (x *Index) nearest(t *tally, word string) (best string, most int) {
	for _, c := range t.neighbours(word) {
		n := 0
		err := t.each(fieldWords, c, func(p *part, e uint32, _ float32) {
			if t.allowed[p.access[e]] {
				n++
			}
		})
		if err == nil && n > most {
			best, most = c, n
		}
	}
	return best, most
}

// neighbours lists the words of the index within one slip.
func (r *reading) neighbours(word string) []string {
	dict, err := r.snapshot.FieldDictFuzzy(fieldWords, word, 1, "")
	if err != nil {
		return nil
	}
	defer dict.Close()
	var near []string
	for len(near) < candidates {
		e, err := dict.Next()
		if err != nil || e == nil {
			break
		}
		if e.Term != word {
			near = append(near, e.Term)
		}
	}
	return near
}
