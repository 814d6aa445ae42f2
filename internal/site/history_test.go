package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
)

// versions is a page of the library with four versions: a draft, two that were published, and work beside the second. The
// first was out from 1 to 10 March 2026.
func versions(t *testing.T, h *hubtest.Hub) *library.Document {
	t.Helper()
	partner := h.Record("users", "email", "partner@example.org")
	r := make1(t, h, "documents", map[string]any{
		"kind": "handbook", "chapter": "adult-carers", "title": "Numbats at night", "summary": "Secretdraft words.", "body": "First the numbat sleeps.\n\nThen it eats.",
		"author": partner.Id, "organisation": partner.GetString("organisation"), "owner_role": "Numbat lead",
	})
	d := library.Wrap(r)
	save := func(reason string, values map[string]any) {
		d, _ = library.ByID(h.App, d.Id)
		d.Load(values)
		library.Because(d, reason)
		journal.By(d.Record, partner.Id)
		if err := h.App.Save(d.Record); err != nil {
			t.Fatal(err)
		}
	}
	save("", map[string]any{"state": library.Published, "summary": "What numbats do."})
	save("The law changed in April.", map[string]any{"body": "First the numbat wakes.\n\nThen it eats."})
	d, _ = library.ByID(h.App, d.Id)
	d.Set("body", "Workbeside words.")
	library.Because(d, "Secretreason.")
	if _, err := library.SaveWork(h.App, d, partner.Id); err != nil {
		t.Fatal(err)
	}
	for number, times := range map[int]dbx.Params{
		2: {"out": "2026-03-01 09:00:00.000Z", "until": "2026-03-10 09:00:00.000Z"}, 3: {"out": "2026-03-10 09:00:00.000Z"},
	} {
		if _, err := h.App.DB().Update("revisions", times, dbx.HashExp{"document": d.Id, "number": number}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	d, _ = library.ByID(h.App, d.Id)
	return d
}

func TestReadersSeeWhatChanged(t *testing.T) {
	h := hubtest.New(t)
	d := versions(t, h)
	const here = "/handbook/adult-carers/numbats-at-night"
	if d.Address() != here {
		t.Fatal(d.Address())
	}
	guest, member := h.As("guest"), h.As("member")
	has(t, guest.Get(here), `<a href="`+here+`/changes" rel="nofollow">What changed</a>`)
	changes := want(t, guest.Get(here+"/changes"), http.StatusOK)
	has(t, changes, "What readers see now", "First published here", "The law changed in April.", `href="`+here+`/changes/3"`, `href="`+here+`/at/2026-03-10"`, `content="noindex"`, "partner (example)")
	hasNot(t, changes, "Secretdraft", "Workbeside", "Secretreason", "Pat Partner", "/people/", `/changes/1"`, `/changes/4"`)
	has(t, member.Get(here+"/changes"), h.Record("users", "email", "partner@example.org").GetString("name"))
	difference := want(t, guest.Get(here+"/changes/3"), http.StatusOK)
	has(t, difference, "<h3 id=\"difference-body\">Text</h3>", "[taken out: </span>sleeps<", "[put in: </span>wakes<")
	hasNot(t, difference, "Secretdraft", "Workbeside")
	has(t, want(t, guest.Get(here+"/changes/2"), http.StatusOK), "This is the first version that was published.")
	has(t, want(t, guest.Get(here+"/changes/2?with=3"), http.StatusOK), "[put in: </span>sleeps<")
	for _, hidden := range []string{"/changes/1", "/changes/4", "/changes/3?with=1", "/changes/3?with=4", "/changes/0", "/changes/x", "/changes/99"} {
		for who, c := range map[string]*hubtest.Client{"guest": guest, "member": member, "partner": h.As("partner")} {
			if a := c.Get(here + hidden); a.Status != http.StatusNotFound {
				t.Errorf("%s: %s answers %d", who, hidden, a.Status)
			}
		}
	}
	// Through the lens of a place the plain address is linked.
	has(t, guest.Get("/in/leeds"+here), `href="`+here+`/changes"`)
}

func TestThePageAsItWasOnADay(t *testing.T) {
	h := hubtest.New(t)
	d := versions(t, h)
	here, guest := d.Address(), h.As("guest")
	today := time.Now().UTC().Format(time.DateOnly)
	for _, c := range []struct{ day, says string }{
		{"2026-02-28", ""}, {"2026-03-01", "sleeps"}, {"2026-03-09", "sleeps"}, {"2026-03-10", "wakes"}, {today, "wakes"},
		{"2199-01-01", ""}, {"2026-3-1", ""}, {"2026-02-30", ""}, {"never", ""},
	} {
		a := guest.Get(here + "/at/" + c.day)
		if c.says == "" {
			want(t, a, http.StatusNotFound)
			continue
		}
		has(t, want(t, a, http.StatusOK), c.says, "This is the page as it was on", `<link rel="canonical" href="`+here+`">`, `content="noindex"`, "Numbat lead")
		hasNot(t, a, "Secretdraft", "Workbeside", `rel="nofollow">Suggest`)
	}
	if to := ledTo(t, guest.Get(here+"/changes?day=2026-03-05")); to != here+"/at/2026-03-05" {
		t.Error(to)
	}
	has(t, want(t, guest.Get(here+"/changes?day=2020-01-01"), http.StatusUnprocessableEntity), "The page was not published on that day.", `value="2020-01-01"`)

	// Withdrawn: the page says so, on days before as well.
	change(t, h, d.Record, map[string]any{"state": library.Withdrawn})
	h.Settle()
	has(t, want(t, guest.Get(here+"/at/2026-03-05"), http.StatusOK), "The page was withdrawn since.")
	has(t, want(t, guest.Get(here+"/at/"+today), http.StatusOK), "The page was withdrawn on that day.")
	has(t, guest.Get(here+"/changes"), "This page was withdrawn", ">Withdrawn<")

	// What one may not see any more, one may not see as it was.
	d, _ = library.ByID(h.App, d.Id)
	change(t, h, d.Record, map[string]any{"space": h.Record("spaces", "slug", "programme-board").Id})
	h.Settle()
	for _, below := range []string{"/changes", "/changes/3", "/at/2026-03-05"} {
		want(t, guest.Get(here+below), http.StatusNotFound)
		want(t, h.As("member2").Get(here+below), http.StatusNotFound)
	}
}

// TestAPageThatIsOpenedKeepsItsPastClosed moves a page from a private space into the library: what it said there before
// stays with those who may look there.
func TestAPageThatIsOpenedKeepsItsPastClosed(t *testing.T) {
	h := hubtest.New(t)
	board := h.Record("spaces", "slug", "programme-board").Id
	r := make1(t, h, "documents", map[string]any{"kind": "guidance", "title": "Wombat rota", "summary": "Open words.", "body": "Innercircle words.", "space": board, "state": library.Published})
	change(t, h, r, map[string]any{"body": "Harmless words."})
	h.Settle()
	guest := h.As("guest")
	want(t, guest.Get("/guidance/wombat-rota/changes"), http.StatusNotFound)
	r = h.Record("documents", "slug", "wombat-rota")
	change(t, h, r, map[string]any{"space": h.Record("spaces", "slug", "library").Id})
	h.Settle()
	has(t, want(t, guest.Get("/guidance/wombat-rota"), http.StatusOK), "Harmless words.")
	has(t, want(t, guest.Get("/guidance/wombat-rota/changes"), http.StatusOK), "What readers see now")
	for _, below := range []string{"/changes", "/changes/3"} {
		hasNot(t, want(t, guest.Get("/guidance/wombat-rota"+below), http.StatusOK), "Innercircle", "/changes/1\"", "/changes/2\"")
	}
	for _, below := range []string{"/changes/1", "/changes/2", "/changes/3?with=1"} {
		want(t, guest.Get("/guidance/wombat-rota"+below), http.StatusNotFound)
	}
	has(t, want(t, h.As("lead").Get("/guidance/wombat-rota/changes/2"), http.StatusOK), "Innercircle")
}

// TestChangesStandBelowEveryKind asks below an address of each shape, and after a move.
func TestChangesStandBelowEveryKind(t *testing.T) {
	h := hubtest.New(t)
	guest, today := h.As("guest"), time.Now().UTC().Format(time.DateOnly)
	for _, kind := range library.Kinds() {
		d := library.Wrap(make1(t, h, "documents", map[string]any{
			"kind": string(kind), "title": "Quokka " + string(kind), "summary": "Words.", "body": "Words.", "state": library.Published, "challenge": "- Quokkachallenge",
			"action": "- b", "result": "- c", "places": []string{wakefield(h)}, "contact_role": "Lead", "chapter": map[library.Kind]string{library.Handbook: "adult-carers"}[kind],
		}))
		old := d.Address()
		for _, below := range []string{"/changes", "/changes/1", "/at/" + today} {
			has(t, want(t, guest.Get(old+below), http.StatusOK), "Quokka "+string(kind))
		}
		change(t, h, d.Record, map[string]any{"slug": "moved-" + string(kind)})
		h.Settle()
		d, _ = library.ByID(h.App, d.Id)
		for _, below := range []string{"/changes", "/changes/1", "/at/" + today} {
			if to := want(t, guest.Get(old+below), http.StatusMovedPermanently).Header.Get("Location"); to != d.Address()+below {
				t.Errorf("%s%s leads to %s", old, below, to)
			}
		}
		draft := library.Wrap(make1(t, h, "documents", map[string]any{"kind": string(kind), "title": "Unborn " + string(kind), "chapter": d.Chapter()}))
		for _, below := range []string{"/changes", "/changes/1", "/at/" + today} {
			want(t, guest.Get(draft.Address()+below), http.StatusNotFound)
			want(t, h.As("lead").Get(draft.Address()+below), http.StatusNotFound)
		}
	}
}

func TestEditorsSeeEverySaveAndPutOneBack(t *testing.T) {
	h := hubtest.New(t)
	d := versions(t, h)
	partner, history := h.As("partner"), "/write/handbook/"+d.Id+"/history"
	page := want(t, partner.Get(history), http.StatusOK)
	has(t, page, "Version 4", "Secretreason.", "The law changed in April.", "Waits beside the page", "What readers see now", "Was published", `content="noindex"`)
	has(t, want(t, partner.Get(history+"?from=1&to=2"), http.StatusOK), "Version 2 compared with version 1", "<del>Secretdraft words.</del>", "<ins>What numbats do.</ins>")
	want(t, partner.Get(history+"?from=1&to=99"), http.StatusNotFound)
	for who, status := range map[string]int{"member": http.StatusForbidden, "moderator": http.StatusForbidden, "lead": http.StatusOK, "admin": http.StatusOK} {
		want(t, h.As(who).Get(history), status)
	}
	if to := ledTo(t, h.As("guest").Get(history)); !strings.HasPrefix(to, "/sign-in") {
		t.Error(to)
	}
	want(t, partner.Get("/write/guidance/"+d.Id+"/history"), http.StatusNotFound)

	// Put back beside the page: a fifth version, and the page stays.
	to := ledTo(t, partner.Post(history, url.Values{"number": {"2"}, "note": {"It was right."}}))
	has(t, want(t, partner.Get(to), http.StatusOK), "put back beside the page", "Version 5", "Put back from version 2. It was right.")
	h.Settle()
	has(t, h.As("guest").Get(d.Address()), "wakes")
	work, err := library.Work(h.App, d.Id)
	if err != nil || work == nil || work.Number() != 5 || !strings.Contains(work.GetString("content"), "sleeps") {
		t.Fatalf("the work is %v, %v", work, err)
	}
	// What is out, put back, is no work.
	has(t, partner.Get(ledTo(t, partner.Post(history, url.Values{"number": {"3"}}))), "The document says that already.")
	want(t, partner.Post(history, url.Values{"number": {"77"}}), http.StatusNotFound)
	want(t, h.As("member").Post(history, url.Values{"number": {"2"}}), http.StatusForbidden)
}

// TestWhoHasLeftIsNobodyInAHistory erases the writer of a page.
func TestWhoHasLeftIsNobodyInAHistory(t *testing.T) {
	h := hubtest.New(t)
	d := versions(t, h)
	partner := h.Record("users", "email", "partner@example.org")
	name := partner.GetString("name")
	has(t, h.As("lead").Get("/write/handbook/"+d.Id+"/history"), name)
	if err := h.Hub.Erase(partner.Id, "test"); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	for _, address := range []string{"/write/handbook/" + d.Id + "/history", d.Address() + "/changes"} {
		hasNot(t, want(t, h.As("lead").Get(address), http.StatusOK), name, "/people/"+partner.Id)
	}
}
