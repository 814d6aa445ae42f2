package site

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"commonplace/internal/member"
	"commonplace/internal/privacy"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
)

const policyHeader = "Content-Security-Policy"

// securityHeaders go with every page. Nothing is loaded from elsewhere, and nothing runs but our own files.
var securityHeaders = http.Header{
	policyHeader: {"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
	"X-Content-Type-Options":     {"nosniff"},
	"X-Frame-Options":            {"DENY"},
	"Referrer-Policy":            {"same-origin"},
	"Permissions-Policy":         {"camera=(), geolocation=(), microphone=(), payment=()"},
	"Cross-Origin-Opener-Policy": {"same-origin"},
	"X-Xss-Protection":           {"0"},
}

// page is the middleware of all pages: it finds out who asks, refuses forms from other sites and floods, and turns
// errors and panics into the error page.
func (s *Site) page() *hook.Handler[*core.RequestEvent] {
	return &hook.Handler[*core.RequestEvent]{Id: "site.page", Func: func(e *core.RequestEvent) error {
		for k, v := range securityHeaders {
			e.Response.Header()[k] = v
		}
		err := s.answer(e)
		if err == nil || e.Written() {
			return err
		}
		if strings.HasPrefix(e.Request.URL.Path, "/api/") || strings.HasPrefix(e.Request.URL.Path, "/-/") {
			return s.asAPI(e, err)
		}
		if r, refused := privacy.As(err); refused {
			return s.refusePrivate(e, r)
		}
		return s.fail(e, err)
	}}
}

func (s *Site) answer(e *core.RequestEvent) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = e.InternalServerError("", fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	e.Set(generationKey, s.memory.generation()) // before anything is read from the database
	v, session, err := s.whoAsks(e)
	if err != nil {
		return err
	}
	shown, err := s.viewAs(e, v)
	if err != nil {
		return err
	}
	e.Set(viewerKey, shown)
	e.Set(sessionKey, session)
	if len(e.Request.URL.RawQuery) > maxAsked {
		e.Request.URL.RawQuery = "" // the error page does not repeat it either
		return e.BadRequestError(s.say("too-long"), nil)
	}
	if err := s.origin.Check(e.Request); err != nil {
		return e.ForbiddenError(s.say("from-elsewhere"), err)
	}
	if !s.limits.allow(e, v) {
		return e.TooManyRequestsError("", nil)
	}
	if err := s.readOnly(e); err != nil {
		return err
	}
	if err := s.decidePrivate(e); err != nil {
		return err
	}
	if err := s.visit(v, time.Now()); err != nil {
		return err
	}
	return e.Next()
}

// maxAsked is how many bytes may stand behind an address's question mark: pages repeat them in each of their links.
const maxAsked = 4 << 10

const (
	sessionKey    = "session"
	generationKey = "generation"
)

// whoAsks reads the session cookie. One that means nothing any more is the same as none.
func (s *Site) whoAsks(e *core.RequestEvent) (*member.Viewer, string, error) {
	token := s.cookie(e, cookieName)
	if token == "" {
		v, err := member.Guest(s.app)
		return v, "", err
	}
	session, user, err := member.SessionUser(s.app, token)
	if errors.Is(err, sql.ErrNoRows) {
		s.clearCookie(e, cookieName)
		v, err := member.Guest(s.app)
		return v, "", err
	}
	if err != nil {
		return nil, "", err
	}
	v, err := member.For(s.app, user)
	return v, session, err
}

// signedIn leads guests to the sign-in page and from there to where they wanted to go.
func (s *Site) signedIn(e *core.RequestEvent) error {
	if viewer(e).SignedIn() {
		return e.Next()
	}
	to := e.Request.URL.RequestURI()
	if e.Request.Method != http.MethodGet {
		to = e.Request.Referer()
	}
	return e.Redirect(http.StatusSeeOther, signInAddress(to))
}

// notFound is the answer for what does not exist and for what the viewer may not see: they are told apart by nobody.
func notFound(e *core.RequestEvent) error { return e.NotFoundError("", nil) }

// found turns the error of a look-up into an answer.
func found(e *core.RequestEvent, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return notFound(e)
	}
	return err
}

