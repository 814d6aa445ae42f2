package site

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

type writingView struct {
	Drafts  []library.Card
	Own     []library.Card
	May     bool
	Unsaved []unsaved
}

// writing is where a partner begins something new or goes on with a draft.
func (s *Site) writing(e *core.RequestEvent) error {
	v := writingView{May: mayWriteSomewhere(viewer(e))}
	var err error
	if v.Drafts, err = s.drafts(e); err != nil {
		return err
	}
	own := dbx.And(dbx.HashExp{"kind": string(library.CaseStudy), "state": library.Published, "author": viewer(e).ID()})
	if v.Own, err = library.Cards(s.app, viewer(e), own); err != nil {
		return err
	}
	if v.Unsaved, err = s.unsavedWriting(e); err != nil {
		return err
	}
	return render(s, e, http.StatusOK, "write", Page{Title: "Write", NoIndex: true}, v)
}

// writeView is the form of a case study.
type writeView struct {
	ID, Action string
	State      string
	Saved      bool
	Work       bool // what is shown is beside what the public reads
	Revision   int
	Errors     fieldErrors
	Conflict   bool
	Autosave   autosaveView
	Words      wordsView

	Title, Summary, Challenge, Act, Result, Contact string
	Places, Evidence, Involvement, Topics           []Choice
	Programmes                                      []Choice
	Partners, Sources, Stopped, Others              string
	Sections                                        []sectionField
}

// sectionField is the field of one of the longer sections.
type sectionField struct{ Name, Title, Hint, Text string }

// openForWriting finds the document of the address /write/{kind}/{id}, as it is being written; a new one when the address
// names none. work says that what it holds stands beside what the public reads.
func (s *Site) openForWriting(e *core.RequestEvent) (d *library.Document, work bool, err error) {
	v := viewer(e)
	kind := library.Kind(e.Request.PathValue("kind"))
	if !kind.Known() {
		return nil, false, notFound(e)
	}
	id := e.Request.PathValue("id")
	if id == "" {
		if !mayWriteSomewhere(v) {
			return nil, false, e.ForbiddenError("Only editors of the library write here. Ask your programme lead to make you one.", nil)
		}
		d, err = library.New(s.app, kind, v.Library())
		return d, false, err
	}
	d, err = library.ByID(s.app, id)
	if err != nil || d.DocKind() != kind || !d.Viewable(v) {
		return nil, false, notFound(e)
	}
	if !d.Editable(v) {
		return nil, false, e.ForbiddenError("You may not change this "+kind.Word()+". It belongs to another organisation.", nil)
	}
	r, err := library.Work(s.app, d.Id)
	if err != nil || r == nil {
		return d, false, err
	}
	return d, true, d.Apply(r)
}

// writeAddress is where a document is written.
func writeAddress(d *library.Document) string { return "/write/" + string(d.DocKind()) + "/" + d.Id }

func (s *Site) writeForm(e *core.RequestEvent) error {
	d, work, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	if d.DocKind() != library.CaseStudy {
		return notFound(e)
	}
	v, err := s.writeView(d)
	if err != nil {
		return err
	}
	v.Work, v.Saved = work, e.Request.URL.Query().Get("saved") != ""
	keeps, typed, err := s.autosaveOf(e, v.Revision)
	if err != nil {
		return err
	}
	if typed != nil {
		if err := s.fillCaseStudy(d, typed); err != nil {
			return err
		}
		if v, err = s.writeView(d); err != nil {
			return err
		}
		v.Work = work
		v.Revision, _ = strconv.Atoi(typed.Get("revision"))
	}
	v.Autosave = keeps
	return s.showWrite(e, http.StatusOK, v)
}

func (s *Site) showWrite(e *core.RequestEvent, status int, v writeView) error {
	for i := range v.Errors {
		if v.Errors[i].Field == "body" { // which the form has in several fields
			v.Errors[i].Field = "others"
		}
	}
	p := Page{Title: "Write a case study", Crumbs: []Link{{"Write", "/write"}}, Scripts: []string{"write.js", "autosave.js"}, NoIndex: true}
	return render(s, e, status, "write-case-study", p, v)
}

