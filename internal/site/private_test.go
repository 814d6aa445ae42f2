package site_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
)

const mobile, mailbox = "07700 900123", "team@example.com"

var askedAbout = regexp.MustCompile(`name="private-decided" value="([0-9a-f]+) ([a-z-]+)"`)

// decide answers the page about personal details: each kind that is named is kept, all else is taken out.
func decide(form url.Values, page hubtest.Answer, keep ...string) url.Values {
	for _, m := range askedAbout.FindAllStringSubmatch(page.Body, -1) {
		form.Add("private-decided", m[1]+" "+m[2])
		form.Set("private-"+m[1], "change")
		for _, kind := range keep {
			if kind == m[2] {
				form.Set("private-"+m[1], "keep")
				form.Set("private-"+m[1]+"-reason", "It is the team’s mailbox.")
			}
		}
	}
	return form
}

// TestNothingIsOpenedSilently: whoever opens a closed space is shown which posts and pages hold personal details, and
// decides about each before anybody else can read them. What is taken out is in no older version either.
func TestNothingIsOpenedSilently(t *testing.T) {
	h := hubtest.New(t)
	lead, space := h.As("lead"), h.Record("spaces", "slug", "passport-group")
	thread := h.As("partner").REST("POST", "/api/collections/threads/records", map[string]any{"title": "Who rings whom?", "kind": "question", "space": space.Id}).ID(t)
	post := h.As("partner").REST("POST", "/api/collections/posts/records", map[string]any{"thread": thread, "body": "Ring me on " + mobile + ", or write to " + mailbox, "client_key": "1"}).ID(t)
	second := h.As("partner").REST("POST", "/api/collections/posts/records", map[string]any{"thread": thread, "body": "Again: " + mailbox + " and " + mobile, "client_key": "2"}).ID(t)
	d := guidance(t, h, "Among us", organisationsOf(t, h, 1)[0], "lead@example.org", "Ring "+mobile+".")
	d.Set("space", space.Id)
	journal.By(d.Record, "import")
	if err := h.App.Save(d.Record); err != nil {
		t.Fatal(err)
	}
	address := "/spaces/passport-group/manage"
	form := url.Values{"title": {space.GetString("title")}, "summary": {"Now for everybody."}, "level": {"open"}}
	want(t, lead.Post(address, form), http.StatusUnprocessableEntity)
	form.Set("confirm", "open")
	page := want(t, lead.Post(address, form), http.StatusUnprocessableEntity)
	has(t, page, "Nothing is open yet.", "Who rings whom?", "Among us", "<mark>"+mobile+"</mark>", "<mark>"+mailbox+"</mark>", `name="confirm" value="open"`)
	if now := h.Record("spaces", "id", space.Id); now.GetString("level") != "restricted" || now.GetString("summary") == "Now for everybody." {
		t.Fatalf("it was opened: %s", now.GetString("level"))
	}
	hasNot(t, h.Guest().Get("/discussions/"+thread), mobile)
	ledTo(t, lead.Post(address, decide(form, page, "email")))
	h.Settle()
	if now := h.Record("spaces", "id", space.Id); now.GetString("level") != "open" {
		t.Fatalf("it is %s", now.GetString("level"))
	}
	shown := want(t, h.Guest().Get("/discussions/"+thread), http.StatusOK)
	hasNot(t, shown, mobile)
	has(t, shown, "Ring me on [phone number]", mailbox)
	for _, id := range []string{post, second} {
		if n, err := h.App.CountRecords("passages", dbx.HashExp{"record": id, "decision": "keep", "reason": "It is the team’s mailbox."}); err != nil || n != 1 {
			t.Errorf("%d reasons are kept of a post (%v)", n, err)
		}
	}
	now := library.Wrap(h.Record("documents", "id", d.Id))
	for _, below := range []string{"", ".md", "/changes", "/changes/1", "/changes/2", "/at/" + time.Now().Format(time.DateOnly)} {
		hasNot(t, h.Guest().Get(now.Address()+below), mobile)
		hasNot(t, lead.Get(now.Address()+below), mobile)
	}
	hasNot(t, lead.Get("/write/guidance/"+d.Id+"/history?from=1&to=3"), mobile)
	hasNot(t, h.Guest().Get("/search.json?q="+url.QueryEscape(mobile)), "Among us")
	var kept []string
	if err := h.App.DB().Select("content").From("revisions").Where(dbx.HashExp{"document": d.Id}).Column(&kept); err != nil || len(kept) < 2 {
		t.Fatalf("%d revisions (%v)", len(kept), err)
	}
	if strings.Contains(strings.Join(kept, ""), mobile) {
		t.Error("an older version has the number")
	}
}

