package site

import (
	"net/http"
	"net/url"
	"time"

	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// binView is what lies in the bin and the viewer may take out.
type binView struct {
	Things []binnedThing
	Days   int
}

type binnedThing struct {
	ID, Title, Word string
	Binned, Goes    time.Time
}

func (s *Site) binPage(e *core.RequestEvent) error {
	docs, err := library.InBin(s.app, viewer(e))
	if err != nil {
		return err
	}
	v := binView{Days: library.BinDays}
	for _, d := range docs {
		v.Things = append(v.Things, binnedThing{ID: d.Id, Title: d.Title(), Word: upperFirst(d.DocKind().Word()), Binned: d.Binned(), Goes: d.Goes()})
	}
	return render(s, e, http.StatusOK, "write-bin", Page{Title: "Bin", Crumbs: []Link{{"Write", "/write"}}, NoIndex: true}, v)
}

// bin puts a draft away; the page that follows offers to undo it.
func (s *Site) bin(e *core.RequestEvent, d *library.Document) error {
	if d.IsNew() {
		return e.Redirect(http.StatusSeeOther, "/write")
	}
	if err := library.Bin(s.app, d, viewer(e).ID()); err != nil {
		if faults := faultsOf(err); faults != nil {
			return s.showWrite(e, http.StatusUnprocessableEntity, d, shownAgain{faults: faults.at("title")})
		}
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/write?binned="+url.QueryEscape(d.Id))
}

// outOfBin brings a draft back from the bin.
func (s *Site) outOfBin(e *core.RequestEvent) error {
	d, err := library.ByID(s.app, e.Request.PathValue("id"))
	if err != nil || !d.Recoverable(viewer(e)) {
		return notFound(e)
	}
	if err := library.TakeOut(s.app, d, viewer(e).ID()); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, writeAddress(d))
}

// orBin leads whoever looks for their draft to the bin, when it lies there.
func (s *Site) orBin(e *core.RequestEvent, err error) error {
	if d, none := library.ByID(s.app, e.Request.PathValue("id")); none == nil && d.Recoverable(viewer(e)) {
		return e.Redirect(http.StatusSeeOther, "/write/bin")
	}
	return err
}
