package site

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// suggestionLine is a suggestion in a list.
type suggestionLine struct {
	URL   string
	Page  string
	Who   speaker
	At    time.Time
	Says  string
	Open  bool
	Yours bool
}

// suggestAddress is where anybody who is signed in suggests a change to a page that is out.
func suggestAddress(d *library.Document) string { return "/suggestions/new?document=" + d.Id }

// orSuggest leads whoever may read the page that they want to change, and not change it, to where they suggest how; and others
// to the bin, when their draft lies there.
func (s *Site) orSuggest(e *core.RequestEvent, err error) error {
	v := viewer(e)
	d, none := library.ByID(s.app, e.Request.PathValue("id"))
	if none == nil && string(d.DocKind()) == e.Request.PathValue("kind") && d.State() == library.Published && d.Viewable(v) && !d.Editable(v) {
		return e.Redirect(http.StatusSeeOther, suggestAddress(d))
	}
	return s.orBin(e, err)
}

type suggestionsView struct{ Asked, Yours []suggestionLine }

// sectionField is the field of one of the longer sections.
type sectionField struct{ Name, Title, Hint, Text string }

// suggestFormView is the form on which any member who may read a page suggests a change to it.
type suggestFormView struct {
	Page                               Link
	Document                           string
	Base                               int
	Title, Summary                     string
	Study                              bool
	Challenge, Act, Result, Note, More string
	Parts                              []sectionField
	Errors                             fieldErrors
}

type suggestionView struct {
	Page          Link
	Who           speaker
	At            time.Time
	Note          string
	Says          string
	Open, May     bool
	Yours, Beside bool
	Difference    []library.FieldDifference
	Clashes       []library.Clash
	Answer        string
	By            speaker
	Answered      time.Time
	Action        string
	Done          string
	Errors        fieldErrors
}

// listedSuggestions is how many suggestions a list shows.
const listedSuggestions = 100

var suggestionWords = map[string]string{library.SuggestionOpen: "Waits for an answer", library.SuggestionTaken: "Taken", library.SuggestionDeclined: "Not taken"}

// suggestionsPage lists those that the viewer decides about and their own.
func (s *Site) suggestionsPage(e *core.RequestEvent) error {
	var v suggestionsView
	open, err := library.Suggestions(s.app, dbx.HashExp{"state": library.SuggestionOpen}, 1000)
	if err != nil {
		return err
	}
	if v.Asked, err = s.suggestionLines(e, open, func(d *library.Document, _ *library.Suggestion) bool { return d.Editable(viewer(e)) }); err != nil {
		return err
	}
	own, err := library.Suggestions(s.app, dbx.HashExp{"author": viewer(e).ID()}, listedSuggestions)
	if err != nil {
		return err
	}
	if v.Yours, err = s.suggestionLines(e, own, func(*library.Document, *library.Suggestion) bool { return true }); err != nil {
		return err
	}
	return render(s, e, http.StatusOK, "suggestions", Page{Title: "Suggested changes", Crumbs: []Link{{"Write", "/write"}}, NoIndex: true}, v)
}

