package site

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"commonplace/internal/difference"
	"commonplace/internal/journal"
	"commonplace/internal/privacy"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

// openPost finds the post of an address below its thread. One of which the viewer may not know is not there.
func (s *Site) openPost(e *core.RequestEvent) (*thread.Thread, *core.Record, error) {
	t, err := s.openThread(e)
	if err != nil {
		return nil, nil, err
	}
	r, err := s.app.FindRecordById("posts", e.Request.PathValue("post"))
	if err != nil {
		return nil, nil, found(e, err)
	}
	if r.GetString("thread") != t.Id || r.GetString("state") != thread.Removed && !t.Shows(viewer(e), r) {
		return nil, nil, notFound(e)
	}
	return t, r, nil
}

// post leads to where a post stands in its thread: the address that stays, however long the thread grows.
func (s *Site) post(e *core.RequestEvent) error {
	t, r, err := s.openPost(e)
	if err != nil {
		return err
	}
	to := "/discussions/" + t.Id
	end, err := t.Last(s.app, viewer(e), shownInThread)
	if err != nil {
		return err
	}
	if end.Earlier && int64(r.GetInt("seq")) < end.Posts[0].Seq {
		to += "?around=" + r.Id
	}
	return e.Redirect(http.StatusFound, to+"#post-"+r.Id)
}

// postReact gives a reaction or takes it back: on=KIND or off=KIND.
func (s *Site) postReact(e *core.RequestEvent) error {
	t, r, err := s.openPost(e)
	if err != nil {
		return err
	}
	if !t.Reactable(viewer(e), r.GetString("state")) {
		return notFound(e)
	}
	kind, on := e.Request.PostFormValue("on"), true
	if kind == "" {
		kind, on = e.Request.PostFormValue("off"), false
	}
	if err := thread.React(s.app, viewer(e), r, kind, on); err != nil {
		if faultsOf(err) != nil {
			return e.BadRequestError("There is no such reaction.", err)
		}
		return err
	}
	return e.Redirect(http.StatusSeeOther, thread.PostAddress(t.Id, r.Id))
}

type postEditView struct {
	Thread  Link
	Action  string
	Back    string
	Mention string // the thread in which somebody may be mentioned
	Base    string // tells what the writer began with from what another window saved
	Text    string
	Preview template.HTML
	File    addedFile
	Files   []fileToChange
	Errors  fieldErrors
}

// openOwnPost finds a post for its writer, who may still change it.
func (s *Site) openOwnPost(e *core.RequestEvent) (*thread.Thread, *core.Record, error) {
	t, r, err := s.openPost(e)
	if err != nil {
		return nil, nil, err
	}
	if r.GetString("state") == thread.Removed {
		return nil, nil, notFound(e)
	}
	if err := thread.MayChange(s.app, viewer(e), r); err != nil {
		return nil, nil, e.ForbiddenError("Only who wrote a post can change it, as long as the discussion is open.", err)
	}
	return t, r, nil
}

func (s *Site) postEditForm(e *core.RequestEvent) error {
	t, r, err := s.openOwnPost(e)
	if err != nil {
		return err
	}
	text, err := thread.Typed(s.app, r)
	if err != nil {
		return err
	}
	return s.showPostEdit(e, http.StatusOK, t, r, postEditView{Text: text, Base: r.GetString("updated")})
}

func (s *Site) showPostEdit(e *core.RequestEvent, status int, t *thread.Thread, r *core.Record, v postEditView) error {
	v.Thread, v.Back, v.Mention = Link{t.Title(), "/discussions/" + t.Id}, thread.PostAddress(t.Id, r.Id), t.Id
	v.Action = v.Back + "/edit"
	var err error
	if v.Files, err = s.filesToChange(r.Id, e.Request.PostForm, v.Errors); err != nil {
		return err
	}
	p := Page{Title: s.say("title-post-edit", momentText(r.GetDateTime("created").Time())), Section: "/discussions", Within: []Link{{"discussions", "/discussions"}}, Crumbs: []Link{v.Thread}, Scripts: []string{"write.js"}, NoIndex: true}
	return render(s, e, status, "post-edit", p, v)
}

// postEdit saves a changed post. What it said before is kept, and everybody who reads it can look it up.
func (s *Site) postEdit(e *core.RequestEvent) error {
	t, r, err := s.openOwnPost(e)
	if err != nil {
		return err
	}
	up, sent := s.sentPost(e)
	defer up.drop()
	v := postEditView{Text: e.Request.PostFormValue("body"), Base: e.Request.PostFormValue("base"), File: fileAgain(e, nil)}
	again := func(faults fieldErrors) error {
		v.Errors, v.File = faults, fileAgain(e, faults)
		return s.showPostEdit(e, http.StatusUnprocessableEntity, t, r, v)
	}
	if sent != nil {
		if faults := faultsOf(sent); faults != nil {
			return again(faults)
		}
		return sent
	}
	if e.Request.PostFormValue("do") == "preview" {
		if v.Preview, err = previewOf(v.Text); err != nil {
			return again(fieldErrors{{"body", upperFirst(err.Error()) + "."}})
		}
		return s.showPostEdit(e, http.StatusOK, t, r, v)
	}
	if v.Base != r.GetString("updated") {
		v.Base = r.GetString("updated")
		return again(fieldErrors{{"body", "You changed this post in another window meanwhile. What you wrote here is kept: save it again to put it in its place."}})
	}
	r.Set("body", v.Text)
	journal.By(r, viewer(e).ID())
	if err := s.savePost(e, r, up); err != nil {
		if faults := postFaults(err); faults != nil {
			return again(faults)
		}
		return err
	}
	return e.Redirect(http.StatusSeeOther, thread.PostAddress(t.Id, r.Id))
}

