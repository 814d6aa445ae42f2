package hub_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// hit is what a search says of one thing that it found.
type hit struct{ Kind, Title, URL string }

// finds searches for some words.
func finds(t *testing.T, c *hubtest.Client, query string) (hits []hit, total int, facets map[string]int) {
	t.Helper()
	a := c.Get("/search.json?q=" + url.QueryEscape(query))
	var r struct {
		Total  int
		Hits   []hit
		Facets map[string][]struct {
			Value string
			Count int
		}
	}
	if a.Status != http.StatusOK || json.Unmarshal([]byte(a.Body), &r) != nil {
		t.Fatalf("%s: %d %s", query, a.Status, a.Body)
	}
	facets = map[string]int{}
	for field, values := range r.Facets {
		for _, v := range values {
			facets[field+":"+v.Value] = v.Count
		}
	}
	return r.Hits, r.Total, facets
}

// TestEverythingIsFound looks for what stands in figures, goals, measures, actions, adoptions, results, transcripts and
// files: each leads to where it can be read.
func TestEverythingIsFound(t *testing.T) {
	h := hubtest.New(t)
	space := h.Record("spaces", "slug", "library")
	study, err := library.New(h.App, library.CaseStudy, space.Id)
	if err != nil {
		t.Fatal(err)
	}
	study.Load(map[string]any{
		"title": "Quokka walks", "summary": "Walks.", "challenge": "- It rained", "action": "- We walked", "result": "- Numbatresult of 12", "body": "## In short\n\nWords.", "state": library.Published, "slug": "quokka-walks",
		"contact_role": "Carers lead", "places": []string{h.Record("places", "slug", "leeds").Id}, "organisation": h.Record("users", "email", "partner@example.org").GetString("organisation"),
		"meta": `{"videos":[{"url":"https://example.org/v","title":"A film","transcript":"Somebody says wombatfilm."}]}`,
	})
	if err := h.App.Save(study.Record); err != nil {
		t.Fatal(err)
	}
	attach(t, h, study.Record, []byte("It says bilbyfile."), "walks.txt", map[string]any{"state": library.Published, "title": "Walks file"})
	figure := h.Record("figures", "key", "martha-calls")
	figure.Set("note", "Counted by a potoroocounter.")
	plans := h.Record("documents", "kind", "action-plan")
	goal := h.Record("goals", "document", plans.Id)
	goal.Set("why", "For the dunnartgoal.")
	if err := h.App.Save(figure); err != nil {
		t.Fatal(err)
	}
	if err := h.App.Save(goal); err != nil {
		t.Fatal(err)
	}
	action := h.Record("actions", "goal", goal.Id)
	action.Set("title", "Ask the quollaction")
	if err := h.App.Save(action); err != nil {
		t.Fatal(err)
	}
	a := saved(t, h, "adoptions", map[string]any{"document": study.Id, "place": h.Record("places", "slug", "leeds").Id, "stage": "doing", "changed": "We call it bandicootwalk.", "author": h.Record("users", "email", "partner@example.org").Id})
	h.Settle()
	guest := h.As("guest")
	for word, want := range map[string]hit{
		"numbatresult": {"case-study", "Quokka walks", "/case-studies/quokka-walks"}, "wombatfilm": {"case-study", "Quokka walks", "/case-studies/quokka-walks"},
		"bilbyfile": {"attachment", "Walks file", ""}, "potoroocounter": {"figure", figure.GetString("label"), "/figures/martha-calls"},
		"dunnartgoal": {"goal", goal.GetString("title"), "/plans/" + plans.GetString("slug") + "#goal-" + goal.GetString("key")}, "quollaction": {"goal", goal.GetString("title"), "/plans/" + plans.GetString("slug") + "#goal-" + goal.GetString("key")},
		"bandicootwalk": {"adoption", "Leeds: Quokka walks", "/case-studies/quokka-walks#place-leeds"},
	} {
		hits, _, _ := finds(t, guest, word)
		if want.URL == "" && len(hits) == 1 {
			want.URL = hits[0].URL
		}
		if len(hits) != 1 || hits[0] != want {
			t.Errorf("%s finds %v, not %v", word, hits, want)
		}
		if status := guest.Get(strings.Split(want.URL, "#")[0]).Status; status != http.StatusOK {
			t.Errorf("%s leads to %s: %d", word, want.URL, status)
		}
	}

	// An adoption that was hidden, or whose study is withdrawn, is not found.
	a.Set("hidden", true)
	if err := h.App.Save(a); err != nil {
		t.Fatal(err)
	}
	soon(t, "a hidden adoption", func() bool { hits, _, _ := finds(t, guest, "bandicootwalk"); return len(hits) == 0 })
	a.Set("hidden", false)
	if err := h.App.Save(a); err != nil {
		t.Fatal(err)
	}
	soon(t, "an adoption that is shown again", func() bool { hits, _, _ := finds(t, guest, "bandicootwalk"); return len(hits) == 1 })
	again := h.Record("documents", "id", study.Id)
	again.Set("state", library.Withdrawn)
	if err := h.App.Save(again); err != nil {
		t.Fatal(err)
	}
	soon(t, "what hangs from a withdrawn study", func() bool {
		for _, word := range []string{"bandicootwalk", "bilbyfile", "numbatresult"} {
			if _, total, _ := finds(t, guest, word); total != 0 {
				return false
			}
		}
		return true
	})
}

// soon fails unless something becomes so within a second, which is what search promises.
func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("%s: not within a second", what)
			return
		}
	}
}

// saved makes a record the way the program does.
func saved(t *testing.T, h *hubtest.Hub, collection string, values map[string]any) *core.Record {
	t.Helper()
	c, err := h.App.FindCollectionByNameOrId(collection)
	if err != nil {
		t.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(values)
	if err := h.App.Save(r); err != nil {
		t.Fatal(err)
	}
	return r
}
