package library_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
)

const threeParagraphs = "First.\n\nSecond.\n\nThird.\n"

// suggested is a published page, and a change to it that member suggests: the third paragraph, and a partner.
func suggested(t *testing.T, h *hubtest.Hub) (*library.Document, *library.Suggestion) {
	t.Helper()
	d := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"body": threeParagraphs})))
	then := library.Wrap(d.Record.Clone())
	then.Set("body", strings.Replace(threeParagraphs, "Third.", "Third, and best.", 1))
	m := then.Meta()
	m.Partners = []string{"A new partner"}
	if err := then.SetMeta(m); err != nil {
		t.Fatal(err)
	}
	s, err := library.Suggest(h.App, then, 1, h.Record("users", "email", "member@example.org").Id, "It reads better.")
	if err != nil {
		t.Fatal(err)
	}
	return reload(t, h.App, d), s
}

func keep(string) bool { return false }

func TestASuggestionIsJoinedWithWhatChangedSince(t *testing.T) {
	h := hubtest.New(t)
	d, s := suggested(t, h)
	d.Set("body", strings.Replace(threeParagraphs, "First.", "First of all.", 1))
	m := d.Meta()
	m.ReviewEvery = "6 months"
	if err := d.SetMeta(m); err != nil {
		t.Fatal(err)
	}
	d = mustSave(t, h.App, d)
	lead := h.Record("users", "email", "lead@example.org").Id
	out, err := s.Take(h.App, lead, "Thank you!", keep)
	if err != nil || !out {
		t.Fatal(out, err)
	}
	d = reload(t, h.App, d)
	if d.Body() != "First of all.\n\nSecond.\n\nThird, and best.\n" || len(d.Meta().Partners) != 1 || d.Meta().ReviewEvery != "6 months" || d.State() != library.Published {
		t.Errorf("it says %q, %+v", d.Body(), d.Meta())
	}
	rs := revisions(t, h, d)
	last := rs[len(rs)-1]
	if last.Author() != lead || last.GetString("suggested_by") != s.Author() || !strings.Contains(last.Note(), "It reads better.") {
		t.Errorf("its history says %v", last.PublicExport())
	}
	if _, err := s.Take(h.App, lead, "Again", keep); err == nil {
		t.Error("it was taken twice")
	}
	if err := s.Decline(h.App, lead, "No"); err == nil {
		t.Error("it was declined after it was taken")
	}
}

func TestASuggestionThatMeetsAnotherChange(t *testing.T) {
	h := hubtest.New(t)
	for _, c := range []struct {
		take bool
		want string
	}{{false, "First.\n\nSecond.\n\nThird, and last.\n"}, {true, "First.\n\nSecond.\n\nThird, and best.\n"}} {
		d, s := suggested(t, h)
		d.Set("body", strings.Replace(threeParagraphs, "Third.", "Third, and last.", 1))
		d = mustSave(t, h.App, d)
		clashes, err := s.Onto(h.App, library.Wrap(d.Record.Clone()), keep)
		if err != nil || len(clashes) != 1 || clashes[0].Title != "Text" || len(clashes[0].Now) == 0 || len(clashes[0].Suggested) == 0 {
			t.Fatalf("%+v, %v", clashes, err)
		}
		if _, err := s.Take(h.App, "", "Thanks", func(f string) bool { return c.take && f == "body" }); err != nil {
			t.Fatal(err)
		}
		if d = reload(t, h.App, d); d.Body() != c.want || len(d.Meta().Partners) != 1 {
			t.Errorf("take %v: %q, %v", c.take, d.Body(), d.Meta().Partners)
		}
	}
}

func TestASuggestionGoesIntoWorkThatWaits(t *testing.T) {
	h := hubtest.New(t)
	d, s := suggested(t, h)
	d.Set("summary", "Work in progress.")
	if _, err := library.SaveWork(h.App, d, ""); err != nil {
		t.Fatal(err)
	}
	out, err := s.Take(h.App, "", "Thanks", keep)
	if err != nil || out {
		t.Fatal(out, err)
	}
	d = reload(t, h.App, d)
	if d.Body() != threeParagraphs {
		t.Errorf("readers see %q", d.Body())
	}
	work, err := library.Work(h.App, d.Id)
	if err != nil || work == nil {
		t.Fatal(err)
	}
	if err := d.Apply(work); err != nil || d.Summary() != "Work in progress." || !strings.Contains(d.Body(), "and best.") {
		t.Errorf("the work says %q, %q, %v", d.Summary(), d.Body(), err)
	}
}

