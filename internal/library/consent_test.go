package library_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

const told = "zebrastory"

// aStory is a published case study that is somebody's story, with an older revision and work beside it that tell it too.
func aStory(t *testing.T, h *hubtest.Hub, until time.Time) (*library.Document, *library.Consent) {
	t.Helper()
	d, err := library.New(h.App, library.CaseStudy, "")
	if err != nil {
		t.Fatal(err)
	}
	d.Load(map[string]any{
		"title": "What " + told + " told us", "summary": "A " + told + " in short.", "challenge": "- " + told, "action": "- We listened to " + told + ".", "result": "- " + told + " rested.",
		"places": []string{h.Record("places", "slug", "wakefield").Id}, "contact_role": "Carers team", "body": "## In short\n\n“I am " + told + ",” she said.", "state": library.Published,
		"author": h.Record("users", "email", "partner@example.org").Id, "slug": "what-we-were-told",
	})
	save(t, h, d.Record)
	d.Set("body", d.Body()+"\n\nMore of "+told+".")
	save(t, h, d.Record)
	if d, err = library.ByID(h.App, d.Id); err != nil {
		t.Fatal(err)
	}
	work := library.Wrap(d.Record.Clone())
	work.Set("body", "Work on "+told)
	if _, err := library.Suggest(h.App, work, 1, h.Record("users", "email", "member@example.org").Id, "More of "+told); err != nil {
		t.Fatal(err)
	}
	must(t, library.Comment(h.App, d, d.Author(), "body", "More of "+told+".", "Did "+told+" say so?"))
	if _, err := library.SaveWork(h.App, work, d.Author()); err != nil {
		t.Fatal(err)
	}
	return d, consentTo(t, h, d.Id, library.Story, "", until)
}

func consentTo(t *testing.T, h *hubtest.Hub, document, what, passage string, until time.Time) *library.Consent {
	t.Helper()
	c, err := library.NewConsent(h.App, document)
	if err != nil {
		t.Fatal(err)
	}
	given := types.NowDateTime().AddDate(-2, 0, 0)
	c.Load(map[string]any{"what": what, "whose": "A carer", "how": "In writing", "given": given, "passage": passage})
	if !until.IsZero() {
		c.Set("until", until)
	}
	save(t, h, c.Record)
	return c
}

func save(t *testing.T, h *hubtest.Hub, r *core.Record) {
	t.Helper()
	if err := h.App.Save(r); err != nil {
		t.Fatal(err)
	}
}

// exits are the ways on which a story could still leave.
func exits(d *library.Document) []string {
	return []string{
		d.Address(), d.Address() + ".md", "/case-studies", "/", "/search?q=" + told, "/search.json?q=" + told, "/search.csv?q=" + told, "/-/suggest?q=zebra", "/places/wakefield",
		"/feed.atom", "/feed.json", "/sitemap.xml", "/discussions/new?document=" + d.Id, d.Address() + "/adopt", d.Address() + "/print", d.Address() + ".docx", d.Address() + "/press", d.Address() + "/history", d.Address() + "/changes",
		"/api/hub/search?q=" + told, "/api/hub/suggest?q=zebra", "/api/collections/documents/records?perPage=500", "/api/collections/revisions/records?perPage=500",
	}
}

var (
	marks = strings.NewReplacer("<mark>", "", "</mark>", "")
	tale  = regexp.MustCompile(told + `( told| in short| rested|[.,<])`)
)

// tells says whether an answer holds the story, and not only a question for it.
func tells(a hubtest.Answer) bool {
	return tale.MatchString(marks.Replace(strings.ReplaceAll(a.Body, told+"</title>", "")))
}

