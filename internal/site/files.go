package site

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/privacy"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/router"
)

// file serves one file of an attachment to those who may see it. Only pictures, which were made here, are shown by the
// browser; everything else it is told to keep as a file, and to run nothing of it.
func (s *Site) file(e *core.RequestEvent) error {
	name := e.Request.PathValue("name")
	a, d, err := library.AttachmentByID(s.app, e.Request.PathValue("id"))
	if err != nil || !a.Has(name) {
		return notFound(e)
	}
	shows, out := s.showsFile(viewer(e), a, d)
	if !shows {
		return notFound(e)
	}
	name = sparingFile(e.Request, a, name)
	store, err := s.app.NewFilesystem()
	if err != nil {
		return err
	}
	defer store.Close()
	content, err := store.GetReader(a.Key(name))
	if err != nil {
		return notFound(e)
	}
	defer content.Close()
	h := e.Response.Header()
	h.Set("Content-Type", a.Type())
	h.Set("Content-Disposition", dispositionOf(a))
	h.Set(policyHeader, "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Vary", "Cookie, Save-Data, Sec-Fetch-Dest")
	h.Set("Etag", `"`+a.Id+"-"+name+`"`) // its bytes never change
	switch {
	case !out:
		h.Set("Cache-Control", "no-store")
	case viewer(e).SignedIn():
		h.Set("Cache-Control", "private, no-cache")
	default:
		h.Set("Cache-Control", "no-cache")
	}
	http.ServeContent(e.Response, e.Request, "", time.Time{}, content)
	return nil
}

// showsFile says whether the viewer may have a file, and whether it is out: with its document, or with its post.
func (s *Site) showsFile(v *member.Viewer, a *library.Attachment, d *library.Document) (shows, out bool) {
	if a.Post() != "" {
		return thread.ShowsFile(s.app, v, a.Record)
	}
	return a.Viewable(v, d), a.Out() && d.Out()
}

// dispositionOf says what a browser does with a file, with its name in letters that every browser reads.
func dispositionOf(a *library.Attachment) string {
	how := "attachment"
	if a.IsPicture() {
		how = "inline"
	}
	return mime.FormatMediaType(how, map[string]string{"filename": a.Name()})
}

type filesView struct {
	Document, Write, Action string
	Files, Removed          []fileView
	Videos                  []videoRow
	Saved                   string
	Errors                  fieldErrors
	Wrong                   string // the file whose form has the errors, "" for the one that adds
	Takes                   string
}

// fileView is a file, on its page and on the form.
type fileView struct {
	ID, Title, Name, Address   string
	IsPicture, IsPDF           bool
	Picture                    pictureView
	What                       string // its type and size in words
	Alt, Credit, Summary       string
	Decorative, Consent, Ready bool
	Reading                    bool     // its words are being looked through
	Agreed                     []Choice // the consents that it may rest on
	Own                        string   // its title, where somebody gave it one
	Where                      string   // whether it is out
	Out, MayShow               bool
	Quote                      string // as it stands in a text
	Words                      string
	Private                    bool // its words hold personal details about which nobody has decided
	Goes                       time.Time
}

func fileViewOf(a *library.Attachment) fileView {
	v := fileView{
		ID: a.Id, Title: a.Title(), Name: a.Name(), Address: a.Address(), IsPicture: a.IsPicture(), IsPDF: a.IsPDF(), What: inWords(a),
		Alt: a.Alt(), Credit: a.Credit(), Summary: a.Summary(), Decorative: a.Decorative(), Consent: a.Consent(), Ready: a.Described(),
		Own: a.GetString("title"), Out: a.Out(), Reading: a.Words() == "waiting",
	}
	if v.IsPicture {
		v.Picture = pictureViewOf(a)
		v.Quote = "![" + strings.NewReplacer("[", "", "]", "").Replace(a.Alt()) + "](" + a.Address() + ")"
	}
	v.Words = map[string]string{
		"waiting": "Its words are being read, so that search can find it.", "done": "Search finds its words.",
		"failed": "Its words could not be read: search finds it by its title and its summary only.",
	}[a.Words()]
	if !a.Removed().IsZero() {
		v.Goes = a.Removed().AddDate(0, 0, library.KeepRemoved)
	}
	return v
}

