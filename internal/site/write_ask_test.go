package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

// study is a case study as its form sends it.
func study(h *hubtest.Hub, title string) url.Values {
	return url.Values{
		"title": {title}, "summary": {"A summary."}, "challenge": {"Nobody asked."}, "action": {"We asked."}, "result": {"Carers answer."},
		"places": {wakefield(h)}, "contact_role": {"Carers lead"}, "evidence": {"reported-by-partner"}, "results": {""}, "sources": {""},
	}
}

// TestAskForApproval asks one of two reviewers from the form itself.
func TestAskForApproval(t *testing.T) {
	h := hubtest.New(t)
	w := h.As("partner")
	has(t, w.Get("/write/case-study"), ">Ask "+h.Record("users", "email", "lead@example.org").GetString("name")+" for approval</button>") // there is one
	second := another(t, h, "second", "Second partner", "owner")
	a := w.Get("/write/case-study")
	has(t, a, `value="ask">Ask for approval</button>`, "Who approves it", second.GetString("name"))

	form := study(h, "Asked by name")
	form.Set("do", "ask")
	form.Set("reviewer", second.Id)
	form.Set("summary", "")
	a = want(t, w.Post("/write/case-study", form), http.StatusUnprocessableEntity)
	d := library.Wrap(h.Record("documents", "title", "Asked by name"))
	has(t, a, `href="#summary"`, `action="/write/case-study/`+d.Id+`"`, `value="`+second.Id+`" selected`)
	if d.State() != library.Draft {
		t.Fatalf("it is %s", d.State())
	}
	form.Set("summary", "A summary.")
	form.Set("reviewer", h.Record("users", "email", "member@example.org").Id)
	a = want(t, w.Post("/write/case-study/"+d.Id, form), http.StatusUnprocessableEntity)
	has(t, a, "They do not review there.")

	form.Set("reviewer", second.Id)
	a = want(t, w.Post("/write/case-study/"+d.Id, form), http.StatusSeeOther)
	a = want(t, w.Get(a.Header.Get("Location")), http.StatusOK)
	has(t, a, "It was sent for approval.", "Nat second reads it and decides.")
	if text := mailTo(t, h, "second@example.org").GetString("text"); !strings.Contains(text, "You were asked by name.") {
		t.Errorf("the mail says:\n%s", text)
	}
	if n, _ := h.App.CountRecords("outbox"); n != 1 {
		t.Errorf("%d people are written to", n)
	}
	second.Set("welcomed", "2026-01-01")
	second.Set("terms", h.Record("users", "email", "lead@example.org").GetString("terms"))
	if err := h.App.Save(second); err != nil {
		t.Fatal(err)
	}
	has(t, want(t, h.As("second").Get("/review"), http.StatusOK), "Asked by name", "You were asked")
	has(t, h.As("lead").Get("/review"), "Asked by name", "Nat second was asked")
	hasNot(t, w.Get("/write/case-study/"+d.Id), `value="ask"`)

	// It comes out with a day by which it is to be checked.
	read, err := library.Pending(h.App, library.Wrap(h.Record("documents", "id", d.Id)))
	if err != nil {
		t.Fatal(err)
	}
	want(t, h.As("lead").Post("/review/"+d.Id, url.Values{"do": {"approve"}, "revision": {read.Id}}), http.StatusSeeOther)
	if d = library.Wrap(h.Record("documents", "id", d.Id)); d.State() != library.Published || d.CheckBy().IsZero() {
		t.Errorf("it is %s, to be checked by %s", d.State(), d.CheckBy())
	}
	has(t, w.Get("/write/case-study/"+d.Id), "Beside this page", "/relations", "/consent", "/comments")
}

// TestPublishedWithADayToCheck publishes from the form.
func TestPublishedWithADayToCheck(t *testing.T) {
	h := hubtest.New(t)
	form := study(h, "Out at once")
	form.Set("do", "publish")
	want(t, h.As("partner").Post("/write/case-study", form), http.StatusSeeOther)
	if d := library.Wrap(h.Record("documents", "title", "Out at once")); d.CheckBy().IsZero() {
		t.Error("nobody is told to check it")
	}
}

// TestSpaceOfSomethingNew writes into a group.
func TestSpaceOfSomethingNew(t *testing.T) {
	h := hubtest.New(t)
	w := h.As("partner")
	group := h.Record("spaces", "slug", "programme-board")
	make1(t, h, "memberships", map[string]any{"user": h.Record("users", "email", "partner@example.org").Id, "space": group.Id, "role": "editor"})
	has(t, w.Get("/write/case-study"), "Where it goes", `<option value="library" selected>`, `<option value="programme-board">`)
	form := study(h, "For the board")
	form.Set("space", "nowhere")
	form.Set("do", "save")
	has(t, want(t, w.Post("/write/case-study", form), http.StatusUnprocessableEntity), "You do not write there.")
	form.Set("space", "programme-board")
	want(t, w.Post("/write/case-study", form), http.StatusSeeOther)
	d := library.Wrap(h.Record("documents", "title", "For the board"))
	if d.Space() != group.Id {
		t.Errorf("it went into %s", d.Space())
	}
	a := w.Get("/write/case-study/" + d.Id)
	has(t, a, "In Programme board")
	hasNot(t, a, "Where it goes")
}

// TestSourceBeforeTheFirstSave names a source that is written in the same form.
func TestSourceBeforeTheFirstSave(t *testing.T) {
	h := hubtest.New(t)
	w := h.As("partner")
	has(t, w.Get("/write/case-study"), `id="results-0-source"`, `<option value="s1">The one that you write below</option>`, `name="sources-0-id" value="s1"`)
	form := study(h, "With its source")
	for name, value := range map[string]string{"results-0-text": "Nine of ten stayed", "results-0-kind": "measured", "results-0-source": "s1", "sources-0-id": "s1", "do": "save"} {
		form.Set(name, value)
	}
	has(t, want(t, w.Post("/write/case-study", form), http.StatusUnprocessableEntity), "Write the source below")
	form.Set("sources-0-title", "Staff survey")
	want(t, w.Post("/write/case-study", form), http.StatusSeeOther)
	d := library.Wrap(h.Record("documents", "title", "With its source"))
	results := d.Results()
	if len(results) != 2 || results[1].Source != "s1" || len(d.Meta().Sources) != 1 || d.Meta().Sources[0].ID != "s1" {
		t.Errorf("it says %+v from %+v", results, d.Meta().Sources)
	}
	form = study(h, "A row without words")
	form.Set("results-0-kind", "measured")
	has(t, want(t, w.Post("/write/case-study", form), http.StatusUnprocessableEntity), "Write the result that this belongs to.")
}
