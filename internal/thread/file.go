package thread

import (
	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// Files and pictures of posts are the library's, which knows what a file may be. Who sees one follows from its post, and is
// written down beside it here.

// bindFiles ties files to their posts. They go for good when the writer takes the post back, and are nobody's but those who
// see the post while it is hidden or waits.
func bindFiles(app core.App) {
	place := func(e *core.RecordEvent) error {
		if e.Record.GetString("post") == "" {
			return e.Next()
		}
		p, err := e.App.FindRecordById("posts", e.Record.GetString("post"))
		if err != nil || p.GetString("state") == Removed || e.Record.IsNew() && p.GetString("author") != e.Record.GetString("author") {
			return validation.Errors{"post": validation.NewError("validation_missing", "There is no such post.")}
		}
		t, err := ByID(e.App, p.GetString("thread"))
		if err != nil {
			return err
		}
		e.Record.Set("space", t.Space())
		e.Record.Set("access", fileAccess(e.Record, p))
		return e.Next()
	}
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate("attachments"), app.OnRecordUpdate("attachments")} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "thread.file", Priority: first, Func: place})
	}
	app.OnRecordUpdate("attachments").BindFunc(func(e *core.RecordEvent) error {
		was := e.Record.Original().GetString("state")
		if err := e.Next(); err != nil || e.Record.GetString("post") == "" || was == e.Record.GetString("state") {
			return err
		}
		return tellOfFile(e.App, e.Record)
	})
	app.OnRecordUpdate("posts").BindFunc(func(e *core.RecordEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		if e.Record.GetString("state") == Removed {
			return dropFiles(e.App, e.Record)
		}
		return placeFiles(e.App, dbx.HashExp{"post": e.Record.Id})
	})
}

// tellOfFile tells those who have a post open that one of its files came out, or is held back.
func tellOfFile(app core.App, file *core.Record) error {
	p, err := app.FindRecordById("posts", file.GetString("post"))
	if err != nil {
		return err
	}
	return journal.Note(app, journal.Row{Actor: journal.Actor(file), Subject: "posts", Verb: "update", Record: p.Id, Parent: p.GetString("thread"), Space: file.GetString("space")})
}

func fileAccess(file, post *core.Record) string {
	if file.GetString("state") == published {
		return post.GetString("access")
	}
	return member.Access(file.GetString("space"), visibility(Hidden))
}

// placeFiles writes down anew who may see the files of posts.
func placeFiles(app core.App, which dbx.Expression) error {
	of := func(value string) dbx.Expression {
		return dbx.NewExp("(SELECT " + value + " FROM {{posts}} JOIN {{threads}} ON {{threads}}.[[id]] = {{posts}}.[[thread]] WHERE {{posts}}.[[id]] = {{attachments}}.[[post]])")
	}
	_, err := app.DB().Update("attachments", dbx.Params{
		"space":  of("{{threads}}.[[space]]"),
		"access": of("CASE {{attachments}}.[[state]] WHEN 'published' THEN {{posts}}.[[access]] ELSE {{threads}}.[[space]] || ':hidden' END"),
	}, which).Execute()
	return err
}

// dropFiles deletes what was attached to a post whose words went.
func dropFiles(app core.App, post *core.Record) error {
	files, err := app.FindAllRecords("attachments", dbx.HashExp{"post": post.Id})
	if err != nil {
		return err
	}
	for _, f := range files {
		journal.By(f, journal.Actor(post))
		if err := app.Delete(f); err != nil {
			return err
		}
	}
	return nil
}

// ShowsFile says whether the viewer may have a file of a post, and whether everybody may who reads the thread. One whose words
// must not be out is for its writer and those who moderate.
func ShowsFile(app core.App, v *member.Viewer, file *core.Record) (shows, out bool) {
	p, err := app.FindRecordById("posts", file.GetString("post"))
	if err != nil {
		return false, false
	}
	t, err := ByID(app, p.GetString("thread"))
	if err != nil || !t.Shows(v, p) {
		return false, false
	}
	if file.GetString("state") != published {
		return v.SignedIn() && p.GetString("author") == v.ID() || v.MayModerate(t.Space()), false
	}
	return true, p.GetString("state") == Visible && t.Sight() == published
}
