package intake_test

import (
	"strings"
	"testing"

	"commonplace/content"
	"commonplace/internal/hubtest"
	"commonplace/internal/member"
)

// TestAReleaseBringsNothingBack: what people renamed, merged or took away since the last release stays that way, and the
// next release still finds what was renamed.
func TestAReleaseBringsNothingBack(t *testing.T) {
	h := hubtest.New(t, hubtest.Empty())
	load(t, h.App, content.FS)
	count := func(collection string) int64 {
		n, err := h.App.CountRecords(collection)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if count("groups") < 5 || count("decisions") < 3 || count("organisations") < 10 {
		t.Fatalf("%d groups, %d decisions, %d partners", count("groups"), count("decisions"), count("organisations"))
	}
	for collection, slug := range map[string]string{"places": "leeds", "programmes": "workforce", "groups": "clinical-forum", "organisations": "carers-first"} {
		r := h.Record(collection, "slug", slug)
		r.Set("slug", slug+"-now")
		if collection == "organisations" {
			r.Set("name", "Carers First of Essex")
		}
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	decision := h.Record("decisions", "group", h.Record("groups", "slug", "hr-directors-of-the-acute-trusts").Id)
	decision.Set("text", "In other words.")
	if err := h.App.Save(decision); err != nil {
		t.Fatal(err)
	}
	if _, err := member.Merge(h.App, "", h.Record("organisations", "slug", "hertfordshire-community-nhs-trust").Id, h.Record("organisations", "slug", "hertfordshire-county-council").Id); err != nil {
		t.Fatal(err)
	}
	if err := h.App.Delete(h.Record("organisations", "slug", "carers-wakefield-and-district")); err != nil {
		t.Fatal(err)
	}
	before := map[string]int64{}
	for _, c := range []string{"places", "programmes", "groups", "organisations", "decisions", "local_answers", "vocabulary"} {
		before[c] = count(c)
	}
	r := load(t, h.App, shipped(t, map[string]string{wordPath: shippedText(t, wordPath) + "\nOne more line.\n"}))
	for _, f := range r.Files {
		if !strings.HasSuffix(f.Path, ".md") {
			continue
		}
		for _, p := range f.Problems {
			t.Errorf("%s: %v", f.Path, p)
		}
	}
	for c, n := range before {
		if count(c) != n {
			t.Errorf("%d %s and then %d", n, c, count(c))
		}
	}
	if now := h.Record("decisions", "id", decision.Id); !strings.HasPrefix(now.GetString("text"), "In other") {
		t.Errorf("%v", now.FieldsData())
	}
}
