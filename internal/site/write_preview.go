package site

import (
	"html/template"
	"net/http"
	"time"

	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// previewView shows what is being written as its page will.
type previewView struct {
	Study    *caseStudyView // of a case study, nil for any other kind
	Page     *pagePreview
	Write    string
	Work     bool
	Revision int
	Errors   fieldErrors
}

// pagePreview is a page of any kind but a case study.
type pagePreview struct {
	Head     headView
	Body     template.HTML
	NextStep *library.NextStep
	Fields   []library.TemplateField
	Also     []string
	See      []Link
	Kept     keptView
}

// writePreview shows what is being written through the very pipeline of the page.
func (s *Site) writePreview(e *core.RequestEvent) error {
	d, work, err := s.openForWriting(e)
	if err != nil {
		return s.orBin(e, err)
	}
	return s.showPreview(e, http.StatusOK, d, work, nil)
}

func (s *Site) showPreview(e *core.RequestEvent, status int, d *library.Document, work bool, faults fieldErrors) error {
	v := previewView{Write: writeAddress(d), Work: work, Errors: faults}
	var err error
	if v.Revision, err = library.Newest(s.app, d.Id); err != nil {
		return err
	}
	draft := library.Wrap(d.Record.Clone())
	if work {
		draft.Set("state", library.Draft)
	}
	if d.DocKind() == library.CaseStudy {
		var study caseStudyView
		study, err = s.caseStudyView(e, draft)
		v.Study = &study
	} else {
		v.Page, err = s.pagePreview(e, draft)
	}
	if faults := faultsOf(err); faults != nil {
		return s.showWrite(e, http.StatusUnprocessableEntity, d, shownAgain{work: work, faults: faults})
	}
	if err != nil {
		return err
	}
	p := Page{Title: "Preview: " + d.Title(), Crumbs: []Link{{"Write", "/write"}}, NoIndex: true}
	return render(s, e, status, "preview", p, v)
}

func (s *Site) pagePreview(e *core.RequestEvent, d *library.Document) (*pagePreview, error) {
	r, _, err := d.Render()
	if err != nil {
		return nil, err
	}
	now, m := time.Now(), d.Meta()
	v := &pagePreview{Head: s.headOf(e, d, now), Kept: keptOf(d, now), NextStep: m.NextStep, Fields: m.Fields, Also: m.Also}
	if v.Body, err = s.body(r.Body, nil, d.Address()); err != nil {
		return nil, err
	}
	v.See, err = s.related(e, m.See)
	return v, err
}
