package site

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/check"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// selfChecksView lists what was filled in and kept, by template.
type selfChecksView struct {
	Facets     []facetView
	Chosen     []Link
	Groups     []selfCheckGroup
	Shown, All int
}

// selfCheckGroup are the checks of one template.
type selfCheckGroup struct {
	Template      Link
	Kind, Summary string
	New           string
	Checks        []selfCheckCard
}

type selfCheckCard struct {
	*check.Check
	PlaceTitle, PlaceSlug string
	Partner               string
	Standing              check.Standing
}

// checkNames are what pages call the things that checks point to.
type checkNames struct {
	places        []*member.Place
	organisations map[string]string
	templates     map[string]*check.Template
	app           core.App
}

func (s *Site) checkNames() (n *checkNames, err error) {
	n = &checkNames{app: s.app, templates: map[string]*check.Template{}}
	if n.places, err = member.Places(s.app); err != nil {
		return n, err
	}
	n.organisations, err = s.names("organisations", "name")
	return n, err
}

// template is read once; one that was made into another kind since has no questions.
func (n *checkNames) template(document string) *check.Template {
	t, known := n.templates[document]
	if !known {
		t, _ = check.TemplateOf(n.app, document)
		n.templates[document] = t
	}
	if t == nil {
		return &check.Template{ID: document}
	}
	return t
}

func (n *checkNames) place(id string) (title, slug string) {
	for _, p := range n.places {
		if p.Id == id {
			return p.Title(), p.Slug()
		}
	}
	return "", ""
}

func (n *checkNames) card(c *check.Check) selfCheckCard {
	card := selfCheckCard{Check: c, Partner: n.organisations[c.Organisation()], Standing: n.template(c.Document()).Stands(c.Answers())}
	card.PlaceTitle, card.PlaceSlug = n.place(c.Place())
	return card
}

// keepable are the published templates that can be filled in and kept here, and that the viewer may see.
func (s *Site) keepable(e *core.RequestEvent) ([]library.Card, error) {
	kinds := make([]string, len(check.Kinds))
	for i, k := range check.Kinds {
		kinds[i] = "'" + k.Kind + "'"
	}
	return library.Cards(s.app, viewer(e), dbx.And(dbx.HashExp{"kind": string(library.Template), "state": library.Published},
		dbx.NewExp("json_extract([[meta]], '$.template_kind') IN ("+strings.Join(kinds, ", ")+")")))
}

// selfCheckQuery is what an address asks for of the list: templates and places by their slugs.
func selfCheckQuery(e *core.RequestEvent) url.Values {
	q := url.Values{}
	for _, name := range []string{"template", "place"} {
		for _, v := range e.Request.URL.Query()[name] {
			if !slices.Contains(q[name], v) && v != "" {
				q[name] = append(q[name], v)
			}
		}
	}
	return q
}

// narrowBy offers the templates and the places of the checks to choose from.
func (v *selfChecksView) narrowBy(s *Site, q url.Values, cards []selfCheckCard, n *checkNames) {
	for _, f := range []struct {
		name string
		of   func(c selfCheckCard) (slug, title string)
	}{
		{"template", func(c selfCheckCard) (string, string) {
			t := n.template(c.Document())
			return t.Slug, t.Title
		}},
		{"place", func(c selfCheckCard) (string, string) { return c.PlaceSlug, c.PlaceTitle }},
	} {
		count, titles := map[string]int{}, map[string]string{}
		for _, c := range cards {
			slug, title := f.of(c)
			count[slug], titles[slug] = count[slug]+1, title
		}
		view := facetView{Name: f.name, Title: s.say("facet-" + f.name)}
		for slug, title := range titles {
			if slug != "" {
				view.Values = append(view.Values, facetValue{Title: title, URL: "/self-checks" + toggled(q, f.name, slug), Count: count[slug], Chosen: slices.Contains(q[f.name], slug)})
			}
		}
		slices.SortFunc(view.Values, func(a, b facetValue) int { return strings.Compare(a.Title, b.Title) })
		for _, slug := range q[f.name] {
			v.Chosen = append(v.Chosen, Link{cmp.Or(titles[slug], slug), "/self-checks" + toggled(q, f.name, slug)})
		}
		if len(view.Values) > 0 {
			v.Facets = append(v.Facets, view)
		}
	}
}

