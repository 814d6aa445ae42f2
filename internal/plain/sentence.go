package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is a word of a line, without the signs about it. end is where the signs behind it end.
type word struct {
	text           string
	from, to, end  int
	opened, closed string // the signs before and behind
}

// wordsOf cuts a line at spaces, and at strokes and dashes between words. Signs that stand alone are no words.
func wordsOf(line string, start int) []word {
	var all []word
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		from := i
		for i < len(line) {
			r, size = utf8.DecodeRuneInString(line[i:])
			if unicode.IsSpace(r) || i > from && parts(line[from:i], r) {
				break
			}
			i += size
		}
		token := line[from:i]
		if i < len(line) && !unicode.IsSpace(r) {
			i += size
		}
		left := strings.IndexFunc(token, sounds)
		if left < 0 {
			if len(all) > 0 && ends(token) { // "Really? !"
				all[len(all)-1].closed += token
			}
			continue
		}
		right := strings.LastIndexFunc(token, sounds)
		_, last := utf8.DecodeRuneInString(token[right:])
		right += last
		all = append(all, word{
			text: token[left:right], from: start + from + left, to: start + from + right, end: start + from + len(token),
			opened: token[:left], closed: token[right:],
		})
	}
	return all
}

func sounds(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// parts says whether r ends the word before it: "health/care", "carers—all of them"; not in addresses and dates.
func parts(before string, r rune) bool {
	return r == '—' || r == '/' && !strings.ContainsAny(before, ":.0123456789")
}

// sentenceEnd is the index behind the last word of the sentence that begins at from.
func sentenceEnd(words []word, from int) int {
	for i := from; i < len(words)-1; i++ {
		if !ends(words[i].closed) {
			continue
		}
		next := words[i+1]
		first, _ := utf8.DecodeRuneInString(next.text)
		switch w := words[i]; {
		case i == 0 && allDigits(w.text): // "1. First"
		case strings.HasPrefix(w.closed, ".") && abbreviated(w.text, first):
		case !unicode.IsLower(first) || next.opened != "":
			return i + 1
		case strings.HasSuffix(w.closed, ".") && utf8.RuneCountInString(w.text) > 4: // written without capitals
			return i + 1
		}
	}
	return len(words)
}

// ends says whether the signs behind a word end a sentence, brackets and quotation marks aside.
func ends(closed string) bool {
	return strings.HasSuffix(closed, "…") || strings.ContainsAny(strings.TrimRight(closed, `"'’”)]*_»`), ".!?。！？")
}

// never end a sentence; beforeNumber ones do not when a number follows.
var (
	never        = set("dr mr mrs ms mx prof rev st rd ave fr sr jr hon lt col sgt capt vs cf viz approx dept est ext tel govt e.g i.e eg ie al")
	beforeNumber = set("no nos p pp para paras fig figs vol ch sec sect art reg ref jan feb mar apr jun jul aug sep sept oct nov dec")
)

func abbreviated(w string, next rune) bool {
	w = strings.ToLower(w)
	switch {
	case never[w], beforeNumber[w] && unicode.IsDigit(next):
		return true
	case utf8.RuneCountInString(w) == 1: // an initial
		return unicode.IsLetter(rune(w[0]))
	}
	return len(w) > 2 && w[1] == '.' && strings.Count(w, ".")*2+1 == len(w) && w != "a.m" && w != "p.m" // U.K.
}

func allDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
}
