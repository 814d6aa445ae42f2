package site

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"commonplace/internal/check"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// selfCheckFormView is a template as a form whose answers are kept.
type selfCheckFormView struct {
	Heading, Action, Back string
	Template              Link
	Summary, As           string
	Base, Key             string // Key is that of a new one
	Groups                []selfCheckAsk
	Places                []Choice
	About                 string
	Private               int // questions that are answered on paper
	Draft, New            bool
	Conflicts             []selfCheckConflict
	Errors                fieldErrors
}

// selfCheckAsk is a marker with all that belongs to it, or a question.
type selfCheckAsk struct {
	Name      string // of a marker
	Questions []selfCheckQuestion
}

type selfCheckQuestion struct {
	check.Question
	ID, Value, Error string
	Rows             int
	Choices          []Choice
	Others           []otherAnswer // how others answered it
}

// otherAnswer is what somebody else said to a question, as an example.
type otherAnswer struct {
	Said []string
	By   Link
}

// selfCheckConflict is a question that somebody else answered meanwhile.
type selfCheckConflict struct{ Label, Field, Theirs string }

// askID is the name of a question's field, which is no name of any other.
func askID(key string) string { return "a-" + key }

// selfCheckToWrite finds the check of the address /self-checks/{id}/edit, or begins a new one of a template.
func (s *Site) selfCheckToWrite(e *core.RequestEvent) (*check.Check, *check.Template, error) {
	if id := e.Request.PathValue("id"); id != "" {
		c, t, err := s.selfCheckOf(e, id)
		if err == nil && !c.Editable(viewer(e)) {
			return nil, nil, e.ForbiddenError("You may not change what another organisation found.", nil)
		}
		return c, t, err
	}
	d, err := library.Find(s.app, library.Template, "", e.Request.URL.Query().Get("template"))
	if err != nil {
		return nil, nil, found(e, err)
	}
	if !d.Viewable(viewer(e)) || d.State() != library.Published {
		return nil, nil, notFound(e)
	}
	t, err := check.TemplateOf(s.app, d.Id)
	if err != nil {
		return nil, nil, err
	}
	if t == nil {
		return nil, nil, notFound(e)
	}
	if !viewer(e).MayPost(d.Space()) {
		return nil, nil, e.ForbiddenError("You may not fill this in here.", nil)
	}
	c, err := check.New(s.app, d.Id)
	return c, t, err
}

func (s *Site) selfCheckForm(e *core.RequestEvent) error {
	c, t, err := s.selfCheckToWrite(e)
	if err != nil {
		return err
	}
	f := url.Values{"place": {c.Place()}, "base": {strconv.Itoa(c.Version())}}
	for key, said := range c.Answers() {
		f.Set(askID(key), said)
	}
	if c.IsNew() {
		f.Set("client_key", newKey())
		f.Set("place", viewer(e).User().GetString("place"))
		f.Set("about", e.Request.URL.Query().Get("about"))
	} else if about := s.seenDocument(e, c.About()); about.URL != "" {
		f.Set("about", strings.TrimSuffix(about.URL+"#"+c.AboutPart(), "#"))
	}
	return s.showSelfCheckForm(e, http.StatusOK, c, t, f, nil, nil)
}

func (s *Site) showSelfCheckForm(e *core.RequestEvent, status int, c *check.Check, t *check.Template, f url.Values, conflicts []check.Conflict, faults fieldErrors) error {
	v := selfCheckFormView{
		Heading: t.Title, Action: newSelfCheck(t.Slug), Template: Link{t.Title, t.Address()}, Base: f.Get("base"), Key: f.Get("client_key"), About: f.Get("about"), Private: t.Private,
		New: e.Request.PathValue("id") == "", Draft: true, Errors: faults,
	}
	if !v.New {
		v.Action, v.Back = c.Address()+"/edit", c.Address()
		v.Draft = check.Wrap(c.Original()).State() == check.Draft
	}
	for _, k := range conflicts {
		q, _ := t.Question(k.Key)
		v.Conflicts = append(v.Conflicts, selfCheckConflict{q.Label, askID(k.Key), orElse(k.Theirs, "nothing")})
	}
	var err error
	if v.Places, err = s.placeChoices(f.Get("place")); err != nil {
		return err
	}
	others, err := s.othersOf(e, c, t)
	if err != nil {
		return err
	}
	for _, g := range t.Groups() {
		ask := selfCheckAsk{}
		if g.Marker() {
			ask.Name, g.Label = g.Name(), g.Rest()
		}
		for _, q := range append([]check.Question{g.Question}, g.With...) {
			ask.Questions = append(ask.Questions, questionAs(q, f, faults, others[q.Key]))
		}
		v.Groups = append(v.Groups, ask)
	}
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return err
	}
	v.As = strings.Trim(viewer(e).User().GetString("role_title")+", "+organisations[viewer(e).Organisation()], ", ")
	title := "Filling in: " + v.Heading
	if e.Request.PathValue("id") != "" {
		title = "Changing: " + v.Heading
	}
	p := Page{Title: title, Section: "/case-studies", Crumbs: []Link{{"Self-checks", "/self-checks"}}, NoIndex: true}
	return render(s, e, status, "self-check-form", p, v)
}

