package thread

import (
	"fmt"
	"strings"
	"time"

	"commonplace/internal/markdown"
	"commonplace/internal/member"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// bindPosts keeps what follows from a post's words beside it, in the transaction of the post: who is mentioned, and what it
// said before.
func bindPosts(app core.App) {
	app.OnRecordCreate("posts").BindFunc(func(e *core.RecordEvent) error {
		if err := notTooFast(e.App, e.Record); err != nil {
			return err
		}
		if err := notInSlowMode(e.App, e.Record); err != nil {
			return err
		}
		if err := e.Next(); err != nil {
			return err
		}
		return keepMentions(e.App, e.Record)
	})
	app.OnRecordUpdate("posts").BindFunc(func(e *core.RecordEvent) error {
		was, err := e.App.FindRecordById("posts", e.Record.Id) // one that was just made does not know itself what it was
		if err != nil || was.GetString("body") == e.Record.GetString("body") {
			return e.Next()
		}
		if err := keepVersion(e.App, was, e.Record); err != nil {
			return err
		}
		if err := e.Next(); err != nil {
			return err
		}
		return keepMentions(e.App, e.Record)
	})
}

func preparePost(app core.App, r *core.Record) error {
	body := strings.TrimSpace(strings.ReplaceAll(r.GetString("body"), "\r\n", "\n"))
	r.Set("body", body)
	if r.GetString("state") == Removed { // the words go, and a trace stays
		return emptied(app, r)
	}
	if body == "" {
		return validation.Errors{"body": validation.NewError("validation_required", "Write something first.")}
	}
	if len(body) > MaxPost {
		return validation.Errors{"body": validation.NewError("validation_too_long",
			fmt.Sprintf("The post is %d KiB long, and %d KiB is the most.", (len(body)+1023)>>10, MaxPost>>10))}
	}
	t, err := ByID(app, r.GetString("thread"))
	if err != nil && !r.IsNew() && r.GetString("thread") == r.Original().GetString("thread") {
		return nil // the thread is being deleted, and this post is told that what it answered is gone
	}
	if err != nil {
		return validation.Errors{"thread": validation.NewError("validation_missing", "There is no such thread.")}
	}
	reply := r.GetString("reply_to")
	if reply != "" && reply != r.Original().GetString("reply_to") && !answerable(app, reply, t.Id) {
		return validation.Errors{"reply_to": validation.NewError("validation_missing", "The post you answer is not in this thread.")}
	}
	if r.GetString("state") == "" {
		r.Set("state", Visible)
	}
	if err := holdNew(app, r, t); err != nil {
		return err
	}
	if err := settleMentions(app, r, t); err != nil {
		return err
	}
	body = r.GetString("body")
	if r.Id == "" {
		r.Id = core.GenerateDefaultRandomId()
	}
	page, err := markdown.Render(body, markdown.Options{Prefix: r.Id + "-", LowestHeading: 3})
	if err != nil {
		return validation.Errors{"body": validation.NewError("validation_markdown", err.Error())}
	}
	r.Set("html", page.HTML)
	r.Set("access", member.Access(t.Space(), visibility(r.GetString("state"))))
	if was := r.Original(); !r.IsNew() && was.GetString("body") != body {
		r.Set("edited", time.Now())
	}
	return nil
}

// emptied leaves of a post what everybody may know of one that was taken back: that it was there.
func emptied(app core.App, r *core.Record) error {
	r.Set("body", "")
	r.Set("html", "")
	t, err := ByID(app, r.GetString("thread"))
	if err != nil && !r.IsNew() {
		return nil // the thread is being deleted
	}
	if err != nil {
		return validation.Errors{"thread": validation.NewError("validation_missing", "There is no such thread.")}
	}
	r.Set("access", member.Access(t.Space(), visibility(Removed)))
	return nil
}
