package site

import (
	"net/http"
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

type meSessionsView struct{ Sessions []sessionView }

// sessionView is one browser that is signed in.
type sessionView struct {
	ID, Browser string
	Opened      time.Time
	This        bool
}

func (s *Site) meSessions(e *core.RequestEvent) error {
	sessions, err := member.Sessions(s.app, viewer(e).ID())
	if err != nil {
		return err
	}
	this, _ := e.Get(sessionKey).(string)
	var v meSessionsView
	for _, r := range sessions {
		v.Sessions = append(v.Sessions, sessionView{r.Id, orElse(r.GetString("browser"), "A browser"), r.GetDateTime("created").Time(), r.Id == this})
	}
	return render(s, e, http.StatusOK, "me-sessions", Page{Title: "Where you are signed in", Crumbs: meCrumbs, NoIndex: true}, v)
}

// meSignOut signs out of one browser, or everywhere.
func (s *Site) meSignOut(e *core.RequestEvent) error {
	v := viewer(e)
	if e.Request.FormValue("do") != "everywhere" {
		if err := member.CloseOne(s.app, v.ID(), e.Request.FormValue("session")); err != nil {
			return found(e, err)
		}
		return e.Redirect(http.StatusSeeOther, "/me/sessions")
	}
	if err := member.CloseEverywhere(s.app, v.User()); err != nil {
		return err
	}
	s.clearCookie(e, cookieName)
	return e.Redirect(http.StatusSeeOther, "/sign-in")
}
