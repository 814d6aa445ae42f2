package plan

import (
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pocketbase/pocketbase/core"
)

// Table is what a table of readings or of actions would change in a plan. Row 1 is the one with the names of the columns.
type Table struct {
	Of     string // readings or actions; "" when the columns are of neither
	Lines  []TableLine
	Same   int // rows that say what the plan says already
	Faults []RowFault
}

// TableLine is one change, in words.
type TableLine struct {
	Row     int
	Says    string
	changes Change
}

// RowFault is what is wrong with one row, in a sentence.
type RowFault struct {
	Row    int
	Column string
	Says   string
}

// The columns of both tables, as they go out. Coming in, some may be missing, and stand in any order.
var (
	readingColumns = []string{"goal", "measure", "title", "unit", "day", "value", "note", "reason"}
	actionColumns  = []string{"goal", "action", "title", "owner_role", "due", "status", "done_on", "note", "reason"}
	needed         = map[string][]string{"readings": {"measure", "day", "value"}, "actions": {"goal", "title", "owner_role"}}
)

// otherNames are what people also call a column.
var otherNames = map[string]string{
	"as_of": "day", "date": "day", "counted_on": "day", "number": "value", "reading": "value", "owner": "owner_role", "role": "owner_role", "by_when": "due", "done": "done_on", "id": "action", "why": "reason",
}

// mostRows is how many rows a table can have.
const mostRows = 2_000

// ReadTable reads a table against the goals of a plan. Nothing is changed, and everything that is wrong is named.
func ReadTable(text string, goals []Goal, now time.Time) Table {
	t := &table{goals: goals, today: Today(now), seen: map[string]int{}}
	t.read(text)
	return t.Table
}

// Save writes all changes of a table that has no fault, or none of them.
func (t Table) Save(app core.App, document, actor, role string) error {
	if len(t.Faults) > 0 {
		return errors.New("plan: a table with faults is not saved")
	}
	return app.RunInTransaction(func(tx core.App) error {
		for _, l := range t.Lines {
			c := l.changes
			c.Document, c.Actor, c.ByRole = document, actor, role
			if _, err := c.Save(tx); err != nil {
				return fmt.Errorf("row %d: %w", l.Row, err)
			}
		}
		return nil
	})
}

// table is a Table that is being read.
type table struct {
	Table
	goals   []Goal
	today   Day
	columns map[string]int
	row     int
	cells   []string
	faulty  bool           // the row that is being read
	seen    map[string]int // what a row was about, and which
}

func (t *table) fault(column, says string, a ...any) {
	if t.faulty && t.Faults[len(t.Faults)-1].Column == column {
		return // one thing is said of a cell
	}
	t.faulty = true
	t.Faults = append(t.Faults, RowFault{t.row, column, fmt.Sprintf(says, a...)})
}

func (t *table) read(text string) {
	text = strings.TrimPrefix(text, "\ufeff")
	if !utf8.ValidString(text) {
		t.row = 1
		t.fault("", "This is not text in UTF-8. In a spreadsheet, save it as “CSV UTF-8”.")
		return
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.Comma = -1, separator(text)
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var e *csv.ParseError
			if errors.As(err, &e) {
				t.row = e.StartLine
			}
			t.fault("", "The marks around a cell do not fit: a quotation mark is missing, or is one too many.")
			return
		}
		t.row, _ = r.FieldPos(0)
		t.cells, t.faulty = cells, false
		switch {
		case t.columns == nil:
			if t.head(); t.faulty {
				return
			}
		case strings.TrimSpace(strings.Join(cells, "")) == "":
		case len(t.Lines)+t.Same+len(t.Faults) >= mostRows:
			t.fault("", "There are more than %d rows. Bring the others in with a second table.", mostRows)
			return
		case t.Of == "readings":
			t.reading()
		default:
			t.action()
		}
	}
	if t.columns == nil {
		t.row = 1
		t.fault("", "There is nothing in it.")
	}
}

