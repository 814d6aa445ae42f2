package site

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// boardPerPage is how many pages stand on one page of the board.
const boardPerPage = 50

// freshnessView is the board of what has to be checked and by whom.
type freshnessView struct {
	Shows                []boardShow
	Show                 string
	Organisations, Kinds []Choice
	Words, Keeper        string
	KeeperName           string
	Asked                bool
	Rows                 []boardLine
	Total, From, To      int
	People               []Choice
	Same                 map[string]string // what the forms ask for again
	CSV                  string
	Handed               string
	Errors               fieldErrors
	Previous, Next       *Link
}

// boardShow is a way to narrow the board, and how many pages it has.
type boardShow struct {
	Link
	Count  int
	Chosen bool
}

// boardLine is a page on the board, in words.
type boardLine struct {
	library.BoardRow
	KindWord, OrganisationName string
	Overdue, Soon              bool
	URL, Check                 string
}

var showWords = map[string]string{
	library.ShowOverdue: "Overdue", library.ShowSoon: "Due within 30 days", library.ShowNoOwner: "Needs an owner",
	library.ShowFigures: "A figure changed", library.ShowBehind: "Original changed", library.ShowUndated: "No day set", library.ShowAll: "All",
}

// boardAsked reads what an address or a form asks for.
func boardAsked(q url.Values) library.BoardAsked {
	a := library.BoardAsked{Show: q.Get("show"), Organisation: q.Get("organisation"), Keeper: q.Get("keeper"), Words: strings.TrimSpace(q.Get("q")), Kind: library.Kind(q.Get("kind"))}
	if !slices.Contains(library.Shows, a.Show) {
		a.Show = library.ShowOverdue
		if a.Keeper != "" {
			a.Show = library.ShowAll
		}
	}
	return a
}

// boardQuery is the address of the same board.
func boardQuery(a library.BoardAsked) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"show": a.Show, "organisation": a.Organisation, "keeper": a.Keeper, "q": a.Words, "kind": string(a.Kind)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func (s *Site) freshness(e *core.RequestEvent) error {
	return s.showFreshness(e, http.StatusOK, boardAsked(e.Request.URL.Query()), nil, "")
}

func (s *Site) showFreshness(e *core.RequestEvent, status int, asked library.BoardAsked, faults fieldErrors, to string) error {
	now, scope, q := time.Now(), library.Reviewed(viewer(e)), e.Request.URL.Query()
	counts, err := library.BoardCounts(s.app, scope, asked, now)
	if err != nil {
		return err
	}
	query := boardQuery(asked)
	v := freshnessView{Show: showWords[asked.Show], Words: asked.Words, Keeper: asked.Keeper, Total: counts[asked.Show], Handed: handedWords(q.Get("handed")), Errors: faults,
		Same: map[string]string{}, CSV: "/manage/freshness.csv?" + query.Encode(), Asked: asked.Organisation+asked.Keeper+asked.Words+string(asked.Kind) != ""}
	for name := range query {
		v.Same[name] = query.Get(name)
	}
	for _, show := range library.Shows {
		other := asked
		other.Show = show
		v.Shows = append(v.Shows, boardShow{Link{showWords[show], "/manage/freshness?" + boardQuery(other).Encode()}, counts[show], show == asked.Show})
	}
	page := pageOf(q)
	rows, err := library.Board(s.app, scope, asked, now, int64((page-1)*boardPerPage), boardPerPage)
	if err != nil {
		return err
	}
	if v.Rows, err = s.boardLines(rows, now); err != nil {
		return err
	}
	if len(rows) > 0 {
		v.From, v.To = (page-1)*boardPerPage+1, (page-1)*boardPerPage+len(rows)
	}
	v.Previous, v.Next = turns("/manage/freshness", query, page, v.Total, boardPerPage)
	if v.Organisations, err = s.organisationChoices(asked.Organisation); err != nil {
		return err
	}
	for _, k := range library.Kinds() {
		v.Kinds = append(v.Kinds, Choice{Value: string(k), Title: s.kindWord(string(k)), Chosen: k == asked.Kind})
	}
	if u, err := s.app.FindRecordById("users", asked.Keeper); err == nil {
		v.KeeperName = orElse(u.GetString("name"), "Somebody who has left")
	}
	people, err := s.keepers(e, "")
	if err != nil {
		return err
	}
	v.People = choicesOfPeople(people, viewer(e).ID(), to)
	return render(s, e, status, "freshness", managing(e, "What has to be checked"), v)
}

