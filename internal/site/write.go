package site

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/privacy"

	"github.com/pocketbase/pocketbase/core"
)

// openForWriting finds the document of the address /write/{kind}/{id}, as it is being written; a new one when the address
// names none. work says that what it holds stands beside what the public reads.
func (s *Site) openForWriting(e *core.RequestEvent) (d *library.Document, work bool, err error) {
	v := viewer(e)
	kind := library.Kind(e.Request.PathValue("kind"))
	if !kind.Known() {
		return nil, false, notFound(e)
	}
	id := e.Request.PathValue("id")
	if id == "" { // where there is one, the body may be a file, and is left to who takes it
		if of := e.Request.FormValue("of"); of != "" {
			d, err = s.beginEdition(e, kind, of)
			return d, false, err
		}
		space, err := s.spaceOfNew(e)
		if err != nil {
			return nil, false, err
		}
		d, err = library.New(s.app, kind, space)
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
func writeAddress(d *library.Document) string {
	if d.IsNew() { // a save that failed has given it an id all the same
		return "/write/" + string(d.DocKind())
	}
	return "/write/" + string(d.DocKind()) + "/" + d.Id
}

// writeView is the form of any kind of document.
type writeView struct {
	ID, Action, Kind string
	Heading, Lead    string
	Lang, Dir        string
	Saved            bool
	Work             bool // what is shown is beside what the public reads
	Out, MayBin      bool
	Revision         int
	Errors           fieldErrors
	First            []askedView
	Stronger         []askedGroup
	Needs, Misses    string // what it still takes to publish, and what readers would miss, in words
	Besides          []Link
	Space            string   // where it stands, when that is not the library
	Spaces           []Choice // where something new may go, when there is a choice
	Asks             asksView
	Autosave         autosaveView
	Words            wordsView
	SimilarTo        string // the fields whose words similar work is looked for by
	Similar          *similarView
	Note             string
	Edition          writeEdition
	AskedFor         string   // the words that people searched for in vain, for which it was begun
	Private          []string // what looks like a personal detail, and where: a hint, never a gate
}

// askedGroup is a group of questions as the page shows it.
type askedGroup struct {
	Title, Hint, Misses string
	Open                bool
	Questions           []askedView
}

func (s *Site) writeForm(e *core.RequestEvent) error {
	d, work, err := s.openForWriting(e)
	if err != nil {
		return s.orSuggest(e, err)
	}
	q := e.Request.URL.Query()
	newest, err := library.Newest(s.app, d.Id)
	if err != nil {
		return err
	}
	keeps, typed, err := s.autosaveOf(e, newest)
	if err != nil {
		return err
	}
	return s.showWrite(e, http.StatusOK, d, shownAgain{work: work, saved: q.Has("saved"), add: q.Get("add"), form: typed, autosave: &keeps})
}

// shownAgain is what the form knows besides the document.
type shownAgain struct {
	work, saved bool
	add         string     // the rows that have one more
	form        url.Values // what was typed, when it could not be taken or was never sent
	faults      fieldErrors
	autosave    *autosaveView
	words       wordsView
	similar     *similarView
	reviewer    string // who was to be asked
}

func (s *Site) showWrite(e *core.RequestEvent, status int, d *library.Document, with shownAgain) error {
	v, err := s.writeView(e, d, with)
	if err != nil {
		return err
	}
	if v.AskedFor, err = s.askedFor(d); err != nil {
		return err
	}
	p := Page{Title: v.Heading, Crumbs: []Link{{"Write", "/write"}}, Scripts: []string{"write.js", "files.js", "autosave.js", "rows.js", "similar.js"}, NoIndex: true}
	return render(s, e, status, "write-form", p, v)
}

// writeView fills the form from a document as it stands, saved or not.
func (s *Site) writeView(e *core.RequestEvent, d *library.Document, with shownAgain) (writeView, error) {
	form := forms[d.DocKind()]
	v := writeView{
		ID: d.Id, Action: writeAddress(d), Kind: string(d.DocKind()), Heading: "Write " + article(d.DocKind().Word()), Lead: form.lead,
		Saved: with.saved && with.faults == nil, Work: with.work, Out: d.Out(), MayBin: !d.IsNew() && d.NeverOut(), Errors: inOrder(form, d.DocKind(), with.faults),
		Besides: s.besides(d), Words: with.words, SimilarTo: strings.Join(toldFields, " "), Similar: with.similar, Note: with.form.Get("note"),
	}
	if l := d.Language(); l != "en" {
		v.Lang, v.Dir = l, d.Direction()
	}
	if d.Space() == "" || viewer(e).IsPublic(d.Space()) {
		found, err := privacy.Undecided(s.app, d.Record)
		if err != nil {
			return v, err
		}
		for _, p := range found {
			v.Private = append(v.Private, fmt.Sprintf("%s, line %d: %s", whereOf(p), p.Line, p.Says))
		}
	}
	var err error
	if v.Revision, err = library.Newest(s.app, d.Id); err != nil {
		return v, err
	}
	v.Words = with.words
	if with.autosave != nil {
		v.Autosave = *with.autosave
	} else if v.Autosave, _, err = s.autosaveOf(e, v.Revision); err != nil {
		return v, err
	}
	if base, err := strconv.Atoi(with.form.Get("revision")); err == nil {
		v.Revision = base // what was typed builds on that one
	}
	if v.Spaces, err = s.spacesOffered(e, d, with.form); err != nil {
		return v, err
	}
	if v.Asks, err = s.asksFor(e, d, v.Spaces, orElse(with.form.Get("reviewer"), with.reviewer)); err != nil {
		return v, err
	}
	if v.Edition, err = s.editionWritten(e, d); err != nil {
		return v, err
	}
	if v.Edition.Of != nil {
		v.Spaces = nil // it stands where its original does
	}
	if sp, err := member.SpaceByID(s.app, d.Space()); err == nil && sp.Id != viewer(e).Library() && v.Spaces == nil {
		v.Space = sp.Title()
	}
	a := asking{s: s, d: d, with: with, lang: v.Lang, dir: v.Dir}
	a.with.faults = v.Errors
	if v.First, err = a.all(form.first); err != nil {
		return v, err
	}
	var misses []string
	for _, g := range form.stronger {
		group := askedGroup{Title: g.title, Hint: g.hint}
		if group.Questions, err = a.all(g.questions); err != nil {
			return v, err
		}
		group.Open = slices.ContainsFunc(group.Questions, func(q askedView) bool { return q.faulty() || q.Name == with.add })
		missed := s.missed(d, g.questions)
		group.Misses = listed(missed)
		misses = append(misses, missed...)
		v.Stronger = append(v.Stronger, group)
	}
	v.Misses = listed(misses)
	if !d.IsNew() && !d.Out() {
		v.Needs = listed(needed(d, form))
	}
	return v, nil
}

// besides are the other pages about a document that is being written.
func (s *Site) besides(d *library.Document) []Link {
	if d.IsNew() {
		return nil
	}
	here := writeAddress(d)
	list := []Link{
		{"Review and dates", here + "/publish"}, {"Pictures, files and videos", here + "/files"}, {"Comments", here + "/comments"},
		{"Similar work", here + "/relations"}, {"Consents", here + "/consent"}, {"History", here + "/history"},
	}
	return append(list, s.anew(d)...)
}

// anew leads to where a page that is out is written in other words. Whoever writes in its space may begin that, also of a page
// that is another's to change.
func (s *Site) anew(d *library.Document) []Link {
	if !d.Out() || d.EditionOf() != "" {
		return nil
	}
	of := "/write/" + string(d.DocKind()) + "?of=" + d.Id
	return []Link{{s.say("write-language"), of}, {s.say("write-easy"), of + "&easy=yes"}}
}

// missed are the words for what readers would like to know and do not find.
func (s *Site) missed(d *library.Document, questions []question) []string {
	var list []string
	for _, q := range questions {
		if q.miss != "" && !q.answered(s, d) {
			list = append(list, q.miss)
		}
	}
	return list
}

// needed are the labels of what it takes to publish and is not there.
func needed(d *library.Document, form kindForm) []string {
	missing := d.Missing()
	var list []string
	for _, q := range form.all() {
		if has(missing, q.name) {
			list = append(list, strings.ToLower(q.label))
		}
	}
	return list
}

// listed is a list in the middle of a sentence: "a, b and c".
func listed(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// article puts a or an before a word.
func article(word string) string {
	if strings.ContainsAny(word[:1], "aeio") {
		return "an " + word
	}
	return "a " + word
}

// inOrder sorts faults by the order of the form, and leads to a control that the form has.
func inOrder(form kindForm, kind library.Kind, faults fieldErrors) fieldErrors {
	at := map[string]int{}
	for i, q := range form.all() {
		at[q.name] = i + 1
	}
	list := slices.Clone(faults)
	for i := range list {
		if kind == library.CaseStudy && list[i].Field == "body" { // which the form has in several fields
			list[i].Field = "others"
		}
	}
	place := func(f fieldError) int {
		if m := rowName.FindStringSubmatch(f.Field); m != nil {
			return at[m[1]]
		}
		return at[f.Field]
	}
	slices.SortStableFunc(list, func(a, b fieldError) int { return place(a) - place(b) })
	return list
}

// writeSave takes the form in: it saves, publishes, adds or removes a row, or puts a draft into the bin.
func (s *Site) writeSave(e *core.RequestEvent) error {
	d, work, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form could not be read.", err)
	}
	form := e.Request.PostForm
	do, what, _ := strings.Cut(form.Get("do"), " ")
	switch do {
	case "publish-saved":
		return s.publish(e, d, work)
	case "bin":
		return s.bin(e, d)
	case "check":
		return s.showChecked(e, d, work)
	case "remove":
		removeRow(form, what)
	}
	base, behind, err := s.baseOf(d, form)
	if err != nil {
		return err
	}
	switch {
	case behind:
		return s.conflict(e, d, base, form, nil)
	case len(undecided(form)) > 0:
		return s.conflictAgain(e, d, form)
	}
	similar, err := s.beforePublishing(e, d, do, form)
	if err != nil {
		return err
	}
	if similar != nil {
		do = "save"
	}
	err = s.placeNew(e, d, form)
	if err == nil {
		err = s.fill(d, form)
	}
	if err == nil {
		err = s.keep(e, d, base, do)
	}
	if errors.Is(err, library.ErrBehind) {
		return s.conflictNow(e, base, form)
	}
	if faults := faultsOf(err); faults != nil {
		again := shownAgain{work: work, form: form, faults: faults}
		if do == "add" {
			again.add = what
		}
		return s.showWrite(e, http.StatusUnprocessableEntity, d, again)
	}
	if err != nil {
		return err
	}
	if err := s.endAutosave(e); err != nil {
		return err
	}
	if similar != nil {
		similar.Build = s.buildOn(viewer(e), d.Id)
		return s.showWrite(e, http.StatusOK, d, shownAgain{work: work, saved: true, similar: similar})
	}
	if do == "ask" {
		return s.askForApproval(e, d, form.Get("reviewer"))
	}
	return e.Redirect(http.StatusSeeOther, afterSave(d, do, what))
}

// toldFields are those that tell what a document is about, in any kind.
var toldFields = []string{"summary", "challenge", "action", "result", "body", "others"}

// beforePublishing is the similar work that is shown once, to a writer whose script has shown none, before something new
// comes out. What was typed is saved as a draft meanwhile.
func (s *Site) beforePublishing(e *core.RequestEvent, d *library.Document, do string, form url.Values) (*similarView, error) {
	if do != "publish" && do != "ask" || form.Get("similar") != unseen || !d.NeverOut() {
		return nil, nil
	}
	var told []string
	for _, field := range toldFields {
		told = append(told, form.Get(field))
	}
	return s.similarOnce(e, asked{Title: form.Get("title"), Text: strings.Join(told, "\n"), Self: d.Id})
}

// afterSave is where a writer goes on.
func afterSave(d *library.Document, do, what string) string {
	switch do {
	case "publish":
		return d.Address()
	case "preview":
		return writeAddress(d) + "/preview"
	case "add":
		return writeAddress(d) + "?add=" + url.QueryEscape(what) + "#" + url.PathEscape(what)
	case "remove":
		name, _, _ := strings.Cut(what, "-")
		return writeAddress(d) + "?add=" + url.QueryEscape(name) + "#" + url.PathEscape(name)
	}
	return writeAddress(d) + "?saved=1"
}

// baseOf is the revision that the form was filled from, and says whether somebody saved another since.
func (s *Site) baseOf(d *library.Document, form url.Values) (base int, behind bool, err error) {
	newest, err := library.Newest(s.app, d.Id)
	base, notSaid := strconv.Atoi(form.Get("revision"))
	if notSaid != nil || d.IsNew() {
		base = newest
	}
	return base, base != newest, err
}

// keep saves what was typed, as a draft or for everybody.
func (s *Site) keep(e *core.RequestEvent, d *library.Document, base int, do string) error {
	if d.IsNew() {
		d.Set("author", viewer(e).ID())
		d.Set("organisation", viewer(e).Organisation())
	}
	d.BuildsOn(base)
	library.Because(d, e.Request.PostForm.Get("note"))
	if do == "publish" {
		return s.savePublished(e, d)
	}
	return s.saveDraft(e, d)
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
	d.DateCheck(time.Now())
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
func (s *Site) publish(e *core.RequestEvent, d *library.Document, work bool) error {
	base, behind, err := s.baseOf(d, e.Request.PostForm)
	if err != nil {
		return err
	}
	if behind { // what the preview showed is not what would come out
		return s.showPreview(e, http.StatusUnprocessableEntity, d, work, fieldErrors{{"draft", "Somebody saved since you opened this preview. This is what would come out now: look again before you publish."}})
	}
	d.BuildsOn(base)
	err = s.savePublished(e, d)
	if err == nil {
		return e.Redirect(http.StatusSeeOther, d.Address())
	}
	if faults := faultsOf(err); faults != nil {
		return s.showWrite(e, http.StatusUnprocessableEntity, d, shownAgain{work: work, faults: faults})
	}
	return err
}

// removeRow takes a row out of what was typed. A result is its line, so that goes too.
func removeRow(form url.Values, which string) {
	for key := range form {
		if strings.HasPrefix(key, which+"-") {
			if rowName.MatchString(key) && strings.HasSuffix(key, "-"+cellWas) && strings.HasPrefix(which, "results-") {
				removeLine(form, "result", form.Get(key))
			}
			delete(form, key)
		}
	}
}

// removeLine takes the line that says something out of an answer.
func removeLine(form url.Values, name, text string) {
	kept := slices.DeleteFunc(strings.Split(evened(form.Get(name)), "\n"), func(line string) bool {
		line = strings.TrimSpace(line)
		return line == text || strings.HasSuffix(line, ": "+text)
	})
	form.Set(name, strings.Join(kept, "\n"))
}
