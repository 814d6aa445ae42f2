package site

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// managed is how the records of a collection are made and changed on forms. Partners, places, programmes and groups
// differ in their fields only.
type managed struct {
	collection  string
	word        string // of their addresses
	one, many   string // in a sentence
	name        string // the field that holds the name
	fields      []managedField
	mayBeMerged bool
}

// managedField is one field of the form. Its kind says how it is asked for and kept.
type managedField struct{ id, label, hint, kind string }

// yesOrNo says whether the field holds a yes or a no, and is asked for with two choices.
func (f managedField) yesOrNo() bool { return f.kind == "tick" || f.kind == "its-time" }

const (
	roleHint     = "A role or a team, not a name of a person."
	addressHint  = "Leave it empty to take the name. When you change it, the old address goes on leading here."
	formerlyHint = "One a line. Search finds them. A name that you change is added by itself."
)

// The four of them.
var (
	managedPartners = managed{collection: "organisations", word: "partners", one: "partner", many: "Partners", name: "name", mayBeMerged: true, fields: []managedField{
		{"name", "Name", "", "line"}, {"slug", "Address, after /partners/", addressHint, "line"}, {"kind", "Kind", "", "partner-kind"},
		{"summary", "What it is", "One to three sentences.", "text"}, {"places", "Places", "", "places"},
		{"website", "Website", "Beginning with https://.", "line"}, {"contact_role", "Who to ask", roleHint, "line"},
		{"contact_note", "More about asking", "Such as the days on which somebody is there.", "line"}, {"mailbox", "Shared mailbox", "", "line"},
		{"source_page", "Where this comes from", "The page that says what you wrote above.", "line"}, {"formerly", "Earlier names", formerlyHint, "lines"},
	}}
	managedPlaces = managed{collection: "places", word: "places", one: "place", many: "Places", name: "title", fields: []managedField{
		{"title", "Name", "Where people say they live.", "line"}, {"slug", "Address, after /places/", addressHint, "line"}, {"summary", "What it is", "", "text"},
		{"partnership", "Partnership", "Who works together here. Places of one partnership stand together.", "line"},
		{"councils", "Councils", "One a line: the name, then the address of its page for carers. They have the legal duties.", "councils"},
		{"council_page", "The page to open first", "Of the council to ask. Beginning with https://.", "line"},
		{"nhs_area", "NHS area", "The NHS board that plans health services. Its borders may change.", "line"}, {"note", "To know", "", "text"},
		{"position", "Order in lists", "A whole number.", "line"}, {"contact_role", "Who to ask", roleHint, "line"}, {"mailbox", "Shared mailbox", "", "line"},
		{"formerly", "Earlier names", formerlyHint, "lines"},
	}}
	managedProgrammes = managed{collection: "programmes", word: "programmes", one: "programme", many: "Programmes", name: "title", fields: []managedField{
		{"title", "Name", "", "line"}, {"slug", "Address, after /programmes/", addressHint, "line"}, {"summary", "What it is", "", "text"},
		{"organisation", "Led by", "", "partner"}, {"contact_role", "Who to ask", roleHint, "line"}, {"mailbox", "Shared mailbox", "", "line"},
		{"formerly", "Earlier names", formerlyHint, "lines"},
	}}
	managedGroups = managed{collection: "groups", word: "groups", one: "board or forum", many: "Boards and forums", name: "title", fields: []managedField{
		{"title", "Name", "", "line"}, {"slug", "Address, after /groups/", addressHint, "line"}, {"kind", "Kind", "", "group-kind"},
		{"summary", "What it is", "", "text"}, {"organisation", "A group of", "", "partner"}, {"places", "Places", "", "places"},
		{"programmes", "Programmes", "", "programmes"}, {"contact_role", "Who to ask", roleHint, "line"}, {"mailbox", "Shared mailbox", "", "line"},
		{"source_page", "Where this comes from", "The page that says what you wrote above.", "line"},
		{"example", "Is it real?", "", "tick"}, {"formerly", "Earlier names", formerlyHint, "lines"},
	}}
)