// writeView fills the form from a document as it stands, saved or not.
func (s *Site) writeView(d *library.Document) (writeView, error) {
	m := d.Meta()
	v := writeView{
		ID: d.Id, Action: "/write/case-study", State: d.State(), Title: d.Title(), Summary: d.Summary(),
		Challenge: library.Lines(d.GetString("challenge")), Act: library.Lines(d.GetString("action")), Result: d.ResultLines(),
		Contact: d.ContactRole(), Partners: strings.Join(m.Partners, ", "), Stopped: d.GetString("tried_stopped"), Sources: sourceLines(m.Sources),
	}
	if !d.IsNew() { // a save that failed has given it an id all the same
		v.Action = writeAddress(d)
	}
	texts, others := library.Sections(d.Body())
	v.Others = others
	for _, sec := range library.CaseStudySections {
		v.Sections = append(v.Sections, sectionField{Name: sectionName(sec.Title), Title: sec.Title, Hint: sec.Hint, Text: texts[sec.Title]})
	}
	var err error
	if v.Revision, err = library.Newest(s.app, d.Id); err != nil {
		return v, err
	}
	return v, s.writeChoices(d, &v)
}

// chosen is a list as the form left it: in its own order and with what the form does not offer, then what is new.
func chosen(before []string, offered []Choice, now []string) []string {
	var list []string
	for _, v := range before {
		if has(now, v) || !slices.ContainsFunc(offered, func(c Choice) bool { return c.Value == v }) {
			list = append(list, v)
		}
	}
	for _, v := range now {
		if !has(list, v) {
			list = append(list, v)
		}
	}
	return list
}

func sectionName(title string) string {
	return "section-" + strings.ReplaceAll(strings.ToLower(title), " ", "-")
}

func (s *Site) writeChoices(d *library.Document, v *writeView) error {
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	for _, p := range places {
		v.Places = append(v.Places, Choice{Value: p.Id, Title: p.Title(), Chosen: has(d.Places(), p.Id)})
	}
	for _, c := range []Choice{
		{Value: "published", Title: "Published source", Hint: "It is printed somewhere that others can read."},
		{Value: "reported-by-partner", Title: "Reported by the partner", Hint: "You say so, and nobody else has checked."},
		{Value: "illustrative", Title: "Example", Hint: "Made up to show how it could be. It gets a banner everywhere."},
	} {
		c.Chosen = d.Evidence() == c.Value || d.Evidence() == "" && d.IsNew() && c.Value == "reported-by-partner"
		v.Evidence = append(v.Evidence, c)
	}
	for _, grade := range []string{"told", "asked", "worked with", "led by carers"} {
		v.Involvement = append(v.Involvement, Choice{Value: grade, Title: upperFirst(grade), Chosen: d.GetString("involvement_grade") == grade})
	}
	var topics, programmes []Choice
	if err := s.app.DB().Select("slug AS value", "title").From("vocabulary").Where(dbx.HashExp{"list": "topic"}).OrderBy("title").All(&topics); err != nil {
		return err
	}
	if err := s.app.DB().Select("id AS value", "title").From("programmes").OrderBy("title").All(&programmes); err != nil {
		return err
	}
	for _, c := range topics {
		c.Chosen = has(d.Topics(), c.Value)
		v.Topics = append(v.Topics, c)
	}
	for _, c := range programmes {
		c.Chosen = has(d.Programmes(), c.Value)
		v.Programmes = append(v.Programmes, c)
	}
	return nil
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func sourceLines(sources []library.Source) string {
	var lines []string
	for _, src := range sources {
		lines = append(lines, strings.Trim(src.Title+" | "+src.URL, " |"))
	}
	return strings.Join(lines, "\n")
}

// sourcesOf reads one source a line, "Title | address"; what was known about one stays while its line does.
func sourcesOf(text string, before []library.Source) []library.Source {
	known := map[string]library.Source{}
	for _, src := range before {
		known[sourceLines([]library.Source{src})] = src
	}
	var list []library.Source
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		src, ok := known[line]
		if !ok {
			title, address, _ := strings.Cut(line, "|")
			if strings.HasPrefix(title, "http") && address == "" {
				title, address = host(title), title
			}
			src = library.Source{ID: "s" + strconv.Itoa(len(list)+1), Title: strings.TrimSpace(title), URL: strings.TrimSpace(address)}
		}
		list = append(list, src)
	}
	return list
}

