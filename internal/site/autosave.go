package site

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// autosaveView is what a form knows of the writing that was typed into it and not saved. Its parts in the template are
// "unsaved" above the form, and "autosave" within.
type autosaveView struct {
	Person, Address string
	Window          string    // names the window that the form came back to, with its faults
	From            string    // the mark of what was taken up
	Restored        time.Time // when that was typed
	Unsaved         []unsaved
}

// unsaved is writing that waits to be taken up or thrown away.
type unsaved struct {
	ID, Title, Address string
	Window             string
	At                 time.Time
	Later              bool // somebody has saved the document since
}

// autosaveOf reads what waits for the form at this address, whose document has its newest revision by that number. The
// fields are those of the writing that is to be taken up, as ?restore=ID asks; nil without.
func (s *Site) autosaveOf(e *core.RequestEvent, newest int) (v autosaveView, fields url.Values, err error) {
	v = autosaveView{Person: viewer(e).ID(), Address: e.Request.URL.Path}
	if e.Request.Method == http.MethodPost {
		v.Window, v.From = e.Request.PostForm.Get("autosave"), e.Request.PostForm.Get("autosave_from")
		return v, nil, nil
	}
	if viewer(e).ID() == "" {
		return v, nil, nil
	}
	waiting, err := member.Autosaves(s.app, v.Person, v.Address)
	if err != nil {
		return v, nil, err
	}
	wanted := e.Request.URL.Query().Get("restore")
	for _, a := range waiting {
		if a.Id == wanted {
			v.From, v.Restored = a.Mark(), a.At()
			if fields, err = a.Form(); err != nil {
				return v, nil, err
			}
			continue
		}
		v.Unsaved = append(v.Unsaved, unsaved{ID: a.Id, Address: a.Address(), Window: a.Window(), At: a.At(), Later: a.Base() != newest})
	}
	return v, fields, nil
}

// endAutosave is for the handler of a form that was saved.
func (s *Site) endAutosave(e *core.RequestEvent) error {
	form := e.Request.PostForm
	return member.EndAutosave(s.app, member.Typing{Person: viewer(e).ID(), Address: e.Request.URL.Path, Window: form.Get("autosave"), From: form.Get("autosave_from")})
}

// mostTyped is how many bytes a form may have on its way here.
const mostTyped = 4 << 20

// autosaveKeep keeps what is typed, and says when: POST /-/autosave?at=ADDRESS&window=NAME&from=MARK with the form's
// fields. With offer=1 the answer has the part of the page that offers it.
func (s *Site) autosaveKeep(e *core.RequestEvent) error {
	if !viewer(e).SignedIn() {
		return e.ForbiddenError("Sign in to save what you write.", nil)
	}
	e.Request.Body = http.MaxBytesReader(e.Response, e.Request.Body, mostTyped)
	if err := e.Request.ParseForm(); err != nil {
		return e.Error(http.StatusRequestEntityTooLarge, "This form is too long to be kept before you save it.", err)
	}
	form, q := e.Request.PostForm, e.Request.URL.Query()
	for _, name := range []string{"autosave", "autosave_from", "do"} {
		form.Del(name)
	}
	a, err := member.KeepAutosave(s.app, member.Typing{
		Person: viewer(e).ID(), Address: q.Get("at"), Window: q.Get("window"), From: q.Get("from"), Form: form,
	})
	switch {
	case errors.Is(err, member.ErrAutosaveEnded):
		return e.JSON(http.StatusOK, map[string]bool{"ended": true}) // no fault: windows go on sending
	case errors.Is(err, member.ErrAutosave):
		return e.BadRequestError(upperFirst(err.Error())+".", nil)
	case faultsOf(err) != nil:
		return e.Error(http.StatusRequestEntityTooLarge, "This form is too long to be kept before you save it.", err)
	case err != nil:
		return err
	}
	said := map[string]any{"at": clock(a.At().In(london)), "id": a.Id}
	if q.Get("offer") != "" {
		var b strings.Builder
		if err := s.pages[partPost].ExecuteTemplate(&b, "unsaved-one", unsaved{ID: a.Id, Address: a.Address(), At: a.At()}); err != nil {
			return err
		}
		said["html"] = b.String()
	}
	e.Response.Header().Set("Cache-Control", "no-store")
	return e.JSON(http.StatusOK, said)
}

// autosaveThrow throws away what the writer does not want, and leads back to the form.
func (s *Site) autosaveThrow(e *core.RequestEvent) error {
	address, err := member.ThrowAutosave(s.app, viewer(e).ID(), e.Request.PathValue("id"))
	if err != nil {
		return found(e, err)
	}
	return e.Redirect(http.StatusSeeOther, address)
}

// unsavedWriting lists what waits on all forms that the writer may still open.
func (s *Site) unsavedWriting(e *core.RequestEvent) ([]unsaved, error) {
	waiting, err := member.Autosaves(s.app, viewer(e).ID(), "")
	if err != nil {
		return nil, err
	}
	var list []unsaved
	for _, a := range waiting {
		if !s.mayStillWrite(e, a.Address()) {
			continue
		}
		form, err := a.Form()
		if err != nil {
			return nil, err
		}
		title := strings.TrimSpace(form.Get("title"))
		if id, in := strings.CutPrefix(a.Address(), "/discussions/"); in {
			if t, err := thread.ByID(s.app, id); err == nil {
				title = "A post in " + t.Title()
			}
		}
		list = append(list, unsaved{ID: a.Id, Title: title, Address: a.Address(), At: a.At()})
	}
	return list, nil
}

// mayStillWrite says whether the form at an address would open: what was typed there holds others' words too. A discussion
// that was closed meanwhile gives back what is one's own.
func (s *Site) mayStillWrite(e *core.RequestEvent, address string) bool {
	parts := strings.Split(address, "/")
	if len(parts) == 3 && parts[1] == "discussions" {
		t, err := thread.ByID(s.app, parts[2])
		return err == nil && t.Viewable(viewer(e))
	}
	if len(parts) != 4 || parts[1] != "write" {
		return true
	}
	d, err := library.ByID(s.app, parts[3])
	return err == nil && d.Viewable(viewer(e)) && d.Editable(viewer(e))
}
