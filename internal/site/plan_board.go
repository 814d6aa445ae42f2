package site

import (
	"bytes"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"commonplace/internal/event"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/plan"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// boardView is the page that a board is given: one sheet for each plan, which prints.
type boardView struct {
	Title, Of string // what the page is called; the plan or programme that it is of
	From      Link
	AsOf      time.Time
	Address   string // of this page, without an ending
	Now       string // of the page as things stand, when this one is frozen
	Sheets    []boardSheet
	Kept      []Link
	MayFreeze bool
	Calendar  string
}

type boardSheet struct {
	plan.Sheet
	Tally   plan.Count
	Rows    []boardRow
	Late    []actionView
	Changes []plan.News
	Since   time.Time
}

// boardRow is one measure; the first one of a goal says what the goal is.
type boardRow struct {
	Goal            *plan.Goal
	Spans           int
	Word, Class     string
	Title           string
	Said, Now, When string
	Way             string
	Earlier         []plan.Promise
	NoData          bool
}

const mostOnABoard = 8 // changes, and late actions, on each sheet: it is to fit on one side of paper

func boardSheetOf(sheet plan.Sheet, asOf plan.Day) boardSheet {
	now := asOf.Add(12 * time.Hour) // noon, as that day saw it
	since := plan.LastQuarter(asOf)
	v := boardSheet{Sheet: sheet, Tally: plan.Tally(sheet.Goals, now), Since: since.Time}
	for i := range sheet.Goals {
		g := &sheet.Goals[i]
		v.Rows = append(v.Rows, rowsOf(g, now)...)
		for _, a := range goalOf(i+1, *g, now).Actions {
			if a.Class == "late" {
				v.Late = append(v.Late, a)
			}
		}
	}
	v.Changes = plan.NewsSince(sheet.Goals, since)
	v.Changes = v.Changes[:min(len(v.Changes), mostOnABoard)]
	v.Late = v.Late[:min(len(v.Late), mostOnABoard)]
	return v
}

func rowsOf(g *plan.Goal, now time.Time) []boardRow {
	var rows []boardRow
	for _, m := range g.Measures {
		if m.Dropped == "" {
			rows = append(rows, boardRow{Title: m.Title, Said: m.Said(), Now: m.Now(), When: m.When(), Way: m.Way(), Earlier: m.Earlier(), NoData: m.NoData(now)})
		}
	}
	if len(rows) == 0 {
		rows = append(rows, boardRow{Title: "No measure"})
	}
	rows[0].Goal, rows[0].Spans, rows[0].Word, rows[0].Class = g, len(rows), g.Status.Word(), string(g.Status)
	return rows
}

// boarded is what a board's page is of.
type boarded struct {
	of      plan.Of
	title   string
	address string // of the plan or programme
	plans   []*library.Document
	mayKeep bool
}

// boardOf finds the plan or programme of the address, and its plans as far as the viewer may see them.
func (s *Site) boardOf(e *core.RequestEvent) (boarded, error) {
	slug, v := e.Request.PathValue("slug"), viewer(e)
	if strings.HasPrefix(e.Request.URL.Path, "/plans/") {
		d, err := library.Find(s.app, library.ActionPlan, "", slug)
		if err != nil || !d.Viewable(v) {
			return boarded{}, s.movedOr404(e, library.ActionPlan.Address("", slug))
		}
		return boarded{of: plan.Of{Document: d.Id}, title: d.Title(), address: d.Address(), plans: []*library.Document{d}, mayKeep: d.Editable(v) || d.Checkable(v)}, nil
	}
	p, err := member.ProgrammeBySlug(s.app, slug)
	if err != nil {
		return boarded{}, s.movedElse(e, err)
	}
	b := boarded{of: plan.Of{Programme: p.Id}, title: p.Title(), address: p.Address(), mayKeep: v.MayReview(v.Library())}
	cards, err := library.Cards(s.app, v, dbx.And(published(library.ActionPlan), member.InList("documents", "programmes", p.Id)))
	if err != nil {
		return b, err
	}
	for _, c := range cards {
		d, err := library.ByID(s.app, c.ID)
		if err != nil {
			return b, err
		}
		b.plans = append(b.plans, d)
	}
	return b, nil
}

// board answers with the page as things stand; what is asked for after it is a file of it, or one that was frozen.
func (s *Site) board(e *core.RequestEvent) error {
	b, err := s.boardOf(e)
	if err != nil {
		return answered(err)
	}
	name, ending := cutEnding(e.Request.PathValue("name"))
	v := boardView{Of: b.title, From: Link{b.title, b.address}, Address: b.address + "/board/now", MayFreeze: b.mayKeep}
	board := plan.Board{AsOf: plan.Today(time.Now())}
	if name == "" || name == "now" {
		if board.Sheets, err = s.sheets(b.plans); err != nil {
			return err
		}
	} else {
		v.Address, v.Now, v.MayFreeze = b.address+"/board/"+name, b.address+"/board", false
		if board, err = s.frozenBoard(e, b, name); err != nil {
			return answered(err)
		}
	}
	v.AsOf, v.Title = board.AsOf.Time, b.title+", as at "+board.AsOf.Words()
	for _, sheet := range board.Sheets {
		v.Sheets = append(v.Sheets, boardSheetOf(sheet, board.AsOf))
	}
	switch ending {
	case ".csv":
		return s.boardCSV(e, v)
	case ".docx":
		return s.boardWord(e, v)
	}
	if err := s.keptBoards(b, &v); err != nil {
		return err
	}
	p := Page{Title: v.Title, Description: s.say("about-board", b.title), Section: "/plans", Within: []Link{{"plans", "/plans"}}, Crumbs: []Link{v.From}, NoIndex: true}
	return render(s, e, http.StatusOK, "plan-board", p, v, tagLibrary)
}

func cutEnding(name string) (string, string) {
	for _, ending := range []string{".csv", ".docx"} {
		if before, ok := strings.CutSuffix(name, ending); ok {
			return before, ending
		}
	}
	return name, ""
}

func (s *Site) sheets(plans []*library.Document) ([]plan.Sheet, error) {
	var sheets []plan.Sheet
	for _, d := range plans {
		goals, err := plan.Load(s.app, d.Id)
		if err != nil {
			return nil, err
		}
		m := d.Meta()
		sheet := plan.Sheet{Document: d.Id, Title: d.Title(), Address: d.Address(), Owner: d.OwnerRole(), Sponsor: m.BoardSponsor, Goals: goals}
		if m.Period != nil {
			sheet.Period = monthSpan(string(m.Period.From), string(m.Period.To))
		}
		if d.Illustrative() {
			sheet.Note = "This is an example. Its goals and numbers are made up."
		}
		if sheet.Updates, err = plan.Updates(s.app, d.Id); err != nil {
			return nil, err
		}
		sheet.Updates = sheet.Updates[:min(len(sheet.Updates), 2)]
		sheets = append(sheets, sheet)
	}
	return sheets, nil
}

// frozenBoard is a page that was kept, without the plans that the viewer may not see today.
func (s *Site) frozenBoard(e *core.RequestEvent, b boarded, key string) (plan.Board, error) {
	board, err := plan.BoardByKey(s.app, b.of, key)
	if errors.Is(err, sql.ErrNoRows) {
		return board, notFound(e)
	}
	board.Sheets = slices.DeleteFunc(board.Sheets, func(sheet plan.Sheet) bool {
		d, err := library.ByID(s.app, sheet.Document)
		return err != nil || !d.Viewable(viewer(e))
	})
	return board, err
}

func (s *Site) keptBoards(b boarded, v *boardView) error {
	kept, err := plan.Boards(s.app, b.of)
	for _, k := range kept {
		words := k.AsOf.Words()
		if k.ByRole != "" {
			words = s.say("board-kept-by", words, k.ByRole)
		}
		v.Kept = append(v.Kept, Link{words, b.address + "/board/" + k.Key})
	}
	v.Calendar = b.address + "/dates.ics"
	return err
}

// freezeBoard keeps the page as it is now. Of a programme it keeps the plans that everybody may see.
func (s *Site) freezeBoard(e *core.RequestEvent) error {
	b, err := s.boardOf(e)
	if err != nil {
		return answered(err)
	}
	if !b.mayKeep {
		return e.ForbiddenError("You may not keep this page.", nil)
	}
	if b.of.Programme != "" {
		guest, err := member.Guest(s.app)
		if err != nil {
			return err
		}
		b.plans = slices.DeleteFunc(b.plans, func(d *library.Document) bool { return !d.Viewable(guest) })
	}
	sheets, err := s.sheets(b.plans)
	if err != nil {
		return err
	}
	v := viewer(e)
	key, err := plan.Freeze(s.app, b.of, v.ID(), v.User().GetString("role_title"), plan.Board{AsOf: plan.Today(time.Now()), Sheets: sheets})
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, b.address+"/board/"+key)
}