// suggestionLines are those of a list that the viewer may see and that are wanted.
func (s *Site) suggestionLines(e *core.RequestEvent, all []*library.Suggestion, wanted func(*library.Document, *library.Suggestion) bool) ([]suggestionLine, error) {
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return nil, err
	}
	var lines []suggestionLine
	for _, x := range all {
		d, err := library.ByID(s.app, x.Document())
		if err != nil || !x.Viewable(viewer(e), d) || !wanted(d, x) || len(lines) == listedSuggestions {
			continue
		}
		l := suggestionLine{URL: "/suggestions/" + x.Id, Page: d.Title(), At: x.At(), Says: suggestionWords[x.State()], Open: x.Open(), Yours: x.Author() == viewer(e).ID()}
		if l.Who, err = s.speaker(e, x.Author(), organisations, ""); err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// suggestionsOn lists the open suggestions on a document.
func (s *Site) suggestionsOn(e *core.RequestEvent, d *library.Document) ([]suggestionLine, error) {
	open, err := library.Suggestions(s.app, dbx.HashExp{"document": d.Id, "state": library.SuggestionOpen}, listedSuggestions)
	if err != nil {
		return nil, err
	}
	return s.suggestionLines(e, open, func(*library.Document, *library.Suggestion) bool { return true })
}

// openForSuggesting finds the published document that the form names, and the revision that its reader had before them: the
// one that is out, or the one that was when they opened the form.
func (s *Site) openForSuggesting(e *core.RequestEvent, id string, base int) (*library.Document, *library.Revision, error) {
	d, err := library.ByID(s.app, id)
	if err != nil || d.State() != library.Published || !d.Viewable(viewer(e)) {
		return nil, nil, notFound(e)
	}
	public, err := library.Public(s.app, viewer(e), d)
	if err != nil {
		return nil, nil, err
	}
	for _, version := range public {
		if version.State == library.Published && (base == 0 && version.IsOut() || version.Number == base) {
			r, err := library.RevisionOf(s.app, d.Id, version.Number)
			return d, r, err
		}
	}
	return nil, nil, notFound(e)
}

func (s *Site) suggestForm(e *core.RequestEvent) error {
	d, r, err := s.openForSuggesting(e, e.Request.URL.Query().Get("document"), 0)
	if err != nil {
		return err
	}
	then, err := d.As(r)
	if err != nil {
		return err
	}
	return s.showSuggest(e, http.StatusOK, suggestFormOf(d, then, r.Number()))
}

func (s *Site) showSuggest(e *core.RequestEvent, status int, v suggestFormView) error {
	p := Page{Title: "Suggest a change", Crumbs: []Link{v.Page}, Scripts: []string{"write.js"}, NoIndex: true}
	return render(s, e, status, "suggest", p, v)
}

func suggestFormOf(d, then *library.Document, base int) suggestFormView {
	v := suggestFormView{
		Page: Link{d.Title(), d.Address()}, Document: d.Id, Base: base, Title: then.Title(), Summary: then.Summary(), Study: d.DocKind() == library.CaseStudy,
		Challenge: library.Lines(then.GetString("challenge")), Act: library.Lines(then.GetString("action")), Result: then.ResultLines(),
	}
	titles, texts := library.Parts(then.Body())
	for i, text := range texts {
		if i > 0 || strings.TrimSpace(text) != "" || len(texts) == 1 {
			v.Parts = append(v.Parts, sectionField{Name: "part-" + strconv.Itoa(i), Title: or(titles[i], "Text"), Text: strings.TrimSpace(text)})
		}
	}
	return v
}

// fillSuggested puts what was typed onto the document. What comes back as it was shown keeps its very bytes.
func fillSuggested(d *library.Document, shown suggestFormView, form url.Values) error {
	one := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n")) }
	sent := func(name, before string) bool { return form.Has(name) && one(name) != strings.TrimSpace(before) }
	if sent("title", shown.Title) {
		d.Set("title", one("title"))
	}
	if sent("summary", shown.Summary) {
		d.Set("summary", one("summary"))
	}
	for field, before := range map[string]string{"challenge": shown.Challenge, "action": shown.Act} {
		if sent(field, before) {
			d.Set(field, library.FromLines(one(field), d.GetString(field)))
		}
	}
	if sent("result", shown.Result) {
		if err := d.SetResultLines(one("result")); err != nil {
			return err
		}
	}
	_, texts := library.Parts(d.Body())
	var body strings.Builder
	for i, text := range texts {
		name, end := "part-"+strconv.Itoa(i), text[len(strings.TrimRight(text, "\n")):]
		if sent(name, text) {
			if text = one(name); text != "" {
				text += or(end, "\n")
			}
		}
		body.WriteString(text)
	}
	if more := one("more"); more != "" {
		body.WriteString("\n\n" + more + "\n")
	}
	if body.String() != d.Body() {
		d.Set("body", body.String())
	}
	return nil
}

func (s *Site) suggestSend(e *core.RequestEvent) error {
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form could not be read.", err)
	}
	form := e.Request.PostForm
	base, _ := strconv.Atoi(form.Get("base"))
	d, r, err := s.openForSuggesting(e, form.Get("document"), max(base, 1))
	if err != nil {
		return err
	}
	then, err := d.As(r)
	if err != nil {
		return err
	}
	shown := suggestFormOf(d, then, r.Number())
	if err := fillSuggested(then, shown, form); err != nil {
		return err
	}
	faults := faultsOf(then.Faults())
	var x *library.Suggestion
	if faults == nil {
		err = s.app.RunInTransaction(func(tx core.App) error {
			if x, err = library.Suggest(tx, then, r.Number(), viewer(e).ID(), form.Get("note")); err != nil {
				return err
			}
			return s.tellOfSuggestion(tx, e, d, x)
		})
		if errors.Is(err, library.ErrSaysTheSame) {
			faults, err = fieldErrors{{"title", "Nothing is changed yet. Change some words, then send it."}}, nil
		}
	}
	if err != nil {
		return err
	}
	if faults != nil {
		again := suggestFormOf(d, then, r.Number())
		again.Page, again.Note, again.Errors = shown.Page, form.Get("note"), faults
		return s.showSuggest(e, http.StatusUnprocessableEntity, again)
	}
	return e.Redirect(http.StatusSeeOther, "/suggestions/"+x.Id+"?done=sent")
}

