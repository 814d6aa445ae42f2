package main_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A backup taken while four people post restores to an equal hub: every post answered before it began is there and
// found, the epoch is new, and everybody signs in again.
func TestBackupUnderWrites(t *testing.T) {
	t.Parallel()
	p := serve(t, demoFolder(t))
	token, thread := p.signIn("member@example.org"), p.thread()
	old := sessionCookie(t, p)
	epoch := epochOf(t, p, thread)

	var mu sync.Mutex
	answered := []string{}
	stop, running := make(chan struct{}), sync.WaitGroup{}
	for w := range 4 {
		running.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				key := fmt.Sprintf("backup%dx%d", w, n)
				status, answer := p.rest("POST", "/api/collections/posts/records", token, map[string]any{"thread": thread, "body": "Says " + key, "client_key": key})
				if status != http.StatusOK {
					t.Errorf("%d %v", status, answer)
					return
				}
				mu.Lock()
				answered = append(answered, key)
				mu.Unlock()
			}
		})
	}
	p.await("some posts", func() bool { mu.Lock(); defer mu.Unlock(); return len(answered) > 20 })
	mu.Lock()
	before := slices.Clone(answered)
	mu.Unlock()
	backup := filepath.Join(t.TempDir(), "hub.zip")
	said := ok(t, "backup", backup, "--dir", p.dir)
	close(stop)
	running.Wait()
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(backup), "*"))
	if len(left) != 1 {
		t.Errorf("beside the backup there are %v", left)
	}

	if out := ok(t, "verify", backup); !strings.Contains(out, "is whole") {
		t.Errorf("verify: %s", out)
	}
	m := manifestOf(t, backup)
	if !strings.Contains(said, fmt.Sprintf("%d posts", m.Counts["posts"])) || m.Epoch != epoch {
		t.Errorf("%s\n%+v", said, m)
	}
	fails(t, nil, "the server is running", "restore", backup, "--dir", p.dir)
	p.state() // and goes on

	dir := filepath.Join(t.TempDir(), "restored")
	if out := ok(t, "restore", backup, "--dir", dir); !strings.Contains(out, fmt.Sprintf("Restored %d documents and %d posts", m.Counts["documents"], m.Counts["posts"])) {
		t.Errorf("restore: %s", out)
	}
	again := filepath.Join(t.TempDir(), "again.zip")
	ok(t, "backup", again, "--dir", dir)
	now := manifestOf(t, again)
	if now.Epoch == m.Epoch || now.Epoch == "" {
		t.Errorf("the restored folder has the epoch %q of the old one", now.Epoch)
	}
	if m.Counts["sessions"] == 0 || now.Counts["sessions"] != 0 {
		t.Errorf("%d sessions before, %d restored", m.Counts["sessions"], now.Counts["sessions"])
	}
	now.Counts["sessions"] = m.Counts["sessions"]
	now.Counts["journal"], now.Journal = now.Counts["journal"]-1, now.Journal-1 // that it was restored
	for name, n := range m.Counts {
		if now.Counts[name] != n {
			t.Errorf("%d %s restored, and there were %d", now.Counts[name], name, n)
		}
	}
	if now.Journal != m.Journal {
		t.Errorf("the journal stands at %d, and stood at %d", now.Journal, m.Journal)
	}

	restored := serve(t, dir)
	restored.caughtUp()
	if got, want := restored.found("passport"), p.found("passport"); got != want {
		t.Errorf("search finds %d, and %d in the old hub", got, want)
	}
	for _, key := range []string{before[0], before[len(before)/2], before[len(before)-1]} {
		if restored.found(key) == 0 {
			t.Errorf("search does not find %s", key)
		}
	}
	_, posts := restored.rest("GET", "/api/collections/posts/records?perPage=1000&fields=client_key&filter=client_key~'backup'", token, nil)
	have := fmt.Sprint(posts["items"])
	for _, key := range before {
		if !strings.Contains(have, "client_key:"+key+"]") {
			t.Errorf("the post %s was answered before the backup began and is gone", key)
		}
	}
	if got := epochOf(t, restored, thread); got != now.Epoch {
		t.Errorf("sockets are told the epoch %q, want %q", got, now.Epoch)
	}
	r, _ := http.NewRequest("GET", restored.url+"/me", nil)
	r.AddCookie(old)
	if res, err := noRedirects.Do(r); err != nil || res.StatusCode != http.StatusSeeOther {
		t.Errorf("a session from before the restore is still open: %v %v", res, err)
	}
	if restored.signIn("member@example.org") == "" {
		t.Error("nobody can sign in again")
	}
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func sessionCookie(t *testing.T, p *process) *http.Cookie {
	t.Helper()
	r, err := http.NewRequest("POST", p.url+"/sign-in", strings.NewReader("email=lead%40example.org&password=commonplace-demo"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := noRedirects.Do(r)
	if err != nil || len(res.Cookies()) == 0 {
		t.Fatalf("%v %v", res, err)
	}
	return res.Cookies()[0]
}

var epochOnPage = regexp.MustCompile(`data-epoch="([^"]+)"`)

// epochOf is the epoch that a thread's page gives to its socket.
func epochOf(t *testing.T, p *process, thread string) string {
	t.Helper()
	res, err := http.Get(p.url + "/discussions/" + thread)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	m := epochOnPage.FindSubmatch(raw)
	if m == nil {
		t.Fatalf("no epoch on the page of a thread: %d", res.StatusCode)
	}
	return string(m[1])
}

// manifest is what a backup says about itself.
type manifest struct {
	Format  int            `json:"format"`
	Version string         `json:"version"`
	At      string         `json:"at"`
	Epoch   string         `json:"epoch"`
	Journal int64          `json:"journal"`
	Newest  string         `json:"newest_migration"`
	Counts  map[string]int `json:"counts"`
	Files   []struct {
		Name   string `json:"name"`
		Size   int64  `json:"size"`
		SHA256 string `json:"sha256"`
	} `json:"files"`
}

func manifestOf(t *testing.T, backup string) manifest {
	t.Helper()
	var m manifest
	if err := json.Unmarshal(contents(t, backup)["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// contents are the files of a ZIP by name.
func contents(t *testing.T, name string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	all := map[string][]byte{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if all[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
		in.Close()
	}
	return all
}

func zipOf(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, raw := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(raw)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What was in the data folder before a restore is kept beside it, whole.
func TestRestoreKeepsWhatWasThere(t *testing.T) {
	t.Parallel()
	dir := demoFolder(t)
	backup := filepath.Join(t.TempDir(), "hub.zip")
	ok(t, "backup", backup, "--dir", dir)
	before := fingerprint(t, dir)
	out := ok(t, "restore", backup, "--dir", dir)
	kept, err := filepath.Glob(dir + ".before-restore-*")
	if err != nil || len(kept) != 1 || !strings.Contains(out, kept[0]) {
		t.Fatalf("%v %v\n%s", kept, err, out)
	}
	if after := fingerprint(t, kept[0]); after != before {
		t.Errorf("what was there is not the same:\n%s\n%s", before, after)
	}
	if p := serve(t, dir); p.found("passport") == 0 {
		p.caughtUp()
		if p.found("passport") == 0 {
			t.Error("the restored hub finds nothing")
		}
	}
}

// fingerprint is of every file below a folder that matters.
func fingerprint(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "-shm") || strings.HasSuffix(name, "-wal") || strings.Contains(name, ".serving") {
			return err
		}
		raw, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		fmt.Fprintf(&b, "%s %x\n", filepath.ToSlash(rel), sha256.Sum256(raw))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A backup that is not what was written is refused with one sentence, and nothing changes.
func TestDamagedBackups(t *testing.T) {
	t.Parallel()
	dir := demoFolder(t)
	good := filepath.Join(t.TempDir(), "hub.zip")
	ok(t, "backup", good, "--dir", dir)
	raw, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	files := contents(t, good)
	with := func(change func(map[string][]byte)) []byte {
		copied := map[string][]byte{}
		for name, raw := range files {
			copied[name] = slices.Clone(raw)
		}
		change(copied)
		return zipOf(t, copied)
	}
	saying := func(change func(*manifest)) []byte {
		return with(func(files map[string][]byte) {
			m := manifestOf(t, good)
			change(&m)
			if files["manifest.json"], err = json.Marshal(m); err != nil {
				t.Fatal(err)
			}
		})
	}
	flipped := slices.Clone(raw)
	flipped[len(flipped)/2] ^= 0x40
	before := fingerprint(t, dir)
	for _, c := range []struct {
		name  string
		raw   []byte
		words string
	}{
		{"flipped byte", flipped, "data.db cannot be read"},
		{"flipped byte in a file that is stored as it is", with(func(f map[string][]byte) { f["data.db"][5000] ^= 1 }), "data.db is not what was written"},
		{"cut short", raw[:len(raw)/2], "cannot be opened as a backup"},
		{"not a zip", []byte("This is no backup."), "cannot be opened as a backup"},
		{"empty", nil, "cannot be opened as a backup"},
		{"another zip", zipOf(t, map[string][]byte{"readme.txt": []byte("hello")}), "is not a backup of Commonplace"},
		{"no manifest that can be read", with(func(f map[string][]byte) { f["manifest.json"] = []byte("{") }), "is not a backup of Commonplace"},
		{"another format", saying(func(m *manifest) { m.Format = 2 }), "is not a backup of Commonplace"},
		{"missing database", with(func(f map[string][]byte) { delete(f, "data.db") }), "data.db is missing"},
		{"missing file", saying(func(m *manifest) { m.Files = append(m.Files, m.Files[0]); m.Files[1].Name = "storage/a/b.png" }), "storage/a/b.png is missing"},
		{"database not listed", saying(func(m *manifest) { m.Files = nil }), "data.db is missing"},
		{"newer schema", saying(func(m *manifest) { m.Newest = "1999999999_from_the_future.go" }), "written by a newer version"},
		{"rows that are not there", saying(func(m *manifest) { m.Counts["posts"] += 3 }), "posts has"},
		{"way out of the folder", with(func(f map[string][]byte) {
			m := manifestOf(t, good)
			m.Files = append(m.Files, m.Files[0])
			m.Files[1].Name, m.Files[1].Size, m.Files[1].SHA256 = "../escaped", 3, fmt.Sprintf("%x", sha256.Sum256([]byte("out")))
			f["../escaped"] = []byte("out")
			f["manifest.json"], _ = json.Marshal(m)
		}), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := filepath.Join(t.TempDir(), "bad.zip")
			if err := os.WriteFile(bad, c.raw, 0o644); err != nil {
				t.Fatal(err)
			}
			fails(t, nil, c.words, "verify", bad)
			fails(t, nil, c.words, "restore", bad, "--dir", dir)
			if after := fingerprint(t, dir); after != before {
				t.Errorf("the data folder changed:\n%s\n%s", before, after)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "*")); len(left) != 1 {
				t.Errorf("beside the data folder there are %v", left)
			}
		})
	}
	fails(t, nil, "cannot be opened as a backup", "verify", filepath.Join(t.TempDir(), "missing.zip"))
	fails(t, nil, "cannot write beside", "backup", filepath.Join(t.TempDir(), "missing", "hub.zip"), "--dir", dir)
}
