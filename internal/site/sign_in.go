package site

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
	"golang.org/x/crypto/bcrypt"
)

type signInView struct {
	Email, To string
	Wrong     bool
	Fault     string // of a provider, in a sentence
	Changed   bool   // the password was changed just now
	Providers []Link
}

func (s *Site) signInForm(e *core.RequestEvent) error {
	to := local(e.Request.URL.Query().Get("to"))
	if viewer(e).SignedIn() {
		return e.Redirect(http.StatusSeeOther, to)
	}
	return s.showSignIn(e, http.StatusOK, signInView{To: to, Changed: e.Request.URL.Query().Has("changed")})
}

func (s *Site) showSignIn(e *core.RequestEvent, status int, v signInView) error {
	var err error
	if v.Providers, err = s.providers(v.To); err != nil {
		return err
	}
	return render(s, e, status, "sign-in", Page{Title: s.say("sign-in"), NoIndex: true}, v)
}

// nobody is compared with when there is no such account, so that the answer takes as long.
var nobody, _ = bcrypt.GenerateFromPassword([]byte("nobody has this password"), bcrypt.DefaultCost)

// signIn takes a password, or mails a code.
func (s *Site) signIn(e *core.RequestEvent) error {
	form := e.Request.FormValue
	v := signInView{Email: strings.TrimSpace(form("email")), To: local(form("to"))}
	if form("do") == "code" {
		return s.codeAsked(e, v)
	}
	wait := evenly(e)
	again, err := s.limits.try(e, "password", v.Email)
	if err != nil {
		return err
	}
	user, err := member.UserByAddress(s.app, v.Email)
	if err != nil {
		return err
	}
	if user == nil {
		bcrypt.CompareHashAndPassword(nobody, []byte(form("password")))
	}
	if user == nil || !user.ValidatePassword(form("password")) || member.Barred(user) {
		if err := s.noteFailed(user); err != nil {
			return err
		}
		v.Wrong = true
		wait()
		return s.showSignIn(e, http.StatusUnprocessableEntity, v)
	}
	again()
	if user.GetBool("second_factor") {
		token, err := s.putCode(user, true)
		if err != nil {
			return err
		}
		return s.toCode(e, token, v.To)
	}
	return s.enter(e, user, v.To)
}

// enter signs a person in, always in a new session, and leads on.
func (s *Site) enter(e *core.RequestEvent, user *core.Record, to string) error {
	if err := s.closeSession(e); err != nil {
		return err
	}
	token, err := member.OpenSession(s.app, user, browserOf(e.Request.UserAgent()))
	if err != nil {
		return err
	}
	s.setCookie(e, cookieName, token, member.SessionLife)
	if to == "/" { // nowhere in particular
		to = "/since"
	}
	return e.Redirect(http.StatusSeeOther, to)
}

// noteFailed notes a sign-in that failed; of an address without an account nothing is kept.
func (s *Site) noteFailed(user *core.Record) error {
	if user == nil {
		return member.SignInFailed(s.app, "")
	}
	return member.SignInFailed(s.app, user.Id)
}

func (s *Site) signOut(e *core.RequestEvent) error {
	if err := s.closeSession(e); err != nil {
		return err
	}
	s.clearCookie(e, cookieName)
	// What was typed and not saved lies on this device too, which the next person may use.
	e.Response.Header().Set("Clear-Site-Data", `"storage"`)
	return e.Redirect(http.StatusSeeOther, "/")
}

func (s *Site) closeSession(e *core.RequestEvent) error {
	if c := s.cookie(e, cookieName); c != "" {
		return member.CloseSession(s.app, c)
	}
	return nil
}

type codeView struct {
	To    string
	Wrong bool
}

// codeAsked mails a code to whoever has the address, and says the same when nobody has.
func (s *Site) codeAsked(e *core.RequestEvent, v signInView) error {
	wait := evenly(e)
	if _, err := s.limits.try(e, "code", v.Email); err != nil {
		return err
	}
	token := member.NoCode()
	user, err := member.UserByAddress(s.app, v.Email)
	switch {
	case err != nil || user == nil || member.Barred(user):
	case user.GetBool("second_factor"):
		err = s.o.Mail.Put(s.app, s.passwordFirst(user, v.To))
	default:
		token, err = s.putCode(user, false)
	}
	if err != nil {
		return err
	}
	wait()
	return s.toCode(e, token, v.To)
}

