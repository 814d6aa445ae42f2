//go:build measure

package measure

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMeasureWord brings in every file of word processors, each by itself: none crashes, none takes long or much memory
// outside its child process, and each comes in or says why not.
func TestMeasureWord(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pb_data")
	files, err := os.ReadDir(data(t, "word"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		report := filepath.Join(t.TempDir(), "report.json")
		_, took, peak := program(t, dir, "import", filepath.Join(data(t, "word"), f.Name()), "--report", report)
		var r struct {
			Files []struct {
				Outcome, Title string
				Problems       []string
			}
		}
		raw, err := os.ReadFile(report)
		if err == nil {
			err = json.Unmarshal(raw, &r)
		}
		if err != nil || len(r.Files) != 1 {
			t.Fatalf("%s: %d files, %v", f.Name(), len(r.Files), err)
		}
		got := r.Files[0]
		if got.Outcome != "imported" && len(got.Problems) == 0 {
			t.Errorf("%s: %s without a reason", f.Name(), got.Outcome)
		}
		if strings.Contains(f.Name(), "Redline") && !strings.Contains(strings.Join(got.Problems, " "), "487 tracked deletions were left out.") {
			t.Errorf("%s: %q", f.Name(), got.Problems)
		}
		bar(t, got.Outcome+" "+shortName(f.Name()), took, 20*time.Second)
		bar(t, "memory outside the child, MB", peak, 600)
	}
}

func shortName(name string) string { return name[:min(len(name), 44)] }

// TestMeasureSeed brings in the second source document: a case study with its nine parts, and no browser's words.
func TestMeasureSeed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pb_data")
	files, _ := filepath.Glob(filepath.Join(data(t, "seeds"), "001_*.txt"))
	if len(files) != 1 {
		t.Fatalf("%d files", len(files))
	}
	out, _, _ := program(t, dir, "import", files[0])
	if !strings.Contains(out, "1 imported") {
		t.Fatal(out)
	}
	to := filepath.Join(t.TempDir(), "out")
	program(t, dir, "export", to)
	var page []string
	filepath.WalkDir(to, func(path string, _ os.DirEntry, err error) error {
		if strings.HasPrefix(filepath.Base(path), "organisation-in-partnership-") {
			page = append(page, path)
		}
		return err
	})
	if len(page) != 1 {
		t.Fatalf("%d pages in the export", len(page))
	}
	raw, err := os.ReadFile(page[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"\nchallenge:", "\naction:", "\nresult:", "\n## In short\n", "\n## What they set out to do\n", "\n## What changed\n", "\n## How it spread\n", "\n## What it is worth\n", "\n## Who was involved\n"} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("no %q", part)
		}
	}
	if strings.Contains(string(raw), "browser is no longer supported") {
		t.Error("the browser's words are in it")
	}
}

// TestMeasureWordPictures looks whether the pictures of real files are there, each once and at its document.
func TestMeasureWordPictures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pb_data")
	for _, name := range []string{"18f-TEMPLATE_Internal_kickoff_agenda.docx", "pl-FederalPLGuidelines.docx"} {
		program(t, dir, "import", filepath.Join(data(t, "word"), name))
	}
	to := filepath.Join(t.TempDir(), "out")
	program(t, dir, "export", to)
	raw, err := os.ReadFile(filepath.Join(to, "lists", "attachments.json"))
	var rows []struct{ Document string }
	if err == nil {
		err = json.Unmarshal(raw, &rows)
	}
	counts := map[string]int{}
	for _, r := range rows {
		counts[r.Document]++
	}
	if err != nil || counts["gu-project-name-internal-kickoff"] != 1 || counts["gu-federal-plain-language-guidelines"] != 7 {
		t.Errorf("%v %v", counts, err)
	}
}
