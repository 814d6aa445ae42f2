package extract

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"commonplace/internal/child"
)

// TestMain runs the tests, or the child process that they start.
func TestMain(m *testing.M) {
	if code, is := child.Serve(os.Args, Work); is {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// file writes an archive, or a text, to read.
func file(t *testing.T, entries map[string]string, raw string) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(raw)
	if entries != nil {
		z := zip.NewWriter(&b)
		for name, text := range entries {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			w.Write([]byte(text))
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// aPDF is a small one with a line on each page.
func aPDF(lines ...string) string {
	var b strings.Builder
	var at []int
	object := func(body string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), body)
	}
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	kids := ""
	for i := range lines {
		kids += fmt.Sprintf("%d 0 R ", 4+2*i)
	}
	object(fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids, len(lines)))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	for i, line := range lines {
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", 5+2*i))
		stream := fmt.Sprintf("BT /F1 12 Tf 20 100 Td (%s) Tj ET", line)
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(stream), stream))
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.String()
}

func TestWords(t *testing.T) {
	const w = `xmlns:w="w"`
	for _, c := range []struct {
		kind, raw, want string
		entries         map[string]string
	}{
		{kind: "docx", want: "A young carer\nfinds help\fon page two\na note", entries: map[string]string{
			"word/document.xml": `<?xml version="1.0"?><w:document ` + w + `><w:body><w:p><w:r><w:t>A young </w:t></w:r><w:r><w:t>carer</w:t></w:r></w:p>
				<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>moved away</w:t></w:r></w:moveFrom>
				<w:p><w:r><w:t>finds help</w:t></w:r><w:r><w:br w:type="page"/></w:r><w:r><w:lastRenderedPageBreak/><w:t>on page two</w:t></w:r></w:p></w:body></w:document>`,
			"word/footnotes.xml": `<w:footnotes ` + w + `><w:p><w:r><w:t>a note</w:t></w:r></w:p></w:footnotes>`,
		}},
		{kind: "odt", want: "Title\nfirst words\fsecond", entries: map[string]string{
			"content.xml": `<o:d xmlns:o="o" xmlns:text="t"><text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:h>Title</text:h><text:p>first<text:s/>words</text:p><text:p><text:soft-page-break/>second</text:p></o:d>`,
		}},
		{kind: "xlsx", want: "Place\tCarers\t\nLeeds\t42\t\n\fsecond sheet", entries: map[string]string{
			"xl/sharedStrings.xml":     `<sst><si><t>Place</t></si><si><r><t>Car</t></r><r><t>ers</t></r><rPh><t>x</t></rPh></si></sst>`,
			"xl/worksheets/sheet1.xml": `<worksheet><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row><c t="inlineStr"><is><t>Leeds</t></is></c><c><f>6*7</f><v>42</v></c></row></worksheet>`,
			"xl/worksheets/sheet2.xml": `<worksheet><row><c t="str"><v>second sheet</v></c><c t="s"><v>99</v></c></row></worksheet>`,
		}},
		{kind: "pptx", want: "One\n\fTwo", entries: map[string]string{
			"ppt/slides/slide2.xml": `<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:t>Two</a:t></a:p></p:sld>`,
			"ppt/slides/slide1.xml": `<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:t>One</a:t></a:p></p:sld>`,
		}},
		{kind: "txt", raw: "plain \x00words\n", want: "plain words"},
		{kind: "pdf", raw: aPDF("Respite in Leeds", "Second page"), want: "Respite in Leeds\n\fSecond page"},
	} {
		got, err := read(file(t, c.entries, c.raw), c.kind)
		if err != nil {
			t.Errorf("%s: %v", c.kind, err)
		}
		loose := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, "\f", " | ")), " ") }
		if loose(got) != loose(c.want) {
			t.Errorf("%s: %q, want %q", c.kind, got, c.want)
		}
	}
}

func TestHostileFiles(t *testing.T) {
	many := map[string]string{}
	for i := range maxEntries + 1 {
		many[fmt.Sprint(i)] = ""
	}
	for _, c := range []struct {
		name, kind, raw string
		entries         map[string]string
	}{
		{name: "no archive", kind: "docx", raw: "hello"},
		{name: "too many parts", kind: "docx", entries: many},
		{name: "entities", kind: "docx", entries: map[string]string{"word/document.xml": `<!DOCTYPE l [<!ENTITY a "lol">]><p><t>&a;</t></p>`}},
		{name: "too deep", kind: "odt", entries: map[string]string{"content.xml": strings.Repeat("<a>", 100_000)}},
		{name: "not closed", kind: "odt", entries: map[string]string{"content.xml": "<a><b></a>"}},
		{name: "a PDF that is none", kind: "pdf", raw: "%PDF-1.7 nonsense"},
		{name: "another kind", kind: "exe", entries: map[string]string{"a": ""}},
	} {
		began := time.Now()
		text, err := read(file(t, c.entries, c.raw), c.kind)
		if err == nil && text != "" {
			t.Errorf("%s: read as %q", c.name, text)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %v", c.name, took)
		}
	}
	bomb := map[string]string{"word/document.xml": "<d><t>" + strings.Repeat("word ", 4_000_000) + "</t></d>"}
	if text, err := read(file(t, bomb, ""), "docx"); err != nil || len(text) > MaxText {
		t.Errorf("20 MB of one word: %d bytes, %v", len(text), err)
	}
}

// TestAPDFWhosePagesLeadRound keeps a reader busy for ever; the child is ended.
func TestAPDFWhosePagesLeadRound(t *testing.T) {
	round := "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [2 0 R] /Count 1 >>\nendobj\n"
	round += fmt.Sprintf("xref\n0 3\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \ntrailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n",
		strings.Index(round, "1 0 obj"), strings.Index(round, "2 0 obj"), len(round))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	began := time.Now()
	if text, err := Words(ctx, strings.NewReader(round), int64(len(round)), "pdf"); err == nil {
		t.Errorf("it was read: %q", text)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the child lived for %v", took)
	}
}

func TestAChildReadsWords(t *testing.T) {
	raw := aPDF("carers first")
	text, err := Words(context.Background(), strings.NewReader(raw), int64(len(raw)), "pdf")
	if err != nil || !strings.Contains(text, "carers first") {
		t.Errorf("%q %v", text, err)
	}
}
