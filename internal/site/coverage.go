package site

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/spread"

	"github.com/pocketbase/pocketbase/core"
)

// coverageView is the grid of what is done where.
type coverageView struct {
	What        string // what its rows are
	Says        string // what the words mean
	Kinds       []facetValue
	Partners    []facetValue // partnerships
	Topics      []facetValue
	Partnership string
	Places      []Link
	Rows        []spread.Row
	Holes       []coverageHole
	Empty       string
	CSV         string
}

// coverageHole is a row with the places that have said nothing, each with a way to ask who could.
type coverageHole struct {
	Title, URL string
	Places     []Link
}

// coverageKind is what the rows can be, with its words: Ask is how a discussion about a gap begins, after the place.
type coverageKind struct{ Of, Title, What, Says, Empty, Ask string }

var coverageKinds = []coverageKind{
	{"practices", "Good practice", "Practice", "What each place says of the case studies that others do too. “Not said” is no “no”: nobody there has told us.",
		"No place has said yet that it does what a case study tells of.", "does anybody there do this, or want to?"},
	{"passports", "Working carers passports", "Partner", "How many passports each partner says it has agreed. Fewer than five are not told.",
		"No partner works in these places yet.", "how many working carers passports are there?"},
	{"answers", "Answers in the handbook", "Question", "Which questions of the handbook each place answers.", "", "who knows the answer?"},
	{"markers", "Quality markers", "Marker", "Which quality markers each place says it meets.", "No place has shared a self-check yet.", "who could meet this marker?"},
}

// coverageOf is what somebody asks for: the grid's kind and its places.
type coverageOf struct {
	of, partnership, topic string
	places                 []*member.Place
	partnerships           []string
}

func (s *Site) coverageAsked(e *core.RequestEvent) (coverageOf, error) {
	q := e.Request.URL.Query()
	asked := coverageOf{of: q.Get("of"), partnership: q.Get("partnership"), topic: q.Get("topic")}
	if !slices.ContainsFunc(coverageKinds, func(k coverageKind) bool { return k.Of == asked.of }) {
		asked.of = "practices"
	}
	all, err := member.Places(s.app)
	sizes := map[string]int{}
	for _, p := range all {
		if sizes[p.Partnership()] == 0 {
			asked.partnerships = append(asked.partnerships, p.Partnership())
		}
		sizes[p.Partnership()]++
	}
	if !slices.ContainsFunc(asked.partnerships, func(title string) bool { return partnershipSlug(title) == asked.partnership }) {
		most := 0
		for _, title := range asked.partnerships {
			if sizes[title] > most {
				most, asked.partnership = sizes[title], partnershipSlug(title)
			}
		}
	}
	for _, p := range all {
		if partnershipSlug(p.Partnership()) == asked.partnership {
			asked.places = append(asked.places, p)
		}
	}
	return asked, err
}

// address is the grid with one choice changed.
func (c coverageOf) address(page, name, value string) string {
	q := url.Values{}
	for k, v := range map[string]string{"of": c.of, "partnership": c.partnership, "topic": c.topic} {
		if v != "" {
			q.Set(k, v)
		}
	}
	q.Del(name)
	if name == "of" {
		q.Del("topic")
	}
	if value != "" {
		q.Set(name, value)
	}
	return page + "?" + q.Encode()
}

func (s *Site) coverage(e *core.RequestEvent) error {
	asked, err := s.coverageAsked(e)
	if err != nil {
		return err
	}
	v := coverageView{CSV: asked.address("/coverage.csv", "", "")}
	ask := ""
	for _, k := range coverageKinds {
		v.Kinds = append(v.Kinds, facetValue{Title: k.Title, URL: asked.address("/coverage", "of", k.Of), Chosen: k.Of == asked.of})
		if k.Of == asked.of {
			v.What, v.Says, v.Empty, ask = k.What, k.Says, k.Empty, k.Ask
		}
	}
	for _, title := range asked.partnerships {
		slug := partnershipSlug(title)
		title = cmp.Or(title, "Other places")
		v.Partners = append(v.Partners, facetValue{Title: title, URL: asked.address("/coverage", "partnership", slug), Chosen: slug == asked.partnership})
		if slug == asked.partnership {
			v.Partnership = title
		}
	}
	for _, p := range asked.places {
		v.Places = append(v.Places, Link{p.Title(), p.Address()})
	}
	var topics []facetValue
	if v.Rows, topics, err = s.coverageRows(e, asked); err != nil {
		return err
	}
	v.Topics = topics
	v.Holes = holesOf(v.Rows, asked.places, ask)
	p := Page{Title: s.say("coverage"), Description: s.say("about-coverage"), Section: "/case-studies",
		Within: []Link{{"good-practice", "/case-studies"}}, NoIndex: e.Request.URL.RawQuery != ""}
	return render(s, e, http.StatusOK, "coverage", p, v, tagLibrary, tagSpread, tagChecks)
}

// holesOf names what nobody has said of, row by row.
func holesOf(rows []spread.Row, places []*member.Place, ask string) []coverageHole {
	var holes []coverageHole
	for _, r := range rows {
		hole := coverageHole{Title: r.Title, URL: r.URL}
		for i, c := range r.Cells {
			if !c.Hole {
				continue
			}
			q := url.Values{"title": {clip(places[i].Title()+": "+ask+" "+r.Title, 200)}}
			if r.Document != "" {
				q.Set("document", r.Document)
			}
			hole.Places = append(hole.Places, Link{places[i].Title(), "/discussions/new?" + q.Encode()})
		}
		if len(hole.Places) > 0 {
			holes = append(holes, hole)
		}
	}
	return holes
}

