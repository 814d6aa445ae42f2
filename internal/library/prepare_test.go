package library_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
)

func TestSlugs(t *testing.T) {
	h := hubtest.New(t)
	for _, c := range []struct {
		name   string
		kind   library.Kind
		fields map[string]any
		slug   string // a pattern
	}{
		{"of the title", library.CaseStudy, map[string]any{"title": "A “Café” for carers’ friends, 2026!"}, "a-cafe-for-carers-friends-2026"},
		{"one that is taken", library.CaseStudy, map[string]any{"title": "A “Café” for carers’ friends, 2026!"}, "a-cafe-for-carers-friends-2026-2"},
		{"and again", library.CaseStudy, map[string]any{"title": "A café for carers' friends 2026"}, "a-cafe-for-carers-friends-2026-3"},
		{"of another kind it is free", library.Guidance, map[string]any{"title": "A café for carers' friends 2026"}, "a-cafe-for-carers-friends-2026"},
		{"in one chapter", library.Handbook, map[string]any{"title": "Breaks again", "chapter": "start-here"}, "breaks-again"},
		{"in another chapter it is free", library.Handbook, map[string]any{"title": "Breaks again", "chapter": "adult-carers"}, "breaks-again"},
		{"chosen by somebody", library.CaseStudy, map[string]any{"title": "Something", "slug": "chosen-one"}, "chosen-one"},
		{"another script", library.CaseStudy, map[string]any{"title": "家族の介護"}, "cs-[a-z0-9]{6}"},
		{"right to left", library.Glossary, map[string]any{"title": "رعاية"}, "gl-[a-z0-9]{6}"},
		{"nothing but signs", library.Template, map[string]any{"title": "!?…"}, "tp-[a-z0-9]{6}"},
		{"very long", library.CaseStudy, map[string]any{"title": strings.Repeat("carers and ", 20)}, "[a-z-]{40,80}"},
		{"an address of the site", library.SitePage, map[string]any{"title": "Search"}, "search-2"},
		{"another one", library.SitePage, map[string]any{"title": "Sign in"}, "sign-in-2"},
		{"free for a page", library.SitePage, map[string]any{"title": "Our story"}, "our-story"},
		{"below its list it may have any", library.CaseStudy, map[string]any{"title": "Search"}, "search"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := mustSave(t, h.App, fresh(t, h.App, c.kind, c.fields))
			if !regexp.MustCompile("^" + c.slug + "$").MatchString(d.Slug()) {
				t.Errorf("the slug is %q, not %q", d.Slug(), c.slug)
			}
			found, err := library.Find(h.App, c.kind, d.Chapter(), d.Slug())
			if err != nil || found.Id != d.Id || !strings.HasSuffix(d.Address(), "/"+d.Slug()) {
				t.Errorf("at %s there is %v: %v", d.Address(), found.Id, err)
			}
		})
	}
	// Every first part of an address that the site has is taken.
	for _, word := range strings.Fields("handbook case-studies guidance plans glossary templates in search discussions spaces partners places sign-in sign-out me write live api static offline") {
		if slug, err := library.FreeSlug(h.App, library.SitePage, "", word, ""); err != nil || slug == word {
			t.Errorf("a page may stand at /%s: %v", word, err)
		}
	}
}

func TestSlugsFollowTheTitleUntilItIsOut(t *testing.T) {
	h := hubtest.New(t)
	d := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"title": "First words", "state": library.Draft})))
	key := d.Key()
	d.Set("title", "Better words")
	d = mustSave(t, h.App, d)
	if d.Slug() != "better-words" || d.Key() != key {
		t.Errorf("renamed, the draft has the slug %q and the key %q", d.Slug(), d.Key())
	}
	d.Set("title", "家族")
	d = mustSave(t, h.App, d)
	if strings.HasPrefix(d.Slug(), "better") {
		t.Errorf("the slug stays %q", d.Slug())
	}
	d.Set("slug", "chosen")
	d = mustSave(t, h.App, d)
	d.Set("title", "Third words")
	if d = mustSave(t, h.App, d); d.Slug() != "chosen" {
		t.Errorf("a slug that somebody chose becomes %q", d.Slug())
	}
	d.Set("state", library.Published)
	d = mustSave(t, h.App, d)
	d.Set("title", "Fourth words")
	if d = mustSave(t, h.App, d); d.Slug() != "chosen" {
		t.Errorf("out, the slug becomes %q", d.Slug())
	}
}

