package library_test

import (
	"fmt"
	"sync"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
)

// revisions of a document, the first one first.
func revisions(t testing.TB, h *hubtest.Hub, d *library.Document) []*library.Revision {
	t.Helper()
	var rs []*library.Revision
	if err := h.App.RecordQuery("revisions").AndWhere(dbx.HashExp{"document": d.Id}).OrderBy("number").All(&rs); err != nil {
		t.Fatal(err)
	}
	for i, r := range rs {
		if r.Number() != i+1 {
			t.Errorf("revision %d has the number %d", i+1, r.Number())
		}
	}
	return rs
}

func TestEverySaveIsKept(t *testing.T) {
	h := hubtest.New(t)
	author := h.Record("users", "email", "partner@example.org").Id
	d := fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"state": library.Draft, "title": "One"}))
	journal.By(d.Record, author)
	d = mustSave(t, h.App, d)
	d.Set("title", "Two")
	journal.By(d.Record, "import")
	d = mustSave(t, h.App, d)
	d.Set("state", library.Published)
	d = mustSave(t, h.App, d)
	rs := revisions(t, h, d)
	if len(rs) != 3 || rs[0].Author() != author || rs[1].Author() != "" || d.GetString("published_revision") != rs[2].Id {
		t.Fatalf("%d revisions", len(rs))
	}
	// Nothing changed, nothing kept: saved as it is, or with what no writer wrote.
	d = mustSave(t, h.App, d)
	d.Set("source_sum", "x")
	d = mustSave(t, h.App, d)
	if n := len(revisions(t, h, d)); n != 3 {
		t.Errorf("%d revisions of three changes", n)
	}
	// Each holds every word that a writer wrote.
	old := fresh(t, h.App, library.CaseStudy, nil)
	if err := old.Apply(rs[0]); err != nil {
		t.Fatal(err)
	}
	if old.Title() != "One" || old.GetString("challenge") != "- a" || old.Body() != "A body." || len(old.Places()) != 1 || old.ContactRole() != "Carers lead" {
		t.Errorf("the first one says %v", old.Content())
	}
	if old.State() != library.Draft || old.Key() != "" {
		t.Error("a revision brings more than words")
	}
}

func TestWorkBesideWhatIsOut(t *testing.T) {
	h := hubtest.New(t)
	author := h.Record("users", "email", "partner@example.org").Id
	d := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"title": "Out"})))
	work := func() *library.Revision {
		t.Helper()
		r, err := library.Work(h.App, d.Id)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	keep := func(title string) *library.Revision {
		t.Helper()
		next := reload(t, h.App, d)
		next.Set("title", title)
		r, err := library.SaveWork(h.App, next, author)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if work() != nil {
		t.Fatal("there is work from the start")
	}
	if r := keep("Out"); r != nil || work() != nil || len(revisions(t, h, d)) != 1 {
		t.Error("what says what is out is kept as work")
	}
	first := keep("Better")
	if first == nil || work().Id != first.Id || first.Author() != author || reload(t, h.App, d).Title() != "Out" {
		t.Fatal("the work is not kept beside")
	}
	if again := keep("Better"); again == nil || again.Id != first.Id || len(revisions(t, h, d)) != 2 {
		t.Error("the same words are kept twice")
	}
	second := keep("Best")
	if work().Id != second.Id || len(revisions(t, h, d)) != 3 {
		t.Error("the newer work is not the open one")
	}
	open := 0
	for _, r := range revisions(t, h, d) {
		if r.GetBool("open") {
			open++
		}
	}
	if open != 1 {
		t.Errorf("%d are open", open)
	}
	// Back to what is out: nothing waits.
	if keep("Out"); work() != nil {
		t.Error("work that says what is out waits")
	}
	keep("Best of all")
	next := reload(t, h.App, d)
	if err := next.Apply(work()); err != nil {
		t.Fatal(err)
	}
	mustSave(t, h.App, next)
	if work() != nil || reload(t, h.App, d).Title() != "Best of all" {
		t.Error("published, the work still waits")
	}
	keep("Unfinished")
	if err := library.EndWork(h.App, d.Id); err != nil || work() != nil {
		t.Errorf("ended, the work still waits: %v", err)
	}
}

func TestManyWritersAtOnce(t *testing.T) {
	h := hubtest.New(t)
	d := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, nil)))
	var wg sync.WaitGroup
	for i := range 8 {
		next := reload(t, h.App, d)
		next.Set("title", fmt.Sprintf("Writer %d", i))
		wg.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = library.SaveWork(h.App, next, "")
			} else {
				err = h.App.Save(next.Record)
			}
			if err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	said := map[string]bool{}
	for _, r := range revisions(t, h, d) {
		one := fresh(t, h.App, library.Guidance, nil)
		if err := one.Apply(r); err != nil {
			t.Fatal(err)
		}
		said[one.Title()] = true
	}
	for i := range 8 {
		if !said[fmt.Sprintf("Writer %d", i)] {
			t.Errorf("what writer %d wrote is lost", i)
		}
	}
}
