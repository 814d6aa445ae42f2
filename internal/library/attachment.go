package library

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Attachment is a file of a document, or of a post: a picture, or something to take away. What is said here of files is said
// of both; who sees those of posts is package thread's to say, and they go out with their post.
type Attachment struct{ core.BaseRecordProxy }

// Size is one width of a picture.
type Size struct {
	File   string `json:"file"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// WrapAttachment puts the coat on a record.
func WrapAttachment(r *core.Record) *Attachment {
	a := &Attachment{}
	a.SetProxyRecord(r)
	return a
}

func (a *Attachment) Document() string   { return a.GetString("document") }
func (a *Attachment) Post() string       { return a.GetString("post") }
func (a *Attachment) State() string      { return a.GetString("state") }
func (a *Attachment) Author() string     { return a.GetString("author") }
func (a *Attachment) IsPicture() bool    { return a.GetString("kind") == "picture" }
func (a *Attachment) Name() string       { return a.GetString("name") }
func (a *Attachment) Type() string       { return a.GetString("type") }
func (a *Attachment) Bytes() int         { return a.GetInt("size") }
func (a *Attachment) Alt() string        { return a.GetString("alt") }
func (a *Attachment) Decorative() bool   { return a.GetBool("decorative") }
func (a *Attachment) Credit() string     { return a.GetString("credit") }
func (a *Attachment) Consent() bool      { return a.GetBool("consent") }
func (a *Attachment) Summary() string    { return a.GetString("summary") }
func (a *Attachment) File() string       { return a.GetString("file") }
func (a *Attachment) Words() string      { return a.GetString("words") }
func (a *Attachment) Text() string       { return a.GetString("text") }
func (a *Attachment) Removed() time.Time { return a.GetDateTime("removed").Time() }
func (a *Attachment) Address() string    { return "/files/" + a.Id + "/" + a.File() }

// Out says whether it has gone out with its document, and was not removed since.
func (a *Attachment) Out() bool              { return a.State() == Published && a.Removed().IsZero() }
func (a *Attachment) Described() bool        { return !a.IsPicture() || a.Alt() != "" || a.Decorative() }
func (a *Attachment) quotedIn(s string) bool { return strings.Contains(s, "/files/"+a.Id+"/") }

// shown finds where a text shows it, or links to it.
func (a *Attachment) shown() *regexp.Regexp {
	return regexp.MustCompile(`!?\[(?:\\.|[^\]\\\n])*\]\([ \t]*<?/files/` + regexp.QuoteMeta(a.Id) + `/[^)\s]*(?:\s+"[^"\n]*"|\s+'[^'\n]*')?[ \t]*\)`)
}

// Agreed is the id of the consent that a picture rests on, "" when it rests on none that was recorded.
func (a *Attachment) Agreed() string { return a.GetString("agreed") }

// MayBePassedOn says whether those who can be recognised on a picture agreed to be shown elsewhere too, or why nobody knows.
func (a *Attachment) MayBePassedOn(app core.App, now time.Time) (bool, string) {
	if a.Agreed() == "" {
		return a.Consent(), "nobody has said here that everybody who can be recognised agreed to be shown"
	}
	c, err := ConsentByID(app, a.Document(), a.Agreed())
	return err == nil && !c.Over(now), "the consent that it rests on is over"
}

// agreesWith refuses a consent that is another document's, or over.
func (a *Attachment) agreesWith(app core.App) error {
	if a.Agreed() == "" || a.Agreed() == a.Original().GetString("agreed") {
		return nil
	}
	c, err := ConsentByID(app, a.Document(), a.Agreed())
	if err != nil || c.Over(time.Now()) || !a.IsPicture() {
		return validation.Errors{"agreed": validation.NewError("validation_consent", "Choose a consent of this page that holds.")}
	}
	return nil
}

// Title is what it is called on pages.
func (a *Attachment) Title() string {
	if t := a.GetString("title"); t != "" {
		return t
	}
	return a.Name()
}

// Sizes are the widths of a picture, smallest first.
func (a *Attachment) Sizes() []Size {
	var s []Size
	if a.UnmarshalJSONField("sizes", &s) != nil {
		return nil
	}
	return s
}

// Has says whether a stored file of it has the name.
func (a *Attachment) Has(file string) bool {
	return file != "" && (file == a.File() || slices.Contains(a.GetStringSlice("smaller"), file))
}

// Key is where one of its files lies in the store.
func (a *Attachment) Key(file string) string { return a.BaseFilesPath() + "/" + file }

// Viewable says whether the viewer may have it. One that has not gone out with its document yet, or was removed, or whose
// document was withdrawn, is for those who write there.
func (a *Attachment) Viewable(v *member.Viewer, d *Document) bool {
	if d == nil || d.Id != a.Document() || !d.Viewable(v) {
		return false
	}
	return a.Out() && d.State() == Published || v.Sees(d.Space(), Draft, d.Author()) || d.Editable(v)
}

