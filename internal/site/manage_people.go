package site

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

var personStateWords = map[string]string{
	member.PersonActive: "Active", member.PersonNew: "Has joined, and not been here yet", member.PersonSuspended: "Suspended", member.PersonLeft: "Has left",
}

type managePeopleView struct {
	Words                        string
	Organisations, Roles, States []Choice
	Rows                         []personRow
	Total, From, To              int
	Previous, Next               *Link
	Asked                        bool
}

type personRow struct {
	member.PersonRow
	RoleWord, StateWord string
}

func (s *Site) managePeople(e *core.RequestEvent) error {
	q := e.Request.URL.Query()
	asked := member.PeopleAsked{Words: strings.TrimSpace(q.Get("q")), Organisation: q.Get("organisation"), Role: q.Get("role"), State: q.Get("state")}
	asked.Page, _ = strconv.Atoi(q.Get("page"))
	asked.Page = min(max(asked.Page, 1), 100_000)
	rows, total, err := member.People(s.app, asked)
	if err != nil {
		return err
	}
	v := managePeopleView{Words: asked.Words, Total: total, Asked: asked.Words+asked.Organisation+asked.Role+asked.State != ""}
	if v.Organisations, err = s.organisationChoices(asked.Organisation); err != nil {
		return err
	}
	for _, r := range member.Roles {
		v.Roles = append(v.Roles, Choice{Value: r, Title: roleWords[r], Chosen: r == asked.Role})
	}
	for _, st := range member.PersonStates {
		v.States = append(v.States, Choice{Value: st, Title: personStateWords[st], Chosen: st == asked.State})
	}
	for _, r := range rows {
		v.Rows = append(v.Rows, personRow{r, roleWords[r.Role], personStateWords[r.State()]})
	}
	if len(rows) > 0 {
		v.From = (asked.Page-1)*member.PeoplePerPage + 1
		v.To = v.From + len(rows) - 1
	}
	if asked.Page > 1 {
		v.Previous = turnTo(q, asked.Page-1)
	}
	if v.To > 0 && v.To < total {
		v.Next = turnTo(q, asked.Page+1)
	}
	return render(s, e, http.StatusOK, "manage-people", managing(e, "People"), v)
}

// turnTo leads to another page of the same list.
func turnTo(q url.Values, page int) *Link {
	next := url.Values{}
	for _, name := range []string{"q", "organisation", "role", "state"} {
		if q.Get(name) != "" {
			next.Set(name, q.Get(name))
		}
	}
	next.Set("page", strconv.Itoa(page))
	return &Link{fmt.Sprint("Page ", page), "/manage/people?" + next.Encode()}
}

type managePersonView struct {
	ID, Name, Email, RoleTitle   string
	State                        string
	Gone, Self                   bool
	Roles, Organisations, Places []Choice
	Spaces                       []member.InSpace
	LastSignIn, Joined           time.Time
	Sessions                     []personSession
	Saved, Closed                bool
	Pages                        int // that this person keeps
	Errors                       fieldErrors
}

type personSession struct {
	Browser     string
	Opened, End time.Time
}

func (s *Site) managePerson(e *core.RequestEvent) error {
	u, err := s.app.FindRecordById("users", e.Request.PathValue("id"))
	if err != nil {
		return notFound(e)
	}
	q := e.Request.URL.Query()
	v := managePersonView{Saved: q.Has("saved"), Closed: q.Has("closed")}
	return s.showPerson(e, http.StatusOK, u, v, u.GetString("role"), u.GetString("organisation"), u.GetString("place"))
}

func (s *Site) showPerson(e *core.RequestEvent, status int, u *core.Record, v managePersonView, role, organisation, place string) error {
	row := member.PersonRow{Suspended: u.GetBool("suspended"), Welcomed: u.GetString("welcomed"), Left: u.GetString("left")}
	v.ID, v.Name, v.Email, v.RoleTitle = u.Id, u.GetString("name"), u.Email(), u.GetString("role_title")
	v.State, v.Gone, v.Joined = personStateWords[row.State()], member.HasLeft(u), u.GetDateTime("created").Time()
	v.Self = u.Id == viewer(e).ID()
	if v.Name == "" {
		v.Name = "A person without a name"
	}
	for _, r := range member.Roles {
		v.Roles = append(v.Roles, Choice{Value: r, Title: roleWords[r], Chosen: r == role})
	}
	places, err := member.Places(s.app)
	if err != nil {
		return err
	}
	for _, p := range places {
		v.Places = append(v.Places, Choice{Value: p.Id, Title: p.Title(), Chosen: p.Id == place})
	}
	if v.Organisations, err = s.organisationChoices(organisation); err != nil {
		return err
	}
	if v.Spaces, err = member.SpacesOf(s.app, u.Id); err != nil {
		return err
	}
	sessions, err := member.Sessions(s.app, u.Id)
	if err != nil {
		return err
	}
	for _, r := range sessions {
		v.Sessions = append(v.Sessions, personSession{r.GetString("browser"), r.GetDateTime("created").Time(), r.GetDateTime("expires").Time()})
	}
	if v.Pages, err = library.CountKept(s.app, u.Id); err != nil {
		return err
	}
	at, err := member.LastSignIn(s.app, u.Id)
	if err != nil {
		return err
	}
	v.LastSignIn, _ = time.Parse(time.RFC3339Nano, at) // zero when never
	return render(s, e, status, "manage-person", managing(e, "The account of "+v.Name, Link{"People", "/manage/people"}), v)
}

// personSave changes role, organisation and place. The journal says who did.
func (s *Site) personSave(e *core.RequestEvent) error {
	u, err := s.app.FindRecordById("users", e.Request.PathValue("id"))
	if err != nil || member.HasLeft(u) {
		return notFound(e)
	}
	form := e.Request.FormValue
	if err := member.SetStanding(s.app, viewer(e).ID(), u, form("role"), form("organisation"), form("place")); err != nil {
		faults := faultsOf(err)
		if faults == nil {
			return err
		}
		return s.showPerson(e, http.StatusUnprocessableEntity, u, managePersonView{Errors: faults}, form("role"), form("organisation"), form("place"))
	}
	return e.Redirect(http.StatusSeeOther, "/manage/people/"+u.Id+"?saved")
}

// personClose signs a person out of every browser and program.
func (s *Site) personClose(e *core.RequestEvent) error {
	u, err := s.app.FindRecordById("users", e.Request.PathValue("id"))
	if err != nil {
		return notFound(e)
	}
	if err := member.CloseEverywhereBy(s.app, u, viewer(e).ID()); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/manage/people/"+u.Id+"?closed")
}
