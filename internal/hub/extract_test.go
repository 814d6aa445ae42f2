package hub_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
)

// wordFile is a Word file with a paragraph on each page.
func wordFile(t testing.TB, pages ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, `<w:document xmlns:w="w"><w:body>`)
	for i, p := range pages {
		if i > 0 {
			fmt.Fprint(w, `<w:p><w:r><w:br w:type="page"/></w:r></w:p>`)
		}
		fmt.Fprintf(w, `<w:p><w:r><w:t>%s</w:t></w:r></w:p>`, p)
	}
	fmt.Fprint(w, `</w:body></w:document>`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func attach(t testing.TB, h *hubtest.Hub, document *core.Record, raw []byte, name string, values map[string]any) *library.Attachment {
	t.Helper()
	f, err := filesystem.NewFileFromBytes(raw, name)
	if err != nil {
		t.Fatal(err)
	}
	a, err := library.Attach(h.App, library.Wrap(document), f, func(a *library.Attachment) { a.Load(values) })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// read waits until the words of a file were read.
func read(t testing.TB, h *hubtest.Hub, id string) *core.Record {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if r := h.Record("attachments", "id", id); r.GetString("words") != "waiting" {
			return r
		}
		if time.Now().After(end) {
			t.Fatal("nobody reads the words of the file")
		}
	}
}

func TestAFileIsFoundByItsWords(t *testing.T) {
	h := hubtest.New(t)
	d := h.Record("documents", "kind", "case-study")
	if d.GetString("state") != library.Published {
		t.Fatal("the first case study is not out")
	}
	a := attach(t, h, d, wordFile(t, "first things first", "the quokkaberry is on page two"), "board paper.docx", map[string]any{"state": "published"})
	if r := read(t, h, a.Id); r.GetString("words") != "done" || !strings.Contains(r.GetString("text"), "quokkaberry") {
		t.Fatalf("words %s: %q", r.GetString("words"), r.GetString("text"))
	}
	found := func() bool {
		h.Settle()
		body := h.Guest().Get("/search?q=" + url.QueryEscape("quokkaberry")).Body
		return strings.Contains(body, "board paper.docx, page 2") && strings.Contains(body, "#file-"+a.Id)
	}
	if !found() {
		t.Error("a word in the file does not find it with its page")
	}
	d = h.Record("documents", "id", d.Id)
	d.Set("state", library.Withdrawn)
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	if found() {
		t.Error("the file of a page that was withdrawn is found")
	}
	d = h.Record("documents", "id", d.Id)
	d.Set("state", library.Published)
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	if !found() {
		t.Error("the file of a page that is out again is not found")
	}
	gone := library.WrapAttachment(h.Record("attachments", "id", a.Id))
	if err := gone.Remove(h.App, ""); err != nil {
		t.Fatal(err)
	}
	if found() {
		t.Error("a file that was removed is found")
	}
}

func TestADamagedFileHarmsNobody(t *testing.T) {
	h := hubtest.New(t)
	d := h.Record("documents", "kind", "case-study")
	a := attach(t, h, d, []byte("%PDF-1.7 nonsense"), "broken.pdf", nil)
	b := attach(t, h, d, []byte("plain and well"), "well.txt", nil)
	if r := read(t, h, b.Id); r.GetString("words") != "done" {
		t.Errorf("the words of a good file behind a broken one: %s", r.GetString("words"))
	}
	if r := read(t, h, a.Id); r.GetString("words") != "failed" {
		t.Errorf("the words of a broken file: %s", r.GetString("words"))
	}
}
