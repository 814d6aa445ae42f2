package hub_test

import (
	"net/url"
	"slices"
	"testing"

	"commonplace/internal/hubtest"

	"github.com/pocketbase/pocketbase/core"
)

// TestWordsMeanTheSameAtOnce changes rows of words and a glossary term while the hub runs: the search knows it without a
// restart, and forgets it too.
func TestWordsMeanTheSameAtOnce(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	if found := foundBy(t, h.Guest(), "quokka"); len(found) > 0 {
		t.Fatalf("before: %v", found)
	}
	c, err := h.App.FindCollectionByNameOrId("words")
	if err != nil {
		t.Fatal(err)
	}
	row := core.NewRecord(c)
	row.Set("words", "quokka, flu jab")
	if err := h.App.Save(row); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if found := foundBy(t, h.Guest(), "quokka"); !slices.Contains(found, "/handbook/adult-carers/your-own-health") {
		t.Errorf("with the row: %v", found)
	}
	if err := h.App.Delete(row); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if found := foundBy(t, h.Guest(), "quokka"); len(found) > 0 {
		t.Errorf("without it: %v", found)
	}

	// A term's other names.
	term := h.Record("documents", "slug", "pip")
	meta := map[string]any{}
	if err := term.UnmarshalJSONField("meta", &meta); err != nil {
		t.Fatal(err)
	}
	meta["also"] = []string{"numbat money"}
	term.Set("meta", meta)
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
