package site

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/pocketbase/core"
)

// openKept finds the document of the address /write/{kind}/{id}/..., for those who keep, edit or review it.
func (s *Site) openKept(e *core.RequestEvent) (*library.Document, error) {
	d, err := library.ByID(s.app, e.Request.PathValue("id"))
	if err != nil || string(d.DocKind()) != e.Request.PathValue("kind") || !d.Viewable(viewer(e)) {
		return nil, notFound(e)
	}
	if !d.Checkable(viewer(e)) && !d.Editable(viewer(e)) {
		return nil, e.ForbiddenError("Only those who keep, edit or review this page may do that.", nil)
	}
	return d, nil
}

// stillCorrect is one click: somebody has looked at the page and found it right.
func (s *Site) stillCorrect(e *core.RequestEvent) error {
	d, err := s.openKept(e)
	if err != nil {
		return err
	}
	if d.State() != library.Published {
		return e.BadRequestError("Only what is published can be checked.", nil)
	}
	if err := library.Check(s.app, d, viewer(e).ID(), time.Time{}); err != nil {
		return err
	}
	if e.Request.FormValue("back") == "pages" {
		return e.Redirect(http.StatusSeeOther, "/me/pages?checked")
	}
	return e.Redirect(http.StatusSeeOther, d.Address()+"#kept")
}

type keeperView struct {
	Title, Page, Post       string
	Keepers                 []Choice
	Role, Reviewed, CheckBy string
	Proposed                time.Time
	Errors                  fieldErrors
}

func (s *Site) keeperForm(e *core.RequestEvent) error {
	d, err := s.openKept(e)
	if err != nil {
		return err
	}
	k := d.Keeping()
	return s.showKeeper(e, http.StatusOK, d, keeperView{Role: k.Role, Reviewed: dayOrNone(k.Reviewed), CheckBy: dayOrNone(k.CheckBy)}, k.Owner)
}

func (s *Site) showKeeper(e *core.RequestEvent, status int, d *library.Document, v keeperView, owner string) error {
	v.Title, v.Page, v.Post = d.Title(), d.Address(), writeAddress(d)+"/keeper"
	v.Proposed = library.NextCheck(d.DocKind(), time.Now())
	people, err := s.keepers(e, d.Owner())
	if err != nil {
		return err
	}
	v.Keepers = choicesOfPeople(people, viewer(e).ID(), owner)
	p := Page{Title: "Who keeps “" + d.Title() + "”", Crumbs: []Link{{d.Title(), d.Address()}}, NoIndex: true}
	return render(s, e, status, "keeper", p, v)
}

func (s *Site) keeperSave(e *core.RequestEvent) error {
	d, err := s.openKept(e)
	if err != nil {
		return err
	}
	form := func(name string) string { return strings.TrimSpace(e.Request.FormValue(name)) }
	v := keeperView{Role: form("owner_role"), Reviewed: form("last_reviewed"), CheckBy: form("check_by")}
	k := library.Keeping{Owner: form("owner"), Role: v.Role}
	for _, f := range []struct {
		name, typed string
		into        *time.Time
	}{{"last_reviewed", v.Reviewed, &k.Reviewed}, {"check_by", v.CheckBy, &k.CheckBy}} {
		day, ok := readDay(f.typed)
		if !ok {
			v.Errors = append(v.Errors, fieldError{f.name, "Write the day such as 31 March 2027, or leave it empty."})
		}
		*f.into = day
	}
	if k.Reviewed.After(time.Now()) {
		v.Errors = append(v.Errors, fieldError{"last_reviewed", "The day on which it was checked is still to come."})
	}
	people, err := s.keepers(e, d.Owner())
	if err != nil {
		return err
	}
	if !hasPerson(people, k.Owner) && k.Owner != "" {
		v.Errors = append(v.Errors, fieldError{"owner", "Choose somebody from the list."})
	}
	if len(v.Errors) == 0 {
		err := s.app.RunInTransaction(func(tx core.App) error {
			if err := library.Keep(tx, d, k, viewer(e).ID()); err != nil {
				return err
			}
			if k.Owner == d.Owner() {
				return nil
			}
			return s.tellKeeper(tx, k.Owner, 1, viewer(e))
		})
		if err == nil {
			return e.Redirect(http.StatusSeeOther, d.Address()+"#kept")
		}
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
	}
	return s.showKeeper(e, http.StatusUnprocessableEntity, d, v, k.Owner)
}

