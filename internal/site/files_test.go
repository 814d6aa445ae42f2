package site_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

// photo is a JPEG with a place in it, so large.
func photo(t testing.TB, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), 90, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return append([]byte("\xff\xd8\xff\xe1\x00\x12Exif\x00\x00GPS-secret"), b.Bytes()[2:]...)
}

// send sends a file with a form, as a browser does.
func send(t testing.TB, c *hubtest.Client, address, name string, raw []byte, fields map[string]string, header http.Header) hubtest.Answer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range fields {
		w.WriteField(k, v)
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	part.Write(raw)
	w.Close()
	h := http.Header{"Sec-Fetch-Site": {"same-origin"}}
	for k, v := range header {
		h[k] = v
	}
	return c.Do("POST", address, w.FormDataContentType(), &b, h)
}

// studyOf is a case study of the partner, in a state.
func studyOf(t testing.TB, h *hubtest.Hub, state string) *library.Document {
	t.Helper()
	d, err := library.New(h.App, library.CaseStudy, h.Record("spaces", "slug", "library").Id)
	if err != nil {
		t.Fatal(err)
	}
	partner := h.Record("users", "email", "partner@example.org")
	d.Load(map[string]any{"title": "A page with files", "summary": "One sentence.", "challenge": "- a", "action": "- b", "result": "- c", "contact_role": "Lead",
		"places": []string{h.Record("places", "slug", "leeds").Id}, "author": partner.Id, "organisation": partner.GetString("organisation"), "state": state})
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	return d
}

var fileID = regexp.MustCompile(`#file-([a-z0-9]{15})$`)

// added is the attachment that a form has added.
func added(t testing.TB, h *hubtest.Hub, a hubtest.Answer) *library.Attachment {
	t.Helper()
	m := fileID.FindStringSubmatch(a.Header.Get("Location"))
	if a.Status != http.StatusSeeOther || m == nil {
		t.Fatalf("the file was not added: %d %s", a.Status, a.Body)
	}
	return library.WrapAttachment(h.Record("attachments", "id", m[1]))
}

func TestA03FilesOfDraftsAreReachedByNobodyElse(t *testing.T) {
	h := hubtest.New(t)
	d := studyOf(t, h, library.Draft)
	partner, form := h.As("partner"), "/write/case-study/"+d.Id+"/files"
	doc := added(t, h, send(t, partner, form, "secret.txt", []byte("the words"), nil, nil))
	pic := added(t, h, send(t, partner, form, "secret.jpg", photo(t, 1000, 600), map[string]string{"alt": "A lake"}, nil))
	others := map[string]*hubtest.Client{"guest": h.Guest(), "member": h.As("member"), "member2": h.As("member2")}
	reach := func(address string) (who []string) {
		for name, c := range others {
			for _, how := range []string{"", "?thumb=100x100", "?token=" + partner.Token, "?download=1"} {
				if a := c.Get(address + how); a.Status != http.StatusNotFound {
					who = append(who, fmt.Sprint(name, how, " ", a.Status))
				}
			}
			if a := c.REST("GET", address, nil); a.Status == http.StatusOK {
				who = append(who, name+" with a token")
			}
		}
		return who
	}
	collection, err := h.App.FindCollectionByNameOrId("attachments")
	if err != nil {
		t.Fatal(err)
	}
	addresses := []string{doc.Address(), pic.Address(), "/files/" + pic.Id + "/480.jpg", "/files/" + pic.Id + "/original.jpg", "/files/" + pic.Id + "/secret.jpg",
		"/api/files/attachments/" + doc.Id + "/" + doc.File(), "/api/files/" + collection.Id + "/" + pic.Id + "/480.jpg", "/files/" + doc.Id + "/..%2f..%2fdata.db", "/storage/" + doc.Key(doc.File())}
	for _, address := range addresses {
		if who := reach(address); who != nil {
			t.Errorf("%s of a draft is reached by %v", address, who)
		}
	}
	if a := partner.Get(doc.Address()); a.Status != 200 || a.Body != "the words" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the writer gets %d %q, %s", a.Status, a.Body, a.Header.Get("Cache-Control"))
	}
	d.Set("state", library.Published)
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	if a := others["guest"].Get(doc.Address()); a.Status != 200 || a.Body != "the words" {
		t.Errorf("a guest gets %d of a page that is out", a.Status)
	}
	// After the page was taken back into a space of few, the same addresses lead nowhere again.
	d.Set("space", h.Record("spaces", "slug", "programme-board").Id)
	d.Set("owner", h.Record("users", "email", "lead@example.org").Id)
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		if who := reach(address); who != nil {
			t.Errorf("%s of a page that became private is reached by %v", address, who)
		}
	}
}

