package site

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/spread"

	"github.com/pocketbase/pocketbase/core"
)

// facetView is one way to narrow a list, as links that carry the whole choice.
type facetView struct {
	Name, Title string
	Values      []facetValue
	More        []facetValue // offered behind them
}

type facetValue struct {
	Title, URL string
	Count      int
	Chosen     bool
}

type caseStudiesView struct {
	Facets  []facetView
	Chosen  []Link // leads to the list without this choice
	Studies []studyCard
	All     int
	Write   bool
}

// studyFacet is a way to narrow the list of case studies: its name, what a page calls it, and what a study has.
type studyFacet struct {
	name   string
	values func(n *facetNames, c studyCard) []string
	word   func(n *facetNames, v string) string
}

// called is what a page calls a value.
func (f studyFacet) called(n *facetNames, value string) string {
	if word := f.word(n, value); word != "" {
		return word
	}
	return upperFirst(strings.ReplaceAll(value, "-", " "))
}

var studyFacets = []studyFacet{
	{"place", func(n *facetNames, c studyCard) []string { return mapped(n.placeSlugs, c.Places) }, func(n *facetNames, v string) string { return n.placeTitles[v] }},
	{"topic", func(_ *facetNames, c studyCard) []string { return c.Topics }, func(n *facetNames, v string) string { return n.topics[v] }},
	{"programme", func(n *facetNames, c studyCard) []string { return mapped(n.programmeSlugs, c.Programmes) }, func(n *facetNames, v string) string { return n.programmes[v] }},
	{"evidence", func(_ *facetNames, c studyCard) []string { return filled(c.Evidence) }, func(n *facetNames, v string) string { return n.evidence[v] }},
	{"involvement", func(_ *facetNames, c studyCard) []string { return filled(c.Involvement) }, func(_ *facetNames, v string) string { return upperFirst(v) }},
	{"stage", stagesOf, func(_ *facetNames, v string) string { return stageWords[v] }},
	{"because", whysOf, func(_ *facetNames, v string) string { return spread.Why(v).Word() }},
}

// whysOf lists why places stopped, each reason once.
func whysOf(_ *facetNames, c studyCard) []string {
	var list []string
	for _, s := range c.Stops {
		if why := string(s.For); why != "" && !slices.Contains(list, why) {
			list = append(list, why)
		}
	}
	return list
}

var stageWords = map[string]string{"doing": "Done in at least one place", "trying": "On trial somewhere", "stopped": "Did not work"}

// stagesOf lists what can be said of a practice's spread.
func stagesOf(_ *facetNames, c studyCard) []string {
	stages := map[string]bool{}
	if len(c.Stops) > 0 {
		stages["stopped"] = true
	}
	for _, p := range c.Spread.Places {
		if p.Stage != "" {
			stages[string(p.Stage)] = true
		}
	}
	var list []string
	for _, s := range []string{"doing", "trying", "stopped"} {
		if stages[s] {
			list = append(list, s)
		}
	}
	return list
}