// crumbs lead back from the forms: administrators by the administration, leads by the public list.
func (m managed) crumbs(e *core.RequestEvent, more ...Link) []Link {
	way := []Link{{m.many, "/" + m.word}}
	if viewer(e).Is(member.RoleAdministrator) {
		way = slices.Concat(manageCrumbs, []Link{{m.many, "/manage/" + m.word}})
	}
	return append(way, more...)
}

// leads lets programme leads and administrators in; for others these pages are not there.
func leads(e *core.RequestEvent) error {
	if !member.MayManage(viewer(e), "groups") {
		return notFound(e)
	}
	return e.Next()
}

// manages lets only those in who may manage a collection; for others these pages are not there.
func manages(collection string, f func(*core.RequestEvent) error) func(*core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		if !member.MayManage(viewer(e), collection) {
			return notFound(e)
		}
		return f(e)
	}
}

type managedListView struct {
	Word, One, Many, Query string
	Records                []managedCard
	Total                  int
	Merge                  bool
}

type managedCard struct {
	ID, Title, Page string
	NeedsOwner      bool
	Decisions       string
}

// managedList lists the records of a collection for those who keep them.
func (s *Site) managedList(m managed) func(*core.RequestEvent) error {
	return manages(m.collection, func(e *core.RequestEvent) error {
		v := managedListView{Word: m.word, One: m.one, Many: m.many, Query: strings.TrimSpace(e.Request.URL.Query().Get("q")), Merge: m.mayBeMerged}
		var records []*core.Record
		if err := s.app.RecordQuery(m.collection).OrderBy("[[" + m.name + "]] COLLATE NOCASE").All(&records); err != nil {
			return err
		}
		v.Total = len(records)
		for _, r := range records {
			n := &member.Named{}
			n.SetProxyRecord(r)
			if strings.Contains(strings.ToLower(n.Title()), strings.ToLower(v.Query)) {
				v.Records = append(v.Records, managedCard{ID: r.Id, Title: n.Title(), Page: n.Address(), NeedsOwner: n.ContactRole() == ""})
			}
		}
		crumbs := m.crumbs(e)
		return render(s, e, http.StatusOK, "manage-list", Page{Title: "Manage " + strings.ToLower(m.many), Crumbs: crumbs[:len(crumbs)-1], NoIndex: true}, v)
	})
}

// formField is a field of a form as its template shows it.
type formField struct {
	ID, Label, Hint, Kind, Value, Error string // Kind is line, text, select, radios or boxes
	Choices                             []Choice
}

type managedView struct {
	ID, Word, One, Title, Page string
	Fields                     []formField
	Errors                     fieldErrors
	Uses                       string
	Merge                      bool
	Delete                     bool
	Decisions                  []decisionView
	Group                      bool
}

// managedRecord finds the record of the address; a new one when the address names none.
func (s *Site) managedRecord(e *core.RequestEvent, m managed) (*core.Record, error) {
	id := e.Request.PathValue("id")
	if id != "" {
		r, err := s.app.FindRecordById(m.collection, id)
		if err != nil {
			return nil, found(e, err)
		}
		return r, nil
	}
	c, err := s.app.FindCachedCollectionByNameOrId(m.collection)
	if err != nil {
		return nil, err
	}
	return core.NewRecord(c), nil
}

func (s *Site) managedForm(m managed) func(*core.RequestEvent) error {
	return manages(m.collection, func(e *core.RequestEvent) error {
		r, err := s.managedRecord(e, m)
		if err != nil {
			return err
		}
		return s.showManaged(e, http.StatusOK, m, r, nil, nil)
	})
}

// showManaged shows the form of a record: as it is stored, or as it was typed when the form comes back.
func (s *Site) showManaged(e *core.RequestEvent, status int, m managed, r *core.Record, typed url.Values, faults fieldErrors) error {
	v := managedView{Word: m.word, One: m.one, Errors: faults, Group: m.collection == "groups"}
	title := "New " + m.one
	if !r.IsNew() {
		v.Title = r.Original().GetString(m.name)
		title = "Change the " + m.one + " " + v.Title
		v.ID, v.Page = r.Id, "/"+m.word+"/"+r.Original().GetString("slug")
		v.Merge, v.Delete = m.mayBeMerged, viewer(e).Is(member.RoleAdministrator)
		uses, err := member.Uses(s.app, r)
		if err != nil {
			return err
		}
		v.Uses = member.SayUses(uses)
		if v.Group {
			if v.Decisions, err = s.decisionsOf(e, r.Id); err != nil {
				return err
			}
		}
	}
	var err error
	if v.Fields, err = s.formFields(m.fields, r, typed, faults); err != nil {
		return err
	}
	return render(s, e, status, "manage-form", Page{Title: title, Crumbs: m.crumbs(e), NoIndex: true}, v)
}

