package privacy_test

import (
	"archive/zip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/privacy"
)

// inside is what an answer says, and every file of it when it is an archive.
func inside(a hubtest.Answer) string {
	z, err := zip.NewReader(strings.NewReader(a.Body), int64(len(a.Body)))
	if err != nil {
		return a.Body
	}
	var all strings.Builder
	for _, f := range z.File {
		in, err := f.Open()
		if err == nil {
			io.Copy(&all, in)
			in.Close()
		}
	}
	return all.String()
}

// TestWhatIsTakenOutIsOnNoWayOut: a number that was brought in and published is redacted, and then looked for wherever the
// page's words leave the hub, as they are and as they were.
func TestWhatIsTakenOutIsOnNoWayOut(t *testing.T) {
	h := hubtest.New(t)
	partner, by := h.As("partner"), h.Record("users", "email", "partner@example.org").Id
	d, err := library.New(h.App, library.CaseStudy, "")
	if err != nil {
		t.Fatal(err)
	}
	d.Load(study(h, "Ring at the door", "Ring "+mobile+" at the door.", library.Published))
	d.Load(map[string]any{"author": by, "slug": "ring-at-the-door", "summary": "Ring " + mobile + " and wait.", "contact_role": "Carers team"})
	journal.By(d.Record, "import")
	if err := h.App.Save(d.Record); err != nil {
		t.Fatal(err)
	}
	d, err = library.ByID(h.App, d.Id)
	if err != nil {
		t.Fatal(err)
	}
	d.Set("body", d.Body()+"\n\nMore to say.")
	journal.By(d.Record, "import")
	if err := h.App.Save(d.Record); err != nil {
		t.Fatal(err)
	}
	then := library.Wrap(d.Record.Clone())
	then.Set("body", d.Body()+"\n\nOr ring "+mobile+" at noon.")
	if _, err := library.Suggest(h.App, then, 2, h.Record("users", "email", "member@example.org").Id, "Noon"); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	at := d.Address()
	exits := []string{at, at + ".md", at + ".docx", at + "/at/" + time.Now().Format(time.DateOnly), at + "/changes", at + "/changes/1", at + "/changes/2", "/use" + at, "/use" + at + "/press-pack.zip", "/embed" + at,
		"/feed.atom", "/feed.json", "/search?q=door+ring", "/search.json?q=door+ring", "/search.csv?q=door+ring", "/search.atom?q=door+ring", "/-/suggest?q=ring", "/case-studies", "/write/case-study/" + d.Id, "/write/case-study/" + d.Id + "/history",
		"/suggestions/" + h.Record("suggestions", "document", d.Id).Id, "/suggestions/new?document=" + d.Id, "/api/collections/documents/records/" + d.Id, "/api/collections/revisions/records?perPage=500"}
	readers := map[string]*hubtest.Client{"guest": h.Guest(), "member": h.As("member"), "partner": partner, "admin": h.As("admin")}
	told := func(report func(who, where string)) {
		for who, reader := range readers {
			for _, address := range exits {
				if strings.Contains(inside(reader.Get(address)), mobile) || strings.Contains(inside(reader.REST("GET", address, nil)), mobile) {
					report(who, address)
				}
			}
			for _, address := range []string{"/manage/take-out", "/me/export"} {
				if strings.Contains(inside(reader.Post(address, url.Values{})), mobile) {
					report(who, address)
				}
			}
		}
	}
	shown := map[string]bool{}
	told(func(_, where string) { shown[where] = true })
	if len(shown) < 14 {
		t.Fatalf("only %d exits show it before: %v", len(shown), shown)
	}
	patch := map[string]any{"body": d.Body() + "\n\nChanged."}
	record := "/api/collections/documents/records/" + d.Id
	if a := partner.REST("PATCH", record, patch); a.Status != http.StatusBadRequest {
		t.Fatalf("nobody asks: %d", a.Status)
	}
	found, err := privacy.Look(h.App, d.Record)
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	if err := privacy.Decide(h.App, by, []privacy.Decision{{Sum: found[0].Sum, Kind: string(found[0].Kind), Decision: privacy.Change}}); err != nil {
		t.Fatal(err)
	}
	if a := partner.REST("PATCH", record, patch); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	h.Settle()
	if body := h.Guest().Get(at).Body; !strings.Contains(body, "[phone number]") || !strings.Contains(body, "Changed.") {
		t.Errorf("the page: %s", body)
	}
	told(func(who, where string) { t.Errorf("the %s is told at %s", who, where) })
}

// TestWhoeverAsksForApprovalDecides about personal details, and not the one who approves: in a draft, and in work beside a page.
func TestWhoeverAsksForApprovalDecides(t *testing.T) {
	h := hubtest.New(t)
	partner, lead := h.As("partner"), h.As("lead")
	by := h.Record("users", "email", "partner@example.org").Id
	for _, decision := range []string{"keep", "change"} {
		mobile := mobile
		values := study(h, "Asked "+decision, "Ring "+mobile+" at the door.", "draft")
		values["contact_role"] = "Carers team"
		made := partner.REST("POST", "/api/collections/documents/records", values).ID(t)
		for round, address := 0, "/write/case-study/"+made+"/publish"; round < 2; round++ {
			form := url.Values{"do": {"go"}, "how": {"submit"}}
			asked := partner.Post(address, form)
			if asked.Status != http.StatusUnprocessableEntity || !strings.Contains(asked.Body, "<mark>"+mobile+"</mark>") {
				t.Fatalf("%s %d: nobody asks the writer: %d", decision, round, asked.Status)
			}
			if a := partner.Post(address, decideAll(form, asked, decision)); a.Status != http.StatusSeeOther {
				t.Fatalf("%s %d: %d %s", decision, round, a.Status, a.Body)
			}
			d, err := library.ByID(h.App, made)
			if err != nil {
				t.Fatal(err)
			}
			waits, err := library.Pending(h.App, d)
			if err != nil || waits == nil {
				t.Fatal(waits, err)
			}
			if strings.Contains(waits.GetString("content"), mobile) != (decision == "keep") {
				t.Errorf("%s %d: what waits says %s", decision, round, waits.GetString("content"))
			}
			if a := lead.Post("/review/"+made, url.Values{"do": {"approve"}, "revision": {waits.Id}}); a.Status != http.StatusSeeOther {
				t.Fatalf("%s %d: the reviewer is asked: %d %s", decision, round, a.Status, a.Body)
			}
			if d, err = library.ByID(h.App, made); err != nil || d.State() != library.Published || strings.Contains(d.Body(), mobile) != (decision == "keep") {
				t.Errorf("%s %d: %v %s %q", decision, round, err, d.State(), d.Body())
			}
			if decision == "keep" {
				break // it is remembered
			}
			mobile = "07700 900456" // what was taken out a moment ago is taken out again
			work := library.Wrap(d.Record.Clone())
			work.Set("body", "Or ring "+mobile+" at noon.")
			if _, err := library.SaveWork(h.App, work, by); err != nil {
				t.Fatal(err)
			}
		}
	}
}