// AttachmentByID finds an attachment with its document, nil of a file that belongs to a post.
func AttachmentByID(app core.App, id string) (*Attachment, *Document, error) {
	r, err := app.FindRecordById("attachments", id)
	if err != nil {
		return nil, nil, err
	}
	a := WrapAttachment(r)
	if a.Post() != "" {
		return a, nil, nil
	}
	d, err := ByID(app, a.Document())
	return a, d, err
}

// AttachmentsOfPosts finds the files of posts, by post, the oldest first and without their words.
func AttachmentsOfPosts(app core.App, posts []string) (map[string][]*Attachment, error) {
	if len(posts) == 0 {
		return nil, nil
	}
	var all []*Attachment
	err := app.RecordQuery("attachments").Select("id", "post", "state", "author", "kind", "name", "type", "size", "file", "smaller", "sizes", "title", "alt", "decorative", "removed", "words").
		AndWhere(dbx.In("post", anys(posts)...)).OrderBy("created", "id").All(&all)
	by := map[string][]*Attachment{}
	for _, a := range all {
		by[a.Post()] = append(by[a.Post()], a)
	}
	return by, err
}

// Attachments lists the files of a document, the oldest first, those that were removed too.
func Attachments(app core.App, document string) ([]*Attachment, error) {
	var all []*Attachment
	err := app.RecordQuery("attachments").AndWhere(dbx.HashExp{"document": document}).OrderBy("created", "id").All(&all)
	return all, err
}

// AttachmentsByID finds those of the ids that there are, without their texts being of use to anybody here.
func AttachmentsByID(app core.App, ids []string) (map[string]*Attachment, error) {
	var all []*Attachment
	if err := app.RecordQuery("attachments").AndWhere(dbx.In("id", anys(ids)...)).All(&all); err != nil {
		return nil, err
	}
	by := make(map[string]*Attachment, len(all))
	for _, a := range all {
		by[a.Id] = a
	}
	return by, nil
}

// How much one document may carry.
const (
	MaxAttachments     = 50
	MaxAttachmentBytes = 200 << 20
)

// KeepRemoved is how many days a removed file can be brought back.
const KeepRemoved = 30

// bindAttachments keeps what is promised of files: nothing is stored as it was sent but what was looked at, and a picture
// only as it was made anew here.
func bindAttachments(app core.App, j *journal.Journal) {
	on := func(h *hook.TaggedHook[*core.RecordEvent], prepare func(*Attachment, core.App) error) {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "library.attachment", Priority: first, Func: func(e *core.RecordEvent) error {
			a := WrapAttachment(e.Record)
			d, err := ByID(e.App, a.Document())
			if (err != nil) == (a.Post() == "") {
				return validation.Errors{"document": validation.NewError("validation_required", "Name the document, or the post, that the file belongs to.")}
			}
			if err := prepare(a, e.App); err != nil {
				return err
			}
			a.tidy()
			if a.State() == "" {
				a.Set("state", Draft)
			}
			if d != nil {
				a.place(d)
			}
			return e.Next()
		}})
	}
	on(app.OnRecordCreate("attachments"), (*Attachment).receive)
	on(app.OnRecordUpdate("attachments"), (*Attachment).keepFile)
	app.OnRecordValidate("attachments").BindFunc(func(e *core.RecordEvent) error {
		a := WrapAttachment(e.Record)
		if err := a.agreesWith(e.App); err != nil {
			return err
		}
		if a.Out() && !a.Described() {
			return validation.Errors{"alt": validation.NewError("validation_required", a.undescribed())}
		}
		return e.Next()
	})
	j.Keep(journal.Kept{Collection: "attachments", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent, row.Space = cmp.Or(r.GetString("document"), r.GetString("post")), r.GetString("space")
	}})
}

// undescribed is what is said of a picture that nobody who cannot see it would know anything of.
func (a *Attachment) undescribed() string {
	return fmt.Sprintf("Say what the picture “%s” shows, or that it is only decoration. Pictures and files has a field for it.", a.Title())
}

// keepFile keeps an attachment's file: another one is another attachment.
func (a *Attachment) keepFile(app core.App) error {
	for _, f := range []string{"file", "smaller"} {
		if len(a.GetUnsavedFiles(f)) > 0 {
			return validation.Errors{f: validation.NewError("validation_file", "A file is not changed. Remove this one, and add the other.")}
		}
	}
	was, err := app.FindRecordById("attachments", a.Id) // one that was just made does not know itself
	if err != nil {
		return err
	}
	for _, f := range []string{"document", "post", "kind", "name", "type", "size", "file", "smaller", "sizes", "sum", "author"} {
		a.Set(f, was.Get(f))
	}
	return nil
}

