package site

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"commonplace/internal/library"

	validation "github.com/pocketbase/ozzo-validation/v4"
)

// question is one thing that a form asks about a document: its words, how it is answered, and where the answer stands.
// The forms of all kinds are lists of these, and one part renders them.
type question struct {
	name, label, hint string

	as    string // one of the words below
	tall  int    // rows of a text area
	most  int    // characters, counted while they are typed
	miss  string // what readers miss without an answer, in the middle of a sentence; "" when nobody does
	empty string // what a select shows for no answer
	one   string // what one row is called

	offer   func(s *Site, d *library.Document) ([]Choice, error)
	cells   []cell
	section string // of a case study's body; a section is written together with all others
	follows string // the question whose choice between two versions holds for this one too

	read  func(s *Site, d *library.Document) []string
	write func(s *Site, d *library.Document, answers []string) error

	rows      func(d *library.Document) [][]string
	writeRows func(d *library.Document, shown [][]string, rows []row) error
	lacks     func(d *library.Document) bool // in place of "has no answer"
}

// How questions are answered.
const (
	asLine     = "line"
	asText     = "text"     // a few plain sentences
	asList     = "list"     // one entry a line
	asPoints   = "points"   // one point a line, each with a little Markdown
	asMarkdown = "markdown" // as long as it needs to be
	asSelect   = "select"
	asRadios   = "radios"
	asBoxes    = "boxes"
	asRows     = "rows"

	asFlag   = "flag"   // a cell to tick
	asHidden = "hidden" // a cell that only comes back
)

// cell is one column of rows.
type cell struct {
	name, label, hint, as string
	choices               []Choice
	empty                 string
	wide                  bool
}

// row is a row as it came back. At is its place among the rows that were shown, or behind them for a new one.
type row struct {
	cells []string
	at    int

	same   bool // nothing in it was changed
	filled bool // there is something in it
}

// kindForm is what the form of one kind of document asks: first what it takes to publish, then what makes it stronger.
type kindForm struct {
	lead     string
	first    []question
	stronger []questionGroup
}

// questionGroup is a few questions that belong together.
type questionGroup struct {
	title, hint string
	questions   []question
}

// all are the questions in the order of the page.
func (f kindForm) all() []question {
	list := slices.Clone(f.first)
	for _, g := range f.stronger {
		list = append(list, g.questions...)
	}
	return list
}

func (q question) multiple() bool { return q.as == asBoxes }

// shown are the answers as a form shows them.
func (q question) shown(s *Site, d *library.Document) []string {
	if q.section != "" {
		return []string{sectionText(d, q.section)}
	}
	return q.read(s, d)
}

// answered says whether there is anything to show.
func (q question) answered(s *Site, d *library.Document) bool {
	switch {
	case q.lacks != nil:
		return !q.lacks(d)
	case q.as == asRows:
		return len(q.rows(d)) > 0
	}
	return strings.TrimSpace(strings.Join(q.shown(s, d), "")) != ""
}

// choices are what is offered, with what is chosen, also where it is not offered any more.
func (q question) choices(s *Site, d *library.Document) ([]Choice, error) {
	if q.offer == nil {
		return nil, nil
	}
	offered, err := q.offer(s, d)
	now := q.read(s, d)
	for i := range offered {
		offered[i].Chosen = offered[i].Chosen || has(now, offered[i].Value)
	}
	for _, v := range now {
		if v != "" && !q.multiple() && !slices.ContainsFunc(offered, func(c Choice) bool { return c.Value == v }) {
			offered = append(offered, Choice{Value: v, Title: upperFirst(strings.ReplaceAll(v, "-", " ")), Chosen: true})
		}
	}
	return offered, err
}

// Two texts are the same answer when a browser would send one for the other.
func sameText(a, b string) bool { return sent(a) == sent(b) }

// sent is a text as it comes back from a browser, without the space around it.
func sent(s string) string { return strings.TrimSpace(evened(s)) }