// TestAStoryThatIsTakenBackIsNowhere looks through every exit, as a guest, a member and the writer, before and after; and
// into the rows themselves.
func TestAStoryThatIsTakenBackIsNowhere(t *testing.T) {
	h := hubtest.New(t)
	d, c := aStory(t, h, time.Time{})
	h.Settle()
	readers := map[string]*hubtest.Client{"guest": h.Guest(), "member": h.As("member"), "partner": h.As("partner"), "lead": h.As("lead")}
	showed := 0
	for _, address := range exits(d) {
		if tells(readers["guest"].Get(address)) {
			showed++
		}
	}
	if showed < 4 {
		t.Fatalf("only %d exits show it while it is told", showed)
	}
	if err := c.Withdraw(h.App, d.Author()); err != nil {
		t.Fatal(err)
	}
	if body := readers["guest"].Get(d.Address()).Body; strings.Contains(body, told) {
		t.Error("the page tells it until the index has followed")
	}
	h.Settle()
	for who, reader := range readers {
		for _, address := range exits(d) {
			a := reader.Get(address)
			if rest := reader.REST("GET", address, nil); tells(a) || strings.HasPrefix(address, "/api/") && strings.Contains(rest.Body, told) {
				t.Errorf("%s reads it at %s", who, address)
			}
		}
	}
	if a := readers["guest"].Get(d.Address()); a.Status != http.StatusOK || !strings.Contains(a.Body, "This page was withdrawn") {
		t.Errorf("its address says nothing: %d", a.Status)
	}
	if a := readers["guest"].REST("POST", "/api/hub/similar", map[string]any{"title": "What " + told + " told us", "text": "I am " + told + " she said. We listened to " + told + " and she rested."}); strings.Contains(a.Body, d.Id) {
		t.Errorf("it is similar to itself: %s", a.Body)
	}
	for _, table := range []string{"documents", "revisions", "suggestions", "review_comments", "journal", "autosaves"} {
		rows, err := h.App.FindAllRecords(table)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if raw, err := r.MarshalJSON(); err != nil || strings.Contains(string(raw), told) {
				t.Errorf("%s %s keeps it: %v", table, r.Id, err)
			}
		}
	}
	// It is not published again without a new consent.
	d, err := library.ByID(h.App, d.Id)
	if err != nil || d.State() != library.Withdrawn {
		t.Fatalf("%s %v", d.State(), err)
	}
	again := map[string]any{"state": library.Published, "challenge": "- A", "action": "- B", "result": "- C"}
	d.Load(again)
	if err := h.App.Save(d.Record); err == nil || !strings.Contains(err.Error(), "consent") {
		t.Errorf("published again: %v", err)
	}
	consentTo(t, h, d.Id, library.Story, "", time.Now().AddDate(1, 0, 0))
	if d, err = library.ByID(h.App, d.Id); err != nil {
		t.Fatal(err)
	}
	d.Load(again)
	save(t, h, d.Record)
}

// A consent whose time is over takes the story out too; its words wait for writers, as work.
func TestAConsentEnds(t *testing.T) {
	h := hubtest.New(t)
	now := time.Now()
	d, _ := aStory(t, h, now.AddDate(0, 0, 3))
	if n, err := library.Lapse(h.App, now); n != 0 || err != nil {
		t.Fatalf("too early: %d %v", n, err)
	}
	if list, err := library.Ending(h.App, now, 30); len(list) != 1 || err != nil {
		t.Errorf("nobody is told: %v %v", list, err)
	}
	if n, err := library.Lapse(h.App, now.AddDate(0, 0, 6)); n != 1 || err != nil {
		t.Fatalf("%d %v", n, err)
	}
	if n, err := library.Lapse(h.App, now.AddDate(0, 0, 6)); n != 0 || err != nil {
		t.Errorf("once more: %d %v", n, err)
	}
	h.Settle()
	for _, address := range exits(d) {
		if tells(h.Guest().Get(address)) {
			t.Errorf("read at %s", address)
		}
	}
	work, err := library.Work(h.App, d.Id)
	if err != nil || work == nil || !strings.Contains(work.GetString("content"), told) {
		t.Errorf("the words are lost: %v %v", work, err)
	}
	has(t, h.As("partner").Get("/write/case-study/"+d.Id), told)
}

