package site

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/champion"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// championsView is the register of carers champions, and the grid of places and levels that shows where there is none.
type championsView struct {
	Facets     []facetView
	Chosen     []Link
	Places     []championsAt
	Shown, All int
	Levels     []string // the columns of the grid
	Grid       []championRow
	Holes      []championHole
	Join       string
	Own        bool // the viewer stands in it
	Role, Pack Link // what the role is, and what to begin with
	CSV        string
}

// championsAt are the champions of one place.
type championsAt struct {
	Place     Link
	Champions []championCard
}

type championCard struct {
	*champion.Champion
	PlaceTitle string
	Partner    Link
	Name       string // where its owner wants it to be shown
	Reachable  bool
}

// championRow is a place in the grid.
type championRow struct {
	Place Link
	Cells []championCell
}

// championCell is how many champions of a level a place has. Small numbers are told: everybody in the register wished to be
// found, and stands on the same page.
type championCell struct {
	N          int
	URL, Level string
}

// championHole says of which places nobody of a level has come forward.
type championHole struct {
	Level  string
	Places []Link // where one could be the first
	All    bool
}

// championNames are what pages call the things that champions point to.
type championNames struct {
	places        []*member.Place
	organisations map[string]string
	partners      map[string]string // slugs
}

func (s *Site) championNames() (n championNames, err error) {
	if n.places, err = member.Places(s.app); err != nil {
		return n, err
	}
	if n.organisations, err = s.names("organisations", "name"); err != nil {
		return n, err
	}
	n.partners, err = s.names("organisations", "slug")
	return n, err
}

func (n championNames) place(id string) *member.Place {
	for _, p := range n.places {
		if p.Id == id {
			return p
		}
	}
	return &member.Place{}
}

func (s *Site) championCard(n championNames, c *champion.Champion) championCard {
	card := championCard{Champion: c, Reachable: c.Person() != ""}
	if slug := n.partners[c.Organisation()]; slug != "" {
		card.Partner = Link{n.organisations[c.Organisation()], "/partners/" + slug}
	}
	if c.ShowsName() {
		card.Name = s.nameOf(c.Person(), "")
	}
	if p := n.place(c.Place()); p.Record != nil {
		card.PlaceTitle = p.Title()
	}
	return card
}

// championFacet is a way to narrow the register.
type championFacet struct {
	name  string
	value func(n championNames, c *champion.Champion) string
	word  func(n championNames, v string) string
}

var championFacets = []championFacet{
	{"level", func(_ championNames, c *champion.Champion) string { return c.Level() }, func(_ championNames, v string) string { return champion.WordOf(champion.Levels, v) }},
	{"setting", func(_ championNames, c *champion.Champion) string { return c.Setting() }, func(_ championNames, v string) string { return champion.WordOf(champion.Settings, v) }},
	{"place", func(n championNames, c *champion.Champion) string { return n.place(c.Place()).Slug() }, func(n championNames, v string) string {
		for _, p := range n.places {
			if p.Slug() == v {
				return p.Title()
			}
		}
		return ""
	}},
}

// championQuery is what an address asks for of the register, and nothing that the register does not know.
func championQuery(e *core.RequestEvent, n championNames) url.Values {
	q := url.Values{}
	for _, f := range championFacets {
		for _, v := range e.Request.URL.Query()[f.name] {
			if f.word(n, v) != "" && !slices.Contains(q[f.name], v) {
				q[f.name] = append(q[f.name], v)
			}
		}
	}
	return q
}

// fits says whether a champion is what an address asks for.
func (n championNames) fits(c *champion.Champion, q url.Values) bool {
	for _, f := range championFacets {
		if len(q[f.name]) > 0 && !slices.Contains(q[f.name], f.value(n, c)) {
			return false
		}
	}
	return true
}

func (v *championsView) narrowBy(s *Site, n championNames, q url.Values, all []*champion.Champion) {
	for _, f := range championFacets {
		count := map[string]int{}
		for _, c := range all {
			count[f.value(n, c)]++
		}
		view := facetView{Name: f.name, Title: s.say("facet-" + f.name)}
		for value := range count {
			view.Values = append(view.Values, facetValue{Title: f.word(n, value), URL: "/champions" + toggled(q, f.name, value), Count: count[value], Chosen: slices.Contains(q[f.name], value)})
		}
		slices.SortFunc(view.Values, func(a, b facetValue) int { return strings.Compare(a.Title, b.Title) })
		for _, value := range q[f.name] {
			v.Chosen = append(v.Chosen, Link{f.word(n, value), "/champions" + toggled(q, f.name, value)})
		}
		if len(view.Values) > 0 {
			v.Facets = append(v.Facets, view)
		}
	}
}

