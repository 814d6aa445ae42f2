package intake_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/journal"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// update writes the golden files anew: go test ./internal/intake -update, then read the difference before it is kept.
var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { hubtest.Main(m) }

// bring imports a source and fails the test when the import itself does.
func bring(t *testing.T, app core.App, source string, o intake.Options) intake.Report {
	t.Helper()
	if o.As == "" {
		o.As = library.Guidance
	}
	r, err := intake.Import(context.Background(), app, source, o)
	if err != nil {
		t.Fatalf("import %s: %v", source, err)
	}
	total := 0
	for _, n := range r.Counts {
		total += n
	}
	if total != len(r.Files) {
		t.Errorf("the counts %v say %d files, and the report has %d", r.Counts, total, len(r.Files))
	}
	return r
}

// one imports a single text under a name and returns what became of it, with its document when there is one.
func one(t *testing.T, app core.App, name, text string, o intake.Options) (intake.File, *library.Document) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "source")
	write(t, dir, map[string]string{name: text})
	r := bring(t, app, dir, o)
	if len(r.Files) != 1 {
		t.Fatalf("%d files in the report", len(r.Files))
	}
	f := r.Files[0]
	if f.Address == "" {
		return f, nil
	}
	return f, at(t, app, f.Address)
}

// write makes files below a folder.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// at finds the document that stands at an address.
func at(t *testing.T, app core.App, address string) *library.Document {
	t.Helper()
	parts := strings.Split(strings.Trim(address, "/"), "/")
	for _, kind := range library.Kinds() {
		slug, chapter := parts[len(parts)-1], ""
		if len(parts) == 3 {
			chapter = parts[1]
		}
		if kind.Address(chapter, slug) == address {
			if d, err := library.Find(app, kind, chapter, slug); err == nil {
				return d
			}
		}
	}
	t.Fatalf("nothing stands at %s", address)
	return nil
}

// seq is the journal's newest number: two readings that are equal mean that nothing was written between.
func seq(t *testing.T, app core.App) int64 {
	t.Helper()
	_, last, err := journal.Range(app)
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	if got != string(want) {
		t.Errorf("%s differs; go test ./internal/intake -update writes it anew.\n%s", name, difference(string(want), got))
	}
}

// difference shows the lines from where two texts part.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(w) && i < len(g) && w[i] == g[i] {
		i++
	}
	show := func(lines []string) string { return strings.Join(lines[min(i, len(lines)):min(i+6, len(lines))], "\n") }
	return fmt.Sprintf("from line %d on\n--- want\n%s\n--- got\n%s", i+1, show(w), show(g))
}

// byPath finds a file in a report.
func byPath(t *testing.T, r intake.Report, path string) intake.File {
	t.Helper()
	i := slices.IndexFunc(r.Files, func(f intake.File) bool { return f.Path == path })
	if i < 0 {
		t.Fatalf("%s is not in the report", path)
	}
	return r.Files[i]
}
