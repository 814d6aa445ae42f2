package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
)

// guidance publishes a page of a partner, kept by somebody.
func guidance(t *testing.T, h *hubtest.Hub, title, organisation, keeper, body string) *library.Document {
	t.Helper()
	d, err := library.New(h.App, library.Guidance, "")
	if err != nil {
		t.Fatal(err)
	}
	d.Load(map[string]any{"title": title, "summary": "How staff find carers when somebody goes home from hospital.", "body": body, "state": library.Published,
		"organisation": h.Record("organisations", "slug", organisation).Id, "author": h.Record("users", "email", keeper).Id, "owner": h.Record("users", "email", keeper).Id, "owner_role": "Carers lead"})
	journal.By(d.Record, "import")
	if err := h.App.Save(d.Record); err != nil {
		t.Fatal(err)
	}
	return d
}

const discharge = `## Before the day

Ask the carer early what they can manage at home, and write it into the discharge plan.

## On the day

Ring the carer before transport is booked, so that somebody is at the door with the key.

Give the medicines chart to the carer, and say who answers questions at night.
`

// TestTwoPagesOnOneSubject finds the pages of two partners, shows them side by side, and keeps what a lead decides. Neither
// page changes; whoever keeps the one that is to go is asked by mail.
func TestTwoPagesOnOneSubject(t *testing.T) {
	h := hubtest.New(t)
	two := organisationsOf(t, h, 2)
	mine := guidance(t, h, "Carers at discharge", two[0], "partner@example.org", discharge)
	theirs := guidance(t, h, "When a patient goes home: carers", two[1], "lead@example.org", strings.NewReplacer("## On the day", "## On the day itself", "Ring the carer", "Telephone the carer").Replace(discharge)+"\n## Parking\n\nCarers park free of charge at the east gate.\n")
	same := guidance(t, h, "Carers at discharge, for wards", two[0], "partner@example.org", discharge)
	h.Settle()
	lead := h.As("lead")
	list := want(t, lead.Get("/manage/alike"), http.StatusOK)
	has(t, list, mine.Title(), theirs.Title(), "Look at them side by side", "Nearly the same text")
	for _, address := range []string{"/manage/alike/" + mine.Id + "/" + same.Id, "/manage/alike/" + same.Id + "/" + mine.Id} {
		hasNot(t, list, address) // one partner's own two pages are its own business
	}
	address := "/manage/alike/" + theirs.Id + "/" + mine.Id
	if !strings.Contains(list.Body, address) {
		address = "/manage/alike/" + mine.Id + "/" + theirs.Id
	}
	has(t, list, address)
	beside := lead.Get("/manage/alike/" + mine.Id + "/" + theirs.Id)
	has(t, beside, "On the day / On the day itself", "<mark>Ring</mark>", "<mark>Telephone</mark>", "Parking", "Nothing on this.", `<span class="nhsuk-u-visually-hidden">Only here: </span>Carers park free`)

	address = "/manage/alike/" + mine.Id + "/" + theirs.Id
	has(t, want(t, lead.Post(address, url.Values{"because": {"x"}}), http.StatusUnprocessableEntity), "Choose what is to become of the two pages.")
	has(t, want(t, lead.Post(address, url.Values{"do": {"keep-both"}}), http.StatusUnprocessableEntity), "Say why, in one line.")
	ledTo(t, lead.Post(address, url.Values{"do": {"first-into-second"}, "because": {"One is enough."}}))
	for _, d := range []*library.Document{mine, theirs} {
		if now := library.Wrap(h.Record("documents", "id", d.Id)); now.Body() != d.Body() || now.State() != library.Published {
			t.Errorf("%s was changed", d.Title())
		}
	}
	if n, err := h.App.CountRecords("outbox", dbx.HashExp{"kind": "merge-asked", "to": "partner@example.org"}); err != nil || n != 1 {
		t.Errorf("%d mails to the keeper (%v)", n, err)
	}
	list = lead.Get("/manage/alike?decided=1")
	has(t, list, "Decided (1)", "The first is to become part of the second", "One is enough.")
	hasNot(t, list, "Look at them side by side<span class=\"nhsuk-u-visually-hidden\">: "+mine.Title()+", "+theirs.Title(), "Look at them side by side<span class=\"nhsuk-u-visually-hidden\">: "+theirs.Title()+", "+mine.Title())
	has(t, h.As("partner").Get("/write/guidance/"+mine.Id+"/relations"), "Is to become part of", "One is enough.")
	hasNot(t, h.As("partner").Get("/write/guidance/"+mine.Id+"/relations"), "Take this back")
	hasNot(t, h.Guest().Get(mine.Address()), "Is to become part of", "One is enough.")
	r := h.Record("relations", "document", mine.Id)
	want(t, h.As("partner").Post("/write/guidance/"+mine.Id+"/relations", url.Values{"remove": {r.Id}}), http.StatusNotFound)

	// Another decision takes its place.
	ledTo(t, lead.Post(address, url.Values{"do": {"unlike"}}))
	if n, err := h.App.CountRecords("relations", dbx.HashExp{"other": []any{mine.Id, theirs.Id}}); err != nil || n != 1 {
		t.Errorf("%d relations (%v)", n, err)
	}
	for _, who := range []string{"partner", "member", "moderator"} {
		want(t, h.As(who).Get("/manage/alike"), http.StatusNotFound)
		want(t, h.As(who).Get(address), http.StatusNotFound)
		want(t, h.As(who).Post(address, url.Values{"do": {"unlike"}}), http.StatusNotFound)
	}
}

