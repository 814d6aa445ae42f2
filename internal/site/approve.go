package site

import (
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"

	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// readView is a text as readers will read it, and nothing around it.
type readView struct {
	Title, Summary, Lang, Dir        string
	Organisation, Contact, Evidence  string
	Challenge, Action, Result        []template.HTML
	TriedStopped, Illustrative, Note string
	Body                             template.HTML
	Sources                          []library.Source
}

// readView renders a document as it stands, saved or not.
func (s *Site) readView(d *library.Document) (readView, error) {
	v := readView{Title: d.Title(), Summary: d.Summary(), Contact: d.ContactRole(), Evidence: s.say("evidence-" + d.Evidence()), TriedStopped: d.GetString("tried_stopped"), Sources: d.Meta().Sources}
	if l := d.Language(); l != "en" {
		v.Lang, v.Dir = l, d.Direction()
	}
	r, _, err := d.Render()
	if err != nil {
		return v, err
	}
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return v, err
	}
	v.Organisation = organisations[d.OrganisationID()]
	v.Challenge, v.Action, v.Result = safe(r.Challenge), safe(r.Action), safe(r.Result)
	v.Body, err = s.body(r.Body, nil, d.Address())
	return v, err
}

// approveView is what somebody without an account decides about.
type approveView struct {
	Done               bool
	Words              readView
	Here               string
	Role, By, ByOf     string
	Until, Comes, Made time.Time
	Changed, Out       bool
	Errors             fieldErrors
	Note               string
}

// approval shows one revision to whoever has the link; it changes nothing. Nobody is told whether a link that does not
// work ever did.
func (s *Site) approval(e *core.RequestEvent) error {
	return s.showApproval(e, http.StatusOK, nil)
}

func (s *Site) showApproval(e *core.RequestEvent, status int, faults fieldErrors) error {
	token := e.Request.PathValue("token")
	asked, err := library.OpenLink(s.app, token)
	if errors.Is(err, library.ErrNoLink) {
		return notFound(e)
	}
	if err != nil {
		return err
	}
	v := approveView{Here: "/approve/" + token, Role: asked.Link.Role(), Until: asked.Link.Expires(), Made: asked.Link.Made(), Changed: asked.Changed, Errors: faults,
		Comes: asked.Document.PublishAt(), Out: asked.Document.Out(), Note: e.Request.PostForm.Get("words")}
	if !v.Comes.After(time.Now()) {
		v.Comes = time.Time{}
	}
	if u, err := s.app.FindRecordById("users", asked.Link.MadeBy()); err == nil {
		organisations, err := s.names("organisations", "name")
		if err != nil {
			return err
		}
		v.By = u.GetString("name")
		v.ByOf = strings.Trim(u.GetString("role_title")+", "+organisations[u.GetString("organisation")], ", ")
	}
	if v.Words, err = s.readView(asked.Document); err != nil {
		return err
	}
	return render(s, e, status, "approve", Page{Title: s.say("title-approve", v.Words.Title), NoIndex: true}, v)
}

func (s *Site) approvalAnswer(e *core.RequestEvent) error {
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError(s.say("unreadable"), err)
	}
	form := e.Request.PostForm
	do := form.Get("do")
	if do != "approve" && do != "changes" {
		if _, err := library.OpenLink(s.app, e.Request.PathValue("token")); err != nil {
			return notFound(e)
		}
		return s.showApproval(e, http.StatusUnprocessableEntity, fieldErrors{{"words", s.say("two-buttons")}})
	}
	_, err := library.AnswerLink(s.app, e.Request.PathValue("token"), do == "approve", strings.TrimSpace(form.Get("words")))
	switch {
	case errors.Is(err, library.ErrNoLink):
		return notFound(e)
	case err == nil:
		return e.Redirect(http.StatusSeeOther, "/approve/done")
	}
	if faults := faultsOf(err); faults != nil {
		return s.showApproval(e, http.StatusUnprocessableEntity, faults)
	}
	return err
}

// approvalDone thanks whoever decided.
func (s *Site) approvalDone(e *core.RequestEvent) error {
	return render(s, e, http.StatusOK, "approve", Page{Title: s.say("thank-you"), NoIndex: true}, approveView{Done: true})
}

// reviewers keeps the queue to those who approve work somewhere. For everybody else it is not there.
func reviewers(e *core.RequestEvent) error {
	if len(viewer(e).Reviews()) == 0 {
		return notFound(e)
	}
	return e.Next()
}
