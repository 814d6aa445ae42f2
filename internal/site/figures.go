package site

import (
	"encoding/csv"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// figuresView is the ledger: what holds, what is quoted as history, and what holds no more.
type figuresView struct {
	Now, Past, Over []figureRow
	Manage          string // where figures are changed; "" for those who may not
}

// figureRow is a figure in the ledger.
type figureRow struct {
	Label, URL, Text, Area, Note string
	From, Until                  time.Time
	Expired, OfItsTime           bool
	Source                       library.Source
	Working                      *workingView
}

// workingView is how a figure was worked out, reckoned anew.
type workingView struct {
	Parts        []Link // of the sum; figures lead to their own pages
	Comes, Exact string // what it comes to, in words and in digits
	Agrees       bool
	Said, Digits string // what the figure says, where the sum comes to something else
	Apart        string // and how far they are apart
	Fault        string // why it cannot be reckoned
}

func (s *Site) figures(e *core.RequestEvent) error {
	rows, err := s.figureRows(time.Now())
	if err != nil {
		return err
	}
	v := figuresView{}
	for _, r := range rows {
		switch {
		case r.Expired:
			v.Over = append(v.Over, r)
		case r.OfItsTime:
			v.Past = append(v.Past, r)
		default:
			v.Now = append(v.Now, r)
		}
	}
	if member.MayManage(viewer(e), "figures") {
		v.Manage = "/manage/figures"
	}
	p := Page{Title: s.say("figures"), Description: s.say("about-figures")}
	return render(s, e, http.StatusOK, "figures", p, v, tagLibrary)
}

// figureRows is the ledger as pages and files show it.
func (s *Site) figureRows(now time.Time) ([]figureRow, error) {
	list, err := library.Ledger(s.app)
	if err != nil {
		return nil, err
	}
	all := byKey(list)
	rows := make([]figureRow, len(list))
	for i, f := range list {
		rows[i] = rowOf(f, all, now)
	}
	return rows, nil
}

func byKey(list []*library.Figure) map[string]*library.Figure {
	all := make(map[string]*library.Figure, len(list))
	for _, f := range list {
		all[f.Key()] = f
	}
	return all
}

func rowOf(f *library.Figure, all map[string]*library.Figure, now time.Time) figureRow {
	return figureRow{
		Label: f.Label(), URL: f.Address(), Text: f.Text(), Area: f.Area(), Note: f.Note(), From: f.From(), Until: f.Until(),
		Expired: f.Expired(now), OfItsTime: f.OfItsTime(), Source: f.Source(), Working: workingOf(f, all),
	}
}

// workingOf reckons a figure's working, nil when it has none.
func workingOf(f *library.Figure, all map[string]*library.Figure) *workingView {
	sum, has, err := f.Sum(all)
	if !has {
		return nil
	}
	if err != nil {
		return &workingView{Fault: sentence(err)}
	}
	w := &workingView{Agrees: sum.Agrees(f.Value()), Comes: library.Amount(sum.Value, f.Unit()), Exact: library.Exact(sum.Value)}
	for _, p := range sum.Parts {
		part := Link{Text: p.Text}
		if other := all[p.Key]; p.Key != "" && other != nil {
			part = Link{library.Exact(library.Rat(other.Value())) + " (" + other.Label() + ")", other.Address()}
		}
		w.Parts = append(w.Parts, part)
	}
	if w.Agrees {
		return w
	}
	w.Said, w.Digits = library.Amount(library.Rat(f.Value()), f.Unit()), library.Exact(library.Rat(f.Value()))
	apart := sum.Difference(f.Value())
	w.Apart = library.Amount(new(big.Rat).Abs(apart), f.Unit()) + map[bool]string{true: " more", false: " less"}[apart.Sign() < 0]
	return w
}

// figureView is the page of one figure.
type figureView struct {
	figureRow
	Key, Manage, Citation string
	Changed               time.Time
	Pages                 []Link
	History               []library.Former
}

func (s *Site) figure(e *core.RequestEvent) error {
	f, err := library.FigureByKey(s.app, e.Request.PathValue("key"))
	if err != nil {
		return found(e, err)
	}
	all, err := library.Figures(s.app)
	if err != nil {
		return err
	}
	now := time.Now()
	v := figureView{figureRow: rowOf(f, all, now), Key: f.Key(), Changed: f.Changed(), History: f.History()}
	if v.Citation, err = s.citeFigure(e, f, now); err != nil {
		return err
	}
	cards, err := library.QuotedOn(s.app, viewer(e), f.Key())
	if err != nil {
		return err
	}
	for _, c := range cards {
		v.Pages = append(v.Pages, Link{c.Title, c.Address()})
	}
	if member.MayManage(viewer(e), "figures") {
		v.Manage = "/manage/figures/" + f.Id
	}
	p := Page{Title: f.Label(), Description: f.Text(), Within: []Link{{"figures", "/figures"}}}
	return render(s, e, http.StatusOK, "figure", p, v, tagLibrary)
}

// citeFigure is the figure in one line, with where it comes from and where it was read.
func (s *Site) citeFigure(e *core.RequestEvent, f *library.Figure, now time.Time) (string, error) {
	settings, err := member.SettingsOf(s.app)
	if err != nil {
		return "", err
	}
	holds := ""
	if !f.From().IsZero() {
		holds = ", from " + day(f.From())
	}
	if !f.Until().IsZero() {
		holds += " until " + day(f.Until())
	}
	parts := []string{f.Label() + ": " + f.Text() + " (" + strings.TrimPrefix(f.Area()+holds, ", ") + ")"}
	if source := f.Source(); source.Title != "" {
		var from []string
		for _, part := range []string{source.Publisher, "“" + source.Title + "”", source.Said(), source.URL} {
			if part != "" {
				from = append(from, part)
			}
		}
		parts = append(parts, "Source: "+strings.Join(from, ", "))
	}
	parts = append(parts, settings[member.HubName]+", "+s.base(e)+f.Address()+", read on "+day(now.In(london)))
	return strings.Join(parts, ". ") + ".", nil
}

// figureJSON is a figure for programs and spreadsheets.
type figureJSON struct {
	Key     string         `json:"key"`
	Label   string         `json:"label"`
	Value   float64        `json:"value"`
	Unit    string         `json:"unit"`
	Text    string         `json:"text"`
	Area    string         `json:"area"`
	From    string         `json:"from"`
	Until   string         `json:"until"`
	Expired bool           `json:"expired"`
	Past    bool           `json:"of_its_time"`
	Source  library.Source `json:"source"`
	Note    string         `json:"note"`
	Working string         `json:"working"`
	Comes   string         `json:"working_comes_to"`
	Agrees  *bool          `json:"working_agrees"`
	URL     string         `json:"url"`
}

func (s *Site) figuresForPrograms(e *core.RequestEvent) ([]figureJSON, error) {
	list, err := library.Ledger(s.app)
	all, now := byKey(list), time.Now()
	out := make([]figureJSON, len(list))
	for i, f := range list {
		j := figureJSON{Key: f.Key(), Label: f.Label(), Value: f.Value(), Unit: f.Unit(), Text: f.Text(), Area: f.Area(), From: dayOrNone(f.From()),
			Until: dayOrNone(f.Until()), Expired: f.Expired(now), Past: f.OfItsTime(), Source: f.Source(), Note: f.Note(), Working: f.Working(), URL: s.base(e) + f.Address()}
		if w := workingOf(f, all); w != nil && w.Fault == "" {
			j.Comes, j.Agrees = strings.ReplaceAll(w.Exact, ",", ""), &w.Agrees
		}
		out[i] = j
	}
	return out, err
}

func (s *Site) figuresJSON(e *core.RequestEvent) error {
	list, err := s.figuresForPrograms(e)
	if err != nil {
		return err
	}
	e.Response.Header().Set("Cache-Control", "no-cache")
	return e.JSON(http.StatusOK, list)
}

func (s *Site) figuresCSV(e *core.RequestEvent) error {
	list, err := s.figuresForPrograms(e)
	if err != nil {
		return err
	}
	rows := [][]string{{"key", "label", "value", "unit", "text", "area", "from", "until", "source", "source_address", "note", "working", "working_comes_to", "address", "of_its_time"}}
	for _, f := range list {
		rows = append(rows, []string{f.Key, f.Label, strconv.FormatFloat(f.Value, 'f', -1, 64), f.Unit, f.Text, f.Area, f.From, f.Until,
			f.Source.Title, f.Source.URL, f.Note, f.Working, f.Comes, f.URL, strconv.FormatBool(f.Past)})
	}
	return sendCSV(e, "figures.csv", rows)
}

// sendCSV answers with a table, the names of its columns first, that no spreadsheet runs.
func sendCSV(e *core.RequestEvent, name string, rows [][]string) error {
	h := e.Response.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "private, no-cache")
	w := csv.NewWriter(e.Response)
	for _, row := range rows {
		for i := range row {
			row[i] = notFormula(row[i])
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
