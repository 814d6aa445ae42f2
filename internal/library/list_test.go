package library_test

import (
	"database/sql"
	"errors"
	"slices"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
)

// TestWhoSeesWhat puts documents of every state into every sort of space, and lists them as everybody.
func TestWhoSeesWhat(t *testing.T) {
	h := hubtest.New(t)
	partner := h.Record("users", "email", "partner@example.org").Id
	spaces := map[string]string{"library": idOf(h.App, "spaces", "library"), "group": idOf(h.App, "spaces", "passport-group"), "board": idOf(h.App, "spaces", "programme-board")}
	ids := map[string]*library.Document{}
	for name, space := range spaces {
		for _, state := range []string{library.Draft, library.InReview, library.Published, library.Withdrawn} {
			fields := complete(h.App, map[string]any{"title": name + " " + state, "state": state, "space": space})
			if name != "board" {
				fields["author"] = partner
			}
			ids[name+" "+state] = mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, fields))
		}
	}
	out := []string{"published", "withdrawn"}
	all := []string{"draft", "in-review", "published", "withdrawn"}
	for who, sees := range map[string]map[string][]string{
		"guest":     {"library": out},
		"member2":   {"library": out, "group": out},
		"member":    {"library": out, "group": out},
		"moderator": {"library": out, "group": out},
		"partner":   {"library": all, "group": all},
		"lead":      {"library": all, "group": all, "board": all},
		"admin":     {"library": all, "group": all, "board": all},
	} {
		v := viewerOf(t, h, who)
		cards, err := library.Cards(h.App, v, dbx.HashExp{"kind": string(library.CaseStudy)})
		if err != nil {
			t.Fatal(err)
		}
		for name, d := range ids {
			space, state := d.Space(), d.State()
			may := false
			for s, states := range sees {
				may = may || spaces[s] == space && slices.Contains(states, state)
			}
			if d.Viewable(v) != may {
				t.Errorf("%s may see %q: %v", who, name, !may)
			}
			if listed := slices.ContainsFunc(cards, func(c library.Card) bool { return c.ID == d.Id }); listed != may {
				t.Errorf("%s has %q in a list: %v", who, name, listed)
			}
		}
	}
}

func TestListsSayWhatTheyShow(t *testing.T) {
	h := hubtest.New(t)
	guest := viewerOf(t, h, "guest")
	cards, err := library.Cards(h.App, guest, dbx.HashExp{"slug": "a-passport-that-moves-with-you"})
	if err != nil || len(cards) != 1 {
		t.Fatalf("%d cards: %v", len(cards), err)
	}
	c := cards[0]
	if c.Address() != "/case-studies/a-passport-that-moves-with-you" || c.Evidence != "published" || c.Involvement != "asked" || len(c.Places) != 6 || len(c.Topics) != 5 || c.Published.IsZero() || c.CheckBy.IsZero() || c.Organisation == "" {
		t.Errorf("the card says %+v", c)
	}
	late := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"published": "2999-01-01 00:00:00.000Z"})))
	mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"title": "Draft", "state": library.Draft, "published": "2999-01-02 00:00:00.000Z"})))
	if newest, err := library.Latest(h.App, viewerOf(t, h, "admin"), 2, nil); err != nil || len(newest) != 2 || newest[0].ID != late.Id {
		t.Errorf("the newest are %v: %v", newest, err)
	}
	chapters, err := library.Chapters(h.App, guest)
	if err != nil || len(chapters) < 2 || chapters[0].Slug != "start-here" || chapters[1].Slug != "adult-carers" {
		t.Fatalf("chapters %v: %v", chapters, err)
	}
	for _, c := range chapters {
		if c.Title == "" || len(c.Pages) == 0 || c.Address() != "/handbook/"+c.Slug {
			t.Errorf("a chapter is %+v", c)
		}
	}
	if pages := chapters[0].Pages; pages[0].Slug != "am-i-a-carer" {
		t.Errorf("the first page is %s", pages[0].Slug)
	}
	for list, slug := range map[string]string{"topic": "carers-passport", "audience": "adult-carer", "chapter": "start-here"} {
		if words, err := library.Vocabulary(h.App, list); err != nil || words[slug] == "" {
			t.Errorf("the list %s has no %s: %v", list, slug, err)
		}
	}
}

func TestFindingByAddress(t *testing.T) {
	h := hubtest.New(t)
	for _, c := range []struct {
		kind          library.Kind
		chapter, slug string
		found         bool
	}{
		{library.Handbook, "adult-carers", "breaks", true}, {library.Handbook, "start-here", "breaks", false}, {library.Glossary, "", "breaks", true}, {library.CaseStudy, "", "breaks", false},
		{library.SitePage, "", "about", true}, {library.SitePage, "", "", false}, {library.Handbook, "", "breaks", false},
	} {
		d, err := library.Find(h.App, c.kind, c.chapter, c.slug)
		if c.found != (err == nil) || err != nil && !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("%s %s/%s: %v", c.kind, c.chapter, c.slug, err)
		}
		if c.found && d.Address() != c.kind.Address(c.chapter, c.slug) {
			t.Errorf("it stands at %s", d.Address())
		}
	}
	if _, err := library.ByID(h.App, "nothing"); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("what is not there: %v", err)
	}
}

