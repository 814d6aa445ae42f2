package site

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"commonplace/internal/event"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/privacy"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// tellUsView is the form with which anybody says that something on a page is unclear, wrong or missing.
type tellUsView struct {
	Page       Link
	Action     string
	Report     string // where one says that somebody may come to harm; "" for a page that is no document
	Paragraphs []Choice
	Chosen     bool // a paragraph is
	Words, Key string
	Found      []privacy.Passage
	Errors     fieldErrors
	Sent       bool
}

// toldPages are the pages that are no documents and can be told about, with what the catalogue calls them.
var toldPages = map[string]string{
	"/": "this-site", "/handbook": "handbook-title", "/case-studies": "good-practice", "/plans": "plans", "/discussions": "discussions",
	"/glossary": "glossary", "/events": "events", "/partners": "partners", "/places": "places", "/groups": "groups", "/search": "find",
}

// toldTitle is what a page that is no document is called, "" where the viewer sees none at the path; one is the event that it
// is about, if any.
func (s *Site) toldTitle(v *member.Viewer, path string) (title string, one *event.Event, err error) {
	slug, is := strings.CutPrefix(path, "/events/")
	if !is {
		return s.say(toldPages[path]), nil, nil
	}
	one, err = event.At(s.app, slug)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil, nil
	}
	if err != nil || one.Address() != path || !one.Viewable(v) {
		return "", nil, err
	}
	return one.Title(), one, nil
}

// toldAbout is the page that a message is about: a document or an event that everybody can read, or a page of the site.
func (s *Site) toldAbout(e *core.RequestEvent) (about Link, d *library.Document, err error) {
	path, _, _ := strings.Cut(e.Request.URL.Query().Get("page"), "?")
	if path == "" {
		path = "/"
	}
	guest, err := member.Guest(s.app)
	if err != nil {
		return about, nil, err
	}
	if title, _, err := s.toldTitle(guest, path); title != "" || err != nil {
		return Link{title, path}, nil, err
	}
	d, err = library.At(s.app, path)
	if err != nil || !d.Viewable(guest) || d.State() != library.Published {
		return about, nil, notFound(e)
	}
	return Link{d.Title(), d.Address()}, d, nil
}

// tellUsAddress is where one says something about a page.
func tellUsAddress(path string) string { return "/tell-us?page=" + url.QueryEscape(path) }

func (s *Site) tellUsForm(e *core.RequestEvent) error {
	about, d, err := s.toldAbout(e)
	if err != nil {
		return err
	}
	q := e.Request.URL.Query()
	return s.showTellUs(e, http.StatusOK, about, d, tellUsView{Key: newKey(), Sent: q.Get("sent") != ""}, q.Get("paragraph"))
}

func (s *Site) showTellUs(e *core.RequestEvent, status int, about Link, d *library.Document, v tellUsView, paragraph string) error {
	v.Page, v.Action = about, tellUsAddress(about.URL)
	if d != nil {
		v.Report = reportAddress("document:" + d.Id)
		var err error
		if v.Paragraphs, err = s.paragraphChoices(d, paragraph); err != nil {
			return err
		}
		for _, p := range v.Paragraphs {
			v.Chosen = v.Chosen || p.Chosen
		}
	}
	p := Page{Title: s.say("title-tell-us"), NoIndex: true, Crumbs: []Link{about}}
	return render(s, e, status, "tell-us", p, v)
}

// tellUs keeps what somebody says. A machine that fills in every field is thanked as everybody is.
func (s *Site) tellUs(e *core.RequestEvent) error {
	about, d, err := s.toldAbout(e)
	if err != nil {
		return err
	}
	form := e.Request.PostFormValue
	v := tellUsView{Words: form("words"), Key: form("client_key")}
	sent := func() error { return e.Redirect(http.StatusSeeOther, tellUsAddress(about.URL)+"&sent=1") }
	if form("leave-empty") != "" {
		return sent()
	}
	if !s.limits.voice(e) {
		v.Errors = fieldErrors{{"words", s.say("told-enough")}}
		return s.showTellUs(e, http.StatusTooManyRequests, about, d, v, form("paragraph"))
	}
	said := thread.Said{Page: about.URL, Paragraph: form("paragraph"), Words: v.Words, ClientKey: v.Key}
	if d != nil {
		said.Document = d.Id
	}
	err = said.Keep(s.app)
	if err == nil {
		return sent()
	}
	if refusal, private := privacy.As(err); private {
		v.Found = refusal.Passages()
		v.Errors = fieldErrors{{"words", s.say("told-private")}}
	} else if v.Errors = faultsOf(err); v.Errors == nil {
		return err
	}
	return s.showTellUs(e, http.StatusUnprocessableEntity, about, d, v, form("paragraph"))
}

// voices counts what is told without an account, by address and day. Of an address only a sum is known, with a salt that is
// nowhere but in memory; both are gone with the day.
type voices struct {
	mu     sync.Mutex
	day    string
	salt   [32]byte
	counts map[[32]byte]int
}

// mostVoices is how many messages a day may come from one address, which a whole hospital may share.
const mostVoices = 30

func (v *voices) take(address string, now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if day := now.UTC().Format(time.DateOnly); day != v.day {
		v.day, v.counts = day, map[[32]byte]int{}
		rand.Read(v.salt[:])
	}
	sum := sha256.Sum256(append(v.salt[:], address...))
	v.counts[sum]++
	return v.counts[sum] <= mostVoices
}

// voice says whether one more message may come from where this one does.
func (l *limits) voice(e *core.RequestEvent) bool {
	return !l.on || l.voices.take(e.RealIP(), time.Now())
}
