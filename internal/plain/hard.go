package plain

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
)

//go:embed hard.txt
var hardList string

//go:embed short.txt
var shortList string

// offer is an entry of the list: the words behind its first one, and what could stand in their place.
type offer struct {
	rest []string
	says string
}

// offers are found by any form of their first word; the longest comes first.
var offers = func() map[string][]offer {
	all := map[string][]offer{}
	for words, says := range entries(hardList) {
		first, rest, _ := strings.Cut(words, " ")
		for _, form := range forms(first) {
			all[form] = append(all[form], offer{strings.Fields(rest), says})
		}
	}
	for _, o := range all {
		slices.SortStableFunc(o, func(a, b offer) int { return len(b.rest) - len(a.rest) })
	}
	return all
}()

// meanings are the abbreviations of the list; one that everybody knows has none.
var meanings = func() map[string]string {
	all := map[string]string{}
	for short, long := range entries(shortList) {
		all[short] = long
	}
	return all
}()

// entries are the lines of a list, cut at the tab.
func entries(list string) func(yield func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for line := range strings.Lines(list) {
			entry, says, _ := strings.Cut(strings.TrimSpace(line), "\t")
			if entry != "" && !strings.HasPrefix(entry, "#") && !yield(entry, says) {
				return
			}
		}
	}
}

// forms are a word's regular endings, and the spelling with z. Some are no words, which does no harm.
func forms(w string) []string {
	all := []string{w, w + "s", w + "ed", w + "ing"}
	if stem, ok := strings.CutSuffix(w, "e"); ok {
		all = []string{w, w + "s", w + "d", stem + "ing"}
	} else if stem, ok := strings.CutSuffix(w, "y"); ok && !vowel(stem[len(stem)-1]) {
		all = []string{w, stem + "ies", stem + "ied", w + "ing"}
	}
	for _, f := range all {
		if z := strings.NewReplacer("ise", "ize", "ising", "izing", "isation", "ization").Replace(f); z != f {
			all = append(all, z)
		}
	}
	switch w {
	case "undertake":
		all = append(all, "undertook", "undertaken")
	case "commit", "embed", "fulfil", "transmit":
		last := w[len(w)-1:]
		all = append(all, w+last+"ed", w+last+"ing")
	}
	return all
}

// easier finds the words of a sentence for which the list has an offer.
func easier(text string, words []word) []Hard {
	var all []Hard
	for i := 0; i < len(words); i++ {
		for _, o := range offers[lower(words[i].text)] {
			if !follow(words[i+1:], o.rest) {
				continue
			}
			from := words[i].from
			i += len(o.rest)
			all = append(all, Hard{Text: text[from:words[i].to], Offer: o.says, Start: from, End: words[i].to})
			break
		}
	}
	return all
}

func follow(words []word, rest []string) bool {
	if len(words) < len(rest) {
		return false
	}
	for i, r := range rest {
		if lower(words[i].text) != r && lower(words[i].text) != r+"s" {
			return false
		}
	}
	return true
}

func lower(s string) string {
	return strings.ReplaceAll(strings.ToLower(s), "’", "'")
}

// explained are the abbreviations that a text has explained, or that have been found already.
type explained map[string]bool

// explanations finds each abbreviation in brackets, "equality impact assessment (EQIA)".
func explanations(text string) explained {
	all := explained{}
	for {
		_, behind, ok := strings.Cut(text, "(")
		if !ok {
			return all
		}
		text = behind
		if end := strings.IndexByte(text[:min(len(text), 24)], ')'); end > 0 {
			if short, ok := abbreviation(text[:end]); ok {
				all[short] = true
			}
		}
	}
}

// missing finds the abbreviations that nobody explained, each where it stands first. Words in brackets that begin with
// its first letter explain it: "EQIA (equality impact assessment)".
func (e explained) missing(text string, words []word) []Hard {
	var all []Hard
	for i, w := range words {
		short, ok := abbreviation(w.text)
		if !ok || e[short] {
			continue
		}
		e[short] = true
		long, listed := meanings[short]
		if listed && long == "" || i+1 < len(words) && strings.HasPrefix(words[i+1].opened, "(") && strings.EqualFold(words[i+1].text[:1], short[:1]) {
			continue
		}
		all = append(all, Hard{Text: text[w.from:w.to], Offer: long, Start: w.from, End: w.to, Abbreviation: true})
	}
	return all
}

// abbreviation gives a word's capitals if it is one: EQIA, ICBs, EqIA, GP's, ICB-led. Numbers in Roman letters are none.
func abbreviation(w string) (string, bool) {
	w, _, _ = strings.Cut(w, "-")
	w, _, _ = strings.Cut(strings.ReplaceAll(w, "’", "'"), "'")
	if len(w) > 2 && strings.HasSuffix(w, "s") {
		w = w[:len(w)-1]
	}
	if len(w) < 2 || len(w) > 7 {
		return "", false
	}
	capitals := 0
	for _, r := range w {
		if !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z') {
			return "", false
		}
		if unicode.IsUpper(r) {
			capitals++
		}
	}
	upper := strings.ToUpper(w)
	_, listed := meanings[upper]
	if capitals < len(w) && !(listed && capitals >= 2) || strings.Trim(upper, "IVX") == "" {
		return "", false
	}
	return upper, true
}
