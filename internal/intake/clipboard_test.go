package intake_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commonplace/internal/intake"
)

// TestClipboard has what Word, Outlook, a web page and an office on the web put into the clipboard, as testdata/clipboard.
func TestClipboard(t *testing.T) {
	files, err := filepath.Glob("testdata/clipboard/*.html")
	if err != nil || len(files) < 4 {
		t.Fatal("there are no clipboards")
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(file, ".html") + ".md")
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := intake.Clipboard(string(raw), intake.Pasted{})
		if err != nil || got+"\n" != string(want) {
			t.Errorf("%s (%v) becomes\n%s", file, err, got)
		}
	}
}

func TestClipboardInAField(t *testing.T) {
	for _, c := range []struct {
		html string
		how  intake.Pasted
		want string
		left string
	}{
		{"<h1>One</h1><h2>Two</h2><p>Words</p>", intake.Pasted{Heading: 3}, "### One\n\n#### Two\n\nWords", ""},
		{"<h4>Four</h4>", intake.Pasted{Heading: 3}, "#### Four", ""},
		{"<ul><li>One</li><li><b>Two</b></li></ul><p>Three</p>", intake.Pasted{Points: true}, "One\n**Two**\nThree", ""},
		{"<table><tr><th>May</th><th>June</th></tr><tr><td>1</td><td>2</td></tr></table>", intake.Pasted{Points: true}, "May: June\n1: 2", ""},
		{"<p>Look<img src=a.png></p><img src=b.png>", intake.Pasted{}, "Look", "2 pictures"},
		{"<p>5 * 3 _is_ # not a heading</p>", intake.Pasted{}, `5 * 3 \_is_ # not a heading`, ""},
		{"", intake.Pasted{}, "", ""},
	} {
		got, left, err := intake.Clipboard(c.html, c.how)
		if err != nil || got != c.want || strings.Join(left, ", ") != c.left {
			t.Errorf("%s: %q, left %v (%v)", c.html, got, left, err)
		}
	}
}

// TestHostileClipboards are answered soon, and nothing that runs is left.
func TestHostileClipboards(t *testing.T) {
	for _, html := range []string{
		strings.Repeat("<div>", 100_000), strings.Repeat("<b><i>", 20_000), "<table>" + strings.Repeat("<tr><td colspan=1000000 rowspan=1000000>x", 50) + "</table>",
		strings.Repeat("<ul><li>", 400) + "x", strings.Repeat("<p style='mso-list:l0 level9 lfo1'>x</p>", 20_000), strings.Repeat("<a href=//x>", 20_000),
		`<a href="JaVaScRiPt:alert(1)">x</a><a href="data:text/html,x">y</a><a href="vbscript:x">z</a><script>q</script>`,
	} {
		began := time.Now()
		text, _, err := intake.Clipboard(html, intake.Pasted{})
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%.30s… takes %v", html, took)
		}
		t.Logf("%.20s… takes %v", html, time.Since(began))
		if err == nil && (strings.Contains(strings.ToLower(text), "script:") || strings.Contains(text, "data:") || len(text) > 2*len(html)+100) {
			t.Errorf("%.30s… becomes %.200s (%d bytes)", html, text, len(text))
		}
	}
}
