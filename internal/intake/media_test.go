package intake_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// photo is a JPEG that lies on its side and says where it was taken.
func photo(t *testing.T, w, h int, shade uint8) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = shade + uint8(i%7)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00GPS-secret"
	head := fmt.Appendf([]byte("\xff\xd8\xff\xe1"), "%c%c", (len(exif)+2)>>8, (len(exif)+2)&255)
	return append(append(head, exif...), b.Bytes()[2:]...)
}

func dots(t *testing.T, c color.Color) []byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, 20, 10), color.Palette{c, color.White})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const drawnSpaces = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"`

// wordWith is a Word file with pictures, by what is said of each.
func wordWith(t *testing.T, words string, pictures map[string][]byte) []byte {
	t.Helper()
	files := map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="jpg" ContentType="image/jpeg"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels":         `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
	}
	body, rels := "<w:p><w:r><w:t>"+words+"</w:t></w:r></w:p>", ""
	n := 0
	for alt, raw := range pictures {
		n++
		ends := "jpg"
		if bytes.HasPrefix(raw, []byte("\x89PNG")) {
			ends = "png"
		}
		name := fmt.Sprintf("media/p%d.%s", n, ends)
		files["word/"+name] = string(raw)
		rels += fmt.Sprintf(`<Relationship Id="p%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="%s"/>`, n, name)
		body += fmt.Sprintf(`<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="%s"/><a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip r:embed="p%d"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`, alt, n)
	}
	files["word/document.xml"] = "<w:document" + drawnSpaces + "><w:body>" + body + "</w:body></w:document>"
	files["word/_rels/document.xml.rels"] = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + rels + "</Relationships>"
	return zipOf(t, files)
}

func odtWith(t *testing.T, words, alt string, picture []byte) []byte {
	t.Helper()
	return zipOf(t, map[string]string{
		"mimetype": "application/vnd.oasis.opendocument.text", "Pictures/1.png": string(picture),
		"content.xml": `<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"><office:body><office:text><text:p>` + words + `</text:p><text:p><draw:frame><draw:image xlink:href="Pictures/1.png"/><svg:title>` + alt + `</svg:title></draw:frame></text:p></office:text></office:body></office:document-content>`,
	})
}

func filesOf(t *testing.T, app core.App, address string) []*library.Attachment {
	t.Helper()
	all, err := library.Attachments(app, at(t, app, address).Id)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// storedOf is everything that lies in the store of an attachment.
func storedOf(t *testing.T, h *hubtest.Hub, a *library.Attachment) (all string, n int) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(h.Dir, "storage", a.BaseFilesPath()))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".attrs") {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(h.Dir, "storage", a.BaseFilesPath(), e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all, n = all+string(raw), n+1
	}
	return all, n
}

var ownAddress = regexp.MustCompile(`!\[([^\]]*)\]\(/files/([a-z0-9]{15})/([^)]+)\)`)