// keepers lists the people to whom the viewer may hand a page: colleagues of their organisation and those who review in
// the library, everybody for leads and administrators; and who keeps it now.
func (s *Site) keepers(e *core.RequestEvent, now string) ([]*core.Record, error) {
	v := viewer(e)
	if v.Is(member.RoleLead, member.RoleAdministrator) {
		return member.Colleagues(s.app, "")
	}
	var people []*core.Record
	if v.Organisation() != "" {
		var err error
		if people, err = member.Colleagues(s.app, v.Organisation()); err != nil {
			return nil, err
		}
	}
	reviewers, err := member.Reviewers(s.app, v.Library())
	if err != nil {
		return nil, err
	}
	for _, id := range append(reviewers, v.ID(), now) {
		if u, err := s.app.FindRecordById("users", id); err == nil && !member.Barred(u) && !hasPerson(people, id) {
			people = append(people, u)
		}
	}
	return people, nil
}

func hasPerson(people []*core.Record, id string) bool {
	return slices.ContainsFunc(people, func(u *core.Record) bool { return u.Id == id })
}

func choicesOfPeople(people []*core.Record, self, chosen string) []Choice {
	var list []Choice
	for _, u := range people {
		c := Choice{Value: u.Id, Title: strings.TrimSuffix(u.GetString("name")+", "+u.GetString("role_title"), ", "), Chosen: u.Id == chosen}
		if u.Id == self {
			c.Title = "You"
		}
		list = append(list, c)
	}
	return list
}

// tellKeeper writes to somebody who was given pages by somebody else.
func (s *Site) tellKeeper(tx core.App, to string, pages int, by *member.Viewer) error {
	u, err := tx.FindRecordById("users", to)
	if err != nil || to == by.ID() || pages == 0 {
		return nil //nolint:nilerr // nobody keeps it now, or they gave it to themselves
	}
	return s.o.Mail.Put(tx, notify.Mail{
		Key: fmt.Sprintf("pages-handed:%s:%d", to, time.Now().UnixNano()), To: u.Email(), Person: to, Kind: "pages-handed",
		Data: map[string]any{"Name": u.GetString("name"), "By": by.Name(), "Count": pages, "URL": s.o.Mail.Base() + "/me/pages"},
	})
}

// handOver gives pages to somebody from the list, and tells them.
func (s *Site) handOver(e *core.RequestEvent, tx core.App, ids []string, to string) (handed int, fault fieldError, err error) {
	people, err := s.keepers(e, "")
	if err != nil {
		return 0, fault, err
	}
	switch {
	case len(ids) == 0:
		return 0, fieldError{"pages", "Tick at least one page."}, nil
	case !hasPerson(people, to):
		return 0, fieldError{"to", "Choose somebody from the list."}, nil
	}
	err = tx.RunInTransaction(func(tx core.App) error {
		if handed, err = library.HandOver(tx, ids, to, viewer(e).ID()); err != nil {
			return err
		}
		return s.tellKeeper(tx, to, handed, viewer(e))
	})
	return handed, fault, err
}

// mePagesView are the pages that somebody keeps.
type mePagesView struct {
	Rows     []boardLine
	Total    int
	People   []Choice
	Checked  bool
	Handed   string
	Errors   fieldErrors
	Previous *Link
	Next     *Link
}

func (s *Site) mePages(e *core.RequestEvent) error { return s.showMePages(e, http.StatusOK, nil, "") }

func (s *Site) showMePages(e *core.RequestEvent, status int, faults fieldErrors, to string) error {
	now, q := time.Now(), e.Request.URL.Query()
	v := mePagesView{Checked: q.Has("checked"), Handed: handedWords(q.Get("handed")), Errors: faults}
	asked, scope := library.BoardAsked{Show: library.ShowAll}, library.KeptByViewer(viewer(e))
	counts, err := library.BoardCounts(s.app, scope, asked, now)
	if err != nil {
		return err
	}
	v.Total = counts[library.ShowAll]
	page := pageOf(q)
	rows, err := library.Board(s.app, scope, asked, now, int64((page-1)*boardPerPage), boardPerPage)
	if err != nil {
		return err
	}
	if v.Rows, err = s.boardLines(rows, now); err != nil {
		return err
	}
	v.Previous, v.Next = turns("/me/pages", q, page, v.Total, boardPerPage)
	people, err := s.keepers(e, "")
	if err != nil {
		return err
	}
	people = slices.DeleteFunc(people, func(u *core.Record) bool { return u.Id == viewer(e).ID() })
	v.People = choicesOfPeople(people, "", to)
	return render(s, e, status, "me-pages", Page{Title: "Pages that you keep", Crumbs: meCrumbs, NoIndex: true}, v)
}

