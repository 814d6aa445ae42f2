package site_test

import (
	"archive/zip"
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

const pastedStudy = "Your browser is no longer supported\n\nClose\n\nA passport for our staff\n\nChallenge\n\n • Nobody knew\n\nAction\n\n • We asked\n\nResult\n\n • 212 passports\n\nValue:\n\nTime.\n"

// drop uploads files the way the form does, and returns where it leads.
func drop(t *testing.T, c *hubtest.Client, files map[string]string) hubtest.Answer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range [][2]string{{"as", ""}, {"space", "library"}} {
		w.WriteField(f[0], f[1])
	}
	for name, text := range files {
		part, err := w.CreateFormFile("files", name)
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	return c.Do("POST", "/write/import", w.FormDataContentType(), &b, http.Header{"Sec-Fetch-Site": {"same-origin"}})
}

// finished waits until nothing is under way on the page of an upload.
func finished(t *testing.T, c *hubtest.Client, address string) hubtest.Answer {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		a := c.Get(address)
		if a.Header.Get("Refresh") == "" {
			return a
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not end: %s", a.Body)
		}
	}
}

func zipped(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	return b.String()
}

// A file is looked at first, and nothing comes in; then it becomes a draft of the person who brought it.
func TestImportPage(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	before, _ := h.App.CountRecords("documents")
	page := ledTo(t, drop(t, partner, map[string]string{"study.txt": pastedStudy, "photo.png": "x"}))
	a := finished(t, partner, page)
	for _, words := range []string{"What would come in", "A passport for our staff", "Leave out what a web page put around the text", "Your browser is no longer supported", "What does not come in", "photo.png", "Make 1 draft"} {
		if !strings.Contains(a.Body, words) {
			t.Errorf("the page does not say %q: %s", words, a.Body)
		}
	}
	if now, _ := h.App.CountRecords("documents"); now != before {
		t.Error("looking made a document")
	}
	for _, other := range []string{"lead", "admin", "member"} {
		if got := h.As(other).Get(page).Status; got != http.StatusNotFound && got != http.StatusForbidden {
			t.Errorf("%s sees the upload: %d", other, got)
		}
		if got := h.As(other).Post(page, url.Values{"do": {"bring"}}).Status; got != http.StatusNotFound && got != http.StatusForbidden {
			t.Errorf("%s brings it in: %d", other, got)
		}
	}
	ledTo(t, partner.Post(page, url.Values{"do": {"bring"}, "leave-out": {"study.txt"}}))
	a = finished(t, partner, page)
	idIn(t, a.Body, `<h3><a href="(/write/case-study/\w+)">A passport for our staff</a>`)
	d := h.Record("documents", "title", "A passport for our staff")
	address := library.Wrap(d).Address()
	if d.GetString("state") != "draft" || d.GetString("author") != h.Record("users", "email", "partner@example.org").Id || strings.Contains(d.GetString("body"), "browser") {
		t.Errorf("%s %s %q", d.GetString("state"), d.GetString("author"), d.GetString("body"))
	}
	if partner.Get(address).Status != http.StatusOK || h.Guest().Get(address).Status != http.StatusNotFound {
		t.Error("the draft is seen by the wrong people")
	}

	again := ledTo(t, drop(t, partner, map[string]string{"study.txt": pastedStudy}))
	if a := finished(t, partner, again); !strings.Contains(a.Body, "1 file says what it said before") {
		t.Errorf("the same file again: %s", a.Body)
	}
	ledTo(t, partner.Post(again, url.Values{"do": {"throw"}}))
	if got := partner.Get(again).Status; got != http.StatusNotFound {
		t.Errorf("it was thrown away, and answers %d", got)
	}
}

// What a person leaves ticked off stays in the text.
func TestImportKeepsWhatWasAsked(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	page := ledTo(t, drop(t, partner, map[string]string{"study.txt": pastedStudy}))
	finished(t, partner, page)
	ledTo(t, partner.Post(page, url.Values{"do": {"bring"}}))
	finished(t, partner, page)
	if d, err := h.App.FindFirstRecordByFilter("documents", "source ~ 'study.txt'"); err != nil || !strings.Contains(d.GetString("title")+d.GetString("body"), "Your browser") {
		t.Errorf("%v", err)
	}
}

