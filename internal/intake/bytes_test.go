package intake_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/library"
)

// Files as other machines leave them. They are written here byte by byte, because a checkout may change them.
func TestOddBytes(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	utf16le := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune("---\ntitle: Two bytes each\n---\n\nWords.\n")) {
		utf16le = append(utf16le, byte(u), byte(u>>8))
	}
	for _, c := range []struct {
		name, text               string
		outcome, title, has, not string
		problem                  string
	}{
		{"windows.md", "---\r\ntitle: Line ends\r\nsummary: Of Windows\r\n---\r\n\r\nOne line\r\nand another.\r\n", intake.Imported, "Line ends", "One line\nand another.", "\r", ""},
		{"old-mac.md", "---\rtitle: Old line ends\r---\rOne line\rand another.\r", intake.Imported, "Old line ends", "One line\nand another.", "\r", ""},
		{"mark.md", "\uFEFF---\ntitle: A mark in front\n---\n\nText.\n", intake.Imported, "A mark in front", "Text.", "\uFEFF", ""},
		{"mark-only.md", "\uFEFF# A mark and a heading\n\nText.\n", intake.Imported, "A mark and a heading", "Text.", "\uFEFF", ""},
		{"latin1.md", "---\ntitle: Caf\xe9\n---\n\nNa\xefve caf\xe9 words.\n", intake.Imported, "Caf\uFFFD", "Na\uFFFDve", "\xe9", "not UTF-8"},
		{"two-bytes.md", string(utf16le), intake.Imported, "", "", "", "not UTF-8"},
		{"nul.md", "---\ntitle: A nul\n---\n\nBefore\x00after.\n", intake.Imported, "A nul", "Beforeafter.", "\x00", ""},
		{"empty.md", "", intake.Skipped, "", "", "", "is empty"},
		{"blank.md", " \n\t\n\n", intake.Skipped, "", "", "", "is empty"},
		{"no-end.md", "---\ntitle: No end of line\n---", intake.Imported, "No end of line", "", "", ""},
		{"spaces.md", "---  \ntitle: Spaces behind the hyphens\n---  \n\nText.\n", intake.Imported, "", "Text.", "", ""},
		{"dots.md", "---\ntitle: Dots at the end\n...\n\nText.\n", intake.Imported, "Dots at the end", "Text.", "...", ""},
		{"largest.md", "# Large\n\n" + strings.Repeat(strings.Repeat("Words of a long text. ", 10)+"\n\n", 1_100), intake.Imported, "Large", "Words of", "", ""},
		{"too-long.md", "# Long\n\n" + strings.Repeat("Words of a long text.\n\n", 14_000), intake.Refused, "Long", "", "", "256 KiB is the most"},
		{"too-large.md", strings.Repeat("0123456789abcdef", 1<<16) + "!", intake.Refused, "", "", "", "a text may have 256 KiB"},
		{"long-front.md", "---\ntitle: Lost\nlist:\n" + strings.Repeat("- an entry of a list\n", 7_000) + "---\n\n# Found\n", intake.Imported, "Found", "an entry of a list", "", "longer than 128 KiB"},
		{"one-line.md", "# One line\n\n" + strings.Repeat("word ", 40_000), intake.Imported, "One line", "word word", "", ""},
		{"bidi.md", "---\ntitle: \"Safe \u202Etxt.exe\u202C\"\n---\n\nText.\n", intake.Imported, "Safe txt.exe", "Text.", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, d := one(t, h.App, c.name, c.text, intake.Options{})
			if f.Outcome != c.outcome || (c.title != "" && f.Title != c.title) {
				t.Errorf("%s %q, want %s %q", f.Outcome, f.Title, c.outcome, c.title)
			}
			if problems := strings.Join(f.Problems, " "); !strings.Contains(problems, c.problem) {
				t.Errorf("the report says %q, and should say %q", problems, c.problem)
			}
			if f.Outcome != intake.Imported && (len(f.Problems) == 0 || f.Address != "") {
				t.Errorf("%s without a reason, or with an address: %+v", f.Outcome, f)
			}
			if d == nil {
				return
			}
			if !strings.Contains(d.Body(), c.has) || (c.not != "" && strings.Contains(d.Body()+d.Title(), c.not)) {
				t.Errorf("the text is %.200q", d.Body())
			}
		})
	}
}

func TestLinksThatLeadOutAreNotFollowed(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	root := t.TempDir()
	source := filepath.Join(root, "source")
	write(t, root, map[string]string{
		"source/plain.md": "# Plain\n\nWords.\n", "outside/secret.md": "# Secret\n\nNot for the hub.\n", "outside/more/deep.md": "# Deep secret\n",
	})
	for name, to := range map[string]string{
		"secret.md": "../outside/secret.md", "absolute.md": filepath.Join(root, "outside", "secret.md"), "folder": "../outside",
		"inside.md": "plain.md", "broken.md": "nowhere.md", "circle.md": "circle.md",
	} {
		if err := os.Symlink(to, filepath.Join(source, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	r := bring(t, h.App, source, intake.Options{})
	for _, f := range r.Files {
		want := intake.Skipped
		if f.Path == "plain.md" {
			want = intake.Imported
		}
		if f.Outcome != want || strings.Contains(strings.ToLower(f.Title), "secret") {
			t.Errorf("%+v", f)
		}
	}
	if len(r.Files) != 7 {
		t.Errorf("%d files in the report", len(r.Files))
	}
}

func TestSourcesThatAreNone(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	before := seq(t, h.App)
	for _, c := range []struct {
		source string
		o      intake.Options
		says   string
	}{
		{filepath.Join(dir, "missing"), intake.Options{As: library.Guidance}, "cannot be opened"},
		{empty, intake.Options{As: library.Guidance}, "there is no file in it"},
		{"testdata", intake.Options{As: library.Guidance, Space: "nowhere"}, `there is no space "nowhere"`},
	} {
		if _, err := intake.Import(context.Background(), h.App, c.source, c.o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.source, err, c.says)
		}
	}
	if after := seq(t, h.App); after != before {
		t.Errorf("the journal moved from %d to %d", before, after)
	}
}

// A single file is brought in as a folder with that file would be, and is known again in both ways.
func TestOneFile(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	dir := filepath.Join(t.TempDir(), "pages")
	write(t, dir, map[string]string{"a.md": "# First\n\nSee [b](b.md).\n", "b.md": "# Second\n\nWords.\n"})
	r := bring(t, h.App, filepath.Join(dir, "a.md"), intake.Options{})
	if len(r.Files) != 1 || r.Files[0].Outcome != intake.Imported {
		t.Fatalf("%+v", r.Files)
	}
	r = bring(t, h.App, dir, intake.Options{})
	if a, b := byPath(t, r, "a.md"), byPath(t, r, "b.md"); a.Outcome != intake.Unchanged || b.Outcome != intake.Imported {
		t.Errorf("%+v\n%+v", a, b)
	}
}