// mePagesHand hands the ticked ones of one's own pages over.
func (s *Site) mePagesHand(e *core.RequestEvent) error {
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError("", err)
	}
	own, err := library.BoardIDs(s.app, library.KeptByViewer(viewer(e)), library.BoardAsked{Show: library.ShowAll}, time.Now())
	if err != nil {
		return err
	}
	ids := slices.DeleteFunc(slices.Clone(e.Request.PostForm["pages"]), func(id string) bool { return !slices.Contains(own, id) })
	to := e.Request.PostForm.Get("to")
	if to == viewer(e).ID() {
		to = "" // they have them already
	}
	handed, fault, err := s.handOver(e, s.app, ids, to)
	if err != nil {
		return err
	}
	if fault.Field != "" {
		return s.showMePages(e, http.StatusUnprocessableEntity, fieldErrors{fault}, e.Request.PostForm.Get("to"))
	}
	return e.Redirect(http.StatusSeeOther, fmt.Sprint("/me/pages?handed=", handed))
}

type checkedView struct {
	Title, Page, Post string
	Due, Next         time.Time
	Revision          string    // that is out while the button is shown
	Changed           time.Time // when readers began to see it
	Meanwhile         bool      // the words were changed after the button was shown
	Done              bool
	Already           bool // it has been given another day since the mail
	Checked           time.Time
	By                string
}

// checkedForm shows the button of a reminder's link. Looking changes nothing: mail programs look at links too.
func (s *Site) checkedForm(e *core.RequestEvent) error {
	person, d, err := s.checkLink(e)
	if errors.Is(err, library.ErrChecked) {
		return s.checkedAlready(e, person, d)
	}
	if err != nil {
		return err
	}
	return s.askStillCorrect(e, http.StatusOK, d, false)
}

func (s *Site) askStillCorrect(e *core.RequestEvent, status int, d *library.Document, meanwhile bool) error {
	v := checkedView{Title: d.Title(), Page: d.Address(), Post: e.Request.URL.Path, Due: d.CheckBy(), Next: library.NextCheck(d.DocKind(), time.Now()), Revision: d.OutRevision(), Meanwhile: meanwhile}
	if r, err := s.app.FindRecordById("revisions", v.Revision); err == nil {
		v.Changed = r.GetDateTime("out").Time()
	}
	e.Response.Header().Set("Referrer-Policy", "no-referrer")
	return render(s, e, status, "checked", Page{Title: s.say("still-correct"), NoIndex: true}, v)
}

// checkedAlready tells somebody with a link that nothing is left to do.
func (s *Site) checkedAlready(e *core.RequestEvent, person *core.Record, d *library.Document) error {
	v := checkedView{Title: d.Title(), Page: d.Address(), Already: true, Checked: d.Reviewed(), Next: d.CheckBy()}
	by, err := library.CheckedBy(s.app, d.Id)
	if err != nil {
		return err
	}
	if by == person.Id {
		v.By = "you"
	} else if by != "" {
		v.By = s.nameOf(by, "")
	}
	e.Response.Header().Set("Referrer-Policy", "no-referrer")
	return render(s, e, http.StatusOK, "checked", Page{Title: s.say("nothing-to-do"), NoIndex: true}, v)
}

func (s *Site) checkLink(e *core.RequestEvent) (*core.Record, *library.Document, error) {
	person, d, err := library.OpenCheckLink(s.app, e.Request.PathValue("token"))
	if errors.Is(err, library.ErrCheckLink) {
		return nil, nil, notFound(e)
	}
	return person, d, err
}

func (s *Site) checkedByLink(e *core.RequestEvent) error {
	person, d, err := s.checkLink(e)
	if errors.Is(err, library.ErrChecked) {
		return e.Redirect(http.StatusSeeOther, e.Request.URL.Path)
	}
	if err != nil {
		return err
	}
	if seen := e.Request.FormValue("revision"); seen != "" && seen != d.OutRevision() { // they have not read these words
		return s.askStillCorrect(e, http.StatusUnprocessableEntity, d, true)
	}
	if err := library.Check(s.app, d, person.Id, time.Time{}); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/checked")
}

// checkedDone says thank you and nothing of the page: whoever comes here need not be signed in.
func (s *Site) checkedDone(e *core.RequestEvent) error {
	return render(s, e, http.StatusOK, "checked", Page{Title: s.say("thank-you"), NoIndex: true}, checkedView{Done: true})
}
