package site

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/difference"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// conflictView shows two versions side by side, where two people saved: what the writer typed and what somebody saved
// meanwhile. Nothing of either is written over the other before the writer has chosen.
type conflictView struct {
	Action, Word, Who string
	When              time.Time
	Base, Revision    int
	Publish           bool
	Parts             []conflictPart
	Typed             []sentField // what there is nothing to choose about
	Errors            fieldErrors
}

// conflictPart is an answer that the two versions give differently.
type conflictPart struct {
	Name, Label, Error string
	Mine, Theirs       []sideLine
	Changed            string // "mine" or "theirs" when only one of the two changed it
	Take               string // what was chosen before
	Typed              []sentField
	Both               *askedView  // the two together, to be edited
	BothTyped          []sentField // the two together, where there is nothing to edit
}

// sideLine is a line of one version, in pieces.
type sideLine []sidePiece

// sidePiece is a stretch of words that the other version has too, or has not.
type sidePiece struct {
	Text    string
	Differs bool
}

// sides marks in two versions the words that the other does not have.
func sides(mine, theirs []string) (own, others []sideLine) {
	for _, line := range difference.All(strings.Join(theirs, "\n"), strings.Join(mine, "\n")) {
		if side := sideOf(line, difference.Gone); side != nil {
			own = append(own, side)
		}
		if side := sideOf(line, difference.New); side != nil {
			others = append(others, side)
		}
	}
	return own, others
}

// sideOf is a line without what stands in the other version only; nil when nothing is left.
func sideOf(line difference.Line, without difference.Mark) sideLine {
	var side sideLine
	for _, span := range line.Spans {
		if span.Mark != without && span.Text != "" {
			side = append(side, sidePiece{span.Text, span.Mark != difference.Same})
		}
	}
	return side
}

// version is one of the versions that meet: its document or, for what was typed, the form.
type version struct {
	s    *Site
	d    *library.Document
	form url.Values
}

// given are the answers to a question in a version; for rows, the cells of each in one text.
func (v version) given(q question) []string {
	if v.form != nil {
		name := v.chosenName(q)
		answers, asked := v.form[name]
		switch {
		case !asked || name == "":
		case q.as == asRows:
			return rowTexts(rowsIn(v.form, name, q.cells))
		case q.multiple():
			return slices.DeleteFunc(slices.Clone(answers), func(a string) bool { return a == "" })
		default:
			return []string{sent(answers[0])}
		}
	}
	if q.as == asRows {
		var rows []row
		for _, cells := range q.rows(v.d) {
			rows = append(rows, row{cells: cells, filled: true})
		}
		return rowTexts(rows)
	}
	answers := slices.Clone(q.shown(v.s, v.d))
	for i := range answers {
		answers[i] = sent(answers[i])
	}
	return answers
}

func (v version) chosenName(q question) string {
	f := filling{form: v.form}
	return f.chosenName(q)
}

// cellMark stands between the cells of a row in one text.
const cellMark = "\x1f"

func rowTexts(rows []row) []string {
	var texts []string
	for _, r := range rows {
		if r.filled {
			cells := slices.Clone(r.cells)
			for i := range cells {
				cells[i] = sent(cells[i])
			}
			texts = append(texts, strings.Join(cells, cellMark))
		}
	}
	return texts
}

// conflict lays what was typed on top of the revision base beside what stands there by now; choices are those that were
// made on this page before, when some were left open.
func (s *Site) conflict(e *core.RequestEvent, now *library.Document, base int, form, choices url.Values) error {
	then, _, err := library.AsOf(s.app, now, base)
	if err != nil {
		then = now // nobody knows any more what it said: all that differs is shown
	}
	newest, err := library.Newest(s.app, now.Id)
	if err != nil {
		return err
	}
	v := conflictView{Action: writeAddress(now), Word: now.DocKind().Word(), Base: base, Revision: newest, Publish: form.Get("do") == "publish"}
	if v.Who, v.When, err = s.savedBy(e, now, newest); err != nil {
		return err
	}
	for _, name := range []string{"autosave", "autosave_from"} { // the window goes on with this page
		v.Typed = append(v.Typed, sentField{name, form.Get(name)})
	}
	mine := version{s, then, form}
	for _, q := range forms[now.DocKind()].all() {
		part, err := s.partOf(q, version{s: s, d: then}, mine, version{s: s, d: now})
		switch {
		case err != nil:
			return err
		case part == nil:
			v.Typed = append(v.Typed, typedFields(form, q, mine)...)
			continue
		case slices.ContainsFunc(v.Parts, func(p conflictPart) bool { return p.Name == part.Name }):
			v.Typed = append(v.Typed, typedFields(form, q, mine)...) // it follows the one before
			continue
		}
		v.Parts = append(v.Parts, *part)
	}
	if len(v.Parts) == 0 { // both wrote the same
		if err := s.endAutosave(e); err != nil {
			return err
		}
		return e.Redirect(http.StatusSeeOther, writeAddress(now)+"?saved=1")
	}
	v.goOn(choices)
	p := Page{Title: "Two people saved", Crumbs: []Link{{"Write", "/write"}}, NoIndex: true}
	return render(s, e, http.StatusUnprocessableEntity, "write-conflict", p, v)
}

// conflictNow is the conflict of a save that came a moment too late.
func (s *Site) conflictNow(e *core.RequestEvent, base int, form url.Values) error {
	now, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	return s.conflict(e, now, base, form, nil)
}

