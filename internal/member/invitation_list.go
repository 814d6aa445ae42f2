package member

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// MostInvited is how many people can be invited at once.
const MostInvited = 500

// Line is one person of a list as it was typed, and what is wrong with it.
type Line struct {
	Email, Name, Role, Organisation, Spaces string

	Invite Invite // what the words mean, when nothing is wrong
	Faults []string
	Note   string // what will happen that one might not expect
}

// List is a pasted list or the file of a spreadsheet, read.
type List struct {
	Lines    []Line
	Unknown  []string // headings that mean nothing here
	Headings bool     // the first line names the columns
}

// Errors of lists.
var (
	ErrListEmpty = errors.New("the list has nobody in it")
	ErrListLong  = errors.New("the list is too long")
	ErrListWords = errors.New("the file is not a list in text form: save the spreadsheet as CSV")
)

// columns are the headings that a list may have, in the order in which a list without headings is read.
var columns = []struct {
	name  string
	known []string
}{
	{"email", []string{"email", "e-mail", "mail", "email address", "e-mail address", "address", "mailbox"}},
	{"name", []string{"name", "full name", "display name", "person"}},
	{"role", []string{"role", "hub role", "role in the hub"}},
	{"organisation", []string{"organisation", "organization", "org", "employer", "partner", "partner organisation"}},
	{"spaces", []string{"spaces", "space", "groups", "group", "working groups", "working group"}},
	{"first", []string{"first name", "firstname", "forename", "given name"}},
	{"last", []string{"last name", "lastname", "surname", "family name"}},
}

// Columns are the headings that lists are written with.
var Columns = []string{"email", "name", "role", "organisation", "spaces"}

// ReadList reads a list of people: one a line, or the rows of a spreadsheet saved as CSV, whatever separates the columns
// and whichever letters it was saved with. Headings may stand in any order; without them it is address, name, role,
// organisation, spaces.
func ReadList(raw []byte) (List, error) {
	text, err := words(raw)
	if err != nil {
		return List{}, err
	}
	rows, err := cells(text)
	if err != nil {
		return List{}, err
	}
	if len(rows) == 0 {
		return List{}, ErrListEmpty
	}
	var l List
	if order, unknown := headings(rows[0]); slices.Contains(order, "email") {
		l.Headings, l.Unknown = true, unknown
		for _, row := range rows[1:] {
			l.Lines = append(l.Lines, lineOf(order, row))
		}
	} else {
		for _, row := range rows {
			l.Lines = append(l.Lines, peopleOf(row)...)
		}
	}
	switch {
	case len(l.Lines) == 0:
		return l, ErrListEmpty
	case len(l.Lines) > MostInvited:
		return l, ErrListLong
	}
	return l, nil
}

// words decodes what spreadsheets write: UTF-8, UTF-16 with its mark, or Windows-1252.
func words(raw []byte) (string, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(raw)
		if err != nil {
			return "", ErrListWords
		}
		raw = out
	case !utf8.Valid(raw):
		out, err := charmap.Windows1252.NewDecoder().Bytes(raw)
		if err != nil {
			return "", ErrListWords
		}
		raw = out
	}
	text := strings.TrimPrefix(string(raw), "\ufeff")
	if strings.HasPrefix(text, "PK\x03\x04") || strings.ContainsRune(text, 0) {
		return "", ErrListWords
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u00a0", " ").Replace(text), nil
}

// cells splits a text into rows, and leaves out empty ones. The sign that separates the columns is the one that its first
// line has most of, outside quotes.
func cells(text string) ([][]string, error) {
	text = strings.TrimLeft(text, "\n ")
	first, rest, _ := strings.Cut(text, "\n")
	if sign, ok := strings.CutPrefix(strings.ToLower(first), "sep="); ok && len(sign) == 1 {
		return table(rest, rune(sign[0]))
	}
	return table(text, separator(first))
}

func separator(line string) rune {
	counts, quoted := map[rune]int{}, false
	for _, r := range line {
		if r == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[r]++
		}
	}
	best := ','
	for _, r := range []rune{';', '\t'} {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

func table(text string, comma rune) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.TrimLeadingSpace = comma, true, -1, comma != '\t'
	var rows [][]string
	for {
		row, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, ErrListWords
		}
		for i := range row {
			row[i] = strings.Join(strings.Fields(row[i]), " ")
		}
		if strings.Join(row, "") != "" {
			rows = append(rows, row)
		}
		if len(rows) > 2*MostInvited {
			return rows, ErrListLong
		}
	}
}

// headings says which column stands where, and which headings nobody knows.
func headings(row []string) (order, unknown []string) {
	for _, cell := range row {
		name := ""
		for _, c := range columns {
			if slices.Contains(c.known, strings.ToLower(strings.Trim(cell, " *:"))) && !slices.Contains(order, c.name) {
				name = c.name
			}
		}
		if name == "" && cell != "" {
			unknown = append(unknown, cell)
		}
		order = append(order, name)
	}
	return order, unknown
}

func lineOf(order, row []string) Line {
	at := map[string]string{}
	for i, cell := range row {
		if i < len(order) && order[i] != "" {
			at[order[i]] = cell
		}
	}
	l := Line{Email: at["email"], Name: at["name"], Role: at["role"], Organisation: at["organisation"], Spaces: at["spaces"]}
	if l.Name == "" {
		l.Name = strings.TrimSpace(at["first"] + " " + at["last"])
	}
	return l.parted()
}

// peopleOf reads a row without headings: one person, or several addresses pasted from a mail.
func peopleOf(row []string) []Line {
	var addresses []string
	for _, cell := range row {
		if strings.Contains(cell, "@") {
			addresses = append(addresses, cell)
		}
	}
	if len(addresses) > 1 {
		var lines []Line
		for _, a := range addresses {
			lines = append(lines, Line{Email: a}.parted())
		}
		return lines
	}
	if len(row) > 1 && len(addresses) == 1 && strings.Contains(row[1], "@") && !strings.Contains(row[0], "@") {
		row[0], row[1] = row[1], row[0]
	}
	return []Line{lineOf(Columns, row)}
}

// parted takes the name out of an address such as "Ann Example <ann@example.org>".
func (l Line) parted() Line {
	if a, err := mail.ParseAddress(l.Email); err == nil && strings.Contains(l.Email, "<") {
		l.Email = a.Address
		if l.Name == "" {
			l.Name = a.Name
		}
	}
	return l
}

// WriteList writes lines back as a list with headings, as ReadList takes it.
func WriteList(lines []Line) string {
	if len(lines) == 0 {
		return ""
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(Columns)
	for _, l := range lines {
		w.Write([]string{l.Email, l.Name, l.Role, l.Organisation, l.Spaces})
	}
	w.Flush()
	return b.String()
}