// boardWord is the page as a Word file, in a board's own styles.
func (s *Site) boardWord(e *core.RequestEvent, v boardView) error {
	var body, b bytes.Buffer
	if err := s.pages["plan-board"].ExecuteTemplate(&body, "board-sheets", v); err != nil {
		return err
	}
	if err := s.o.Paper(v.Title, body.String(), s.base(e), v.Address, &b); err != nil {
		return err
	}
	return attached(e, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", boardFile(v)+".docx", b.Bytes())
}

func boardFile(v boardView) string {
	return "board-" + v.From.URL[strings.LastIndex(v.From.URL, "/")+1:] + "-" + v.AsOf.Format(time.DateOnly)
}

// boardCSV is the page as a table: what was said, where it stands and by when, of measures and actions.
func (s *Site) boardCSV(e *core.RequestEvent, v boardView) error {
	var b bytes.Buffer
	b.WriteString(byteOrderMark)
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	write := func(cells ...string) {
		for i := range cells {
			cells[i] = notFormula(cells[i])
		}
		w.Write(cells)
	}
	write("plan", "goal", "kind", "title", "we said", "now", "by when", "how it stands", "owner")
	noon := v.AsOf.Add(12 * time.Hour)
	for _, sheet := range v.Sheets {
		for _, g := range sheet.Goals {
			write(sheet.Title, g.Title, "goal", g.Title, g.Why, "", "", g.Status.Word(), g.OwnerRole)
			for _, m := range g.Measures {
				word := m.Way()
				if m.NoData(noon) {
					word = "no data"
				}
				write(sheet.Title, g.Title, "measure", m.Title, m.Said(), m.Now(), dayCell(m.Target.By), word, "")
			}
			for _, a := range g.Actions {
				write(sheet.Title, g.Title, "action", a.Title, a.Title, a.Note, dayCell(a.Due), a.Word(noon), a.OwnerRole)
			}
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return attached(e, "text/csv; charset=utf-8", boardFile(v)+".csv", b.Bytes())
}

func dayCell(d plan.Day) string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// planDates is the calendar to subscribe to.
func (s *Site) planDates(e *core.RequestEvent) error {
	b, err := s.boardOf(e)
	if err != nil {
		return answered(err)
	}
	sheets, err := s.sheets(b.plans)
	if err != nil {
		return err
	}
	changed := time.Time{}
	for _, d := range b.plans {
		if at := d.GetDateTime("updated").Time(); at.After(changed) {
			changed = at
		}
	}
	var days []event.WholeDay
	for _, d := range plan.Dates(sheets) {
		days = append(days, event.WholeDay{ID: d.ID, On: d.On.Time, Title: d.Title, Says: d.Says, URL: s.base(e) + d.Address})
	}
	var out bytes.Buffer
	if err := event.DayCalendar(&out, b.title, days, changed); err != nil {
		return err
	}
	h := e.Response.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Disposition", fmt.Sprintf("inline; filename=%q", "dates.ics"))
	return e.Blob(http.StatusOK, "text/calendar; charset=utf-8", out.Bytes())
}

// KeepBoards keeps the page of every plan that is out once in each quarter, as it stands when the quarter begins. A plan that
// came out since has its first one in the next.
func (s *Site) KeepBoards(now time.Time) error {
	nobody, err := member.Guest(s.app)
	if err != nil {
		return err
	}
	today := plan.Today(now)
	began := plan.Quarter(today)
	cards, err := library.Cards(s.app, nobody, published(library.ActionPlan))
	if err != nil {
		return err
	}
	for _, c := range cards {
		of := plan.Of{Document: c.ID}
		kept, err := plan.FrozenSince(s.app, of, began)
		if err != nil || kept || !c.Published.Before(began.Time) {
			if err != nil {
				return err
			}
			continue
		}
		d, err := library.ByID(s.app, c.ID)
		if err != nil {
			return err
		}
		sheets, err := s.sheets([]*library.Document{d})
		if err != nil {
			return err
		}
		if _, err := plan.Freeze(s.app, of, "", "", plan.Board{AsOf: today, Sheets: sheets}); err != nil {
			return err
		}
	}
	return nil
}