// conflictAgain shows the page once more, because the writer left something open.
func (s *Site) conflictAgain(e *core.RequestEvent, now *library.Document, form url.Values) error {
	base, err := strconv.Atoi(form.Get("base"))
	if err != nil {
		return e.BadRequestError("The form could not be read.", err)
	}
	typed := maps.Clone(form)
	maps.DeleteFunc(typed, func(name string, _ []string) bool { return strings.HasPrefix(name, "take-") })
	return s.conflict(e, now, base, typed, form)
}

// goOn brings back the choices that were made, and says which were not.
func (v *conflictView) goOn(choices url.Values) {
	if choices == nil {
		return
	}
	for i := range v.Parts {
		p := &v.Parts[i]
		if p.Take = choices.Get("take-" + p.Name); p.Take == "" {
			p.Error = "Choose which words to keep."
			v.Errors = append(v.Errors, fieldError{"take-" + p.Name, p.Label + ": choose which words to keep."})
		}
		if both := choices.Get("both-" + p.Name); p.Both != nil && both != "" {
			p.Both.Value = both
		}
	}
}

// savedBy is who saved a revision, and when.
func (s *Site) savedBy(e *core.RequestEvent, d *library.Document, number int) (who string, when time.Time, err error) {
	_, r, err := library.AsOf(s.app, d, number)
	if err != nil {
		return "", time.Time{}, err
	}
	if r.Author() == viewer(e).ID() {
		return "you, in another window,", r.GetDateTime("created").Time(), nil
	}
	names, err := s.names("users", "name")
	return orElse(names[r.Author()], "somebody"), r.GetDateTime("created").Time(), err
}

// partOf is the part of the page for one question, nil when the two versions say the same.
func (s *Site) partOf(q question, then, mine, theirs version) (*conflictPart, error) {
	was, is, other := then.given(q), mine.given(q), theirs.given(q)
	if slices.EqualFunc(is, other, q.same) {
		return nil, nil
	}
	part := &conflictPart{Name: q.name, Label: q.label, Typed: typedFields(mine.form, q, mine)}
	if q.follows != "" {
		part.Name = q.follows
	}
	switch {
	case slices.EqualFunc(is, was, q.same):
		part.Changed, part.Take = "theirs", "theirs"
	case slices.EqualFunc(other, was, q.same):
		part.Changed, part.Take = "mine", "mine"
	}
	if part.Changed == "" {
		part.both(q, was, is, other)
	}
	choices, err := q.choices(s, theirs.d)
	part.Mine, part.Theirs = sides(told(q, is, choices), told(q, other, choices))
	return part, err
}

// both puts the two versions together, where that means anything: all of theirs, and what the writer added.
func (p *conflictPart) both(q question, was, mine, theirs []string) {
	switch q.as {
	case asText, asPoints, asList, asMarkdown:
		p.Both = &askedView{Name: "both-" + q.name, Label: "Both, as you edit it here", As: q.as, Tall: max(q.tall, 6), Value: together(firstOf(was), firstOf(mine), firstOf(theirs))}
	case asBoxes:
		for _, v := range union(was, mine, theirs) {
			p.BothTyped = append(p.BothTyped, sentField{"both-" + q.name, v})
		}
	case asRows:
		if q.follows != "" {
			return
		}
		p.BothTyped = append(p.BothTyped, sentField{"both-" + q.name, ""})
		for n, text := range union(was, mine, theirs) {
			p.BothTyped = append(p.BothTyped, rowFields(q, "both-"+q.name, n, strings.Split(text, cellMark))...)
		}
	}
}

// union is all of theirs, and what is new in mine.
func union(was, mine, theirs []string) []string {
	all := slices.Clone(theirs)
	for _, v := range mine {
		if !has(all, v) && !has(was, v) {
			all = append(all, v)
		}
	}
	return all
}

// together is the same for the lines of a text.
func together(was, mine, theirs string) string {
	return strings.Join(union(strings.Split(was, "\n"), strings.Split(mine, "\n"), strings.Split(theirs, "\n")), "\n")
}

func rowFields(q question, name string, at int, cells []string) []sentField {
	var list []sentField
	for i, c := range q.cells {
		if i < len(cells) && cells[i] != "" {
			list = append(list, sentField{cellName(name, at, c.name), cells[i]})
		}
	}
	return list
}

// typedFields are a question's answers as they were typed, to be sent again.
func typedFields(form url.Values, q question, mine version) []sentField {
	if _, asked := form[mine.chosenName(q)]; !asked {
		return nil
	}
	given := mine.given(q)
	if q.as != asRows && !q.multiple() {
		return []sentField{{q.name, firstOf(given)}}
	}
	list := []sentField{{q.name, ""}}
	for n, v := range given {
		if q.as == asRows {
			list = append(list, rowFields(q, q.name, n, strings.Split(v, cellMark))...)
			continue
		}
		list = append(list, sentField{q.name, v})
	}
	return list
}

// told is an answer as a reader sees it, a line each.
func told(q question, answers []string, choices []Choice) []string {
	var list []string
	for _, a := range answers {
		if q.as == asRows {
			a = toldRow(q, strings.Split(a, cellMark))
		}
		for _, c := range choices {
			if c.Value == a {
				a = c.Title
			}
		}
		if a != "" {
			list = append(list, a)
		}
	}
	return list
}

func toldRow(q question, cells []string) string {
	var said []string
	for i, c := range q.cells {
		if i < len(cells) && c.as != asHidden && cells[i] != "" {
			said = append(said, cells[i])
		}
	}
	return strings.Join(said, "; ")
}

// undecided are the parts of a conflict that the writer left open.
func undecided(form url.Values) []string {
	var list []string
	for _, name := range form["choose"] {
		if form.Get("take-"+name) == "" {
			list = append(list, name)
		}
	}
	return list
}
