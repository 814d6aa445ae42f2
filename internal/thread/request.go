package thread

import (
	"net/http"
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// bindRequests asks Viewer on behalf of REST requests and fills in what a client may not choose.
func bindRequests(app core.App) {
	app.OnRecordCreateRequest("threads").BindFunc(func(e *core.RecordRequestEvent) error {
		if e.HasSuperuserAuth() {
			return e.Next()
		}
		v, err := member.For(e.App, e.Auth)
		if err != nil {
			return err
		}
		const nowhere = "There is no such document or space, or you may not start a thread there."
		if doc := e.Record.GetString("document"); doc != "" { // what is not there is answered as what may not be seen
			if _, err := e.App.FindRecordById("documents", doc); err != nil {
				return e.BadRequestError(nowhere, err)
			}
		}
		for _, f := range []string{"wording", "outcome", "decided", "draft"} { // none of them comes from outside
			e.Record.Set(f, "")
		}
		if err := prepareThread(e.App, e.Record); err != nil {
			return e.BadRequestError("Failed to create record", err)
		}
		if err := MayStart(e.App, v, Wrap(e.Record)); err != nil {
			return e.BadRequestError(nowhere, err)
		}
		e.Record.Set("state", Open)
		e.Record.Set("pinned", false)
		e.Record.Set("slow", 0)
		e.Record.Set("example", false)
		e.Record.Set("post_count", 0)
		e.Record.Set("last_post_at", time.Now())
		SignAs(e.Record, v)
		return e.Next()
	})
	app.OnRecordCreateRequest("posts").BindFunc(func(e *core.RecordRequestEvent) error {
		if e.HasSuperuserAuth() {
			return e.Next()
		}
		v, err := member.For(e.App, e.Auth)
		if err != nil {
			return err
		}
		t, err := ByID(e.App, e.Record.GetString("thread"))
		if err != nil || !t.Viewable(v) {
			return e.BadRequestError("There is no such thread.", nil)
		}
		if !t.Postable(v) {
			return e.ForbiddenError("You may not post in this thread.", nil)
		}
		if p, err := Again(e.App, v.ID(), e.Record.GetString("client_key")); p != nil || err != nil {
			return answerAgain(e, p, err)
		}
		e.Record.Set("state", Visible)
		e.Record.Set("example", false)
		e.Record.Set("edited", "")
		SignAs(e.Record, v)
		err = e.Next()
		if err == nil {
			return nil
		}
		// Two requests with one key at the same moment: the second finds the first one's post.
		if p, lookup := Again(e.App, v.ID(), e.Record.GetString("client_key")); p != nil && lookup == nil {
			return answerAgain(e, p, nil)
		}
		return err
	})
	app.OnRecordUpdateRequest("posts").BindFunc(func(e *core.RecordRequestEvent) error {
		if e.HasSuperuserAuth() {
			return e.Next()
		}
		v, err := member.For(e.App, e.Auth)
		if err != nil {
			return err
		}
		was := e.Record.Original()
		if t, err := ByID(e.App, was.GetString("thread")); err != nil || !t.Shows(v, was) {
			return e.NotFoundError("", err)
		}
		if err := MayChange(e.App, v, was); err != nil {
			return e.ForbiddenError("You may not change this post.", err)
		}
		for _, f := range []string{"thread", "author", "organisation", "by_role", "reply_to", "client_key", "seq", "edited", "example"} {
			e.Record.Set(f, was.Get(f))
		}
		if e.Record.GetString("state") != Removed {
			e.Record.Set("state", was.GetString("state"))
		}
		return e.Next()
	})
}

func answerAgain(e *core.RecordRequestEvent, p *core.Record, err error) error {
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, p)
}

// MayStart says why the viewer may not start a thread, nil when they may: they must be able to post in its space, and
// the document it stands on must be out.
func MayStart(app core.App, v *member.Viewer, t *Thread) error {
	if !v.MayPost(t.Space()) {
		return errNotAllowed
	}
	if t.Document() == "" {
		return nil
	}
	d, err := app.FindRecordById("documents", t.Document())
	if err != nil {
		return err
	}
	if d.GetString("state") != "published" || !v.Sees(d.GetString("space"), d.GetString("state"), "") {
		return errNotAllowed
	}
	return nil
}

// MayChange says why the viewer may not edit or take back a post, nil when they may: authors their own while it stands or
// waits. Moderators change nobody's words; what they do has a reason, see Decide.
func MayChange(app core.App, v *member.Viewer, post *core.Record) error {
	t, err := ByID(app, post.GetString("thread"))
	if err != nil {
		return err
	}
	state := post.GetString("state")
	own := post.GetString("author") == v.ID() && v.SignedIn() && (state == Visible || state == Held)
	if !own || !(t.Postable(v) || t.State() == Held && t.Viewable(v)) {
		return errNotAllowed
	}
	return nil
}
