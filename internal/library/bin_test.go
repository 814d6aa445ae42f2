package library_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
)

// TestTheBin puts a draft away, takes it out again, and lets another go when its time is over.
func TestTheBin(t *testing.T) {
	h := hubtest.New(t)
	partner := h.Record("users", "email", "partner@example.org").Id
	draft := func(title string) *library.Document {
		return mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"title": title, "state": library.Draft, "author": partner})))
	}
	d := draft("A numbat draft")
	if err := library.Bin(h.App, d, partner); err != nil {
		t.Fatal(err)
	}
	for who, address := range map[string]string{
		"partner": "/api/collections/documents/records/" + d.Id, "lead": "/api/collections/documents/records/" + d.Id, "admin": "/api/collections/documents/records/" + d.Id,
	} {
		c := h.As(who)
		if a := c.REST("GET", address, nil); a.Status != http.StatusNotFound {
			t.Errorf("%s reads what lies in the bin: %d", who, a.Status)
		}
		if a := c.REST("PATCH", address, map[string]any{"title": "Out again"}); a.Status != http.StatusNotFound {
			t.Errorf("%s writes to what lies in the bin: %d", who, a.Status)
		}
		if a := c.REST("GET", "/api/collections/revisions/records?filter=(document='"+d.Id+"')", nil); a.Status != http.StatusOK || !strings.Contains(a.Body, `"totalItems":0`) {
			t.Errorf("%s reads its revisions: %s", who, a.Body)
		}
	}
	d = reload(t, h.App, d)
	if !d.InBin() || d.Goes().Before(time.Now().AddDate(0, 0, 29)) {
		t.Errorf("it goes on %s", d.Goes())
	}
	if err := library.TakeOut(h.App, d, partner); err != nil {
		t.Fatal(err)
	}
	if a := h.As("partner").REST("GET", "/api/collections/documents/records/"+d.Id, nil); a.Status != http.StatusOK {
		t.Errorf("taken out: %d", a.Status)
	}
	verbs := column(t, h, "SELECT [[verb]] FROM {{journal}} WHERE [[record]] = {:id} AND [[subject]] = 'documents' ORDER BY [[seq]]", d.Id)
	if len(verbs) != 3 || verbs[1] != "bin" || verbs[2] != "take-out" {
		t.Errorf("the journal says %v", verbs)
	}

	// After 30 days it goes, with a row of the journal; what lies there for less stays.
	young := draft("A young one")
	for doc, days := range map[*library.Document]int{d: -31, young: -29} {
		if err := library.Bin(h.App, doc, partner); err != nil {
			t.Fatal(err)
		}
		_, err := h.App.DB().Update("documents", dbx.Params{"binned": time.Now().UTC().AddDate(0, 0, days).Format("2006-01-02 15:04:05.000Z")}, dbx.HashExp{"id": doc.Id}).Execute()
		if err != nil {
			t.Fatal(err)
		}
	}
	if n, err := library.EmptyBin(h.App, 10); n != 1 || err != nil {
		t.Errorf("%d gone: %v", n, err)
	}
	if _, err := library.ByID(h.App, d.Id); err == nil {
		t.Error("it is still there")
	}
	if reload(t, h.App, young).Title() != "A young one" {
		t.Error("the young one is gone")
	}
	if gone := column(t, h, "SELECT [[actor]] FROM {{journal}} WHERE [[record]] = {:id} AND [[verb]] = 'delete'", d.Id); len(gone) != 1 || gone[0] != "retention" {
		t.Errorf("the journal says that it was deleted by %v", gone)
	}
}

// TestWhatWasOutStaysOutOfTheBin tries with all that was published once, by every way.
func TestWhatWasOutStaysOutOfTheBin(t *testing.T) {
	h := hubtest.New(t)
	for _, state := range []string{library.Published, library.Withdrawn} {
		d := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"title": "Out " + state})))
		d.Set("state", state)
		d = mustSave(t, h.App, d)
		if err := library.Bin(h.App, d, ""); faultsIn(t, err)["binned"] == "" {
			t.Errorf("%s goes into the bin: %v", state, err)
		}
	}
	d := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"state": library.Draft})))
	if err := library.Bin(h.App, d, ""); err != nil {
		t.Fatal(err)
	}
	d = reload(t, h.App, d)
	d.Set("state", library.Published)
	if err := h.App.Save(d.Record); faultsIn(t, err)["binned"] == "" {
		t.Errorf("published out of the bin: %v", err)
	}
}

// TestASaveBuildsOnWhatItsWriterSaw refuses a save on top of somebody else's, of a draft and of work beside a page.
func TestASaveBuildsOnWhatItsWriterSaw(t *testing.T) {
	h := hubtest.New(t)
	d := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"state": library.Draft})))
	one, two := reload(t, h.App, d), reload(t, h.App, d)
	one.Set("summary", "One.")
	one.BuildsOn(1)
	mustSave(t, h.App, one)
	two.Set("summary", "Two.")
	two.BuildsOn(1)
	if err := h.App.Save(two.Record); !errors.Is(err, library.ErrBehind) {
		t.Fatalf("saved on top: %v", err)
	}
	d = reload(t, h.App, d)
	if d.Summary() != "One." || len(revisions(t, h, d)) != 2 {
		t.Errorf("it says %q", d.Summary())
	}
	then, r, err := library.AsOf(h.App, d, 1)
	if err != nil || then.Summary() != "A summary." || r.Number() != 1 || d.Summary() != "One." {
		t.Errorf("as of the first: %v", err)
	}

	d.Set("state", library.Published)
	d = mustSave(t, h.App, d)
	for _, want := range []error{nil, library.ErrBehind} { // both build on the published one
		work := reload(t, h.App, d)
		work.Set("summary", fmt.Sprint("Work ", want))
		work.BuildsOn(3)
		if _, err := library.SaveWork(h.App, work, ""); !errors.Is(err, want) {
			t.Errorf("work: %v, not %v", err, want)
		}
	}
}

// column is the first column of what a query finds about a record.
func column(t *testing.T, h *hubtest.Hub, query, id string) []string {
	t.Helper()
	var list []string
	if err := h.App.DB().NewQuery(query).Bind(dbx.Params{"id": id}).Column(&list); err != nil {
		t.Fatal(err)
	}
	return list
}
