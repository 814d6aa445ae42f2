package guard

import (
	"slices"
	"strings"
)

// group is a run of digits that no letter or further digit touches.
type group struct{ from, to int }

func (g group) len() int { return g.to - g.from }

// groups are all runs of digits. A run with letters at it is part of a name or a code, and is none.
func groups(s string) []group {
	var all []group
	for i := 0; i < len(s); i++ {
		if !digit(s[i]) {
			continue
		}
		from := i
		for i < len(s) && digit(s[i]) {
			i++
		}
		if !(from > 0 && named(s[from-1])) && !(i < len(s) && named(s[i])) {
			all = append(all, group{from, i})
		}
	}
	return all
}

// named: a letter or digit, or what joins them in the names of files and accounts.
func named(c byte) bool { return alnum(c) || c == '_' }

// gap is what may stand between two groups of one number, with one line break at most.
func gap(s string, from, to int, signs string) bool {
	if to-from > 6 {
		return false
	}
	breaks, marks := 0, 0
	for _, c := range []byte(s[from:to]) {
		switch {
		case c == '\n':
			breaks++
		case c == ' ':
		case strings.IndexByte(signs, c) >= 0:
			marks++
		default:
			return false
		}
	}
	return breaks <= 1 && marks <= 2 && to > from
}

// partOfFigure says whether the digits between from and to belong to more: thousands, a decimal, a price, a share.
func partOfFigure(s string, from, to int) bool {
	return goesOnBefore(s, from) || goesOnBehind(s, to)
}

func goesOnBefore(s string, from int) bool {
	return from > 0 && (s[from-1] == '$' || s[from-1] == '+') ||
		from > 1 && strings.IndexByte(".,-=", s[from-1]) >= 0 && digit(s[from-2])
}

func goesOnBehind(s string, to int) bool {
	return to < len(s) && s[to] == '%' || to+1 < len(s) && strings.IndexByte(".,-=", s[to]) >= 0 && digit(s[to+1])
}

// before gives up to n characters that stand before i.
func before(s string, i, n int) string { return s[max(0, i-n):i] }

func has(s string, any ...string) bool {
	return slices.ContainsFunc(any, func(a string) bool { return strings.Contains(s, a) })
}

// shapes are the ways in which ten digits are grouped when nobody says that they are an NHS number.
var shapes = [][]int{{10}, {3, 3, 4}, {3, 3, 2, 2}, {3, 7}, {6, 4}, {4, 3, 3}, {3, 4, 3}}

func nhsNumbers(f *folded) []hit {
	var all []hit
	gs := groups(f.quiet)
	for i := 0; i < len(gs); i++ {
		n, digits := tenDigits(f.quiet, gs[i:])
		if n == 0 {
			continue
		}
		from, to := gs[i].from, gs[i+n-1].to
		if partOfFigure(f.quiet, from, to) {
			continue
		}
		called := calledNHS(f.quiet, from)
		fits := checkDigitFits(digits)
		inARow := len(all) > 0 && i > 0 && all[len(all)-1].to == gs[i-1].to
		if !called && !(fits && looksNHS(f, gs, i, n, digits) && (inARow || !goesOn(f.quiet, gs, i-1, i))) {
			continue
		}
		h := f.hit(NHSNumber, from, to)
		if !fits {
			h.says = "This is called an NHS number, though its check digit does not fit: it may be one with a slip in it."
		}
		all = append(all, h)
		i += n - 1
	}
	return all
}

// tenDigits says how many groups from the first one make ten digits, and gives the digits.
func tenDigits(s string, gs []group) (int, string) {
	count := 0
	for n, g := range gs {
		count += g.len()
		switch {
		case count > 10 || n > 0 && !gap(s, gs[n-1].to, g.from, "-."):
			return 0, ""
		case count == 10:
			return n + 1, only(s[gs[0].from:g.to])
		}
	}
	return 0, ""
}

// looksNHS is asked where no word says "NHS number". Numbers in use begin with 3, 4, 6 or 7, those in examples with 9
// (a Unix time begins with 1, a free American phone number with 8). A book's old number has the same check digit.
func looksNHS(f *folded, gs []group, i, n int, digits string) bool {
	if strings.IndexByte("34679", digits[0]) < 0 || strings.Count(digits, digits[:1]) == 10 || !shapely(gs[i:i+n]) {
		return false
	}
	words := before(f.quiet, gs[i].from, 48)
	if has(words, "isbn", "phone", "tel", "fax", "call", "dial", "mobile", "text ", "sms", "+") {
		return false
	}
	return nextIsShapely(f.quiet, gs[i+n:]) || !goesOn(f.quiet, gs, i+n, i+n-1)
}

func shapely(gs []group) bool {
	return slices.ContainsFunc(shapes, func(shape []int) bool {
		return slices.EqualFunc(shape, gs, func(n int, g group) bool { return n == g.len() })
	})
}

// nextIsShapely: numbers may stand in a row, and then the next one is no part of this one.
func nextIsShapely(s string, gs []group) bool {
	if len(gs) == 0 {
		return false
	}
	n, digits := tenDigits(s, gs)
	return n > 0 && shapely(gs[:n]) && checkDigitFits(digits)
}

