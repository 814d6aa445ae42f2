package intake_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// inZIP is a file of an archive that a test makes.
type inZIP struct {
	name, text string
	mode       fs.FileMode
}

// archive writes a ZIP and returns where it is.
func archive(t *testing.T, name string, files ...inZIP) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		head := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if f.mode != 0 {
			head.SetMode(f.mode)
		}
		w, err := z.CreateHeader(head)
		if err == nil {
			_, err = io.WriteString(w, f.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func page(name, title string) inZIP { return inZIP{name: name, text: "# " + title + "\n\nWords.\n"} }

// Names that lead out of the archive are refused; nothing is written beside it.
func TestI01NamesThatLeadOut(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	file := archive(t, "pages.zip", page("good/page.md", "The page"), page("../up.md", "Up"), page("good/../../up.md", "Up two"), page("/etc/page.md", "Root"),
		page(`..\up.md`, "Up in Windows"), page(`C:\up.md`, "A drive"), page("good/..", "Dots"), page("a\x00b.md", "Nothing"), page("a\nb.md", "Two lines"),
		page(strings.Repeat("x", 600)+".md", "Long"), page(strings.Repeat("a/", 40)+"x.md", "Deep"), page("./fine.md", "Fine"))
	r := bring(t, h.App, file, intake.Options{})
	if r.Counts[intake.Imported] != 2 || r.Counts[intake.Refused] != 10 {
		t.Errorf("%v", r.Counts)
	}
	for _, f := range r.Files {
		if f.Outcome == intake.Refused && !strings.Contains(strings.Join(f.Problems, " "), "has a name that") {
			t.Errorf("%+v", f)
		}
	}
	beside, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(beside) != 1 {
		t.Errorf("beside the archive: %v, %v", beside, err)
	}
}

func TestI02Links(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	file := archive(t, "pages.zip", inZIP{"link.md", "/etc/passwd", fs.ModeSymlink | 0o777}, inZIP{"pipe.md", "", fs.ModeNamedPipe | 0o666}, page("page.md", "The page"))
	r := bring(t, h.App, file, intake.Options{})
	for _, name := range []string{"link.md", "pipe.md"} {
		if f := byPath(t, r, name); f.Outcome != intake.Refused || !strings.Contains(f.Problems[0], "is a link") {
			t.Errorf("%+v", f)
		}
	}
	if r.Counts[intake.Imported] != 1 {
		t.Errorf("%v", r.Counts)
	}
}

// What an archive says of its sizes may be a lie: the bytes are counted, and too many keep all of it out.
func TestI03Bombs(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	before := seq(t, h.App)
	letters := func(n int) string {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, "%x ", i*i*2654435761)
		}
		return b.String()
	}
	many := make([]inZIP, 2001)
	for i := range many {
		many[i] = inZIP{name: fmt.Sprintf("d%d/f%d.md", i/100, i)}
	}
	small := intake.Limits{Entries: 2000, Unpacked: 3 << 20, Entry: 2 << 20, Ratio: 100}
	for _, c := range []struct {
		name   string
		files  []inZIP
		limits intake.Limits
		why    string
	}{
		{"zeros", []inZIP{{name: "big.md", text: strings.Repeat("\x00", 30<<20)}}, intake.StandardLimits, "packed more than 100 times smaller"},
		{"one large file", []inZIP{{name: "big.md", text: letters(2<<20 + 1)}}, small, "larger than 2 MB"},
		{"many large files", []inZIP{{name: "a.md", text: letters(1 << 20)}, {name: "b.md", text: letters(1 << 20)}, {name: "c.md", text: letters(1 << 20)}, {name: "d.md", text: letters(1 << 20)}}, small, "more than 3 MB once unpacked"},
		{"many entries", many, intake.StandardLimits, "2001 files in the archive"},
	} {
		_, err := intake.Import(context.Background(), h.App, archive(t, "bomb.zip", c.files...), intake.Options{Limits: c.limits})
		if err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	r := bring(t, h.App, archive(t, "nested.zip", inZIP{name: "inner.zip", text: "PK\x03\x04..."}, inZIP{name: "inner.txt", text: "PK\x03\x04..."}), intake.Options{})
	if r.Counts[intake.Imported] != 0 || r.Counts[intake.Refused] != 1 || r.Counts[intake.Skipped] != 1 {
		t.Errorf("archives within: %+v", r.Files)
	}
	raw, err := os.ReadFile(archive(t, "liar.zip", inZIP{name: "liar.md", text: letters(2<<20 + 1)}))
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(raw[bytes.LastIndex(raw, []byte("PK\x01\x02"))+24:], 10)
	liar := filepath.Join(t.TempDir(), "liar.zip")
	if err := os.WriteFile(liar, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	lie, err := intake.Import(context.Background(), h.App, liar, intake.Options{Limits: small})
	if err == nil && lie.Counts[intake.Refused] != 1 {
		t.Errorf("an archive that lies about sizes: %+v", lie.Files)
	}
	if now := seq(t, h.App); now != before {
		t.Errorf("the journal moved from %d to %d", before, now)
	}
}

// The second file of a name stays out; names that differ in their case only are pages of their own.
func TestI04NamesTwice(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	r := bring(t, h.App, archive(t, "pages.zip", page("Handbook.md", "Safe"), page("handbook.md", "Other"), page("HANDBOOK.MD", "Third"), page("Handbook.md", "Second")), intake.Options{})
	var titles []string
	for _, f := range r.Files {
		titles = append(titles, f.Outcome+" "+f.Title)
	}
	if want := []string{"imported Safe", "imported Other", "imported Third", "refused "}; !slices.Equal(titles, want) {
		t.Errorf("%q", titles)
	}
}

// What a person uploads changes nothing that is another's, whatever it says of itself.
func TestI05UploadSaysWhatItIsNot(t *testing.T) {
	h := hubtest.New(t)
	partner := viewerOf(t, h, "partner")
	theirs := h.Record("documents", "key", "hb-adult-carers-assessment")
	dir := filepath.Join(t.TempDir(), "upload")
	write(t, dir, map[string]string{
		"a.md": "---\nschema: 1\nid: hb-adult-carers-assessment\nrecord: " + theirs.Id + "\ntype: handbook\nstate: published\nspace: programme-board\ntitle: Mine now\norganisation: Another trust\nauthor: admin\nvisibility: public\ncreated: 2001-01-01\nchapter: your-rights\n---\nWords.\n",
		"b.md": "---\nauthor: !!python/object:os.system admin\nid: x\nvisibility: public\ncreated: 2001-01-01\n---\n# Another page\n\nWords.\n",
	})
	r, err := intake.Import(context.Background(), h.App, dir, intake.Options{Viewer: partner, Publish: true, Root: "upload-" + partner.ID()})
	if err != nil {
		t.Fatal(err)
	}
	if now := h.Record("documents", "key", "hb-adult-carers-assessment"); now.GetString("title") == "Mine now" || now.GetString("body") != theirs.GetString("body") {
		t.Error("somebody else's page was changed")
	}
	for _, f := range r.Files {
		if f.Address == "" {
			continue
		}
		d := at(t, h.App, f.Address)
		if d.State() != library.Draft || d.Author() != partner.ID() || d.Space() != partner.Library() || d.OrganisationID() != partner.Organisation() || d.GetDateTime("created").Time().Year() < 2020 {
			t.Errorf("%s: state %s, author %s, organisation %s", f.Path, d.State(), d.Author(), d.OrganisationID())
		}
	}
	if n, _ := h.App.CountRecords("organisations", nil); n == 0 || hasOrganisation(h.App, "Another trust") {
		t.Error("an upload made an organisation")
	}
}

func hasOrganisation(app core.App, name string) bool {
	_, err := app.FindFirstRecordByData("organisations", "name", name)
	return err == nil
}

// Nothing is fetched, whatever a text calls for.
func TestI06NothingIsFetched(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	called := make(chan struct{}, 1)
	go func() {
		if c, err := l.Accept(); err == nil {
			called <- struct{}{}
			c.Close()
		}
	}()
	h := hubtest.New(t, hubtest.Empty())
	here := "http://" + l.Addr().String()
	html := `<html><head><link rel="stylesheet" href="` + here + `/a.css"><base href="` + here + `"></head><body><h1>Page</h1><p>Words<img src="` + here + `/b.png"><iframe src="` + here + `"></iframe></p></body></html>`
	md := "# Page two\n\n![](" + here + "/c.png) ![](http://169.254.169.254/latest/meta-data) ![](file:///etc/passwd) ![](gopher://127.1/x) [x](http://0x7f000001/)\n"
	r := bring(t, h.App, archive(t, "pages.zip", inZIP{name: "a.html", text: html}, inZIP{name: "b.md", text: md}), intake.Options{Publish: true})
	if r.Counts[intake.Imported] != 2 {
		t.Errorf("%+v", r.Files)
	}
	for _, f := range r.Files {
		if shown := at(t, h.App, f.Address).GetString("rendered"); strings.Contains(shown, "<img") || strings.Contains(shown, "gopher:") || strings.Contains(shown, "file:") {
			t.Errorf("%s: %s", f.Path, shown)
		}
	}
	select {
	case <-called:
		t.Error("an import fetched something")
	default:
	}
}

// A ZIP of the sharing platform comes in with its folders, and a second run, of a copy of another day, changes nothing.
func TestArchive(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	files := []inZIP{
		{name: "Carers workspace/"}, {name: "Carers workspace/Guides/passport.html", text: `<html><head><link rel="canonical" href="https://old.example.org/view/passport"></head><body><h1>Passport</h1><p>See <a href="../Letters/to all.txt">the letter</a>.</p></body></html>`},
		{name: "Carers workspace/Letters/to all.txt", text: "To all\n\nSee https://old.example.org/view/passport and [this].\n"},
		{name: "Carers workspace/~$lock.docx", text: "x"}, {name: "__MACOSX/._a", text: "x"}, {name: "Carers workspace/Minutes.pdf", text: "%PDF-1.4"},
	}
	r := bring(t, h.App, archive(t, "export.zip", files...), intake.Options{})
	if r.Counts[intake.Imported] != 2 || r.Counts[intake.Skipped] != 3 {
		t.Fatalf("%+v", r.Files)
	}
	f := byPath(t, r, "Guides/passport.html")
	if d := at(t, h.App, f.Address); d.Body() != "See [the letter](/guidance/to-all).\n" {
		t.Errorf("%q", d.Body())
	}
	if to := h.Record("redirects", "path", "/view/passport").GetString("document"); to != at(t, h.App, f.Address).Id {
		t.Error("the old address leads nowhere")
	}
	before := seq(t, h.App)
	again := bring(t, h.App, archive(t, "export (2).zip", files...), intake.Options{})
	if again.Counts[intake.Unchanged] != 2 || seq(t, h.App) != before {
		t.Errorf("a second run: %v", again.Counts)
	}
}
