package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"

	"github.com/pocketbase/pocketbase/core"
)

// TestNamedPagesFollow changes partners, places, programmes, groups and what they show: guests, who are answered from
// memory, see it everywhere.
func TestNamedPagesFollow(t *testing.T) {
	h := hubtest.New(t)
	h.Settle()
	guest, lead := h.As("guest"), h.As("lead")
	directors := h.Record("groups", "slug", "hr-directors-of-the-acute-trusts")
	for _, c := range []struct {
		name   string
		change func()
		shows  map[string]string
	}{
		{"a partner", func() {
			change(t, h, h.Record("organisations", "slug", "carers-in-hertfordshire"), map[string]any{"name": "Hertfordshire carers"})
		}, map[string]string{
			"/partners": ">Hertfordshire carers</a>", "/partners/carers-in-hertfordshire": "Formerly Carers in Hertfordshire", "/places/hertfordshire": ">Hertfordshire carers</a>",
		}},
		{"a place", func() {
			change(t, h, h.Record("places", "slug", "kirklees"), map[string]any{"title": "Kirklees and around"})
		}, map[string]string{
			"/places": "Kirklees and around", "/places/kirklees": "<h1>Kirklees and around</h1>", "/partners": ">Kirklees and around</a>", "/groups/clinical-forum": ">Kirklees and around</a>",
			passportPage: `<a href="/places/kirklees">Kirklees and around</a>`,
		}},
		{"a programme", func() {
			change(t, h, h.Record("programmes", "slug", "workforce"), map[string]any{"title": "Our people"})
		}, map[string]string{
			"/programmes": "Our people", "/programmes/workforce": "<h1>Our people</h1>", passportPage: `<a href="/programmes/workforce">Our people</a>`, "/groups/workforce-action-board": "Our people",
		}},
		{"a group", func() { change(t, h, directors, map[string]any{"title": "Directors of people"}) }, map[string]string{
			"/groups": "Directors of people", "/groups/hr-directors-of-the-acute-trusts": "<h1>Directors of people</h1>", "/programmes/workforce": "Directors of people", "/places/leeds": "Directors of people",
		}},
		{"a decision", func() {
			ledTo(t, lead.Post("/manage/groups/"+directors.Id+"/decisions/new", url.Values{"text": {"Count the passports."}}))
		}, map[string]string{"/groups": "Committee, 2 decisions", "/groups/hr-directors-of-the-acute-trusts": "Count the passports."}},
		{"an adoption", func() {
			ledTo(t, lead.Post("/case-studies/a-carer-friendly-system/adopt", url.Values{"place": {"kirklees"}, "stage": {"looking"}}))
		}, map[string]string{"/places/kirklees": "cp-status--looking", "/partners/kirklees-partner-example": "cp-status--looking"}},
		{"a thread", func() {
			ledTo(t, lead.Post("/discussions/new", url.Values{"title": {"What next"}, "document": {h.Record("documents", "slug", "a-passport-that-moves-with-you").Id}, "body": {"x"}}))
		}, map[string]string{"/places/kirklees": "What next", "/partners/kirklees-partner-example": "What next", "/programmes/workforce": "What next"}},
		{"a document", func() {
			change(t, h, h.Record("documents", "slug", "a-passport-that-moves-with-you"), map[string]any{"title": "A newer passport"})
		}, map[string]string{
			"/partners/west-yorkshire-health-and-care-partnership": "A newer passport", "/partners/west-yorkshire-association-of-acute-trusts": "A newer passport",
			"/groups/hr-directors-of-the-acute-trusts": "A newer passport", "/programmes/workforce": "A newer passport",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.Settle() // what is like a page is kept once the search knows the change before
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

// TestDecisionsShowWhatOneMaySee: a decision is everybody's, what came of it is not.
func TestDecisionsShowWhatOneMaySee(t *testing.T) {
	h := hubtest.New(t)
	board := h.Record("spaces", "slug", "programme-board").Id
	paper := make1(t, h, "documents", map[string]any{"kind": "guidance", "title": "Quiet paper", "slug": "quiet-paper", "summary": "x", "body": "x", "state": "published", "space": board})
	talk := make1(t, h, "threads", map[string]any{"title": "Quiet talk", "space": board})
	group := h.Record("groups", "slug", "clinical-forum")
	decision := make1(t, h, "decisions", map[string]any{"group": group.Id, "text": "We go on.", "document": paper.Id, "thread": talk.Id})
	h.Settle()
	for who, sees := range map[string]bool{"guest": false, "member": false, "lead": true, "admin": true} {
		a := want(t, h.As(who).Get("/groups/clinical-forum"), http.StatusOK)
		has(t, a, "We go on.")
		for _, words := range []string{"Quiet paper", "quiet-paper", "Quiet talk", talk.Id} {
			if strings.Contains(a.Body, words) != sees {
				t.Errorf("%s sees %q: %v", who, words, !sees)
			}
		}
	}
	// Who may change the decision and not see what it led to keeps that as it is, and cannot link to what they do not see.
	other := make1(t, h, "spaces", map[string]any{"slug": "silent-room", "title": "Silent", "level": "confidential"})
	change(t, h, paper, map[string]any{"space": other.Id})
	lead, form := h.As("lead"), "/manage/groups/"+group.Id+"/decisions/"+decision.Id
	hasNot(t, lead.Get(form), "quiet-paper")
	want(t, lead.Post(form, url.Values{"text": {"We go on."}, "document": {"/guidance/quiet-paper"}}), http.StatusUnprocessableEntity)
	ledTo(t, lead.Post(form, url.Values{"text": {"We still go on."}, "thread": {"/discussions/" + talk.Id}}))
	if now := h.Record("decisions", "id", decision.Id); now.GetString("document") != paper.Id || now.GetString("thread") != talk.Id || now.GetString("text") != "We still go on." {
		t.Errorf("%v", now.FieldsData())
	}
	for _, r := range []*core.Record{paper, talk} {
		if a := h.As("guest").Get("/groups/clinical-forum"); strings.Contains(a.Body, r.Id) {
			t.Errorf("the page names %s", r.Id)
		}
	}
}