// asAPI is an error in PocketBase's shape.
func (s *Site) asAPI(e *core.RequestEvent, err error) error {
	var api *router.ApiError
	if s.noRoom(err) {
		return e.Error(http.StatusServiceUnavailable, diskFull, err)
	}
	if errors.As(err, &api) {
		return err
	}
	return e.InternalServerError("", err)
}

// errorView is the page of something that went wrong.
type errorView struct {
	Status  int
	Message string // what a handler wants to say in public, besides the page's own words
	Guest   bool
	SignIn  string // and from there back here
	Written []string
}

// worthKeeping is how much somebody wrote that is worth giving back.
const worthKeeping = 20

// written is what somebody wrote in the form that could not be saved, field by field.
func written(r *http.Request) (texts []string) {
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, text := range r.PostForm[name] {
			if len(text) >= worthKeeping && !strings.HasPrefix(name, "autosave") && !strings.Contains(name, "password") && strings.Contains(strings.TrimSpace(text), " ") {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// diskFull is what somebody is told then.
const diskFull = "There is no room left to save things. The people who run this site have to make some first."

// noRoom says whether something failed because the disk is full.
func (s *Site) noRoom(err error) bool {
	var api *router.ApiError
	if errors.As(err, &api) {
		if cause, is := api.RawData().(error); is {
			err = cause
		}
	}
	return s.o.NoRoom != nil && s.o.NoRoom(err)
}

// fail shows the error page. The cause goes to the log, never to the reader.
func (s *Site) fail(e *core.RequestEvent, err error) error {
	status, message := http.StatusInternalServerError, ""
	var api *router.ApiError
	if errors.As(err, &api) {
		status, message = api.Status, api.Message
	}
	if status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable {
		cause := any(err)
		if api != nil && api.RawData() != nil {
			cause = api.RawData()
		}
		s.app.Logger().Error("page failed", "route", e.Request.Pattern, "status", status, "error", fmt.Sprint(cause))
	}
	switch status {
	case http.StatusUnauthorized:
		status = http.StatusForbidden
	case http.StatusTooManyRequests:
		if e.Response.Header().Get("Retry-After") == "" {
			e.Response.Header().Set("Retry-After", "60")
		}
		if message == http.StatusText(status)+"." { // nobody said more
			message = ""
		}
	}
	if s.noRoom(err) {
		status, message = http.StatusServiceUnavailable, diskFull
		e.Response.Header().Set("Retry-After", "60")
	}
	e.Response.Header().Set("Cache-Control", "no-store")
	title := s.say(orElse(map[int]string{
		http.StatusNotFound: "no-page", http.StatusForbidden: "not-allowed", http.StatusTooManyRequests: "too-many", http.StatusServiceUnavailable: "no-writing",
	}[status], "went-wrong"))
	p := Page{Title: title, NoIndex: true}
	v := errorView{Status: status, Message: message, Guest: viewer(e) == nil || !viewer(e).SignedIn(), SignIn: signInAddress(e.Request.URL.RequestURI())}
	if status == http.StatusServiceUnavailable {
		v.Written = written(e.Request)
	}
	if e.Request.Method == http.MethodHead {
		return e.NoContent(status)
	}
	if renderErr := render(s, e, status, "error", p, v); renderErr != nil {
		s.app.Logger().Error("error page failed", "error", renderErr)
		return e.String(status, title+".")
	}
	return nil
}

// elsewhere answers every address that nothing else does: an old one leads to where the page stands now.
func (s *Site) elsewhere(e *core.RequestEvent) error {
	path := e.Request.URL.Path
	if strings.HasPrefix(path, "/api") || e.Request.Method != http.MethodGet && e.Request.Method != http.MethodHead {
		return notFound(e)
	}
	if trimmed := "/" + strings.Trim(path, "/"); len(path) > 1 && strings.HasSuffix(path, "/") && !strings.Contains(trimmed, "//") && !strings.Contains(trimmed, `\`) {
		return e.Redirect(http.StatusMovedPermanently, (&url.URL{Path: trimmed, RawQuery: e.Request.URL.RawQuery}).String())
	}
	if done, err := s.belowSitePage(e); done {
		return err
	}
	return s.movedOr404(e, path)
}
