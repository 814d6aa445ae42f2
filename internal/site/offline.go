package site

import (
	"net/http"
	"strings"
	"time"

	"commonplace/internal/member"
	"commonplace/web"

	"github.com/pocketbase/pocketbase/core"
)

// offlineView is the page on which a reader saves the handbook to a phone, and takes it off again. In the copy itself it
// says nothing of size and date, which its own script knows.
type offlineView struct {
	Lens   lens
	Here   string // the page's address without a place
	Places []*member.Place
	Ready  bool // there is a copy to save
	Size   int  // in thousands of bytes, as they travel
	File   int  // in thousands of bytes, of the handbook as one file
	Day    time.Time
	List   string // where the copy's list stands
	Off    bool   // administrators have switched saving off
}

// offlineScript saves, renews and removes the copy when it is asked to.
const offlineScript = "offline.js"

func (s *Site) offline(e *core.RequestEvent) error {
	l, err := s.lensOf(e)
	if err != nil {
		return answered(err)
	}
	v := offlineView{Lens: l, Here: "/offline", List: l.Base + "/offline/list.json"}
	if v.Places, err = member.Places(s.app); err != nil {
		return err
	}
	if v.Off, err = s.copiesOff(); err != nil {
		return err
	}
	if takingOf(e) == nil {
		_, file, _, err := s.asOneFile(e)
		if err != nil {
			return answered(err)
		}
		v.File, v.Day = thousands(len(file)), time.Now().In(london)
	}
	if takingOf(e) == nil && !v.Off {
		c, err := s.copyFor(l)
		if err != nil {
			return err
		}
		v.Ready, v.Size, v.Day = true, thousands(c.bytes), c.made.In(london)
	}
	p := Page{
		Title: s.say("offline"), Description: s.say("about-offline"), Section: "/handbook",
		Within: []Link{{"handbook", l.Base + "/handbook"}}, Scripts: []string{offlineScript}, NoIndex: l.Place != nil, Manifest: true,
	}
	return render(s, e, http.StatusOK, "offline", p, v, tagLibrary)
}

// thousands is a size in kB, so that nobody gets more than they were told.
func thousands(bytes int) int { return (bytes + 999) / 1000 }

// copiesOff says whether administrators have switched off that the handbook is saved to phones.
func (s *Site) copiesOff() (bool, error) {
	settings, err := member.SettingsOf(s.app)
	return !settings.On(member.OfflineCopies), err
}

// offlineList names all that is in the copy, by what it says: a phone that has one asks for this first, and then only for
// what it does not have.
func (s *Site) offlineList(e *core.RequestEvent) error {
	c, err := s.copyAsked(e)
	if err != nil {
		return answered(err)
	}
	c.list.serve(e.Response, e.Request, http.StatusOK)
	return nil
}

// offlinePart is the whole copy or one part of it, by the sum of its bytes. What is in no copy any more is not there.
func (s *Site) offlinePart(e *core.RequestEvent) error {
	c, err := s.copyAsked(e)
	if err != nil {
		return answered(err)
	}
	part := c.parts[strings.TrimSuffix(e.Request.PathValue("name"), ".json")]
	if part == nil {
		return notFound(e)
	}
	part.serve(e.Response, e.Request, http.StatusOK)
	return nil
}

// copyAsked is the copy that an address names: the same for everybody, whoever asks. Once saving is switched off there is
// none, for good: phones that have one take that for the order to forget it.
func (s *Site) copyAsked(e *core.RequestEvent) (*copied, error) {
	e.Response.Header().Set("X-Robots-Tag", "noindex")
	off, err := s.copiesOff()
	if err != nil {
		return nil, err
	}
	if off {
		if err := e.NoContent(http.StatusGone); err != nil {
			return nil, err
		}
		return nil, errAnswered
	}
	l, err := s.lensOf(e)
	if err != nil {
		return nil, err
	}
	return s.copyFor(l)
}

// worker is the script that answers for the copy where there is no signal. Browsers ask for it anew each day, past every
// cache, so that a bad one can be replaced: when saving is switched off they get one that takes itself and the copy away.
func (s *Site) worker(e *core.RequestEvent) error {
	off, err := s.copiesOff()
	if err != nil {
		return err
	}
	name := "sw.js"
	if off {
		name = "sw-off.js"
	}
	newStored(s.assets[name].Body, s.assets[name].Type, true).serve(e.Response, e.Request, http.StatusOK)
	return nil
}

// manifest names the site to phones that put it on their first screen.
func (s *Site) manifest(e *core.RequestEvent) error {
	e.Response.Header().Set("Cache-Control", "public, max-age=3600")
	e.Response.Header().Set("Content-Type", "application/manifest+json")
	return e.JSON(http.StatusOK, map[string]any{
		"id": "/", "name": "Commonplace: the carers’ handbook", "short_name": "Handbook", "lang": "en-GB", "start_url": "/handbook", "scope": "/",
		"display": "minimal-ui", "background_color": pageColour, "theme_color": pageColour,
		"icons": []map[string]string{{"src": s.assets["favicon.svg"].Path, "sizes": "any", "type": "image/svg+xml"}},
	})
}

// pageColour is the light colour behind pages, see web/style/tokens.scss.
const pageColour = "#faf7f0"

// copyAssets are the files that pages of the copy need, besides their words.
func copyAssets(all map[string]web.Asset) []web.Asset {
	return []web.Asset{all["site.css"], all["favicon.svg"], all[offlineScript], all[findScript], all[fillScript], all[fillStyle]}
}

const (
	findScript = "find.js"      // searches in the copy
	fillScript = "templates.js" // keeps what is filled in on the page, and prints it
	fillStyle  = "form.css"     // of filled in forms on paper
)
