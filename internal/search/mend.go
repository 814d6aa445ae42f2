package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
)

// Words in which a typing mistake is looked for have at least shortest characters, and at most longest bytes.
const (
	shortest = 4
	longest  = 40
)

// few is how many entries are so few that a word is taken for a typing mistake when a common one is very near.
const few = 3

// mend looks, beside each word that those who hold the keys would hardly find, for the commonest word one slip away: a
// letter wrong, missing, doubled, or two swapped. Words that the one who asks may not see never come up, neither as
// found nor as offered.
func (x *Index) mend(q Query, words []word) ([]word, bool) {
	mended, changed := slices.Clone(words), false
	for i, w := range words {
		if w.phrase || utf8.RuneCountInString(w.text) < shortest || !plainWord(w.text) {
			continue
		}
		seen := x.seen(q.Keys, w.text)
		if seen >= few {
			continue
		}
		if better, n := x.nearest(q.Keys, strings.ToLower(w.text)); n > few*seen {
			mended[i].also, changed = better, true
		}
	}
	return mended, changed
}

func plainWord(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return kindOf(r) != letter || unicode.IsDigit(r) }) < 0
}

// seen counts the entries that have a word, in any of its forms.
func (x *Index) seen(keys []string, text string) uint64 {
	return x.count(inFields(text, matches), keys)
}

func (x *Index) count(q query.Query, keys []string) uint64 {
	if len(keys) == 0 {
		return 0
	}
	req := bleve.NewSearchRequestOptions(bleve.NewConjunctionQuery(q, anyOf(fieldAccess, keys)), 0, 0, false)
	req.Score = "none"
	found, err := x.now.Search(req)
	if err != nil {
		return 0
	}
	return found.Total
}

// candidates is how many neighbours of a word are looked at.
const candidates = 50

// nearest is the commonest visible word within one slip, and how many entries have it.
func (x *Index) nearest(keys []string, word string) (best string, most uint64) {
	for _, c := range x.neighbours(word) {
		t := bleve.NewTermQuery(c)
		t.SetField(fieldWords)
		if n := x.count(t, keys); n > most {
			best, most = c, n
		}
	}
	return best, most
}

// neighbours lists the words of the index within one slip.
func (x *Index) neighbours(word string) []string {
	inner, err := x.now.Advanced()
	if err != nil {
		return nil
	}
	reader, err := inner.Reader()
	if err != nil {
		return nil
	}
	defer reader.Close()
	fuzzy, ok := reader.(index.IndexReaderFuzzy)
	if !ok {
		return nil
	}
	dict, err := fuzzy.FieldDictFuzzy(fieldWords, word, 1, "")
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
