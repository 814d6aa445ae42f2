package difference

import (
	"strings"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// Merge joins two changes of one text, line by line. It says false when they meet: both touch the same lines, or lines
// next to each other, and not in the same way.
func Merge(base, mine, theirs string) (string, bool) {
	switch {
	case mine == theirs, theirs == base:
		return mine, true
	case mine == base:
		return theirs, true
	}
	old, m, t := lines(base), lines(mine), lines(theirs)
	b := budget{tokens: allTokens}
	ours, others := b.search(old, m), b.search(old, t)
	var merged strings.Builder
	put := func(list []string) {
		for _, l := range list {
			merged.WriteString(l)
		}
	}
	at := 0
	for len(ours)+len(others) > 0 {
		d, from := next(ours, others)
		if len(ours) > 0 && len(others) > 0 && meet(ours[0], others[0]) {
			x, y := ours[0], others[0]
			if x.Start != y.Start || x.End != y.End || strings.Join(m[x.ReplStart:x.ReplEnd], "") != strings.Join(t[y.ReplStart:y.ReplEnd], "") {
				return "", false
			}
			others = others[1:] // both say the same
			d, from = x, 0
		}
		put(old[at:d.Start])
		if at = d.End; from == 0 {
			put(m[d.ReplStart:d.ReplEnd])
			ours = ours[1:]
		} else {
			put(t[d.ReplStart:d.ReplEnd])
			others = others[1:]
		}
	}
	put(old[at:])
	return merged.String(), true
}

// next is the change that comes first, and whose it is.
func next(ours, others []lcs.Diff) (d lcs.Diff, from int) {
	if len(others) == 0 || len(ours) > 0 && ours[0].Start <= others[0].Start {
		return ours[0], 0
	}
	return others[0], 1
}

// meet says whether two changes touch: no line stands between them that both left alone.
func meet(x, y lcs.Diff) bool { return x.Start <= y.End && y.Start <= x.End }

// lines gives the lines of a text with their ends, so that joined they are its very bytes.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.SplitAfter(text, "\n")
}