// separator is what stands between the cells of the first row: spreadsheets of some countries write semicolons.
func separator(text string) rune {
	head, _, _ := strings.Cut(text, "\n")
	for _, mark := range []rune{'\t', ';'} {
		if strings.ContainsRune(head, mark) && !strings.ContainsRune(head, ',') {
			return mark
		}
	}
	return ','
}

// head reads the names of the columns, and finds of what the table is.
func (t *table) head() {
	t.columns = map[string]int{}
	for i, cell := range t.cells {
		name := strings.ReplaceAll(sameRole(cell), " ", "_")
		if other := otherNames[name]; other != "" {
			name = other
		}
		if name == "" {
			continue
		}
		if _, twice := t.columns[name]; twice {
			t.fault(name, "There are two columns %q.", name)
			return
		}
		t.columns[name] = i
	}
	_, measures := t.columns["measure"]
	_, values := t.columns["value"]
	t.Of = "actions"
	if measures || values {
		t.Of = "readings"
	}
	var lacks []string
	for _, name := range needed[t.Of] {
		if _, ok := t.columns[name]; !ok {
			lacks = append(lacks, name)
		}
	}
	if len(lacks) > 0 {
		of := t.Of
		t.Of = ""
		t.fault("", "The first row names the columns. A table of %s needs %s, and %s is missing.", of, strings.Join(needed[of], ", "), strings.Join(lacks, ", "))
	}
}

// cell is what stands in a column of the row, "" when there is none; has says whether there is the column.
func (t *table) cell(column string) (text string, has bool) {
	i, ok := t.columns[column]
	if !ok || i >= len(t.cells) {
		return "", ok
	}
	text = unguarded(strings.TrimSpace(t.cells[i]))
	if text != "" && strings.ContainsRune("=+@", rune(text[0])) && text == strings.TrimSpace(t.cells[i]) {
		t.fault(column, "%q begins with %q: a spreadsheet takes that for a formula. Write what it comes to.", shortened(text), text[:1])
		return "", true
	}
	return text, true
}

func (t *table) text(column string) string {
	s, _ := t.cell(column)
	return s
}

// day reads a day; nothing is the zero day.
func (t *table) day(column string) Day {
	typed := t.text(column)
	if typed == "" {
		return Day{}
	}
	for _, layout := range []string{time.DateOnly, "2/1/2006", "2 January 2006", "2 Jan 2006"} {
		if on, err := time.Parse(layout, typed); err == nil {
			return Day{on}
		}
	}
	t.fault(column, "%q is no day. Write it such as 2027-03-31 or 31/3/2027.", shortened(typed))
	return Day{}
}

// once names a second row about the same.
func (t *table) once(column, what, says string) {
	if row, twice := t.seen[what]; twice {
		t.fault(column, "%s stands in row %d too.", says, row)
		return
	}
	t.seen[what] = t.row
}

// goal finds the goal that a row names by its id or its title; nil when it names none, or none of this plan.
func (t *table) goal() *Goal {
	said := t.text("goal")
	if said == "" {
		return nil
	}
	i := slices.IndexFunc(t.goals, func(g Goal) bool { return g.Key == said || sameRole(g.Title) == sameRole(said) })
	if i < 0 {
		t.fault("goal", "The plan has no goal %q.", shortened(said))
		return nil
	}
	return &t.goals[i]
}

func (t *table) reading() {
	m := t.measure()
	day := t.day("day")
	value, i := t.value(m, day)
	switch {
	case day.IsZero() && t.text("day") == "":
		t.fault("day", "Say on which day it was counted.")
	case day.After(t.today.Time):
		t.fault("day", "%s is still to come.", day.Format("2 January 2006"))
	}
	if t.faulty || m == nil {
		return
	}
	t.once("day", m.ID+day.Format(time.DateOnly), "The same measure on the same day")
	note, noted := t.cell("note")
	if t.faulty {
		return
	}
	if i < 0 {
		t.add(Change{Collection: "readings", Parent: m.ID, Set: map[string]any{"value": value, "as_of": day.Stored(), "note": note}}, "%s: %s on %s", m.Title, m.Amount(value), day.Format("2 January 2006"))
		return
	}
	was, reason := m.Readings[i], t.text("reason")
	set := map[string]any{}
	if noted && note != was.Note {
		set["note"] = note
	}
	if value != was.Value {
		if reason == "" {
			t.fault("value", "On that day the plan has %s already. To correct it, say why in the column reason.", m.Amount(was.Value))
			return
		}
		set["value"] = value
	}
	t.change(Change{Collection: "readings", ID: was.ID, Reason: reason, Set: set}, "%s: %s on %s, corrected from %s", m.Title, m.Amount(value), day.Format("2 January 2006"), m.Amount(was.Value))
}

