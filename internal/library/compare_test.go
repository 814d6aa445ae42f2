package library_test

import (
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

func TestCompareSaysWhatChangedInWords(t *testing.T) {
	h := hubtest.New(t)
	d := library.Wrap(h.Record("documents", "slug", "a-passport-that-moves-with-you"))
	before := d.Content()
	if all, err := library.Compare(h.App, before, before); err != nil || len(all) != 0 {
		t.Fatalf("the same: %v, %v", all, err)
	}
	place := h.Record("places", "slug", "calderdale")
	d.Set("title", "The carers’ passport")
	d.Set("places", []string{place.Id})
	d.Set("urgent", true)
	d.Set("space", h.Record("spaces", "slug", "programme-board").Id)
	m := d.Meta()
	m.Partners = append(m.Partners, "A new partner")
	if err := d.SetMeta(m); err != nil {
		t.Fatal(err)
	}
	all, err := library.Compare(h.App, before, d.Content())
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, f := range all {
		var b strings.Builder
		for _, l := range f.Lines {
			for _, s := range l.Spans {
				b.WriteString(s.Text + "|")
			}
		}
		said[f.Title] = b.String()
	}
	for title, want := range map[string]string{"Title": "passport", "Places": "Calderdale", "Urgent help shown": "yes", "Details": "A new partner"} {
		if !strings.Contains(said[title], want) {
			t.Errorf("%s says %q, not %q", title, said[title], want)
		}
		delete(said, title)
	}
	if len(said) > 0 {
		t.Errorf("besides: %v", said)
	}
}
