package site

import (
	"strconv"
	"strings"

	"commonplace/internal/library"
)

// askedView is one question as the page shows it.
type askedView struct {
	Name, Label, Hint, As, Value, Empty, One, Error, Lang, Dir string

	Tall, Most int
	Choices    []Choice
	Rows       []askedRow
}

// askedRow is one row of a question that takes several.
type askedRow struct {
	Title string // what the row says, for one that is not new
	Which string // as a button names it
	Cells []askedCell
}

type askedCell struct {
	ID, Label, Hint, As, Value, Empty, Error string

	Wide, Chosen bool
	Choices      []Choice
}

func (v askedView) faulty() bool {
	if v.Error != "" {
		return true
	}
	for _, r := range v.Rows {
		for _, c := range r.Cells {
			if c.Error != "" {
				return true
			}
		}
	}
	return false
}

// asking turns questions into what the page shows: the document's answers or, when they could not be taken, those that
// were typed.
type asking struct {
	s         *Site
	d         *library.Document
	with      shownAgain
	lang, dir string
}

func (a asking) all(questions []question) ([]askedView, error) {
	list := make([]askedView, len(questions))
	for i, q := range questions {
		var err error
		if list[i], err = a.one(q); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (a asking) one(q question) (askedView, error) {
	v := askedView{
		Name: q.name, Label: q.label, Hint: q.hint, As: q.as, Empty: q.empty, One: q.one, Tall: q.tall, Most: q.most,
		Error: a.with.faults.For(q.name),
	}
	switch q.as {
	case asLine, asText, asPoints, asMarkdown, asList:
		v.Lang, v.Dir = a.lang, a.dir
	}
	typed, asked := a.with.form[q.name]
	if q.as == asRows {
		v.Rows = a.rows(q, asked)
		return v, nil
	}
	answers := typed
	if !asked {
		answers = q.shown(a.s, a.d)
	}
	v.Value = firstOf(answers)
	var err error
	if v.Choices, err = q.choices(a.s, a.d); err != nil || !asked {
		return v, err
	}
	for i := range v.Choices {
		v.Choices[i].Chosen = has(answers, v.Choices[i].Value)
	}
	return v, nil
}

// rows are those of the document or those that were typed, and an empty one to begin with or to go on.
func (a asking) rows(q question, asked bool) []askedRow {
	var rows []askedRow
	shown := q.rows(a.d)
	next := len(shown)
	if !asked {
		for i, cells := range shown {
			rows = append(rows, a.row(q, i, cells))
		}
	} else {
		for _, r := range rowsIn(a.with.form, q.name, q.cells) {
			if r.filled || r.at < len(shown) {
				rows, next = append(rows, a.row(q, r.at, r.cells)), max(next, r.at+1)
			}
		}
	}
	if a.with.add == q.name || len(rows) == 0 {
		rows = append(rows, a.row(q, next, a.fresh(q)))
	}
	return rows
}

// fresh are the cells of an empty row: of a source its id, so that a result can name it before either is saved.
func (a asking) fresh(q question) []string {
	if q.name != askSources.name {
		return nil
	}
	cells := make([]string, len(q.cells))
	for i, c := range q.cells {
		if c.name == "id" {
			cells[i] = a.newSource()
		}
	}
	return cells
}

// newSource is the id of the next source.
func (a asking) newSource() string {
	return freeSource(a.d.Meta().Sources)
}

func (a asking) row(q question, at int, values []string) askedRow {
	r := askedRow{Which: q.name + "-" + strconv.Itoa(at)}
	for i, c := range q.cells {
		cell := askedCell{ID: cellName(q.name, at, c.name), Label: c.label, Hint: c.hint, As: c.as, Empty: c.empty, Wide: c.wide}
		if values != nil {
			cell.Value = values[i]
		}
		cell.Chosen = cell.Value != ""
		cell.Error = a.with.faults.For(cell.ID)
		if cell.Choices = cellChoices(c, cell.Value); c.name == cellSource {
			c = cellOf(a.d, c)
			if id := a.newSource(); len(a.d.Meta().Sources) == 0 || a.with.add == askSources.name {
				c.choices = append(c.choices, Choice{Value: id, Title: "The one that you write below"})
			}
			cell.Choices = cellChoices(c, cell.Value)
		}
		r.Cells = append(r.Cells, cell)
		if r.Title == "" && c.as != asHidden {
			r.Title = cell.Value
		}
	}
	if q.name == askResults.name && values != nil && values[0] != "" {
		r.Cells[1].As = asHidden // the line itself is written above
	}
	return r
}

// cellSource is the cell of a result that names one of the document's sources.
const cellSource = "source"

// cellOf is that cell with the sources there are.
func cellOf(d *library.Document, c cell) cell {
	for _, src := range d.Meta().Sources {
		if src.ID != "" {
			c.choices = append(c.choices, Choice{Value: src.ID, Title: orElse(src.Title, src.ID)})
		}
	}
	return c
}

// cellChoices are those of a select with one chosen, also where it is not offered any more.
func cellChoices(c cell, value string) []Choice {
	if c.as != asSelect {
		return nil
	}
	list := pick(c.choices, value)
	for _, offered := range list {
		if offered.Chosen || value == "" {
			return list
		}
	}
	return append(list, Choice{Value: value, Title: upperFirst(strings.ReplaceAll(value, "-", " ")), Chosen: true})
}