// TestPicturesWithinDocumentsComeIn from Word, OpenDocument and a web page: upright, without what the camera wrote, in their
// widths, with the description that the document gives and none where it gives none. A second import changes nothing.
func TestPicturesWithinDocumentsComeIn(t *testing.T) {
	h := hubtest.New(t)
	dir := filepath.Join(t.TempDir(), "source")
	write(t, dir, map[string]string{
		"word.docx": string(wordWith(t, "A word file with pictures in it", map[string][]byte{"Staff at a table": photo(t, 1600, 1000, 20), "": dots(t, color.Black)})),
		"open.odt":  string(odtWith(t, "An open text with a picture in it", "A red dot", dots(t, color.RGBA{200, 0, 0, 255}))),
		"page.html": "<h1>A page with a picture in it</h1><p>Words</p><p><img alt='image1.png' src='data:image/png;base64," + base64.StdEncoding.EncodeToString(dots(t, color.RGBA{0, 0, 200, 255})) + "'></p>",
	})
	r := bring(t, h.App, dir, intake.Options{})
	for path, want := range map[string]map[string]bool{"word.docx": {"Staff at a table": true, "": false}, "open.odt": {"A red dot": true}, "page.html": {"": false}} {
		f := byPath(t, r, path)
		if f.Outcome != intake.Imported {
			t.Fatalf("%s: %s %v", path, f.Outcome, f.Problems)
		}
		d := at(t, h.App, f.Address)
		files := filesOf(t, h.App, f.Address)
		shown := ownAddress.FindAllStringSubmatch(d.Body(), -1)
		if len(files) != len(want) || len(shown) != len(want) {
			t.Fatalf("%s: %d files, %d shown in %q", path, len(files), len(shown), d.Body())
		}
		flagged := strings.Contains(strings.Join(f.Problems, " "), "Nobody has said what these pictures show (1)")
		for _, a := range files {
			described, known := want[a.Alt()]
			if !known || a.Described() != described || !described && !flagged {
				t.Errorf("%s: a picture says %q, described %v, flagged %v", path, a.Alt(), a.Described(), flagged)
			}
			if !strings.Contains(d.Body(), "]("+a.Address()+")") {
				t.Errorf("%s: %s is not shown in %q", path, a.Address(), d.Body())
			}
			all, n := storedOf(t, h, a)
			if strings.Contains(all, "Exif") || strings.Contains(all, "secret") {
				t.Errorf("%s: what the camera wrote is kept", path)
			}
			if a.Alt() == "Staff at a table" && (n != 3 || len(a.Sizes()) != 3 || a.Sizes()[0].Height <= a.Sizes()[0].Width) {
				t.Errorf("%s: %d files, sizes %v", path, n, a.Sizes())
			}
		}
	}
	before := seq(t, h.App)
	again := bring(t, h.App, dir, intake.Options{})
	if again.Counts[intake.Unchanged] != 3 || seq(t, h.App) != before {
		t.Errorf("a second import: %v", again.Counts)
	}
}

// TestAChangedDocumentKeepsItsPictures: the same picture is the same attachment, whatever else the file says.
func TestAChangedDocumentKeepsItsPictures(t *testing.T) {
	h := hubtest.New(t)
	dir := filepath.Join(t.TempDir(), "source")
	pictures := map[string][]byte{"Staff at a table": photo(t, 600, 400, 20)}
	write(t, dir, map[string]string{"word.docx": string(wordWith(t, "First words", pictures))})
	f := byPath(t, bring(t, h.App, dir, intake.Options{}), "word.docx")
	first := filesOf(t, h.App, f.Address)
	write(t, dir, map[string]string{"word.docx": string(wordWith(t, "First words, and others", pictures))})
	if f = byPath(t, bring(t, h.App, dir, intake.Options{}), "word.docx"); f.Outcome != intake.Updated {
		t.Fatalf("%s %v", f.Outcome, f.Problems)
	}
	second := filesOf(t, h.App, f.Address)
	if len(first) != 1 || len(second) != 1 || first[0].Id != second[0].Id || !strings.Contains(at(t, h.App, f.Address).Body(), first[0].Address()) {
		t.Errorf("%d files became %d", len(first), len(second))
	}
}