// goesOn says whether group i is so close to its neighbour, and so long, that both are one longer number.
func goesOn(s string, gs []group, i, neighbour int) bool {
	if i < 0 || i >= len(gs) || gs[i].len() < 3 || gs[i].len() == 10 {
		return false
	}
	from, to := gs[min(i, neighbour)].to, gs[max(i, neighbour)].from
	return to-from == 1 && (s[from] == ' ' || s[from] == '-')
}

// calledNHS says whether the words just before from announce an NHS number (CHI is the Scottish one).
func calledNHS(s string, from int) bool {
	words := before(s, from, 48)
	i := max(strings.LastIndex(words, "nhs"), strings.LastIndex(words, "chi "))
	if i < 0 || i > 0 && alnum(words[i-1]) || strings.ContainsAny(words[i:], "0123456789") {
		return false
	}
	rest := strings.TrimLeft(words[i+3:], " -_:\n")
	for _, number := range []string{"number", "no.", "no:", "no ", "num", "nr", "id ", "id:", "#"} {
		if strings.HasPrefix(rest, number) {
			return len(rest)-len(number) <= 32
		}
	}
	return rest == ""
}

// checkDigitFits is modulus 11: the digits times 10, 9, ... 1 add up to a multiple of 11. A check digit of 10 has no
// digit, and no such number is given out.
func checkDigitFits(digits string) bool {
	sum := 0
	for i, d := range []byte(digits) {
		sum += int(d-'0') * (10 - i)
	}
	return sum%11 == 0
}

// insuranceNumbers: two letters, six digits and A to D. The last letter may be missing where the words say what it is.
func insuranceNumbers(f *folded) []hit {
	var all []hit
	s := f.quiet
	for i := 0; i+7 < len(s); i++ {
		if i > 0 && alnum(s[i-1]) || !insurancePrefix(s[i:i+2]) {
			continue
		}
		end, digits := i+2, 0
		for end < len(s) && digits < 6 {
			switch {
			case digit(s[end]):
				digits++
			case (s[end] == ' ' || s[end] == '-' || s[end] == '\n') && !digit(s[end-1]) == (digits == 0) && s[end-1] != s[end]:
			default:
				digits = 7
			}
			end++
		}
		if digits != 6 {
			continue
		}
		last := end
		if last < len(s) && strings.IndexByte(" -\n", s[last]) >= 0 {
			last++
		}
		lettered := last < len(s) && 'a' <= s[last] && s[last] <= 'd' && (last+1 == len(s) || !alnum(s[last+1]))
		called := has(before(s, i, 40), "insurance", "nino", "ni n", "n.i.")
		switch {
		case lettered:
			end = last + 1
		case !called || end < len(s) && alnum(s[end]):
			continue
		}
		all = append(all, f.hit(NationalInsurance, i, end))
		i = end
	}
	return all
}

func insurancePrefix(two string) bool {
	const never = "bg gb nk kn tn nt zz"
	return 'a' <= two[0] && two[0] <= 'z' && 'a' <= two[1] && two[1] <= 'z' &&
		strings.IndexByte("dfiquv", two[0]) < 0 && strings.IndexByte("dfiquvo", two[1]) < 0 && !strings.Contains(never, two)
}

// banks looks about each account number for a sort code.
func banks(f *folded) []hit {
	var all []hit
	gs := groups(f.quiet)
	for i := range gs {
		n := 1
		if i+1 < len(gs) && gs[i].len() == 4 && gs[i+1].len() == 4 && gs[i+1].from == gs[i].to+1 {
			n = 2
		} else if gs[i].len() != 8 {
			continue
		}
		account := group{gs[i].from, gs[i+n-1].to}
		if partOfFigure(f.quiet, account.from, account.to) {
			continue
		}
		if code, ok := sortCode(f.quiet, gs, i-3, i+n, account); ok {
			all = append(all, f.hit(Bank, min(code.from, account.from), max(code.to, account.to)))
		}
	}
	return all
}

// sortCode finds one among the groups just before (from first) or just behind (from last) the account number. Six digits
// that could be a date need a word of banking near by.
func sortCode(s string, gs []group, first, last int, account group) (group, bool) {
	for _, k := range []int{first, first + 2, last} {
		if k < 0 || k >= len(gs) {
			continue
		}
		code := gs[k]
		inPairs := k+2 < len(gs) && code.len() == 2 && gs[k+1].len() == 2 && gs[k+2].len() == 2 &&
			gap(s, code.to, gs[k+1].from, "-") && gap(s, gs[k+1].to, gs[k+2].from, "-")
		if inPairs {
			code.to = gs[k+2].to
		}
		from, to := min(code.from, account.from), max(code.to, account.to)
		if to-from > 64 || code.to > account.from && code.from < account.to || !inPairs && code.len() != 6 {
			continue
		}
		words := s[max(0, from-40):to]
		if has(words, "sort", "account", "acc ", "acc:", "acc.", "acct", "a/c", "bank") {
			return code, true
		}
		if inPairs && to-from <= 24 && s[code.from+2] == '-' && !couldBeDate(s[code.from:code.to]) {
			return code, true
		}
	}
	return group{}, false
}

func couldBeDate(pairs string) bool {
	day, month := pairs[:2], pairs[3:5]
	return day <= "31" && month <= "12" || day <= "12" && month <= "31"
}