// tidy evens out the lines that people write about a file.
func (a *Attachment) tidy() {
	for _, f := range []string{"title", "alt", "credit"} {
		a.Set(f, oneLine(a.GetString(f)))
	}
}

// place writes down who may see it, from its document and whether it has gone out with it.
func (a *Attachment) place(d *Document) {
	a.Set("space", d.Space())
	a.Set("access", a.accessIn(d))
}

func (a *Attachment) accessIn(d *Document) string {
	if a.Out() && d.State() == Published {
		return member.Access(d.Space(), Published)
	}
	return member.Access(d.Space(), Draft)
}

// altIn is what a text says that the picture shows, where it shows it.
func (a *Attachment) altIn(text string) string {
	m := regexp.MustCompile(`!\[([^\]\n]+)\]\(/files/` + regexp.QuoteMeta(a.Id) + `/`).FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return oneLine(m[1])
}

// text is everything that a document says in Markdown.
func (d *Document) text() string {
	return strings.Join([]string{d.GetString("challenge"), d.GetString("action"), d.GetString("result"), d.Body()}, "\n")
}

// goingOut are the files that go out when the document is saved as it stands: all of them the first time, later those that
// its text shows.
func (d *Document) goingOut(app core.App) ([]*Attachment, error) {
	if d.IsNew() || d.State() != Published && d.State() != InReview {
		return nil, nil
	}
	var pending []*Attachment
	err := app.RecordQuery("attachments").AndWhere(dbx.HashExp{"document": d.Id, "state": Draft, "removed": ""}).OrderBy("created", "id").All(&pending)
	if err != nil || len(pending) == 0 {
		return nil, err
	}
	if d.Original().GetString("state") == Published {
		pending = slices.DeleteFunc(pending, func(a *Attachment) bool { return !a.quotedIn(d.text()) })
	}
	return pending, nil
}

// describesPictures says what keeps the document from going out: a picture without words.
func (d *Document) describesPictures(app core.App) error {
	pending, err := d.goingOut(app)
	if err != nil {
		return err
	}
	for _, a := range pending {
		if !a.Described() && a.altIn(d.text()) == "" {
			return validation.Errors{"files": validation.NewError("validation_required", a.undescribed())}
		}
	}
	return nil
}

// releaseFiles lets the files go out with a document that is published, and follows where it stands.
func (d *Document) releaseFiles(tx core.App, pending []*Attachment, actor string) error {
	if d.State() == Published {
		for _, a := range pending {
			if a.IsPicture() && !a.Described() {
				a.Set("alt", clip(a.altIn(d.text()), 500))
			}
			a.Set("state", Published)
			journal.By(a.Record, actor)
			if err := tx.Save(a); err != nil {
				return err
			}
		}
	}
	out := Draft // the files of a page that was withdrawn are nobody's to read
	if d.State() == Published {
		out = Published
	}
	_, err := tx.DB().NewQuery(`UPDATE {{attachments}} SET [[space]] = {:space},
		[[access]] = CASE WHEN [[state]] = 'published' AND [[removed]] = '' THEN {:out} ELSE {:draft} END WHERE [[document]] = {:id}`).
		Bind(dbx.Params{"space": d.Space(), "out": member.Access(d.Space(), out), "draft": member.Access(d.Space(), Draft), "id": d.Id}).Execute()
	return err
}

// Remove takes a file away; it can be brought back for some time.
func (a *Attachment) Remove(app core.App, actor string) error {
	a.Set("removed", types.NowDateTime())
	journal.By(a.Record, actor)
	return app.Save(a)
}

// BringBack undoes Remove. It goes out again by being shown again.
func (a *Attachment) BringBack(app core.App, actor string) error {
	a.Set("removed", "")
	a.Set("state", Draft)
	journal.By(a.Record, actor)
	return app.Save(a)
}

// DropRemoved deletes files that were removed days ago, at most limit, and says how many.
func DropRemoved(app core.App, days, limit int) (int, error) {
	before, err := types.ParseDateTime(time.Now().AddDate(0, 0, -days))
	if err != nil {
		return 0, err
	}
	var gone []*Attachment
	err = app.RecordQuery("attachments").AndWhere(dbx.NewExp("[[removed]] != '' AND [[removed]] < {:before}", dbx.Params{"before": before.String()})).
		Limit(int64(limit)).All(&gone)
	if err != nil {
		return 0, err
	}
	for i, a := range gone {
		journal.By(a.Record, journal.Retention)
		if err := app.Delete(a); err != nil {
			return i, err
		}
	}
	return len(gone), nil
}
