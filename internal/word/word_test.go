package word_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"commonplace/internal/child"
	"commonplace/internal/word"
)

// TestMain runs the tests, or the child process that they start.
func TestMain(m *testing.M) {
	if code, is := child.Serve(os.Args, word.Work); is {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	spaces  = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"`
	dot     = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)

// docx is a Word file around a body, with other parts beside it.
func docx(t testing.TB, body string, others map[string]string) []byte {
	t.Helper()
	parts := map[string]string{
		"[Content_Types].xml": xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="png" ContentType="image/png"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels":         xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml":   xmlHead + `<w:document` + spaces + `><w:body>` + body + `</w:body></w:document>`,
		"word/_rels/document.xml.rels": xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
			<Relationship Id="p1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/dot.png"/>
			<Relationship Id="p2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" TargetMode="External" Target="http://127.0.0.1:9/dot.png"/>
			<Relationship Id="c1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments" Target="comments.xml"/>
			<Relationship Id="l1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" TargetMode="External" Target="https://example.org/carers"/>
			<Relationship Id="n1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes" Target="footnotes.xml"/></Relationships>`,
	}
	for name, text := range others {
		parts[name] = text
	}
	return archive(t, parts)
}

func archive(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	names := make([]string, 0, len(parts))
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(parts[name]))
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

func p(text string) string {
	return `<w:p><w:r><w:t xml:space="preserve">` + text + `</w:t></w:r></w:p>`
}

func shape(blip, alt string) string {
	return `<w:p><w:r><w:drawing><wp:inline><wp:docPr descr="` + alt + `"/><a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip ` + blip + `/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`
}

func cell(text string) string { return `<w:tc>` + p(text) + `</w:tc>` }

func TestDocx(t *testing.T) {
	footnotes := map[string]string{"word/footnotes.xml": xmlHead + `<w:footnotes` + spaces + `><w:footnote w:id="2">` + p("Counted in May.") + `</w:footnote></w:footnotes>`}
	for _, c := range []struct {
		name, body string
		others     map[string]string
		html       string
		notes      []string
	}{
		{"words", p("Carers &amp; friends"), nil, `<p>Carers &amp; friends</p>`, nil},
		{"heading", `<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Why</w:t></w:r></w:p>`, nil, `<h1>Why</h1>`, nil},
		{"bold", `<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Now</w:t></w:r></w:p>`, nil, `<p><strong>Now</strong></p>`, nil},
		{"link", `<w:p><w:hyperlink r:id="l1"><w:r><w:t>Carers</w:t></w:r></w:hyperlink></w:p>`, nil, `<p><a href="https://example.org/carers">Carers</a></p>`, nil},
		{"footnote", `<w:p><w:r><w:t>212</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>`, footnotes,
			`<p>212<sup><a href="#footnote-2" id="footnote-ref-2">[1]</a></sup></p><ol><li id="footnote-2"><p>Counted in May. <a href="#footnote-ref-2">↑</a></p></li></ol>`, nil},
		{"table with a header row", `<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>` + cell("Place") + `</w:tr><w:tr>` + cell("Leeds") + `</w:tr></w:tbl>`, nil,
			`<table><thead><tr><th><p>Place</p></th></tr></thead><tbody><tr><td><p>Leeds</p></td></tr></tbody></table>`, nil},
		{"rows marked as no header", `<w:tbl><w:tr><w:trPr><w:tblHeader w:val="0"/></w:trPr>` + cell("Place") + `</w:tr><w:tr>` + cell("Leeds") + `</w:tr></w:tbl>`, nil,
			`<table><tr><td><p>Place</p></td></tr><tr><td><p>Leeds</p></td></tr></table>`, nil},
		{"tracked changes", `<w:p><w:r><w:t xml:space="preserve">Kept. </w:t></w:r><w:del><w:r><w:delText>Struck.</w:delText></w:r></w:del><w:ins><w:r><w:t>New.</w:t></w:r></w:ins></w:p>`, nil,
			`<p>Kept. New.</p>`, []string{"One tracked deletion was left out.", "One tracked insertion came in as if it had been accepted."}},
		{"picture", shape(`r:embed="p1"`, "A dot"), map[string]string{"word/media/dot.png": dot}, `<p><img alt="A dot" src="picture-1.png" /></p>`, nil},
		{"formula", `<w:p><w:r><w:t>So:</w:t></w:r><m:oMath><m:r><m:t>x</m:t></m:r></m:oMath></w:p>`, nil, `<p>So:</p>`, []string{"One formula has no counterpart. Look for its place and write it out."}},
		{"page header", p("Words"), map[string]string{"word/header1.xml": xmlHead + `<w:hdr` + spaces + `>` + p("Draft 3") + `</w:hdr>`}, `<p>Words</p>`, []string{"Page headers and footers do not come in: Draft 3"}},
		{"unknown style", `<w:p><w:pPr><w:pStyle w:val="Odd"/></w:pPr><w:r><w:t>Words</w:t></w:r></w:p>`,
			map[string]string{"word/styles.xml": xmlHead + `<w:styles` + spaces + `><w:style w:type="paragraph" w:styleId="Odd"><w:name w:val="Odd box"/></w:style></w:styles>`}, `<p>Words</p>`, []string{"Styles that look like ordinary text here (1): Odd box"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := word.Docx(context.Background(), docx(t, c.body, c.others))
			if err != nil || d.HTML != c.html || !slices.Equal(d.Notes, c.notes) {
				t.Errorf("%v\ngot  %s\nwant %s\nnotes %q", err, d.HTML, c.html, d.Notes)
			}
		})
	}
}

func TestDocxAside(t *testing.T) {
	d, err := word.Docx(context.Background(), docx(t, p("Words")+shape(`r:embed="p1"`, "One")+shape(`r:embed="p1"`, "Two"), map[string]string{
		"word/media/dot.png": dot,
		"docProps/core.xml":  xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The passport</dc:title><dc:creator>Somebody</dc:creator></cp:coreProperties>`,
		"word/comments.xml":  xmlHead + `<w:comments` + spaces + `><w:comment w:id="1" w:author="Somebody">` + p("Is this right?") + `</w:comment></w:comments>`,
	}))
	if err != nil || d.Title != "The passport" || !slices.Equal(d.Comments, []string{"Is this right?"}) {
		t.Errorf("%v: title %q, comments %q", err, d.Title, d.Comments)
	}
	if len(d.Pictures) != 1 || string(d.Pictures[0].Bytes) != dot || d.Pictures[0].Type != "image/png" || d.Pictures[0].Address != "picture-1.png" {
		t.Errorf("pictures: %+v", d.Pictures)
	}
	if strings.Contains(d.HTML, "right?") || strings.Contains(d.HTML, "Somebody") {
		t.Errorf("a comment is in the text: %s", d.HTML)
	}
}

