package site

import (
	"html/template"
	"net/http"
	"time"

	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// decidedView is what was decided, on the thread's page.
type decidedView struct {
	HTML template.HTML
	Post string
	By   string
	At   time.Time
	Undo string // where it is taken back, "" for those who may not
}

// decidedOf is the outcome of a thread, nil for none that everybody here may read.
func (s *Site) decidedOf(e *core.RequestEvent, t *thread.Thread) (*decidedView, error) {
	if t.Outcome() == "" {
		return nil, nil
	}
	p, found, err := thread.PostByID(s.app, t.Outcome())
	if err != nil || !found || !p.Out() {
		return nil, err
	}
	v := &decidedView{HTML: template.HTML(p.Words(viewer(e).SignedIn())), Post: p.ID, By: p.By(), At: t.Decided()} // of our own renderer
	if t.Decidable(viewer(e)) {
		v.Undo = "/discussions/" + t.Id + "/decide"
	}
	return v, nil
}

// discussionEditView is the form with which a thread gets another title or kind.
type discussionEditView struct {
	Action, Title string
	Kinds         []Choice
	Errors        fieldErrors
}

// renamed finds the thread of the address for those who may rename it.
func (s *Site) renamed(e *core.RequestEvent) (*thread.Thread, error) {
	t, err := s.openThread(e)
	if err == nil && !t.Renamable(viewer(e)) {
		err = e.ForbiddenError("Only who began this discussion and those who moderate here can change it.", nil)
	}
	return t, err
}

func (s *Site) discussionEdit(e *core.RequestEvent) error {
	t, err := s.renamed(e)
	if err != nil {
		return err
	}
	return s.showDiscussionEdit(e, http.StatusOK, t, discussionEditView{Title: t.Title()}, t.ThreadKind())
}

func (s *Site) showDiscussionEdit(e *core.RequestEvent, status int, t *thread.Thread, v discussionEditView, kind string) error {
	v.Action, v.Kinds = "/discussions/"+t.Id+"/edit", kindChoices(kind)
	p := Page{Title: "Change the title or the kind", Section: "/discussions", Crumbs: threadCrumbs(t), NoIndex: true}
	return render(s, e, status, "discussion-edit", p, v)
}

func kindChoices(chosen string) []Choice {
	var list []Choice
	for _, k := range thread.Kinds {
		list = append(list, Choice{Value: k.Kind, Title: k.Word, Chosen: k.Kind == chosen})
	}
	return list
}

// threadCrumbs lead back to a thread from a page below it.
func threadCrumbs(t *thread.Thread) []Link {
	return []Link{{"Discussions", "/discussions"}, {t.Title(), "/discussions/" + t.Id}}
}

func (s *Site) discussionSave(e *core.RequestEvent) error {
	t, err := s.renamed(e)
	if err != nil {
		return err
	}
	v := discussionEditView{Title: e.Request.PostFormValue("title")}
	kind := e.Request.PostFormValue("kind")
	if v.Errors = missing(field{"title", v.Title, "Give the discussion a title."}); len(v.Errors) == 0 {
		if err = t.Rename(s.app, viewer(e), v.Title, kind); err == nil {
			return e.Redirect(http.StatusSeeOther, "/discussions/"+t.Id)
		}
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
	}
	return s.showDiscussionEdit(e, http.StatusUnprocessableEntity, t, v, kind)
}

// outcomeView asks once more before a post is marked as what was decided, or the mark is taken back.
type outcomeView struct {
	Thread Link
	Action string
	Post   *postView
	Before *decidedView // what stands there now
	Errors fieldErrors
}

// deciding finds the thread of the address for those who may say what was decided.
func (s *Site) deciding(e *core.RequestEvent) (*thread.Thread, error) {
	t, err := s.openThread(e)
	if err == nil && !t.Decidable(viewer(e)) {
		err = e.ForbiddenError("Only who began this discussion and those who moderate here can say what was decided.", nil)
	}
	return t, err
}

func (s *Site) decideOutcomeForm(e *core.RequestEvent) error {
	t, err := s.deciding(e)
	if err != nil {
		return err
	}
	return s.showOutcome(e, http.StatusOK, t, outcomeView{}, e.Request.URL.Query().Get("post"))
}

func (s *Site) showOutcome(e *core.RequestEvent, status int, t *thread.Thread, v outcomeView, post string) error {
	var err error
	if v.Before, err = s.decidedOf(e, t); err != nil {
		return err
	}
	p, found, err := thread.PostByID(s.app, post)
	if err != nil {
		return err
	}
	if found && p.Thread == t.Id && p.Out() {
		v.Post = &postView{Post: p, Members: true}
	} else if v.Before == nil && len(v.Errors) == 0 {
		return notFound(e)
	}
	v.Thread, v.Action = Link{t.Title(), "/discussions/" + t.Id}, "/discussions/"+t.Id+"/decide"
	return render(s, e, status, "discussion-decide", Page{Title: "What we decided", Section: "/discussions", Crumbs: threadCrumbs(t), NoIndex: true}, v)
}

// decideOutcome marks a post as what was decided, or with none takes that back.
func (s *Site) decideOutcome(e *core.RequestEvent) error {
	t, err := s.deciding(e)
	if err != nil {
		return err
	}
	post := e.Request.PostFormValue("post")
	err = t.Decide(s.app, viewer(e), post)
	if faults := faultsOf(err); faults != nil {
		return s.showOutcome(e, http.StatusUnprocessableEntity, t, outcomeView{Errors: faults}, post)
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/discussions/"+t.Id)
}