func (s *Site) selfChecks(e *core.RequestEvent) error {
	n, err := s.checkNames()
	if err != nil {
		return err
	}
	all, err := check.List(s.app, viewer(e), dbx.HashExp{"assessments.hidden": false})
	if err != nil {
		return err
	}
	templates, err := s.keepable(e)
	if err != nil {
		return err
	}
	cards := make([]selfCheckCard, len(all))
	for i, c := range all {
		cards[i] = n.card(c)
	}
	q := selfCheckQuery(e)
	v := selfChecksView{All: len(all)}
	v.narrowBy(s, q, cards, n)
	for _, t := range templates {
		if len(q["template"]) > 0 && !slices.Contains(q["template"], t.Slug) {
			continue
		}
		g := selfCheckGroup{Template: Link{t.Title, t.Address()}, Kind: check.WordOf(n.template(t.ID).Kind), Summary: t.Summary, New: newSelfCheck(t.Slug)}
		for _, c := range cards {
			if c.Document() == t.ID && (len(q["place"]) == 0 || slices.Contains(q["place"], c.PlaceSlug)) {
				g.Checks = append(g.Checks, c)
				v.Shown++
			}
		}
		v.Groups = append(v.Groups, g)
	}
	p := Page{Title: s.say("self-checks"), Description: s.say("about-self-checks"), Section: "/case-studies", NoIndex: len(q) > 0}
	return render(s, e, http.StatusOK, "self-checks", p, v, tagChecks, tagLibrary)
}

// newSelfCheck is where a template is filled in to be kept.
func newSelfCheck(slug string) string {
	return "/self-checks/new?" + url.Values{"template": {slug}}.Encode()
}

// selfCheckView is one check as it is now, and how it came to be so.
type selfCheckView struct {
	selfCheckCard
	Template    Link
	Kind        string
	ByOf        string // who says it: role, organisation
	Rows        []selfCheckRow
	Standing    check.Standing
	Versions    []selfCheckVersion
	About       Link
	Edit, CSV   string
	Report      string
	Saved, Ours bool
	New         string
}

// selfCheckRow is a question with its answer, or a marker with how far it is and what belongs to it.
type selfCheckRow struct {
	Name   string
	Marker bool
	Step   string // such as "2 of 3"
	Said   []string
	With   []selfCheckAnswer
	Short  []selfCheckAnswer // of questions without a marker that are answered in a line, together
	Meets  []Link            // practice that meets a marker below the top
	More   string
	None   bool // there is none here yet
}

type selfCheckAnswer struct {
	Label string
	Said  []string
}

// selfCheckVersion says what became different with a version.
type selfCheckVersion struct {
	Version int
	On      time.Time
	ByRole  string
	Changes []selfCheckChange
}

type selfCheckChange struct{ Name, Was, Is string }

// selfCheckOf finds the check of an id, if the viewer may see it.
func (s *Site) selfCheckOf(e *core.RequestEvent, id string) (*check.Check, *check.Template, error) {
	c, err := check.ByID(s.app, id)
	if err != nil {
		return nil, nil, found(e, err)
	}
	if !c.Viewable(viewer(e)) {
		return nil, nil, notFound(e)
	}
	t, err := check.TemplateOf(s.app, c.Document())
	if err == nil && t == nil {
		t = &check.Template{}
	}
	return c, t, err
}

