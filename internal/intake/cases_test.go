package intake_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/library"
	"commonplace/internal/markdown"

	"github.com/pocketbase/pocketbase/core"
)

// Each folder of testdata holds a source and what becomes of it: report.json, and the documents as the hub writes them.
func TestCases(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "*", "source"))
	if err != nil || len(dirs) < 5 {
		t.Fatalf("%d cases, %v", len(dirs), err)
	}
	for _, source := range dirs {
		dir := filepath.Dir(source)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			h := hubtest.New(t, hubtest.Empty())
			r := bring(t, h.App, source, intake.Options{})
			r.Source, r.At = "source", time.Time{}
			raw, err := json.MarshalIndent(r, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join(dir, "report.json"), string(raw)+"\n")
			if *update {
				os.RemoveAll(filepath.Join(dir, "want"))
			}
			wanted := map[string]bool{}
			for _, f := range r.Files {
				if f.Address == "" {
					continue
				}
				d := at(t, h.App, f.Address)
				if _, _, err := d.Render(); err != nil {
					t.Errorf("%s came in and cannot be shown: %v", f.Path, err)
				}
				text := fileOf(t, h.App, d)
				name := filepath.Join(dir, "want", strings.TrimPrefix(strings.ReplaceAll(f.Path, "/", "_"), "."))
				if wanted[name] {
					t.Fatalf("two files of the case would be %s", name)
				}
				wanted[name] = true
				golden(t, name, text)
			}
			kept, _ := filepath.Glob(filepath.Join(dir, "want", "*"))
			for _, name := range kept {
				if !wanted[name] {
					t.Errorf("%s is wanted, and nothing becomes it", name)
				}
			}
			before := seq(t, h.App)
			for _, f := range bring(t, h.App, source, intake.Options{}).Files {
				if f.Outcome != intake.Unchanged && f.Outcome != intake.Skipped && f.Outcome != intake.Refused {
					t.Errorf("a second run: %s is %s", f.Path, f.Outcome)
				}
			}
			if after := seq(t, h.App); after != before {
				t.Errorf("a second run moves the journal from %d to %d", before, after)
			}
		})
	}
}

// fileOf writes a document as a file, with the goals of a plan.
func fileOf(t *testing.T, app core.App, d *library.Document) string {
	t.Helper()
	var more []markdown.Pair
	if d.DocKind() == library.ActionPlan {
		goals, err := json.Marshal(goalsOf(t, app, d))
		if err != nil {
			t.Fatal(err)
		}
		pairs, err := markdown.Ordered([]byte(`{"goals": ` + string(goals) + `}`))
		if err != nil {
			t.Fatal(err)
		}
		more = pairs
	}
	text, err := library.File(app, d, more...)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What the hub writes, the hub reads: every shipped document comes back as it was through its own file.
func TestFilesComeBackTheSame(t *testing.T) {
	full, empty := hubtest.New(t), hubtest.New(t, hubtest.Empty())
	for _, list := range []string{"places", "programmes"} { // what documents name has to be there
		records, err := full.App.FindAllRecords(list)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			c, err := empty.App.FindCollectionByNameOrId(list)
			if err != nil {
				t.Fatal(err)
			}
			copied := core.NewRecord(c)
			copied.Load(r.FieldsData())
			if err := empty.App.Save(copied); err != nil {
				t.Fatal(err)
			}
		}
	}
	records, err := full.App.FindAllRecords("documents")
	if err != nil {
		t.Fatal(err)
	}
	files, dir := map[string]string{}, filepath.Join(t.TempDir(), "export")
	for _, r := range records {
		d := library.Wrap(r)
		files[strings.TrimPrefix(d.Address(), "/")+".md"] = fileOf(t, full.App, d)
	}
	write(t, dir, files)
	for _, f := range bring(t, empty.App, dir, intake.Options{Publish: true}).Files {
		if f.Outcome != intake.Imported || len(f.Problems) > 0 {
			t.Errorf("%+v", f)
			continue
		}
		if got, want := fileOf(t, empty.App, at(t, empty.App, f.Address)), files[f.Path]; got != want {
			t.Errorf("%s: %s", f.Path, difference(want, got))
		}
	}
}
