package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"commonplace/internal/markdown"
)

// A database of the old sharing platform comes out as a CSV. One whose rows are entries of their own, with a title and
// longer words, becomes a draft a row; any other becomes one draft with a table. Comments of the platform stay out: those
// who wrote them were not asked.

// maxRows is how many rows a CSV may have.
const maxRows = 2000

// longWords is from where on the words of a column are more than a cell of a table.
const longWords = 120

// sheet is a CSV that was read.
type sheet struct {
	names []string
	rows  [][]string
}

func readSheet(raw []byte) (sheet, error) {
	text := decoded(raw)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = commaOf(text), true, -1
	var s sheet
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s, err
		}
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		if strings.Join(row, "") == "" {
			continue
		}
		if s.names == nil {
			s.names = row
		} else if s.rows = append(s.rows, row); len(s.rows) > maxRows {
			return s, fmt.Errorf("has more than %d rows. Split it and bring the parts in one by one", maxRows)
		}
	}
	return s, nil
}

// commaOf is the sign between the values, by what the first line has most of.
func commaOf(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, c := range ";\t" {
		if strings.Count(first, string(c)) > strings.Count(first, string(best)) {
			best = c
		}
	}
	return best
}

// column finds a column by one of its usual names; -1 when there is none.
func (s sheet) column(names ...string) int {
	return slices.IndexFunc(s.names, func(n string) bool {
		return slices.Contains(names, strings.ToLower(strings.Trim(n, " *:")))
	})
}

func (s sheet) value(row []string, column int) string {
	if column < 0 || column >= len(row) {
		return ""
	}
	return row[column]
}

// entries says whether the rows are entries of their own.
func (s sheet) entries() bool {
	if s.column("title", "name", "subject", "heading") < 0 {
		return false
	}
	long, filled := 0, 0
	for i, name := range s.names {
		if studyPart(name) != "" {
			filled++
		}
		for _, row := range s.rows {
			if utf8.RuneCountInString(s.value(row, i)) > longWords {
				long++
				break
			}
		}
	}
	return long > 0 || filled >= 3
}

// comments says whether it is the platform's list of comments.
func (s sheet) comments() bool {
	return s.column("comment", "comments", "comment text", "reply", "message") >= 0 && s.column("author", "user", "posted by", "by", "created by", "member", "username") >= 0 &&
		s.column("title") < 0
}

// sheetPieces makes pieces of a CSV.
func sheetPieces(p *piece, raw []byte, o Options) []*piece {
	s, err := readSheet(raw)
	switch {
	case err != nil:
		return []*piece{p.out(Refused, "cannot be read as a table: "+err.Error())}
	case len(s.names) < 2 || len(s.rows) == 0:
		return []*piece{p.out(Skipped, "is no table: it has a heading row and rows, or it is none")}
	case s.comments():
		return []*piece{p.out(Skipped, fmt.Sprintf("is a list of %d comments. They stay out: those who wrote them were not asked. Keep the file.", len(s.rows)))}
	case s.entries():
		return s.drafts(p, o)
	}
	p.front = map[string]any{"title": titleOfName(p.Path)}
	p.body = s.table()
	if len(p.body) > markdown.MaxBytes {
		return []*piece{p.out(Refused, fmt.Sprintf("is a table of %d KiB; a page may have %d KiB", len(p.body)>>10, markdown.MaxBytes>>10))}
	}
	p.finish(p.body)
	return []*piece{p}
}

// table writes the whole sheet as one of Markdown.
func (s sheet) table() string {
	var b bytes.Buffer
	line := func(row []string) {
		for i := range s.names {
			b.WriteString("| " + strings.ReplaceAll(literal(oneLine(s.value(row, i))), "|", `\|`) + " ")
		}
		b.WriteString("|\n")
	}
	line(s.names)
	b.WriteString(strings.Repeat("| --- ", len(s.names)) + "|\n")
	for _, row := range s.rows {
		line(row)
	}
	return strings.ReplaceAll(b.String(), `\\|`, `\|`)
}

// drafts makes a piece of each row.
func (s sheet) drafts(file *piece, o Options) []*piece {
	title, key := s.column("title", "name", "subject", "heading"), s.column("id", "key", "reference", "ref", "number", "no")
	seen := map[string]bool{}
	var pieces []*piece
	for i, row := range s.rows {
		p := &piece{File: File{Path: fmt.Sprintf("%s, row %d", file.Path, i+2)}, kind: o.As, front: map[string]any{}}
		name := s.value(row, key)
		if name == "" {
			name = strings.ToLower(s.value(row, title))
		}
		p.source = file.source + "#" + name
		p.sum = hash([]byte(file.sum + strings.Join(row, "\x1f")))
		switch {
		case s.value(row, title) == "":
			p.out(Skipped, "has no title")
		case seen[name]:
			p.out(Refused, fmt.Sprintf("is the second row that is called %q", shortened(name)))
		default:
			p.front["title"] = s.value(row, title)
			p.finish(s.body(row, p, title, key))
			p.study(o.As)
		}
		seen[name] = true
		pieces = append(pieces, p)
	}
	return pieces
}

// body writes a row's columns below each other, each under its name; what says something about the page goes into its
// fields.
func (s sheet) body(row []string, p *piece, leave ...int) string {
	var parts []string
	for i, name := range s.names {
		v := s.value(row, i)
		if v == "" || slices.Contains(leave, i) {
			continue
		}
		switch strings.ToLower(name) {
		case "summary", "description", "abstract":
			if utf8.RuneCountInString(v) <= longestSummary {
				p.front["summary"] = oneLine(v)
				continue
			}
		case "date", "created", "published":
			p.front["date"] = dayOf(v)
			if p.front["date"] != "" {
				continue
			}
		}
		parts = append(parts, "## "+oneLine(name)+"\n\n"+markdownOf(v))
	}
	return strings.Join(parts, "\n")
}