// tellOfSuggestion writes to whoever keeps the page.
func (s *Site) tellOfSuggestion(tx core.App, e *core.RequestEvent, d *library.Document, x *library.Suggestion) error {
	keeper, err := tx.FindRecordById("users", or(d.Owner(), d.Author()))
	if err != nil || member.Barred(keeper) || keeper.Id == viewer(e).ID() {
		return nil // there is nobody to tell; it stands in the list
	}
	return s.o.Mail.Put(tx, notify.Mail{
		Key: "suggestion:" + x.Id, To: keeper.Email(), Person: keeper.Id, Kind: "suggestion", About: "documents", Record: d.Id,
		Data: map[string]any{"Name": keeper.GetString("name"), "Title": d.Title(), "Who": viewer(e).Name(), "URL": s.o.Mail.Base() + "/suggestions/" + x.Id},
	})
}

// openSuggestion finds a suggestion that the viewer may see, with its document.
func (s *Site) openSuggestion(e *core.RequestEvent) (*library.Suggestion, *library.Document, error) {
	x, err := library.SuggestionByID(s.app, e.Request.PathValue("id"))
	if err != nil {
		return nil, nil, found(e, err)
	}
	d, err := library.ByID(s.app, x.Document())
	if err != nil || !x.Viewable(viewer(e), d) {
		return nil, nil, notFound(e)
	}
	return x, d, nil
}

func (s *Site) suggestion(e *core.RequestEvent) error {
	x, d, err := s.openSuggestion(e)
	if err != nil {
		return err
	}
	v, err := s.suggestionView(e, x, d)
	if err != nil {
		return err
	}
	v.Done = map[string]string{
		"sent": "Thank you. Those who keep the page will read your suggestion, and you get a mail with their answer.", "taken": "The change is made, and readers see it.",
		"work": "The change is made in the work that waits beside the page. Publish it from the form.",
		"own":  "You suggested this yourself, so readers do not see it yet. The change is in the work beside the page: ask somebody who reviews here to approve it.", "declined": "Your answer is sent.",
	}[e.Request.URL.Query().Get("done")]
	return s.showSuggestion(e, http.StatusOK, v)
}

func (s *Site) showSuggestion(e *core.RequestEvent, status int, v suggestionView) error {
	p := Page{Title: "A suggested change", Crumbs: []Link{{"Suggested changes", "/suggestions"}}, NoIndex: true}
	return render(s, e, status, "suggestion", p, v)
}

func (s *Site) suggestionView(e *core.RequestEvent, x *library.Suggestion, d *library.Document) (suggestionView, error) {
	v := suggestionView{
		Page: Link{d.Title(), d.Address()}, At: x.At(), Note: x.Note(), Says: suggestionWords[x.State()], Open: x.Open(), Action: "/suggestions/" + x.Id,
		Answer: x.Answer(), Answered: x.GetDateTime("answered").Time(), May: x.Open() && d.Editable(viewer(e)), Yours: x.Author() == viewer(e).ID(),
	}
	if !d.Out() {
		v.Page.URL = writeAddress(d)
	}
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return v, err
	}
	if v.Who, err = s.speaker(e, x.Author(), organisations, ""); err != nil {
		return v, err
	}
	if v.By, err = s.speaker(e, x.GetString("answered_by"), organisations, d.OrganisationID()); err != nil {
		return v, err
	}
	before, after, err := s.suggested(x, d)
	if err != nil {
		return v, err
	}
	if v.May { // the work beside the page is for its editors alone
		work, err := library.Work(s.app, d.Id)
		if err != nil {
			return v, err
		}
		if v.Beside = work != nil && d.Out(); work != nil {
			if err := before.Apply(work); err != nil {
				return v, err
			}
			after = library.Wrap(before.Record.Clone())
		}
	}
	if x.Open() {
		if v.Clashes, err = x.Onto(s.app, after, func(string) bool { return false }); err != nil {
			return v, err
		}
	}
	v.Difference, err = library.Compare(s.app, before.Content(), after.Content())
	return v, err
}

