package site

import (
	"database/sql"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/privacy"

	"github.com/pocketbase/pocketbase/core"
)

// historyView is every kept save of a document, for those who write or review it.
type historyView struct {
	Title, Action string
	Page          Link // where the public reads it, "" before it is out
	Write         string
	Versions      []versionView
	Older         int // versions that the list leaves out
	From, To      []Choice
	Compared      string // which two
	Difference    []library.FieldDifference
	Done          string
	Errors        fieldErrors
	Asked         []suggestionLine // changes that others suggest
}

// versionView is a line of a history.
type versionView struct {
	Number        int
	At            time.Time
	Who, Thanks   speaker
	Note          string
	Says          string // what became of it
	From, Until   time.Time
	Current, Work bool
	Before, Then  string // compares it with the one before; the page as it was on its day
}

// speaker is how somebody is named to the one who reads: by name to members, by role and organisation to everybody.
type speaker struct{ Name, Profile, Role string }

// HTML names the speaker, with the way to who it is.
func (p speaker) HTML() template.HTML {
	role := template.HTML(template.HTMLEscapeString(p.Role))
	if p.Name == "" {
		return role
	}
	return linkHTML(p.Profile, bdiHTML(p.Name), "") + ", " + role
}

// shownVersions is how many versions a history lists.
const shownVersions = 200

// openForEditors finds the document of an address below /write/{kind}/{id} for those who may change it.
func (s *Site) openForEditors(e *core.RequestEvent) (*library.Document, error) {
	d, err := library.ByID(s.app, e.Request.PathValue("id"))
	if err != nil || string(d.DocKind()) != e.Request.PathValue("kind") || !d.Viewable(viewer(e)) {
		return nil, notFound(e)
	}
	if !d.Editable(viewer(e)) {
		return nil, e.ForbiddenError("You may not change this "+d.DocKind().Word()+". It belongs to another organisation.", nil)
	}
	return d, nil
}

func (s *Site) history(e *core.RequestEvent) error {
	d, err := s.openForEditors(e)
	if err != nil {
		return err
	}
	v, err := s.historyView(e, d)
	if err != nil {
		return err
	}
	v.Done = map[string]string{
		"restored": "The words are put back in the document.", "work": "The words are put back beside the page. The public still reads the page as it was: publish it from the form.",
		"same": "The document says that already.",
	}[e.Request.URL.Query().Get("done")]
	return s.showHistory(e, http.StatusOK, v)
}

func (s *Site) showHistory(e *core.RequestEvent, status int, v historyView) error {
	p := Page{Title: "History: " + v.Title, Crumbs: []Link{{"Write", "/write"}, {v.Title, v.Write}}, NoIndex: true}
	return render(s, e, status, "history", p, v)
}

func (s *Site) historyView(e *core.RequestEvent, d *library.Document) (historyView, error) {
	v := historyView{Title: d.Title(), Write: writeAddress(d), Action: writeAddress(d) + "/history"}
	if d.Out() {
		v.Page = Link{d.Title(), d.Address()}
	}
	all, err := library.History(s.app, d.Id)
	if err != nil {
		return v, err
	}
	if v.Versions, err = s.versionViews(e, d, all); err != nil {
		return v, err
	}
	v.Older = max(0, len(all)-shownVersions)
	v.Versions = v.Versions[:min(len(v.Versions), shownVersions)]
	if v.Asked, err = s.suggestionsOn(e, d); err != nil {
		return v, err
	}
	return v, s.compare(e, d, &v)
}

// versionViews says of each version who saved it, why, and what became of it.
func (s *Site) versionViews(e *core.RequestEvent, d *library.Document, all []library.Version) ([]versionView, error) {
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return nil, err
	}
	known := map[string]speaker{}
	who := func(id, organisation string) (speaker, error) {
		if _, there := known[id+organisation]; !there {
			sp, err := s.speaker(e, id, organisations, organisation)
			if err != nil {
				return sp, err
			}
			known[id+organisation] = sp
		}
		return known[id+organisation], nil
	}
	list := make([]versionView, len(all))
	for i, r := range all {
		x := versionView{Number: r.Number, At: r.At.Time(), Note: r.Note, Current: r.IsOut(), Work: r.Open, From: r.Out.Time(), Until: r.Until.Time()}
		if x.Who, err = who(r.Author, r.Organisation); err != nil {
			return nil, err
		}
		if r.SuggestedBy != "" {
			if x.Thanks, err = who(r.SuggestedBy, ""); err != nil {
				return nil, err
			}
		}
		x.Says = becameOf(d, r)
		if i < len(all)-1 {
			x.Before = fmt.Sprintf("%s/history?from=%d&to=%d", writeAddress(d), all[i+1].Number, r.Number)
		}
		list[i] = x
	}
	return list, nil
}

