package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
)

func TestWritersAndReviewersCommentOnAPassage(t *testing.T) {
	h := hubtest.New(t)
	d := versions(t, h)
	at := "/write/handbook/" + d.Id + "/comments"
	partner, lead := h.As("partner"), h.As("lead")
	has(t, want(t, lead.Get(at), http.StatusOK), "Workbeside words.", "0 open comments") // the work beside the page is what they speak about
	to := ledTo(t, lead.Post(at, url.Values{"field": {"body"}, "quote": {"Workbeside\r\n words"}, "text": {"Quollcomment: say which."}}))
	has(t, want(t, partner.Get(to), http.StatusOK), "Quollcomment: say which.", "<blockquote><p>Workbeside", "1 open comment")
	for _, c := range []struct {
		form url.Values
		says string
	}{
		{url.Values{"field": {"body"}, "quote": {"First the numbat"}, "text": {"Gone"}}, "These words do not stand in “Text”."},
		{url.Values{"field": {"owner_role"}, "text": {"No passage"}}, "Choose the part that you comment on."},
		{url.Values{"field": {"title"}, "quote": {"Numbats"}}, "Write your comment."},
		{url.Values{"field": {"title"}, "text": {strings.Repeat("a", 4001)}}, "longer than 4,000 characters"},
	} {
		has(t, want(t, partner.Post(at, c.form), http.StatusUnprocessableEntity), c.says)
	}
	comment := h.Record("review_comments", "field", "body").Id
	has(t, partner.Get(ledTo(t, partner.Post(at, url.Values{"do": {"settle"}, "comment": {comment}}))), "The comment is settled.", "Settled", "0 open comments")
	has(t, partner.Get(ledTo(t, partner.Post(at, url.Values{"do": {"open"}, "comment": {comment}}))), "1 open comment")
	// A comment is settled only below its own document.
	other := make1(t, h, "documents", map[string]any{"kind": "guidance", "title": "Other", "author": h.Record("users", "email", "partner@example.org").Id})
	want(t, partner.Post("/write/guidance/"+other.Id+"/comments", url.Values{"do": {"settle"}, "comment": {comment}}), http.StatusNotFound)

	// Nobody else sees it, anywhere.
	h.Settle()
	for _, who := range []string{"guest", "member", "member2", "moderator"} {
		c := h.As(who)
		for _, address := range []string{at, "/write/handbook/" + d.Id + "/history", d.Address(), d.Address() + "/changes", d.Address() + ".md", "/suggestions/new?document=" + d.Id, "/suggestions", "/search?q=quollcomment"} {
			hasNot(t, c.Get(address), "Quollcomment")
		}
		if a := c.Get(at); a.Status == http.StatusOK {
			t.Errorf("%s reads the comments", who)
		}
		hasNot(t, c.REST("GET", "/api/collections/review_comments/records", nil), "Quollcomment")
		hasNot(t, c.REST("GET", "/api/collections/review_comments/records/"+comment, nil), "Quollcomment")
	}
}
