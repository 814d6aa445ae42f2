package library_test

import (
	"archive/zip"
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
)

// photo is a JPEG with an EXIF block in it.
func photo(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return append([]byte("\xff\xd8\xff\xe1\x00\x12Exif\x00\x00GPS-secret"), b.Bytes()[2:]...)
}

func office(t *testing.T, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(entries); i += 2 {
		w, err := z.Create(entries[i])
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(entries[i+1]))
	}
	z.Close()
	return b.Bytes()
}

func fileOf(t *testing.T, raw []byte, name string) *filesystem.File {
	t.Helper()
	f, err := filesystem.NewFileFromBytes(raw, name)
	if err != nil {
		t.Fatal(err)
	}
	f.OriginalName = name
	return f
}

func draft(t *testing.T, h *hubtest.Hub) *library.Document {
	t.Helper()
	space := h.Record("spaces", "slug", "library")
	d, err := library.New(h.App, library.Guidance, space.Id)
	if err != nil {
		t.Fatal(err)
	}
	d.Set("title", "A page with files")
	d.Set("author", h.Record("users", "email", "partner@example.org").Id)
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	return d
}

func nothing(*library.Attachment) {}

func TestU06WhatIsAttached(t *testing.T) {
	h := hubtest.New(t)
	d := draft(t, h)
	for _, c := range []struct {
		name string
		raw  []byte
		says string // the refusal, or "" and then:
		as   string
		file string
	}{
		{"U06 page.html", []byte("<html><script>alert(1)</script>"), "not taken", "", ""},
		{"U06 page.png", []byte("<html><script>alert(1)</script>"), "not taken", "", ""},
		{"U06 a.xhtml", []byte("<html xmlns='x'/>"), "not taken", "", ""},
		{"U06 a.js", []byte("alert(1)"), "not taken", "", ""},
		{"U06 a.svgz", []byte("\x1f\x8b\x08\x00"), "not taken", "", ""},
		{".htaccess", []byte("AddType x"), "not taken", "", ""},
		{"U06 macros.docx", office(t, "word/document.xml", "<d/>", "word/vbaProject.bin", "x"), "macros", "", ""},
		{"U06 js.pdf", []byte("%PDF-1.4\n/JS (app.alert(1))"), "", "U06 js.pdf", "u06-js.pdf"},
		{"U05 a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "SVG", "", ""},
		{"U07 eicar.com", []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`), "not taken", "", ""},
		{"U07 eicar.zip", office(t, "eicar.com", "x"), "Archives", "", ""},
		{"old.doc", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "old Office", "", ""},
		{"film.mp4", []byte("\x00\x00\x00\x18ftypmp42"), "Films", "", ""},
		{"U08 ../../../etc/passwd.txt", []byte("x"), "", "passwd.txt", "passwd.txt"},
		{"C:\\Users\\me\\plan.docx", office(t, "word/document.xml", "<d/>"), "", "plan.docx", "plan.docx"},
		{"CON.txt", []byte("x"), "", "file-CON.txt", "file-con.txt"},
		{"x\x00\r\nSet-Cookie: a=b\u202Egpj.txt", []byte("x"), "", "xSet-Cookie a=bgpj.txt", "xset-cookie-a-bgpj.txt"},
		{`a"b'c.txt`, []byte("x"), "", "ab'c.txt", "abc.txt"},
		{strings.Repeat("long ", 80) + ".csv", []byte("a,b"), "", strings.TrimSpace(strings.Repeat("long ", 24)) + ".csv", ""},
		{"خطة.txt", []byte("x"), "", "خطة.txt", "file.txt"},
		{"plan.pdf", office(t, "mimetype", "application/vnd.oasis.opendocument.text"), "", "plan.odt", "plan.odt"},
		{"phone.jpeg", photo(t, 1000, 700), "", "phone.jpeg", "960.jpg"},
	} {
		a, err := library.Attach(h.App, d, fileOf(t, c.raw, c.name), nothing)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v, want a refusal with %q", c.name, err, c.says)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.name, err)
			continue
		}
		if a.Name() != c.as || c.file != "" && a.File() != c.file && !a.IsPicture() {
			t.Errorf("%q is called %q and stored as %q; want %q and %q", c.name, a.Name(), a.File(), c.as, c.file)
		}
	}
}

// stored is everything that lies in the store of a record.
func stored(t *testing.T, h *hubtest.Hub, r *core.Record) string {
	t.Helper()
	var all strings.Builder
	err := filepath.Walk(filepath.Join(h.Dir, "storage", r.BaseFilesPath()), func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		all.Write(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestU09OriginalsAreNotKept(t *testing.T) {
	h := hubtest.New(t)
	a, err := library.Attach(h.App, draft(t, h), fileOf(t, photo(t, 2000, 1000), "phone.jpg"), nothing)
	if err != nil {
		t.Fatal(err)
	}
	if kept := stored(t, h, a.Record); len(kept) < 1000 || strings.Contains(kept, "Exif") || strings.Contains(kept, "secret") {
		t.Errorf("what the camera wrote lies in the store, or nothing does (%d bytes)", len(kept))
	}
	if s := a.Sizes(); len(s) != 3 || s[2].Width != 1440 || s[2].Height != 720 || !a.Has("480.jpg") || a.Has("../data.db") {
		t.Errorf("sizes %v", s)
	}
	a.Set("file", fileOf(t, photo(t, 10, 10), "other.jpg"))
	if err := h.App.Save(a); err == nil {
		t.Error("a file was changed for another, past all that looks at files")
	}
}

func TestPicturesNeedWordsBeforeTheyGoOut(t *testing.T) {
	h := hubtest.New(t)
	d := draft(t, h)
	a, err := library.Attach(h.App, d, fileOf(t, photo(t, 100, 100), "phone.jpg"), nothing)
	if err != nil {
		t.Fatal(err)
	}
	d.Set("state", library.Published)
	if err := h.App.Save(d); err == nil || !strings.Contains(err.Error(), "phone.jpg") {
		t.Fatalf("the page went out with a picture without words: %v", err)
	}
	a.Set("alt", "Two carers at a table")
	if err := h.App.Save(a); err != nil {
		t.Fatal(err)
	}
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	later, err := library.Attach(h.App, d, fileOf(t, photo(t, 100, 100), "later.jpg"), nothing)
	if err != nil {
		t.Fatal(err)
	}
	states := func(ids ...string) (all string) {
		for _, id := range ids {
			r := h.Record("attachments", "id", id)
			all += r.GetString("state") + " " + strings.SplitN(r.GetString("access"), ":", 2)[len(strings.SplitN(r.GetString("access"), ":", 2))-1] + " "
		}
		return all
	}
	if got := states(a.Id, later.Id); !strings.HasPrefix(got, "published ") || !strings.Contains(got, "draft ") {
		t.Errorf("states %q", got)
	}
	d.Set("body", "![]("+later.Address()+")")
	if err := h.App.Save(d); err == nil {
		t.Error("a picture without words went out by being quoted")
	}
	later.Set("decorative", true)
	if err := h.App.Save(later); err != nil {
		t.Fatal(err)
	}
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	if got := h.Record("attachments", "id", later.Id).GetString("state"); got != library.Published {
		t.Errorf("a quoted picture stays %s", got)
	}
	access := func() string { return h.Record("attachments", "id", a.Id).GetString("access") }
	was := access()
	d.Set("state", library.Withdrawn)
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	if access() == was {
		t.Errorf("the file of a page that was withdrawn is still %s", access())
	}
}
