package site

import (
	"bytes"
	"net/http"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

type ownDataView struct{}

// ownData says what is in the copy of one's own data, and how to get it.
func (s *Site) ownData(e *core.RequestEvent) error {
	p := Page{Title: "A copy of your data", NoIndex: true, Crumbs: []Link{{"Your account", "/me"}}}
	return render(s, e, http.StatusOK, "own-data", p, ownDataView{})
}

// ownDataZIP is the copy. It is made whole before it is sent, so that a fault on the way is not taken for all there is.
func (s *Site) ownDataZIP(e *core.RequestEvent) error {
	var b bytes.Buffer
	if err := s.o.OwnData(&b, viewer(e).ID()); err != nil {
		return err
	}
	if err := member.Took(s.app, viewer(e), "own", 0); err != nil {
		return err
	}
	h := e.Response.Header()
	h.Set("Content-Disposition", `attachment; filename="my-data.zip"`)
	h.Set("Cache-Control", "no-store")
	return e.Blob(http.StatusOK, "application/zip", b.Bytes())
}
