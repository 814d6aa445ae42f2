package site_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/internal/hubtest"

	"github.com/pocketbase/pocketbase/core"
)

// TestMemoryForgetsWhatChanged reads pages as a guest, so that they are kept, and changes one thing after the other: the
// next reader sees the change.
func TestMemoryForgetsWhatChanged(t *testing.T) {
	h := hubtest.New(t)
	guest, partner, lead := h.As("guest"), h.As("partner"), h.As("lead")
	study := h.Record("documents", "slug", "a-passport-that-moves-with-you")
	change(t, h, study, map[string]any{"published": time.Now()}) // one of the latest, on the first page
	about := h.Record("threads", "title", "How did you get the HR directors to agree?")
	handbook := h.Record("documents", "slug", "breaks")
	for handbook.GetString("kind") != "handbook" {
		for _, r := range records(t, h, "documents", "slug", "breaks") {
			if r.GetString("kind") == "handbook" {
				handbook = r
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func()
		shows  map[string]string
	}{
		{"a document", func() { change(t, h, study, map[string]any{"title": "A newer title"}) }, map[string]string{
			passportPage: "<h1>A newer title</h1>", "/": "A newer title", "/case-studies": "A newer title", "/places/leeds": "A newer title",
			"/discussions/" + about.Id: "A newer title", "/case-studies/a-carer-friendly-system": "A newer title",
		}},
		{"a page of the handbook", func() { change(t, h, handbook, map[string]any{"title": "Newer breaks"}) }, map[string]string{
			"/handbook/adult-carers": "Newer breaks", "/handbook/adult-carers/breaks": "<h1>Newer breaks</h1>", "/in/leeds/handbook/adult-carers/breaks": "<h1>Newer breaks</h1>",
			"/handbook/adult-carers/carers-assessment": "Newer breaks", "/glossary/breaks": "Newer breaks",
		}},
		{"a post", func() { ledTo(t, partner.Post("/discussions/"+about.Id, url.Values{"body": {"Newest words"}})) }, map[string]string{
			"/discussions/" + about.Id: "Newest words", passportPage: "Newest words", "/discussions": "7 posts", "/": "7 posts", "/spaces/library": "7 posts",
		}},
		{"an edited post", func() {
			change(t, h, h.Record("posts", "body", "Newest words"), map[string]any{"body": "Other words"})
		}, map[string]string{"/discussions/" + about.Id: "Other words", passportPage: "Other words"}},
		{"a removed post", func() { change(t, h, h.Record("posts", "body", "Other words"), map[string]any{"state": "removed"}) }, map[string]string{
			"/discussions/" + about.Id: "This post was removed.", passportPage: "This post was removed.", "/discussions": "6 posts", "/": "6 posts",
		}},
		{"a thread", func() { change(t, h, about, map[string]any{"title": "A newer question"}) }, map[string]string{
			"/discussions/" + about.Id: "<h1>A newer question</h1>", passportPage: "A newer question", "/discussions": "A newer question", "/": "A newer question",
		}},
		{"a new thread on a document", func() {
			ledTo(t, partner.Post("/discussions/new", url.Values{"title": {"Another one"}, "document": {study.Id}, "body": {"x"}}))
		}, map[string]string{passportPage: "Another one", "/discussions": "Another one", "/": "Another one"}},
		{"an adoption", func() {
			ledTo(t, partner.Post(passportPage+"/adopt", url.Values{"place": {"harrogate"}, "stage": {"doing"}}))
		}, map[string]string{passportPage: "Working in 4 of 6 places", "/": "Working in 4 of 6 places", "/case-studies": "Working in 4 of 6 places"}},
		{"a number of passports", func() {
			ledTo(t, lead.Post("/partners/kirklees-partner-example/passports", url.Values{"n": {"120"}, "as_of": {"1"}, "month": {"6"}, "year": {"2026"}, "by_role": {"HR lead"}}))
		}, map[string]string{"/partners/kirklees-partner-example": "<strong>120</strong>"}},
		{"a figure", func() {
			change(t, h, h.Record("figures", "key", "carers-allowance-week"), map[string]any{"text": "£999.99 a week"})
		}, map[string]string{"/handbook/adult-carers/carers-allowance-and-work": "£999.99 a week"}},
		{"a place", func() { change(t, h, h.Record("places", "slug", "leeds"), map[string]any{"title": "Leeds and around"}) }, map[string]string{
			"/places/leeds": "Leeds and around", "/handbook": "Leeds and around", "/in/leeds/handbook": "Leeds and around", passportPage: "Leeds and around",
		}},
		{"an organisation", func() {
			change(t, h, h.Record("organisations", "id", study.GetString("organisation")), map[string]any{"name": "Renamed partnership"})
		}, map[string]string{passportPage: "Renamed partnership", "/case-studies": "Renamed partnership"}},
		{"a person who spoke", func() {
			change(t, h, h.Record("organisations", "name", "Leeds partner (example)"), map[string]any{"name": "Leeds renamed"})
		}, map[string]string{"/discussions/" + about.Id: "Carers lead, Leeds renamed"}},
		{"a space", func() { change(t, h, h.Record("spaces", "slug", "library"), map[string]any{"title": "Reading room"}) }, map[string]string{
			"/spaces": "Reading room", "/spaces/library": "<h1>Reading room</h1>",
		}},
		{"a goal of a plan", func() {
			plan := h.Record("documents", "slug", "young-carers-2026-28")
			change(t, h, records(t, h, "goals", "document", plan.Id)[0], map[string]any{"title": "A newer goal"})
		}, map[string]string{"/plans/young-carers-2026-28": "A newer goal"}},
		{"a document that is withdrawn", func() { change(t, h, handbook, map[string]any{"state": "withdrawn"}) }, map[string]string{
			"/handbook/adult-carers/breaks": "This page was withdrawn",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.Settle() // what is like a page is kept once the search has read what changed
			for address, words := range c.shows {
				if a := want(t, guest.Get(address), http.StatusOK); strings.Contains(a.Body, words) {
					t.Fatalf("%s says %q beforehand", address, words)
				}
				if !h.Hub.Site.Remembers(address) {
					t.Errorf("%s is not kept for guests", address)
				}
			}
			c.change()
			for address, words := range c.shows {
				awaitPage(t, guest, address, words)
			}
		})
	}
}

// TestMemoryIsForGuests keeps what guests read from everybody who is signed in, and the other way round.
func TestMemoryIsForGuests(t *testing.T) {
	h := hubtest.New(t)
	guest, member := h.As("guest"), h.As("member")
	for _, address := range []string{"/", passportPage, "/discussions", "/spaces", "/handbook/adult-carers/breaks"} {
		has(t, member.Get(address), "Mel Member")
		if h.Hub.Site.Remembers(address) {
			t.Errorf("%s of a member is kept", address)
		}
		hasNot(t, guest.Get(address), "Mel Member", "Sign out")
		if !h.Hub.Site.Remembers(address) {
			t.Errorf("%s is not kept", address)
		}
		has(t, member.Get(address), "Mel Member", "Sign out")
		hasNot(t, guest.Get(address), "Mel Member", "Sign out")
		// A cookie that is not ours changes nothing; one that looks like ours is asked about.
		a := h.Guest().Do("GET", address, "", nil, http.Header{"Cookie": {"theme=dark; commonplace_session=old"}})
		hasNot(t, want(t, a, http.StatusOK), "Mel Member")
	}
}

// TestMemoryKeepsNothingElse leaves out errors, searches, forms, sources, what is for machines, and long queries.
func TestMemoryKeepsNothingElse(t *testing.T) {
	h := hubtest.New(t)
	guest := h.As("guest")
	for _, address := range []string{
		"/nothing", "/handbook/nothing", "/case-studies/nothing", "/discussions/nothing", "/spaces/programme-board", "/search", "/search?q=breaks", "/search.json?q=breaks",
		"/search.csv?q=breaks", "/sign-in", passportPage + ".md", "/robots.txt", "/handbook/", "/write", "/case-studies?place=" + strings.Repeat("x", 300),
		"/handbook?" + strings.Repeat("x", 300), "/-/suggest?q=pass",
	} {
		guest.Get(address)
		if h.Hub.Site.Remembers(address) {
			t.Errorf("%s is kept", address)
		}
	}
	// A query says another thing, and there is no end of queries: none is kept, nor taken for the page without it.
	has(t, guest.Get("/case-studies?place=hertfordshire"), "1 case study of")
	if h.Hub.Site.Remembers("/case-studies") || h.Hub.Site.Remembers("/case-studies?place=hertfordshire") {
		t.Error("a narrowed list is kept")
	}
	hasNot(t, guest.Get("/case-studies"), "1 case study of")
	has(t, guest.Get("/case-studies?place=hertfordshire"), "1 case study of")
}

// TestMemoryRaces has a change come between reading and writing a page: the page that was built from the older data goes
// out once, and is not kept.
func TestMemoryRaces(t *testing.T) {
	h := hubtest.New(t)
	study := h.Record("documents", "slug", "a-passport-that-moves-with-you")
	title := func() string {
		r, err := h.App.FindRecordById("documents", study.Id)
		if err != nil {
			t.Error(err)
			return ""
		}
		return r.GetString("title")
	}
	var between sync.Once
	h.Settle() // before the search has read everything, no page is kept that says what is like it
	want(t, h.Guest().Get(passportPage), http.StatusOK)
	if !h.Hub.Site.Remembers(passportPage) { // it must change only when the change is followed
		t.Fatal("the page that is watched is not kept")
	}
	handler, err := h.Hub.Site.Try(func(e *core.RequestEvent) error {
		read := title()
		between.Do(func() {
			change(t, h, study, map[string]any{"title": "Changed in between"})
			watched := h.As("guest") // the change has been followed when a page shows it
			awaitPage(t, watched, passportPage, "Changed in between")
		})
		return h.Hub.Site.Show(e, "The title is "+read)
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() string {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "/raced", nil))
		body, _ := io.ReadAll(w.Result().Body)
		return string(body)
	}
	if first := ask(); !strings.Contains(first, "The title is A passport") {
		t.Fatalf("the first answer is %s", short(first, ""))
	}
	if h.Hub.Site.Remembers("/raced") {
		t.Error("what was built from older data is kept")
	}
	if second := ask(); !strings.Contains(second, "The title is Changed in between") {
		t.Errorf("the second answer is %s", short(second, ""))
	}
	await(t, "what nothing came in between of is kept", func() bool { // a late row of the journal may come in between
		ask()
		return h.Hub.Site.Remembers("/raced")
	})
}

// TestOneBrokenPageEndsNothing has a handler panic: the reader is told in plain words, and not why.
func TestOneBrokenPageEndsNothing(t *testing.T) {
	h := hubtest.New(t)
	handler, err := h.Hub.Site.Try(func(e *core.RequestEvent) error {
		if e.Request.URL.Path == "/error" {
			return fmt.Errorf("secret: the disk is full")
		}
		panic("secret: out of ideas")
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/panic", "/error"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		a := hubtest.Answer{Status: w.Code, Header: w.Header(), Body: w.Body.String()}
		want(t, a, http.StatusInternalServerError)
		has(t, a, "<h1>Something went wrong</h1>", "The fault is ours", `<a href="tel:999">999</a>`)
		hasNot(t, a, "secret", "goroutine", ".go:")
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("Cache-Control %q", a.Header.Get("Cache-Control"))
		}
		for _, fault := range append(faultsOfAnswer("guest", "GET", path, a), bonesOf(parsed(a.Body))...) {
			t.Error(fault)
		}
	}
}