func (s *Site) coverageRows(e *core.RequestEvent, asked coverageOf) (rows []spread.Row, topics []facetValue, err error) {
	switch asked.of {
	case "passports":
		partners, err := member.Partners(s.app)
		if err != nil {
			return nil, nil, err
		}
		rows, err = spread.PassportRows(s.app, partners, asked.places)
		return rows, nil, err
	case "answers":
		rows, err = s.answerRows(asked.places, time.Now())
		return rows, nil, err
	case "markers":
		rows, err = s.markerRows(e, asked.places)
		return rows, nil, err
	}
	return s.practiceRows(e, asked)
}

// practiceRows are the case studies that places do, those that most do first, and the topics that they can be narrowed to.
func (s *Site) practiceRows(e *core.RequestEvent, asked coverageOf) ([]spread.Row, []facetValue, error) {
	cards, err := library.Cards(s.app, viewer(e), published(library.CaseStudy))
	if err != nil {
		return nil, nil, err
	}
	studies := make([]spread.Study, len(cards))
	topicsOf := map[string][]string{}
	for i, c := range cards {
		studies[i] = spread.Study{ID: c.ID, Title: c.Title, URL: c.Address(), Home: c.Places, Example: c.Evidence == "illustrative"}
		topicsOf[c.ID] = c.Topics
	}
	rows, err := spread.Practices(s.app, viewer(e), studies, asked.places)
	if err != nil {
		return nil, nil, err
	}
	n, err := s.facetNames()
	if err != nil {
		return nil, nil, err
	}
	topics := coverageTopics(rows, topicsOf, asked, n)
	if asked.topic != "" {
		rows = slices.DeleteFunc(rows, func(r spread.Row) bool { return !slices.Contains(topicsOf[r.Document], asked.topic) })
	}
	slices.SortStableFunc(rows, func(a, b spread.Row) int {
		return cmp.Or(b.Doing()-a.Doing(), strings.Compare(a.Title, b.Title))
	})
	return rows, topics, nil
}

func coverageTopics(rows []spread.Row, topicsOf map[string][]string, asked coverageOf, n *facetNames) []facetValue {
	counts := map[string]int{}
	for _, r := range rows {
		for _, t := range topicsOf[r.Document] {
			counts[t]++
		}
	}
	if len(counts) == 0 {
		return nil
	}
	topics := []facetValue{{Title: "All topics", URL: asked.address("/coverage", "topic", ""), Count: len(rows), Chosen: asked.topic == ""}}
	for t, count := range counts {
		title := n.topics[t]
		if title == "" {
			title = upperFirst(strings.ReplaceAll(t, "-", " "))
		}
		topics = append(topics, facetValue{Title: title, URL: asked.address("/coverage", "topic", t), Count: count, Chosen: asked.topic == t})
	}
	slices.SortFunc(topics[1:], func(a, b facetValue) int { return strings.Compare(a.Title, b.Title) })
	return topics
}

// answerRows are the questions of the handbook, and which places answer them.
func (s *Site) answerRows(places []*member.Place, now time.Time) ([]spread.Row, error) {
	rows := make([]spread.Row, 0, len(answersOnPage)+1)
	for _, key := range answersOnPage {
		rows = append(rows, spread.Row{Title: s.question(key), URL: "/handbook", Cells: make([]spread.Cell, len(places))})
	}
	hospitals := spread.Row{Title: s.question("hospital"), URL: "/handbook", Cells: make([]spread.Cell, len(places))}
	for i, p := range places {
		answers, err := member.LocalAnswers(s.app, p.Id)
		if err != nil {
			return nil, err
		}
		for j, key := range answersOnPage {
			rows[j].Cells[i] = answerCell(answers[key], p.Address()+"#local-"+key, now)
		}
		here, err := member.Hospitals(s.app, p.Id)
		if err != nil {
			return nil, err
		}
		hospitals.Cells[i] = spread.Cell{Word: "Not answered", Hole: true}
		if len(here) > 0 {
			hospitals.Cells[i] = spread.Cell{Word: counted(len(here), "hospital", "hospitals"), URL: p.Address() + "#hospitals", Stage: string(spread.Doing)}
		}
	}
	return append(rows, hospitals), nil
}

func answerCell(a *member.LocalAnswer, address string, now time.Time) spread.Cell {
	switch {
	case a == nil:
		return spread.Cell{Word: "Not answered", Hole: true}
	case a.Missing():
		return spread.Cell{Word: "None found", URL: address, Stage: string(spread.Looking), Hole: true}
	case a.Checked(now):
		return spread.Cell{Word: "Answered", URL: address, Stage: string(spread.Doing)}
	}
	return spread.Cell{Word: "To be checked", URL: address, Stage: string(spread.Trying)}
}

// coverageCSV is the grid as a table: what the page shows, and nothing else.
func (s *Site) coverageCSV(e *core.RequestEvent) error {
	asked, err := s.coverageAsked(e)
	if err != nil {
		return err
	}
	rows, _, err := s.coverageRows(e, asked)
	if err != nil {
		return err
	}
	head := []string{"what"}
	for _, p := range asked.places {
		head = append(head, p.Title())
	}
	table := [][]string{append(head, "address")}
	for _, r := range rows {
		line := []string{r.Title}
		for _, c := range r.Cells {
			line = append(line, c.Word)
		}
		table = append(table, append(line, s.base(e)+r.URL))
	}
	return sendCSV(e, "coverage.csv", table)
}

// question is what a local answer answers, in English, as answers are.
func (s *Site) question(key string) string { return s.tongues.english.english["ask-"+key] }
