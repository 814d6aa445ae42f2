package library

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
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
	c, err := app.FindCachedCollectionByNameOrId("attachments")
	if err != nil {
		return nil, err
	}
	a := WrapAttachment(core.NewRecord(c))
	a.Set("document", d.Id)
	a.Set("file", f)
	fill(a)
	return a, app.Save(a)
}

// TooLarge is said of a file that is larger than MaxFile.
var TooLarge = fmt.Sprintf("This file is larger than %d MB, which is the most. Save it smaller, or link to where it is.", MaxFile>>20)

// FileFault is a sentence about a file that is not taken, as the form shows it.
func FileFault(sentence string) error { return refuse(sentence) }

func refuse(sentence string) error {
	return validation.Errors{"file": validation.NewError("validation_file", sentence)}
}

// receive looks at what was sent, before it is stored.
func (a *Attachment) receive(app core.App, m *picture.Maker, d *Document) error {
	sent := a.GetUnsavedFiles("file")
	if len(sent) != 1 || len(a.GetUnsavedFiles("smaller")) > 0 {
		return refuse("Choose a file.")
	}
	if err := d.hasRoom(app, sent[0].Size); err != nil {
		return err
	}
	data, err := readAll(sent[0])
	if err != nil {
		return err
	}
	name := showable(sent[0].OriginalName)
	if picture.Kind(data) != "" {
		return a.receivePicture(app, m, data, name)
	}
	t, sentence := typeOf(data, name)
	if sentence != "" {
		return refuse(sentence)
	}
	name = withEnd(name, t.ends)
	a.Set("kind", "file")
	a.Set("name", name)
	a.Set("type", t.mime)
	a.Set("size", len(data))
	a.Set("words", "waiting")
	sent[0].Name, sent[0].OriginalName = storedAs(name, t.ends), name
	return nil
}

// hasRoom refuses what is more than a document may carry.
func (d *Document) hasRoom(app core.App, more int64) error {
	if more > MaxFile {
		return refuse(TooLarge)
	}
	var n, all int64
	err := app.DB().Select("COUNT(*)", "COALESCE(SUM([[size]]), 0)").From("attachments").Where(dbx.HashExp{"document": d.Id}).Row(&n, &all)
	if err == nil && (n >= MaxAttachments || all+more > MaxAttachmentBytes) {
		err = refuse(fmt.Sprintf("A page can have %d files of %d MB together. Remove one first, or link to where this one is.", MaxAttachments, MaxAttachmentBytes>>20))
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

// receivePicture keeps the pictures that were made of the one that was sent, and not that one.
func (a *Attachment) receivePicture(app core.App, m *picture.Maker, data []byte, name string) error {
	p, err := m.Make(context.Background(), data)
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
		file := strconv.Itoa(s.Width) + p.Extension()
		f, err := filesystem.NewFileFromBytes(s.Data, file)
		if err != nil {
			return err
		}
		f.Name = file
		files, sizes = append(files, f), append(sizes, Size{File: file, Width: s.Width, Height: s.Height})
		all += len(s.Data)
	}
	raw, err := json.Marshal(sizes)
	if err != nil {
		return err
	}
	last := len(files) - 1
	a.Set("kind", "picture")
	a.Set("name", withEnd(name, strings.TrimPrefix(p.Extension(), ".")))
	a.Set("type", p.Type)
	a.Set("size", all)
	a.Set("words", "none")
	a.Set("sizes", string(raw))
	a.Set("file", files[last])
	a.Set("smaller", files[:last])
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