// formFields fills in the fields of a form.
func (s *Site) formFields(fields []managedField, r *core.Record, typed url.Values, faults fieldErrors) ([]formField, error) {
	var list []formField
	for _, f := range fields {
		view := formField{ID: f.id, Label: f.label, Hint: f.hint, Kind: "line", Value: storedText(r, f), Error: faults.For(f.id)}
		chosen := r.GetStringSlice(f.id)
		if typed != nil {
			view.Value, chosen = typed.Get(f.id), typed[f.id]
		}
		var err error
		switch f.kind {
		case "text", "lines", "councils":
			view.Kind = "text"
		case "partner-kind", "group-kind", "tick", "its-time", "partner", "places", "programmes":
			view.Kind = map[string]string{"partner": "select", "places": "boxes", "programmes": "boxes"}[f.kind]
			view.Choices, err = s.choicesOf(f.kind)
			if f.yesOrNo() && typed == nil {
				chosen = []string{view.Value}
			}
		}
		if err != nil {
			return nil, err
		}
		if view.Choices != nil && view.Kind == "" {
			view.Kind = "radios"
		}
		for i, c := range view.Choices {
			view.Choices[i].Chosen = slices.Contains(chosen, c.Value)
		}
		list = append(list, view)
	}
	return list, nil
}

// choicesOf lists what there is to choose for a kind of field.
func (s *Site) choicesOf(kind string) ([]Choice, error) {
	var list []Choice
	switch kind {
	case "partner-kind":
		for _, k := range member.PartnerKinds {
			list = append(list, Choice{Value: k.Kind, Title: k.One})
		}
	case "group-kind":
		for _, k := range member.GroupKinds {
			list = append(list, Choice{Value: k.Kind, Title: k.Word})
		}
	case "tick":
		list = []Choice{{Value: "no", Title: "Real"}, {Value: "yes", Title: "An example, made up", Hint: "Every page says so beside it."}}
	case "its-time":
		list = []Choice{{Value: "no", Title: "No, it is a number of today", Hint: "After its last day every page warns of it."},
			{Value: "yes", Title: "Yes, it is a number of its time", Hint: "It is there to compare. Every page says of when it is, and does not warn of it."}}
	case "partner":
		partners, err := member.Partners(s.app)
		for _, p := range partners {
			list = append(list, Choice{Value: p.Id, Title: p.Title()})
		}
		return list, err
	case "places":
		places, err := member.Places(s.app)
		for _, p := range places {
			list = append(list, Choice{Value: p.Id, Title: p.Title()})
		}
		return list, err
	case "programmes":
		programmes, err := member.Programmes(s.app)
		for _, p := range programmes {
			list = append(list, Choice{Value: p.Id, Title: p.Title()})
		}
		return list, err
	}
	return list, nil
}

// storedText is what a record holds, as somebody would type it.
func storedText(r *core.Record, f managedField) string {
	switch f.kind {
	case "tick", "its-time":
		return map[bool]string{true: "yes", false: "no"}[r.GetBool(f.id)]
	case "lines":
		var lines []string
		if r.UnmarshalJSONField(f.id, &lines) != nil {
			return ""
		}
		return strings.Join(lines, "\n")
	case "councils":
		p := &member.Place{}
		p.SetProxyRecord(r)
		var lines []string
		for _, c := range p.Councils() {
			lines = append(lines, strings.TrimSpace(c.Title+" "+c.URL))
		}
		return strings.Join(lines, "\n")
	case "day":
		if t := r.GetDateTime(f.id); !t.IsZero() {
			return t.Time().Format(time.DateOnly)
		}
		return ""
	}
	return r.GetString(f.id)
}

