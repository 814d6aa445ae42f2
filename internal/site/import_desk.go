package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// ImportJob is what the hub is asked to bring in for a person.
type ImportJob struct {
	Source string // a file or folder on the disk
	Person string
	As     string // a kind, "" for what the files say
	Space  string // a slug
	Keep   []string
	DryRun bool
	Step   func(done, all int)
}

// ImportReport is what became of it.
type ImportReport struct {
	Files []ImportFile `json:"files"`
}

// ImportFile is what became of one file.
type ImportFile struct {
	Path     string   `json:"path"`
	Outcome  string   `json:"outcome"`
	Title    string   `json:"title"`
	Address  string   `json:"address"`
	Problems []string `json:"problems"`
	Chrome   []string `json:"chrome"`
}

// Uploads wait in folders of their own beside the database, a while and not many.
const (
	mostUpload  = 100 << 20      // bytes of one
	mostUploads = 400 << 20      // of all of them
	mostWaiting = 3              // of one person
	UploadStays = 24 * time.Hour // after which one goes that nobody brought in
)

// desk is where uploads wait until they are brought in. What it knows stands on the disk, so a restart loses nothing but
// the work that was under way, and says so.
type desk struct {
	dir  string
	run  func(context.Context, ImportJob) (ImportReport, error)
	turn chan struct{} // whoever brings something in holds it: one at a time

	mu      sync.Mutex
	under   map[string]*progress // what is under way, by token
	context context.Context
	stop    context.CancelFunc
	done    sync.WaitGroup
}

type progress struct{ done, all int }

// The states of an upload.
const (
	looking  = "looking"  // the dry run is under way
	ready    = "ready"    // it was looked at
	bringing = "bringing" // it is under way
	brought  = "brought"
	failed   = "failed"
)

// parcel is what a person wants to bring in.
type parcel struct {
	Token  string       `json:"token"`
	Person string       `json:"person"`
	Names  []string     `json:"names"`
	As     string       `json:"as"`
	Space  string       `json:"space"`
	Keep   []string     `json:"keep"`
	State  string       `json:"state"`
	Fault  string       `json:"fault"`
	At     time.Time    `json:"at"`
	Report ImportReport `json:"report"`
}

// Called is what the upload is called on its page.
func (u *parcel) Called() string {
	switch more := len(u.Names) - 1; more {
	case 0:
		return u.Names[0]
	case 1:
		return u.Names[0] + " and " + u.Names[1]
	default:
		return fmt.Sprintf("%s and %d more files", u.Names[0], more)
	}
}

func newDesk(dir string, run func(context.Context, ImportJob) (ImportReport, error)) *desk {
	d := &desk{dir: filepath.Join(dir, ".imports"), run: run, turn: make(chan struct{}, 1), under: map[string]*progress{}}
	d.context, d.stop = context.WithCancel(context.Background())
	return d
}

// bindDesk opens the desk and closes it with the server.
func (s *Site) bindDesk() {
	s.desk = newDesk(s.app.DataDir(), s.o.Import)
	s.app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		s.desk.close()
		return e.Next()
	})
}

// close ends what is under way. What was brought in by then is there, and the rest can be brought in again.
func (d *desk) close() {
	d.stop()
	d.done.Wait()
}

func (d *desk) folder(token string) string { return filepath.Join(d.dir, token) }

var uploadToken = regexp.MustCompile(`^[a-z0-9]{30}$`)

// find is a person's upload; the error is fs.ErrNotExist when they have none of that token.
func (d *desk) find(person, token string) (*parcel, error) {
	if !uploadToken.MatchString(token) {
		return nil, fs.ErrNotExist
	}
	raw, err := os.ReadFile(filepath.Join(d.folder(token), "upload.json"))
	if err != nil {
		return nil, err
	}
	u := &parcel{}
	if err := json.Unmarshal(raw, u); err != nil {
		return nil, err
	}
	if u.Person != person {
		return nil, fs.ErrNotExist
	}
	return u, nil
}

func (d *desk) keep(u *parcel) error {
	raw, err := json.Marshal(u)
	if err != nil {
		return err
	}
	file := filepath.Join(d.folder(u.Token), "upload.json")
	if err := os.WriteFile(file+".new", raw, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// waiting lists a person's uploads, the newest first.
func (d *desk) waiting(person string) []*parcel {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil
	}
	var list []*parcel
	for _, e := range entries {
		if u, err := d.find(person, e.Name()); err == nil {
			list = append(list, u)
		}
	}
	slices.SortFunc(list, func(a, b *parcel) int { return b.At.Compare(a.At) })
	return list
}

// SweepUploads throws away uploads that nobody came back for.
func (s *Site) SweepUploads(now time.Time) { s.desk.sweep(now) }

// sweep throws away uploads that are too old, and says how much room the others take.
func (d *desk) sweep(now time.Time) (taken int64) {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return 0
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && now.Sub(info.ModTime()) > UploadStays && !d.isUnderWay(e.Name()) {
			os.RemoveAll(d.folder(e.Name()))
			continue
		}
		filepath.WalkDir(d.folder(e.Name()), func(_ string, f fs.DirEntry, err error) error {
			if err != nil || f.IsDir() {
				return nil
			}
			if info, err := f.Info(); err == nil {
				taken += info.Size()
			}
			return nil
		})
	}
	return taken
}

