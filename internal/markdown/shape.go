package markdown

import (
	"fmt"
	"regexp"
	"strings"
)

// checkShape refuses what makes the parser slow or the page huge, before parsing: tables wider or longer than anybody
// reads, and quotes or lists nested deeper than anybody writes.
func checkShape(source string) error {
	var fence string
	var columns, rows int
	for i, line := range strings.Split(source, "\n") {
		trimmed := strings.TrimLeft(line, " \t")
		if mark := fenceOf(trimmed); mark != "" && (fence == "" || strings.HasPrefix(mark, fence)) {
			if fence == "" {
				fence = mark
			} else {
				fence = ""
			}
			continue
		}
		if fence != "" {
			continue
		}
		if d := depth(line); d > MaxDepth {
			return fmt.Errorf("%w: line %d is nested %d deep, and %d is the most", ErrShape, i+1, d, MaxDepth)
		}
		switch {
		case delimiterRow.MatchString(trimmed):
			if columns = strings.Count(strings.Trim(strings.TrimSpace(trimmed), "|"), "|") + 1; columns > MaxColumns {
				return fmt.Errorf("%w: the table at line %d has %d columns, and %d is the most", ErrShape, i+1, columns, MaxColumns)
			}
			rows = 0
		case strings.TrimSpace(line) == "":
			columns = 0
		case columns > 1:
			if rows++; rows > MaxRows {
				return fmt.Errorf("%w: the table that ends at line %d has more than %d rows", ErrShape, i+1, MaxRows)
			}
		}
	}
	return nil
}

var delimiterRow = regexp.MustCompile(`^[>\s]*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$`)

func fenceOf(line string) string {
	for _, c := range []string{"```", "~~~"} {
		if strings.HasPrefix(line, c) {
			n := len(line) - len(strings.TrimLeft(line, c[:1]))
			return line[:n]
		}
	}
	return ""
}

// depth counts the quotes and list items that a line opens or stands in, by its marks and its indent.
func depth(line string) int {
	d, indent := 0, 0
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == ' ':
			indent++
			i++
		case c == '\t':
			indent += 4
			i++
		case c == '>':
			d++
			i++
		case (c == '-' || c == '*' || c == '+') && i+1 < len(line) && (line[i+1] == ' ' || line[i+1] == '\t'):
			d, i = d+1, i+2
		case c >= '0' && c <= '9':
			j := i
			for j < len(line) && j < i+9 && line[j] >= '0' && line[j] <= '9' {
				j++
			}
			if j+1 < len(line) && (line[j] == '.' || line[j] == ')') && line[j+1] == ' ' {
				d, i = d+1, j+2
				continue
			}
			return within(d, indent)
		default:
			return within(d, indent)
		}
	}
	return d
}

// within adds the depth that an indent stands for to a line that opens something itself.
func within(marks, indent int) int {
	if marks == 0 {
		return 0
	}
	return marks + indent/4
}