// value reads the number of a row, and finds the reading of that day, -1 for none. What the plan says already is not
// questioned.
func (t *table) value(m *Measure, day Day) (value float64, at int) {
	typed := t.text("value")
	if m == nil {
		return 0, -1
	}
	at = slices.IndexFunc(m.Readings, func(r Reading) bool { return r.AsOf.Equal(day.Time) })
	if at >= 0 && plainNumber(m.Readings[at].Value) == typed {
		return m.Readings[at].Value, at
	}
	value, err := ReadValue(typed, m.Unit)
	if err != nil {
		t.fault("value", "%s", err.Error())
	}
	return value, at
}

// measure finds the measure that a row names by its id or title; the goal tells apart what is called the same.
func (t *table) measure() *Measure {
	said, of := t.text("measure"), t.goal()
	if said == "" {
		t.fault("measure", "Say which measure it is: its id, or its title.")
		return nil
	}
	var found []*Measure
	for i := range t.goals {
		if of != nil && t.goals[i].Key != of.Key {
			continue
		}
		for j := range t.goals[i].Measures {
			if m := &t.goals[i].Measures[j]; m.Key == said || sameRole(m.Title) == sameRole(said) {
				found = append(found, m)
			}
		}
	}
	switch len(found) {
	case 0:
		t.fault("measure", "The plan has no measure %q.", shortened(said))
		return nil
	case 1:
		return found[0]
	}
	t.fault("measure", "The plan has %d measures %q. Say in the column goal which one it is.", len(found), shortened(said))
	return nil
}

func (t *table) add(c Change, says string, a ...any) {
	t.Lines = append(t.Lines, TableLine{t.row, fmt.Sprintf(says, a...), c})
}

// change keeps a change, if it is one.
func (t *table) change(c Change, says string, a ...any) {
	if len(c.Set) == 0 {
		t.Same++
		return
	}
	t.add(c, says, a...)
}

func (t *table) action() {
	g := t.goal()
	if g == nil {
		if !t.faulty {
			t.fault("goal", "Say which goal it serves: its id, or its title.")
		}
		return
	}
	due, done := t.day("due"), t.day("done_on")
	title, role, status := t.text("title"), t.text("owner_role"), Status(strings.ReplaceAll(sameRole(t.text("status")), " ", "-"))
	if title == "" {
		t.fault("title", "Say what is to be done.")
	}
	switch {
	case role == "":
		t.fault("owner_role", "Say which role owns it.")
	case strings.ContainsAny(role, ";\n\r"):
		t.fault("owner_role", "Name one role: an action that two own is nobody’s.")
	}
	if !slices.Contains([]Status{"", NotStarted, OnTrack, AtRisk, Done, Dropped, "late"}, status) {
		t.fault("status", "%q is none of not-started, on-track, at-risk, done and dropped.", shortened(t.text("status")))
	}
	if done.After(t.today.Time) {
		t.fault("done_on", "%s is still to come.", done.Format("2 January 2006"))
	}
	key := t.text("action")
	i := slices.IndexFunc(g.Actions, func(a Action) bool { return a.Key == key })
	if key != "" && i < 0 {
		t.fault("action", "The goal has no action %q. Leave the cell empty for a new one.", shortened(key))
	}
	t.once("title", g.ID+key+sameRole(title), "The same action")
	set := map[string]any{"title": title, "owner_role": role, "due": due.Stored(), "status": string(status), "done_on": done.Stored()}
	for _, column := range []string{"note", "reason"} {
		set[column] = t.text(column)
	}
	switch {
	case t.faulty:
	case key == "":
		t.newAction(g, set)
	default:
		t.oldAction(g.Actions[i], set)
	}
}

