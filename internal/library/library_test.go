package library_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
	"commonplace/internal/member"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

// fresh is a document with fields, not saved.
func fresh(t testing.TB, app core.App, kind library.Kind, fields map[string]any) *library.Document {
	t.Helper()
	d, err := library.New(app, kind, "")
	if err != nil {
		t.Fatal(err)
	}
	d.Load(fields)
	return d
}

// complete are fields with which any kind can be published.
func complete(app core.App, more map[string]any) map[string]any {
	fields := map[string]any{
		"title": "A title", "summary": "A summary.", "chapter": "adult-carers", "body": "A body.", "challenge": "- a", "action": "- b", "result": "- c",
		"places": []string{idOf(app, "places", "leeds")}, "contact_role": "Carers lead", "state": library.Published,
	}
	maps.Copy(fields, more)
	return fields
}

func idOf(app core.App, collection, slug string) string {
	r, err := app.FindFirstRecordByData(collection, "slug", slug)
	if err != nil {
		return ""
	}
	return r.Id
}

func mustSave(t testing.TB, app core.App, d *library.Document) *library.Document {
	t.Helper()
	if err := app.Save(d.Record); err != nil {
		t.Fatalf("save %q: %v", d.Title(), err)
	}
	return reload(t, app, d)
}

func reload(t testing.TB, app core.App, d *library.Document) *library.Document {
	t.Helper()
	again, err := library.ByID(app, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// faultsIn are what a save says against a document, by field.
func faultsIn(t testing.TB, err error) map[string]string {
	t.Helper()
	said := map[string]string{}
	var faults validation.Errors
	if err != nil && !errors.As(err, &faults) {
		t.Fatalf("not for a writer: %v", err)
	}
	for field, f := range faults {
		said[field] = f.Error()
	}
	return said
}

func viewerOf(t testing.TB, h *hubtest.Hub, name string) *member.Viewer {
	t.Helper()
	var user *core.Record
	if name != "guest" {
		user = h.Record("users", "email", name+"@example.org")
	}
	v, err := member.For(h.App, user)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryKindSaysWhatItNeeds(t *testing.T) {
	h := hubtest.New(t)
	needs := map[library.Kind][]string{
		library.CaseStudy: {"action", "challenge", "contact_role", "places", "result", "summary", "title"}, library.Handbook: {"body", "chapter", "summary", "title"},
		library.Guidance: {"title"}, library.ActionPlan: {"summary", "title"}, library.Glossary: {"summary", "title"}, library.Template: {"title"}, library.SitePage: {"title"},
	}
	if got := library.Kinds(); len(got) != len(needs) {
		t.Errorf("kinds %v", got)
	}
	for kind, fields := range needs {
		if !kind.Known() || kind.Word() == "" || kind.Plural() == "" || kind.Base() == "" {
			t.Errorf("%s: %q, %q, %q", kind, kind.Word(), kind.Plural(), kind.Base())
		}
		// A draft needs a title, and nothing else.
		if got := faultsIn(t, h.App.Save(fresh(t, h.App, kind, nil).Record)); len(got) != 1 || got["title"] != "Give it a title." {
			t.Errorf("%s: a draft without anything has the faults %v", kind, got)
		}
		mustSave(t, h.App, fresh(t, h.App, kind, map[string]any{"title": "Only a title " + string(kind)}))
		for _, state := range []string{library.Published, library.InReview} {
			got := faultsIn(t, h.App.Save(fresh(t, h.App, kind, map[string]any{"state": state}).Record))
			if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, fields) {
				t.Errorf("%s %s: faults of %v, not of %v", state, kind, names, fields)
			}
			for field, sentence := range got {
				if len(sentence) < 10 || sentence[len(sentence)-1] != '.' {
					t.Errorf("%s: %s says %q", kind, field, sentence)
				}
			}
		}
		mustSave(t, h.App, fresh(t, h.App, kind, complete(h.App, map[string]any{"title": "Complete " + string(kind)})))
	}
	if library.Kind("novel").Known() {
		t.Error("there is a kind of novels")
	}
	if err := h.App.Save(fresh(t, h.App, "novel", map[string]any{"title": "A novel"}).Record); err == nil {
		t.Error("a novel is saved")
	}
}
