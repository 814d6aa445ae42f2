package library

import (
	"slices"
	"strings"

	"commonplace/internal/difference"
)

// Beside is a part of two documents, to be read side by side.
type Beside struct {
	Mine, Theirs string // its heading in each, "" where it has none
	Left, Right  []BesideLine
}

// BesideLine is a line of one of the two.
type BesideLine struct {
	Own   bool // nothing like it stands in the other
	Spans []difference.Span
}

// kindred is how much of two headings, or of the texts below them, must be the same for them to be about one thing.
const kindred = 0.4

// SideBySide puts two documents next to each other: the parts that are about one thing in one row, in the order of the
// first, and then what only the second has.
func SideBySide(a, b *Document) []Beside {
	mine, theirs := parts(a.Body()), parts(b.Body())
	meets := meetingParts(mine, theirs)
	list := []Beside{beside("In short", "In short", a.Summary(), b.Summary())}
	for i, p := range mine {
		if j, met := meets[i]; met {
			list = append(list, beside(p.title, theirs[j].title, p.below(), theirs[j].below()))
		} else {
			list = append(list, beside(p.title, "", p.below(), ""))
		}
	}
	taken := map[int]bool{}
	for _, j := range meets {
		taken[j] = true
	}
	for j, p := range theirs {
		if !taken[j] {
			list = append(list, beside("", p.title, "", p.below()))
		}
	}
	return slices.DeleteFunc(list, func(x Beside) bool { return len(x.Left)+len(x.Right) == 0 && x.Mine+x.Theirs == "" })
}

// below is what stands below a part's heading, or before the first one.
func (p part) below() string {
	if p.title == "" {
		return strings.TrimSpace(p.raw)
	}
	return p.text()
}

// meetingParts finds which parts of two documents are about one thing: those of one heading, and then those that are most
// alike.
func meetingParts(mine, theirs []part) map[int]int {
	meets, taken := map[int]int{}, map[int]bool{}
	type pair struct {
		i, j int
		like float64
	}
	var pairs []pair
	for i, p := range mine {
		for j, q := range theirs {
			like := max(difference.Likeness(plainly(p.title), plainly(q.title)), difference.Likeness(plainly(p.below()), plainly(q.below())))
			if plainly(p.title) == plainly(q.title) {
				like = 2
			}
			if like >= kindred {
				pairs = append(pairs, pair{i, j, like})
			}
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int {
		switch {
		case x.like > y.like:
			return -1
		case x.like < y.like:
			return 1
		}
		return 0
	})
	for _, p := range pairs {
		if _, met := meets[p.i]; !met && !taken[p.j] {
			meets[p.i], taken[p.j] = p.j, true
		}
	}
	return meets
}

// plainly is a text without what does not tell two headings apart.
func plainly(text string) string {
	return strings.Join(strings.Fields(strings.Trim(strings.ToLower(text), " ?!.:")), " ")
}

func beside(mine, theirs, left, right string) Beside {
	x := Beside{Mine: mine, Theirs: theirs}
	for _, l := range difference.All(left, right) {
		if !l.New() {
			x.Left = append(x.Left, besideLine(l, difference.New))
		}
		if !l.Gone() {
			x.Right = append(x.Right, besideLine(l, difference.Gone))
		}
	}
	x.Left, x.Right = notEmpty(x.Left), notEmpty(x.Right)
	return x
}

func besideLine(l difference.Line, but difference.Mark) BesideLine {
	line := BesideLine{Own: l.Gone() || l.New()}
	for _, s := range l.Spans {
		if s.Mark != but {
			line.Spans = append(line.Spans, s)
		}
	}
	return line
}

// notEmpty leaves out empty lines.
func notEmpty(lines []BesideLine) []BesideLine {
	return slices.DeleteFunc(lines, func(l BesideLine) bool {
		return !slices.ContainsFunc(l.Spans, func(s difference.Span) bool { return strings.TrimSpace(s.Text) != "" })
	})
}