// passwordFirst is the mail to who asked for a code without the password that a second factor comes after.
func (s *Site) passwordFirst(user *core.Record, to string) notify.Mail {
	m := codeMail(user, "")
	m.Data["URL"] = s.o.Mail.Base() + signInAddress(to)
	return m
}

// putCode makes a code and its mail together.
func (s *Site) putCode(user *core.Record, passwordGiven bool) (token string, err error) {
	err = s.app.RunInTransaction(func(tx core.App) error {
		var code string
		if token, code, err = member.NewCode(tx, user, passwordGiven); err != nil {
			return err
		}
		return s.o.Mail.Put(tx, codeMail(user, code))
	})
	return token, err
}

func codeMail(user *core.Record, code string) notify.Mail {
	return notify.Mail{
		Key: "sign-in-code:" + security.RandomString(20), To: user.Email(), Person: user.Id, Kind: "sign-in-code", Expires: time.Now().Add(member.CodeLife),
		Data: map[string]any{"Name": user.GetString("name"), "Code": code},
	}
}

// toCode leads to where the code from the mail is entered.
func (s *Site) toCode(e *core.RequestEvent, token, to string) error {
	s.setCookie(e, codeCookie, token, member.CodeLife)
	address := "/sign-in/code"
	if to != "/" {
		address += "?to=" + url.QueryEscape(to)
	}
	return e.Redirect(http.StatusSeeOther, address)
}

func (s *Site) codeForm(e *core.RequestEvent) error {
	to := local(e.Request.URL.Query().Get("to"))
	if viewer(e).SignedIn() {
		return e.Redirect(http.StatusSeeOther, to)
	}
	if s.cookie(e, codeCookie) == "" {
		return e.Redirect(http.StatusSeeOther, signInAddress(to))
	}
	return s.showCode(e, http.StatusOK, codeView{To: to})
}

func (s *Site) showCode(e *core.RequestEvent, status int, v codeView) error {
	return render(s, e, status, "sign-in-code", Page{Title: s.say("title-code"), NoIndex: true}, v)
}

// code takes the code from the mail. That somebody reads mail at an address makes it theirs.
func (s *Site) code(e *core.RequestEvent) error {
	v := codeView{To: local(e.Request.FormValue("to"))}
	again, err := s.limits.try(e, "typed code", "")
	if err != nil {
		return err
	}
	user, passwordGiven, err := member.UseCode(s.app, s.cookie(e, codeCookie), e.Request.FormValue("code"))
	if errors.Is(err, member.ErrCode) || err == nil && user.GetBool("second_factor") && !passwordGiven {
		v.Wrong = true
		return s.showCode(e, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	again()
	if err := member.ShowMailbox(s.app, user); err != nil {
		return err
	}
	s.clearCookie(e, codeCookie)
	return s.enter(e, user, v.To)
}

// evenAnswer is longer than anything takes that depends on whether there is an account.
const evenAnswer = 250 * time.Millisecond

// evenly begins an answer that must take as long for an address that nobody has; what it returns waits for the end.
func evenly(e *core.RequestEvent) (wait func()) {
	over := time.After(evenAnswer)
	return func() {
		select {
		case <-over:
		case <-e.Request.Context().Done():
		}
	}
}

// local is an address on this site to go to, "/" for anything else: nobody is led away from here by a link.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	next := url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, Fragment: u.Fragment, RawFragment: u.RawFragment}
	return next.String()
}

// signInAddress leads through the sign-in page to an address here, with its fragment; for links in mails too, whose
// reader may be signed in no longer.
func signInAddress(to string) string {
	if to = local(to); to == "/" {
		return "/sign-in"
	}
	return "/sign-in?to=" + url.QueryEscape(to)
}
