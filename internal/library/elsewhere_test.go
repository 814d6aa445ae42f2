package library_test

import (
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
)

// TestElsewhereIsAPlaceToo publishes what happened in none of the hub's places, when it says where.
func TestElsewhereIsAPlaceToo(t *testing.T) {
	h := hubtest.New(t)
	nowhere := fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"title": "Nowhere", "places": []string{}}))
	if err := h.App.Save(nowhere.Record); err == nil {
		t.Error("published without a place")
	}
	d := fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"title": "Elsewhere", "places": []string{}}))
	m := d.Meta()
	m.Elsewhere = "Manchester"
	d.SetMeta(m)
	mustSave(t, h.App, d)
}

// TestNewsAreOurPartnersFirst: what comes from elsewhere fills the list up, however new it is.
func TestNewsAreOurPartnersFirst(t *testing.T) {
	h := hubtest.New(t)
	where := dbx.HashExp{"kind": string(library.CaseStudy)}
	guest := viewerOf(t, h, "guest")
	far := func(n int64) (titles []string, elsewhere int) {
		t.Helper()
		cards, err := library.LatestOfOurs(h.App, guest, n, where)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cards {
			titles = append(titles, c.Title)
			if len(c.Places) == 0 {
				elsewhere++
			} else if elsewhere > 0 {
				t.Errorf("%s comes after what is from elsewhere", c.Title)
			}
		}
		return titles, elsewhere
	}
	if titles, n := far(3); len(titles) != 3 || n != 0 {
		t.Errorf("of the newest three %d are from elsewhere: %q", n, titles)
	}
	if titles, n := far(100); len(titles) != 12 || n != 5 {
		t.Errorf("of %d, %d are from elsewhere", len(titles), n)
	}
}