// readForm puts what was typed into a record, and nothing that the form does not ask for.
func readForm(fields []managedField, r *core.Record, form url.Values) fieldErrors {
	var faults fieldErrors
	for _, f := range fields {
		typed := strings.TrimSpace(form.Get(f.id))
		switch f.kind {
		case "places", "programmes":
			r.Set(f.id, form[f.id])
		case "tick", "its-time":
			r.Set(f.id, typed == "yes")
		case "lines":
			raw, err := json.Marshal(strings.FieldsFunc(typed, func(r rune) bool { return r == '\n' || r == '\r' }))
			if err == nil {
				r.Set(f.id, string(raw))
			}
		case "councils":
			councils, ok := readCouncils(typed)
			if !ok {
				faults = append(faults, fieldError{f.id, "Give each council a line: its name, then the address of its page, beginning with https://."})
				continue
			}
			r.Set(f.id, councils)
		case "day":
			day, ok := readDay(typed)
			if !ok {
				faults = append(faults, fieldError{f.id, "Write the day such as 31 March 2026, or leave it empty."})
				continue
			}
			r.Set(f.id, day)
		default:
			if _, err := strconv.Atoi(typed); f.id == "position" && typed != "" && err != nil {
				faults = append(faults, fieldError{f.id, "Write a whole number, or leave it empty."})
				continue
			}
			r.Set(f.id, typed)
		}
	}
	return faults
}

// readCouncils reads a council a line, and says whether each has a name and the address of a page.
func readCouncils(typed string) ([]member.Council, bool) {
	list := []member.Council{}
	for line := range strings.Lines(typed) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		last := words[len(words)-1]
		if u, err := url.Parse(last); err != nil || len(words) < 2 || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return nil, false
		}
		title := strings.Join(words[:len(words)-1], " ")
		list = append(list, member.Council{Slug: markdown.Slug(title), Title: title, URL: last})
	}
	return list, true
}

