package difference

import (
	"strings"
	"unicode"
)

// Words compares two lines by word.
func Words(before, after string) []Span {
	b := budget{tokens: allTokens}
	return b.words(before, after)
}

func (b *budget) words(before, after string) []Span {
	x, y := words(before), words(after)
	var spans []Span
	add := func(m Mark, tokens []string) {
		if len(tokens) > 0 {
			spans = append(spans, Span{m, strings.Join(tokens, "")})
		}
	}
	at := 0
	for _, d := range b.search(x, y) {
		add(Same, x[at:d.Start])
		add(Gone, x[d.Start:d.End])
		add(New, y[d.ReplStart:d.ReplEnd])
		at = d.End
	}
	add(Same, x[at:])
	return calm(spans)
}

// words takes a line apart: words, stretches of white space, and single signs.
func words(line string) []string {
	var tokens []string
	start, class := 0, 0
	for i, r := range line {
		c := classOf(r)
		if i > 0 && (c != class || c == sign) {
			tokens = append(tokens, line[start:i])
			start = i
		}
		class = c
	}
	if start < len(line) {
		tokens = append(tokens, line[start:])
	}
	return tokens
}

const (
	sign = iota
	letter
	space
)

func classOf(r rune) int {
	switch {
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '\'', r == '’':
		return letter
	case unicode.IsSpace(r):
		return space
	}
	return sign
}

// calm joins changes that only a space or a sign keeps apart: three changed words in a row read better as one change. What
// is gone comes before what is new.
func calm(spans []Span) []Span {
	var calmed []Span
	var gone, fresh strings.Builder
	flush := func() {
		if gone.Len() > 0 {
			calmed = append(calmed, Span{Gone, gone.String()})
		}
		if fresh.Len() > 0 {
			calmed = append(calmed, Span{New, fresh.String()})
		}
		gone.Reset()
		fresh.Reset()
	}
	for i, s := range spans {
		between := i > 0 && i < len(spans)-1 && len(strings.TrimSpace(s.Text)) <= 1
		replaces := gone.Len() > 0 && fresh.Len() > 0
		switch {
		case s.Mark == Gone:
			gone.WriteString(s.Text)
		case s.Mark == New:
			fresh.WriteString(s.Text)
		case between && replaces && i < len(spans)-2 && spans[i+1].Mark == Gone && spans[i+2].Mark == New:
			gone.WriteString(s.Text)
			fresh.WriteString(s.Text)
		default:
			flush()
			calmed = append(calmed, s)
		}
	}
	flush()
	return calmed
}

// changed compares the lines that were taken out at one place with those that were put in: a line that came back with
// other words is one changed line.
func (b *budget) changed(gone, fresh []string) []Line {
	var lines []Line
	i, j := 0, 0
	for _, p := range b.pair(gone, fresh) {
		lines = append(lines, whole(Gone, gone[i:p.gone])...)
		lines = append(lines, whole(New, fresh[j:p.fresh])...)
		lines = append(lines, Line{Spans: b.words(gone[p.gone], fresh[p.fresh])})
		i, j = p.gone+1, p.fresh+1
	}
	lines = append(lines, whole(Gone, gone[i:])...)
	return append(lines, whole(New, fresh[j:])...)
}

// pair is a line before and the line after that it became.
type pair struct{ gone, fresh int }

// alike is how much of two lines must be the same for one to have become the other.
const alike = 0.4

// pair finds which lines became which, in order: the pairs that are most alike together.
func (b *budget) pair(gone, fresh []string) []pair {
	n, m := len(gone), len(fresh)
	if n*m == 0 || n*m > min(onePairs, b.pairs) {
		return nil
	}
	b.pairs -= n * m
	before, after := bags(gone), bags(fresh)
	best := make([][]float64, n+1) // of the first i lines with the first j
	for i := range best {
		best[i] = make([]float64, m+1)
	}
	how := make([][]float64, n)
	for i := range n {
		how[i] = make([]float64, m)
		for j := range m {
			how[i][j] = likeness(before[i], after[j])
			best[i+1][j+1] = max(best[i][j+1], best[i+1][j])
			if how[i][j] >= alike {
				best[i+1][j+1] = max(best[i+1][j+1], best[i][j]+how[i][j])
			}
		}
	}
	var pairs []pair
	for i, j := n, m; i > 0 && j > 0; {
		switch {
		case best[i][j] == best[i-1][j]:
			i--
		case best[i][j] == best[i][j-1]:
			j--
		default:
			pairs = append(pairs, pair{i - 1, j - 1})
			i, j = i-1, j-1
		}
	}
	for i, j := 0, len(pairs)-1; i < j; i, j = i+1, j-1 {
		pairs[i], pairs[j] = pairs[j], pairs[i]
	}
	return pairs
}

// bag is how often a line has each of its words, and how many words it has.
type bag struct {
	words map[string]int
	all   int
}

func bags(lines []string) []bag {
	list := make([]bag, len(lines))
	for i, l := range lines {
		fields := strings.Fields(l)
		list[i] = bag{make(map[string]int, len(fields)), len(fields)}
		for _, w := range fields {
			list[i].words[w]++
		}
	}
	return list
}

// Likeness is how many of their words two texts share, 1 for the same words and 0 for none. Their order says nothing.
func Likeness(a, b string) float64 {
	both := bags([]string{a, b})
	return likeness(both[0], both[1])
}

// likeness is 1 for lines of the same words and 0 for lines that share none.
func likeness(a, b bag) float64 {
	if a.all+b.all == 0 {
		return 0
	}
	if len(a.words) > len(b.words) {
		a, b = b, a
	}
	shared := 0
	for w, n := range a.words {
		shared += min(n, b.words[w])
	}
	return 2 * float64(shared) / float64(a.all+b.all)
}
