package intake_test

import (
	"context"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"commonplace/content"
	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/library"
	"commonplace/internal/markdown"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// shipped is the shipped content with changes, as a release brings it: a text for a name replaces that file.
func shipped(t *testing.T, changes map[string]string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(content.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(content.FS, name)
		files[name] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range changes {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func load(t *testing.T, app core.App, fsys fs.FS) intake.Report {
	t.Helper()
	r, err := intake.Content(context.Background(), app, fsys)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	pagePath    = "handbook/start-here/am-i-a-carer.md"
	pageAddress = "/handbook/start-here/am-i-a-carer"
	wordPath    = "glossary/pip.md"
	wordAddress = "/glossary/pip"
)

func shippedText(t *testing.T, name string) string {
	t.Helper()
	raw, err := fs.ReadFile(content.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestEmptyHubGetsEverything(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	r := load(t, h.App, content.FS)
	documents := int64(0)
	for _, f := range r.Files {
		if path.Ext(f.Path) != ".md" {
			continue
		}
		documents++
		if f.Outcome != intake.Imported || len(f.Problems) > 0 {
			t.Errorf("%+v", f)
			continue
		}
		d := at(t, h.App, f.Address)
		_, body := markdown.Split([]byte(shippedText(t, f.Path)))
		if d.State() != library.Published || strings.TrimSpace(d.Body()) != strings.TrimSpace(body) {
			t.Errorf("%s: %s, and its text differs from the file", f.Path, d.State())
		}
	}
	if n, err := h.App.CountRecords("documents"); err != nil || n != documents || n < 50 {
		t.Errorf("%d documents of %d files, %v", n, documents, err)
	}
	for collection, least := range map[string]int64{"places": 8, "figures": 10, "vocabulary": 30, "helplines": 5, "programmes": 8, "local_answers": 10, "goals": 6, "measures": 6, "readings": 6, "actions": 6} {
		if n, err := h.App.CountRecords(collection); err != nil || n < least {
			t.Errorf("%d %s, %v", n, collection, err)
		}
	}
}

func TestSecondStartChangesNothing(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	load(t, h.App, content.FS)
	before := seq(t, h.App)
	if r := load(t, h.App, content.FS); len(r.Files) != 0 || seq(t, h.App) != before {
		t.Errorf("%d files, journal %d and then %d", len(r.Files), before, seq(t, h.App))
	}
	// A release with one file more reads all files again, and writes that one.
	more := shipped(t, map[string]string{"glossary/new-word.md": strings.ReplaceAll(strings.ReplaceAll(shippedText(t, wordPath), "id: gl-pip", "id: gl-new-word"), "Personal Independence Payment (PIP)", "A new word")})
	r := load(t, h.App, more)
	if r.Counts[intake.Imported] != 1 || r.Counts[intake.Updated] != 0 || r.Counts[intake.Suggested] != 0 {
		t.Errorf("%v", r.Counts)
	}
	if n := seq(t, h.App) - before; n < 1 || n > 3 {
		t.Errorf("one new word takes %d journal rows", n)
	}
}

func TestChangedFileUpdatesAnUntouchedDocument(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	load(t, h.App, content.FS)
	id := at(t, h.App, pageAddress).Id
	r := load(t, h.App, shipped(t, map[string]string{pagePath: shippedText(t, pagePath) + "\n## One more thing\n\nWords of the new release.\n"}))
	if f := byPath(t, r, pagePath); f.Outcome != intake.Updated || r.Counts[intake.Updated] != 1 {
		t.Errorf("%+v, %v", f, r.Counts)
	}
	d := at(t, h.App, pageAddress)
	if d.Id != id || !strings.Contains(d.Body(), "Words of the new release.") || d.State() != library.Published {
		t.Errorf("%s %s %q", d.Id, d.State(), d.Body())
	}
	rendered, err := d.Rendered()
	if err != nil || !strings.Contains(rendered.Body, "Words of the new release.") {
		t.Errorf("the page still shows the old text (%v)", err)
	}
}

func TestChangedFileBecomesASuggestionOnAnEditedDocument(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	load(t, h.App, content.FS)
	edit(t, h.App, at(t, h.App, pageAddress), "body", "Our own words.\n")
	edit(t, h.App, at(t, h.App, wordAddress), "summary", "Our own summary.")
	r := load(t, h.App, shipped(t, map[string]string{pagePath: shippedText(t, pagePath) + "\nWords of the new release.\n"}))
	if f := byPath(t, r, pagePath); f.Outcome != intake.Suggested {
		t.Errorf("%+v", f)
	}
	d := at(t, h.App, pageAddress)
	if strings.TrimSpace(d.Body()) != "Our own words." {
		t.Errorf("what was written here is gone: %q", d.Body())
	}
	if body := work(t, h.App, d); !strings.Contains(body, "Words of the new release.") {
		t.Errorf("the suggestion is %q", body)
	}
	if word := at(t, h.App, wordAddress); word.Summary() != "Our own summary." || work(t, h.App, word) != "" {
		t.Errorf("a document whose file did not change got %q, and %q beside it", word.Summary(), work(t, h.App, word))
	}
}

func TestDeletedDocumentStaysDeleted(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	load(t, h.App, content.FS)
	if err := h.App.Delete(at(t, h.App, pageAddress).Record); err != nil {
		t.Fatal(err)
	}
	gone := func(when string) {
		t.Helper()
		if _, err := library.Find(h.App, library.Handbook, "start-here", "am-i-a-carer"); err == nil {
			t.Errorf("%s: it is back", when)
		}
	}
	load(t, h.App, content.FS)
	gone("the same version")
	load(t, h.App, shipped(t, map[string]string{wordPath: shippedText(t, wordPath) + "\nMore.\n"}))
	gone("a release that changes another file")
	r := load(t, h.App, shipped(t, map[string]string{pagePath: shippedText(t, pagePath) + "\nMore.\n"}))
	gone("a release that changes this file")
	if f := byPath(t, r, pagePath); f.Outcome != intake.Skipped || len(f.Problems) == 0 {
		t.Errorf("%+v", f)
	}
}

// What people changed in the lists stays, what a release adds is added.
func TestListsKeepWhatPeopleChanged(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	load(t, h.App, content.FS)
	leeds := h.Record("places", "slug", "leeds")
	leeds.Set("title", "Leeds and around")
	if err := h.App.Save(leeds); err != nil {
		t.Fatal(err)
	}
	site := strings.Replace(shippedText(t, "site.yaml"), "programmes:\n", "programmes:\n  - {slug: new-one, title: A new programme, summary: It is new.}\n", 1)
	site = strings.Replace(site, "title: Kirklees\n", "title: Kirklees of the release\n", 1)
	load(t, h.App, shipped(t, map[string]string{"site.yaml": site}))
	if title := h.Record("places", "slug", "leeds").GetString("title"); title != "Leeds and around" {
		t.Errorf("Leeds is called %q", title)
	}
	h.Record("programmes", "slug", "new-one")
	if n, _ := h.App.CountRecords("places", dbx.HashExp{"slug": "kirklees"}); n != 1 {
		t.Errorf("%d places called Kirklees", n)
	}
}

func TestBrokenContentSaysWhere(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"site.yaml":          {"name: x\nplaces: [", "site.yaml"},
		"figures.yaml":       {"- key: a\n  nonsense: 1\n", "figures.yaml"},
		"places/leeds.yaml":  {"place: atlantis\n", "atlantis"},
		"places/kirklees.md": {"", ""},
	} {
		h := hubtest.New(t, hubtest.Empty())
		_, err := intake.Content(context.Background(), h.App, shipped(t, map[string]string{name: c.text}))
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}
