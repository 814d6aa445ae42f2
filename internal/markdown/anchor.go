package markdown

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Slug turns words into a part of an address: lower case ASCII letters and digits joined by hyphens; accents and what
// cannot be seen are dropped. Words in other scripts give "".
func Slug(words string) string {
	var b strings.Builder
	hyphen := false
	for _, r := range norm.NFKD.String(strings.ToLower(words)) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			if hyphen && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			hyphen = false
		case r == '\'' || r == '’' || unicode.In(r, unicode.Mn, unicode.Cf):
		default:
			hyphen = true
		}
	}
	s := b.String()
	if len(s) <= longestSlug {
		return s
	}
	if cut := strings.LastIndexByte(s[:longestSlug+1], '-'); cut > 0 {
		return s[:cut]
	}
	return s[:longestSlug]
}

const longestSlug = 80

// anchors gives each heading of a text an id of its own. An id with a hyphen cannot shadow a property of the page's
// scripts, so a single word gets one; the fixed anchors are known words.
type anchors struct {
	taken map[string]bool
	next  map[string]int // the number that a further heading of the same words tries first
	count int
}

func newAnchors() *anchors { return &anchors{taken: map[string]bool{}, next: map[string]int{}} }

func (a *anchors) id(words string, fixed map[string]string) string {
	a.count++
	id, ok := fixed[strings.ToLower(strings.TrimSpace(words))]
	if !ok {
		switch id = Slug(words); {
		case id == "":
			id = "section-" + strconv.Itoa(a.count)
		case !strings.Contains(id, "-"):
			id += "-section"
		}
	}
	base := id
	for n := max(a.next[base], 2); a.taken[id]; n++ {
		id = base + "-" + strconv.Itoa(n)
		a.next[base] = n + 1
	}
	a.taken[id] = true
	return id
}
