package site

import (
	"database/sql"
	"errors"

	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// writeEdition is what the form knows of the page that is said here in another language or in easy read.
type writeEdition struct {
	Of    *Link // the original, nil for one
	Easy  bool
	Begun string // the original's id while nothing is saved
}

// beginEdition begins a draft that says in other words what a page says that is out. It goes where that page is.
func (s *Site) beginEdition(e *core.RequestEvent, kind library.Kind, of string) (*library.Document, error) {
	d, err := library.ByID(s.app, of)
	if err != nil || d.DocKind() != kind || !d.Out() || !d.Viewable(viewer(e)) {
		return nil, notFound(e)
	}
	if !viewer(e).MayWrite(d.Space()) {
		return nil, e.ForbiddenError("Only editors write here. Ask your programme lead to make you one.", nil)
	}
	return d.Begin(s.app, e.Request.FormValue("easy") != "")
}

// editionWritten tells the form of the original, as far as the writer may see it.
func (s *Site) editionWritten(e *core.RequestEvent, d *library.Document) (writeEdition, error) {
	if d.EditionOf() == "" {
		return writeEdition{}, nil
	}
	original, err := library.ByKey(s.app, d.EditionOf())
	if errors.Is(err, sql.ErrNoRows) || err == nil && !original.Viewable(viewer(e)) {
		return writeEdition{}, nil
	}
	if err != nil {
		return writeEdition{}, err
	}
	w := writeEdition{Of: &Link{original.Title(), original.Address()}, Easy: d.Easy()}
	if d.IsNew() {
		w.Begun = original.Id
	}
	return w, nil
}