// inWords is the type and size of a file, such as "Word document, 1.2 MB".
func inWords(a *library.Attachment) string {
	return upperFirst(a.TypeWord()) + ", " + bytesInWords(a.Bytes())
}

func bytesInWords(n int) string {
	switch {
	case n >= 1<<20:
		return strings.Replace(fmt.Sprintf("%.1f MB", float64(n)/(1<<20)), ".0 MB", " MB", 1)
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", (n+512)>>10)
	}
	return counted(n, "byte", "bytes")
}

// files is the page of a document's pictures, files and videos.
func (s *Site) files(e *core.RequestEvent) error {
	d, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	return s.showFiles(e, http.StatusOK, d, filesView{Saved: savedWords[e.Request.URL.Query().Get("saved")]})
}

var savedWords = map[string]string{
	"added": "The file was added.", "saved": "What you wrote about the file was saved.", "removed": "The file was taken off. You can bring it back for 30 days.",
	"back": "The file is back. It goes out when you show it again.", "shown": "The file is on the page now.", "videos": "The videos were saved.",
}

func (s *Site) showFiles(e *core.RequestEvent, status int, d *library.Document, v filesView) error {
	all, err := library.Attachments(s.app, d.Id)
	if err != nil {
		return err
	}
	v.Document, v.Write, v.Action, v.Takes = d.Title(), writeAddress(d), writeAddress(d)+"/files", library.Takes
	agreed, err := library.Consents(s.app, d.Id)
	if err != nil {
		return err
	}
	for _, a := range all {
		f := fileViewOf(a)
		f.Agreed = agreedChoices(a, agreed)
		f.Where = whereIs(a, d)
		f.MayShow = d.State() == library.Published && !a.Out() && a.Removed().IsZero()
		if f.Private, err = s.private(a); err != nil {
			return err
		}
		if a.Removed().IsZero() {
			v.Files = append(v.Files, f)
		} else {
			v.Removed = append(v.Removed, f)
		}
	}
	if v.Videos == nil {
		v.Videos = videoRowsOf(d.Meta().Videos)
	}
	p := Page{Title: "Pictures and files of " + d.Title(), Crumbs: []Link{{"Write", "/write"}}, Scripts: []string{"files.js"}, NoIndex: true}
	return render(s, e, status, "write-files", p, v)
}

// private says whether the words in a file that is not out yet wait for a decision.
func (s *Site) private(a *library.Attachment) (bool, error) {
	if a.IsPicture() || a.Out() {
		return false, nil
	}
	found, err := privacy.Undecided(s.app, a.Record)
	return len(found) > 0, err
}

// agreedChoices are the consents that hold for pictures of a page, none where it has none.
func agreedChoices(a *library.Attachment, all []*library.Consent) []Choice {
	list := []Choice{{Title: "No consent is recorded for it"}}
	for _, c := range all {
		if c.What() != library.Quote && !c.Over(time.Now()) {
			list = append(list, Choice{Value: c.Id, Title: c.Whose() + ", " + strings.ToLower(consentWord(c.What())), Chosen: c.Id == a.Agreed()})
		}
	}
	if len(list) == 1 || !a.IsPicture() {
		return nil
	}
	return list
}

func whereIs(a *library.Attachment, d *library.Document) string {
	switch {
	case a.Out() && d.Out():
		return "On the page"
	case d.State() == library.Published:
		return "Not on the page yet"
	}
	return "Goes out with the page"
}

// fileAdd takes a file that a form, a drop or a paste brings.
func (s *Site) fileAdd(e *core.RequestEvent) error {
	d, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	up, err := s.receive(e)
	defer up.drop()
	status := http.StatusUnprocessableEntity
	var a *library.Attachment
	switch {
	case tooLarge(err):
		e.Response.Header().Set("Connection", "close")
		status, err = http.StatusRequestEntityTooLarge, library.FileFault(library.TooLarge)
	case err == nil && up.path == "":
		err = library.FileFault("Choose a file first.")
	case err == nil:
		a, err = s.attach(e, d, up)
	}
	faults := faultsOf(err)
	switch {
	case err != nil && faults == nil:
		return err
	case faults != nil && wantsJSON(e):
		return e.JSON(status, map[string]string{"message": faults[0].Sentence})
	case faults != nil:
		return s.showFiles(e, status, d, filesView{Errors: faults})
	case wantsJSON(e):
		f := fileViewOf(a)
		return e.JSON(http.StatusOK, map[string]any{"id": f.ID, "markdown": f.Quote, "url": f.Address, "name": f.Name, "picture": f.IsPicture})
	}
	return e.Redirect(http.StatusSeeOther, writeAddress(d)+"/files?saved=added#file-"+a.Id)
}

