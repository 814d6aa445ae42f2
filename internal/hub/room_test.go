//go:build linux

package hub_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"commonplace/internal/hub"
)

// disk is a small disk of its own, for as long as the test runs.
func disk(t *testing.T, path, size string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk cannot be made here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(path, syscall.MNT_DETACH) })
}

// fill leaves no room on a disk, until free is called.
func fill(t *testing.T, path string) (free func()) {
	t.Helper()
	name := filepath.Join(path, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// reader is somebody at a browser.
type reader struct {
	*process
	http *http.Client
}

func (p *process) reader(name string) *reader {
	jar, _ := cookiejar.New(nil)
	r := &reader{p, &http.Client{Jar: jar}}
	if status, body := r.send("/sign-in", url.Values{"email": {name + "@example.org"}, "password": {hub.DemoPassword}}); status != http.StatusOK {
		p.t.Fatalf("signing in: %d %.300s", status, body)
	}
	return r
}

// send posts a form, or reads a page where there is none.
func (r *reader) send(path string, form url.Values) (status int, body string) {
	r.t.Helper()
	req, _ := http.NewRequest("GET", r.url+path, nil)
	if form != nil {
		req, _ = http.NewRequest("POST", r.url+path, strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", r.url)
	}
	res, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func (r *reader) wants(path string, form url.Values, status int, says ...string) {
	r.t.Helper()
	got, body := r.send(path, form)
	if got != status {
		r.t.Errorf("%s: %d, not %d: %.2000s", path, got, status, body)
	}
	for _, s := range says {
		if !strings.Contains(body, s) {
			r.t.Errorf("%s does not say %q: %.20000s", path, s, body)
		}
	}
}

const (
	passport  = "/case-studies/a-passport-that-moves-with-you"
	meanwhile = "Until then it looks at titles and summaries only."
)

// TestAFullDisk fills the disk that everything is on: what is there can be read and found, whoever writes is told why it
// cannot be kept and gets back what they wrote, and all goes on when there is room again.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pb_data")
	disk(t, dir, "64m")
	if err := os.CopyFS(dir, os.DirFS(folder(t))); err != nil {
		t.Fatal(err)
	}
	p := serve(t, dir)
	p.caughtUp()
	r := p.reader("member")
	app := open(t, dir)
	topic := "/discussions/" + libraryThread(t, app)
	free := fill(t, dir)

	for path, says := range map[string]string{"/": "Commonplace", passport: "passport", topic: "<h1", "/search?q=passport": passport, "/readyz": `"ready":true`} {
		r.wants(path, nil, http.StatusOK, says)
	}
	said := url.Values{"body": {"We walked with wallabies. " + strings.Repeat("And then some more. ", 200)}}
	for range 50 { // the last page of a file has room for some of them
		if status, _ := r.send(topic, said); status != http.StatusOK {
			break
		}
	}
	r.wants(topic, said, http.StatusServiceUnavailable, "<h1>You can read, but not write just now</h1>", "no room left", "<textarea", "We walked with wallabies.")
	r.wants("/-/autosave?at=/write/guidance&window=window01", url.Values{"body": {strings.Repeat("Words. ", 3000)}}, http.StatusServiceUnavailable, "no room left")
	r.wants(topic, nil, http.StatusOK)

	free()
	r.wants(topic, url.Values{"body": {"There is room for quokkas."}}, http.StatusOK, "There is room for quokkas.")
	p.caughtUp()
	r.wants("/search?q=quokkas", nil, http.StatusOK, "for <mark>quokkas</mark>")
	p.stop()
	whole(t, app, nil)
	equalSearch(t, app)
}

// TestNoRoomForTheIndex has room for the database alone: first there is no index at all, and the database answers; then one
// that cannot follow, which goes on answering. Each time the site says so, and search is right when there is room again.
func TestNoRoomForTheIndex(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	folder := filepath.Join(dir, "search")
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	disk(t, folder, "32m")
	free := fill(t, folder)
	p := serve(t, dir)
	r := p.reader("member")
	app := open(t, dir)
	topic := "/discussions/" + libraryThread(t, app)
	r.wants("/readyz", nil, http.StatusOK, `"search":"rebuilding"`)
	r.wants("/search?q=passport+moves", nil, http.StatusOK, passport, meanwhile)
	r.wants(topic, url.Values{"body": {"There is no room for quokkas."}}, http.StatusOK, "for quokkas.")
	free()
	p.caughtUp()
	r.wants("/search?q=quokkas", nil, http.StatusOK, "for <mark>quokkas</mark>")

	free = fill(t, folder)
	r.wants(topic, url.Values{"body": {"Nor is there for numbats. " + strings.Repeat("Words and words. ", 500)}}, http.StatusOK, "for numbats.")
	p.await("the site to say so", func() bool { s, err := p.ready(); return err == nil && s.Search == "rebuilding" })
	r.wants("/search?q=passport+moves", nil, http.StatusOK, passport, "The search is being made ready.") // the old index, or the database
	free()
	p.caughtUp()
	r.wants("/search?q=numbats", nil, http.StatusOK, "for <mark>numbats</mark>")
	p.stop()
	p = serve(t, dir) // what could not be removed of the old index goes with the next start
	p.caughtUp()
	p.stop()
	equalSearch(t, app)
}
