package site

import (
	"net/http"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

type meView struct {
	ID, Name, Email, RoleTitle, Organisation, Role string
	Places, Mail                                   []Choice
	SecondFactor, Saved                            bool
	Sessions                                       int
	Errors                                         fieldErrors
	Drafts                                         []library.Card
	Decided                                        []actLine // by moderators, about what one wrote
	Object                                         string
}

var roleWords = map[string]string{
	member.RoleMember: "Member", member.RoleLead: "Programme lead", member.RoleModerator: "Moderator", member.RoleAdministrator: "Administrator",
}

// mailWords say how often somebody may be told of things by mail.
var mailWords = []Choice{
	{Value: "at once", Title: "At once"}, {Value: "daily", Title: "Once a day, in one mail"}, {Value: "weekly", Title: "Once a week, in one mail"}, {Value: "never", Title: "Never"},
}

// standardMail is what counts until somebody chooses.
const standardMail = "daily"

// meCrumbs lead back from a page of one's account.
var meCrumbs = []Link{{"Your account", "/me"}}

func (s *Site) me(e *core.RequestEvent) error {
	u := viewer(e).User()
	return s.showMe(e, http.StatusOK, meView{Name: u.GetString("name"), RoleTitle: u.GetString("role_title"), Saved: e.Request.URL.Query().Has("saved")}, u.GetString("place"), u.GetString("mail"))
}

func (s *Site) showMe(e *core.RequestEvent, status int, v meView, place, mail string) error {
	u := viewer(e).User()
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return err
	}
	v.ID, v.Email, v.SecondFactor = u.Id, u.Email(), u.GetBool("second_factor")
	v.Organisation, v.Role = organisations[u.GetString("organisation")], roleWords[u.GetString("role")]
	if v.Places, err = s.placeChoices(place); err != nil {
		return err
	}
	v.Mail = pick(mailWords, orElse(mail, standardMail))
	sessions, err := member.Sessions(s.app, u.Id)
	if err != nil {
		return err
	}
	v.Sessions = len(sessions)
	if v.Drafts, err = s.drafts(e); err != nil {
		return err
	}
	v.Object = objectAddress
	if v.Decided, err = s.ownActs(viewer(e)); err != nil {
		return err
	}
	return render(s, e, status, "me", Page{Title: "Your account", NoIndex: true}, v)
}

// placeChoices offers every place; the value is its id.
func (s *Site) placeChoices(place string) ([]Choice, error) {
	places, err := member.Places(s.app)
	choices := make([]Choice, len(places))
	for i, p := range places {
		choices[i] = Choice{Value: p.Id, Title: p.Title(), Chosen: p.Id == place}
	}
	return choices, err
}

// pick copies choices with one of them chosen.
func pick(choices []Choice, value string) []Choice {
	list := make([]Choice, len(choices))
	for i, c := range choices {
		c.Chosen = c.Value == value
		list[i] = c
	}
	return list
}

func orElse(value, standard string) string {
	if value == "" {
		return standard
	}
	return value
}

// meSave takes what people may say of themselves; role and organisation are not among it.
func (s *Site) meSave(e *core.RequestEvent) error {
	form := func(name string) string { return strings.TrimSpace(e.Request.FormValue(name)) }
	v := meView{Name: form("name"), RoleTitle: form("role_title")}
	u := viewer(e).User()
	if v.Errors = missing(field{"name", v.Name, "Enter your name."}, field{"role_title", v.RoleTitle, "Enter your role, such as “Carers lead”."}); v.Errors == nil {
		u.Set("name", v.Name)
		u.Set("role_title", v.RoleTitle)
		u.Set("place", form("place"))
		u.Set("mail", form("mail"))
		err := saveAs(s.app, u, u.Id)
		if err == nil {
			return e.Redirect(http.StatusSeeOther, "/me?saved")
		}
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
	}
	return s.showMe(e, http.StatusUnprocessableEntity, v, form("place"), form("mail"))
}

// saveAs saves a record in a person's name.
func saveAs(app core.App, r *core.Record, by string) error {
	journal.By(r, by)
	return app.Save(r)
}

// drafts lists what the viewer is writing.
func (s *Site) drafts(e *core.RequestEvent) ([]library.Card, error) {
	return library.Cards(s.app, viewer(e), dbx.And(dbx.HashExp{"author": viewer(e).ID()}, dbx.In("state", library.Draft, library.InReview)))
}