func (s *Site) selfCheck(e *core.RequestEvent) error {
	id, table := strings.CutSuffix(e.Request.PathValue("id"), ".csv")
	c, t, err := s.selfCheckOf(e, id)
	if err != nil {
		return err
	}
	if table {
		return s.sendSelfCheck(e, c, t)
	}
	n, err := s.checkNames()
	if err != nil {
		return err
	}
	v := selfCheckView{
		selfCheckCard: n.card(c), Template: s.seenDocument(e, c.Document()), Kind: check.WordOf(t.Kind), Standing: t.Stands(c.Answers()), About: s.seenDocument(e, c.About()),
		CSV: c.Address() + ".csv", Saved: e.Request.URL.Query().Has("saved"), Ours: c.Editable(viewer(e)), New: newSelfCheck(t.Slug),
	}
	v.ByOf = strings.Trim(c.ByRole()+", "+v.Partner, ", ")
	if v.About.URL != "" && c.AboutPart() != "" {
		v.About.URL += "#" + c.AboutPart()
	}
	if v.Ours {
		v.Edit = c.Address() + "/edit"
	}
	if c.State() == check.Shared && !c.Hidden() {
		v.Report = reportAddress("check:" + c.Id)
	}
	v.Versions = versionsOf(c, t)
	if v.Rows, err = s.rowsOfCheck(e, c, t); err != nil {
		return err
	}
	p := Page{Title: c.Title(), Description: v.Kind + ": " + t.Title, Section: "/case-studies", Within: []Link{{"self-checks", "/self-checks"}}, NoIndex: c.State() != check.Shared}
	return render(s, e, http.StatusOK, "self-check", p, v, tagChecks, tagLibrary)
}

// rowsOfCheck are the questions in the order of the template. What is left open stands there, too: a gap is a finding.
func (s *Site) rowsOfCheck(e *core.RequestEvent, c *check.Check, t *check.Template) (rows []selfCheckRow, err error) {
	answers := c.Answers()
	for _, g := range t.Groups() {
		said := saidIn(g.Question, answers)
		if !g.Marker() && g.Kind != "long" {
			if len(rows) == 0 || rows[len(rows)-1].Short == nil {
				rows = append(rows, selfCheckRow{})
			}
			last := &rows[len(rows)-1]
			last.Short = append(last.Short, selfCheckAnswer{g.Label, said})
			continue
		}
		row := selfCheckRow{Name: g.Label, Marker: g.Marker(), Said: said}
		if g.Marker() {
			row.Name, row.Step, row.Said = g.Name(), stepWord(g, answers[g.Key]), nil
			if _, word, ok := strings.Cut(answers[g.Key], ": "); ok {
				row.Said = []string{word}
			}
		}
		for _, q := range g.With {
			if said := saidIn(q, answers); len(said) > 0 {
				row.With = append(row.With, selfCheckAnswer{withoutNumber(q.Label), said})
			}
		}
		rows = append(rows, row)
	}
	return rows, s.putPractice(e, c, t, rows)
}

// saidIn is an answer in lines; a day is written out.
func saidIn(q check.Question, answers check.Answers) []string {
	if at, err := time.Parse(time.DateOnly, answers[q.Key]); err == nil && q.Kind == "date" {
		return []string{day(at)}
	}
	return lines(answers[q.Key])
}

// stepWord says how far a marker is.
func stepWord(g check.Group, answer string) string {
	if step, said := g.Step(answer); said {
		return fmt.Sprintf("%d of %d", step, g.Top())
	}
	return "Not said"
}

// withoutNumber takes off the number with which forms begin their questions: "3. Evidence" stands below its marker.
func withoutNumber(label string) string {
	number, rest, ok := strings.Cut(label, ". ")
	if _, err := strconv.Atoi(number); ok && err == nil {
		return rest
	}
	return label
}

// versionsOf tells what changed with each version, the newest first.
func versionsOf(c *check.Check, t *check.Template) []selfCheckVersion {
	history := c.History()
	list := []selfCheckVersion{{Version: c.Version(), On: c.On(), ByRole: c.ByRole()}}
	for i, change := range slices.Backward(history) {
		now, last := c.AtVersion(change.Version+1), &list[len(list)-1]
		for _, q := range t.Questions {
			if was, changed := change.Was[q.Key]; changed {
				last.Changes = append(last.Changes, selfCheckChange{q.Label, cmp.Or(was, "nothing"), cmp.Or(now[q.Key], "nothing")})
			}
		}
		on, _ := time.Parse(time.DateOnly, history[i].On)
		list = append(list, selfCheckVersion{Version: change.Version, On: on, ByRole: change.ByRole})
	}
	return list
}

// studiesShown is how much practice is shown beside a marker.
const studiesShown = 3

