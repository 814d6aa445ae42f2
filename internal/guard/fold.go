package guard

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// folded is a text as a person reads it: one byte a character, digits and letters of other widths as ASCII, without
// what takes no room on a page. from and to say where each byte stood in the text. Addresses of web pages are blanked in
// quiet: the long numbers in them are the numbers of pages.
type folded struct {
	s, low, quiet string
	from, to      []int32
}

const (
	letter = 0x80 // a Latin letter outside ASCII
	sign   = 0x81 // any other character outside ASCII, writing without spaces between words too
	gone   = 0    // takes no room
)

func fold(text string) *folded {
	f := &folded{from: make([]int32, 0, len(text)), to: make([]int32, 0, len(text))}
	s := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		c, size := next(text, i)
		if c != gone {
			s = append(s, c)
			f.from = append(f.from, int32(i))
			f.to = append(f.to, int32(i+size))
		}
		i += size
	}
	f.s = string(s)
	for i, c := range s {
		if 'A' <= c && c <= 'Z' {
			s[i] = c + 'a' - 'A'
		}
	}
	f.low = string(s)
	f.quiet = quiet(f.low)
	return f
}

// next reads one character at text[i:]: what it counts as, and how many bytes it takes.
func next(text string, i int) (byte, int) {
	c := text[i]
	switch c {
	case '&':
		return entity(text[i:])
	case '<':
		return tag(text[i:])
	case '\\', '*', '_', '`':
		return mark(text, i), 1
	case '\r', 0:
		return gone, 1
	case '\t', '\v', '\f':
		return ' ', 1
	}
	if c < utf8.RuneSelf {
		return c, 1
	}
	r, size := utf8.DecodeRuneInString(text[i:])
	return plainRune(r), size
}

func plainRune(r rune) byte {
	switch {
	case r == 0 || r == '\r':
		return gone
	case r < utf8.RuneSelf:
		return byte(r)
	case 0xFF01 <= r && r <= 0xFF5E: // full width
		return byte(r - 0xFEE0)
	case r == '\u2028' || r == '\u2029' || r == '\u0085':
		return '\n'
	case r == '。' || r == '․' || r == '﹒' || r == '｡':
		return '.'
	case r == '﹫':
		return '@'
	case r == '−' || r == '⁃' || unicode.Is(unicode.Pd, r):
		return '-'
	case unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.Is(unicode.Sc, r):
		return '$'
	case unicode.Is(unicode.Nd, r):
		return digitOf(r)
	case unicode.Is(unicode.Latin, r):
		return letter
	case unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me):
		return gone
	}
	return sign
}

// digitOf counts from the zero of r's script: each keeps its ten digits in a row that starts at a digit zero.
func digitOf(r rune) byte {
	if 0x1D7CE <= r && r <= 0x1D7FF { // five rows of mathematical digits without a gap
		return byte('0' + (r-0x1D7CE)%10)
	}
	first := r
	for unicode.Is(unicode.Nd, first-1) && r-first < 9 {
		first--
	}
	return byte('0' + r - first)
}

// entity reads what HTML would: "&nbsp;", "&#8203;".
func entity(s string) (byte, int) {
	end := strings.IndexByte(s[:min(len(s), 12)], ';')
	if end < 0 {
		return '&', 1
	}
	r, size := utf8.DecodeRuneInString(html.UnescapeString(s[:end+1]))
	if r == '&' || size == 0 {
		return '&', 1
	}
	return plainRune(r), end + 1
}

// tag steps over a bare tag, such as <b> or </span>. One with attributes stays: there may be a number in them.
func tag(s string) (byte, int) {
	end := strings.IndexByte(s[:min(len(s), 12)], '>')
	if end < 0 {
		return '<', 1
	}
	name := strings.Trim(s[1:end], "/ ")
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) }) {
		return '<', 1
	}
	switch strings.ToLower(name) {
	case "b", "i", "em", "strong", "span", "u", "s", "wbr", "mark", "small", "code":
		return gone, end + 1
	}
	return '\n', end + 1
}

// mark steps over Markdown's signs where they stand at the edge of a word; between two letters or digits they mean
// themselves.
func mark(text string, i int) byte {
	after := byte(' ')
	if i+1 < len(text) {
		after = text[i+1]
	}
	inside := i > 0 && alnum(text[i-1]) && alnum(after)
	if inside || text[i] == '\\' && (alnum(after) || after == ' ') {
		return text[i]
	}
	return gone
}

// quiet blanks the addresses of web pages, but for the ones that are a phone number.
func quiet(low string) string {
	q := []byte(low)
	for i := 0; i+4 < len(q); i++ {
		if !strings.HasPrefix(low[i:], "://") && !strings.HasPrefix(low[i:], "www.") {
			continue
		}
		end := i + 3
		for end < len(q) && !strings.ContainsRune(" \n<>\"')]|", rune(q[end])) {
			end++
		}
		if !strings.HasPrefix(low[i:], "://wa.me/") && !strings.Contains(low[i:end], "phone=") {
			for k := i; k < end; k++ {
				q[k] = sign
			}
		}
		i = end
	}
	return string(q)
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func alnum(c byte) bool {
	return digit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == letter
}