func TestSuggestionsAreOneForEachAuthorAndSaySomething(t *testing.T) {
	h := hubtest.New(t)
	d, s := suggested(t, h)
	if _, err := library.Suggest(h.App, d, 1, s.Author(), ""); !errors.Is(err, library.ErrSaysTheSame) {
		t.Errorf("a suggestion that changes nothing: %v", err)
	}
	then := library.Wrap(d.Record.Clone())
	then.Set("title", "Another title")
	then.Set("space", h.Record("spaces", "slug", "programme-board").Id)
	then.Set("slug", "elsewhere")
	if _, err := library.Suggest(h.App, then, 1, s.Author(), ""); err != nil {
		t.Fatal(err)
	}
	list, err := library.Suggestions(h.App, dbx.HashExp{"document": d.Id}, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d, %v", len(list), err)
	}
	if c := list[0].GetString("content"); c != `{"title":"Another title"}` {
		t.Errorf("it would change %s", c)
	}
}

// TestASuggestionIsAnsweredOnce however it is tried: again by who still has the page open, by two at once, by one who lost the
// right meanwhile.
func TestASuggestionIsAnsweredOnce(t *testing.T) {
	h := hubtest.New(t)
	lead, admin := h.Record("users", "email", "lead@example.org").Id, h.Record("users", "email", "admin@example.org").Id
	as := func(s *library.Suggestion) *library.Suggestion {
		t.Helper()
		again, err := library.SuggestionByID(h.App, s.Id)
		must(t, err)
		return again
	}
	t.Run("by two who both have it open", func(t *testing.T) {
		_, s := suggested(t, h)
		other := as(s)
		if _, err := s.Take(h.App, lead, "Thank you", keep); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Take(h.App, admin, "Thank you too", keep); err == nil {
			t.Error("it is taken twice")
		}
		if err := as(s).Decline(h.App, admin, "No"); err == nil || as(s).GetString("answered_by") != lead {
			t.Error("what was taken is declined")
		}
		if err := other.Decline(h.App, admin, "No"); err == nil || as(s).State() != library.SuggestionTaken {
			t.Error("what was taken is declined by who had it open")
		}
	})
	t.Run("at once", func(t *testing.T) {
		d, s := suggested(t, h)
		before := len(revisions(t, h, d))
		var taken atomic.Int32
		var all sync.WaitGroup
		for _, by := range []string{lead, admin, lead, admin} {
			mine := as(s)
			all.Go(func() {
				if _, err := mine.Take(h.App, by, "Thank you", keep); err == nil {
					taken.Add(1)
				}
			})
		}
		all.Wait()
		if taken.Load() != 1 || len(revisions(t, h, d)) != before+1 {
			t.Errorf("it is taken %d times, and leaves %d revisions", taken.Load(), len(revisions(t, h, d))-before)
		}
	})
	t.Run("by one who lost the right", func(t *testing.T) {
		d, s := suggested(t, h)
		reader := h.Record("users", "email", "member2@example.org").Id
		if _, err := s.Take(h.App, reader, "Thank you", keep); err == nil || reload(t, h.App, d).Body() != threeParagraphs {
			t.Errorf("somebody who may not write there takes it: %v", err)
		}
		if err := as(s).Decline(h.App, reader, "No"); err == nil || !as(s).Open() {
			t.Errorf("or declines it: %v", err)
		}
	})
	t.Run("of a page that was withdrawn", func(t *testing.T) {
		d, s := suggested(t, h)
		d.Set("state", library.Withdrawn)
		d = mustSave(t, h.App, d)
		out, err := s.Take(h.App, lead, "Thank you", keep)
		if d = reload(t, h.App, d); err != nil || out || d.State() != library.Withdrawn || d.Body() != threeParagraphs {
			t.Errorf("readers see it: %v, %v, %s %q", out, err, d.State(), d.Body())
		}
	})
}