// suggested is what a suggestion is shown against, and what it is to be put onto: the document as it is now while it waits,
// and afterwards what it was made on with what it said.
func (s *Site) suggested(x *library.Suggestion, d *library.Document) (before, after *library.Document, err error) {
	if x.Open() {
		return library.Wrap(d.Record.Clone()), library.Wrap(d.Record.Clone()), nil
	}
	r, err := library.RevisionOf(s.app, d.Id, x.Base())
	if err != nil {
		return nil, nil, err
	}
	if before, err = d.As(r); err != nil {
		return nil, nil, err
	}
	after = library.Wrap(before.Record.Clone())
	_, err = x.Onto(s.app, after, func(string) bool { return true })
	return before, after, err
}

// suggestionAnswer takes a suggestion, or declines it.
func (s *Site) suggestionAnswer(e *core.RequestEvent) error {
	x, d, err := s.openSuggestion(e)
	if err != nil {
		return err
	}
	if !d.Editable(viewer(e)) {
		return e.ForbiddenError("Those who keep the page answer this.", nil)
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form could not be read.", err)
	}
	form := e.Request.PostForm
	answer, done := strings.TrimSpace(form.Get("answer")), "declined"
	faults := fieldErrors(nil)
	if answer == "" && x.Author() != "" {
		faults = fieldErrors{{"answer", "Write a word of thanks. It is mailed to whoever suggested this."}}
	} else {
		err = s.app.RunInTransaction(func(tx core.App) error {
			var err error
			switch form.Get("do") {
			case "take":
				var out bool
				out, err = x.Take(tx, viewer(e).ID(), answer, func(field string) bool { return form.Get("clash-"+field) == "suggested" })
				if done = map[bool]string{true: "taken", false: "work"}[out]; !out && x.Author() == viewer(e).ID() {
					done = "own"
				}
			case "decline":
				err = x.Decline(tx, viewer(e).ID(), answer)
			default:
				err = validation.Errors{"answer": validation.NewError("do", "Take it or decline it.")}
			}
			if err != nil {
				return err
			}
			return s.tellOfAnswer(tx, d, x)
		})
		if faults = faultsOf(err); faults == nil && err != nil {
			return err
		}
	}
	if faults != nil {
		x, d, err := s.openSuggestion(e) // as it is kept
		if err != nil {
			return err
		}
		v, err := s.suggestionView(e, x, d)
		if err != nil {
			return err
		}
		v.Errors, v.Answer = faults.at("answer"), answer
		return s.showSuggestion(e, http.StatusUnprocessableEntity, v)
	}
	return e.Redirect(http.StatusSeeOther, "/suggestions/"+x.Id+"?done="+done)
}

// tellOfAnswer thanks whoever suggested the change.
func (s *Site) tellOfAnswer(tx core.App, d *library.Document, x *library.Suggestion) error {
	who, err := tx.FindRecordById("users", x.Author())
	if err != nil || member.Barred(who) {
		return nil
	}
	return s.o.Mail.Put(tx, notify.Mail{
		Key: fmt.Sprintf("suggestion-answer:%s", x.Id), To: who.Email(), Person: who.Id, Kind: "suggestion-answer", About: "documents", Record: d.Id,
		Data: map[string]any{
			"Name": who.GetString("name"), "Title": d.Title(), "Taken": x.State() == library.SuggestionTaken, "Answer": x.Answer(),
			"URL": s.o.Mail.Base() + "/suggestions/" + x.Id,
		},
	})
}
