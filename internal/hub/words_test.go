package hub_test

import (
	"net/url"
	"slices"
	"testing"

	"commonplace/internal/hubtest"
)

// TestWordsMeanTheSameAtOnce changes rows of words and a glossary term while the hub runs: the search knows it without a
// restart, and forgets it too.
func TestWordsMeanTheSameAtOnce(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	if found := foundBy(t, h.Guest(), "quokka"); len(found) > 0 {
		t.Fatalf("before: %v", found)
	}
	row := h.Row("words", map[string]any{"words": "quokka, flu jab"})
	h.Settle()
	if found := foundBy(t, h.Guest(), "quokka"); !slices.Contains(found, "/handbook/adult-carers/your-own-health") {
		t.Errorf("with the row: %v", found)
	}
	if found := foundBy(t, h.Guest(), "-quokka "); slices.Contains(found, "/manage/words") {
		t.Errorf("%v", found)
	}
	if err := h.App.Delete(row); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if found := foundBy(t, h.Guest(), "quokka"); len(found) > 0 {
		t.Errorf("without it: %v", found)
	}

	// A term's other names, and what only those see who may read it.
	term := h.Record("documents", "slug", "pip")
	term.Set("meta", map[string]any{"also": []string{"numbat money"}})
	if err := h.App.Save(term); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	money := "/handbook/adult-carers/money"
	if found := foundBy(t, h.Guest(), "numbat money"); !slices.Contains(found, money) {
		t.Errorf("by the term's name: %v", found)
	}
	if a := h.As("partner").Post("/manage/words", url.Values{"words": {"one, two"}}); a.Status == 303 {
		t.Error("a partner adds a row")
	}
}