// What a lead may not see is offered neither in the list, nor side by side, nor among what others decided; somebody who may
// not read the other page is not asked to bring theirs into it.
func TestALeadIsShownOnlyPagesThatTheyMaySee(t *testing.T) {
	h := hubtest.New(t)
	two := organisationsOf(t, h, 2)
	mine := guidance(t, h, "Carers at discharge", two[0], "member2@example.org", discharge)
	hidden := guidance(t, h, "A discharge nobody speaks of", two[1], "admin@example.org", discharge)
	h.Settle()
	address := "/manage/alike/" + mine.Id + "/" + hidden.Id
	ledTo(t, h.As("admin").Post(address, url.Values{"do": {"keep-both"}, "because": {"Two wards."}}))
	page := want(t, h.As("admin").Post(address, url.Values{"do": {"first-into-second"}, "because": {"One is enough."}}), http.StatusUnprocessableEntity)
	has(t, page, "Hand it over to somebody who may.")
	has(t, h.As("lead").Get("/manage/alike"), hidden.Title(), "Two wards.")
	quiet := library.Wrap(h.Record("documents", "id", hidden.Id))
	board := h.Record("spaces", "slug", "programme-board")
	board.Set("level", "confidential")
	if err := h.App.Save(board); err != nil {
		t.Fatal(err)
	}
	if err := member.Admit(h.App, board.Id, h.Record("users", "email", "admin@example.org").Id, "owner", ""); err != nil {
		t.Fatal(err)
	}
	if err := member.Dismiss(h.App, board.Id, h.Record("users", "email", "lead@example.org").Id, ""); err != nil {
		t.Fatal(err)
	}
	quiet.Set("space", board.Id)
	if err := h.App.Save(quiet.Record); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	hasNot(t, h.As("lead").Get("/manage/alike"), hidden.Title(), "Two wards.")
	want(t, h.As("lead").Get(address), http.StatusNotFound)
	want(t, h.As("lead").Post(address, url.Values{"do": {"unlike"}}), http.StatusNotFound)
	has(t, h.As("admin").Get("/manage/alike"), hidden.Title())
}

func organisationsOf(t *testing.T, h *hubtest.Hub, n int64) (slugs []string) {
	t.Helper()
	if err := h.App.DB().Select("slug").From("organisations").OrderBy("slug").Limit(n).Column(&slugs); err != nil {
		t.Fatal(err)
	}
	return slugs
}
