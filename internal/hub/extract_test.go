package hub_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
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
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
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

// TestTheWordsInAFileAreLookedThrough: a file with personal details comes out when somebody has said why, or comes off the page;
// one that went out before its words were read is held.
func TestTheWordsInAFileAreLookedThrough(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	decided := regexp.MustCompile(`name="private-decided" value="([0-9a-f]+) ([a-z-]+)"`)
	draft := func(slug string) (*core.Record, *library.Attachment) {
		t.Helper()
		page, err := library.New(h.App, library.Guidance, "")
		if err != nil {
			t.Fatal(err)
		}
		d := page.Record
		d.Load(map[string]any{"title": "A page " + slug, "summary": "S", "body": "Words.", "slug": slug, "author": h.Record("users", "email", "partner@example.org").Id, "organisation": h.Record("users", "email", "partner@example.org").GetString("organisation")})
		if err := h.App.Save(d); err != nil {
			t.Fatal(err)
		}
		a := attach(t, h, d, []byte(strings.Repeat("Nothing here.\n", 9000)+"Ring Ann on 07700 900123 or 943 476 5919."), "list.txt", nil)
		read(t, h, a.Id)
		return d, a
	}
	publish := func(d *core.Record, form url.Values) hubtest.Answer {
		form.Set("do", "go")
		form.Set("how", "publish")
		return partner.Post("/write/guidance/"+d.Id+"/publish", form)
	}
	for _, decision := range []string{"keep", "change"} {
		d, a := draft("file-" + decision)
		if page := partner.Get("/write/guidance/" + d.Id + "/files"); !strings.Contains(page.Body, "Its words hold personal details.") {
			t.Error("the page of files does not say so")
		}
		asked := publish(d, url.Values{})
		m := decided.FindAllStringSubmatch(asked.Body, -1)
		if asked.Status != http.StatusUnprocessableEntity || len(m) != 1 || !strings.Contains(asked.Body, "<mark>07700 900123</mark>") || !strings.Contains(asked.Body, "Take the file off the page") || !strings.Contains(asked.Body, "list.txt") {
			t.Fatalf("it is not asked: %d %d %s", asked.Status, len(m), asked.Body)
		}
		form := url.Values{"private-decided": {m[0][1] + " " + m[0][2]}, "private-" + m[0][1]: {decision}, "private-" + m[0][1] + "-reason": {"The team’s own numbers."}}
		if done := publish(d, form); done.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", decision, done.Status, done.Body)
		}
		want := map[string]int{"keep": http.StatusOK, "change": http.StatusNotFound}[decision]
		if got := h.Guest().Get(a.Address()).Status; got != want {
			t.Errorf("%s: a guest gets %d", decision, got)
		}
	}
	// It is out before its words were read.
	out := h.Record("documents", "slug", "a-passport-that-moves-with-you")
	a := attach(t, h, out, []byte("Ring Ann on 07700 900123."), "late.txt", map[string]any{"state": library.Published})
	if r := read(t, h, a.Id); r.GetString("state") != library.Draft || r.GetString("words") != "done" {
		t.Errorf("it is %s, its words %s", r.GetString("state"), r.GetString("words"))
	}
	h.Settle()
	if got := h.Guest().Get(a.Address()).Status; got != http.StatusNotFound || strings.Contains(h.Guest().Get("/search?q=Ring+Ann").Body, "late.txt") {
		t.Errorf("a guest gets %d", got)
	}
	clean := attach(t, h, out, []byte("Nothing of anybody."), "clean.txt", map[string]any{"state": library.Published})
	if r := read(t, h, clean.Id); r.GetString("state") != library.Published {
		t.Error("a clean file is held")
	}
}
