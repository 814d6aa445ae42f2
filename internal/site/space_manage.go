package site

import (
	"fmt"
	"net/http"
	"strings"

	"commonplace/internal/event"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/thread"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// spaceForm is what a form says of a space.
type spaceForm struct {
	Title, Summary, Level, Contact string
	Hold                           bool
}

func spaceFormOf(e *core.RequestEvent) spaceForm {
	form := e.Request.FormValue
	return spaceForm{Title: form("title"), Summary: form("summary"), Level: form("level"), Contact: form("contact_role"), Hold: form("hold_new") != ""}
}

func (f spaceForm) values() map[string]any {
	return map[string]any{"title": f.Title, "summary": f.Summary, "level": f.Level, "contact_role": f.Contact, "hold_new": f.Hold}
}

// faults says what a form must have before it is saved.
func (f spaceForm) faults() fieldErrors {
	errs := missing(field{"title", f.Title, "Give the space a title."})
	if member.Level(f.Level).Word() == f.Level {
		errs = append(errs, fieldError{"level", "Choose who can see it."})
	}
	return errs
}

func (f spaceForm) levels() []Choice {
	var list []Choice
	for _, l := range member.Levels {
		list = append(list, Choice{Value: string(l.Level), Title: l.Word, Hint: l.Means, Chosen: string(l.Level) == f.Level})
	}
	return list
}

type spaceManageView struct {
	Space    spaceCard
	Form     spaceForm
	Levels   []Choice // none for the library
	Confirm  []string // what opening up will do, to be confirmed
	Library  bool
	Empty    bool
	Saved    bool
	Errors   fieldErrors
	Members  []memberRow
	Roles    []Choice
	Email    string
	Requests []member.SpaceRequest
	Reason   string
}

// memberRow is a member with the form that changes them.
type memberRow struct {
	member.Belonging
	Roles []Choice
}

func rolesWith(chosen string) []Choice {
	var list []Choice
	for _, r := range member.SpaceRoles {
		list = append(list, Choice{Value: r.Role, Title: r.Word, Hint: r.May, Chosen: r.Role == chosen})
	}
	return list
}

// managedSpace finds the space of the address, if the viewer manages it. For others its administration is not there.
func (s *Site) managedSpace(e *core.RequestEvent) (*member.Space, error) {
	sp, err := s.openSpace(e)
	if err == nil && !viewer(e).MayManage(sp.Id) {
		err = notFound(e)
	}
	return sp, err
}

func (s *Site) spaceManage(e *core.RequestEvent) error {
	sp, err := s.managedSpace(e)
	if err != nil {
		return err
	}
	form := spaceForm{sp.Title(), sp.Summary(), string(sp.Level()), sp.ContactRole(), sp.HoldsNew()}
	return s.showSpaceManage(e, http.StatusOK, sp, spaceManageView{Form: form})
}

func (s *Site) showSpaceManage(e *core.RequestEvent, status int, sp *member.Space, v spaceManageView) error {
	if v.Form.Title == "" && v.Form.Level == "" {
		v.Form = spaceForm{sp.Title(), sp.Summary(), string(sp.Level()), sp.ContactRole(), sp.HoldsNew()}
	}
	v.Space, v.Library, v.Saved = cardOf(sp), sp.IsLibrary(), e.Request.URL.Query().Has("saved")
	if !v.Library {
		v.Levels = v.Form.levels()
	}
	members, err := member.Members(s.app, sp.Id)
	if err != nil {
		return err
	}
	for _, m := range members {
		v.Members = append(v.Members, memberRow{m, rolesWith(m.Role)})
	}
	if v.Roles == nil {
		v.Roles = rolesWith("reader")
	}
	if v.Requests, err = member.SpaceRequests(s.app, sp.Id); err != nil {
		return err
	}
	if v.Empty, err = s.isEmpty(sp); err != nil {
		return err
	}
	p := Page{Title: "Manage “" + sp.Title() + "”", Section: "/discussions", NoIndex: true, Within: withinSpaces, Crumbs: []Link{{sp.Title(), spaceAddress(sp.Slug())}}}
	return render(s, e, status, "space-manage", p, v)
}

// isEmpty says whether nothing at all is in a space, so that it may go.
func (s *Site) isEmpty(sp *member.Space) (bool, error) {
	documents, err := library.CountBySpace(s.app)
	if err != nil {
		return false, err
	}
	threads, err := thread.CountBySpace(s.app)
	if err != nil {
		return false, err
	}
	events, err := event.CountBySpace(s.app)
	return documents[sp.Id]+threads[sp.Id]+events[sp.Id] == 0 && !sp.IsLibrary(), err
}

func (s *Site) spaceSave(e *core.RequestEvent) error {
	sp, err := s.managedSpace(e)
	if err != nil {
		return err
	}
	v := spaceManageView{Form: spaceFormOf(e)}
	if sp.IsLibrary() {
		v.Form.Level = string(sp.Level())
	}
	if v.Errors = v.Form.faults(); len(v.Errors) > 0 {
		return s.showSpaceManage(e, http.StatusUnprocessableEntity, sp, v)
	}
	if level := member.Level(v.Form.Level); level.WiderThan(sp.Level()) && e.Request.FormValue("confirm") != v.Form.Level {
		if v.Confirm, err = s.openingUp(sp, level); err != nil {
			return err
		}
		return s.showSpaceManage(e, http.StatusUnprocessableEntity, sp, v)
	}
	sp.Load(v.Form.values())
	journal.By(sp.Record, viewer(e).ID())
	if err := s.app.Save(sp); err != nil {
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
		return s.showSpaceManage(e, http.StatusUnprocessableEntity, sp, v)
	}
	return e.Redirect(http.StatusSeeOther, spaceAddress(sp.Slug())+"/manage?saved")
}

// openingUp says what more people will see when a space gets a wider level.
func (s *Site) openingUp(sp *member.Space, level member.Level) ([]string, error) {
	documents, err := library.CountOut(s.app, sp.Id)
	if err != nil {
		return nil, err
	}
	threads, err := thread.CountOut(s.app, sp.Id)
	if err != nil {
		return nil, err
	}
	events, err := event.CountOut(s.app, sp.Id)
	if err != nil {
		return nil, err
	}
	things := counted(documents, "document", "documents") + " and " + counted(threads, "discussion", "discussions")
	if events > 0 {
		things = counted(documents, "document", "documents") + ", " + counted(threads, "discussion", "discussions") + " and " + counted(events, "event", "events")
	}
	switch level {
	case member.Open:
		return []string{things + " will be readable by everyone, without signing in.", "Search engines may keep copies, so closing it again later may come too late."}, nil
	case member.Restricted:
		return []string{things + " will be readable by every member of the hub."}, nil
	}
	return []string{"Every member of the hub will see that this space is there, its title and its summary.", things + " stay readable by its own members only."}, nil
}

// spaceMembers adds somebody to a space, gives them another role, or takes them out.
func (s *Site) spaceMembers(e *core.RequestEvent) error {
	sp, err := s.managedSpace(e)
	if err != nil {
		return err
	}
	v := spaceManageView{Email: strings.TrimSpace(e.Request.FormValue("email")), Roles: rolesWith(e.Request.FormValue("role"))}
	if err := s.changeMember(e, sp, v.Email); err != nil {
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
		return s.showSpaceManage(e, http.StatusUnprocessableEntity, sp, v)
	}
	if !viewer(e).Is(member.RoleAdministrator) && e.Request.FormValue("user") == viewer(e).ID() {
		return e.Redirect(http.StatusSeeOther, spaceAddress(sp.Slug()))
	}
	return e.Redirect(http.StatusSeeOther, spaceAddress(sp.Slug())+"/manage?saved#members")
}

func (s *Site) changeMember(e *core.RequestEvent, sp *member.Space, email string) error {
	by, role := viewer(e).ID(), e.Request.FormValue("role")
	if user := e.Request.FormValue("user"); user != "" {
		if e.Request.FormValue("do") == "remove" {
			return member.Dismiss(s.app, sp.Id, user, by)
		}
		return member.Regrade(s.app, sp.Id, user, role, by)
	}
	if email == "" {
		return validation.Errors{"email": validation.NewError("required", "Write the e-mail address of a member of the hub.")}
	}
	user, err := member.ByAddress(s.app, email)
	if err != nil {
		return validation.Errors{"email": validation.NewError("unknown", "No member of the hub has this address. Invite them first.")}
	}
	return member.Admit(s.app, sp.Id, user.Id, role, by)
}

// spaceAnswer decides a request to join, and tells the one who asked.
func (s *Site) spaceAnswer(e *core.RequestEvent) error {
	sp, err := s.managedSpace(e)
	if err != nil {
		return err
	}
	form := e.Request.FormValue
	answer := member.Answer{Reason: form("reason")}
	if form("do") == "accept" {
		answer.Role = form("role")
	}
	err = s.app.RunInTransaction(func(tx core.App) error {
		r, err := member.AnswerRequest(tx, viewer(e), sp, form("request"), answer)
		if err != nil {
			return err
		}
		said := map[string]any{"Space": sp.Title(), "Accepted": answer.Role != "", "Reason": answer.Reason, "URL": s.o.Mail.Base() + spaceAddress(sp.Slug())}
		return s.o.Mail.Put(tx, notify.Mail{
			Key: "space-decision:" + r.ID, To: r.Person.Mailbox(), Person: r.Person.User, Kind: "space-decision", About: "spaces", Record: sp.Id, Data: said,
		})
	})
	if faults := faultsOf(err); faults != nil {
		return s.showSpaceManage(e, http.StatusUnprocessableEntity, sp, spaceManageView{Errors: faults.at("requests"), Reason: answer.Reason})
	}
	if err != nil {
		return found(e, err)
	}
	return e.Redirect(http.StatusSeeOther, spaceAddress(sp.Slug())+"/manage?saved#requests")
}

// spaceDelete takes an empty space away.
func (s *Site) spaceDelete(e *core.RequestEvent) error {
	sp, err := s.managedSpace(e)
	if err != nil {
		return err
	}
	empty, err := s.isEmpty(sp)
	if err != nil {
		return err
	}
	if !empty {
		faults := fieldErrors{{"delete", "Move or delete what is in it first. The library always stays."}}
		return s.showSpaceManage(e, http.StatusUnprocessableEntity, sp, spaceManageView{Errors: faults})
	}
	journal.By(sp.Record, viewer(e).ID())
	if err := s.app.Delete(sp); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/spaces")
}

type spaceNewView struct {
	Form   spaceForm
	Levels []Choice
	Errors fieldErrors
}

// spaceNewForm is for those who may make spaces; for others it is not there.
func (s *Site) spaceNewForm(e *core.RequestEvent) error {
	if !viewer(e).MayOpenSpaces() {
		return notFound(e)
	}
	return s.showSpaceNew(e, http.StatusOK, spaceNewView{Form: spaceForm{Level: string(member.Private)}})
}

func (s *Site) showSpaceNew(e *core.RequestEvent, status int, v spaceNewView) error {
	v.Levels = v.Form.levels()
	return render(s, e, status, "space-new", Page{Title: "New space", Section: "/discussions", NoIndex: true, Within: withinSpaces}, v)
}

func (s *Site) spaceNew(e *core.RequestEvent) error {
	if !viewer(e).MayOpenSpaces() {
		return notFound(e)
	}
	v := spaceNewView{Form: spaceFormOf(e)}
	if v.Errors = v.Form.faults(); len(v.Errors) > 0 {
		return s.showSpaceNew(e, http.StatusUnprocessableEntity, v)
	}
	values := v.Form.values()
	values["slug"] = s.freeSpaceSlug(v.Form.Title)
	sp, err := member.NewSpace(s.app, viewer(e), values)
	if err == nil {
		return e.Redirect(http.StatusSeeOther, spaceAddress(sp.Slug())+"/manage")
	}
	if v.Errors = faultsOf(err); v.Errors == nil {
		return err
	}
	return s.showSpaceNew(e, http.StatusUnprocessableEntity, v)
}

// freeSpaceSlug makes an address of a title. A number tells spaces of one name apart.
func (s *Site) freeSpaceSlug(title string) string {
	base := markdown.Slug(title)
	if base == "" || base == "new" {
		base = strings.Trim("space-"+base, "-")
	}
	slug := base
	for n := 2; ; n++ {
		if _, err := member.SpaceBySlug(s.app, slug); err != nil {
			return slug
		}
		slug = fmt.Sprintf("%s-%d", base, n)
	}
}

// managedSpaceRow is a space in the list of all.
type managedSpaceRow struct {
	spaceCard
	LevelWord                   string
	Owners                      []member.Belonging
	Members, Documents, Threads int
}

type manageSpacesView struct{ Spaces []managedSpaceRow }

// manageSpaces lists every space there is, for administrators.
func (s *Site) manageSpaces(e *core.RequestEvent) error {
	rows, err := s.everySpace()
	if err != nil {
		return err
	}
	return render(s, e, http.StatusOK, "manage-spaces", Page{Title: "Spaces", Crumbs: manageCrumbs, NoIndex: true}, manageSpacesView{rows})
}

// everySpace lists all spaces with their owners and how much is in each.
func (s *Site) everySpace() ([]managedSpaceRow, error) {
	spaces, err := member.AllSpaces(s.app)
	if err != nil {
		return nil, err
	}
	members, owners, err := member.Rolls(s.app)
	if err != nil {
		return nil, err
	}
	documents, err := library.CountBySpace(s.app)
	if err != nil {
		return nil, err
	}
	threads, err := thread.CountBySpace(s.app)
	if err != nil {
		return nil, err
	}
	rows := make([]managedSpaceRow, len(spaces))
	for i, sp := range spaces {
		rows[i] = managedSpaceRow{cardOf(sp), sp.Level().Word(), owners[sp.Id], members[sp.Id], documents[sp.Id], threads[sp.Id]}
	}
	return rows, nil
}
