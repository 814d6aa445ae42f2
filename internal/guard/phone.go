package guard

import "strings"

// phones finds numbers of the United Kingdom that may be a person's: landlines (01, 02), mobiles and pagers (07) and
// internet lines (055, 056). 03, 08 and 09 are left out: such numbers are given to organisations, helplines most of all.
// Short ones (111, 999, 101, 116 123) are never found.
func phones(f *folded) []hit {
	var all []hit
	s := f.quiet
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '0' && c != '+' && c != '4' && c != '(' {
			continue
		}
		if end, national := phone(s, i); end > 0 {
			h := f.hit(Phone, i, end)
			h.key = string(Phone) + " " + national
			all = append(all, h)
			i = end - 1
		}
	}
	return all
}

// phone reads a number at i: where it ends, and its digits without 0 or 44 in front. An end of 0 means that none is here.
func phone(s string, i int) (int, string) {
	if i > 0 && named(s[i-1]) || goesOnBefore(s, i) {
		return 0, ""
	}
	start, abroad := prefix(s, i)
	if start == 0 {
		return 0, ""
	}
	ends, national := parts(s, start)
	for k, end := range ends {
		n := national[:end.digits]
		last := k == len(ends)-1
		if (len(n) == 10 || len(n) == 9 && last && !abroad && shortNumber(n)) && personal(n) && grouped(ends[:k+1], abroad) && !goesOnBehind(s, end.at) && balanced(s[i:end.at]) {
			return end.at, n
		}
	}
	return 0, ""
}

// prefix steps over what stands before the national number, and says whether it was the country's.
func prefix(s string, i int) (start int, abroad bool) {
	for _, country := range []string{"+44", "(+44)", "0044", "(0044)", "+(44)", "00 44", "+ 44", "44"} {
		if !strings.HasPrefix(s[i:], country) {
			continue
		}
		start = skip(s, i+len(country), " -.\n")
		if country == "44" && (start >= len(s) || s[start] != '7') {
			return 0, false
		}
		for _, zero := range []string{"(0)", "[0]", "0"} {
			if strings.HasPrefix(s[start:], zero) {
				start = skip(s, start+len(zero), " -.\n")
				break
			}
		}
		return start, true
	}
	if strings.HasPrefix(s[i:], "(0)") {
		return skip(s, i+3, " -"), false
	}
	if s[i] == '0' {
		return i + 1, false
	}
	if strings.HasPrefix(s[i:], "(0") {
		return i + 2, false
	}
	return 0, false
}

// skip steps over at most two of the signs.
func skip(s string, i int, signs string) int {
	for n := 0; n < 2 && i < len(s) && strings.IndexByte(signs, s[i]) >= 0; n++ {
		i++
	}
	return i
}

// part is the end of a group of digits: its place, how many digits there were so far, and how many in it.
type part struct{ at, digits, own int }

// parts reads the groups of one number, as far as ten digits.
func parts(s string, i int) ([]part, string) {
	var ends []part
	var digits []byte
	for breaks := 0; len(digits) < 10; {
		own := 0
		for i < len(s) && digit(s[i]) && len(digits) <= 10 {
			digits = append(digits, s[i])
			i++
			own++
		}
		if own == 0 || i < len(s) && named(s[i]) {
			break
		}
		ends = append(ends, part{i, len(digits), own})
		from := i
		for i < len(s) && i-from < 6 && strings.IndexByte(" -.()\n", s[i]) >= 0 {
			if s[i] == '\n' {
				breaks++
			}
			i++
		}
		if i == from || breaks > 1 {
			break
		}
	}
	if len(ends) > 0 {
		digits = digits[:ends[len(ends)-1].digits]
	}
	return ends, string(digits)
}

// balanced: a bracket that closes behind the number opened before it, and is no part of it.
func balanced(s string) bool { return strings.Count(s, "(") == strings.Count(s, ")") }

// personal says whether a national number is one that a person may have.
func personal(n string) bool {
	switch n[0] {
	case '1':
		return n[1] != '0'
	case '2':
		return strings.IndexByte("03489", n[1]) >= 0
	case '5':
		return n[1] == '5' || n[1] == '6'
	case '7':
		return true
	}
	return false
}

// shortNumber: some old towns have nine digits (01204 12345, 016977 1234). Digits in a row are an example of counting.
func shortNumber(n string) bool { return n[0] == '1' && n[1] != '1' && n[2] != '1' && n != "123456789" }

// grouped: the area code has two digits at least, and so has each group behind it.
func grouped(ends []part, abroad bool) bool {
	for k, end := range ends {
		if end.own < 2 || k > 0 && k < len(ends)-1 && end.own > 7 {
			return false
		}
	}
	return abroad || len(ends) <= 5
}
