package markdown

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Slug turns words into a part of an address: lower case ASCII letters and digits joined by hyphens, accents dropped.
// Words in other scripts give "".
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
		case r == '\'' || r == '’' || unicode.Is(unicode.Mn, r):
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
type anchors map[string]bool

func (a anchors) id(words string, fixed map[string]string) string {
	id, ok := fixed[strings.ToLower(strings.TrimSpace(words))]
	if !ok {
		switch id = Slug(words); {
		case id == "":
			id = "section-" + strconv.Itoa(len(a)+1)
		case !strings.Contains(id, "-"):
			id += "-section"
		}
	}
	for base, n := id, 2; a[id]; n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	a[id] = true
	return id
}
