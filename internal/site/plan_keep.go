package site

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/plan"

	"github.com/pocketbase/pocketbase/core"
)

// planKeepView is the page from which a plan is kept: all that can be done for each of its rows.
type planKeepView struct {
	Plan  Link
	Keep  string // where its forms are
	Saved bool
	Goals []keptGoal
	Said  []plan.Update
}

type keptGoal struct {
	plan.Goal
	Word     string
	Open     bool
	Measures []keptMeasure
	Actions  []keptAction
}

type keptMeasure struct {
	plan.Measure
	Says   string
	NoData bool
	Last   []plan.Reading // the newest first
}

type keptAction struct {
	plan.Action
	Word string
	Open bool
}

// mostCorrected is how many of a measure's readings the page offers to correct: the newest.
const mostCorrected = 6

// openPlan finds the plan of the address for those who may keep it.
func (s *Site) openPlan(e *core.RequestEvent) (*library.Document, error) {
	d, _, err := s.openDocument(e, library.ActionPlan, "", e.Request.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	if !d.Editable(viewer(e)) {
		return nil, e.ForbiddenError("Only those who write this plan may do that.", nil)
	}
	return d, nil
}

func keepAddress(d *library.Document) string { return d.Address() + "/keep" }

func (s *Site) planKeep(e *core.RequestEvent) error {
	d, err := s.openPlan(e)
	if err != nil {
		return answered(err)
	}
	goals, err := plan.Load(s.app, d.Id)
	if err != nil {
		return err
	}
	v := planKeepView{Plan: Link{d.Title(), d.Address()}, Keep: keepAddress(d), Saved: e.Request.URL.Query().Has("saved")}
	if v.Said, err = plan.Updates(s.app, d.Id); err != nil {
		return err
	}
	now := time.Now()
	for _, g := range goals {
		v.Goals = append(v.Goals, keptGoalOf(g, now))
	}
	p := Page{Title: "Keep “" + d.Title() + "”", Section: "/plans", Crumbs: []Link{{"Plans", "/plans"}, v.Plan}, NoIndex: true}
	return render(s, e, http.StatusOK, "plan-keep", p, v)
}

func keptGoalOf(g plan.Goal, now time.Time) keptGoal {
	k := keptGoal{Goal: g, Word: g.Status.Word(), Open: g.Status != plan.Done && g.Status != plan.Dropped}
	for _, m := range g.Measures {
		last := slices.Clone(m.Readings)
		slices.Reverse(last)
		k.Measures = append(k.Measures, keptMeasure{m, m.Sentence(now), m.NoData(now), last[:min(len(last), mostCorrected)]})
	}
	for _, a := range g.Actions {
		k.Actions = append(k.Actions, keptAction{a, a.Word(now), a.Status != plan.Done && a.Status != plan.Dropped})
	}
	return k
}

// kept is one form about a row of a plan, being filled in.
type kept struct {
	act    string
	form   keepForm
	plan   *library.Document
	row    *core.Record // as it is; a new one for a form that adds
	parent string
	unit   string // of a number that is asked for
	about  string // what the row, or what it hangs from, is called
	anchor string
	typed  url.Values
	apart  map[string]any
	errors fieldErrors
}

// planKeepFormView is one small form.
type planKeepFormView struct {
	Plan, Back   Link
	Post         string
	About        string
	Heading      string
	Lead, Button string
	Version      string
	Fields       []formField
	Meanwhile    []elseWrote
	Errors       fieldErrors
}

// elseWrote is an answer that somebody else changed while the form was open.
type elseWrote struct{ Label, Says string }

// openKeeping finds the form of the address and the row that it is about.
func (s *Site) openKeeping(e *core.RequestEvent) (*kept, error) {
	d, err := s.openPlan(e)
	if err != nil {
		return nil, err
	}
	k := &kept{act: e.Request.PathValue("act"), plan: d, apart: map[string]any{}, anchor: "goals"}
	form, ok := keepForms[k.act]
	if !ok {
		return nil, notFound(e)
	}
	k.form = form
	if err := s.rowOf(k, e.Request.PathValue("id")); err != nil {
		return nil, found(e, err)
	}
	if form.fits != nil && !form.fits(k.row) {
		return nil, notFound(e)
	}
	return k, nil
}

func (s *Site) rowOf(k *kept, id string) error {
	of := k.form.collection
	if k.form.under != "" {
		of = k.form.under
	}
	var about *core.Record
	var err error
	if of == "documents" {
		about, k.parent = k.plan.Record, k.plan.Id
		if id != "" {
			return sql.ErrNoRows
		}
	} else if about, err = plan.Row(s.app, k.plan.Id, of, id); err != nil {
		return err
	}
	k.about, k.row = about.GetString("title"), about
	if k.form.under != "" {
		c, err := s.app.FindCachedCollectionByNameOrId(k.form.collection)
		if err != nil {
			return err
		}
		k.parent, k.row = about.Id, core.NewRecord(c)
	}
	return s.placeOf(k, about)
}

// placeOf says where on the page a row stands, and in what its numbers are counted.
func (s *Site) placeOf(k *kept, r *core.Record) error {
	var err error
	for {
		switch r.Collection().Name {
		case "readings":
			r, err = s.app.FindRecordById("measures", r.GetString("measure"))
			if err == nil {
				k.about = r.GetString("title")
			}
		case "measures", "actions":
			k.unit = r.GetString("unit")
			r, err = s.app.FindRecordById("goals", r.GetString("goal"))
		case "goals":
			k.anchor = "goal-" + r.GetString("key")
			return nil
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *Site) planKeepForm(e *core.RequestEvent) error {
	k, err := s.openKeeping(e)
	if err != nil {
		return answered(err)
	}
	return s.showKeeping(e, http.StatusOK, k, nil)
}

func (k *kept) post(e *core.RequestEvent) string {
	return strings.TrimSuffix(keepAddress(k.plan)+"/"+k.act+"/"+e.Request.PathValue("id"), "/")
}

func (s *Site) showKeeping(e *core.RequestEvent, status int, k *kept, other []elseWrote) error {
	v := planKeepFormView{
		Plan: Link{k.plan.Title(), k.plan.Address()}, Back: Link{"Back without saving", keepAddress(k.plan) + "#" + k.anchor}, Post: k.post(e),
		Lead: k.form.lead, Button: k.form.button, Errors: k.errors, Meanwhile: other, Version: plan.NewKey(),
	}
	if k.about != k.plan.Title() {
		v.About = k.about
	}
	if !k.row.IsNew() {
		v.Version = plan.Version(k.row, k.fields())
	} else if typed := k.typed.Get("version"); typed != "" {
		v.Version = typed
	}
	for _, f := range k.form.ask {
		view := formField{ID: f.id, Label: f.label, Hint: f.hint, Kind: f.view(), Error: k.errors.For(f.id), Choices: slices.Clone(f.choices)}
		if f.kind == "number" && k.unit != "" {
			view.Hint = strings.TrimSpace(view.Hint + " Counted in " + k.unit + ".")
		}
		var err error
		if view.Value, err = s.begins(e, k, f); err != nil {
			return err
		}
		if k.typed != nil {
			view.Value = k.typed.Get(f.id)
		}
		for i, c := range view.Choices {
			view.Choices[i].Chosen = c.Value == view.Value
		}
		v.Fields = append(v.Fields, view)
	}
	v.Heading = k.form.title
	p := Page{Title: k.form.title + ": " + k.about, Section: "/plans", Crumbs: []Link{{"Plans", "/plans"}, v.Plan, {"Keep this plan", keepAddress(k.plan)}}, NoIndex: true}
	return render(s, e, status, "plan-keep-form", p, v)
}

// view is how a question is shown.
func (f keepField) view() string {
	switch f.kind {
	case "text", "case-study", "action-plan":
		return "text"
	case "radios":
		return "radios"
	}
	return "line"
}

// begins is what stands in a field before anybody typed.
func (s *Site) begins(e *core.RequestEvent, k *kept, f keepField) (string, error) {
	switch {
	case f.begins != nil && (f.apart || k.row.GetString(f.id) == "" || f.kind == "radios"):
		return f.begins(k.row), nil
	case f.apart:
		return "", nil
	case f.kind == "role" && k.row.IsNew():
		return viewer(e).User().GetString("role_title"), nil
	case f.kind == "number":
		if k.row.IsNew() {
			return "", nil
		}
		return exactly(k.row.GetFloat(f.id)), nil
	case f.kind == "day":
		if t := k.row.GetDateTime(f.id); !t.IsZero() {
			return day(t.Time()), nil
		}
		return "", nil
	case f.kind == "strategy":
		return s.strategyAddress(e, k.row.GetString(f.id))
	case f.kind == "case-study", f.kind == "action-plan":
		return s.addressesOf(e, keysOf(k.row, f.id))
	}
	return k.row.GetString(f.id), nil
}

// fields are those of the row that the form changes.
func (k *kept) fields() []string {
	var fields []string
	for f := range k.form.set {
		fields = append(fields, f)
	}
	for _, f := range k.form.ask {
		switch {
		case !f.apart:
			fields = append(fields, f.id)
		case strings.HasPrefix(f.id, "target_"):
			fields = append(fields, "target")
		case strings.HasPrefix(f.id, "baseline_"):
			fields = append(fields, "baseline")
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

func (s *Site) planKeepSave(e *core.RequestEvent) error {
	k, err := s.openKeeping(e)
	if err != nil {
		return answered(err)
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("", err)
	}
	k.typed = e.Request.PostForm
	change, err := s.readKeeping(e, k)
	if err != nil {
		return err
	}
	if len(k.errors) > 0 {
		return s.showKeeping(e, http.StatusUnprocessableEntity, k, nil)
	}
	_, err = change.Save(s.app)
	switch {
	case errors.Is(err, plan.ErrMeanwhile):
		return s.showMeanwhile(e, k)
	case errors.Is(err, sql.ErrNoRows):
		return notFound(e)
	}
	if k.errors = faultsOf(err); k.errors != nil {
		return s.showKeeping(e, http.StatusUnprocessableEntity, k, nil)
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, keepAddress(k.plan)+"?saved#"+k.anchor)
}

// readKeeping reads what was typed.
func (s *Site) readKeeping(e *core.RequestEvent, k *kept) (plan.Change, error) {
	c := plan.Change{Document: k.plan.Id, Collection: k.form.collection, Actor: viewer(e).ID(), ByRole: viewer(e).User().GetString("role_title"), Set: map[string]any{}}
	if k.row.IsNew() {
		c.Parent, c.Key = k.parent, rowKey(k.typed.Get("version"))
	} else {
		c.ID, c.Version = k.row.Id, k.typed.Get("version")
	}
	for f, value := range k.form.set {
		c.Set[f] = value
	}
	for _, f := range k.form.ask {
		typed := strings.TrimSpace(k.typed.Get(f.id))
		if typed == "" && f.need != "" {
			k.errors = append(k.errors, fieldError{f.id, f.need})
			continue
		}
		value, err := s.readAnswer(e, k, f, typed)
		switch {
		case err != nil:
			k.errors = append(k.errors, fieldError{f.id, faultOf(err)})
		case f.id == "why" && f.apart:
			c.Reason = typed
		case f.apart:
			k.apart[f.id] = value
		default:
			c.Set[f.id] = value
		}
	}
	if k.form.extra != nil {
		k.form.extra(k, c.Set)
	}
	if on, ok := c.Set["on"].(time.Time); ok { // people also write a month there
		c.Set["on"] = on.Format(time.DateOnly)
	}
	return c, nil
}

// rowKey is what the form for a new row carries, if it is what this page gave out.
func rowKey(typed string) string {
	if len(typed) != len(plan.NewKey()) || strings.Trim(typed, "abcdefghijkmnpqrstuvwxyz23456789") != "" {
		return ""
	}
	return typed
}

func (s *Site) readAnswer(e *core.RequestEvent, k *kept, f keepField, typed string) (any, error) {
	switch f.kind {
	case "day":
		on, ok := readDay(typed)
		if !ok {
			return nil, plan.Fault("Write the day such as 31 March 2027.")
		}
		if on.IsZero() {
			return "", nil
		}
		return on, nil
	case "number":
		if typed == "" {
			return nil, nil
		}
		unit := k.unit
		if f.apart && k.row.IsNew() {
			unit = k.typed.Get("unit")
		}
		return plan.ReadValue(typed, unit)
	case "address":
		if u, err := url.Parse(typed); typed != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
			return nil, plan.Fault("Write an address that begins with https://.")
		}
	case "radios":
		if typed != "" && !slices.ContainsFunc(f.choices, func(c Choice) bool { return c.Value == typed }) {
			return nil, plan.Fault("Choose one of these.")
		}
	case "strategy":
		return s.readStrategy(e, typed, k.row.GetString(f.id))
	case "case-study", "action-plan":
		return s.readAddresses(e, library.Kind(f.kind), typed, keysOf(k.row, f.id))
	}
	return typed, nil
}

// showMeanwhile shows the form again, with what somebody else wrote meanwhile beside what was typed.
func (s *Site) showMeanwhile(e *core.RequestEvent, k *kept) error {
	fresh, err := s.openKeeping(e)
	if err != nil {
		return answered(err)
	}
	fresh.typed = k.typed
	var other []elseWrote
	for _, f := range fresh.form.ask {
		says, err := s.begins(e, fresh, f)
		if err != nil {
			return err
		}
		if f.id == "why" && f.apart || strings.TrimSpace(k.typed.Get(f.id)) == says {
			continue
		}
		for _, c := range f.choices {
			if c.Value == says {
				says = c.Title
			}
		}
		other = append(other, elseWrote{f.label, says})
	}
	fresh.errors = fieldErrors{{fresh.form.first(), "Somebody else changed this while you were writing. Both are here: look at theirs, and save what is right."}}
	return s.showKeeping(e, http.StatusUnprocessableEntity, fresh, other)
}

func (f keepForm) first() string {
	if len(f.ask) == 0 {
		return ""
	}
	return f.ask[0].id
}

func keysOf(r *core.Record, field string) []string {
	var keys []string
	if r.GetString(field) == "" || r.UnmarshalJSONField(field, &keys) != nil {
		return nil
	}
	return keys
}

// addressesOf are the addresses of documents by key, one a line, of those that the viewer may see.
func (s *Site) addressesOf(e *core.RequestEvent, keys []string) (string, error) {
	var lines []string
	for _, key := range keys {
		if d, err := library.ByKey(s.app, key); err == nil && d.Viewable(viewer(e)) {
			lines = append(lines, d.Address())
		} else if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return "", err
		}
	}
	return strings.Join(lines, "\n"), nil
}

// readAddresses turns addresses into keys. What was there and the viewer may not see stays.
func (s *Site) readAddresses(e *core.RequestEvent, kind library.Kind, typed string, was []string) ([]string, error) {
	var keys []string
	for line := range strings.Lines(typed) {
		address := strings.TrimSpace(line)
		if address == "" {
			continue
		}
		d, err := s.documentNamed(e, address)
		if err != nil || d.DocKind() != kind {
			return nil, plan.Fault(fmt.Sprintf("There is no %s at %s.", map[library.Kind]string{library.CaseStudy: "case study", library.ActionPlan: "plan"}[kind], address))
		}
		if !slices.Contains(keys, d.Key()) {
			keys = append(keys, d.Key())
		}
	}
	for _, key := range was {
		if d, err := library.ByKey(s.app, key); !slices.Contains(keys, key) && (err != nil || !d.Viewable(viewer(e))) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func (s *Site) documentNamed(e *core.RequestEvent, address string) (*library.Document, error) {
	id := s.documentAt(e, address)
	if id == "" {
		return nil, sql.ErrNoRows
	}
	return library.ByID(s.app, id)
}

// strategyAddress turns "key#anchor" into the address of a line of a page, "" where the viewer may not see that.
func (s *Site) strategyAddress(e *core.RequestEvent, strategy string) (string, error) {
	key, anchor, _ := strings.Cut(strategy, "#")
	if key == "" {
		return "", nil
	}
	d, err := library.ByKey(s.app, key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil || !d.Viewable(viewer(e)) {
		return "", err
	}
	return strings.TrimSuffix(d.Address()+"#"+anchor, "#"), nil
}

func (s *Site) readStrategy(e *core.RequestEvent, typed, was string) (string, error) {
	if typed == "" {
		if address, err := s.strategyAddress(e, was); err != nil || address == "" && was != "" {
			return was, err
		}
		return "", nil
	}
	address, anchor, _ := strings.Cut(typed, "#")
	d, err := s.documentNamed(e, address)
	if err != nil {
		return "", plan.Fault("There is no page here at " + address + ".")
	}
	return strings.TrimSuffix(d.Key()+"#"+anchor, "#"), nil
}