// A discussion that is moved to where everybody reads is looked through with its posts.
func TestADiscussionThatIsMovedIsLookedThrough(t *testing.T) {
	h := hubtest.New(t)
	space := h.Record("spaces", "slug", "passport-group")
	thread := h.As("lead").REST("POST", "/api/collections/threads/records", map[string]any{"title": "Who rings whom?", "kind": "question", "space": space.Id}).ID(t)
	h.As("lead").REST("POST", "/api/collections/posts/records", map[string]any{"thread": thread, "body": "Ring me on " + mobile, "client_key": "1"}).ID(t)
	page := h.As("lead").Post("/move?thread="+thread, url.Values{"to": {"library"}, "level": {"open"}})
	if page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Body, "<mark>"+mobile+"</mark>") {
		t.Fatalf("%d %s", page.Status, page.Body)
	}
	hasNot(t, h.Guest().Get("/discussions/"+thread), mobile)
}

// What a page said before, and nobody decided to keep, is shown to nobody who only reads: also where it was taken out by
// hand. Those who write the page still compare all of it.
func TestWhatAPageSaidOnceIsShownWithoutPersonalDetails(t *testing.T) {
	h := hubtest.New(t)
	d := guidance(t, h, "Said once", organisationsOf(t, h, 1)[0], "lead@example.org", "Before.\n\nRing "+mobile+".")
	d = library.Wrap(h.Record("documents", "id", d.Id))
	d.Set("body", "Before.\n\nRing the ward.")
	journal.By(d.Record, h.Record("users", "email", "lead@example.org").Id)
	if err := h.App.Save(d.Record); err != nil {
		t.Fatal(err)
	}
	yesterday := time.Now().AddDate(0, 0, -3)
	for number, out := range map[int][2]time.Time{1: {yesterday, yesterday.AddDate(0, 0, 1)}} {
		if _, err := h.App.DB().Update("revisions", dbx.Params{"out": out[0].UTC().Format("2006-01-02 15:04:05.000Z"), "until": out[1].UTC().Format("2006-01-02 15:04:05.000Z")}, dbx.HashExp{"document": d.Id, "number": number}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	day := yesterday.Format(time.DateOnly)
	for _, below := range []string{"/changes", "/changes/2", "/at/" + day, "/at/" + day + ".md"} {
		for _, who := range []*hubtest.Client{h.Guest(), h.As("member")} {
			page := want(t, who.Get(d.Address()+below), http.StatusOK)
			hasNot(t, page, mobile)
			if below != "/changes" {
				has(t, page, "phone number]")
			}
		}
	}
	has(t, h.As("lead").Get("/write/guidance/"+d.Id+"/history?from=1&to=2"), mobile)
}

// A draft that holds something says so beside its form, and is saved as it is.
func TestADraftIsToldWhatItHolds(t *testing.T) {
	h := hubtest.New(t)
	partner := h.As("partner")
	form := sevenFields(wakefield(h), "A draft with a number", url.Values{"do": {"save"}})
	form.Set("result", "They rang "+mobile+".")
	to := ledTo(t, partner.Post("/write/case-study", form))
	address, _, _ := strings.Cut(to, "?")
	has(t, partner.Get(address), "You will be asked about this before it is published", "Result, line 1: This looks like a phone number.")
	form.Set("result", "They rang.")
	form.Set("revision", "1")
	ledTo(t, partner.Post(address, form))
	hasNot(t, partner.Get(address), "You will be asked about this before it is published")
}