// readDay reads a day in the ways in which people write one; nothing is the zero day.
func readDay(typed string) (time.Time, bool) {
	if typed == "" {
		return time.Time{}, true
	}
	for _, layout := range []string{time.DateOnly, "2 January 2006", "2 Jan 2006", "2/1/2006"} {
		if t, err := time.Parse(layout, typed); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// plainer says in our words what the store says in its own.
var plainer = map[string]string{
	"Cannot be blank.": "Fill this in.", "Value must be unique.": "Another one stands at that address already.",
	"Invalid value format.": "Use small letters, digits and hyphens, such as carers-leeds.",
}

// faultsInOrder sorts the faults of a save by the fields of the form.
func faultsInOrder(fields []managedField, faults fieldErrors) fieldErrors {
	at := func(id string) int { return slices.IndexFunc(fields, func(f managedField) bool { return f.id == id }) }
	for i, f := range faults {
		if p := plainer[f.Sentence]; p != "" {
			faults[i].Sentence = p
		}
	}
	slices.SortStableFunc(faults, func(a, b fieldError) int { return at(a.Field) - at(b.Field) })
	return faults
}

// managedSave makes or changes a record.
func (s *Site) managedSave(m managed) func(*core.RequestEvent) error {
	return manages(m.collection, func(e *core.RequestEvent) error {
		r, err := s.managedRecord(e, m)
		if err != nil {
			return err
		}
		if err := e.Request.ParseForm(); err != nil {
			return e.BadRequestError("", err)
		}
		form := e.Request.PostForm
		faults := append(missing(field{m.name, form.Get(m.name), "Give it a name."}), readForm(m.fields, r, form)...)
		if len(faults) == 0 {
			journal.By(r, viewer(e).ID())
			err := s.app.Save(r)
			if err == nil {
				return e.Redirect(http.StatusSeeOther, "/"+m.word+"/"+r.GetString("slug"))
			}
			if faults = faultsOf(err); faults == nil {
				return err
			}
		}
		return s.showManaged(e, http.StatusUnprocessableEntity, m, r, form, faultsInOrder(m.fields, faults))
	})
}

// managedDelete deletes a record that nothing points to; only administrators do.
func (s *Site) managedDelete(m managed) func(*core.RequestEvent) error {
	return manages(m.collection, func(e *core.RequestEvent) error {
		if !viewer(e).Is(member.RoleAdministrator) {
			return notFound(e)
		}
		r, err := s.managedRecord(e, m)
		if err != nil {
			return err
		}
		journal.By(r, viewer(e).ID())
		err = s.app.Delete(r)
		var used *member.InUse
		if errors.As(err, &used) {
			return s.showManaged(e, http.StatusUnprocessableEntity, m, r, nil, fieldErrors{{"delete", used.Error()}})
		}
		if err != nil {
			return err
		}
		return e.Redirect(http.StatusSeeOther, "/manage/"+m.word)
	})
}

type mergeView struct {
	ID, Title, Into, IntoID string
	Partners                []Choice
	Moves                   []string // what will move, in words
	Twice                   int      // of those, adoptions that both partners made
	Errors                  fieldErrors
}

// mergeForm asks which partner takes another's place, and says what that will move before it is done.
func (s *Site) mergeForm(e *core.RequestEvent) error {
	from, into, faults, err := s.mergePair(e, e.Request.URL.Query())
	if err != nil {
		return err
	}
	if !e.Request.URL.Query().Has("into") {
		faults = nil
	}
	status := http.StatusOK
	if len(faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.showMerge(e, status, from, into, faults)
}

// mergePair finds the partner of the address and the one that the form chose.
func (s *Site) mergePair(e *core.RequestEvent, form url.Values) (from, into *member.Partner, faults fieldErrors, err error) {
	if from, err = member.PartnerByID(s.app, e.Request.PathValue("id")); err != nil {
		return nil, nil, nil, found(e, err)
	}
	into, err = member.PartnerByID(s.app, form.Get("into"))
	switch {
	case err != nil && found(e, err) == err:
		return nil, nil, nil, err
	case err != nil:
		return from, nil, fieldErrors{{"into", "Choose the partner that stays."}}, nil
	case into.Id == from.Id:
		return from, nil, fieldErrors{{"into", "Choose another partner: this is the one that goes."}}, nil
	}
	return from, into, nil, nil
}

func (s *Site) showMerge(e *core.RequestEvent, status int, from, into *member.Partner, faults fieldErrors) error {
	v := mergeView{ID: from.Id, Title: from.Title(), Errors: faults}
	partners, err := member.Partners(s.app)
	if err != nil {
		return err
	}
	for _, p := range partners {
		if p.Id != from.Id {
			v.Partners = append(v.Partners, Choice{Value: p.Id, Title: p.Title(), Chosen: into != nil && p.Id == into.Id})
		}
	}
	if into != nil {
		v.Into, v.IntoID = into.Title(), into.Id
		uses, err := member.Uses(s.app, from.Record)
		if err != nil {
			return err
		}
		for _, u := range uses {
			v.Moves = append(v.Moves, u.Words())
		}
		if v.Twice, err = member.SaidTwice(s.app, from.Id, into.Id); err != nil {
			return err
		}
	}
	p := Page{Title: "Merge " + from.Title(), Crumbs: managedPartners.crumbs(e, Link{from.Title(), "/manage/partners/" + from.Id}), NoIndex: true}
	return render(s, e, status, "manage-merge", p, v)
}

func (s *Site) merge(e *core.RequestEvent) error {
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("", err)
	}
	from, into, faults, err := s.mergePair(e, e.Request.PostForm)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return s.showMerge(e, http.StatusUnprocessableEntity, from, into, faults)
	}
	_, err = member.Merge(s.app, viewer(e).ID(), from.Id, into.Id)
	if said := faultsOf(err); said != nil { // what both wrote is too long for one
		faults = fieldErrors{{"into", "They could not be merged: " + said[0].Sentence}}
		return s.showMerge(e, http.StatusUnprocessableEntity, from, into, faults)
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, into.Address())
}

// recordWhere finds the first record that matches, nil when there is none.
func (s *Site) recordWhere(collection string, where dbx.Expression) (*core.Record, error) {
	var found []*core.Record
	err := s.app.RecordQuery(collection).AndWhere(where).Limit(1).All(&found)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
