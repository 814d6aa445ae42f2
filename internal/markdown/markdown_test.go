package markdown

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The pairs in testdata are source, a line of three percent signs, and the HTML it becomes.
func TestPairs(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no pairs", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			source, want, ok := strings.Cut(string(raw), "\n%%%\n")
			if !ok {
				t.Fatal("no line of three percent signs")
			}
			page, err := Render(source, Options{Anchors: map[string]string{"how it spread": "spread"}})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(page.HTML); got != strings.TrimSpace(want) {
				if os.Getenv("UPDATE") != "" {
					os.WriteFile(f, []byte(source+"\n%%%\n"+got+"\n"), 0o644)
					return
				}
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