func TestOnlyTheHandbookHasChapters(t *testing.T) {
	h := hubtest.New(t)
	for _, kind := range library.Kinds() {
		d := mustSave(t, h.App, fresh(t, h.App, kind, complete(h.App, map[string]any{"title": "In a chapter", "chapter": "start-here"})))
		want := kind.Address("", "in-a-chapter")
		if kind == library.Handbook {
			want = "/handbook/start-here/in-a-chapter"
		}
		if d.Address() != want {
			t.Errorf("%s stands at %s", kind, d.Address())
		}
		file := write(t, h.App, d)
		if !strings.Contains(file, "\nchapter: start-here\n") {
			t.Errorf("%s has lost the word:\n%s", kind, file)
		}
		if again, _, _ := read(t, h.App, file); write(t, h.App, mustSave(t, h.App, renamed(again))) != strings.Replace(file, d.Key(), again.Key(), 1) {
			t.Errorf("%s comes back as another", kind)
		}
	}
}

// renamed is a document that can stand beside its original.
func renamed(d *library.Document) *library.Document {
	d.Set("key", d.Key()+"-again")
	return d
}

func TestKeysAreForEverAndForOne(t *testing.T) {
	h := hubtest.New(t)
	one := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, map[string]any{"title": "Twins"}))
	two := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, map[string]any{"title": "Twins"}))
	page := mustSave(t, h.App, fresh(t, h.App, library.Handbook, map[string]any{"title": "Twins", "chapter": "start-here"}))
	if one.Key() != "cs-twins" || two.Key() != "cs-twins-2" || page.Key() != "hb-start-here-twins" {
		t.Errorf("keys %q, %q, %q", one.Key(), two.Key(), page.Key())
	}
	if err := h.App.Save(fresh(t, h.App, library.CaseStudy, map[string]any{"title": "Thief", "key": "cs-twins"}).Record); err == nil {
		t.Error("a key is given twice")
	}
	one.Set("title", "No twin")
	if one = mustSave(t, h.App, one); one.Key() != "cs-twins" {
		t.Errorf("the key becomes %q", one.Key())
	}
}

func TestPrepareEvensOutWhatPeoplePaste(t *testing.T) {
	h := hubtest.New(t)
	d := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, map[string]any{
		"title": " \u202EA\u200B  title\tof\u0007 lines\r\n", "summary": "A\u2066 summary\nof two lines", "contact_role": "\uFEFFCarers\u00A0 lead", "body": "one\r\ntwo\rthree", "challenge": "- a\r\n- b",
	}))
	for field, want := range map[string]string{"title": "A title of lines", "summary": "A summary of two lines", "contact_role": "Carers lead", "body": "one\ntwo\nthree", "challenge": "- a\n- b"} {
		if got := d.GetString(field); got != want {
			t.Errorf("%s is %q, not %q", field, got, want)
		}
	}
	libraryID := idOf(h.App, "spaces", "library")
	if d.Space() != libraryID || d.GetString("access") != libraryID+":draft" || d.State() != library.Draft || d.Language() != "en" || d.Direction() != "ltr" {
		t.Errorf("defaults: space %q, access %q, state %q, language %q", d.Space(), d.GetString("access"), d.State(), d.Language())
	}
	if !d.Published().IsZero() || d.GetString("published_revision") != "" || d.GetString("plain") != "" {
		t.Errorf("a draft has %v, %q, %q", d.Published(), d.GetString("published_revision"), d.GetString("plain"))
	}
	if mustSave(t, h.App, fresh(t, h.App, "", map[string]any{"title": "Of no kind"})).DocKind() != library.Guidance {
		t.Error("of no kind, it is not guidance")
	}
}

func TestPublishingKeepsWhatThePageNeeds(t *testing.T) {
	h := hubtest.New(t)
	d := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{
		"body": "## What changed\n\nCarers get {{figure carers-allowance-week}}. **More** <b>raw</b>.", "result": "- A *result*\n- Another", "challenge": "- [x](javascript:alert(1))",
	})))
	r, err := d.Rendered()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Result) != 2 || r.Result[0] != "A <em>result</em>" || strings.Contains(r.Challenge[0], "javascript") || r.Outline[0].ID != "outcomes" || r.Words == 0 {
		t.Errorf("rendered %+v", r)
	}
	if plain := d.GetString("plain"); !strings.Contains(plain, "Carers get £") || !strings.Contains(plain, "A *result*") && !strings.Contains(plain, "A result") || strings.Contains(plain, "{{") {
		t.Errorf("plain %q", plain)
	}
	if d.GetString("access") != d.Space()+":published" || d.Published().IsZero() || d.GetString("published_revision") == "" {
		t.Errorf("access %q, published %v, revision %q", d.GetString("access"), d.Published(), d.GetString("published_revision"))
	}
	published := d.Published()
	d.Set("body", "Shorter.")
	d = mustSave(t, h.App, d)
	if r, err = d.Rendered(); err != nil || !strings.Contains(r.Body, "Shorter.") || !d.Published().Equal(published) || d.GetString("plain") != "[x](javascript:alert(1))\nb\nA *result*\nAnother\nShorter." && !strings.Contains(d.GetString("plain"), "Shorter.") {
		t.Errorf("changed: %+v %v %q", r, err, d.GetString("plain"))
	}
	// HTML of an older renderer is made anew when it is read.
	if _, err := h.App.DB().NewQuery(`UPDATE documents SET rendered = '{"version":0,"body":"<p>old</p>"}' WHERE id = '` + d.Id + `'`).Execute(); err != nil {
		t.Fatal(err)
	}
	if r, err = reload(t, h.App, d).Rendered(); err != nil || !strings.Contains(r.Body, "Shorter.") {
		t.Errorf("after an older renderer: %+v %v", r, err)
	}
	// Published on a day of its own, it stays.
	early := mustSave(t, h.App, fresh(t, h.App, library.Glossary, complete(h.App, map[string]any{"title": "Early", "published": "2020-02-03 00:00:00.000Z"})))
	if early.Published().Format(time.DateOnly) != "2020-02-03" {
		t.Errorf("published %v", early.Published())
	}
}

