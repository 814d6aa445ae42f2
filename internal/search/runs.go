package search

import (
	"unicode"
	"unicode/utf8"
)

// run is a stretch of a text in one kind of script.
type run struct {
	text       string
	start, end int
	signs      bool // of a script that puts no spaces between words
}

// lone says whether the run is a single sign, which says too little to be asked for beside longer stretches.
func (r run) lone() bool { return r.signs && utf8.RuneCountInString(r.text) == 1 }

// runs takes a text apart where its punctuation and scripts change, and says whether there are signs in it at all.
func runs(text string) (all []run, signs bool) {
	start, kind := 0, other
	flush := func(end int) {
		if kind != other && end > start {
			all = append(all, run{text[start:end], start, end, kind == sign})
		}
	}
	for i, r := range text {
		if k := kindOf(r); k != kind {
			flush(i)
			start, kind = i, k
			signs = signs || k == sign
		}
	}
	flush(len(text))
	return all, signs
}

// wordsOf takes a word of a query apart that has signs in it: Japanese is indexed as pairs of signs within a stretch,
// never across.
func wordsOf(text string) []string {
	all, signs := runs(text)
	if !signs {
		return []string{text}
	}
	var words []string
	for _, r := range all {
		if !r.lone() || len(all) == 1 {
			words = append(words, r.text)
		}
	}
	return words
}

// phraseOf takes from the ends of a quoted text with signs in it what may have been cut: a word of another script, and
// a single sign, which stands in the index only as half of a pair.
func phraseOf(text string) string {
	all, signs := runs(text)
	if !signs {
		return text
	}
	whole := func(r run) bool { return r.signs && !r.lone() }
	first, last := 0, len(all)-1
	for first < last && !whole(all[first]) {
		first++
	}
	for last > first && !whole(all[last]) {
		last--
	}
	return text[all[first].start:all[last].end]
}

// The kinds of characters that runs tells apart.
const (
	other = iota
	letter
	sign
)

func kindOf(r rune) int {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z': // most of them
		return letter
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) && r != '々' || r == 'ー', isUnspaced(r):
		return sign
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '\'', r == '’', r == '-':
		return letter
	}
	return other
}
