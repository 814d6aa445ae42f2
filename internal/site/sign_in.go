package site

import (
	"net/http"
	"net/url"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"golang.org/x/crypto/bcrypt"
)

type signInView struct {
	Email, To string
	Wrong     bool
}

func (s *Site) signInForm(e *core.RequestEvent) error {
	to := local(e.Request.URL.Query().Get("to"))
	if viewer(e).SignedIn() {
		return e.Redirect(http.StatusSeeOther, to)
	}
	return s.showSignIn(e, http.StatusOK, signInView{To: to})
}

func (s *Site) showSignIn(e *core.RequestEvent, status int, v signInView) error {
	return render(s, e, status, "sign-in", Page{Title: "Sign in", NoIndex: true}, v)
}

// nobody is compared with when there is no such account, so that the answer takes as long.
var nobody, _ = bcrypt.GenerateFromPassword([]byte("nobody has this password"), bcrypt.DefaultCost)

func (s *Site) signIn(e *core.RequestEvent) error {
	v := signInView{Email: strings.TrimSpace(e.Request.FormValue("email")), To: local(e.Request.FormValue("to"))}
	password := e.Request.FormValue("password")
	user, err := s.app.FindAuthRecordByEmail("users", v.Email)
	if err != nil {
		bcrypt.CompareHashAndPassword(nobody, []byte(password))
	}
	if err != nil || !user.ValidatePassword(password) || user.GetBool("suspended") {
		if err := s.noteFailed(user); err != nil {
			return err
		}
		v.Wrong = true
		return s.showSignIn(e, http.StatusUnprocessableEntity, v)
	}
	token, err := member.OpenSession(s.app, user, "")
	if err != nil {
		return err
	}
	s.setCookie(e, token, int(member.SessionLife.Seconds()))
	return e.Redirect(http.StatusSeeOther, v.To)
}

// noteFailed notes a sign-in that failed; of an address without an account nothing is kept.
func (s *Site) noteFailed(user *core.Record) error {
	if user == nil {
		return member.SignInFailed(s.app, "")
	}
	return member.SignInFailed(s.app, user.Id)
}

func (s *Site) signOut(e *core.RequestEvent) error {
	if c, err := e.Request.Cookie(cookieName); err == nil {
		if err := member.CloseSession(s.app, c.Value); err != nil {
			return err
		}
	}
	s.clearCookie(e)
	return e.Redirect(http.StatusSeeOther, "/")
}

func (s *Site) setCookie(e *core.RequestEvent, value string, seconds int) {
	http.SetCookie(e.Response, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: e.IsTLS() || strings.HasPrefix(s.o.URL, "https://"),
	})
}

func (s *Site) clearCookie(e *core.RequestEvent) { s.setCookie(e, "", -1) }

// local is an address on this site to go to, "/" for anything else: nobody is led away from here by a link.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	next := url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment}
	return next.String()
}

func signInAddress(to string) string {
	if to = local(to); to == "/" {
		return "/sign-in"
	}
	return "/sign-in?to=" + url.QueryEscape(to)
}

type meView struct {
	Name, Email, RoleTitle, Organisation, Role string
	Drafts                                     []library.Card
	Decided                                    []actLine // by moderators, about what one wrote
	Object                                     string
}

var roleWords = map[string]string{
	member.RoleMember: "Member", member.RoleLead: "Programme lead", member.RoleModerator: "Moderator", member.RoleAdministrator: "Administrator",
}

func (s *Site) me(e *core.RequestEvent) error {
	u := viewer(e).User()
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return err
	}
	v := meView{
		Name: u.GetString("name"), Email: u.GetString("email"), RoleTitle: u.GetString("role_title"),
		Organisation: organisations[u.GetString("organisation")], Role: roleWords[u.GetString("role")],
	}
	if v.Drafts, err = s.drafts(e); err != nil {
		return err
	}
	v.Object = objectAddress
	if v.Decided, err = s.ownActs(viewer(e)); err != nil {
		return err
	}
	return render(s, e, http.StatusOK, "me", Page{Title: "Your account", NoIndex: true}, v)
}

// drafts lists what the viewer is writing.
func (s *Site) drafts(e *core.RequestEvent) ([]library.Card, error) {
	return library.Cards(s.app, viewer(e), dbx.And(dbx.HashExp{"author": viewer(e).ID()}, dbx.In("state", library.Draft, library.InReview)))
}
