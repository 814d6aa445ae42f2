package site

import (
	"net/http"

	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// relationsView is the page on which a writer says what their work has to do with what is there already.
type relationsView struct {
	Title, Action, Write string
	Relations            []library.Relation
	Found                []likeView
	Errors               fieldErrors
	Saved                bool
	Other, Because       string // as they were sent, with a fault
}

func (s *Site) relationsForm(e *core.RequestEvent) error {
	d, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	return s.showRelations(e, http.StatusOK, d, relationsView{Saved: e.Request.URL.Query().Get("saved") != ""})
}

func (s *Site) showRelations(e *core.RequestEvent, status int, d *library.Document, v relationsView) error {
	_, text, err := d.Render()
	if err != nil {
		return err
	}
	found, err := s.similarTo(viewer(e), asked{Title: d.Title(), Text: d.Summary() + "\n" + text, Self: d.Id})
	if err != nil {
		return err
	}
	v.Found = s.likeViews(found)
	if v.Relations, err = library.Relations(s.app, viewer(e), d.Id); err != nil {
		return err
	}
	v.Title, v.Write = d.Title(), writeAddress(d)
	v.Action = v.Write + "/relations"
	p := Page{Title: "Similar work: " + d.Title(), Crumbs: []Link{{"Write", "/write"}, {d.Title(), v.Write}}, NoIndex: true}
	return render(s, e, status, "relations", p, v)
}

// relationsSave links two pages, says why they differ, or takes such a word back.
func (s *Site) relationsSave(e *core.RequestEvent) error {
	d, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	form := e.Request.FormValue
	if id := form("remove"); id != "" {
		err = library.Unrelate(s.app, viewer(e), d, id)
	} else {
		kind := form("do")
		if kind != library.BuildsOn && kind != library.Differs {
			return e.BadRequestError("Say whether it builds on the other page or differs from it.", nil)
		}
		err = library.Relate(s.app, viewer(e), d, form("other"), kind, form("because"))
	}
	if faults := faultsOf(err); faults != nil {
		for i := range faults {
			faults[i].Field = "because-" + form("other")
		}
		return s.showRelations(e, http.StatusUnprocessableEntity, d, relationsView{Errors: faults, Other: form("other"), Because: form("because")})
	}
	if err != nil {
		return found(e, err)
	}
	return e.Redirect(http.StatusSeeOther, writeAddress(d)+"/relations?saved=1")
}

// relationsOf are those that a page shows in its head; what leads decided among themselves is not.
func (s *Site) relationsOf(e *core.RequestEvent, d *library.Document) []library.Relation {
	all, err := library.Relations(s.app, viewer(e), d.Id)
	if err != nil {
		s.app.Logger().Error("relations of a page", "document", d.Id, "error", err)
		return nil
	}
	var shown []library.Relation
	for _, r := range all {
		if r.Kind == library.BuildsOn || r.Kind == library.Differs {
			shown = append(shown, r)
		}
	}
	return shown
}
