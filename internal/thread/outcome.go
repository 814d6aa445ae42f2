package thread

import (
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// Outcome is the id of the post that says what was decided, "" for none; Decided is when somebody marked it.
func (t *Thread) Outcome() string    { return t.GetString("outcome") }
func (t *Thread) Decided() time.Time { return t.GetDateTime("decided").Time() }

// Draft is the id of the document that the thread became, "" for none.
func (t *Thread) Draft() string { return t.GetString("draft") }

// Decidable says whether the viewer may say what was decided: who began the thread and may still post there, and those who
// moderate. A closed thread still has an outcome.
func (t *Thread) Decidable(v *member.Viewer) bool {
	if !v.SignedIn() || !t.Viewable(v) || t.State() != Open && t.State() != Closed {
		return false
	}
	return t.Author() == v.ID() && v.MayPost(t.Space()) || v.MayModerate(t.Space())
}

// Renamable says whether the viewer may change the title and the kind.
func (t *Thread) Renamable(v *member.Viewer) bool {
	return t.Decidable(v) && (t.State() == Open || v.MayModerate(t.Space()))
}

// Decide marks a post as what was decided, or with "" takes that back.
func (t *Thread) Decide(app core.App, v *member.Viewer, post string) error {
	if !t.Decidable(v) {
		return errNotAllowed
	}
	t.Set("outcome", post)
	journal.By(t.Record, v.ID())
	return app.Save(t)
}

// Rename gives the thread another title and kind.
func (t *Thread) Rename(app core.App, v *member.Viewer, title, kind string) error {
	if !t.Renamable(v) {
		return errNotAllowed
	}
	t.Set("title", title)
	t.Set("kind", kind)
	journal.By(t.Record, v.ID())
	return app.Save(t)
}

// Became links the thread to the draft that somebody made of it.
func (t *Thread) Became(app core.App, v *member.Viewer, document string) error {
	t.Set("draft", document)
	journal.By(t.Record, v.ID())
	return app.Save(t)
}

// decided keeps the promise that the outcome is a post of the thread which its readers see, and notes when it became that.
func decided(app core.App, r *core.Record) error {
	outcome, was := r.GetString("outcome"), r.Original().GetString("outcome")
	if outcome == was && !r.IsNew() {
		return nil
	}
	if outcome == "" {
		r.Set("decided", "")
		return nil
	}
	p, err := app.FindRecordById("posts", outcome)
	if err != nil || p.GetString("thread") != r.Id || p.GetString("state") != Visible {
		return validation.Errors{"outcome": validation.NewError("validation_missing", "This post is not in the discussion any more.")}
	}
	if r.GetDateTime("decided").IsZero() || r.GetString("decided") == r.Original().GetString("decided") {
		r.Set("decided", time.Now())
	}
	return nil
}

// Outcomes are what was decided in threads, in plain words and by thread, as far as all their readers see it.
func Outcomes(app core.App, threads []string) (map[string]string, error) {
	var rows []struct {
		Thread string `db:"thread"`
		Body   string `db:"body"`
	}
	list := make([]any, len(threads))
	for i, id := range threads {
		list[i] = id
	}
	err := app.DB().Select("posts.thread", "posts.body").From("threads").
		InnerJoin("posts", dbx.NewExp("{{posts}}.[[id]] = {{threads}}.[[outcome]]")).
		Where(dbx.And(dbx.In("threads.id", list...), dbx.HashExp{"posts.state": Visible})).All(&rows)
	said := map[string]string{}
	for _, r := range rows {
		said[r.Thread] = strings.Join(strings.Fields(Plain(r.Body)), " ")
	}
	return said, err
}

// Shorten cuts a text at a word, for a list.
func Shorten(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	cut := string([]rune(text)[:most])
	if i := strings.LastIndexByte(cut, ' '); i > most/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.") + " …"
}
