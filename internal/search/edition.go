package search

import (
	"regexp"
	"slices"
)

// A page may stand in several languages, and in easy read beside. Its translations are found by their own words. Easy read
// says the same in the same language, so that it would be found twice: it takes the page's place for those who ask for it,
// and stands back for all others.

var easyRead = regexp.MustCompile(`(?i)\beasy[ -]?read\b`)

// easily says whether somebody asks for easy read.
func easily(text string) bool { return easyRead.MatchString(text) }

// stays says whether an edition is a hit. plain and easy are the pages that were found in the one form and in the other.
func (e Edition) stays(page uint32, all, easily bool, plain, easy map[uint32]bool) bool {
	switch {
	case e == Original || e == Translated:
		return !(all && e == Translated) && !(easily && easy[page])
	case easily:
		return true
	}
	return e == EasilyTranslated && !all && !plain[page] // nobody asks for easy read in English words and means Urdu
}

// oneOfEach leaves one hit of each page in a language. Where everything is listed it leaves the originals.
func (t *tally) oneOfEach(n *narrowing, all, easily bool) {
	if !slices.ContainsFunc(t.parts, func(p part) bool { return p.editions }) {
		return
	}
	plain, easy := map[uint32]bool{}, map[uint32]bool{}
	for _, d := range t.met {
		switch p, e := t.part(d); {
		case p.page[e] == 0 || !n.may(p, e):
		case Edition(p.edition[e]).easy():
			easy[p.page[e]] = true
		default:
			plain[p.page[e]] = true
		}
	}
	not := make([]bool, t.all)
	if n.not != nil {
		copy(not, n.not)
	}
	for _, d := range t.met {
		if p, e := t.part(d); p.page[e] != 0 && !Edition(p.edition[e]).stays(p.page[e], all, easily, plain, easy) {
			not[d] = true
		}
	}
	n.not = not
}

// oneOfEach is the same for what the database found.
func oneOfEach(list []Entry, easily bool) []Entry {
	plain, easy := map[uint32]bool{}, map[uint32]bool{}
	for _, e := range list {
		if e.Edition.easy() {
			easy[sum(e.Page)] = true
		} else {
			plain[sum(e.Page)] = true
		}
	}
	return slices.DeleteFunc(list, func(e Entry) bool { return e.Page != "" && !e.Edition.stays(sum(e.Page), false, easily, plain, easy) })
}