// What cannot be read is refused with a reason; nothing is fetched, nothing is run.
func TestI07WordFiles(t *testing.T) {
	entity := `<?xml version="1.0"?><!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document` + spaces + `><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>`
	deep := strings.Repeat("<w:smartTag>", 300) + p("x") + strings.Repeat("</w:smartTag>", 300)
	for _, c := range []struct {
		name string
		raw  []byte
		why  string
	}{
		{"no archive", []byte("Hello"), "no Word file"},
		{"old or locked", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..."), "locked with a password"},
		{"too large", bytes.Repeat([]byte("PK\x03\x04"), word.MaxFile/4+1), "20 MB is the most"},
		{"cut off", docx(t, p("x"), nil)[:200], "damaged"},
		{"other archive", archive(t, map[string]string{"a.txt": "a"}), "no Word file"},
		{"external entity", docx(t, "", map[string]string{"word/document.xml": entity}), "document type"},
		{"entity in another part", docx(t, p("x"), map[string]string{"word/settings.xml": entity}), "document type"},
		{"too deep", docx(t, deep, nil), "too intricate"},
		{"too many", docx(t, strings.Repeat(`<w:p/>`, 130_000), nil), "too intricate"},
		{"bomb of one part", docx(t, p(strings.Repeat("x", 7<<20)), nil), "more than 6 MB"},
		{"bomb of a picture", docx(t, p("x"), map[string]string{"word/media/a.png": strings.Repeat("\x00", 121<<20)}), "too large once unpacked"},
		{"broken XML", docx(t, `<w:p>`, nil), "damaged"},
		{"other letters", docx(t, "", map[string]string{"word/document.xml": `<?xml version="1.0" encoding="UTF-16"?><a/>`}), "UTF-16"},
		{"sheet", docx(t, "", map[string]string{"[Content_Types].xml": xmlHead + `<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`}), "a sheet or a set of slides"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := word.Docx(context.Background(), c.raw)
			var why word.Refusal
			if !errors.As(err, &why) || !strings.Contains(err.Error(), c.why) {
				t.Errorf("%v; HTML %q", err, d.HTML)
			}
		})
	}
	d, err := word.Docx(context.Background(), docx(t, p("Words")+shape(`r:link="p2"`, "Elsewhere"), map[string]string{"word/vbaProject.bin": "macro"}))
	want := []string{"The macros in it were left out.", "A picture is only linked to and did not come along. It is not fetched."}
	if err != nil || d.HTML != "<p>Words</p>" || !slices.Equal(d.Notes, want) {
		t.Errorf("%v: %s %q", err, d.HTML, d.Notes)
	}
}

// The child ends when nobody waits for it any more.
func TestChildEndsWithItsParent(t *testing.T) {
	cmd := exec.Command(os.Args[0], word.Work.Name)
	cmd.Env = []string{"COMMONPLACE_CHILD=1"}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	raw := docx(t, strings.Repeat(p("Words that take their time."), 25_000), nil)
	in.Write(binary.BigEndian.AppendUint64(nil, uint64(len(raw))))
	in.Write(raw)
	in.Close() // as the system does for a parent that was killed
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it converted on for nobody")
		}
	case <-time.After(time.Minute):
		cmd.Process.Kill()
		t.Error("it does not end")
	}
}

func TestCancelledConversion(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := word.Docx(ctx, docx(t, p("x"), nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// The bundle is the one that was built: nobody changed it by hand.
func TestBundle(t *testing.T) {
	bundle, err := os.ReadFile("mammoth.js")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("mammoth.js.sha256")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(bundle)
	if got := hex.EncodeToString(sum[:]) + "  mammoth.js\n"; got != string(want) {
		t.Errorf("mammoth.js has the checksum %s; make web builds it anew", got)
	}
}