// grid counts who there is by place and level, and names the holes.
func (v *championsView) grid(n championNames, all []*champion.Champion) {
	count := map[[2]string]int{}
	for _, c := range all {
		count[[2]string{c.Place(), c.Level()}]++
	}
	for _, l := range champion.Levels {
		v.Levels = append(v.Levels, l.Word)
		hole := championHole{Level: strings.ToLower(l.Word)}
		for _, p := range n.places {
			if count[[2]string{p.Id, l.Value}] == 0 {
				hole.Places = append(hole.Places, Link{p.Title(), "/champions/join?" + url.Values{"place": {p.Slug()}, "level": {l.Value}}.Encode()})
			}
		}
		hole.All = len(hole.Places) == len(n.places)
		if len(hole.Places) > 0 {
			v.Holes = append(v.Holes, hole)
		}
	}
	for _, p := range n.places {
		row := championRow{Place: Link{p.Title(), p.Address()}}
		for _, l := range champion.Levels {
			cell := championCell{N: count[[2]string{p.Id, l.Value}], Level: strings.ToLower(l.Word)}
			if cell.N > 0 {
				cell.URL = "/champions?" + url.Values{"place": {p.Slug()}, "level": {l.Value}}.Encode()
			}
			row.Cells = append(row.Cells, cell)
		}
		v.Grid = append(v.Grid, row)
	}
}

func (s *Site) champions(e *core.RequestEvent) error {
	n, err := s.championNames()
	if err != nil {
		return err
	}
	all, err := champion.Register(s.app)
	if err != nil {
		return err
	}
	q := championQuery(e, n)
	v := championsView{All: len(all), Join: "/champions/join", CSV: "/champions.csv"}
	if len(q) > 0 {
		v.CSV += "?" + q.Encode()
	}
	v.narrowBy(s, n, q, all)
	v.grid(n, all)
	for _, c := range all {
		v.Own = v.Own || viewer(e).SignedIn() && c.Person() == viewer(e).ID()
		if !n.fits(c, q) {
			continue
		}
		v.Shown++
		place := n.place(c.Place())
		if len(v.Places) == 0 || v.Places[len(v.Places)-1].Place.URL != place.Address() {
			v.Places = append(v.Places, championsAt{Place: Link{place.Title(), place.Address()}})
		}
		at := &v.Places[len(v.Places)-1]
		at.Champions = append(at.Champions, s.championCard(n, c))
	}
	v.Role, v.Pack = s.pageAt(e, "/templates/carers-champion-role"), s.pageAt(e, "/guidance/case-for-change")
	p := Page{Title: s.say("champions"), Description: s.say("about-champions"), Section: "/case-studies", NoIndex: len(q) > 0}
	return render(s, e, http.StatusOK, "champions", p, v, tagRegister, tagLibrary)
}

// pageAt links to a document by its address if the viewer may see it.
func (s *Site) pageAt(e *core.RequestEvent, address string) Link {
	d, err := library.At(s.app, address)
	if err != nil {
		return Link{}
	}
	return s.seenDocument(e, d.Id)
}

// championsCSV is the register as a table: what the page shows, and nothing else.
func (s *Site) championsCSV(e *core.RequestEvent) error {
	n, err := s.championNames()
	if err != nil {
		return err
	}
	all, err := champion.Register(s.app)
	if err != nil {
		return err
	}
	q := championQuery(e, n)
	rows := [][]string{{"place", "level", "setting", "role", "organisation", "name", "helps", "since", "example", "contact"}}
	for _, c := range all {
		if !n.fits(c, q) {
			continue
		}
		card, since, contact := s.championCard(n, c), "", ""
		if !c.Since().IsZero() {
			since = c.Since().Format(time.DateOnly)
		}
		if card.Reachable {
			contact = s.base(e) + c.Address()
		}
		rows = append(rows, []string{card.PlaceTitle, c.LevelWord(), c.SettingWord(), c.Role(), card.Partner.Text, card.Name, c.Helps(), since, map[bool]string{true: "example"}[c.Example()], contact})
	}
	return sendCSV(e, "champions.csv", rows)
}

// championTitle is what the page of a champion is called: the role and the place.
func championTitle(c championCard) string { return fmt.Sprintf("%s, %s", c.Role(), c.PlaceTitle) }
