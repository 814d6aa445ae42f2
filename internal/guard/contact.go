package guard

import (
	"slices"
	"strings"
)

// emails looks to both sides of each @.
func emails(f *folded) []hit {
	var all []hit
	s := f.low
	for at := 0; at < len(s); at++ {
		if s[at] != '@' {
			continue
		}
		from, to := localPart(s, at), domain(s, at+1)
		if from < at && to > 0 && !handle(s, from, at) {
			all = append(all, hit{Email, from, to, string(Email) + " " + strings.ReplaceAll(s[from:to], "\n", ""), says[Email]})
		}
	}
	return all
}

func localPart(s string, at int) int {
	end := at
	if end > 1 && s[end-1] == '\n' && s[end-2] != ' ' {
		end--
	}
	from := end
	for from > 0 && end-from < 64 && (alnum(s[from-1]) || strings.IndexByte("._%+-'", s[from-1]) >= 0) {
		from--
	}
	for from < end && !alnum(s[from]) {
		from++
	}
	if from == end {
		return at
	}
	return from
}

// domain reads labels with stops between them; the last has letters only. It gives 0 where there is none.
func domain(s string, i int) int {
	if i < len(s) && s[i] == '\n' {
		i++
	}
	start, end, label := i, 0, i
	for ; i < len(s) && i-start < 255; i++ {
		if s[i] == '.' || s[i] == '-' && i > label {
			if s[i] == '.' && i == label {
				break
			}
			if s[i] == '.' {
				label = i + 1
			}
			continue
		}
		if !alnum(s[i]) {
			break
		}
		if label > start && topLevel(s[label:i+1]) && (i+1 == len(s) || !alnum(s[i+1]) && s[i+1] != '-') {
			end = i + 1
		}
	}
	return end
}

// topLevel: letters, and no ending of a file's name (picture@2x.png).
func topLevel(label string) bool {
	if len(label) < 2 || strings.ContainsAny(label, "0123456789-") {
		return false
	}
	return !slices.Contains([]string{"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "md", "html"}, label)
}

// handle: a name at a social network (@who@where.social), or the account that all of a code host's users share.
func handle(s string, from, at int) bool {
	return from > 0 && s[from-1] == '@' || s[from:at] == "git"
}

// areas are the first letters of postcodes.
const areas = " ab al b ba bb bd bh bl bn br bs bt ca cb cf ch cm co cr ct cv cw da dd de dg dh dl dn dt dy e ec eh en ex fk fy g gl gu gy ha hd hg hp hr hs hu hx ig im ip iv ka kt kw ky l la ld le ll ln ls lu m me mk ml n ne ng nn np nr nw ol ox pa pe ph pl po pr rg rh rm s sa se sg sk sl sm sn so sp sr ss st sw sy ta td tf tn tq tr ts tw ub w wa wc wd wf wn wr ws wv yo ze je bx "

func postcodes(f *folded) []hit {
	var all []hit
	for i := 0; i+4 < len(f.s); i++ {
		if c := f.quiet[i]; c < 'a' || c > 'z' || i > 0 && (named(f.quiet[i-1]) || f.quiet[i-1] == '#') {
			continue
		}
		if end := postcode(f, i); end > 0 {
			all = append(all, f.hit(Postcode, i, end))
			i = end - 1
		}
	}
	return all
}

// postcode reads an outward code and the inward one behind it, and says where they end.
func postcode(f *folded, i int) int {
	s := f.quiet
	n := i
	for n < len(s) && n-i < 3 && 'a' <= s[n] && s[n] <= 'z' {
		n++
	}
	if n == len(s) || !digit(s[n]) || !strings.Contains(areas, " "+s[i:n]+" ") {
		return 0
	}
	if end := inward(f, i, n+1); end > 0 {
		return end
	}
	if n+1 < len(s) && alnum(s[n+1]) {
		return inward(f, i, n+2)
	}
	return 0
}

// inward reads a digit and two letters at i, or behind a gap. Without the gap all must be capitals, and with it small
// letters must not be an ending or a unit: "m1 2nd", "s3 5gb".
func inward(f *folded, start, i int) int {
	s := f.quiet
	from := i
	for i < len(s) && i-from < 3 && strings.IndexByte(" \n", s[i]) >= 0 {
		i++
	}
	if i+3 > len(s) || strings.Count(s[from:i], "\n") > 1 || !digit(s[i]) || !inwardLetter(s[i+1]) || !inwardLetter(s[i+2]) || i+3 < len(s) && named(s[i+3]) {
		return 0
	}
	written := f.s[start : i+3]
	if i == from && strings.ToUpper(written) != written {
		return 0
	}
	if strings.HasSuffix(written, s[i+1:i+3]) && strings.Contains(" st nd rd th gb tb ft hz px bn yr hr xx ", " "+s[i+1:i+3]+" ") {
		return 0
	}
	return i + 3
}

func inwardLetter(c byte) bool {
	return 'a' <= c && c <= 'z' && strings.IndexByte("cikmov", c) < 0
}
