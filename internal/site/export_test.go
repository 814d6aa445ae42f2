package site

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"commonplace/web"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

// What the tests of this package see of its inside.

// Views are the views of the pages.
var Views = views

// Small functions whose cases are easier told one by one.
var (
	Local      = local
	NotFormula = notFormula
	MomentHTML = momentHTML
	DateHTML   = dateHTML
	Counted    = counted
	Host       = host
)

// Mentioning is how often somebody may ask whom they can mention: so many at once, and in the minute after that.
func Mentioning() (burst int, inAMinute float64) {
	return mentioning.burst, 60 * float64(mentioning.perSecond)
}

// Voices counts what one address tells in a day.
func Voices() func(address string, now time.Time) bool {
	var v voices
	return v.take
}

// Templates parses the pages and the parts; the parts alone stand under "".
func Templates() (map[string]*template.Template, error) {
	assets, err := web.Assets()
	if err != nil {
		return nil, err
	}
	ps, err := readPages(assets, catalogue{})
	if err != nil {
		return nil, err
	}
	byName := map[string]*template.Template{}
	for name, t := range ps {
		if name == partPost {
			name = ""
		}
		byName[name] = t
	}
	return byName, nil
}

// PartViews are the views of the parts that are also made by themselves.
var PartViews = map[string]any{"post": postView{}, "local": localView{}, "similar": similarView{}}

// Try answers every request with f, behind everything that stands before a page.
func (s *Site) Try(f func(*core.RequestEvent) error) (http.Handler, error) {
	r, err := apis.NewRouter(s.app)
	if err != nil {
		return nil, err
	}
	s.group(r, "").Any("/", f)
	mux, err := r.BuildMux()
	return s.Memory(mux), err
}

// Show answers with a small page that says words, and that the memory may keep.
func (s *Site) Show(e *core.RequestEvent, words string) error {
	return render(s, e, http.StatusOK, "error", Page{Title: words}, errorView{Status: http.StatusBadRequest, Message: words}, tagLibrary)
}

// Remembers says whether a page is kept in memory for guests, of whatever host.
func (s *Site) Remembers(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	s.memory.mu.RLock()
	defer s.memory.mu.RUnlock()
	for key, kept := range s.memory.pages {
		if strings.HasSuffix(key, u.Path) && strings.Index(key, "/") == len(key)-len(u.Path) {
			return u.RawQuery == "" && time.Now().Before(kept.until)
		}
	}
	return false
}

// Callable is callable, for tests.
var Callable = callable
