package library

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"commonplace/internal/markdown"
	"commonplace/internal/picture"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
)

// MaxFile is the size of the largest file that can be attached.
const MaxFile = 25 << 20

// Attach adds a file to a document. What keeps it out is a validation.Errors with a sentence for the field "file".
func Attach(app core.App, d *Document, f *filesystem.File, fill func(*Attachment)) (*Attachment, error) {
	return attach(app, fill, func(a *Attachment) {
		a.Set("document", d.Id)
		a.Set("file", f)
	})
}

// AttachReady adds a file that was looked at before.
func AttachReady(app core.App, d *Document, r *Ready, fill func(*Attachment)) (*Attachment, error) {
	return attach(app, fill, func(a *Attachment) {
		a.Set("document", d.Id)
		a.take(r)
	})
}

// AttachToPost adds a file that was looked at before to a post, with which it goes out: a picture at once, another file as soon as
// its words were looked through.
func AttachToPost(app core.App, post string, r *Ready, fill func(*Attachment)) (*Attachment, error) {
	return attach(app, fill, func(a *Attachment) {
		a.Set("post", post)
		if a.State() == "" && r.IsPicture() {
			a.Set("state", Published)
		}
		a.take(r)
	})
}

func (a *Attachment) take(r *Ready) {
	a.Id = r.ID
	a.SetRaw(readyKey, r)
}

func attach(app core.App, fill, file func(*Attachment)) (*Attachment, error) {
	c, err := app.FindCachedCollectionByNameOrId("attachments")
	if err != nil {
		return nil, err
	}
	a := WrapAttachment(core.NewRecord(c))
	fill(a)
	file(a)
	return a, app.Save(a)
}

// Ready is a file that was looked at, and of a picture the ones that are kept: making them takes longer than a transaction
// may hold others up.
type Ready struct {
	ID      string // that the attachment is going to have
	values  map[string]any
	file    *filesystem.File
	smaller []*filesystem.File
}

// readyKey is where a record carries what was made ready; what comes in from outside is no *Ready.
const readyKey = "@ready"

// Prepare looks at a file and makes the pictures that are kept of one. What keeps it out is a validation.Errors with a
// sentence for the field "file".
func Prepare(ctx context.Context, app core.App, data []byte, name string) (*Ready, error) {
	if len(data) > MaxFile {
		return nil, refuse(TooLarge)
	}
	if len(data) == 0 {
		return nil, refuse("This file is empty.")
	}
	sum := sha256.Sum256(data)
	r := &Ready{ID: core.GenerateDefaultRandomId(), values: map[string]any{"sum": hex.EncodeToString(sum[:])}}
	name = showable(name)
	if picture.Kind(data) != "" {
		return r, r.picture(ctx, app, data, name)
	}
	t, sentence := typeOf(data, name)
	if sentence != "" {
		return nil, refuse(sentence)
	}
	name = withEnd(name, t.ends)
	maps.Copy(r.values, map[string]any{"kind": "file", "name": name, "type": t.mime, "size": len(data), "words": "waiting"})
	var err error
	r.file, err = fileNamed(data, storedAs(name, t.ends))
	return r, err
}

func fileNamed(data []byte, name string) (*filesystem.File, error) {
	f, err := filesystem.NewFileFromBytes(data, name)
	if err == nil {
		f.Name, f.OriginalName = name, name
	}
	return f, err
}

// Address is where the file is going to stand.
func (r *Ready) Address() string { return "/files/" + r.ID + "/" + r.file.Name }

// IsPicture says whether somebody must say what it shows.
func (r *Ready) IsPicture() bool { return r.values["kind"] == "picture" }

// Sum tells the bytes that were sent from others.
func (r *Ready) Sum() string { return r.values["sum"].(string) }

// AttachmentOf finds the attachment of a document that was made of the same bytes, one that was removed only where there is no
// other; nil when there is none.
func AttachmentOf(app core.App, document, sum string) (*Attachment, error) {
	var same []*Attachment
	err := app.RecordQuery("attachments").AndWhere(dbx.HashExp{"document": document, "sum": sum}).OrderBy("removed", "created", "id").Limit(1).All(&same)
	if err != nil || len(same) == 0 {
		return nil, err
	}
	return same[0], nil
}

// picturesKey is where the one maker of pictures of an app is kept: two large pictures at once are more memory than a small
// machine has.
const picturesKey = "library.pictures"

func maker(app core.App) *picture.Maker {
	return app.Store().GetOrSet(picturesKey, func() any { return picture.NewMaker() }).(*picture.Maker)
}

