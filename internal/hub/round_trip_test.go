package hub_test

import (
	"context"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"commonplace/internal/export"
	"commonplace/internal/hubtest"
	"commonplace/internal/intake"

	"github.com/pocketbase/pocketbase/core"
)

// takenOut are the files of an export, and the folder in which they lie.
func takenOut(t *testing.T, app core.App) (string, map[string]string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "export")
	put, err := export.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	err = export.Hub(app, export.Options{}, func(name string, content io.Reader) error {
		raw, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		files[name] = string(raw)
		return put(name, strings.NewReader(string(raw)))
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, files
}

// TestAHubGoesOutAndComesInAgain takes the demonstration out, puts it into an empty hub, and takes it out again: the same
// files, to the byte. A second import changes nothing.
func TestAHubGoesOutAndComesInAgain(t *testing.T) {
	h := hubtest.New(t)
	dir, first := takenOut(t, h.App)
	for _, want := range []string{"commonplace.json", "README.txt", "documents/library/handbook/", "documents/library/plans/", "lists/spaces.json", "lists/adoptions.json", "threads/"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(first)), func(name string) bool { return strings.HasPrefix(name, want) }) {
			t.Errorf("there is no %s in it", want)
		}
	}
	for name, text := range first {
		if strings.Contains(text, "@example.org") || strings.Contains(text, "Demo Partner") {
			t.Errorf("%s names a person", name)
		}
	}
	other := hubtest.New(t, hubtest.Empty())
	r, err := intake.Import(context.Background(), other.App, dir, intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Files {
		if f.Outcome == intake.Refused || len(f.Problems) > 0 {
			t.Errorf("%s: %s %v", f.Path, f.Outcome, f.Problems)
		}
	}
	_, second := takenOut(t, other.App)
	sameFiles(t, first, second)
	r, err = intake.Import(context.Background(), other.App, dir, intake.Options{})
	if err != nil || r.Counts[intake.Imported]+r.Counts[intake.Updated] > 0 {
		t.Errorf("a second import: %v %v", r.Counts, err)
	}
	_, third := takenOut(t, other.App)
	sameFiles(t, first, third)
}

func sameFiles(t *testing.T, want, got map[string]string) {
	t.Helper()
	for name, text := range want {
		if got[name] != text {
			line, is := firstDifference(text, got[name])
			t.Errorf("%s differs: %q became %q", name, line, is)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is new", name)
		}
	}
}

func firstDifference(a, b string) (string, string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range as {
		if i >= len(bs) || as[i] != bs[i] {
			return as[i], strings.Join(bs[min(i, len(bs)):min(i+1, len(bs))], "")
		}
	}
	return "", strings.Join(bs[len(as):], "\n")
}

// TestAnExportIntoAHubThatIsInUse leaves what is there as it is.
func TestAnExportIntoAHubThatIsInUse(t *testing.T) {
	h := hubtest.New(t)
	dir, _ := takenOut(t, h.App)
	place := h.Record("places", "slug", "leeds")
	place.Set("summary", "Ours.")
	if err := h.App.Save(place); err != nil {
		t.Fatal(err)
	}
	if _, err := intake.Import(context.Background(), h.App, dir, intake.Options{}); err != nil {
		t.Fatal(err)
	}
	if got := h.Record("places", "slug", "leeds").GetString("summary"); got != "Ours." {
		t.Errorf("the place says %q", got)
	}
}

// TestAnExportGoesIntoNoFolderThatHoldsSomething, so that no file of another export stays behind among its own.
func TestAnExportGoesIntoNoFolderThatHoldsSomething(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := export.Folder(dir); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("%v", err)
	}
}

// TestPagesOpenWithoutAServer follows every link of the web pages that are taken out.
func TestPagesOpenWithoutAServer(t *testing.T) {
	h := hubtest.New(t)
	pages := map[string]string{}
	err := export.Pages(h.App, export.Options{}, func(name string, content io.Reader) error {
		raw, err := io.ReadAll(content)
		pages[name] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 50 {
		t.Errorf("there are %d pages", len(pages))
	}
	links := 0
	for name, text := range pages {
		if strings.Contains(text, "<script") || strings.Contains(text, `src="http`) || strings.Contains(text, `href="/`) {
			t.Errorf("%s has a script, something from elsewhere, or a link that needs a server", name)
		}
		if strings.Contains(text, "cp-slot") {
			t.Errorf("%s has an empty slot", name)
		}
		for _, m := range regexp.MustCompile(`href="([^"#:]+\.html)[^"]*"`).FindAllStringSubmatch(text, -1) {
			links++
			if to := path.Join(path.Dir(name), m[1]); pages[to] == "" {
				t.Errorf("%s leads to %s, which is not there", name, to)
			}
		}
	}
	if links < 100 {
		t.Errorf("only %d links were followed", links)
	}
}