// A quotation is taken out of the page and of all that was kept; the rest stays.
func TestAQuotationIsTakenBack(t *testing.T) {
	h := hubtest.New(t)
	d, _ := aStory(t, h, time.Time{})
	quote := "“I am " + told + ",” she said."
	c := consentTo(t, h, d.Id, library.Quote, quote, time.Time{})
	if err := c.Withdraw(h.App, d.Author()); err != nil {
		t.Fatal(err)
	}
	page := h.Guest().Get(d.Address())
	if strings.Contains(page.Body, "she said") || !strings.Contains(page.Body, "[taken back]") || !strings.Contains(page.Body, "We listened to "+told) {
		t.Errorf("%s", page.Body)
	}
	revisions, err := h.App.FindAllRecords("revisions")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range revisions {
		if strings.Contains(r.GetString("content"), "she said") {
			t.Errorf("revision %d keeps it", r.GetInt("number"))
		}
	}
	d, err = library.ByID(h.App, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	d.Set("body", d.Body()+"\n\n"+quote)
	if err := h.App.Save(d.Record); err == nil {
		t.Error("it comes back")
	}
}

// The page of consents: for those who write and review, faults in words, and no page for others.
func TestTheConsentsOfAPage(t *testing.T) {
	h := hubtest.New(t)
	d, _ := aStory(t, h, time.Now().AddDate(0, 0, 10))
	address := "/write/case-study/" + d.Id + "/consent"
	partner := h.As("partner")
	has(t, partner.Get(address), "The whole story", "A carer", "It ends in", "ask again")
	for _, who := range []string{"member", "member2"} {
		if a := h.As(who).Get(address); a.Status != http.StatusForbidden && a.Status != http.StatusNotFound || strings.Contains(a.Body, "In writing") {
			t.Errorf("%s: %d", who, a.Status)
		}
	}
	a := partner.Post(address, url.Values{"what": {"quote"}, "passage": {"words that are not there"}, "until": {"2020-01-01"}, "given": {"2026-01-01"}})
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d", a.Status)
	}
	has(t, a, "The text does not have these words.", "Say whose consent it is", "Say how it was given", "It ends before it was given", "words that are not there")
	if a := partner.Post(address, url.Values{"what": {"quote"}, "passage": {"More of " + told + "."}, "whose": {"A nurse"}, "how": {"By phone"}, "given": {"2026-01-01"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	c := h.Record("consents", "whose", "A nurse")
	if a := partner.Post(address, url.Values{"withdraw": {c.Id}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d", a.Status)
	}
	if strings.Contains(h.Guest().Get(d.Address()).Body, "More of "+told) {
		t.Error("it is still there")
	}
}

func has(t *testing.T, a hubtest.Answer, all ...string) {
	t.Helper()
	for _, s := range all {
		if !strings.Contains(a.Body, s) {
			t.Errorf("it should say %q: %d %s", s, a.Status, a.Body)
		}
	}
}

// TestAPictureThatRestsOnAConsent goes with it: from the page, from what was kept of it, and from the store.
func TestAPictureThatRestsOnAConsent(t *testing.T) {
	h := hubtest.New(t)
	d := draft(t, h)
	d.Set("body", "A line that is quoted.\n\nMore.")
	save(t, h, d.Record)
	c := consentTo(t, h, d.Id, library.Picture, "A line that is quoted.", time.Time{})
	a, err := library.Attach(h.App, d, fileOf(t, photo(t, 600, 400), "team.jpg"), func(a *library.Attachment) { a.Load(map[string]any{"alt": "The team", "agreed": c.Id}) })
	if err != nil {
		t.Fatal(err)
	}
	d.Set("body", d.Body()+"\n\n![The team]("+a.Address()+")\n\nThe end.")
	save(t, h, d.Record)
	if may, _ := a.MayBePassedOn(h.App, time.Now()); !may {
		t.Error("it may not be passed on while the consent holds")
	}
	if err := c.Withdraw(h.App, d.Author()); err != nil {
		t.Fatal(err)
	}
	if d, err = library.ByID(h.App, d.Id); err != nil || strings.Contains(d.Body(), a.Id) || !strings.Contains(d.Body(), "The end.") {
		t.Errorf("%v: %s", err, d.Body())
	}
	kept, err := h.App.FindAllRecords("revisions")
	for _, r := range kept {
		if strings.Contains(r.GetString("content"), a.Id) {
			t.Error("a revision shows it")
		}
	}
	if left, e := library.Attachments(h.App, d.Id); err != nil || e != nil || len(left) != 0 {
		t.Errorf("%d files are left, %v %v", len(left), err, e)
	}
	other := consentTo(t, h, draft(t, h).Id, library.Story, "", time.Time{})
	if _, err := library.Attach(h.App, d, fileOf(t, photo(t, 600, 400), "b.jpg"), func(a *library.Attachment) { a.Set("agreed", other.Id) }); err == nil {
		t.Error("it rests on the consent of another page")
	}
}

// What discussions, readers and answers keep of a paragraph goes with a story, and loses a quotation, with or without its marks.
func TestWordingsLoseWhatIsTakenBack(t *testing.T) {
	h := hubtest.New(t)
	for _, c := range []struct{ what, passage, left string }{
		{library.Story, "", "[taken back]"},
		{library.Quote, "“I could **rest** at last,” she said.", "We listened. [taken back]"},
	} {
		d, err := library.New(h.App, library.Guidance, h.Record("spaces", "slug", "library").Id)
		must(t, err)
		d.Load(map[string]any{"title": "What " + c.what + " is", "summary": "One sentence.", "body": "We listened. “I could **rest** at last,” she said.", "state": library.Published})
		save(t, h, d.Record)
		about := map[string]any{"document": d.Id, "page": d.Address(), "quote": "key", "wording": "We listened. “I could rest at last,” she said."}
		kept := map[string]string{}
		for table, more := range map[string]map[string]any{"threads": {"title": "Who?", "kind": "question"}, "comments": {"words": "Who?", "state": "visible"}, "answers": {"words": "Nobody."}} {
			collection, err := h.App.FindCollectionByNameOrId(table)
			must(t, err)
			r := core.NewRecord(collection)
			r.Load(about)
			r.Load(more)
			save(t, h, r)
			kept[table] = r.Id
		}
		consent := consentTo(t, h, d.Id, c.what, c.passage, time.Time{})
		must(t, consent.Withdraw(h.App, d.Author()))
		for table, id := range kept {
			if got := h.Record(table, "id", id).GetString("wording"); got != c.left {
				t.Errorf("%s keep of a %s: %q", table, c.what, got)
			}
		}
	}
}
