package site

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/search"

	"github.com/pocketbase/pocketbase/core"
)

// hitsPerPage is how many hits a page shows.
const hitsPerPage = 20

// searchParams are the parameters that narrow a search.
var searchParams = []string{"kind", "place", "topic", "programme", "organisation", "evidence", "audience"}

// ask reads a query from an address and puts it to the index on behalf of the viewer. All of it stands in the address, so
// that it can be shared: there is no state anywhere else.
func (s *Site) ask(v *member.Viewer, q url.Values, perPage int) (search.Result, error) {
	page, _ := strconv.Atoi(q.Get("page"))
	filters := map[string][]string{}
	for _, name := range searchParams {
		for _, value := range q[name] {
			if value != "" {
				filters[name] = append(filters[name], value)
			}
		}
	}
	return s.o.Search.Search(search.Query{
		Text: q.Get("q"), Keys: v.Keys(), Filters: filters, Sort: q.Get("sort"), Page: page, PerPage: perPage, Facets: true,
		Here: q.Get("in"), Caring: q.Get("door") == carerDoor, Oneself: ofOneself(q.Get("q")), Explain: q.Get("explain") == "1",
		Exact: q.Get("exact") != "",
	})
}

type searchView struct {
	Query         string
	Asked         bool
	Local         []localView // what the reader's place answers
	LocalIn       string
	Quoted        bool // the query has quotation marks of its own
	Instead       string
	Meant         *Link
	Total         int
	Hits          []hitView
	Facets        []facetView
	Chosen        []Link
	Clear         string // the search without any of the chosen values
	Kept          []hiddenField
	Sorts         []Choice
	Lenses        []Link // what comes first because of who asks, and the way to change it
	Looser        []looserLink
	Topics        []Link
	Places        []Link
	Previous      *Link
	Next          *Link
	CSV, JSON     string
	Cut           int // how many hits the table holds, where that is not all
	Rebuilding    bool
	Meanwhile     bool // only titles and summaries were looked at
	Exact         string
	Discuss       string // where one asks in the discussions
	Follow        followView
	ShownFrom, To int
}

// hiddenField carries a part of the address through the form.
type hiddenField struct{ Name, Value string }

// looserLink is a search that asks for less, and how many it finds.
type looserLink struct {
	Link
	Count int
}

type hitView struct {
	ID, URL          string
	Title, Snippet   template.HTML
	Section          Link // where in a long page the passage stands
	Kind             string
	Places           []string
	Organisation     string
	Reviewed         time.Time
	Example, IsPosts bool
	WhyURL           string
	Why              []string // the reasons in words, when they were asked for
}

// searchIn is the search from a place; its address says so as that of the other does.
func (s *Site) searchIn(e *core.RequestEvent) error {
	l, err := s.lensOf(e)
	if err != nil {
		return answered(err)
	}
	q := e.Request.URL.Query()
	q.Set("in", l.slug())
	q.Set("door", carerDoor)
	return e.Redirect(http.StatusFound, "/search?"+q.Encode())
}

func (s *Site) search(e *core.RequestEvent) error {
	typed := e.Request.URL.Query()
	q := canonical(typed)
	q.Del("follow") // only says what was done just now
	v := searchView{Query: strings.TrimSpace(typed.Get("q")), Rebuilding: s.o.Rebuilding()}
	v.Asked, v.Quoted = v.Query != "" || narrowed(q), strings.ContainsAny(v.Query, `"“`)
	p := Page{Title: s.say("find"), BigFind: true, NoIndex: true}
	if v.Query != "" {
		p.Title = s.say("title-search", v.Query)
	}
	n, err := s.facetNames()
	if err != nil {
		return err
	}
	v.keep(q)
	var first string
	if v.Asked {
		asked := without(q)
		asked["page"] = q["page"]
		if q.Get("why") != "" {
			asked.Set("explain", "1")
		}
		r, err := s.ask(viewer(e), asked, hitsPerPage)
		if err != nil {
			return err
		}
		if !r.Answered {
			s.heard(e, q)
		}
		v.fill(s, r, q, n)
		v.Meanwhile = r.Meanwhile
		if i := slices.IndexFunc(r.Hits, func(h search.Hit) bool { return h.Kind == string(library.Handbook) }); i >= 0 && i < 5 {
			first = r.Hits[i].URL
		}
		if err := s.nameFiles(&v, r.Hits); err != nil {
			return err
		}
	}
	if err := s.answerLocally(e, &v, q, first); err != nil {
		return err
	}
	if v.Total == 0 {
		if err := s.helpOn(e, &v, q, n); err != nil {
			return err
		}
	}
	if v.Follow, err = s.followed(e, q, v.Instead); err != nil {
		return err
	}
	p.Feed, v.Follow.Just = v.Follow.Feed, typed.Get("follow")
	return render(s, e, http.StatusOK, "search", p, v)
}