// TooLarge is said of a file that is larger than MaxFile.
var TooLarge = fmt.Sprintf("This file is larger than %d MB, which is the most. Save it smaller, or link to where it is.", MaxFile>>20)

// FileFault is a sentence about a file that is not taken, as the form shows it.
func FileFault(sentence string) error { return refuse(sentence) }

func refuse(sentence string) error {
	return validation.Errors{"file": validation.NewError("validation_file", sentence)}
}

// receive looks at what was sent, before it is stored.
func (a *Attachment) receive(app core.App) error {
	r, is := a.GetRaw(readyKey).(*Ready)
	if !is {
		sent := a.GetUnsavedFiles("file")
		if len(sent) != 1 || len(a.GetUnsavedFiles("smaller")) > 0 {
			return refuse("Choose a file.")
		}
		if err := a.hasRoom(app, sent[0].Size); err != nil {
			return err
		}
		data, err := readAll(sent[0])
		if err != nil {
			return err
		}
		if r, err = Prepare(context.Background(), app, data, sent[0].OriginalName); err != nil {
			return err
		}
	} else if err := a.hasRoom(app, int64(r.values["size"].(int))); err != nil {
		return err
	}
	for field, value := range r.values {
		a.Set(field, value)
	}
	a.Set("file", r.file)
	if len(r.smaller) > 0 {
		a.Set("smaller", r.smaller)
	}
	return nil
}

// hasRoom refuses what is more than a document, or a post, may carry.
func (a *Attachment) hasRoom(app core.App, more int64) error {
	if more > MaxFile {
		return refuse(TooLarge)
	}
	var n, all int64
	err := app.DB().Select("COUNT(*)", "COALESCE(SUM([[size]]), 0)").From("attachments").Where(dbx.HashExp{"document": a.Document(), "post": a.Post()}).Row(&n, &all)
	if err == nil && (n >= MaxAttachments || all+more > MaxAttachmentBytes) {
		err = refuse(fmt.Sprintf("A page or a post can have %d files of %d MB together. Remove one first, or link to where this one is.", MaxAttachments, MaxAttachmentBytes>>20))
	}
	return err
}

func readAll(f *filesystem.File) ([]byte, error) {
	r, err := f.Reader.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err == nil && len(data) > MaxFile {
		return nil, refuse(TooLarge)
	}
	if err == nil && len(data) == 0 {
		return nil, refuse("This file is empty.")
	}
	return data, err
}

// picture keeps the pictures that were made of the one that was sent, and not that one.
func (r *Ready) picture(ctx context.Context, app core.App, data []byte, name string) error {
	p, err := maker(app).Make(ctx, data)
	if sentence, refused := picture.IsRefused(err); refused {
		return refuse(sentence)
	}
	if err != nil {
		return err
	}
	var files []*filesystem.File
	var sizes []Size
	all := 0
	for _, s := range p.Sizes {
		f, err := fileNamed(s.Data, strconv.Itoa(s.Width)+p.Extension())
		if err != nil {
			return err
		}
		files, sizes = append(files, f), append(sizes, Size{File: f.Name, Width: s.Width, Height: s.Height})
		all += len(s.Data)
	}
	raw, err := json.Marshal(sizes)
	if err != nil {
		return err
	}
	last := len(files) - 1
	maps.Copy(r.values, map[string]any{
		"kind": "picture", "name": withEnd(name, strings.TrimPrefix(p.Extension(), ".")), "type": p.Type, "size": all, "words": "none", "sizes": string(raw),
	})
	r.file, r.smaller = files[last], files[:last]
	return nil
}

// fileType is a kind of file that can be attached.
type fileType struct{ ends, mime, word string }

