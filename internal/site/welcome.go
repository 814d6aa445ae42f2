package site

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// welcomeView is the first page of somebody who has joined, and of everybody when the terms have changed.
type welcomeView struct {
	Hub, To                             string
	Name, RoleTitle, Organisation, Role string
	Mail                                []Choice
	First                               bool
	Terms                               template.HTML
	MustAgree, Agreed                   bool
	Errors                              fieldErrors
}

var mailChoices = []Choice{
	{Value: "at once", Title: "At once", Hint: "Each time somebody answers you, or writes in what you follow."},
	{Value: "daily", Title: "Once a day", Hint: "All of it in one mail, in the morning."},
	{Value: "weekly", Title: "Once a week", Hint: "All of it in one mail, on Monday."},
	{Value: "never", Title: "Never", Hint: "You see what is new when you come here."},
}

// welcomed leads people to their first page before they write anything: it shows the terms and asks who they are.
func (s *Site) welcomed(e *core.RequestEvent) error {
	settings, err := member.SettingsOf(s.app)
	if err != nil {
		return err
	}
	u := viewer(e).User()
	if !u.GetDateTime("welcomed").IsZero() && u.GetString("terms") == settings[member.Terms] {
		return e.Next()
	}
	to := e.Request.URL.RequestURI()
	if e.Request.Method != http.MethodGet && e.Request.Method != http.MethodHead {
		to = e.Request.Referer()
	}
	return e.Redirect(http.StatusSeeOther, "/me/welcome?to="+url.QueryEscape(local(to)))
}

func (s *Site) welcomeForm(e *core.RequestEvent) error {
	u := viewer(e).User()
	mail := u.GetString("mail")
	if mail == "" {
		mail = "daily"
	}
	v := welcomeView{To: local(e.Request.URL.Query().Get("to")), Name: u.GetString("name"), RoleTitle: u.GetString("role_title")}
	return s.showWelcome(e, http.StatusOK, v, mail)
}

func (s *Site) showWelcome(e *core.RequestEvent, status int, v welcomeView, mail string) error {
	u := viewer(e).User()
	settings, err := member.SettingsOf(s.app)
	if err != nil {
		return err
	}
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return err
	}
	v.Hub, v.Organisation, v.Role = settings[member.HubName], organisations[u.GetString("organisation")], roleWords[u.GetString("role")]
	v.First = u.GetDateTime("welcomed").IsZero()
	if v.MustAgree = u.GetString("terms") != settings[member.Terms]; v.MustAgree {
		if v.Terms, err = s.terms(); err != nil {
			return err
		}
	}
	for _, c := range mailChoices {
		c.Chosen = c.Value == mail
		v.Mail = append(v.Mail, c)
	}
	title := "Welcome"
	if !v.First {
		title = "The terms have changed"
	}
	return render(s, e, status, "welcome", Page{Title: title, NoIndex: true}, v)
}

func (s *Site) welcome(e *core.RequestEvent) error {
	form := e.Request.FormValue
	u := viewer(e).User()
	settings, err := member.SettingsOf(s.app)
	if err != nil {
		return err
	}
	mail := form("mail")
	v := welcomeView{To: local(form("to")), Name: strings.TrimSpace(form("name")), RoleTitle: strings.TrimSpace(form("role_title")), Agreed: form("terms") == "yes"}
	v.Errors = missing(field{"name", v.Name, "Give your name."}, field{"role_title", v.RoleTitle, "Say what your job or your role is."})
	if !slices.ContainsFunc(mailChoices, func(c Choice) bool { return c.Value == mail }) {
		v.Errors = append(v.Errors, fieldError{"mail", "Choose when you want mail."})
	}
	if u.GetString("terms") != settings[member.Terms] && !v.Agreed {
		v.Errors = append(v.Errors, fieldError{"terms", "Say that you agree to the terms. Without that you can read, but not write."})
	}
	if len(v.Errors) > 0 {
		return s.showWelcome(e, http.StatusUnprocessableEntity, v, mail)
	}
	u.Set("name", v.Name)
	u.Set("role_title", v.RoleTitle)
	u.Set("mail", mail)
	u.Set("terms", settings[member.Terms])
	if u.GetDateTime("welcomed").IsZero() {
		u.Set("welcomed", time.Now().UTC())
	}
	journal.By(u, u.Id)
	if err := s.app.Save(u); err != nil {
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
		return s.showWelcome(e, http.StatusUnprocessableEntity, v, mail)
	}
	return e.Redirect(http.StatusSeeOther, v.To)
}