// fillCaseStudy puts what was typed onto the document. A field that comes back as it was shown leaves the document's own
// bytes alone: the form cannot show everything that a file may hold.
func (s *Site) fillCaseStudy(d *library.Document, form url.Values) error {
	shown, err := s.writeView(d)
	if err != nil {
		return err
	}
	one := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n")) }
	changed := func(name, before string) bool { return one(name) != strings.TrimSpace(before) }
	for _, field := range []string{"title", "summary", "contact_role", "tried_stopped", "evidence", "involvement_grade"} {
		d.Set(field, one(field))
	}
	for field, before := range map[string]string{"challenge": shown.Challenge, "action": shown.Act} {
		if changed(field, before) {
			d.Set(field, library.FromLines(one(field), d.GetString(field)))
		}
	}
	if changed("result", shown.Result) {
		if err := d.SetResultLines(one("result")); err != nil {
			return err
		}
	}
	for field, list := range map[string]struct {
		before  []string
		offered []Choice
	}{"places": {d.Places(), shown.Places}, "topics": {d.Topics(), shown.Topics}, "programmes": {d.Programmes(), shown.Programmes}} {
		if now := chosen(list.before, list.offered, form[field]); !slices.Equal(now, list.before) {
			d.Set(field, now)
		}
	}
	texts := map[string]string{}
	for _, sec := range library.CaseStudySections {
		texts[sec.Title] = one(sectionName(sec.Title))
	}
	d.Set("body", library.WithSections(d.Body(), texts, one("others")))
	m := d.Meta()
	if changed("partners", shown.Partners) {
		m.Partners = nil
		for p := range strings.SplitSeq(one("partners"), ",") {
			if p = strings.TrimSpace(p); p != "" {
				m.Partners = append(m.Partners, p)
			}
		}
	}
	if changed("sources", shown.Sources) {
		m.Sources = sourcesOf(one("sources"), m.Sources)
	}
	return d.SetMeta(m)
}

func (s *Site) writeSave(e *core.RequestEvent) error {
	d, work, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	if d.DocKind() != library.CaseStudy {
		return notFound(e)
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form could not be read.", err)
	}
	do := e.Request.PostForm.Get("do")
	if do == "publish-saved" {
		return s.publish(e, d)
	}
	newest, err := library.Newest(s.app, d.Id)
	if err != nil {
		return err
	}
	if err := s.fillCaseStudy(d, e.Request.PostForm); err != nil {
		return err
	}
	again := func(faults fieldErrors, conflict bool) error {
		v, err := s.writeView(d)
		if err != nil {
			return err
		}
		v.Errors, v.Work, v.Conflict = faults, work, conflict
		if v.Autosave, _, err = s.autosaveOf(e, v.Revision); err != nil {
			return err
		}
		return s.showWrite(e, http.StatusUnprocessableEntity, v)
	}
	if base, err := strconv.Atoi(e.Request.PostForm.Get("revision")); err == nil && d.Id != "" && base != newest {
		return again(fieldErrors{{"title", "Somebody saved this case study while you were writing. Your words are below, unsaved; theirs are kept. Save again to put yours on top."}}, true)
	}
	if do == "check" {
		return s.showChecked(e, d, work)
	}
	if d.IsNew() {
		d.Set("author", viewer(e).ID())
		d.Set("organisation", viewer(e).Organisation())
	}
	if do == "publish" {
		if faults := s.savePublished(e, d); faults != nil {
			return orFaults(faults, again)
		}
		if err := s.endAutosave(e); err != nil {
			return err
		}
		return e.Redirect(http.StatusSeeOther, d.Address())
	}
	if err := s.saveDraft(e, d); err != nil {
		return orFaults(err, again)
	}
	if err := s.endAutosave(e); err != nil {
		return err
	}
	to := writeAddress(d)
	if do == "preview" {
		return e.Redirect(http.StatusSeeOther, to+"/preview")
	}
	return e.Redirect(http.StatusSeeOther, to+"?saved=1")
}