// TestFilesBesideDocuments belong to the document that refers to them, or to the only one beside them; what fits nowhere is
// named.
func TestFilesBesideDocuments(t *testing.T) {
	h := hubtest.New(t)
	pdf := "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"
	source := filepath.Join(t.TempDir(), "export.zip")
	raw := zipOf(t, map[string]string{
		"a/one.md":         "# One page\n\nSee [the form](../forms/form%20A.pdf) and ![The team](img/team.jpg).\n\n`![no](img/team.jpg)`\n",
		"a/two.md":         "# Two page\n\n![](img/team.jpg) and ![Gone](img/gone.png)\n",
		"a/img/team.jpg":   string(photo(t, 500, 300, 90)),
		"a/loose.png":      string(dots(t, color.Black)),
		"forms/form A.pdf": pdf,
		"b/only.html":      "<h1>The only page</h1><p>Words</p>",
		"b/beside.pdf":     pdf + "2",
		"c/lonely.png":     string(dots(t, color.White)),
		"b/broken.png":     "\x89PNG\r\n\x1a\nno picture",
	})
	if err := os.WriteFile(source, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	r := bring(t, h.App, source, intake.Options{})
	for path, want := range map[string]string{
		"a/img/team.jpg": intake.Attached, "forms/form A.pdf": intake.Attached, "b/beside.pdf": intake.Attached,
		"a/loose.png": intake.Skipped, "c/lonely.png": intake.Skipped, "b/broken.png": intake.Skipped,
	} {
		if f := byPath(t, r, path); f.Outcome != want || want == intake.Skipped && len(f.Problems) == 0 {
			t.Errorf("%s: %s %v, want %s", path, f.Outcome, f.Problems, want)
		}
	}
	one, two, only := byPath(t, r, "a/one.md"), byPath(t, r, "a/two.md"), byPath(t, r, "b/only.html")
	body := at(t, h.App, one.Address).Body()
	files := filesOf(t, h.App, one.Address)
	if len(files) != 2 || !strings.Contains(body, "`![no](img/team.jpg)`") || strings.Contains(body, "(img/team.jpg).") || strings.Contains(body, "form%20A") {
		t.Errorf("%d files: %s", len(files), body)
	}
	for _, a := range files {
		if !strings.Contains(body, "]("+a.Address()+")") || a.IsPicture() && a.Alt() != "The team" {
			t.Errorf("%s %q is not in %s", a.Address(), a.Alt(), body)
		}
	}
	if files := filesOf(t, h.App, two.Address); len(files) != 1 || files[0].Described() || !strings.Contains(strings.Join(two.Problems, " "), "img/gone.png") {
		t.Errorf("two: %d files, %v", len(files), two.Problems)
	}
	if files := filesOf(t, h.App, only.Address); len(files) != 1 || files[0].Name() != "beside.pdf" {
		t.Errorf("only: %d files", len(files))
	}
	before := seq(t, h.App)
	if again := bring(t, h.App, source, intake.Options{}); seq(t, h.App) != before {
		t.Errorf("a second import: %v", again.Counts)
	}
}

// TestAnImportThatPublishes lets no picture out of which nobody has said what it shows.
func TestAnImportThatPublishes(t *testing.T) {
	h := hubtest.New(t)
	dir := filepath.Join(t.TempDir(), "source")
	write(t, dir, map[string]string{
		"said.docx":   string(wordWith(t, "A picture with words", map[string][]byte{"Staff at a table": photo(t, 600, 400, 20)})),
		"unsaid.docx": string(wordWith(t, "A picture without words", map[string][]byte{"": photo(t, 600, 400, 60)})),
	})
	r := bring(t, h.App, dir, intake.Options{Publish: true})
	for path, state := range map[string]string{"said.docx": library.Published, "unsaid.docx": library.Draft} {
		f := byPath(t, r, path)
		d := at(t, h.App, f.Address)
		files := filesOf(t, h.App, f.Address)
		if d.State() != state || len(files) != 1 || files[0].State() != state {
			t.Errorf("%s is %s, %d files, %v", path, d.State(), len(files), f.Problems)
		}
	}
	h.Settle()
	if a := h.Guest().Get(byPath(t, r, "said.docx").Address); !strings.Contains(a.Body, `srcset="/files/`) {
		t.Errorf("the page does not show it: %s", a.Body)
	}
	before := seq(t, h.App)
	if again := bring(t, h.App, dir, intake.Options{}); seq(t, h.App) != before {
		t.Errorf("a second import: %v", again.Counts)
	}
}

// TestARehearsalAddsNoFile, and says which would come in.
func TestARehearsalAddsNoFile(t *testing.T) {
	h := hubtest.New(t)
	dir := filepath.Join(t.TempDir(), "source")
	write(t, dir, map[string]string{"word.docx": string(wordWith(t, "Words", map[string][]byte{"": photo(t, 600, 400, 20)}))})
	f := byPath(t, bring(t, h.App, dir, intake.Options{DryRun: true}), "word.docx")
	if n, err := h.App.CountRecords("attachments"); n != 0 || err != nil || !strings.Contains(strings.Join(f.Problems, " "), "Nobody has said") {
		t.Errorf("%d attachments, %v, %v", n, err, f.Problems)
	}
}