func TestImportRefusals(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	page := ledTo(t, drop(t, partner, map[string]string{"bomb.zip": zipped(t, map[string]string{"a.md": strings.Repeat("\x00", 5<<20)})}))
	if a := finished(t, partner, page); !strings.Contains(a.Body, "could not be brought in") || !strings.Contains(a.Body, "only attacks are") {
		t.Errorf("a bomb: %s", a.Body)
	}
	if a := partner.Post(page, url.Values{"do": {"bring"}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("bringing in what could not be read: %d", a.Status)
	}
	hub := ledTo(t, drop(t, partner, map[string]string{"hub.zip": zipped(t, map[string]string{"commonplace.json": `{"format":1}`, "lists/spaces.json": "[]"})}))
	if a := finished(t, partner, hub); !strings.Contains(a.Body, "only an operator brings in") {
		t.Errorf("the export of a hub: %s", a.Body)
	}
	odd := ledTo(t, drop(t, partner, map[string]string{"../../up:?.md": "# Up\n\nWords.\n", `C:\dir\page.md`: "# Down\n\nWords.\n"}))
	if a := finished(t, partner, odd); !strings.Contains(a.Body, "Make 2 drafts") {
		t.Errorf("odd names: %s", a.Body)
	}
	var names []string
	filepath.WalkDir(filepath.Join(h.Dir, ".imports"), func(path string, d os.DirEntry, err error) error {
		names = append(names, filepath.Base(path))
		return err
	})
	if !strings.Contains(strings.Join(names, "\n"), "page.md") {
		t.Errorf("%q", names)
	}
	if a := drop(t, partner, map[string]string{"fourth.md": "# Fourth\n"}); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "You have 3 uploads waiting.") {
		t.Errorf("a fourth upload: %d", a.Status)
	}
}

// After a restart an upload is still there, and the page says what became of it.
func TestImportSurvivesARestart(t *testing.T) {
	h := hubtest.New(t)
	page := ledTo(t, drop(t, h.As("partner"), map[string]string{"page.md": "# Our page\n\nWords.\n"}))
	finished(t, h.As("partner"), page)
	h.Stop()
	file := filepath.Join(h.Dir, ".imports", strings.TrimPrefix(page, "/write/import/"), "upload.json")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(raw, []byte(`"ready"`), []byte(`"bringing"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	h.Start()
	partner := h.As("partner")
	if a := partner.Get(page); !strings.Contains(a.Body, "The server was restarted while your files were being brought in.") {
		t.Fatalf("%s", a.Body)
	}
	ledTo(t, partner.Post(page, url.Values{"do": {"bring"}}))
	if a := finished(t, partner, page); !strings.Contains(a.Body, "Your drafts") {
		t.Errorf("%s", a.Body)
	}
	old := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(filepath.Dir(file), old, old); err != nil {
		t.Fatal(err)
	}
	partner.Get("/write/import")
	if got := partner.Get(page).Status; got != http.StatusNotFound {
		t.Errorf("an upload of two days ago answers %d", got)
	}
}

// TestUploadsThatNobodyCameBackFor go by the clock, whether or not anybody looks at the page of uploads again.
func TestUploadsThatNobodyCameBackFor(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	page := ledTo(t, drop(t, partner, map[string]string{"study.txt": pastedStudy}))
	finished(t, partner, page)
	h.Hub.Site.SweepUploads(time.Now())
	if a := partner.Get(page); a.Status != http.StatusOK {
		t.Fatalf("a new upload is gone: %d", a.Status)
	}
	h.Hub.Site.SweepUploads(time.Now().Add(25 * time.Hour))
	if a := partner.Get(page); a.Status != http.StatusNotFound {
		t.Errorf("an upload of yesterday is still there: %d", a.Status)
	}
}
