package intake_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

func viewerOf(t *testing.T, h *hubtest.Hub, name string) *member.Viewer {
	t.Helper()
	v, err := member.For(h.App, h.Record("users", "email", name+"@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const wordSpaces = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`

// wordFile is a Word file around a body.
func wordFile(t *testing.T, name, body string) string {
	t.Helper()
	return archive(t, name,
		inZIP{name: "[Content_Types].xml", text: `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`},
		inZIP{name: "_rels/.rels", text: `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
		inZIP{name: "word/document.xml", text: `<w:document` + wordSpaces + `><w:body>` + body + `</w:body></w:document>`})
}

func para(text string) string { return `<w:p><w:r><w:t>` + text + `</w:t></w:r></w:p>` }

func heading(text string) string {
	return `<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
}

// openFile is an OpenDocument text around a body.
func openFile(t *testing.T, name, body string) string {
	t.Helper()
	return archive(t, name, inZIP{name: "mimetype", text: "application/vnd.oasis.opendocument.text"}, inZIP{name: "content.xml", text: `<?xml version="1.0" encoding="UTF-8"?>
		<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
		xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
		xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0">
		<office:automatic-styles><style:style style:name="T1"><style:text-properties fo:font-weight="bold"/></style:style>
		<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1"/></text:list-style></office:automatic-styles>
		<office:body><office:text>` + body + `</office:text></office:body></office:document-content>`})
}

// comeIn imports one file that makes one page.
func comeIn(t *testing.T, app core.App, file string, o intake.Options) (intake.File, *library.Document) {
	t.Helper()
	r, err := intake.Import(context.Background(), app, file, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Files) != 1 {
		t.Fatalf("%d files", len(r.Files))
	}
	if r.Files[0].Address == "" {
		return r.Files[0], nil
	}
	return r.Files[0], at(t, app, r.Files[0].Address)
}

// A Word file under the headings of a case study becomes one, with its parts in their fields.
func TestWordFileBecomesACaseStudy(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	form := `<w:tbl>` + row("Challenge", "Nobody knew who cared.") + row("What we did", "We asked at the door.") + row("Results", "212 passports.") + row("Value", "Time.") + `</w:tbl>`
	for name, body := range map[string]string{
		"headings": heading("Passports at the trust") + para("An introduction.") + heading("The challenge") + para("Nobody knew who cared.") + heading("Solution") + para("We asked at the door.") + heading("Results:") + para("212 passports.") + heading("Value") + para("Time.") + heading("Thanks") + para("To all."),
		"form":     heading("Passports in a form") + strings.Replace(form, "What we did", "Action", 1),
	} {
		file := wordFile(t, name+".docx", body)
		f, d := comeIn(t, h.App, file, intake.Options{})
		if f.Outcome != intake.Imported || d.DocKind() != library.CaseStudy || d.State() != library.Draft || !strings.HasPrefix(d.Title(), "Passports") {
			t.Fatalf("%s: %+v", name, f)
		}
		if d.GetString("challenge") != "- Nobody knew who cared." || d.GetString("action") != "- We asked at the door." || d.GetString("result") != "- 212 passports." {
			t.Errorf("%s: %q %q %q", name, d.GetString("challenge"), d.GetString("action"), d.GetString("result"))
		}
		texts, others := library.Sections(d.Body())
		if texts["What it is worth"] != "Time." {
			t.Errorf("%s: %q, others %q", name, texts, others)
		}
		if name == "headings" && (!strings.Contains(others, "An introduction.") || !strings.Contains(others, "Thanks")) {
			t.Errorf("others: %q", others)
		}
		before := seq(t, h.App)
		if f, _ := comeIn(t, h.App, file, intake.Options{}); f.Outcome != intake.Unchanged || seq(t, h.App) != before {
			t.Errorf("%s again: %+v", name, f)
		}
	}
	if f, d := comeIn(t, h.App, wordFile(t, "page.docx", heading("A page")+heading("Challenge")+para("Words.")), intake.Options{}); d.DocKind() != library.Guidance || !strings.Contains(d.Body(), "Challenge") {
		t.Errorf("%+v", f)
	}
}

func row(cells ...string) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(`<w:tc>` + para(c) + `</w:tc>`)
	}
	return `<w:tr>` + b.String() + `</w:tr>`
}

func TestOpenDocument(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	f, d := comeIn(t, h.App, openFile(t, "page.odt", `<text:tracked-changes><text:changed-region><text:deletion><text:p>Struck out.</text:p></text:deletion></text:changed-region></text:tracked-changes>
		<text:h text:outline-level="1">The page</text:h><text:p>Some <text:span text:style-name="T1">bold</text:span><text:s text:c="2"/>words.<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Counted in May.</text:p></text:note-body></text:note></text:p>
		<text:list text:style-name="L1"><text:list-item><text:p>First</text:p></text:list-item><text:list-item><text:p>Second</text:p></text:list-item></text:list>
		<text:list><text:list-item><text:p>A point</text:p></text:list-item></text:list>
		<text:p><office:annotation><text:p>Is this right?</text:p></office:annotation><text:a xlink:href="https://example.org/">A link</text:a> <text:a xlink:href="javascript:alert(1)">no link</text:a></text:p>
		<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Place</text:p></table:table-cell><table:table-cell><text:p>Carers</text:p></table:table-cell></table:table-row></table:table-header-rows>
		<table:table-row><table:table-cell><text:p>Leeds</text:p></table:table-cell><table:table-cell><text:p>212</text:p></table:table-cell></table:table-row></table:table>
		<text:p><draw:frame><draw:image xlink:href="https://example.org/x.png"/></draw:frame></text:p>`), intake.Options{})
	if f.Outcome != intake.Imported || f.Title != "The page" {
		t.Fatalf("%+v", f)
	}
	want := "Some **bold** words.[^1]\n\n1. First\n2. Second\n\n<!--none-->- A point\n\n[A link](https://example.org/) no link\n\n| Place | Carers |\n|---|---|\n| Leeds | 212 |\n\n[^1]: Counted in May.\n"
	if got := d.Body(); got != strings.Replace(want, "<!--none-->", "", 1) {
		t.Errorf("got %q", got)
	}
	said := strings.Join(f.Problems, " ")
	for _, part := range []string{"One tracked deletion was left out.", "Comments in the margin stay out (1): Is this right?", "javascript:alert(1)", "It is not fetched."} {
		if !strings.Contains(said, part) {
			t.Errorf("the report does not say %q: %s", part, said)
		}
	}
}

// A text with a document type, or one that is no archive, is refused with the reason.
func TestI07OpenDocument(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	for _, c := range []struct{ file, why string }{
		{archive(t, "a.odt", inZIP{name: "content.xml", text: `<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>`}), "document type"},
		{archive(t, "b.odt", inZIP{name: "a.txt", text: "x"}), "no text document"},
		{archive(t, "c.odt", inZIP{name: "content.xml", text: "<x/>"}, inZIP{name: "META-INF/manifest.xml", text: "<encryption-data/>"}), "locked with a password"},
		{archive(t, "d.odt", inZIP{name: "content.xml", text: strings.Repeat("<x>", 300)}), "too intricate"},
		{archive(t, "e.docx", inZIP{name: "a.txt", text: "x"}), "no Word file"},
	} {
		f, _ := comeIn(t, h.App, c.file, intake.Options{})
		if f.Outcome != intake.Refused || !strings.Contains(strings.Join(f.Problems, " "), c.why) {
			t.Errorf("%+v, want %q", f, c.why)
		}
	}
}

const pasted = `Your browser is no longer supported

For the best possible experience using our website we recommend you upgrade.

Close

A passport for carers who work

Challenge

    • Nobody knew

Action

    • We asked

Result

    • 212 passports

Synopsis:

The whole story.

Ambitions:

The aim.

Outcomes:

The change.

Spread:

The spread.

Value:

The worth.

Involvement:

The people.
`

// A case study that was copied from a web page has its nine parts filled; what stood around it is named, and comes in only
// where it is asked for.
func TestPastedCaseStudy(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	file := filepath.Join(t.TempDir(), "study.txt")
	if err := os.WriteFile(file, []byte(pasted), 0o644); err != nil {
		t.Fatal(err)
	}
	f, d := comeIn(t, h.App, file, intake.Options{})
	if d.DocKind() != library.CaseStudy || d.Title() != "A passport for carers who work" {
		t.Fatalf("%+v", f)
	}
	texts, others := library.Sections(d.Body())
	for _, part := range []string{d.GetString("challenge"), d.GetString("action"), d.GetString("result"), texts["In short"], texts["What they set out to do"], texts["What changed"], texts["How it spread"], texts["What it is worth"], texts["Who was involved"]} {
		if part == "" {
			t.Errorf("a part is empty: %q", texts)
		}
	}
	if others != "" || !slices.Equal(f.Chrome, []string{"Your browser is no longer supported", "For the best possible experience using our website we recommend you upgrade.", "Close"}) {
		t.Errorf("others %q, chrome %q", others, f.Chrome)
	}
	f, d = comeIn(t, h.App, file, intake.Options{Keep: func(string) bool { return true }})
	if f.Outcome != intake.Updated || !strings.Contains(d.Body()+d.Title(), "Your browser") {
		t.Errorf("asked to keep it: %+v %q", f, d.Body())
	}
}

// What looks like a note on cookies in the middle of a text, or alone, is the writer's.
func TestWritersWordsStay(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	text := "About our site\n\nClose\n\nWe wrote this ourselves.\n\nWe use cookies and biscuits at our carers' tea.\n\nMore words of ours.\n\nNext\n"
	file := filepath.Join(t.TempDir(), "page.txt")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	f, d := comeIn(t, h.App, file, intake.Options{})
	if len(f.Chrome) > 0 || !strings.Contains(d.Body(), "biscuits") || !strings.Contains(d.Body(), "Next") {
		t.Errorf("%q %q", f.Chrome, d.Body())
	}
}

// An upload over a published page waits beside it; over somebody's own draft it changes it.
func TestUploadOverAPage(t *testing.T) {
	h := hubtest.New(t)
	partner := viewerOf(t, h, "partner")
	dir := filepath.Join(t.TempDir(), "upload")
	o := intake.Options{Viewer: partner, Root: "upload-" + partner.ID()}
	bringIn := func(text string) intake.File {
		write(t, dir, map[string]string{"a.txt": text})
		f, _ := comeIn(t, h.App, filepath.Join(dir, "a.txt"), o)
		return f
	}
	first := bringIn("Our page\n\nFirst words.\n")
	if f := bringIn("Our page\n\nSecond words.\n"); f.Outcome != intake.Updated || f.Address != first.Address {
		t.Errorf("%+v", f)
	}
	d := at(t, h.App, first.Address)
	edit(t, h.App, d, "state", library.Published)
	if f := bringIn("Our page\n\nThird words.\n"); f.Outcome != intake.Suggested {
		t.Errorf("%+v", f)
	}
	d = at(t, h.App, first.Address)
	beside, err := library.Work(h.App, d.Id)
	if err != nil || beside == nil || !strings.Contains(d.Body(), "Second words.") || !strings.Contains(beside.GetString("content"), "Third words.") {
		t.Errorf("%q, beside it %v, %v", d.Body(), beside, err)
	}
	if _, err := intake.Import(context.Background(), h.App, dir, intake.Options{Viewer: viewerOf(t, h, "member")}); err == nil {
		t.Error("a member who is no editor brought a page in")
	}
}
