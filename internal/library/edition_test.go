package library_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
)

// TestEditions: a page in other languages and in easy read is one page with several faces.
func TestEditions(t *testing.T) {
	h := hubtest.New(t)
	guest, lead := viewerOf(t, h, "guest"), h.Record("users", "email", "lead@example.org").Id
	page := func(fields map[string]any, meta library.Meta) *library.Document {
		d := fresh(t, h.App, library.Handbook, complete(h.App, fields))
		if err := d.SetMeta(meta); err != nil {
			t.Fatal(err)
		}
		return d
	}
	original := mustSave(t, h.App, page(map[string]any{"title": "Breaks of mine"}, library.Meta{}))
	urdu := mustSave(t, h.App, page(map[string]any{"title": "وقفہ", "language": "ur"}, library.Meta{TranslationOf: original.Key()}))
	easy := mustSave(t, h.App, page(map[string]any{"title": "Breaks, easily"}, library.Meta{EasyReadOf: original.Key()}))
	mustSave(t, h.App, page(map[string]any{"title": "Przerwa", "language": "pl", "state": library.Draft}, library.Meta{TranslationOf: original.Key()}))
	easyUrdu := mustSave(t, h.App, page(map[string]any{"title": "آسان", "language": "ur"}, library.Meta{EasyReadOf: urdu.Key()}))

	t.Run("each leads to the others that are out", func(t *testing.T) {
		for _, c := range []struct {
			of   *library.Document
			want []string
		}{
			{original, []string{urdu.Id, easy.Id, easyUrdu.Id}}, {urdu, []string{original.Id, easy.Id, easyUrdu.Id}},
			{easy, []string{original.Id, urdu.Id, easyUrdu.Id}}, {easyUrdu, []string{original.Id, urdu.Id, easy.Id}},
		} {
			list, err := library.Editions(h.App, guest, c.of)
			var got []string
			for _, e := range list {
				got = append(got, e.ID)
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s leads to %v, %v", c.of.Title(), got, err)
			}
		}
	})
	t.Run("only the original stands in its chapter", func(t *testing.T) {
		chapters, err := library.Chapters(h.App, guest)
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, c := range chapters {
			for _, p := range c.Pages {
				titles = append(titles, p.Title)
			}
		}
		if !slices.Contains(titles, original.Title()) || slices.ContainsFunc([]*library.Document{urdu, easy, easyUrdu}, func(d *library.Document) bool { return slices.Contains(titles, d.Title()) }) {
			t.Error(titles)
		}
	})
	t.Run("not two of a page in one language and form", func(t *testing.T) {
		again := page(map[string]any{"title": "وقفے", "language": "ur"}, library.Meta{TranslationOf: original.Key()})
		if said := faultsIn(t, h.App.Save(again.Record)); !strings.Contains(said["language"], urdu.Title()) {
			t.Error(said)
		}
	})
	t.Run("a file names the original, and its list of translations goes out as it came", func(t *testing.T) {
		d := fresh(t, h.App, library.Handbook, nil)
		front := map[string]any{"title": "A", "lang": "ur", "translation_of": "hb-b", "translations": map[string]any{"pl": "hb-c"}}
		if problems, err := library.Fill(h.App, d, front, "Words.\n"); len(problems) > 0 || err != nil {
			t.Fatal(problems, err)
		}
		text, err := library.File(h.App, d)
		if err != nil || !strings.Contains(text, "translation_of: hb-b\n") || !strings.Contains(text, "translations:\n  pl: hb-c\n") {
			t.Error(text, err)
		}
	})
	t.Run("it says when its original moved on", func(t *testing.T) {
		behind := func() bool {
			since, err := urdu.BehindSince(h.App)
			if err != nil {
				t.Fatal(err)
			}
			return !since.IsZero()
		}
		ago := func(d *library.Document, hours int) {
			at := time.Now().UTC().Add(-time.Duration(hours) * time.Hour).Format("2006-01-02 15:04:05.000Z")
			if _, err := h.App.DB().Update("revisions", dbx.Params{"out": at}, dbx.HashExp{"document": d.Id}).Execute(); err != nil {
				t.Fatal(err)
			}
		}
		ago(urdu, 5)
		ago(easy, 5)
		if behind() {
			t.Error("nothing changed yet")
		}
		original.Set("body", "Other words.")
		original = mustSave(t, h.App, original)
		if !behind() {
			t.Error("the words changed")
		}
		rows, err := library.Board(h.App, dbx.NewExp("1 = 1"), library.BoardAsked{Show: library.ShowBehind}, time.Now(), 0, -1)
		if err != nil || len(rows) != 2 || !rows[0].Behind {
			t.Errorf("its keeper sees %+v, %v", rows, err)
		}
		if err := library.Check(h.App, urdu, lead, time.Time{}); err != nil {
			t.Fatal(err)
		}
		urdu = reload(t, h.App, urdu)
		if behind() {
			t.Error("somebody looked at it since")
		}
	})
}

// TestBeginEdition: a new edition takes over what holds for both, and no words.
func TestBeginEdition(t *testing.T) {
	h := hubtest.New(t)
	d := mustSave(t, h.App, fresh(t, h.App, library.Handbook, complete(h.App, map[string]any{"audience": []string{"adult-carer"}})))
	for easy, want := range map[bool]library.Meta{true: {EasyReadOf: d.Key()}, false: {TranslationOf: d.Key()}} {
		e, err := d.Begin(h.App, easy)
		if err != nil {
			t.Fatal(err)
		}
		if m := e.Meta(); m.EasyReadOf != want.EasyReadOf || m.TranslationOf != want.TranslationOf || e.Title() != "" || e.Body() != "" || e.Chapter() != d.Chapter() || !slices.Equal(e.Audience(), d.Audience()) {
			t.Errorf("%+v %q %q", m, e.Title(), e.Chapter())
		}
	}
}