func TestWhatCannotBeShownIsNotPublished(t *testing.T) {
	h := hubtest.New(t)
	for body, says := range map[string]string{
		strings.Repeat("b", 256<<10+1):                                    "The text is 257 KiB long, and 256 KiB is the most.",
		strings.Repeat("> ", 30) + "x":                                    "The text has a shape that cannot be shown: line 1 is nested",
		"a|" + strings.Repeat("b|", 40) + "\n" + strings.Repeat("-|", 41): "columns, and 30 is the most.",
	} {
		d := fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"title": "Cannot be shown", "body": body}))
		if got := faultsIn(t, h.App.Save(d.Record))["body"]; !strings.Contains(got, says) {
			t.Errorf("%.20q: %q", body, got)
		}
	}
	if _, err := library.Find(h.App, library.Guidance, "", "cannot-be-shown"); err == nil {
		t.Error("it is there all the same")
	}
	d := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"title": "Just fits", "body": strings.Repeat("b", 256<<10)})))
	if len(d.Body()) != 256<<10 {
		t.Errorf("%d bytes are left", len(d.Body()))
	}
}

func TestWithdrawn(t *testing.T) {
	h := hubtest.New(t)
	d := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, nil)))
	d.Set("state", library.Withdrawn)
	d = mustSave(t, h.App, d)
	guest := viewerOf(t, h, "guest")
	if !d.Out() || !d.Viewable(guest) {
		t.Error("nobody can see that it was withdrawn")
	}
	for _, list := range []func() ([]library.Card, error){
		func() ([]library.Card, error) { return library.Latest(h.App, guest, 100, nil) },
	} {
		cards, err := list()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cards {
			if c.ID == d.Id {
				t.Error("it is still in a list")
			}
		}
	}
	// Withdrawn without having been complete is no fault: it is on its way out.
	bare := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, map[string]any{"title": "Bare"}))
	bare.Set("state", library.Withdrawn)
	mustSave(t, h.App, bare)
}

func TestDatesThatAreOver(t *testing.T) {
	h := hubtest.New(t)
	d := fresh(t, h.App, library.Guidance, map[string]any{"check_by": "2026-05-22 00:00:00.000Z"})
	f := &library.Figure{}
	f.SetProxyRecord(h.Record("figures", "key", "carers-allowance-week"))
	f.Set("until", "2026-05-22 00:00:00.000Z")
	for at, over := range map[string]bool{"2026-05-21T23:00:00Z": false, "2026-05-22T00:00:00Z": false, "2026-05-22T23:59:59Z": false, "2026-05-23T00:00:01Z": true, "2030-01-01T00:00:00Z": true} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if d.Overdue(now) != over || f.Expired(now) != over {
			t.Errorf("at %s: overdue %v, expired %v", at, d.Overdue(now), f.Expired(now))
		}
	}
	d.Set("check_by", "")
	f.Set("until", "")
	if late := time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC); d.Overdue(late) || f.Expired(late) {
		t.Error("what has no date is over")
	}
	all, err := library.Figures(h.App)
	if err != nil || all["carers-allowance-week"] == nil || all["carers-allowance-week"].Text() == "" || all["nothing"] != nil {
		t.Errorf("figures: %v", err)
	}
}

func TestDirections(t *testing.T) {
	for language, want := range map[string]string{"": "ltr", "en": "ltr", "ja": "ltr", "ar": "rtl", "AR": "rtl", "ur-PK": "rtl", "fa": "rtl", "arn": "ltr", "ckb": "rtl"} {
		if got := library.Direction(language); got != want {
			t.Errorf("%q is %s", language, got)
		}
	}
}
