package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// Words in which a typing mistake is looked for have at least shortest characters, and at most longest bytes.
const (
	shortest = 4
	longest  = 40
)

// few is how many entries are so few that a word is taken for a typing mistake when a common one is very near.
const few = 3

// mend looks, beside a word that those who hold the keys would hardly find, for the commonest word one slip away: a
// letter wrong, missing, doubled, or two swapped; or else for two words that were typed as one. Words that the one who
// asks may not see never come up, neither as found nor as offered.
func (t *tally) mend(w *word, only bool) error {
	if !w.mayBeMended() {
		return nil
	}
	seen, err := t.seen(w.ways, few)
	if err != nil || seen >= few {
		return err
	}
	better, n := t.nearest(strings.ToLower(w.text), 1)
	if n == 0 && seen == 0 {
		if better, err = t.apart(strings.ToLower(w.text)); err != nil {
			return err
		}
		n = min(len(better), 1)
	}
	switch {
	case n <= few*seen:
	case only:
		w.meant = better
	default:
		w.also = better
		list := terms(said, better)
		w.ways = append(w.ways, way{terms: list, weight: t.rank.Mistake, beside: len(list) > 1, slip: true})
	}
	return nil
}

// guess looks for what may be meant by a word that is nowhere: it may have two slips in it.
func (t *tally) guess(w *word) error {
	if !w.mayBeMended() || utf8.RuneCountInString(w.text) < 2*shortest || w.meant != "" {
		return nil
	}
	seen, err := t.seen(w.ways, 1)
	if seen == 0 && err == nil {
		w.meant, _ = t.nearest(strings.ToLower(w.text), 2)
	}
	return err
}

// mayBeMended leaves numbers and short words as they are.
func (w word) mayBeMended() bool {
	return !w.phrase && !w.not && utf8.RuneCountInString(w.text) >= shortest && len(w.text) <= longest && plainWord(w.text)
}

// seen counts the visible entries in which any of some ways to say a word stands, until they are enough.
func (t *tally) seen(ways []way, enough int) (int, error) {
	found := make([]uint32, 0, enough)
	note := func(doc uint32) bool {
		if !slices.Contains(found, doc) {
			found = append(found, doc)
		}
		return len(found) < enough
	}
	for _, w := range ways {
		if len(w.terms) != 1 || w.beside {
			err := t.where(w, func(p *part, e uint32, _, _ float32) {
				if len(found) < enough && t.allowed[p.access[e]] {
					note(p.first + e)
				}
			})
			if err != nil {
				return 0, err
			}
			continue
		}
		for _, field := range t.rank.fields() {
			err := t.until(field.name, w.terms[0], func(p *part, e uint32, _ float32) bool {
				return !t.allowed[p.access[e]] || note(p.first+e)
			})
			if err != nil || len(found) == enough {
				return len(found), err
			}
		}
	}
	return len(found), nil
}

func plainWord(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return kindOf(r) != letter || unicode.IsDigit(r) }) < 0
}

// candidates is how many neighbours of a word are looked at.
const candidates = 50

// nearest is the commonest visible word within some slips, and how many entries say it. Of the forms of one word it is the
// one that is about as long as what was typed.
func (t *tally) nearest(word string, slips int) (best string, most int) {
	off := func(s string) int { return max(len(s)-len(word), len(word)-len(s)) }
	for _, c := range t.neighbours(word, slips) {
		n := t.says(c)
		if n > 0 && (n > most || n == most && off(c) < off(best)) && t.reads(c) {
			best, most = c, n
		}
	}
	return best, most
}

// says counts the visible entries that say a word, in whatever form.
func (t *tally) says(word string) int {
	if stops[word] {
		return t.visible
	}
	defer t.wipe()
	if err := t.gather(ways(split(word)[0])...); err != nil {
		return 0
	}
	return len(t.noted)
}

// reads says whether a word stands in a visible entry as it is written: the vocabulary does not know who may see its words.
func (t *tally) reads(word string) bool {
	list := terms(said, word)
	if len(list) == 0 {
		return stops[word]
	}
	found := false
	look := func(field, term string, may func(segment.Posting) bool) error {
		return t.postings(field, term, postingsOf{places: true}, func(p *part, hit segment.Posting) bool {
			found = found || t.allowed[p.access[hit.Number()]] && may(hit)
			return !found
		})
	}
	any := func(segment.Posting) bool { return true }
	asLong := func(hit segment.Posting) bool {
		return slices.ContainsFunc(hit.Locations(), func(l segment.Location) bool { return int(l.End()-l.Start()) == len(word) })
	}
	err := look(fieldTitleWords, word, any)
	for _, field := range []string{fieldBody, fieldSummary} {
		switch {
		case found || err != nil:
		case len(list) == 1:
			err = look(field, list[0], asLong)
		default:
			err = t.phrase(field, list, func(p *part, e uint32) { found = found || t.allowed[p.access[e]] })
		}
	}
	return found && err == nil
}

// apart is two visible words that were typed as one, the rarer of which is the commonest; "" for none.
func (t *tally) apart(word string) (string, error) {
	best, most := "", 0
	for i := range word {
		a, b := word[:i], word[i:]
		if utf8.RuneCountInString(a) < shortest-1 || utf8.RuneCountInString(b) < shortest-1 || len(terms(said, a)) == 0 || len(terms(said, b)) == 0 {
			continue
		}
		if n := min(t.says(a), t.says(b)); n > most {
			beside, err := t.seen([]way{{terms: terms(said, a+" "+b), weight: 1, beside: true}}, 1)
			if err != nil {
				return "", err
			}
			if beside > 0 {
				best, most = a+" "+b, n
			}
		}
	}
	return best, nil
}

// neighbours lists the words of the index within some slips.
func (r *reading) neighbours(word string, slips int) []string {
	list, err := r.within(fieldWords, word, slips, candidates+1)
	if err != nil {
		return nil
	}
	var near []string
	for _, e := range list {
		if e.Term != word && len(near) < candidates {
			near = append(near, e.Term)
		}
	}
	return near
}
