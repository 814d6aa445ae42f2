package site

import (
	"database/sql"
	"errors"
	"net/http"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/plan"
	"commonplace/internal/spread"

	"github.com/pocketbase/pocketbase/core"
)

// tapView is the page of a link in a mail: a button for one act, which whoever has the link can do once, signed in or not.
type tapView struct {
	Act, Title, Page, Post string
	Place                  string // for whom one says it
	NoPlace                bool   // the person has said none: they do it signed in
	Already                bool
	Done                   bool
	Plan                   tapPlan
}

// tapForm shows the button. Looking changes nothing: mail programs look at links too.
func (s *Site) tapForm(e *core.RequestEvent) error {
	_, v, err := s.openTap(e)
	if err != nil {
		return err
	}
	return s.showTap(e, v)
}

func (s *Site) showTap(e *core.RequestEvent, v tapView) error {
	return render(s, e, http.StatusOK, "tap", Page{Title: s.say(tapTitles[v.Act]), NoIndex: true}, v)
}

// tapTitles are keys of the catalogue.
var tapTitles = map[string]string{notify.TapAdopt: "tap-adopt", notify.TapStop: "tap-stop", notify.TapNever: "tap-never", notify.TapSigned: "tap-signed", notify.TapDone: "tap-done", notify.TapLate: "tap-late", "": "thank-you"}

// openTap reads the link, and what it is about, as its person sees it. What they may not see any more is not there.
func (s *Site) openTap(e *core.RequestEvent) (notify.Tap, tapView, error) {
	t, err := notify.OpenTap(s.app, e.Request.PathValue("token"))
	if errors.Is(err, notify.ErrTap) {
		return t, tapView{}, notFound(e)
	}
	if err != nil {
		return t, tapView{}, err
	}
	v := tapView{Act: t.Act, Post: e.Request.URL.Path}
	as, err := member.For(s.app, t.Person)
	if err != nil {
		return t, v, err
	}
	switch t.Act {
	case notify.TapAdopt:
		return t, v, s.tapAdoption(e, t, as, &v)
	case notify.TapDone, notify.TapLate:
		return t, v, s.tapAction(e, t, as, &v)
	case notify.TapSigned:
		return t, v, s.tapSigned(e, t.Record, as, &v)
	case notify.TapStop:
		f, err := notify.OwnFollow(s.app, as.ID(), t.Record)
		if errors.Is(err, sql.ErrNoRows) { // it was stopped
			v.Already = true
			return t, v, nil
		}
		if err != nil {
			return t, v, err
		}
		l, err := s.followLineOf(as, f)
		v.Title, v.Page = l.Words, l.URL
		return t, v, err
	case notify.TapNever:
		v.Already = t.Person.GetString("mail") == "never"
		return t, v, nil
	}
	return t, v, notFound(e)
}

func (s *Site) tapAdoption(e *core.RequestEvent, t notify.Tap, as *member.Viewer, v *tapView) error {
	d, err := library.ByID(s.app, t.Record)
	if err != nil || !d.Viewable(as) || spread.May(s.app, as, d.Id) != nil {
		return notFound(e)
	}
	v.Title, v.Page = d.Title(), d.Address()
	places, err := s.names("places", "title")
	if err != nil {
		return err
	}
	v.Place = places[t.Person.GetString("place")]
	if v.NoPlace = v.Place == ""; v.NoPlace {
		return nil
	}
	r, err := spread.Own(s.app, as, d.Id, t.Person.GetString("place"))
	if err != nil {
		return err
	}
	v.Already = !r.IsNew()
	return nil
}

// tap does what the link is for. A mail program may do it by itself when its reader asks it for no more mail (RFC 8058).
func (s *Site) tap(e *core.RequestEvent) error {
	t, v, err := s.openTap(e)
	if err != nil {
		return err
	}
	if v.Already || v.NoPlace {
		return e.Redirect(http.StatusSeeOther, "/tap?"+t.Act)
	}
	switch t.Act {
	case notify.TapDone, notify.TapLate:
		done, err := s.tapActionDo(e, t, v)
		if err != nil || !done {
			return err
		}
	case notify.TapSigned:
		x, err := s.signoffOf(t.Record)
		if err != nil {
			return err
		}
		if err := plan.Confirm(s.app, x, t.Person.GetString("role_title"), t.Person.Id, time.Now()); err != nil {
			return err
		}
	case notify.TapAdopt:
		err = s.adoptByTap(t)
	case notify.TapStop:
		_, err = notify.StopFollowing(s.app, t.Person.Id, t.Record)
	case notify.TapNever:
		t.Person.Set("mail", "never")
		err = saveAs(s.app, t.Person, t.Person.Id)
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/tap?"+t.Act)
}

func (s *Site) adoptByTap(t notify.Tap) error {
	as, err := member.For(s.app, t.Person)
	if err != nil {
		return err
	}
	return spread.SayOnce(s.app, as, t.Record, t.Person.GetString("place"))
}

// tapDone says thank you and nothing of the thing: whoever comes here need not be signed in.
func (s *Site) tapDone(e *core.RequestEvent) error {
	return s.showTap(e, tapView{Done: true})
}
