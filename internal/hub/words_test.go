package hub_test

import (
	"net/url"
	"regexp"
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

// TestATermNobodyMaySeeWidensNothing publishes a glossary term in a confidential space: for its own people its names mean
// the same. For everybody else nothing is found by them, nothing more by the word that they share with open pages, and
// nothing says that there is such a term: no suggestion, no "did you mean", no list of words.
func TestATermNobodyMaySeeWidensNothing(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	outsiders := map[string]*hubtest.Client{"guest": h.Guest(), "member2": h.As("member2"), "lead": h.As("lead")}
	queries := []string{"flu jab", "quokka", "quoka", "quo", "carers quokka", "carers quoka", "numbat scheme", `"quokka"`, "-quokka carers", "kind:glossary quokka"}
	exits := []string{"/search?q=", "/search.json?q=", "/search.csv?q=", "/search.atom?q=", "/-/suggest?q=", "/api/hub/search?q=", "/api/hub/suggest?q="}
	ask := func(c *hubtest.Client, exit, query string) string {
		said := c.Get(exit + url.QueryEscape(query)).Body
		return regexp.MustCompile(`<updated>[^<]*</updated>|"took[^,]*,`).ReplaceAllString(said, "")
	}
	before := map[string]string{}
	for who, c := range outsiders {
		for _, exit := range exits {
			for _, q := range queries {
				before[who+exit+q] = ask(c, exit, q)
			}
		}
		before[who] = c.Get("/manage/words").Body
		before[who+" reach"] = c.Post("/manage/words", url.Values{"do": {"preview"}, "words": {"quokka, flu jab"}}).Body
	}

	fresh := func(collection string, values map[string]any) *core.Record {
		t.Helper()
		c, err := h.App.FindCollectionByNameOrId(collection)
		if err != nil {
			t.Fatal(err)
		}
		r := core.NewRecord(c)
		r.Load(values)
		if err := h.App.Save(r); err != nil {
			t.Fatalf("%s: %v", collection, err)
		}
		return r
	}
	room := fresh("spaces", map[string]any{"slug": "quiet-room", "title": "Quiet room", "level": "confidential"})
	fresh("memberships", map[string]any{"user": h.Record("users", "email", "partner@example.org").Id, "space": room.Id, "role": "owner"})
	fresh("documents", map[string]any{
		"kind": "glossary", "state": "published", "space": room.Id, "title": "Quokka", "slug": "quokka-term", "language": "en",
		"summary": "A scheme that nobody may know of.", "meta": map[string]any{"also": []string{"flu jab", "numbat scheme"}},
	})
	h.Settle()

	health := "/handbook/adult-carers/your-own-health"
	if found := foundBy(t, h.As("partner"), "quokka"); !slices.Contains(found, health) {
		t.Errorf("those of the space find %v", found)
	}
	for who, c := range outsiders {
		for _, exit := range exits {
			for _, q := range queries {
				if ask(c, exit, q) != before[who+exit+q] {
					t.Errorf("%s as %s: the answer to %q has changed", exit, who, q)
				}
			}
		}
		if c.Get("/manage/words").Body != before[who] {
			t.Errorf("the list of words has changed for %s", who)
		}
		if c.Post("/manage/words", url.Values{"do": {"preview"}, "words": {"quokka, flu jab"}}).Body != before[who+" reach"] {
			t.Errorf("what a row would find has changed for %s", who)
		}
	}
}