// nameFiles says of hits in attachments in which, and on which page of it.
func (s *Site) nameFiles(v *searchView, hits []search.Hit) error {
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	files, err := library.FileHits(s.app, ids)
	for i, h := range hits {
		a := files[strings.TrimPrefix(h.ID, library.FileEntryPrefix)]
		if a == nil {
			continue
		}
		v.Hits[i].Kind = s.say("in-file", a.Name())
		if page := a.PageOf(v.Query); page > 0 {
			v.Hits[i].Kind = s.say("on-page", v.Hits[i].Kind, strconv.Itoa(page))
		}
	}
	return err
}

func (v *searchView) fill(s *Site, r search.Result, q url.Values, n *facetNames) {
	v.Total, v.Instead = int(r.Total), r.Instead
	v.Exact = "/search" + with(q, "exact", "1")
	if r.Meant != "" {
		v.Meant = &Link{r.Meant, "/search?" + url.Values{"q": {r.Meant}}.Encode()}
	}
	if v.Total > rowsInCSV {
		v.Cut = rowsInCSV
	}
	v.CSV, v.JSON = "/search.csv"+with(q, "page", ""), "/search.json"+with(q, "page", "")
	for _, h := range r.Hits {
		v.Hits = append(v.Hits, s.hitViewOf(h, q, n))
	}
	v.divide(r, q, n)
	v.lenses(s, q, n)
	for _, s := range sorts {
		s.Hint = "/search" + with(q, "sort", s.Value)
		s.Chosen = q.Get("sort") == s.Value
		v.Sorts = append(v.Sorts, s)
	}
	pages := (v.Total + r.PerPage - 1) / r.PerPage
	v.ShownFrom, v.To = (r.Page-1)*r.PerPage+1, (r.Page-1)*r.PerPage+len(r.Hits)
	if before := min(r.Page-1, pages); before > 0 { // pages behind the last one lead back to it
		v.Previous = &Link{fmt.Sprintf("Page %d of %d", before, pages), "/search" + turned(q, before)}
	}
	if r.Page < pages {
		v.Next = &Link{fmt.Sprintf("Page %d of %d", r.Page+1, pages), "/search" + turned(q, r.Page+1)}
	}
}

// sorts are the orders of results, in words of the catalogue.
var sorts = []Choice{{Value: "", Title: "sort-best"}, {Value: "newest", Title: "sort-newest"}, {Value: "reviewed", Title: "sort-reviewed"}}

func (s *Site) hitViewOf(h search.Hit, q url.Values, n *facetNames) hitView {
	_, id, _ := strings.Cut(h.ID, "/")
	v := hitView{
		ID: id, URL: h.Passage, Title: template.HTML(h.TitleHTML), Snippet: template.HTML(h.SnippetHTML), Kind: n.word("kind", h.Kind),
		Places: mapped(n.placeTitles, h.Places), Organisation: h.Organisation, Reviewed: h.Reviewed, Example: h.Evidence == "illustrative",
		IsPosts: h.Kind == "post" || h.Kind == "thread", WhyURL: "/search" + on(q, "why", id) + "#hit-" + id,
	}
	if place := q.Get("in"); h.Kind == string(library.Handbook) && n.placeTitles[place] != "" {
		v.URL = "/in/" + place + v.URL // as the reader came
	}
	if h.Section.Title != "" {
		page, _, _ := strings.Cut(v.URL, "#")
		v.Section = Link{h.Section.Title, page + "#" + h.Section.Anchor}
	}
	if q.Get("why") == id {
		v.Why, v.WhyURL = s.reasonsOf(h), ""
	}
	return v
}

// hitJSON is a hit as the hub's JSON gives it.
type hitJSON struct {
	ID           string   `json:"id"`
	Kind         string   `json:"kind"`
	Title        string   `json:"title"`
	URL          string   `json:"url"`
	Snippet      string   `json:"snippet_html"`
	Score        float64  `json:"score"`
	Place        []string `json:"place"`
	Organisation string   `json:"organisation"`
	Published    string   `json:"published"`
	LastReviewed string   `json:"last_reviewed"`
	Section      string   `json:"section,omitempty"`
	Passage      string   `json:"passage,omitempty"`

	Why []reasonJSON `json:"why,omitempty"`
}

// reasonJSON is a reason why a hit is where it is.
type reasonJSON struct {
	What  string   `json:"what"`
	Words []string `json:"words,omitempty"`
	Count int      `json:"count,omitempty"`
	Much  float64  `json:"much,omitempty"`
}

type countJSON struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

type resultJSON struct {
	Total      int                    `json:"total"`
	TookMS     float64                `json:"took_ms"`
	Page       int                    `json:"page"`
	PerPage    int                    `json:"per_page"`
	Hits       []hitJSON              `json:"hits"`
	Facets     map[string][]countJSON `json:"facets"`
	DidYouMean string                 `json:"did_you_mean"`
}