// refusal is why an upload is not taken, in a sentence.
type refusal string

func (r refusal) Error() string { return string(r) }

// take stores what a form brings: its files go to the disk as they come.
func (d *desk) take(person string, form *multipart.Reader) (*parcel, error) {
	if room := mostUploads - d.sweep(time.Now()); room < mostUpload {
		return nil, refusal("Too many uploads are waiting at the moment. Try again later.")
	}
	if len(d.waiting(person)) >= mostWaiting {
		return nil, refusal(fmt.Sprintf("You have %d uploads waiting. Bring them in or throw them away first.", mostWaiting))
	}
	u := &parcel{Token: security.RandomStringWithAlphabet(30, "abcdefghijklmnopqrstuvwxyz0123456789"), Person: person, At: time.Now()}
	err := os.MkdirAll(filepath.Join(d.folder(u.Token), "files"), 0o700)
	if err == nil {
		err = d.receive(u, form)
	}
	if err == nil && len(u.Names) == 0 {
		err = refusal("Choose a file.")
	}
	if err != nil {
		os.RemoveAll(d.folder(u.Token))
		return nil, err
	}
	return u, nil
}

func (d *desk) receive(u *parcel, form *multipart.Reader) error {
	left := int64(mostUpload)
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return refusal("The upload broke off. Try again.")
		}
		if part.FileName() == "" {
			value, err := io.ReadAll(io.LimitReader(part, 200))
			if err != nil {
				return refusal("The upload broke off. Try again.")
			}
			switch part.FormName() {
			case "as":
				u.As = string(value)
			case "space":
				u.Space = string(value)
			}
			continue
		}
		name := d.nameFor(u, part.FileName())
		f, err := os.OpenFile(filepath.Join(d.folder(u.Token), "files", name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		n, err := io.Copy(f, io.LimitReader(part, left+1))
		err = errors.Join(err, f.Close())
		switch left -= n; {
		case left < 0:
			return refusal(fmt.Sprintf("That is more than %d MB. Bring it in in parts.", mostUpload>>20))
		case err != nil:
			return refusal("The upload broke off. Try again.")
		}
		u.Names = append(u.Names, name)
	}
}

// nameFor is a name that a disk takes, and no other file of the upload has.
func (d *desk) nameFor(u *parcel, sent string) string {
	sent = sent[strings.LastIndexAny(sent, `/\`)+1:]
	name := strings.Trim(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(sent, "_")), " .")
	ext := filepath.Ext(name)
	base := strings.TrimSuffix(name, ext)
	for len(base) > 120 {
		base = string([]rune(base)[:len([]rune(base))-1])
	}
	if len(ext) > 20 {
		ext = ""
	}
	if base == "" {
		base = "file"
	}
	name = base + ext
	for n := 2; slices.ContainsFunc(u.Names, func(other string) bool { return strings.EqualFold(other, name) }); n++ {
		name = fmt.Sprintf("%s-%d%s", base, n, ext)
	}
	return name
}

// source is what there is to bring in: one ZIP, or the folder of files.
func (d *desk) source(u *parcel) string {
	files := filepath.Join(d.folder(u.Token), "files")
	if len(u.Names) == 1 && strings.EqualFold(filepath.Ext(u.Names[0]), ".zip") {
		return filepath.Join(files, u.Names[0])
	}
	return files
}

// begin starts to look at an upload, or to bring it in, once everybody before has finished.
func (d *desk) begin(u *parcel, state string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.under[u.Token] != nil {
		return nil
	}
	u.State, u.Fault = state, ""
	if err := d.keep(u); err != nil {
		return err
	}
	d.under[u.Token] = &progress{}
	d.done.Go(func() { d.work(u) })
	return nil
}

// work does what begin promised. When the server stops meanwhile the upload stays as it is, and its page says so.
func (d *desk) work(u *parcel) {
	defer func() {
		d.mu.Lock()
		delete(d.under, u.Token)
		d.mu.Unlock()
	}()
	select {
	case d.turn <- struct{}{}:
	case <-d.context.Done():
		return
	}
	defer func() { <-d.turn }()
	dry := u.State == looking
	report, err := d.run(d.context, ImportJob{
		Source: d.source(u), Person: u.Person, As: u.As, Space: u.Space, Keep: u.Keep, DryRun: dry,
		Step: func(done, all int) { d.step(u.Token, done, all) },
	})
	switch {
	case d.context.Err() != nil:
		return
	case err != nil:
		u.State, u.Fault = failed, err.Error()
	case dry:
		u.State, u.Report = ready, report
	default:
		u.State, u.Report = brought, report
		os.RemoveAll(filepath.Join(d.folder(u.Token), "files"))
	}
	d.keep(u)
}

func (d *desk) step(token string, done, all int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.under[token]; p != nil {
		p.done, p.all = done, all
	}
}

func (d *desk) isUnderWay(token string) bool {
	_, under := d.progress(token)
	return under
}

func (d *desk) progress(token string) (progress, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.under[token]; p != nil {
		return *p, true
	}
	return progress{}, false
}

// throw takes an upload away, unless it is under way.
func (d *desk) throw(u *parcel) error {
	if d.isUnderWay(u.Token) {
		return refusal("It is being brought in at the moment.")
	}
	return os.RemoveAll(d.folder(u.Token))
}