// putPractice adds practice to each marker below the top: case studies about one of its topics, first those that are about
// most of them and of what the template is about.
func (s *Site) putPractice(e *core.RequestEvent, c *check.Check, t *check.Template, rows []selfCheckRow) error {
	unmet := t.Stands(c.Answers()).Unmet
	if len(unmet) == 0 {
		return nil
	}
	studies, err := library.Cards(s.app, viewer(e), dbx.HashExp{"kind": string(library.CaseStudy), "state": library.Published})
	if err != nil {
		return err
	}
	d, err := library.ByID(s.app, c.Document())
	if err != nil {
		return err
	}
	for _, g := range unmet {
		row := &rows[slices.IndexFunc(rows, func(r selfCheckRow) bool { return r.Marker && r.Name == g.Name() })]
		meets := slices.DeleteFunc(slices.Clone(studies), func(card library.Card) bool { return shared(card.Topics, g.Topics) == 0 })
		rank := func(card library.Card) int { return 10*shared(card.Topics, g.Topics) + shared(card.Topics, d.Topics()) }
		slices.SortStableFunc(meets, func(a, b library.Card) int { return cmp.Compare(rank(b), rank(a)) })
		for _, card := range meets[:min(len(meets), studiesShown)] {
			row.Meets = append(row.Meets, Link{card.Title, card.Address()})
		}
		if row.None = len(meets) == 0; len(meets) > studiesShown {
			row.More = "/case-studies?" + url.Values{"topic": g.Topics}.Encode()
		}
	}
	return nil
}

// shared is how many of one list are in the other.
func shared(one, other []string) (n int) {
	for _, x := range one {
		if slices.Contains(other, x) {
			n++
		}
	}
	return n
}

// sendSelfCheck is a check as a table: one row for each question.
func (s *Site) sendSelfCheck(e *core.RequestEvent, c *check.Check, t *check.Template) error {
	n, err := s.checkNames()
	if err != nil {
		return err
	}
	card, answers := n.card(c), c.Answers()
	rows := [][]string{{"check", "template", "place", "organisation", "state", "version", "date", "role", "key", "question", "step", "top", "answer"}}
	for _, q := range t.Questions {
		step, top := "", ""
		if g := (check.Group{Question: q}); g.Marker() {
			top = strconv.Itoa(g.Top())
			if n, said := g.Step(answers[q.Key]); said {
				step = strconv.Itoa(n)
			}
		}
		rows = append(rows, []string{c.Title(), t.Title, card.PlaceTitle, card.Partner, c.State(), strconv.Itoa(c.Version()), c.On().Format(time.DateOnly), c.ByRole(), q.Key, q.Label, step, top, answers[q.Key]})
	}
	return sendCSV(e, "self-check.csv", rows)
}

// checksAbout are the shared checks that were kept with a document.
func (s *Site) checksAbout(e *core.RequestEvent, d *library.Document) ([]selfCheckCard, error) {
	list, err := check.AboutDocument(s.app, viewer(e), d.Id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	n, err := s.checkNames()
	cards := make([]selfCheckCard, len(list))
	for i, c := range list {
		cards[i] = n.card(c)
	}
	return cards, err
}

// impactCheckOf is where one checks what a plan means for carers, "" where there is no template for it.
func (s *Site) impactCheckOf(e *core.RequestEvent, d *library.Document) string {
	templates, err := s.keepable(e)
	if err != nil {
		return ""
	}
	for _, card := range templates {
		if t, err := check.TemplateOf(s.app, card.ID); err == nil && t != nil && t.Kind == check.Impact {
			return newSelfCheck(card.Slug) + "&" + url.Values{"about": {d.Address()}}.Encode()
		}
	}
	return ""
}

// wordsOfCheck fills in what a check says, for those who moderate.
func (s *Site) wordsOfCheck(t *thread.Thing, v *thingView) error {
	c := check.Wrap(t.Record)
	v.Title, v.URL = c.Title(), c.Address()
	template, err := check.TemplateOf(s.app, c.Document())
	if err != nil || template == nil {
		return err
	}
	answers := c.Answers()
	for _, q := range template.Questions {
		if said := answers[q.Key]; said != "" {
			v.Lines = append(v.Lines, q.Label+": "+said)
		}
	}
	return nil
}