func (s *Site) boardLines(rows []library.BoardRow, now time.Time) ([]boardLine, error) {
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return nil, err
	}
	lines := make([]boardLine, len(rows))
	today := now.UTC().Truncate(24 * time.Hour)
	for i, r := range rows {
		due := r.CheckBy.Time()
		lines[i] = boardLine{BoardRow: r, KindWord: s.kindWord(string(r.Kind)), OrganisationName: organisations[r.Organisation], URL: r.Address(),
			Overdue: !due.IsZero() && due.Before(today), Check: "/write/" + string(r.Kind) + "/" + r.ID}
		lines[i].Soon = !due.IsZero() && !lines[i].Overdue && due.Before(today.AddDate(0, 0, 31))
	}
	return lines, nil
}

// pageOf reads the number of a page, 1 and up.
func pageOf(q url.Values) int {
	n, _ := strconv.Atoi(q.Get("page"))
	return min(max(n, 1), 10_000)
}

// turns lead to the pages before and after one.
func turns(base string, q url.Values, page, total, per int) (previous, next *Link) {
	to := func(n int) *Link {
		other := url.Values{}
		for name, values := range q {
			if name != "handed" && name != "checked" {
				other[name] = values
			}
		}
		other.Set("page", strconv.Itoa(n))
		return &Link{fmt.Sprint("Page ", n), base + "?" + other.Encode()}
	}
	pages := (total + per - 1) / per
	if before := min(page-1, pages); before > 0 {
		previous = to(before)
	}
	if page < pages {
		next = to(page + 1)
	}
	return previous, next
}

// handedWords say how many pages changed hands.
func handedWords(typed string) string {
	n, err := strconv.Atoi(typed)
	switch {
	case err != nil || n < 0:
		return ""
	case n == 0:
		return "None was handed over: they have them already, or may not read them."
	}
	return counted(n, "page was", "pages were") + " handed over. Whoever keeps them now is told by mail."
}

// freshnessHand hands pages over: the ticked ones, or all that the board shows.
func (s *Site) freshnessHand(e *core.RequestEvent) error {
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("", err)
	}
	form := e.Request.PostForm
	asked := boardAsked(form)
	ids, err := library.BoardIDs(s.app, library.Reviewed(viewer(e)), asked, time.Now())
	if err != nil {
		return err
	}
	if form.Get("do") != "all" {
		ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(form["pages"], id) })
	}
	handed, fault, err := s.handOver(e, s.app, ids, form.Get("to"))
	if err != nil {
		return err
	}
	if fault.Field != "" {
		return s.showFreshness(e, http.StatusUnprocessableEntity, asked, fieldErrors{fault}, form.Get("to"))
	}
	q := boardQuery(asked)
	q.Set("handed", strconv.Itoa(handed))
	return e.Redirect(http.StatusSeeOther, "/manage/freshness?"+q.Encode())
}

func (s *Site) freshnessCSV(e *core.RequestEvent) error {
	now := time.Now()
	found, err := library.Board(s.app, library.Reviewed(viewer(e)), boardAsked(e.Request.URL.Query()), now, 0, -1)
	if err != nil {
		return err
	}
	lines, err := s.boardLines(found, now)
	if err != nil {
		return err
	}
	rows := [][]string{{"title", "kind", "address", "organisation", "kept_by_role", "kept_by", "needs_owner", "last_reviewed", "check_by", "overdue", "figures_changed", "original_changed", "reminders_failed"}}
	yes := map[bool]string{true: "yes", false: "no"}
	for _, l := range lines {
		rows = append(rows, []string{l.Title, l.KindWord, s.base(e) + l.URL, l.OrganisationName, l.Role, l.OwnerName, yes[l.OwnerGone], dayOrNone(l.Reviewed.Time()), dayOrNone(l.CheckBy.Time()),
			yes[l.Overdue], strconv.Itoa(l.Figures), yes[l.Behind], strconv.Itoa(l.Failed)})
	}
	if err := member.Took(s.app, viewer(e), "freshness", len(lines)); err != nil {
		return err
	}
	return sendCSV(e, "freshness.csv", rows)
}