func filled(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func mapped(names map[string]string, ids []string) []string {
	var list []string
	for _, id := range ids {
		if n := names[id]; n != "" {
			list = append(list, n)
		}
	}
	return list
}

// facetNames are the words for the values of facets.
type facetNames struct {
	at uint64 // as of which change of the lists

	placeSlugs, placeTitles, programmeSlugs, programmes, topics, audiences, organisations, kinds, evidence, facets map[string]string
}

// facetNames returns the words for facets, read again only when a list has changed.
func (s *Site) facetNames() (*facetNames, error) {
	at := s.memory.listsAt()
	if kept := s.facets.Load(); kept != nil && kept.at == at {
		return kept, nil
	}
	n, err := s.readFacetNames()
	if err != nil {
		return nil, err
	}
	n.at = at
	s.facets.Store(n)
	return n, nil
}

func (s *Site) readFacetNames() (*facetNames, error) {
	n := &facetNames{placeTitles: map[string]string{}, programmes: map[string]string{}, organisations: map[string]string{}, kinds: s.under("kind-"), evidence: s.under("evidence-"), facets: s.under("facet-")}
	var err error
	if n.placeSlugs, err = s.names("places", "slug"); err != nil {
		return nil, err
	}
	if n.programmeSlugs, err = s.names("programmes", "slug"); err != nil {
		return nil, err
	}
	for _, by := range []struct {
		collection, column string
		into               map[string]string
	}{{"places", "title", n.placeTitles}, {"programmes", "title", n.programmes}, {"organisations", "name", n.organisations}} {
		slugs, err := s.names(by.collection, "slug")
		if err != nil {
			return nil, err
		}
		titles, err := s.names(by.collection, by.column)
		if err != nil {
			return nil, err
		}
		for id, slug := range slugs {
			by.into[slug] = titles[id]
		}
	}
	if n.topics, err = library.Vocabulary(s.app, "topic"); err != nil {
		return nil, err
	}
	n.audiences, err = library.Vocabulary(s.app, "audience")
	return n, err
}

func (s *Site) caseStudies(e *core.RequestEvent) error {
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	cards, err := library.Cards(s.app, viewer(e), published(library.CaseStudy))
	if err != nil {
		return err
	}
	slices.SortStableFunc(cards, func(a, b library.Card) int { return b.Published.Compare(a.Published) })
	studies, err := s.studyCards(e, cards, places)
	if err != nil {
		return err
	}
	n, err := s.facetNames()
	if err != nil {
		return err
	}
	v := narrow(studies, e.Request.URL.Query(), n)
	v.Write = viewer(e).MayWrite(viewer(e).Library())
	p := Page{Title: s.say("good-practice"), Description: s.say("about-good-practice"), Section: "/case-studies", NoIndex: e.Request.URL.RawQuery != ""}
	return render(s, e, http.StatusOK, "case-studies", p, v, tagLibrary, tagSpread)
}

// narrow keeps the studies that have every chosen value, and offers the values that the others have. Each count is what
// the list would have with that value chosen instead.
func narrow(studies []studyCard, q url.Values, n *facetNames) caseStudiesView {
	v := caseStudiesView{All: len(studies)}
	matches := func(c studyCard, except string) bool {
		for _, f := range studyFacets {
			want := q.Get(f.name)
			if want != "" && f.name != except && !slices.Contains(f.values(n, c), want) {
				return false
			}
		}
		return true
	}
	for _, c := range studies {
		if matches(c, "") {
			v.Studies = append(v.Studies, c)
		}
	}
	for _, f := range studyFacets {
		counts := map[string]int{}
		for _, c := range studies {
			if matches(c, f.name) {
				for _, value := range f.values(n, c) {
					counts[value]++
				}
			}
		}
		view := facetView{Name: f.name, Title: n.facets[f.name]}
		for value, count := range counts {
			view.Values = append(view.Values, facetValue{Title: f.called(n, value), URL: "/case-studies" + with(q, f.name, value), Count: count, Chosen: q.Get(f.name) == value})
		}
		if want := q.Get(f.name); want != "" { // also when nothing has it
			v.Chosen = append(v.Chosen, Link{f.called(n, want), "/case-studies" + with(q, f.name, "")})
		}
		slices.SortFunc(view.Values, func(a, b facetValue) int {
			if a.Count != b.Count {
				return b.Count - a.Count
			}
			return strings.Compare(a.Title, b.Title)
		})
		if len(view.Values) > 0 {
			v.Facets = append(v.Facets, view)
		}
	}
	return v
}

// with is a query with one value set, or taken out when it is "".
func with(q url.Values, name, value string) string {
	next := url.Values{}
	for k, vs := range q {
		if k != "page" && k != "why" && len(vs) > 0 && vs[0] != "" {
			next[k] = vs
		}
	}
	next.Del(name)
	if value != "" {
		next.Set(name, value)
	}
	if len(next) == 0 {
		return ""
	}
	return "?" + next.Encode()
}

type caseStudyView struct {
	Head         headView
	ID           string
	Organisation Link
	Places       []Link
	Elsewhere    string // where it was, when that is none of them
	Programmes   []Link
	Evidence     string
	Challenge    []pointView
	Action       []pointView
	Results      []resultView
	Detailed     bool // the results say more than the first screen shows
	TriedStopped string
	Spread       spread.Summary
	ledgerView
	Adopt       string
	Talk        *talkView
	Outline     []Link
	Body        template.HTML
	Cautions    []library.Caution
	Involvement string
	Partners    []Link
	Related     []Link
	Kept        keptView
	Carried     carriedView
}

// resultView is one bullet of the result with how far it can be trusted.
type resultView struct {
	pointView
	Kind    string
	Details string
	Source  string
	Caution string
}

func (s *Site) caseStudy(e *core.RequestEvent) error {
	d, source, err := s.openDocument(e, library.CaseStudy, "", e.Request.PathValue("slug"))
	if err != nil {
		return answered(err)
	}
	if source {
		return s.sendSource(e, d)
	}
	v, err := s.caseStudyView(e, d)
	if err != nil {
		return err
	}
	p := Page{
		Title: d.Title(), Description: d.Summary(), Section: "/case-studies", Within: []Link{{"good-practice", "/case-studies"}},
		Lang: v.Head.Lang, Dir: v.Head.Dir, Scripts: append(v.Talk.scripts(), quoteScript), NoIndex: d.State() != library.Published,
	}
	return render(s, e, http.StatusOK, "case-study", p, v, v.Kept.Said.shownTags(append(v.Talk.tags(), tagLibrary, "document:"+d.Id)...)...)
}

func (s *Site) caseStudyView(e *core.RequestEvent, d *library.Document) (caseStudyView, error) {
	now := time.Now()
	m := d.Meta()
	v := caseStudyView{
		Head: s.headOf(e, d, now), ID: d.Id, Evidence: s.say("evidence-" + d.Evidence()), TriedStopped: d.GetString("tried_stopped"),
		Cautions: m.Cautions, Involvement: d.GetString("involvement_grade"), Kept: s.keptOf(e, d, now),
		Adopt: d.Address() + "/adopt", Elsewhere: m.Elsewhere,
	}
	r, err := d.Rendered()
	if err != nil {
		return v, err
	}
	said := v.Kept.Said
	v.Challenge, v.Action = said.points("challenge", r.Challenge), said.points("action", r.Action)
	v.Results = resultsOf(said.points("result", r.Result), library.Items(d.GetString("result")), m.Results)
	v.Detailed = len(v.Results) > 4 || slices.ContainsFunc(v.Results, func(r resultView) bool { return r.Details != "" })
	if v.Body, err = s.bodyFor(viewer(e), r.Body, nil, d.Address()); err != nil {
		return v, err
	}
	v.Body = v.Kept.Said.put(v.Body)
	if v.Carried, err = s.carried(e, d, v.Body); err != nil {
		return v, err
	}
	if err := s.whoAndWhere(d, &v); err != nil {
		return v, err
	}
	if err := s.spreadOf(e, d, &v); err != nil {
		return v, err
	}
	if v.Talk, err = s.talkOn(e, d); err != nil {
		return v, err
	}
	if v.Related, err = s.related(e, m.Related); err != nil {
		return v, err
	}
	v.Outline = v.contents(s, r.Outline)
	return v, nil
}

// whoAndWhere links a case study to the pages of those it speaks of.
func (s *Site) whoAndWhere(d *library.Document, v *caseStudyView) (err error) {
	if v.Organisation, err = s.partnerLink(d.OrganisationID()); err != nil {
		return err
	}
	if v.Partners, err = s.partnersNamed(d.Meta().Partners); err != nil {
		return err
	}
	if v.Places, err = s.linksTo("places", d.Places()); err != nil {
		return err
	}
	v.Programmes, err = s.linksTo("programmes", d.Programmes())
	return err
}

func safe(items []string) []template.HTML {
	list := make([]template.HTML, len(items))
	for i, h := range items {
		list[i] = template.HTML(h)
	}
	return list
}

// resultsOf joins the bullets' HTML with what is known about each.
func resultsOf(points []pointView, bullets []string, rows []library.Result) []resultView {
	byText := map[string]library.Result{}
	for _, r := range rows {
		byText[r.Text] = r
	}
	list := make([]resultView, len(points))
	for i, p := range points {
		list[i].pointView = p
		if i >= len(bullets) {
			continue
		}
		r := byText[bullets[i]]
		list[i].Kind, list[i].Caution, list[i].Source = r.Kind, r.Caution, r.Source
		var details []string
		for _, part := range []library.Loose{r.Base, r.Place, r.Period} {
			if part != "" {
				details = append(details, string(part))
			}
		}
		list[i].Details = strings.Join(details, ", ")
	}
	return list
}

// related turns keys of documents into links to those that the viewer may see.
func (s *Site) related(e *core.RequestEvent, keys []string) ([]Link, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	list := make([]any, len(keys))
	for i, k := range keys {
		list[i] = k
	}
	cards, err := library.Cards(s.app, viewer(e), inColumn("key", list))
	if err != nil {
		return nil, err
	}
	var links []Link
	for _, c := range cards {
		if c.State == library.Published {
			links = append(links, Link{c.Title, c.Address()})
		}
	}
	return links, nil
}

// contents lists what stands on the page below the first screen.
func (v *caseStudyView) contents(s *Site, outline []markdown.Heading) []Link {
	var links []Link
	for _, h := range outline {
		if h.Level == 2 {
			links = append(links, Link{h.Text, "#" + h.ID})
		}
	}
	if v.Detailed {
		links = append(links, Link{s.say("results-each"), "#results"})
	}
	if len(v.Cautions) > 0 {
		links = append(links, Link{s.say("cautions"), "#cautions"})
	}
	if len(v.Story) > 0 {
		links = append(links, Link{s.say("story"), "#story"})
	}
	if v.All > 0 {
		links = append(links, Link{s.say("place-by-place"), "#ledger"})
	}
	if len(v.Kept.Sources) > 0 {
		links = append(links, Link{s.say("sources"), "#sources"})
	}
	return links
}