// savePost saves a post with what the form says of its files, and one that came along: all or nothing. The post comes last: who
// has it open is told then.
func (s *Site) savePost(e *core.RequestEvent, r *core.Record, up *upload) error {
	ready, err := s.ready(e, up)
	if err != nil {
		return err
	}
	return s.app.RunInTransaction(func(tx core.App) error {
		if err := changeFiles(e, tx, r.Id); err != nil {
			return err
		}
		if ready != nil {
			if err := attachToPost(e, tx, r.Id, ready); err != nil {
				return err
			}
		}
		return tx.Save(r)
	})
}

// postDelete takes a post back. A trace of it stays, so that what others answered still makes sense.
func (s *Site) postDelete(e *core.RequestEvent) error {
	t, r, err := s.openOwnPost(e)
	if err != nil {
		return err
	}
	r.Set("state", thread.Removed)
	journal.By(r, viewer(e).ID())
	if err := s.app.Save(r); err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, thread.PostAddress(t.Id, r.Id))
}

// postHistoryView is what a post has said, for those who read its thread.
type postHistoryView struct {
	Thread   Link
	Post     string
	By       speaker
	Versions []postVersion
}

// postVersion is one of the versions, with what it changed.
type postVersion struct {
	Number  int
	At      time.Time
	HTML    template.HTML // of the first
	Changed []difference.Line
}

// postHistory compares each version of a post with the one before. Nobody but its writer is shown a personal detail that was
// taken out of it.
func (s *Site) postHistory(e *core.RequestEvent) error {
	t, r, err := s.openPost(e)
	if err != nil {
		return err
	}
	versions, err := thread.Versions(s.app, r)
	if err != nil || len(versions) < 2 {
		return errors.Join(err, notFound(e))
	}
	p, _, err := thread.PostByID(s.app, r.Id)
	if err != nil {
		return err
	}
	shown := postView{Post: p, Members: viewer(e).SignedIn()}
	view := postHistoryView{
		Thread: Link{t.Title(), "/discussions/" + t.Id}, Post: shown.Address(), By: speaker{Name: shown.Speaker(), Profile: shown.Profile(), Role: shown.By()},
	}
	texts := make([]string, len(versions))
	for i, x := range versions {
		texts[i] = x.Body
	}
	if viewer(e).ID() != p.Author {
		if texts, err = privacy.PastTexts(s.app, r, texts); err != nil {
			return err
		}
	}
	for i, x := range versions {
		line := postVersion{Number: len(versions) - i, At: x.At()}
		if i < len(versions)-1 {
			line.Changed = difference.All(texts[i+1], texts[i])
		} else if line.HTML, err = previewOf(texts[i]); err != nil {
			return err
		}
		line.HTML = template.HTML(thread.Post{HTML: string(line.HTML)}.Words(false))
		view.Versions = append(view.Versions, line)
	}
	page := Page{Title: s.say("title-post-history", momentText(r.GetDateTime("created").Time())), Section: "/discussions", Within: []Link{{"discussions", "/discussions"}}, Crumbs: []Link{view.Thread}, NoIndex: true}
	return render(s, e, http.StatusOK, "post-history", page, view, "thread:"+t.Id)
}

// mention answers who may be mentioned, while somebody types: GET /-/mention?thread=ID&q=WORD, or with space=SLUG and document=ID
// in a thread that is not there yet.
func (s *Site) mention(e *core.RequestEvent) error {
	list := []thread.Mention{}
	asked := e.Request.URL.Query()
	t, err := s.mentionedIn(e, asked)
	if q := strings.TrimSpace(asked.Get("q")); err == nil && q != "" && t.Viewable(viewer(e)) {
		if list, err = t.Mentionable(s.app, viewer(e), q); err != nil {
			return err
		}
	}
	e.Response.Header().Set("Cache-Control", "no-store")
	return e.JSON(http.StatusOK, list)
}

func (s *Site) mentionedIn(e *core.RequestEvent, asked url.Values) (*thread.Thread, error) {
	if id := asked.Get("thread"); id != "" {
		return thread.ByID(s.app, id)
	}
	t, err := s.threadToStart(e, asked.Get("space"), asked.Get("document"))
	if err == nil {
		err = thread.MayStart(s.app, viewer(e), t)
	}
	return t, err
}

// postsSeen notes how far the viewer has read a thread: what a script saw on the screen, or a page that was opened without one.
func (s *Site) postsSeen(e *core.RequestEvent) error {
	v := viewer(e)
	var seq int64
	t, err := thread.ByID(s.app, e.Request.FormValue("thread"))
	if err != nil || !v.SignedIn() || !t.Viewable(v) {
		return notFound(e)
	}
	if seq, err = strconv.ParseInt(e.Request.FormValue("seq"), 10, 64); err != nil || seq < 0 {
		return e.BadRequestError("That is no number.", err)
	}
	e.Response.Header().Set("Cache-Control", "no-store")
	if err := thread.Saw(s.app, v.ID(), t.Id, seq); err != nil {
		return err
	}
	return e.NoContent(http.StatusNoContent)
}