// evened has the line ends of a Unix file, and nothing that no form can carry.
func evened(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// sentLine is the same for a field of one line, which loses its line ends altogether.
func sentLine(s string) string { return strings.TrimSpace(strings.ReplaceAll(sent(s), "\n", "")) }

func (q question) same(a, b string) bool {
	if q.as == asLine {
		return sentLine(a) == sentLine(b)
	}
	return sameText(a, b)
}

// filling writes what was typed onto a document.
type filling struct {
	s      *Site
	d      *library.Document
	form   url.Values
	faults validation.Errors
	texts  map[string]string // the sections that were changed, by their title
}

// fill puts the answers of a form onto the document. An answer that comes back as it was shown leaves the document's own
// bytes alone: a form cannot show everything that a file may hold. What the form did not ask stays as it is.
func (s *Site) fill(d *library.Document, form url.Values) error {
	f := filling{s: s, d: d, form: form, faults: validation.Errors{}, texts: map[string]string{}}
	before := library.Wrap(d.Record.Clone())
	for _, q := range forms[d.DocKind()].all() {
		if err := f.take(q, before); err != nil {
			return err
		}
	}
	if len(f.texts) > 0 {
		writeSections(d, f.texts)
	}
	f.missSources(before)
	if len(f.faults) > 0 {
		return f.faults
	}
	return nil
}

// missSources finds results that newly name a source which was never written.
func (f *filling) missSources(before *library.Document) {
	known := f.d.Meta().Sources
	for _, r := range before.Results() {
		known = append(known, library.Source{ID: r.Source})
	}
	for i, r := range f.d.Results() {
		if r.Source != "" && !slices.ContainsFunc(known, func(src library.Source) bool { return src.ID == r.Source }) {
			f.faults[cellName(askResults.name, i, cellSource)] = validation.NewError("validation_source", "Write the source below, or choose “Not said”.")
		}
	}
}

// chosenName is the name under which the answer to a question came: its own, or that of the merged answer when two
// versions were shown side by side; "" when the document's answer stays.
func (f *filling) chosenName(q question) string {
	take := f.form.Get("take-" + q.name)
	if q.follows != "" {
		take = f.form.Get("take-" + q.follows)
	}
	switch {
	case take == "theirs":
		return ""
	case take == "both" && q.follows == "":
		return "both-" + q.name
	}
	return q.name
}

// take writes one answer where it belongs, if it was asked for and changed.
func (f *filling) take(q question, before *library.Document) error {
	name := f.chosenName(q)
	answers, asked := f.form[name]
	if !asked || name == "" {
		return nil
	}
	err := error(nil)
	switch {
	case q.as == asRows:
		err = f.takeRows(q, name, before)
	case q.as == asBoxes:
		err = f.takeBoxes(q, answers, before)
	case q.same(answers[0], firstOf(q.shown(f.s, before))):
	case q.section != "":
		f.texts[q.section] = answers[0]
	case q.as == asMarkdown:
		err = q.write(f.s, f.d, []string{evened(answers[0])})
	default:
		err = q.write(f.s, f.d, []string{sent(answers[0])})
	}
	return f.note(err)
}

// note keeps what a writer can put right for the end.
func (f *filling) note(err error) error {
	faults, ok := err.(validation.Errors)
	if !ok {
		return err
	}
	for name, fault := range faults {
		f.faults[name] = fault
	}
	return nil
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func (f *filling) takeBoxes(q question, answers []string, before *library.Document) error {
	offered, err := q.offer(f.s, before)
	if err != nil {
		return err
	}
	was := q.read(f.s, before)
	now := chosen(was, offered, answers)
	if slices.Equal(now, was) {
		return nil
	}
	return q.write(f.s, f.d, now)
}

// chosen is a list as the form left it: in its own order and with what the form does not offer, then what is new.
func chosen(before []string, offered []Choice, now []string) []string {
	var list []string
	for _, v := range before {
		if has(now, v) || !slices.ContainsFunc(offered, func(c Choice) bool { return c.Value == v }) {
			list = append(list, v)
		}
	}
	for _, v := range now {
		if v != "" && !has(list, v) {
			list = append(list, v)
		}
	}
	return list
}

func has(list []string, s string) bool { return slices.Contains(list, s) }

// takeRows reads rows of a form, which are numbered, and writes them when one was changed, came or went.
func (f *filling) takeRows(q question, name string, before *library.Document) error {
	shown := q.rows(before)
	var rows []row
	changed := false
	for _, r := range rowsIn(f.form, name, q.cells) {
		r.same = r.at < len(shown) && slices.EqualFunc(r.cells, shown[r.at], sameCell)
		if r.same || r.filled {
			changed = changed || !r.same || r.at != len(rows)
			rows = append(rows, r)
		}
	}
	changed = changed || len(rows) != len(shown)
	if !changed {
		return nil
	}
	return q.writeRows(f.d, shown, rows)
}

// A cell of one line comes back without line ends, one of several with them.
func sameCell(a, b string) bool { return sameText(a, b) || sentLine(a) == sentLine(b) }

// cellWas is the hidden cell that tells which row a row was.
const cellWas = "was"

var rowName = regexp.MustCompile(`^(.+)-(\d{1,4})-([a-z_]+)$`)

// rowsIn are the rows of a form in the order of their numbers.
func rowsIn(form url.Values, name string, cells []cell) []row {
	byNumber := map[int]bool{}
	for key := range form {
		if m := rowName.FindStringSubmatch(key); m != nil && m[1] == name {
			n, _ := strconv.Atoi(m[2])
			byNumber[n] = true
		}
	}
	var rows []row
	for n := range byNumber {
		r := row{at: n}
		for _, c := range cells {
			v := sent(form.Get(cellName(name, n, c.name)))
			r.cells = append(r.cells, v)
			r.filled = r.filled || v != "" && (c.as != asHidden || c.name == cellWas)
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b row) int { return a.at - b.at })
	return rows
}

func cellName(question string, at int, cell string) string {
	return fmt.Sprintf("%s-%d-%s", question, at, cell)
}