// TestOldAddresses moves documents, and asks who is told where they are.
func TestOldAddresses(t *testing.T) {
	h := hubtest.New(t)
	guest, lead := viewerOf(t, h, "guest"), viewerOf(t, h, "lead")
	movedTo := func(address string) string {
		t.Helper()
		to, err := library.MovedTo(h.App, guest, address)
		if err != nil {
			t.Fatal(err)
		}
		return to
	}
	d := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"slug": "one", "state": library.Draft})))
	rename := func(slug, state string) {
		t.Helper()
		d = reload(t, h.App, d)
		d.Set("slug", slug)
		d.Set("state", state)
		mustSave(t, h.App, d)
	}
	rename("two", library.Draft)
	rename("three", library.Published)
	if movedTo("/guidance/one") != "" || movedTo("/guidance/two") != "" {
		t.Error("what was never out leaves an address behind")
	}
	rename("four", library.Published)
	rename("five", library.Withdrawn)
	if movedTo("/guidance/three") != "/guidance/five" || movedTo("/guidance/four") != "/guidance/five" || movedTo("/guidance/five") != "" || movedTo("/guidance/six") != "" {
		t.Errorf("they lead to %q and %q", movedTo("/guidance/three"), movedTo("/guidance/four"))
	}
	rename("three", library.Published)
	if movedTo("/guidance/three") != "" || movedTo("/guidance/five") != "/guidance/three" {
		t.Error("an address that it stands at again leads away")
	}
	// Another one takes the address only by choice, and only when it is out.
	slug, err := library.FreeSlug(h.App, library.Guidance, "", "five", "")
	if err != nil || slug != "five-2" {
		t.Errorf("the free address is %q: %v", slug, err)
	}
	if slug, err = library.FreeSlug(h.App, library.Guidance, "", "five", d.Id); err != nil || slug != "five" {
		t.Errorf("its own old address is not free: %q, %v", slug, err)
	}
	other := mustSave(t, h.App, fresh(t, h.App, library.Guidance, complete(h.App, map[string]any{"slug": "five", "state": library.Draft})))
	if movedTo("/guidance/five") != "/guidance/three" {
		t.Error("a draft takes an old address away")
	}
	other.Set("state", library.Published)
	mustSave(t, h.App, other)
	if movedTo("/guidance/five") != "" {
		t.Error("the address leads away from what stands there")
	}
	// Hidden, nobody is told; deleted, it leads nowhere.
	d = reload(t, h.App, d)
	d.Set("space", idOf(h.App, "spaces", "programme-board"))
	mustSave(t, h.App, d)
	if to, err := library.MovedTo(h.App, lead, "/guidance/four"); movedTo("/guidance/four") != "" || to != "/guidance/three" || err != nil {
		t.Errorf("guests are told %q, the lead %q: %v", movedTo("/guidance/four"), to, err)
	}
	if err := h.App.Delete(reload(t, h.App, d).Record); err != nil || movedTo("/guidance/four") != "" {
		t.Errorf("deleted, it leads to %q: %v", movedTo("/guidance/four"), err)
	}
	if err := library.Redirect(h.App, "/old/home", other.Id); err != nil || movedTo("/old/home") != "/guidance/five" {
		t.Errorf("an address of before leads to %q: %v", movedTo("/old/home"), err)
	}
}

// TestOnlyWhatIsOutIsFound asks for the search entries of everything, and of some.
func TestOnlyWhatIsOutIsFound(t *testing.T) {
	h := hubtest.New(t)
	entries := func(ids []string) map[string]search.Entry {
		t.Helper()
		all := map[string]search.Entry{}
		if err := library.Entries(h.App, ids, func(e search.Entry) error { all[e.ID] = e; return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	d := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"title": "Found", "topics": []string{"breaks"}, "evidence": "illustrative", "body": "Words {{figure carers-allowance-week}}."})))
	draft := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, complete(h.App, map[string]any{"title": "Not found", "state": library.Draft})))
	id := library.EntryPrefix + d.Id
	all := entries(nil)
	e := all[id]
	if len(all) < 60 || e.Title != "Found" || e.Kind != "case-study" || e.URL != "/case-studies/found" || e.Access != d.Space()+":published" || !slices.Equal(e.Places, []string{"leeds"}) || !slices.Equal(e.Topics, []string{"breaks"}) || e.Evidence != "illustrative" {
		t.Errorf("%d entries, the new one %+v", len(all), e)
	}
	if _, ok := all[library.EntryPrefix+draft.Id]; ok {
		t.Error("a draft is found")
	}
	if some := entries([]string{d.Id, draft.Id, "nothing"}); len(some) != 1 {
		t.Errorf("of three, %d entries", len(some))
	}
	if none := entries([]string{}); len(none) != 0 {
		t.Errorf("of none, %d entries", len(none))
	}
	d.Set("state", library.Withdrawn)
	mustSave(t, h.App, d)
	if _, ok := entries(nil)[id]; ok {
		t.Error("what was withdrawn is found")
	}
	stop := errors.New("stop")
	if err := library.Entries(h.App, nil, func(search.Entry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error is lost: %v", err)
	}
}
