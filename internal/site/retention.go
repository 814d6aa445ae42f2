package site

import (
	"net/http"

	"github.com/pocketbase/pocketbase/core"
)

// KeptThing is a kind of data that the hub keeps: how long, and why.
type KeptThing struct{ What, Long, Why string }

type retentionView struct{ Things []KeptThing }

// retention says how long everything is kept, from the table that the nightly job goes by.
func (s *Site) retention(e *core.RequestEvent) error {
	things, err := s.o.Kept()
	if err != nil {
		return err
	}
	p := Page{Title: s.say("retention"), Description: s.say("about-retention"), Within: []Link{{"privacy", "/privacy"}}}
	return render(s, e, http.StatusOK, "retention", p, retentionView{things}, tagLibrary)
}
