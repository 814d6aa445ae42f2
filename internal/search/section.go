package search

import (
	"slices"
	"strconv"
	"strings"
)

// Section is a part of a body with a heading: Anchor is its address on the page, At where it begins, in bytes.
type Section struct {
	Title, Anchor string
	At            int
}

// longBody is how many bytes make a page long enough that a hit points into it.
const longBody = 1200

// encode is a section as the index keeps it.
func (s Section) encode() string { return strconv.Itoa(s.At) + " " + s.Anchor + " " + s.Title }

func decodeSection(kept string) Section {
	at, rest, _ := strings.Cut(kept, " ")
	anchor, title, _ := strings.Cut(rest, " ")
	n, _ := strconv.Atoi(at)
	return Section{Title: title, Anchor: anchor, At: n}
}

// sectionAt is the section in which a place of a body stands, without a title where it stands before the first.
func sectionAt(kept []string, at int) Section {
	for _, k := range slices.Backward(kept) {
		if s := decodeSection(k); s.At <= at {
			return s
		}
	}
	return Section{}
}

// pointInto gives a hit the address of the section of its best passage, where the page is long. What is called by all that was asked
// for is meant as a whole, and keeps its own address.
func (h *Hit) pointInto(body string, at []span, named bool) {
	if len(at) == 0 || len(body) < longBody || len(h.sections) == 0 {
		return
	}
	h.Section = sectionAt(h.sections, densest(at))
	if h.Section.Anchor != "" && !named && !strings.Contains(h.URL, "#") {
		h.Passage = h.URL + "#" + h.Section.Anchor
	}
}

// called says whether an entry's title has all words of the query that stand anywhere.
func (t *tally) called(doc uint32) bool { return t.anywhere > 0 && int(t.inTitle[doc]) >= t.anywhere }
