package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// report is what import writes with --report.
type report struct {
	Source string
	DryRun bool `json:"dry_run"`
	At     time.Time
	Counts map[string]int
	Files  []struct {
		Path, Outcome, Title, Address string
		Problems                      []string
	}
}

func readReport(t *testing.T, name string) report {
	t.Helper()
	var r report
	raw, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestImport(t *testing.T) {
	t.Parallel()
	p := serve(t, demoFolder(t))
	source, file := filepath.Join(t.TempDir(), "pages"), filepath.Join(t.TempDir(), "report.json")
	writeFiles(t, source, map[string]string{
		"one.md":       "---\ntitle: Quokkas in the garden\n---\n\nThe wallaby hops over the fence.\n",
		"more/two.md":  "# A second page\n\nSee [the first](../one.md).\n",
		"more/deep.md": "# Too deep\n\n" + strings.Repeat("> ", 40) + "nobody\n",
		"notes.xyz":    "nothing that is known",
	})
	before := p.state().Journal

	out := ok(t, "import", source, "--dir", p.dir, "--dry-run", "--report", file)
	if r := readReport(t, file); !r.DryRun || r.Counts["imported"] != 2 || r.Counts["refused"] != 1 || r.Counts["skipped"] != 1 || r.At.IsZero() {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(out, "Dry run. 4 files: 2 imported, 1 skipped, 1 refused.") || !strings.Contains(out, "refused  more/deep.md:") || !strings.Contains(out, file) {
		t.Errorf("a dry run says:\n%s", out)
	}
	if now := p.state().Journal; now != before {
		t.Errorf("a dry run moves the journal from %d to %d", before, now)
	}

	out = ok(t, "import", source, "--dir", p.dir)
	if !strings.Contains(out, "4 files: 2 imported, 1 skipped, 1 refused.") || !strings.Contains(out, "--report FILE.json") {
		t.Errorf("an import says:\n%s", out)
	}
	p.caughtUp()
	if n := p.found("quokkas"); n != 0 {
		t.Errorf("a draft is found %d times", n)
	}

	out = ok(t, "import", source, "--dir", p.dir, "--publish", "--report", file)
	p.await("search to find what another process imported", func() bool { return p.found("quokkas") == 1 && p.found("wallaby fence") >= 1 })
	if r := readReport(t, file); r.Counts["updated"] != 2 {
		t.Errorf("%s\n%+v", out, r)
	}

	before = p.state().Journal
	out = ok(t, "import", source, "--dir", p.dir, "--publish", "--report", file)
	if r := readReport(t, file); r.Counts["unchanged"] != 2 || len(r.Files) != 4 || r.Files[0].Path != "more/deep.md" {
		t.Errorf("%s\n%+v", out, r)
	}
	if now := p.state().Journal; now != before {
		t.Errorf("a second run moves the journal from %d to %d", before, now)
	}

	one := filepath.Join(t.TempDir(), "alone", "study.md")
	writeFiles(t, filepath.Dir(one), map[string]string{"study.md": "# A study by itself\n\nWords.\n"})
	if out := ok(t, "import", one, "--dir", p.dir, "--as", "case-study", "--space", "passport-group"); !strings.Contains(out, "1 files: 1 imported") {
		t.Errorf("one file:\n%s", out)
	}
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	dir, source := demoFolder(t), t.TempDir()
	writeFiles(t, source, map[string]string{"a.md": "# A page\n\nWords.\n"})
	empty := filepath.Join(source, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	fails(t, nil, `there is no space "nowhere"`, "import", source, "--dir", dir, "--space", "nowhere")
	fails(t, nil, `there is no kind of document "poem"; the kinds are action-plan, case-study`, "import", source, "--dir", dir, "--as", "poem")
	fails(t, nil, "cannot be opened", "import", filepath.Join(source, "missing"), "--dir", dir)
	fails(t, nil, "there is no file in it", "import", empty, "--dir", dir)
	fails(t, nil, "accepts 1 arg(s), received 0; see commonplace import --help", "import", "--dir", dir)
	fails(t, nil, "no such file or directory", "import", source, "--dir", dir, "--report", filepath.Join(source, "missing", "report.json"))
}

func TestReindex(t *testing.T) {
	t.Parallel()
	dir := demoFolder(t)
	if out := ok(t, "reindex", "--dir", dir); !strings.Contains(out, "The new index answers") {
		t.Errorf("without a server: %s", out)
	}
	index := func() string {
		folders, err := filepath.Glob(filepath.Join(dir, "search", "*"))
		if err != nil || len(folders) == 0 {
			t.Fatalf("%v %v", folders, err)
		}
		return folders[len(folders)-1]
	}
	p := serve(t, dir)
	p.caughtUp()
	was, n := index(), p.found("passport")
	if n == 0 {
		t.Fatal("nothing is found")
	}
	if out := ok(t, "reindex", "--dir", dir); !strings.Contains(out, "beside the old one") {
		t.Errorf("with a server: %s", out)
	}
	p.await("the new index", func() bool {
		if now := p.found("passport"); now != n { // the old one answers meanwhile
			t.Fatalf("%d hits while the index is built, and %d before", now, n)
		}
		return index() != was
	})
	p.caughtUp()
	if now := p.found("passport"); now != n {
		t.Errorf("%d hits, and %d before", now, n)
	}
}