func questionAs(q check.Question, f url.Values, faults fieldErrors, others []otherAnswer) selfCheckQuestion {
	ask := selfCheckQuestion{Question: q, ID: askID(q.Key), Value: f.Get(askID(q.Key)), Error: faults.For(askID(q.Key)), Others: others}
	if q.Kind == "long" {
		ask.Rows = 4
	}
	for _, c := range q.Choices {
		ask.Choices = append(ask.Choices, Choice{Value: c, Title: c, Chosen: c == ask.Value})
	}
	return ask
}

// othersShown is how many answers of others stand beside a question.
const othersShown = 2

// othersOf are the answers that others shared to the questions in which one writes more than a line, as examples.
func (s *Site) othersOf(e *core.RequestEvent, c *check.Check, t *check.Template) (map[string][]otherAnswer, error) {
	list, err := check.List(s.app, viewer(e), dbx.HashExp{"assessments.document": t.ID, "assessments.state": check.Shared, "assessments.hidden": false})
	if err != nil {
		return nil, err
	}
	by := map[string][]otherAnswer{}
	for _, other := range list {
		if other.Id == c.Id {
			continue
		}
		answers := other.Answers()
		for _, q := range t.Questions {
			if said := answers[q.Key]; q.Kind == "long" && said != "" && len(by[q.Key]) < othersShown {
				by[q.Key] = append(by[q.Key], otherAnswer{lines(said), Link{other.Title(), other.Address()}})
			}
		}
	}
	return by, nil
}

// selfCheckSave keeps a check as a draft or for everybody who reads its template, or takes it back, or throws a draft away.
func (s *Site) selfCheckSave(e *core.RequestEvent) error {
	c, t, err := s.selfCheckToWrite(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form cannot be read.", err)
	}
	f := e.Request.PostForm
	if f.Get("do") == "throw" {
		return s.throwSelfCheck(e, c)
	}
	w, faults := s.selfCheckWriting(e, c, t, f)
	var conflicts []check.Conflict
	if len(faults) == 0 {
		conflicts, err = w.Save(s.app, viewer(e), c)
		if err == nil && len(conflicts) == 0 {
			return e.Redirect(http.StatusSeeOther, c.Address()+"?saved")
		}
		if err != nil {
			if faults = faultsOf(err); faults == nil {
				return err
			}
			asAsked(t, faults)
		}
	}
	if len(conflicts) > 0 {
		f.Set("base", strconv.Itoa(c.Version()))
		for key, said := range c.Answers() { // what the others said, where one has said nothing else
			if !slices.ContainsFunc(conflicts, func(k check.Conflict) bool { return k.Key == key }) && f.Get(askID(key)) == c.AtVersion(w.Base)[key] {
				f.Set(askID(key), said)
			}
		}
		faults = fieldErrors{{askID(conflicts[0].Key), "Somebody else has answered some of this meanwhile. Look at both, then save again."}}
	}
	return s.showSelfCheckForm(e, http.StatusUnprocessableEntity, c, t, f, conflicts, faults)
}

// asAsked names the fields of faults as the form does.
func asAsked(t *check.Template, faults fieldErrors) {
	for i := range faults {
		if _, asked := t.Question(faults[i].Field); asked {
			faults[i].Field = askID(faults[i].Field)
		}
	}
}

// selfCheckWriting reads the form. Of questions that are private nothing is read.
func (s *Site) selfCheckWriting(e *core.RequestEvent, c *check.Check, t *check.Template, f url.Values) (w check.Writing, faults fieldErrors) {
	w = check.Writing{Answers: check.Answers{}, ClientKey: f.Get("client_key")}
	w.Base, _ = strconv.Atoi(f.Get("base"))
	switch f.Get("do") {
	case "share":
		w.State = check.Shared
	case "draft":
		w.State = check.Draft
	}
	for _, q := range t.Questions {
		w.Answers[q.Key] = strings.TrimSpace(strings.ReplaceAll(f.Get(askID(q.Key)), "\r\n", "\n"))
	}
	if id := f.Get("place"); id != "" {
		if p, err := s.app.FindRecordById("places", id); err == nil {
			w.Place = p.Id
		} else if p, err := member.PlaceBySlug(s.app, id); err == nil {
			w.Place = p.Id
		} else {
			faults = append(faults, fieldError{"place", "Choose a place from the list."})
		}
	}
	about := strings.TrimSpace(f.Get("about"))
	if w.KeepsAbout = about == "" && c.About() != "" && s.seenDocument(e, c.About()).URL == ""; about != "" {
		address, part, _ := strings.Cut(about, "#")
		if w.About, w.AboutPart = s.documentAt(e, address), part; w.About == "" {
			faults = append(faults, fieldError{"about", "There is no page at " + about + " that you can see."})
		}
	}
	return w, faults
}

func (s *Site) throwSelfCheck(e *core.RequestEvent, c *check.Check) error {
	if c.IsNew() || c.State() != check.Draft {
		return e.BadRequestError("Only a draft can be thrown away. Take back what is shared first.", nil)
	}
	journal.By(c.Record, viewer(e).ID())
	if err := s.app.Delete(c.Record); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/self-checks")
}