// fileTypes lists them. What a browser would run or show as a page is not among them.
var fileTypes = []fileType{
	{"pdf", "application/pdf", "PDF"},
	{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word document"},
	{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel spreadsheet"},
	{"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "PowerPoint slides"},
	{"odt", "application/vnd.oasis.opendocument.text", "OpenDocument text"},
	{"ods", "application/vnd.oasis.opendocument.spreadsheet", "OpenDocument spreadsheet"},
	{"odp", "application/vnd.oasis.opendocument.presentation", "OpenDocument slides"},
	{"csv", "text/csv; charset=utf-8", "table in CSV"},
	{"md", "text/markdown; charset=utf-8", "Markdown text"},
	{"txt", "text/plain; charset=utf-8", "plain text"},
}

func typeNamed(ends string) *fileType {
	for _, t := range fileTypes {
		if t.ends == ends {
			return &t
		}
	}
	return nil
}

// TypeWord is what people call the type.
func (a *Attachment) TypeWord() string {
	switch {
	case a.IsPicture():
		return "picture"
	case typeNamed(endOf(a.File())) != nil:
		return typeNamed(endOf(a.File())).word
	}
	return "file"
}

// IsPDF says whether it is hard to read on a phone.
func (a *Attachment) IsPDF() bool { return a.Type() == "application/pdf" }

// Takes says which files are taken.
const Takes = "Files can be pictures (JPEG, PNG, GIF, WebP), Word, Excel and PowerPoint files, OpenDocument files, PDF, CSV and plain text."

// typeOf says what a file is by its bytes, or why it is not taken. The name counts for plain texts only, which nothing
// else tells apart.
func typeOf(data []byte, name string) (*fileType, string) {
	ends := endOf(name)
	switch {
	case bytes.HasPrefix(data, []byte("%PDF-")):
		return typeNamed("pdf"), ""
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return typeOfArchive(data)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, "This is a file of an old Office, or one with a password. Open it, save it as .docx, .xlsx or .pptx without a password, and add that."
	case has(data, 4, "ftyp"), bytes.HasPrefix(data, []byte("\x1a\x45\xdf\xa3")), bytes.HasPrefix(data, []byte("ID3")), bytes.HasPrefix(data, []byte("OggS")):
		return nil, "Films and sound are not kept here. Put it where your organisation keeps such things, and add the link with its transcript under Videos."
	case (ends == "txt" || ends == "md" || ends == "csv") && !bytes.Contains(data, []byte{0}):
		return typeNamed(ends), ""
	}
	return nil, "This kind of file is not taken. " + Takes
}

func has(data []byte, at int, word string) bool {
	return len(data) >= at+len(word) && string(data[at:at+len(word)]) == word
}

// typeOfArchive tells Office files from other archives, and from those with a program in them.
func typeOfArchive(data []byte) (*fileType, string) {
	const most = 2_000
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(z.File) > most {
		return nil, "This file cannot be opened: it is damaged, or has too many parts. Save it anew and try again."
	}
	var found *fileType
	for _, f := range z.File {
		lower := strings.ToLower(f.Name)
		switch {
		case strings.HasSuffix(lower, "vbaproject.bin"), strings.HasPrefix(lower, "basic/"), strings.HasPrefix(lower, "scripts/"):
			return nil, "This file has a program in it (macros). Save it without macros, as .docx, .xlsx, .pptx or an OpenDocument file, and add that."
		case lower == "word/document.xml":
			found = typeNamed("docx")
		case lower == "xl/workbook.xml":
			found = typeNamed("xlsx")
		case lower == "ppt/presentation.xml":
			found = typeNamed("pptx")
		case lower == "mimetype":
			found = typeOfMIME(f)
		}
	}
	if found == nil {
		return nil, "Archives are not taken, because nobody can see what is in them. Add the files one by one. " + Takes
	}
	return found, ""
}

func typeOfMIME(f *zip.File) *fileType {
	r, err := f.Open()
	if err != nil {
		return nil
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, 100))
	if err != nil {
		return nil
	}
	for _, t := range fileTypes {
		if t.mime == string(raw) {
			return &t
		}
	}
	return nil
}

func endOf(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }

// reserved are names that Windows keeps for itself, whatever they end in.
var reserved = strings.Fields("con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9")

// showable is the name of a file as people may see it: without folders, without signs that cannot be seen, and short.
func showable(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = oneLine(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`<>:"|?*%`, r) {
			return -1
		}
		return r
	}, name))
	ends := path.Ext(name)
	base := strings.Trim(strings.TrimSuffix(name, ends), ". ")
	if len(ends) > 12 || ends == "." {
		ends = ""
	}
	if r := []rune(base); len(r) > 120 {
		base = strings.TrimSpace(string(r[:120]))
	}
	if first, _, _ := strings.Cut(strings.ToLower(base), "."); base == "" || contains(reserved, first) {
		base = strings.TrimSuffix("file-"+base, "-")
	}
	return base + ends
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// withEnd gives a name the end that its bytes deserve.
func withEnd(name, ends string) string {
	if endOf(name) == ends || endOf(name) == "jpeg" && ends == "jpg" {
		return name
	}
	return strings.TrimSuffix(name, path.Ext(name)) + "." + ends
}

// storedAs is the name in an address, and in the store.
func storedAs(name, ends string) string {
	slug := markdown.Slug(strings.TrimSuffix(name, path.Ext(name)))
	if slug == "" || len(slug) < 3 {
		slug = strings.TrimSuffix("file-"+slug, "-")
	}
	return clip(slug, 80) + "." + ends
}

// oneLine evens out what people paste into a line.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, invisible.ReplaceAllString(s, ""))
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "")
	}
	return strings.Join(strings.Fields(s), " ")
}
