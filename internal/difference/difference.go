// Package difference compares two texts by line and by word, for people who read what somebody else changed, and joins
// two changes of one text. It knows nothing of documents.
//
// The search for what two sequences share is go-udiff's, which is the Go project's own diff package with its names
// opened up: it is kept in step with that, works on any list of strings, and looks only so deep, so that nothing anybody
// writes makes it slow. The price is that texts with little in common are told apart more coarsely.
package difference

import (
	"strings"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// Mark says in which of the two texts something stands.
type Mark int

const (
	Same Mark = iota
	Gone      // only in the text before
	New       // only in the text after
)

// Span is a stretch of a line.
type Span struct {
	Mark Mark
	Text string
}

// Gone and New are for templates.
func (s Span) Gone() bool { return s.Mark == Gone }
func (s Span) New() bool  { return s.Mark == New }

// Line is a line of the comparison: one that both texts have, one that is gone or new as a whole, or one that was changed,
// with spans of each kind. A line with Left says how many lines that both have were left out.
type Line struct {
	Spans []Span
	Left  int
}

// Gone says that the line was taken out as a whole.
func (l Line) Gone() bool { return l.all(Gone) }

// New says that the line was put in as a whole.
func (l Line) New() bool { return l.all(New) }

// Same says that both texts have the line.
func (l Line) Same() bool { return l.all(Same) }

// Changed says that words of the line were changed.
func (l Line) Changed() bool { return !l.Same() && !l.Gone() && !l.New() }

func (l Line) all(m Mark) bool {
	for _, s := range l.Spans {
		if s.Mark != m {
			return false
		}
	}
	return true
}

// around is how many lines are shown on either side of a change.
const around = 2

// Lines compares two texts. What both have is left out but for the lines around a change; equal texts give none.
func Lines(before, after string) []Line {
	if before == after {
		return nil
	}
	return fold(All(before, after))
}

// All compares two texts and leaves nothing out.
func All(before, after string) []Line {
	a, b := split(before), split(after)
	b0 := budget{tokens: allTokens, pairs: allPairs}
	var lines []Line
	at := 0
	for _, d := range b0.search(a, b) {
		lines = append(lines, whole(Same, a[at:d.Start])...)
		lines = append(lines, b0.changed(a[d.Start:d.End], b[d.ReplStart:d.ReplEnd])...)
		at = d.End
	}
	return append(lines, whole(Same, a[at:])...)
}

// split gives the lines of a text; a line end at the very end opens no further one.
func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func whole(m Mark, lines []string) []Line {
	list := make([]Line, len(lines))
	for i, l := range lines {
		list[i] = Line{Spans: []Span{{m, l}}}
	}
	return list
}

// fold leaves out what is far from any change.
func fold(lines []Line) []Line {
	near := make([]bool, len(lines))
	for i, l := range lines {
		if !l.Same() {
			for j := max(0, i-around); j <= min(len(lines)-1, i+around); j++ {
				near[j] = true
			}
		}
	}
	var folded []Line
	for i, l := range lines {
		switch {
		case near[i]:
			folded = append(folded, l)
		case len(folded) > 0 && folded[len(folded)-1].Left > 0:
			folded[len(folded)-1].Left++
		default:
			folded = append(folded, Line{Left: 1})
		}
	}
	return folded
}

// Limits of one comparison, so that two texts of 256 KiB take a fraction of a second whatever they say.
const (
	allTokens = 1_000_000 // lines and words that may be looked at
	allPairs  = 6_000     // lines that may be held against each other
	onePairs  = 2_500     // the same, between two unlike stretches
)

// budget is what is left of those limits.
type budget struct{ tokens, pairs int }

// search finds the differences of two lists. The library looks a hundred changes deep; where it stopped for that, what it
// left as one difference is searched again while the budget lasts.
func (b *budget) search(x, y []string) []lcs.Diff {
	if b.tokens -= len(x) + len(y); b.tokens < 0 {
		return between(x, y)
	}
	found := lcs.DiffLines(x, y)
	const deep = 50
	var all []lcs.Diff
	for _, d := range found {
		gone, fresh := d.End-d.Start, d.ReplEnd-d.ReplStart
		shorter := gone+fresh < len(x)+len(y)
		if gone == 0 || fresh == 0 || gone+fresh <= deep || !shorter {
			all = append(all, d)
			continue
		}
		for _, in := range b.search(x[d.Start:d.End], y[d.ReplStart:d.ReplEnd]) {
			all = append(all, lcs.Diff{Start: d.Start + in.Start, End: d.Start + in.End, ReplStart: d.ReplStart + in.ReplStart, ReplEnd: d.ReplStart + in.ReplEnd})
		}
	}
	return all
}

// between says that everything is different.
func between(x, y []string) []lcs.Diff {
	return []lcs.Diff{{End: len(x), ReplEnd: len(y)}}
}