// showChecked shows the form as it was sent, unsaved, with what its words are like to read.
func (s *Site) showChecked(e *core.RequestEvent, d *library.Document, work bool) error {
	v, err := s.writeView(d)
	if err != nil {
		return err
	}
	v.Work = work
	v.Revision, _ = strconv.Atoi(e.Request.PostForm.Get("revision"))
	fields := []wordsField{
		{ID: "summary", Label: "Summary", Text: v.Summary}, {ID: "challenge", Label: "Challenge", Text: v.Challenge, Points: true},
		{ID: "action", Label: "Action", Text: v.Act, Points: true}, {ID: "result", Label: "Result", Text: v.Result, Points: true},
	}
	for _, sec := range v.Sections {
		fields = append(fields, wordsField{ID: sec.Name, Label: sec.Title, Text: sec.Text})
	}
	if v.Words, err = s.checkWords(e, d.Language(), append(fields, wordsField{ID: "others", Label: "Anything else", Text: v.Others})); err != nil {
		return err
	}
	if v.Autosave, _, err = s.autosaveOf(e, v.Revision); err != nil {
		return err
	}
	return s.showWrite(e, http.StatusOK, v)
}

// orFaults shows the form again for what a writer can put right, and passes other errors on.
func orFaults(err error, again func(fieldErrors, bool) error) error {
	if faults := faultsOf(err); faults != nil {
		return again(faults, false)
	}
	return err
}

// saveDraft keeps what was typed: in the document while it is not out, beside it afterwards.
func (s *Site) saveDraft(e *core.RequestEvent, d *library.Document) error {
	journal.By(d.Record, viewer(e).ID())
	if !d.Out() {
		return s.app.Save(d.Record)
	}
	_, err := library.SaveWork(s.app, d, viewer(e).ID())
	return err
}

func (s *Site) savePublished(e *core.RequestEvent, d *library.Document) error {
	d.Set("state", library.Published)
	journal.By(d.Record, viewer(e).ID())
	if err := s.app.Save(d.Record); err != nil {
		if d.Original().GetString("state") != library.Published {
			d.Set("state", library.Draft)
		}
		return err
	}
	return library.EndWork(s.app, d.Id)
}

// publish brings out what was saved.
func (s *Site) publish(e *core.RequestEvent, d *library.Document) error {
	err := s.savePublished(e, d)
	if err == nil {
		return e.Redirect(http.StatusSeeOther, d.Address())
	}
	faults := faultsOf(err)
	if faults == nil {
		return err
	}
	v, err := s.writeView(d)
	if err != nil {
		return err
	}
	v.Errors = faults
	return s.showWrite(e, http.StatusUnprocessableEntity, v)
}

type previewView struct {
	Study caseStudyView
	Write string
	Work  bool
}

// writePreview shows what is being written through the very pipeline of the page.
func (s *Site) writePreview(e *core.RequestEvent) error {
	d, work, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	if d.DocKind() != library.CaseStudy {
		return notFound(e)
	}
	draft := library.Wrap(d.Record.Clone())
	if work {
		draft.Set("state", library.Draft)
	}
	study, err := s.caseStudyView(e, draft)
	if err != nil {
		return orFaults(err, func(faults fieldErrors, _ bool) error {
			v, err := s.writeView(d)
			if err != nil {
				return err
			}
			v.Errors, v.Work = faults, work
			return s.showWrite(e, http.StatusUnprocessableEntity, v)
		})
	}
	p := Page{Title: "Preview: " + d.Title(), Crumbs: []Link{{"Write", "/write"}}, NoIndex: true}
	return render(s, e, http.StatusOK, "preview", p, previewView{Study: study, Write: writeAddress(d), Work: work})
}
