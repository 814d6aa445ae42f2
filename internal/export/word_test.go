package export_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"commonplace/internal/export"
)

const paperBody = `<h2>What they did</h2><p>They asked <strong>every carer</strong> and <em>wrote it down</em>, see
<a href="/handbook">the handbook</a> &amp; <a href="javascript:alert(1)">this</a>.</p>
<ul><li>One<ul><li>Within one</li></ul></li><li><p>Two</p><p>and more of two</p></li></ul><ol><li>First</li></ol><p>Then</p><ol><li>First again</li></ol>
<table><thead><tr><th>Place</th><th>Carers</th></tr></thead><tbody><tr><td>Leeds</td><td>1,200</td></tr><tr><td>Wakefield</td></tr></tbody></table>
<blockquote><p>It was the first time.</p></blockquote><pre><code>a
  b</code></pre><p><img src="/x.jpg" alt="Two people at a table"></p><script>alert(1)</script>`

// TestWord writes a paper and looks at its parts: each is XML, and what was said is there.
func TestWord(t *testing.T) {
	var b bytes.Buffer
	err := export.Word{Title: "A <passport>", Summary: "One card.", Language: "en", Note: "Example.", Body: paperBody, Base: "https://hub.example", From: "https://hub.example/x"}.Write(&b)
	if err != nil {
		t.Fatal(err)
	}
	parts := unpack(t, b.Bytes())
	for name, text := range parts {
		d := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	doc := parts["word/document.xml"]
	for _, want := range []string{"A &lt;passport&gt;", `w:val="Heading1"/></w:pPr><w:r><w:rPr></w:rPr><w:t xml:space="preserve">What they did`, "<w:b/>", "<w:i/>", "<w:tbl>", "<w:tblHeader/>",
		`<w:ilvl w:val="1"/>`, "[Picture: Two people at a table]", `w:val="Quote"`, "  b</w:t>"} {
		if !strings.Contains(doc, want) {
			t.Errorf("%s is not in it", want)
		}
	}
	if strings.Contains(doc, "alert(1)") || strings.Contains(parts["word/_rels/document.xml.rels"], "javascript") {
		t.Error("a script is in it")
	}
	if !strings.Contains(parts["word/_rels/document.xml.rels"], `Target="https://hub.example/handbook"`) {
		t.Error("a link to the site leads nowhere")
	}
	if n := len(regexp.MustCompile(`<w:num w:numId`).FindAllString(parts["word/numbering.xml"], -1)); n != 4 {
		t.Errorf("%d lists count for themselves, not 4", n)
	}
	if rows, cells := strings.Count(doc, "<w:tr>"), strings.Count(doc, "<w:tc>"); rows != 3 || cells != 6 {
		t.Errorf("%d rows, %d cells", rows, cells)
	}
}

// TestWordIsReadByOthers has pandoc read the paper back, where it is installed.
func TestWordIsReadByOthers(t *testing.T) {
	if _, err := exec.LookPath("pandoc"); err != nil {
		t.Skip("pandoc is not installed")
	}
	var b bytes.Buffer
	if err := (export.Word{Title: "A passport", Language: "en", Body: paperBody, Base: "https://hub.example", From: "https://hub.example/x"}).Write(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.docx")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pandoc", "--wrap=none", "-t", "gfm", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for _, want := range []string{"What they did", "**every carer**", "*wrote it down*", "[the handbook](https://hub.example/handbook)", "-   One", "    -   Within one", "1.  First again", "| **Place** |", "| Wakefield", "> It was the first time."} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in what pandoc reads:\n%s", want, out)
		}
	}
}