func (t *table) newAction(g *Goal, set map[string]any) {
	title := fmt.Sprint(set["title"])
	if slices.ContainsFunc(g.Actions, func(a Action) bool { return sameRole(a.Title) == sameRole(title) }) {
		t.fault("title", "The goal has an action of that title. To change it, give its id in the column action.")
		return
	}
	switch {
	case set["status"] == string(Dropped) && set["reason"] == "":
		t.fault("reason", "Say why it was dropped.")
		return
	case set["status"] == "", set["status"] == "late": // late is worked out from dates
		set["status"] = string(NotStarted)
	}
	sum := sha256.Sum256([]byte(g.ID + sameRole(title)))
	t.add(Change{Collection: "actions", Parent: g.ID, Key: fmt.Sprintf("%x", sum[:5]), Set: set}, "New: %s (%s)", title, set["owner_role"])
}

func (t *table) oldAction(was Action, said map[string]any) {
	before := map[string]any{
		"title": was.Title, "owner_role": was.OwnerRole, "due": was.Due.Stored(), "status": string(was.Status), "done_on": was.DoneOn.Stored(), "note": was.Note, "reason": was.Reason,
	}
	set, reason := map[string]any{}, fmt.Sprint(said["reason"])
	for column, value := range said {
		if _, has := t.columns[column]; has && !same(value, before[column]) && (column != "status" || value != "late" && value != "") {
			set[column] = value
		}
	}
	_, moves := set["due"]
	if moves && !was.Due.IsZero() && reason == "" {
		t.fault("reason", "Its date was %s. Say in the column reason why it moves.", was.Due.Format("2 January 2006"))
	}
	if set["status"] == string(Dropped) && reason == "" {
		t.fault("reason", "Say why it was dropped.")
	}
	if status, says := set["status"]; reason == "" || says && status != string(Dropped) || !says && was.Status != Dropped {
		delete(set, "reason") // it is of the date
	}
	if t.faulty {
		return
	}
	t.change(Change{Collection: "actions", ID: was.ID, Reason: reason, Set: set}, "%s: %s", was.Title, strings.Join(changed(set), ", "))
}

// columnWords are columns as people say them.
var columnWords = map[string]string{"title": "title", "owner_role": "owner", "due": "date", "status": "how it stands", "done_on": "when it was done", "note": "note", "reason": "reason"}

func changed(set map[string]any) []string {
	var words []string
	for _, column := range actionColumns {
		if value, ok := set[column]; ok {
			if d, isDay := value.(time.Time); isDay {
				value = d.Format("2 January 2006")
			}
			words = append(words, strings.TrimSpace(fmt.Sprintf("%s %v", columnWords[column], value)))
		}
	}
	return words
}

// Rows are the readings or the actions of a plan as a table that can come in again, the names of its columns first.
func Rows(of string, goals []Goal) [][]string {
	rows := [][]string{slices.Clone(readingColumns)}
	if of == "actions" {
		rows[0] = slices.Clone(actionColumns)
	}
	for _, g := range goals {
		if of == "actions" {
			for _, a := range g.Actions {
				rows = append(rows, []string{g.Key, a.Key, a.Title, a.OwnerRole, written(a.Due), string(a.Status), written(a.DoneOn), a.Note, a.Reason})
			}
			continue
		}
		for _, m := range g.Measures {
			for _, r := range m.Readings {
				rows = append(rows, []string{g.Key, m.Key, m.Title, m.Unit, written(r.AsOf), plainNumber(r.Value), r.Note, ""})
			}
		}
	}
	return rows
}

func written(d Day) string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// unguarded takes away the mark by which tables that go out keep a spreadsheet from taking words for a formula.
func unguarded(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune("=+-@\t\r", rune(cell[1])) {
		return cell[1:]
	}
	return cell
}