func TestHowFilesAreServed(t *testing.T) {
	h := hubtest.New(t)
	d := studyOf(t, h, library.Draft)
	partner, form := h.As("partner"), "/write/case-study/"+d.Id+"/files"
	pdf := added(t, h, send(t, partner, form, "Übersicht \"2026\"; x=y.pdf", []byte("%PDF-1.4 /JS (app.alert(1))"), nil, nil))
	pic := added(t, h, send(t, partner, form, "me.jpg", photo(t, 1000, 600), map[string]string{"alt": "Two carers & a dog", "credit": "Carers team"}, nil))
	d.Set("body", "Before.\n\n![]("+pic.Address()+")\n\nAfter.\n")
	d.Set("state", library.Published)
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	guest := h.Guest()
	for _, a := range []struct {
		address string
		inline  bool
		kind    string
	}{{pdf.Address(), false, "application/pdf"}, {pic.Address(), true, "image/jpeg"}, {"/files/" + pic.Id + "/480.jpg", true, "image/jpeg"}} {
		got := guest.Get(a.address)
		how, params, err := mime.ParseMediaType(got.Header.Get("Content-Disposition"))
		if got.Status != 200 || err != nil || (how == "inline") != a.inline || params["filename"] == "" {
			t.Errorf("%s: %d, %q", a.address, got.Status, got.Header.Get("Content-Disposition"))
		}
		want := map[string]string{"Content-Type": a.kind, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox", "Cache-Control": "no-cache"}
		for name, value := range want {
			if got.Header.Get(name) != value {
				t.Errorf("%s: %s is %q, want %q", a.address, name, got.Header.Get(name), value)
			}
		}
		if strings.Contains(got.Body, "secret") {
			t.Errorf("%s holds what the camera wrote", a.address)
		}
		if again := guest.Do("GET", a.address, "", nil, http.Header{"If-None-Match": {got.Header.Get("Etag")}}); again.Status != http.StatusNotModified {
			t.Errorf("%s again: %d", a.address, again.Status)
		}
	}
	if part := guest.Do("GET", pdf.Address(), "", nil, http.Header{"Range": {"bytes=0-3"}}); part.Status != http.StatusPartialContent || part.Body != "%PDF" {
		t.Errorf("a range: %d %q", part.Status, part.Body)
	}
	for _, c := range []struct {
		asked, saves, as, got string
	}{
		{"960.jpg", "on", "image", "480.jpg"}, {"1000.jpg", "on", "image", "480.jpg"}, {"480.jpg", "on", "image", "480.jpg"},
		{"960.jpg", "on", "document", "960.jpg"}, {"960.jpg", "", "image", "960.jpg"},
	} {
		a := guest.Do("GET", "/files/"+pic.Id+"/"+c.asked, "", nil, http.Header{"Save-Data": {c.saves}, "Sec-Fetch-Dest": {c.as}})
		if want := `"` + pic.Id + "-" + c.got + `"`; a.Status != 200 || a.Header.Get("Etag") != want || !strings.Contains(a.Header.Get("Vary"), "Save-Data") {
			t.Errorf("%+v: %d, %s", c, a.Status, a.Header.Get("Etag"))
		}
	}
	body := guest.Get(d.Address()).Body
	for _, want := range []string{`srcset="/files/` + pic.Id + `/480.jpg 480w, /files/` + pic.Id + `/960.jpg 960w, /files/` + pic.Id + `/1000.jpg 1000w"`, `width="1000" height="600"`, `loading="lazy"`,
		`alt="Two carers &amp; a dog"`, "Picture: Carers team", "PDF, 27 bytes", "A PDF is hard to read on a phone.", `href="` + pdf.Address() + `" download`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	if strings.Count(body, `id="file-`+pic.Id) != 0 {
		t.Error("a picture that the text shows is shown again below it")
	}
	if a := partner.Post("/write/case-study/"+d.Id+"/files/"+pic.Id, url.Values{"do": {"remove"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("remove: %d", a.Status)
	}
	h.Settle()
	if a := guest.Get(pic.Address()); a.Status != http.StatusNotFound {
		t.Errorf("a file that was taken off: %d", a.Status)
	}
	if body := guest.Get(d.Address()).Body; strings.Contains(body, pic.Id) || strings.Contains(body, "Carers team") {
		t.Error("a picture that was taken off is on the page")
	}
	if a := partner.Post("/write/case-study/"+d.Id+"/files/"+pic.Id, url.Values{"do": {"back"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("bring back: %d", a.Status)
	}
	if a := partner.Post("/write/case-study/"+d.Id+"/files/"+pic.Id, url.Values{"do": {"show"}}); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "#alt-"+pic.Id) {
		t.Errorf("a picture is shown without words: %d", a.Status)
	}
	if a := partner.Post("/write/case-study/"+d.Id+"/files/"+pic.Id, url.Values{"do": {"show"}, "decorative": {"yes"}}); a.Status != http.StatusSeeOther {
		t.Errorf("show: %d", a.Status)
	}
	if a := guest.Get(pic.Address()); a.Status != 200 {
		t.Errorf("a file that is shown again: %d", a.Status)
	}
}

func TestAScriptSendsAFile(t *testing.T) {
	h := hubtest.New(t)
	d := studyOf(t, h, library.Draft)
	partner, form := h.As("partner"), "/write/case-study/"+d.Id+"/files"
	json := http.Header{"Accept": {"application/json"}}
	a := send(t, partner, form, "me.jpg", photo(t, 100, 60), nil, json)
	var told struct{ URL, Markdown, Message string }
	a.Into(t, &told)
	if a.Status != 200 || !strings.HasPrefix(told.URL, "/files/") || told.Markdown != "![]("+told.URL+")" {
		t.Errorf("%d %+v", a.Status, told)
	}
	a = send(t, partner, form, "me.svg", []byte("<svg onload='alert(1)'/>"), nil, json)
	a.Into(t, &told)
	if a.Status != 422 || !strings.Contains(told.Message, "SVG") {
		t.Errorf("%d %+v", a.Status, told)
	}
	if a := send(t, partner, form, "me.jpg", photo(t, 10, 10), nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}); a.Status != 403 {
		t.Errorf("a form of another site is answered %d", a.Status)
	}
	if a := send(t, h.As("member"), form, "me.jpg", photo(t, 10, 10), nil, nil); a.Status != 404 {
		t.Errorf("somebody else's file: %d", a.Status)
	}
}

func TestU08NamesOfFiles(t *testing.T) {
	h := hubtest.New(t)
	d := studyOf(t, h, library.Draft)
	partner, form := h.As("partner"), "/write/case-study/"+d.Id+"/files"
	for _, name := range []string{"../../x.txt", "x\x00.txt", "CON.txt", strings.Repeat("n", 300) + ".txt", "a\u202Etxt.exe.txt", "q\"uo'te;.txt", "a\r\nSet-Cookie: x=y.txt", ".htaccess.txt", "ünï çødé.txt"} {
		answer := send(t, partner, form, name, []byte("words"), nil, nil)
		if answer.Status == http.StatusBadRequest && strings.Contains(name, "\x00") { // no header has this
			continue
		}
		a := added(t, h, answer)
		got := partner.Get(a.Address())
		if got.Status != 200 || len(got.Header["Set-Cookie"]) != 0 || strings.ContainsAny(got.Header.Get("Content-Disposition"), "\r\n\x00/\\") {
			t.Errorf("%q: %d %q", name, got.Status, got.Header.Get("Content-Disposition"))
		}
		_, params, err := mime.ParseMediaType(got.Header.Get("Content-Disposition"))
		if err != nil || params["filename"] != a.Name() || strings.ContainsRune(a.Name(), '\u202E') {
			t.Errorf("%q is called %q: %v", name, params["filename"], err)
		}
		if strings.ContainsAny(a.File(), "/\\% ") || !regexp.MustCompile(`^/files/[a-z0-9]{15}/[a-z0-9.-]+$`).MatchString(a.Address()) {
			t.Errorf("%q is stored as %q", name, a.File())
		}
	}
}

// endless says for ever the same.
type endless struct {
	sent int64
	stop chan struct{}
}

func (z *endless) Read(b []byte) (int, error) {
	select {
	case <-z.stop:
		return 0, io.EOF
	default:
	}
	clear(b)
	z.sent += int64(len(b))
	return len(b), nil
}

func uploads(t *testing.T) int {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "commonplace-upload-*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(left)
}

func TestU10UploadsWithoutEnd(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	h := hubtest.New(t)
	d := studyOf(t, h, library.Draft)
	partner, form := h.As("partner"), "/write/case-study/"+d.Id+"/files"
	head := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
	post := func(body io.Reader, length int64) (status int, said string) {
		r, err := http.NewRequest("POST", h.URL+form, body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		r.Header = http.Header{"Content-Type": {"multipart/form-data; boundary=b"}, "Cookie": {partner.Cookie()}, "Sec-Fetch-Site": {"same-origin"}}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil { // cut while it was still being sent
			return 0, err.Error()
		}
		defer res.Body.Close()
		raw, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(raw)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	z := &endless{stop: make(chan struct{})}
	status, said := post(io.MultiReader(strings.NewReader(head), z), 5<<30)
	if status != 413 && status != 0 || status == 413 && !strings.Contains(said, "larger than 25 MB") || z.sent > 64<<20 {
		t.Errorf("5 GB that were announced: %d after %d MB", status, z.sent>>20)
	}
	z = &endless{stop: make(chan struct{})}
	if status, said := post(io.MultiReader(strings.NewReader(head), z), -1); status != 413 && status != 0 || status == 413 && !strings.Contains(said, "larger than 25 MB") || z.sent > 64<<20 {
		t.Errorf("a body without end: %d after %d MB", status, z.sent>>20)
	}
	if status, _ := post(strings.NewReader(strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n", 200_000)+"--b--"), -1); status != 400 && status != 0 {
		t.Errorf("200,000 parts: %d", status)
	}
	if status, _ := post(strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"x\"\r\nX-Long: "+strings.Repeat("x", 1<<20)+"\r\n\r\n1\r\n--b--"), -1); status != 400 && status != 0 {
		t.Errorf("a head of 1 MB: %d", status)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 60<<20 {
		t.Errorf("the program has grown by %d MB", grown>>20)
	}
	// One that comes slowly and goes away in the middle.
	c, err := net.Dial("tcp", strings.TrimPrefix(h.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nCookie: %s\r\nSec-Fetch-Site: same-origin\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n%shalf", form, partner.Cookie(), head)
	for end := time.Now().Add(time.Minute); uploads(t) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the upload did not begin")
		}
	}
	c.Close()
	for end := time.Now().Add(time.Minute); uploads(t) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d uploads are left over", uploads(t))
		}
	}
	if n, err := h.App.CountRecords("attachments"); err != nil || n != 0 {
		t.Errorf("%d attachments came of it (%v)", n, err)
	}
}

func TestU07WhatScannersLookForIsOnlyEverAFile(t *testing.T) {
	h := hubtest.New(t)
	d := studyOf(t, h, library.Draft)
	partner := h.As("partner")
	eicar := []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`)
	a := added(t, h, send(t, partner, "/write/case-study/"+d.Id+"/files", "eicar.txt", eicar, nil, nil))
	got := partner.Get(a.Address())
	if !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") || got.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("%v", got.Header)
	}
	if a := send(t, partner, "/write/case-study/"+d.Id+"/files", "eicar.com", eicar, nil, nil); a.Status != 422 {
		t.Errorf("a program: %d", a.Status)
	}
}

func TestH05PersonalPagesUnderOtherNames(t *testing.T) {
	h := hubtest.New(t)
	d := studyOf(t, h, library.Draft)
	partner := h.As("partner")
	f := added(t, h, send(t, partner, "/write/case-study/"+d.Id+"/files", "plan.txt", []byte("words"), nil, nil))
	write := "/write/case-study/" + d.Id
	for _, address := range []string{"/me/x.css", "/me;.css", "/me%2fx.css", "/me%3b.png", "/me.css", write + "/x.css", write + "/%3b.png", write + "%3b.png", write + ".css", write + "/files/x.png",
		f.Address() + "/x.css", f.Address() + "%3b.png", f.Address() + ";a.css", "/files/" + f.Id + "/x.css", d.Address() + "/x.css", d.Address() + "%3b.png", "/write/x.css"} {
		a := partner.Get(address)
		if a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed && a.Status != http.StatusBadRequest || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: %d, %q", address, a.Status, a.Header.Get("Cache-Control"))
		}
	}
	for _, address := range []string{"/me", "/me/sessions", "/me/export", "/write", write, write + "/files", write + "/preview", f.Address(), "/manage"} {
		a := partner.Get(address)
		if a.Status == 200 && !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s may be kept by somebody: %q", address, a.Header.Get("Cache-Control"))
		}
	}
}