func wantsJSON(e *core.RequestEvent) bool {
	return strings.HasPrefix(e.Request.Header.Get("Accept"), "application/json")
}

func (s *Site) attach(e *core.RequestEvent, d *library.Document, up *upload) (*library.Attachment, error) {
	f, err := filesystem.NewFileFromPath(up.path)
	if err != nil {
		return nil, err
	}
	f.OriginalName = up.name
	return library.Attach(s.app, d, f, func(a *library.Attachment) {
		a.Set("author", viewer(e).ID())
		describe(a, up.form)
		journal.By(a.Record, viewer(e).ID())
	})
}

// describe puts onto an attachment what a form says of it.
func describe(a *library.Attachment, form url.Values) {
	for _, f := range []string{"title", "alt", "credit", "summary"} {
		a.Set(f, form.Get(f))
	}
	a.Set("decorative", form.Get("decorative") != "")
	a.Set("consent", form.Get("consent") != "")
	if form.Has("agreed") {
		a.Set("agreed", form.Get("agreed"))
	}
}

// upload is a form with a file as it came in: the file in a folder for such things, never whole in memory.
type upload struct {
	form       url.Values
	path, name string
}

func (u *upload) drop() {
	if u.path != "" {
		os.Remove(u.path)
	}
}

// Limits of a form with a file, beside the file's own.
const (
	maxParts     = 20
	maxHead      = 8 << 10 // of one part
	maxField     = 2 * thread.MaxPost
	uploadWithin = 3 * time.Minute
)

var errTooLarge = errors.New("the file is too large")

// receive reads a form with a file as it comes, and stops where it becomes too much.
func (s *Site) receive(e *core.RequestEvent) (*upload, error) {
	up := &upload{form: url.Values{}}
	if e.Request.ContentLength > library.MaxFile+1<<20 {
		return up, errTooLarge
	}
	http.NewResponseController(e.Response).SetReadDeadline(time.Now().Add(uploadWithin)) // where there is no such thing, the server's own holds
	body := e.Request.Body
	if again, is := body.(*router.RereadableReadCloser); is {
		body = again.ReadCloser // nobody reads it twice, and so nobody keeps it
	}
	e.Request.Body = http.MaxBytesReader(e.Response, body, library.MaxFile+1<<20)
	parts, err := e.Request.MultipartReader()
	if err != nil {
		return up, e.BadRequestError(s.say("unreadable"), err)
	}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return up, nil
		}
		if err == nil && (n >= maxParts || headOf(part) > maxHead) {
			err = errors.New("too many parts, or too long a head")
		}
		if err == nil {
			err = up.take(part)
		}
		if err != nil {
			return up, s.readError(e, err)
		}
	}
}

// readError tells a body that is too large from one that cannot be read.
func (s *Site) readError(e *core.RequestEvent, err error) error {
	if tooLarge(err) {
		return err
	}
	return e.BadRequestError(s.say("unreadable"), err)
}

func headOf(part *multipart.Part) int {
	n := 0
	for k, vs := range part.Header {
		for _, v := range vs {
			n += len(k) + len(v)
		}
	}
	return n
}

// sentWithFile reads a form that may have a file, and lets the rest of the program read it as any other.
func (s *Site) sentWithFile(e *core.RequestEvent) (*upload, error) {
	kind, _, err := mime.ParseMediaType(e.Request.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		e.Request.Body = http.MaxBytesReader(e.Response, e.Request.Body, mostTyped)
		return &upload{}, e.Request.ParseForm()
	}
	up, err := s.receive(e)
	e.Request.PostForm, e.Request.Form = up.form, up.form
	if up.path != "" {
		e.Request.MultipartForm = &multipart.Form{File: map[string][]*multipart.FileHeader{"file": {{Filename: up.name, Size: 1}}}}
	}
	return up, err
}