// becameOf says in words what became of a version.
func becameOf(d *library.Document, r library.Version) string {
	switch {
	case r.IsOut() && r.State == library.Withdrawn:
		return "Withdrawn"
	case r.IsOut():
		return "What readers see now"
	case r.WasOut() && r.State == library.Withdrawn:
		return "Was withdrawn"
	case r.WasOut():
		return "Was published"
	case r.Open && d.Out():
		return "Waits beside the page"
	case r.State == library.InReview:
		return "In review"
	}
	return "Saved"
}

// speaker names somebody for the one who reads: by name to members, by role and organisation to everybody. Who has left is
// nobody any more, and what their organisation published stays its.
func (s *Site) speaker(e *core.RequestEvent, id string, organisations map[string]string, organisation string) (speaker, error) {
	if id == "" {
		return speaker{Role: or(organisations[organisation], "this hub")}, nil
	}
	u, err := s.app.FindRecordById("users", id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return speaker{}, err
	}
	if err != nil || member.HasLeft(u) {
		return speaker{Role: or(organisations[organisation], "somebody who has left")}, nil
	}
	sp := speaker{Role: joined(u.GetString("role_title"), organisations[u.GetString("organisation")])}
	if viewer(e).SignedIn() {
		sp.Name, sp.Profile = u.GetString("name"), "/people/"+u.Id
	}
	sp.Role = or(sp.Role, "a member")
	return sp, nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func joined(role, organisation string) string {
	if role != "" && organisation != "" {
		return role + ", " + organisation
	}
	return role + organisation
}

// compare fills in the two versions that the address asks for, and what they say differently.
func (s *Site) compare(e *core.RequestEvent, d *library.Document, v *historyView) error {
	q := e.Request.URL.Query()
	from, _ := strconv.Atoi(q.Get("from"))
	to, _ := strconv.Atoi(q.Get("to"))
	older, newer := from, to
	if older == 0 && len(v.Versions) > 1 {
		older = v.Versions[1].Number
	}
	if newer == 0 && len(v.Versions) > 0 {
		newer = v.Versions[0].Number
	}
	for _, x := range v.Versions {
		title := fmt.Sprintf("%d: %s", x.Number, momentText(x.At))
		v.From = append(v.From, Choice{Value: strconv.Itoa(x.Number), Title: title, Chosen: x.Number == older})
		v.To = append(v.To, Choice{Value: strconv.Itoa(x.Number), Title: title, Chosen: x.Number == newer})
	}
	if from == 0 || to == 0 {
		return nil
	}
	var err error
	v.Compared = fmt.Sprintf("Version %d compared with version %d", to, from)
	v.Difference, err = s.between(e, d, from, to)
	return err
}

// between says what two revisions of a document say differently.
func (s *Site) between(e *core.RequestEvent, d *library.Document, from, to int) ([]library.FieldDifference, error) {
	var contents [2]map[string]any
	for i, n := range []int{from, to} {
		r, err := library.RevisionOf(s.app, d.Id, n)
		if err != nil {
			return nil, found(e, err)
		}
		if contents[i], err = s.readable(e, d, r); err != nil {
			return nil, err
		}
	}
	return library.Compare(s.app, contents[0], contents[1])
}

// historySave puts back an old version: as a new one, so that nothing is taken out of the history.
func (s *Site) historySave(e *core.RequestEvent) error {
	d, err := s.openForEditors(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("The form could not be read.", err)
	}
	number, _ := strconv.Atoi(e.Request.PostForm.Get("number"))
	r, err := library.RevisionOf(s.app, d.Id, number)
	if err != nil {
		return found(e, err)
	}
	if err := d.Restore(r, e.Request.PostForm.Get("note")); err != nil {
		return err
	}
	done := "restored"
	journal.By(d.Record, viewer(e).ID())
	if d.Out() {
		done = "work"
		kept, err := library.SaveWork(s.app, d, viewer(e).ID())
		if err != nil {
			return err
		}
		if kept == nil {
			done = "same"
		}
	} else if err = s.app.Save(d.Record); err != nil {
		faults := faultsOf(err)
		if faults == nil {
			return err
		}
		again, err := s.openForEditors(e)
		if err != nil {
			return err
		}
		v, err := s.historyView(e, again)
		if err != nil {
			return err
		}
		v.Errors = faults.at("versions")
		return s.showHistory(e, http.StatusUnprocessableEntity, v)
	}
	return e.Redirect(http.StatusSeeOther, writeAddress(d)+"/history?done="+done)
}

// readable is what a version says, as the viewer may read it: whoever does not write the page is shown no personal details
// that it does not have any more.
func (s *Site) readable(e *core.RequestEvent, d *library.Document, r *library.Revision) (map[string]any, error) {
	content, err := r.Content()
	if err != nil || d.Editable(viewer(e)) && strings.HasPrefix(e.Request.URL.Path, "/write/") {
		return content, err
	}
	return privacy.Past(s.app, d.Record, content)
}
