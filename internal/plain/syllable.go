package plain

import (
	_ "embed"
	"strconv"
	"strings"
)

//go:embed syllables.txt
var syllableList string

// counted are the words that the rule gets wrong; each line of the list is a number and the words that have so many.
var counted = func() map[string]int {
	all := map[string]int{}
	for line := range strings.Lines(syllableList) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		n, err := strconv.Atoi(words[0])
		if err != nil {
			panic("syllables.txt: " + line)
		}
		for _, w := range words[1:] {
			all[w] = n
		}
	}
	return all
}()

// syllables of a word as it is said. A number, a web address or an e-mail address counts as one: it is looked at, not
// said. Short words in capitals are spelled out.
func (w word) syllables() int {
	if strings.ContainsAny(w.text, "0123456789@") || strings.Contains(w.text, "://") || strings.Contains(w.text, "www.") || strings.Count(w.text, ".") > 0 && len(w.text) > 8 {
		return 1
	}
	n := 0
	for part := range strings.SplitSeq(w.text, "-") {
		if spelled(part) {
			n += len(part) + strings.Count(part, "W")*2
		} else if part != "" {
			n += syllablesOf(part)
		}
	}
	return max(1, n)
}

// spelled: two or three capitals, or more without a vowel between them.
func spelled(s string) bool {
	if len(s) < 2 || len(s) > 5 || strings.ContainsFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return false
	}
	return len(s) <= 3 || !strings.ContainsAny(s, "AEIOU")
}

// syllablesOf counts the groups of vowels, leaves out the silent ones, and adds where two vowels are said apart.
func syllablesOf(s string) int {
	s = strings.ReplaceAll(strings.ToLower(s), "’", "'")
	stem, ending, contracted := strings.Cut(s, "'")
	s = letters(stem)
	n := 0
	switch {
	case contracted && ending == "t" && !short[s]: // didn't
		n, s = 1, strings.TrimSuffix(s, "n")
	case contracted && ending == "t":
		return 1
	case contracted && ending == "s" && hisses(s): // nurse's
		n = 1
	}
	return max(1, n+stemSyllables(s))
}

// short are the words with "n't" that are said as one.
var short = set("don can won aren weren shan ain")

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, s)
}

func stemSyllables(s string) int {
	if n, ok := known(s); ok {
		return n
	}
	for _, suffix := range []string{"ment", "ments", "less", "ness", "ful", "fully", "ly"} {
		if stem, ok := strings.CutSuffix(s, suffix); ok && len(stem) > 2 && strings.HasSuffix(stem, "e") {
			return stemSyllables(stem) + groupsOf(suffix)
		}
	}
	for _, first := range compounds {
		if rest, ok := strings.CutPrefix(s, first); ok && len(rest) > 2 && (!vowel(rest[0]) || first == "some" || first == "every") {
			return groupsOf(first) - 1 + stemSyllables(rest)
		}
	}
	return max(1, groupsOf(s)-silent(s)+apart(s))
}

// compounds begin with a word whose last e is silent, though letters follow.
var compounds = strings.Fields("some every guide life home safe base fore frame house side stake time white where there here note type face page pipe share care else name live")

// known looks the word up, and without the endings that add nothing.
func known(s string) (int, bool) {
	if n, ok := counted[s]; ok {
		return n, true
	}
	if stem, ok := strings.CutSuffix(s, "s"); ok {
		n, ok := counted[stem]
		return n, ok && !hisses(stem)
	}
	return 0, false
}

// hisses: an s behind it is a syllable of its own.
func hisses(s string) bool {
	if stem, ok := strings.CutSuffix(s, "e"); ok {
		return sibilant(stem)
	}
	return sibilant(s) && !strings.HasSuffix(s, "c") && !strings.HasSuffix(s, "g")
}

// sibilant says whether s, with an e behind it, ends in a hiss.
func sibilant(s string) bool {
	return s != "" && strings.IndexByte("scxzg", s[len(s)-1]) >= 0 || strings.HasSuffix(s, "ch") || strings.HasSuffix(s, "sh")
}

func vowel(c byte) bool { return strings.IndexByte("aeiouy", c) >= 0 }

func groupsOf(s string) int {
	n := 0
	for i := range len(s) {
		if vowel(s[i]) && (i == 0 || !vowel(s[i-1])) && !(i == 0 && s[i] == 'y' && len(s) > 1 && vowel(s[1])) {
			n++
		}
	}
	if len(s) > 1 && s[0] == 'y' && vowel(s[1]) {
		n++
	}
	return n
}

// silent is 1 where the last e is not said: care, cares, cared, league.
func silent(s string) int {
	stem, es := strings.CutSuffix(s, "es")
	ed := false
	if !es {
		if stem, ed = strings.CutSuffix(s, "ed"); !ed {
			var e bool
			if stem, e = strings.CutSuffix(s, "e"); !e {
				return 0
			}
		}
	}
	if len(stem) < 2 {
		return 0
	}
	last, before := stem[len(stem)-1], stem[len(stem)-2]
	switch {
	case strings.HasSuffix(stem, "gu") || strings.HasSuffix(stem, "qu"): // league, unique
		return 1
	case vowel(last), (last == 'l' || last == 'r') && !vowel(before) && strings.IndexByte("lrw", before) < 0: // table, centre
		return 0
	case es && sibilant(stem), ed && (last == 't' || last == 'd'):
		return 0
	}
	return 1
}

// together are letters in which two vowels are said apart, unless one of the letters before makes them one.
var together = []struct{ pair, not string }{
	{"ia", "cts"}, {"ciat", ""}, {"tiat", ""}, {"tiali", ""}, {"siast", ""}, {"guous", ""}, {"io", "ctsgxnh"}, {"iu", ""}, {"ua", "qg"}, {"uo", "qg"}, {"eo", "pg"}, {"uen", "qg"},
	{"iet", ""}, {"ier", ""}, {"iest", ""}, {"ienc", "ct"}, {"ient", "ct"}, {"eou", "g"}, {"ying", ""}, {"eing", ""}, {"oing", ""},
	{"uing", "q"}, {"uity", "q"}, {"scien", ""}, {"creat", ""}, {"oer", ""}, {"uet", "q"}, {"oyer", ""}, {"oyee", ""}, {"ayer", ""},
	{"oya", ""}, {"eyon", ""}, {"ayo", ""}, {"eum", ""}, {"uiti", "q"},
}

// before a vowel these are a syllable of their own.
var prefixes = strings.Fields("reim reinf reinv reins reint reass reuni reus reiss reapp rearr react reali reeva deact preex coord cooper proact geo reexa deesc")

func apart(s string) int {
	n := 0
	for _, p := range together {
		for from := 0; ; {
			i := strings.Index(s[from:], p.pair)
			if i < 0 {
				break
			}
			i += from
			if i == 0 || strings.IndexByte(p.not, s[i-1]) < 0 {
				n++
			}
			from = i + len(p.pair)
		}
	}
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			n++
			break
		}
	}
	switch {
	case strings.HasSuffix(s, "ism"), strings.HasSuffix(s, "isms"), strings.HasSuffix(s, "asm"), strings.HasSuffix(s, "thm"), strings.HasSuffix(s, "thms"):
		n++
	case strings.Contains(s, "llion"): // million
		n--
	case strings.HasSuffix(s, "ically"): // said as two
		n--
	}
	return n
}
