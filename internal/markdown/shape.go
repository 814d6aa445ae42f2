package markdown

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

const (
	// maxCells is how many cells all tables of a text may have together: the parser makes each of them, and short rows
	// of a wide table are filled up.
	maxCells = 200_000
	// codeSlack is how much more is let through where a line may be code. What is code cannot be known without parsing;
	// this much is parsed quickly, and checkTree refuses it if it is none.
	codeSlack = 10
)

// checkShape refuses tables wider or longer than anybody reads, before parsing, which they would make slow. What is
// nested too deep is stopped while it is parsed, see blockClock.
func checkShape(source string) error {
	var fence string
	var t tableShape
	for i, line := range strings.Split(source, "\n") {
		slack := 1
		if mark := fenceOf(strings.TrimLeft(line, " \t")); mark != "" && (fence == "" || strings.HasPrefix(mark, fence)) {
			if fence == "" {
				fence = mark
			} else {
				fence = ""
			}
			continue
		}
		if fence != "" {
			slack = codeSlack
		}
		if err := t.next(line, i+1, slack); err != nil {
			return err
		}
	}
	return nil
}

// tableShape is the table that a scan of lines is in.
type tableShape struct{ begins, columns, rows, cells int }

// next takes the next line. A line that looks like the one below a table's head counts as a row inside a table, where
// it is one; it may widen the table, because a heading between two tables would make it a second one's.
func (t *tableShape) next(line string, number, slack int) error {
	line = strings.Trim(line, "> \t\r")
	if line == "" {
		t.columns, t.rows = 0, 0
		return nil
	}
	if isDelimiterRow(line) {
		columns := strings.Count(strings.Trim(line, "|"), "|") + 1
		if columns > MaxColumns*slack {
			return tooWide(number, columns)
		}
		if t.columns == 0 {
			t.begins = number
		}
		t.columns = max(t.columns, columns)
	}
	if t.columns == 0 {
		return nil
	}
	if t.rows++; t.rows > MaxRows+1 && slack == 1 {
		return tooLong(t.begins)
	}
	if t.cells += t.columns; t.cells > maxCells {
		return fmt.Errorf("%w: by line %d its tables have more than %d cells", ErrShape, number, maxCells)
	}
	return nil
}

func isDelimiterRow(line string) bool {
	return strings.Contains(line, "-") && strings.Contains(line, "|") && delimiterRow.MatchString(line)
}

var delimiterRow = regexp.MustCompile(`^\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?$`)

func tooDeep(line, depth int) error {
	return fmt.Errorf("%w: line %d is nested %d deep, and %d is the most", ErrShape, line, depth, MaxDepth)
}

func tooWide(line, columns int) error {
	return fmt.Errorf("%w: the table at line %d has %d columns, and %d is the most", ErrShape, line, columns, MaxColumns)
}

func tooLong(line int) error {
	return fmt.Errorf("%w: the table at line %d has more than %d rows", ErrShape, line, MaxRows)
}

func fenceOf(line string) string {
	for _, c := range []string{"```", "~~~"} {
		if strings.HasPrefix(line, c) {
			n := len(line) - len(strings.TrimLeft(line, c[:1]))
			return line[:n]
		}
	}
	return ""
}

// checkTree refuses what is deeper, wider or longer than a page shows, where the parsed text says it stands.
func checkTree(doc ast.Node, src []byte) error {
	deep := 0
	return ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch {
		case !entering && deepens(n):
			deep--
		case deepens(n):
			if deep++; deep > MaxDepth {
				return ast.WalkStop, tooDeep(lineOf(n, src), deep)
			}
		}
		if t, is := n.(*extast.Table); is && entering {
			if columns := len(t.Alignments); columns > MaxColumns {
				return ast.WalkStop, tooWide(lineOf(n, src), columns)
			}
			if t.ChildCount()-1 > MaxRows {
				return ast.WalkStop, tooLong(lineOf(n, src))
			}
		}
		return ast.WalkContinue, nil
	})
}

// deepens says whether what stands in a block is nested by it.
func deepens(n ast.Node) bool {
	switch n.(type) {
	case *ast.Blockquote, *callout, *ast.ListItem, *extast.DefinitionDescription:
		return true
	}
	return false
}

// lineOf is the line on which a block begins; what has no place of its own stands where its first part does.
func lineOf(n ast.Node, src []byte) int {
	for ; n != nil; n = n.FirstChild() {
		if at := n.Pos(); at >= 0 && at <= len(src) {
			return lineAt(src, at)
		}
		if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			return lineAt(src, n.Lines().At(0).Start)
		}
	}
	return 1
}

func lineAt(src []byte, at int) int { return 1 + bytes.Count(src[:min(at, len(src))], []byte{'\n'}) }