// tooLarge says whether a form could not be read because of its size.
func tooLarge(err error) bool {
	return errors.As(err, new(*http.MaxBytesError)) || errors.Is(err, errTooLarge)
}

// take reads one part: the file, or a field.
func (u *upload) take(part *multipart.Part) error {
	if part.FormName() != "file" {
		raw, err := io.ReadAll(io.LimitReader(part, maxField+1))
		if err == nil && len(raw) > maxField {
			err = errors.New("a field is too long")
		}
		u.form.Add(part.FormName(), strings.ReplaceAll(string(raw), "\r\n", "\n"))
		return err
	}
	if u.path != "" || part.FileName() == "" {
		return nil // one at a time; and a form without a choice sends a part without a name
	}
	f, err := os.CreateTemp("", "commonplace-upload-*")
	if err != nil {
		return err
	}
	u.path, u.name = f.Name(), part.FileName()
	n, err := io.Copy(f, io.LimitReader(part, library.MaxFile+1))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil && n > library.MaxFile {
		err = errTooLarge
	}
	return err
}

// fileSave changes what is said of a file, takes it off, brings it back, or shows it.
func (s *Site) fileSave(e *core.RequestEvent) error {
	d, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	a, of, err := library.AttachmentByID(s.app, e.Request.PathValue("file"))
	if err != nil || of == nil || of.Id != d.Id || !a.Viewable(viewer(e), of) {
		return notFound(e)
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError(s.say("unreadable"), err)
	}
	form := e.Request.PostForm
	done := "saved"
	switch form.Get("do") {
	case "remove":
		done, err = "removed", a.Remove(s.app, viewer(e).ID())
	case "back":
		done, err = "back", a.BringBack(s.app, viewer(e).ID())
	default:
		describe(a, form)
		if form.Get("do") == "show" && of.State() == library.Published {
			done = "shown"
			a.Set("state", library.Published)
		}
		journal.By(a.Record, viewer(e).ID())
		err = s.app.Save(a)
	}
	if faults := faultsOf(err); faults != nil {
		for i := range faults {
			faults[i].Field += "-" + a.Id
		}
		return s.showFiles(e, http.StatusUnprocessableEntity, d, filesView{Errors: faults, Wrong: a.Id})
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, writeAddress(d)+"/files?saved="+done+"#file-"+a.Id)
}

// videoRow is a video on the form.
type videoRow struct {
	N int
	library.Video
}

// videoRowsOf are the rows for the videos there are, and one for another.
func videoRowsOf(videos []library.Video) []videoRow {
	rows := make([]videoRow, 0, len(videos)+1)
	for i, v := range append(slices.Clone(videos), library.Video{}) {
		rows = append(rows, videoRow{i, v})
	}
	return rows
}

const maxVideos = 10

// videosSave keeps the videos of a document. Their transcripts are asked for when it goes out.
func (s *Site) videosSave(e *core.RequestEvent) error {
	d, _, err := s.openForWriting(e)
	if err != nil {
		return err
	}
	if err := e.Request.ParseForm(); err != nil {
		return e.BadRequestError(s.say("unreadable"), err)
	}
	m := d.Meta()
	m.Videos = nil
	for i := range maxVideos {
		one := func(field string) string {
			return strings.TrimSpace(strings.ReplaceAll(e.Request.PostForm.Get(fmt.Sprintf("video-%s-%d", field, i)), "\r\n", "\n"))
		}
		if v := (library.Video{URL: one("url"), Title: one("title"), Transcript: one("transcript")}); v != (library.Video{}) {
			m.Videos = append(m.Videos, v)
		}
	}
	if err := d.SetMeta(m); err != nil {
		return err
	}
	if faults := faultsOf(s.saveDraft(e, d)); faults != nil {
		return s.showFiles(e, http.StatusUnprocessableEntity, d, filesView{Errors: faults, Videos: videoRowsOf(m.Videos)})
	}
	return e.Redirect(http.StatusSeeOther, writeAddress(d)+"/files?saved=videos#videos")
}
