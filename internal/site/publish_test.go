package site_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// viewerFor is one of the cast, as rooms know them.
func viewerFor(t *testing.T, h *hubtest.Hub, name string) *member.Viewer {
	t.Helper()
	v, err := member.For(h.App, h.Record("users", "email", name+"@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// draftOf saves a draft that can be published.
func draftOf(t *testing.T, h *hubtest.Hub, author, title string) *library.Document {
	t.Helper()
	d, err := library.New(h.App, library.CaseStudy, "")
	if err != nil {
		t.Fatal(err)
	}
	d.Load(map[string]any{"title": title, "summary": "A summary.", "challenge": "- a", "action": "- b", "result": "- c", "body": "Words of " + title + ".",
		"places": []string{h.Record("places", "slug", "leeds").Id}, "contact_role": "Carers lead", "author": h.Record("users", "email", author+"@example.org").Id})
	save(t, h, d.Record)
	return d
}

// mailTo is the newest mail to an address.
func mailTo(t *testing.T, h *hubtest.Hub, address string) *core.Record {
	t.Helper()
	var found []*core.Record
	err := h.App.RecordQuery("outbox").AndWhere(dbx.HashExp{"to": address}).OrderBy("rowid DESC").Limit(1).All(&found)
	if err != nil || len(found) == 0 {
		t.Fatalf("there is no mail to %s: %v", address, err)
	}
	return found[0]
}

var approvalLink = regexp.MustCompile(`/approve/[A-Za-z0-9_-]{40,}`)

// TestDirectorApprovesByMail sends a director without an account a link, which shows one text, decides once, and leaves no
// trace in the browser.
func TestDirectorApprovesByMail(t *testing.T) {
	h := hubtest.New(t)
	partner, director := h.As("partner"), h.Guest()
	d := draftOf(t, h, "partner", "For the director")
	page := "/write/case-study/" + d.Id + "/publish"
	ask := url.Values{"do": {"link"}, "role": {"Director of nursing"}, "email": {"director@nhs.example"}, "note": {"Please, by Friday."}}
	for field, say := range map[string]string{"role": "Say which role", "email": "one e-mail address"} {
		form := url.Values{}
		for k, v := range ask {
			form[k] = v
		}
		form.Del(field)
		has(t, want(t, partner.Post(page, form), http.StatusUnprocessableEntity), say, "Please, by Friday.")
	}
	member := url.Values{"do": {"link"}, "role": {"Lead"}, "email": {"lead@example.org"}}
	has(t, want(t, partner.Post(page, member), http.StatusUnprocessableEntity), "They have an account here")
	ledTo(t, partner.Post(page, ask))
	mail := mailTo(t, h, "director@nhs.example")
	link := approvalLink.FindString(mail.GetString("text"))
	if link == "" || !strings.Contains(mail.GetString("text"), "Please, by Friday.") || !strings.Contains(mail.GetString("text"), "Pat Partner") {
		t.Fatalf("the mail says:\n%s", mail.GetString("text"))
	}
	has(t, partner.Get(page), "Sent to: Director of nursing")
	hasNot(t, partner.Get(page), "director@nhs.example")

	seen := want(t, director.Get(link), http.StatusOK)
	has(t, seen, "Words of For the director.", "Approve: For the director", "Pat Partner", "noindex")
	if seen.Header.Get("Set-Cookie") != "" || !strings.Contains(seen.Header.Get("Cache-Control"), "no-") || seen.Header.Get("Referrer-Policy") == "" {
		t.Errorf("headers %v", seen.Header)
	}
	has(t, want(t, director.Post(link, url.Values{"do": {"changes"}}), http.StatusUnprocessableEntity), "Say what should be changed.")
	has(t, want(t, director.Post(link, url.Values{}), http.StatusUnprocessableEntity), "Press one of the two buttons.")
	if h.Record("documents", "id", d.Id).GetString("state") != library.Draft {
		t.Error("looking at it published it")
	}
	// Another text by then cannot be approved, and what it says now is not shown.
	changed := h.Record("documents", "id", d.Id)
	changed.Set("body", "Something else altogether.")
	save(t, h, changed)
	seen = want(t, director.Get(link), http.StatusOK)
	has(t, seen, "The text has changed since you were sent this link", "Words of For the director.")
	hasNot(t, seen, "Something else altogether", `value="approve"`)
	has(t, want(t, director.Post(link, url.Values{"do": {"approve"}}), http.StatusUnprocessableEntity), "The text has changed")
	// A new one is used, and is gone like one that never was.
	ask.Set("email", "second@nhs.example")
	ledTo(t, partner.Post(page, ask))
	link = approvalLink.FindString(mailTo(t, h, "second@nhs.example").GetString("text"))
	if to := ledTo(t, director.Post(link, url.Values{"do": {"approve"}, "words": {"Well done."}})); to != "/approve/done" {
		t.Errorf("led to %s", to)
	}
	never := director.Get("/approve/" + strings.Repeat("x", 43))
	token := strings.TrimPrefix(link, "/approve/") // stands in the page's link to sign in
	if used := director.Get(link); used.Status != http.StatusNotFound || strings.ReplaceAll(used.Body, token, strings.Repeat("x", 43)) != never.Body {
		t.Error("a link that was used answers otherwise than one that never was")
	}
	if used := director.Post(link, url.Values{"do": {"approve"}}); used.Status != http.StatusNotFound {
		t.Errorf("used twice: %d", used.Status)
	}
	has(t, partner.Get(page), "Director of nursing, by a link", "Well done.", "A second person has not read it yet")
	if m := mailTo(t, h, "partner@example.org"); !strings.Contains(m.GetString("text"), "Director of nursing approved") {
		t.Errorf("the writer is told:\n%s", m.GetString("text"))
	}
	has(t, director.Get("/case-studies/for-the-director"), "Something else altogether.")
}

// TestMailAboutReviews: reviewers are told what waits, writers what became of it, and nobody what they did themselves.
func TestMailAboutReviews(t *testing.T) {
	h := hubtest.New(t)
	partner, lead := viewerFor(t, h, "partner"), viewerFor(t, h, "lead")
	d := draftOf(t, h, "partner", "Mail about it")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pending := func() string {
		r, err := library.Pending(h.App, library.Wrap(h.Record("documents", "id", d.Id)))
		must(err)
		return r.Id
	}
	told := func(who, subject, words string) {
		t.Helper()
		if m := mailTo(t, h, who+"@example.org"); m.GetString("subject") != subject || !strings.Contains(m.GetString("text"), words) {
			t.Errorf("%s is told %q:\n%s", who, m.GetString("subject"), m.GetString("text"))
		}
	}
	must(library.Submit(h.App, partner, d.Id, "Is that plain?", time.Time{}))
	told("lead", "To be approved: Mail about it", "Is that plain?")
	told("lead", "To be approved: Mail about it", "/review/"+d.Id)
	must(library.AskForChanges(h.App, lead, d.Id, pending(), "Not yet."))
	told("partner", "Changes are asked for: Mail about it", "Not yet.")
	must(library.Submit(h.App, partner, d.Id, "", time.Now().Add(time.Hour)))
	must(library.Approve(h.App, lead, d.Id, pending(), ""))
	told("partner", "Approved: Mail about it", "It comes out on")
	if n, err := library.PublishDue(h.App, time.Now().Add(2*time.Hour)); n != 1 || err != nil {
		t.Fatalf("%d %v", n, err)
	}
	told("partner", "Published: Mail about it", "/publish")
	urgent := draftOf(t, h, "partner", "In a hurry")
	must(library.PublishNow(h.App, partner, urgent.Id))
	told("lead", "To be checked: In a hurry", "before anybody else had read it")
	told("partner", "Published: Mail about it", "") // nothing about what they did themselves
	for _, who := range []string{"member", "moderator", "admin"} {
		if n, _ := h.App.CountRecords("outbox"); n == 0 {
			t.Fatal("no mail")
		}
		if found, _ := h.App.FindRecordsByFilter("outbox", "to = {:to}", "", 1, 0, map[string]any{"to": who + "@example.org"}); len(found) > 0 {
			t.Errorf("%s is told %q", who, found[0].GetString("subject"))
		}
	}
}

// TestQueueOfEveryLength looks at the queue of reviewers when it is empty, old and long.
func TestQueueOfEveryLength(t *testing.T) {
	h := hubtest.New(t)
	lead := h.As("lead")
	has(t, want(t, lead.Get("/review"), http.StatusOK), "Nothing waits for you.")
	partner := viewerFor(t, h, "partner")
	for i := range 45 {
		d := draftOf(t, h, "partner", fmt.Sprintf("Study number %02d", i))
		if err := library.Submit(h.App, partner, d.Id, "", time.Time{}); err != nil {
			t.Fatal(err)
		}
		r := h.Record("documents", "id", d.Id)
		r.Set("submitted", time.Now().Add(-time.Duration(7*24+50-i)*time.Hour))
		save(t, h, r)
	}
	late := draftOf(t, h, "partner", "Out and not looked at")
	if err := library.PublishNow(h.App, partner, late.Id); err != nil {
		t.Fatal(err)
	}
	r := h.Record("documents", "id", late.Id)
	r.Set("second_check_by", time.Now().Add(-24*time.Hour))
	save(t, h, r)
	first := want(t, lead.Get("/review"), http.StatusOK)
	has(t, first, "46 things wait", "Should have been checked by", "9 days old", "Study number 00", "Later in the queue")
	hasNot(t, first, "Study number 19", "Earlier in the queue")
	if strings.Index(first.Body, "Out and not looked at") > strings.Index(first.Body, "Study number 00") {
		t.Error("what is out already does not come first")
	}
	third := want(t, lead.Get("/review?page=3"), http.StatusOK)
	has(t, third, "Study number 44", "Earlier in the queue")
	hasNot(t, third, "Later in the queue")
	if to := ledTo(t, lead.Get("/review?page=99")); to != "/review" {
		t.Errorf("beyond the end one is led to %s", to)
	}
	// Readers are told when nobody looked in time.
	has(t, h.Guest().Get("/case-studies/out-and-not-looked-at"), "Nobody but its writer has checked this page yet")
	// A lead's own work waits for somebody else.
	own := draftOf(t, h, "lead", "The lead's own")
	if err := library.Submit(h.App, viewerFor(t, h, "lead"), own.Id, "", time.Time{}); err != nil {
		t.Fatal(err)
	}
	page := want(t, lead.Get("/review/"+own.Id), http.StatusOK)
	has(t, page, "You wrote this. Somebody else has to look at it.")
	hasNot(t, page, `value="approve"`)
	has(t, want(t, h.As("admin").Get("/review/"+own.Id), http.StatusOK), `value="approve"`)
}

// TestChangesAreReviewedAsADifference shows a reviewer what changes on a page that is out.
func TestChangesAreReviewedAsADifference(t *testing.T) {
	h := hubtest.New(t)
	d := draftOf(t, h, "partner", "Before and after")
	d.Set("state", library.Published)
	save(t, h, d.Record)
	work := library.Wrap(h.Record("documents", "id", d.Id))
	work.Set("body", "Words of another kind.")
	partner := viewerFor(t, h, "partner")
	if _, err := library.SaveWork(h.App, work, partner.ID()); err != nil {
		t.Fatal(err)
	}
	if err := library.Submit(h.App, partner, d.Id, "", time.Time{}); err != nil {
		t.Fatal(err)
	}
	lead := h.As("lead")
	has(t, lead.Get("/review"), "Changes wait for approval")
	page := want(t, lead.Get("/review/"+d.Id), http.StatusOK)
	has(t, page, "What changes", "cp-difference", "another kind")
	has(t, want(t, h.Guest().Get("/case-studies/before-and-after"), http.StatusOK), "Words of Before and after.")
	ledTo(t, lead.Post("/review/"+d.Id, url.Values{"do": {"approve"}, "revision": {formOf(page).Get("revision")}}))
	h.Settle()
	has(t, want(t, h.Guest().Get("/case-studies/before-and-after"), http.StatusOK), "Words of another kind.")
}
