package intake_test

import (
	"path/filepath"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/intake"
	"commonplace/internal/library"
)

// TestTranslationsThatAnOriginalLists become pages that name their original; the list goes out again as it came.
func TestTranslationsThatAnOriginalLists(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	dir := filepath.Join(t.TempDir(), "pages")
	head := "---\nschema: 1\nid: gu-%\ntype: guidance\ntitle: \"Page %\"\nsummary: \"It says.\"\n"
	file := func(id, more string) string {
		return strings.ReplaceAll(head, "%", id) + more + "---\nWords.\n"
	}
	write(t, dir, map[string]string{
		"a.md": file("a", "translations:\n  ur: gu-b\n  pl: gu-c\n  cy: gu-elsewhere\n"), "b.md": file("b", "lang: ur\n"), "c.md": file("c", "lang: pl\ntranslation_of: gu-d\n"), "d.md": file("d", ""),
	})
	bring(t, h.App, dir, intake.Options{})
	for slug, want := range map[string]string{"a": "", "b": "gu-a", "c": "gu-d", "d": ""} {
		if got := at(t, h.App, "/guidance/"+slug).EditionOf(); got != want {
			t.Errorf("%s is an edition of %q, not %q", slug, got, want)
		}
	}
	text, err := library.File(h.App, at(t, h.App, "/guidance/a"))
	if err != nil || !strings.Contains(text, "translations:\n  cy: gu-elsewhere\n  pl: gu-c\n  ur: gu-b\n") {
		t.Error(text, err)
	}
	before := seq(t, h.App)
	if r := bring(t, h.App, dir, intake.Options{}); r.Counts[intake.Unchanged] != 4 || seq(t, h.App) != before {
		t.Errorf("the same again: %v", r.Counts)
	}
}
