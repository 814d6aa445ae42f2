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
	"commonplace/internal/search"

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
	file := attach(t, h, study.Record, []byte("It says bilbyfile."), "walks.txt", map[string]any{"state": library.Published, "title": "Walks file"})
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
	saved(t, h, "events", map[string]any{"title": "Breakfast", "slug": "breakfast", "state": "published", "venue": "The kowarihall", "starts": "2026-02-27 09:00:00.000Z", "ends": "2026-02-27 10:00:00.000Z", "outcome": "There is a **kulturrcard** now."})
	for end := time.Now().Add(time.Minute); h.Record("attachments", "id", file.Id).GetString("words") == "waiting"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the file's words are not read")
		}
	}
	h.Settle()
	guest := h.As("guest")
	for word, want := range map[string]hit{
		"numbatresult": {"case-study", "Quokka walks", "/case-studies/quokka-walks"}, "wombatfilm": {"case-study", "Quokka walks", "/case-studies/quokka-walks"},
		"bilbyfile": {"attachment", "Walks file", ""}, "potoroocounter": {"figure", figure.GetString("label"), "/figures/martha-calls"},
		"dunnartgoal": {"goal", goal.GetString("title"), "/plans/" + plans.GetString("slug") + "#goal-" + goal.GetString("key")}, "quollaction": {"goal", goal.GetString("title"), "/plans/" + plans.GetString("slug") + "#goal-" + goal.GetString("key")},
		"kowarihall": {"event", "Breakfast", "/events/breakfast"}, "kulturrcard": {"event", "Breakfast", "/events/breakfast"},
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

// soon fails unless something becomes so. Search promises a second, which is measured where nothing else runs.
func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("%s: not within a minute", what)
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

// TestNothingIsStale changes a page in each way and closes a group: within a second no hit, count or facet says anything
// that is not so any more, for those who may not see it.
func TestNothingIsStale(t *testing.T) {
	h := hubtest.New(t)
	guest, member2 := h.As("guest"), h.As("member2")
	page := func(name, space string) *core.Record {
		d, err := library.New(h.App, library.Guidance, h.Record("spaces", "slug", space).Id)
		if err != nil {
			t.Fatal(err)
		}
		d.Load(map[string]any{"title": "Zorilla " + name, "summary": "About the zorilla.", "body": "Words.", "state": library.Published, "slug": "zorilla-" + name, "topics": []string{"zorillas"}})
		if err := h.App.Save(d.Record); err != nil {
			t.Fatal(err)
		}
		return d.Record
	}
	one, two := page("one", "library"), page("two", "library")
	h.Settle()
	set := func(r *core.Record, values map[string]any) {
		t.Helper()
		r = h.Record(r.Collection().Name, "id", r.Id)
		r.Load(values)
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	counts := func(who *hubtest.Client, word string, n int) func() bool {
		return func() bool {
			hits, total, facets := finds(t, who, word)
			if len(hits) > total {
				t.Errorf("%d hits of %d", len(hits), total)
			}
			return total == n && len(hits) == n && facets["kind:guidance"] == n
		}
	}
	soon(t, "two pages", counts(guest, "zorilla", 2))
	set(one, map[string]any{"title": "Fossa one", "summary": "About the fossa.", "body": "Other words."})
	soon(t, "an edit", func() bool { return counts(guest, "fossa", 1)() && counts(guest, "zorilla", 1)() })
	set(two, map[string]any{"state": library.Withdrawn})
	soon(t, "a withdrawal", counts(guest, "zorilla", 0))
	set(two, map[string]any{"state": library.Published})
	soon(t, "out again", counts(guest, "zorilla", 1))
	set(two, map[string]any{"space": h.Record("spaces", "slug", "programme-board").Id})
	soon(t, "a move behind a door", counts(guest, "zorilla", 0))
	set(two, map[string]any{"space": h.Record("spaces", "slug", "library").Id})
	soon(t, "a move out again", counts(guest, "zorilla", 1))

	group := saved(t, h, "spaces", map[string]any{"slug": "zorilla-group", "title": "A group", "level": "open"})
	set(two, map[string]any{"space": group.Id})
	soon(t, "a page of an open group", counts(guest, "zorilla", 1))
	for level, sees := range map[string][2]int{"restricted": {0, 1}, "private": {0, 0}, "open": {1, 1}} {
		set(group, map[string]any{"level": level})
		soon(t, "a group that is "+level+" now, for guests", counts(guest, "zorilla", sees[0]))
		soon(t, "a group that is "+level+" now, for members", counts(member2, "zorilla", sees[1]))
	}
	set(group, map[string]any{"level": "private"})
	membership := saved(t, h, "memberships", map[string]any{"user": h.Record("users", "email", "member2@example.org").Id, "space": group.Id, "role": "reader"})
	soon(t, "who was let in", counts(member2, "zorilla", 1))
	if err := h.App.Delete(membership); err != nil {
		t.Fatal(err)
	}
	soon(t, "who was sent away", counts(member2, "zorilla", 0))
}

// TestTheNightMendsTheIndex puts into the index what the database does not have, takes out and changes what it has, past
// every rule, and compares: it is right again, and the doctor says so.
func TestTheNightMendsTheIndex(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	guest := h.As("guest")
	kept := h.Record("documents", "slug", "a-passport-that-moves-with-you")
	changed := h.Record("figures", "key", "martha-calls")
	space := h.Record("spaces", "slug", "library")
	err := h.Hub.Search.Apply(h.Hub.Search.Position(), []search.Entry{
		{ID: "documents/zzzzzzzzzzzzzzz", Kind: "guidance", Title: "A ghost of a zorilla", Access: space.Id + ":published"},
		{ID: "figures/" + changed.Id, Kind: "figure", Title: "A false zorilla", URL: "/figures/martha-calls", Access: space.Id + ":published"},
	}, []string{"documents/" + kept.Id})
	if err != nil {
		t.Fatal(err)
	}
	if hits, _, _ := finds(t, guest, `"decision to their HR directors" kind:case-study`); len(hits) != 0 {
		t.Fatal("it is still there", hits)
	}
	if err := h.Hub.Reconcile(); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if hits, _, _ := finds(t, guest, "zorilla"); len(hits) != 0 {
		t.Errorf("the ghosts are found still: %v", hits)
	}
	if hits, _, _ := finds(t, guest, `"decision to their HR directors" kind:case-study`); len(hits) != 1 {
		t.Error("what was missing is not back")
	}
	if says := h.Hub.IndexSays(); !strings.Contains(says, "entries differed from the database and were repaired (1 missing, 1 left over, 1 changed)") {
		t.Error(says)
	}
	if err := h.Hub.Reconcile(); err != nil {
		t.Fatal(err)
	}
	if says := h.Hub.IndexSays(); !strings.Contains(says, "entries were as in the database") {
		t.Error(says)
	}
}