func asJSON(r search.Result) resultJSON {
	out := resultJSON{
		Total: int(r.Total), TookMS: float64(r.Took.Microseconds()) / 1000, Page: r.Page, PerPage: r.PerPage,
		Hits: []hitJSON{}, Facets: map[string][]countJSON{}, DidYouMean: cmp.Or(r.Instead, r.Meant),
	}
	for _, h := range r.Hits {
		_, id, _ := strings.Cut(h.ID, "/")
		j := hitJSON{ID: id, Kind: h.Kind, Title: h.Title, URL: h.URL, Snippet: h.SnippetHTML, Score: h.Score, Place: h.Places,
			Organisation: h.Organisation, Published: dayOrNone(h.Published), LastReviewed: dayOrNone(h.Reviewed), Section: h.Section.Title}
		if h.Passage != h.URL {
			j.Passage = h.Passage
		}
		for _, r := range h.Why {
			j.Why = append(j.Why, reasonJSON(r))
		}
		if j.Place == nil {
			j.Place = []string{}
		}
		out.Hits = append(out.Hits, j)
	}
	for _, name := range searchParams {
		out.Facets[name] = []countJSON{}
		for _, c := range r.Facets[name] {
			out.Facets[name] = append(out.Facets[name], countJSON{c.Value, c.Count})
		}
	}
	return out
}

func dayOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func (s *Site) searchJSON(e *core.RequestEvent) error {
	r, err := s.ask(viewer(e), e.Request.URL.Query(), hitsPerPage)
	if err != nil {
		return err
	}
	e.Response.Header().Set("Cache-Control", "private, no-cache")
	return e.JSON(http.StatusOK, asJSON(r))
}

// base is the beginning of the site's addresses, for what is read elsewhere.
func (s *Site) base(e *core.RequestEvent) string {
	switch {
	case s.o.URL != "":
		return s.o.URL
	case e.IsTLS():
		return "https://" + e.Request.Host
	}
	return "http://" + e.Request.Host
}

// rowsInCSV is how many hits a table holds at most; the page says so where there are more.
const rowsInCSV = 1000

// byteOrderMark tells spreadsheets that a table is UTF-8.
const byteOrderMark = "\ufeff"

// searchCSV is the hits of a search as a table, in the order of the page.
func (s *Site) searchCSV(e *core.RequestEvent) error {
	rows, err := s.searchRows(e)
	if err != nil {
		return err
	}
	if err := member.Took(s.app, viewer(e), "search", len(rows)); err != nil {
		return err
	}
	h := e.Response.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="search.csv"`)
	h.Set("Cache-Control", "private, no-cache")
	if _, err := e.Response.Write([]byte(byteOrderMark)); err != nil {
		return err
	}
	w := csv.NewWriter(e.Response)
	w.UseCRLF = true
	w.Write([]string{"title", "kind", "partner", "places", "published", "last_reviewed", "address"})
	for _, row := range rows {
		for i := range row {
			row[i] = notFormula(row[i])
		}
		w.Write(row)
	}
	w.Flush()
	return w.Error()
}

func (s *Site) searchRows(e *core.RequestEvent) ([][]string, error) {
	q := e.Request.URL.Query()
	n, err := s.facetNames()
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for page := 1; len(rows) < rowsInCSV; page++ {
		q.Set("page", strconv.Itoa(page))
		r, err := s.ask(viewer(e), q, 100)
		if err != nil {
			return nil, err
		}
		for _, hit := range r.Hits {
			rows = append(rows, []string{
				hit.Title, s.kindWord(hit.Kind), hit.Organisation, strings.Join(mapped(n.placeTitles, hit.Places), "; "),
				dayOrNone(hit.Published), dayOrNone(hit.Reviewed), s.base(e) + hit.URL,
			})
		}
		if len(r.Hits) < r.PerPage {
			break
		}
	}
	return rows, nil
}

// notFormula keeps a spreadsheet from running what somebody wrote.
func notFormula(cell string) string {
	if strings.IndexAny(cell, "\t\r\n") == 0 || strings.IndexAny(strings.TrimSpace(cell), "=+-@＝＋－＠") == 0 {
		return "'" + cell
	}
	return cell
}

type suggestionJSON struct {
	Title string `json:"title"`
	URL   string `json:"url"`
	Kind  string `json:"kind"`
}

// maxSuggestions is how many titles are offered while somebody types.
const maxSuggestions = 8

func (s *Site) suggestions(v *member.Viewer, typed string) ([]suggestionJSON, error) {
	found, err := s.o.Search.Suggest(typed, v.Keys(), maxSuggestions)
	list := make([]suggestionJSON, len(found))
	for i, f := range found {
		list[i] = suggestionJSON{f.Title, f.URL, f.Kind}
	}
	return list, err
}

func (s *Site) suggest(e *core.RequestEvent) error {
	list, err := s.suggestions(viewer(e), e.Request.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	e.Response.Header().Set("Cache-Control", "private, max-age=60")
	for i := range list {
		list[i].Kind = s.kindWord(list[i].Kind)
	}
	return e.JSON(http.StatusOK, list)
}
