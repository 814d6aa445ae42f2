package hub_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/plan"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// TestOwnersAreRemindedOnce walks a clock over an action that is due on 18 December: whoever holds its role is told 14, 3 and
// 0 days ahead, however often the job runs, and can answer without signing in.
func TestOwnersAreRemindedOnce(t *testing.T) {
	h := hubtest.New(t)
	document := h.Record("documents", "key", "ap-young-carers-2026-28")
	holder := h.Record("users", "email", "member2@example.org")
	mails := func() []*core.Record {
		t.Helper()
		rows, err := h.App.FindAllRecords("outbox", dbx.HashExp{"kind": "plan-due"})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	run := func(day string) {
		t.Helper()
		at, err := time.Parse("2006-01-02T15:04", day)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Hub.RemindOfPlans(at); err != nil {
			t.Fatal(err)
		}
	}
	if run("2026-12-04T09:00"); len(mails()) != 0 {
		t.Errorf("%d mails about a plan that is an example and that nobody keeps", len(mails()))
	}
	if err := plan.Hold(h.App, document.Id, " head of school  improvement", "", holder.Id); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   string
		told int
	}{
		{"2026-12-03T23:59", 0}, {"2026-12-04T00:00", 1}, {"2026-12-04T09:00", 1}, {"2026-12-10T09:00", 1}, {"2026-12-15T09:00", 2}, {"2026-12-16T09:00", 2}, {"2026-12-04T09:00", 2},
		{"2026-12-18T00:13", 3}, {"2026-12-18T23:13", 3}, {"2026-12-19T09:00", 3},
	} {
		if run(c.at); len(mails()) != c.told {
			t.Errorf("%s: %d mails, not %d", c.at, len(mails()), c.told)
		}
	}
	for _, r := range mails() {
		if r.GetString("person") != holder.Id || strings.Contains(r.GetString("subject"), "Young carers") {
			t.Errorf("to %s: %s", r.GetString("to"), r.GetString("subject"))
		}
	}
	links := regexp.MustCompile(`/tap/[^\s]+`).FindAllString(mails()[0].GetString("text"), -1)
	if len(links) != 2 {
		t.Fatalf("links: %v in %s", links, mails()[0].GetString("text"))
	}
	done, late := links[0], links[1]
	goals, err := plan.Load(h.App, document.Id)
	if err != nil {
		t.Fatal(err)
	}
	action := h.Record("actions", "id", goals[0].Actions[0].ID)
	if fresh := h.Record("actions", "id", action.Id); h.Guest().Get(done).Status != http.StatusOK || fresh.GetString("status") != "at-risk" {
		t.Errorf("looking at the link makes it %s", fresh.GetString("status"))
	}
	for _, c := range []struct {
		form url.Values
		says string
	}{
		{url.Values{"due": {"2020-01-01"}, "why": {"Holidays."}}, "That day is over"}, {url.Values{"due": {"soon"}, "why": {"Holidays."}}, "Write the new date"}, {url.Values{"due": {"2030-03-31"}, "why": {" "}}, "Say why it will be late"},
	} {
		if a := h.Guest().Post(late, c.form); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, c.says) {
			t.Errorf("%v: %d", c.form, a.Status)
		}
	}
	if a := h.Guest().Post(late, url.Values{"due": {"31 March 2030"}, "why": {"Schools asked for more time."}}); a.Status != http.StatusSeeOther {
		t.Errorf("late: %d %s", a.Status, a.Body)
	}
	if moved := h.Record("actions", "id", action.Id).GetString("moved"); !strings.Contains(moved, `"was":"2026-12-18","reason":"Schools asked for more time.","by_role":"Head of school improvement"`) {
		t.Errorf("moved: %s", moved)
	}
	if err := plan.Hold(h.App, document.Id, "Head of school improvement", holder.Id, ""); err != nil {
		t.Fatal(err)
	}
	if a := h.Guest().Post(done, nil); a.Status != http.StatusNotFound {
		t.Errorf("who does not hold the role any more is answered %d", a.Status)
	}
	if err := plan.Hold(h.App, document.Id, "Head of school improvement", "", holder.Id); err != nil {
		t.Fatal(err)
	}
	if a := h.Guest().Post(done, nil); a.Status != http.StatusSeeOther {
		t.Errorf("done: %d", a.Status)
	}
	if r := h.Record("actions", "id", action.Id); r.GetString("status") != "done" || r.GetDateTime("done_on").IsZero() {
		t.Errorf("it is %s", r.GetString("status"))
	}
	if a := h.Guest().Get(done); !strings.Contains(a.Body, "There is nothing to do") {
		t.Error("done twice")
	}

	// Nobody is named: who keeps the plan is told, and nobody who left.
	keeper := h.Record("users", "email", "partner@example.org")
	document = h.Record("documents", "id", document.Id)
	document.Set("owner", keeper.Id)
	if err := h.App.Save(document); err != nil {
		t.Fatal(err)
	}
	if err := h.Hub.Erase(holder.Id, ""); err != nil {
		t.Fatal(err)
	}
	if rows, err := h.App.CountRecords("role_holders"); rows != 0 || err != nil {
		t.Errorf("%d roles are held by somebody who was erased", rows)
	}
	before := len(mails())
	run("2027-02-26T09:00")
	rows := mails()
	for _, r := range rows {
		if r.GetString("person") != keeper.Id {
			t.Errorf("to %s: %s", r.GetString("to"), r.GetString("subject"))
		}
	}
	if len(rows) <= before-3 || len(rows) == 0 {
		t.Errorf("the keeper was told nothing: %d mails", len(rows))
	}
}

// TestSignersAreAskedEachQuarter walks a clock over a sign-off, and changes the words of a goal that another plan shares.
func TestSignersAreAskedEachQuarter(t *testing.T) {
	h := hubtest.New(t)
	document := h.Record("documents", "key", "ap-young-carers-2026-28")
	partner := h.Record("users", "email", "partner@example.org")
	at := func(day string) time.Time {
		t.Helper()
		on, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return on.Add(9 * time.Hour)
	}
	if err := plan.Sign(h.App, plan.Signoff{Document: document.Id, Place: h.Record("places", "slug", "wakefield").Id, Role: "Director", Author: partner.Id}, at("2026-11-20")); err != nil {
		t.Fatal(err)
	}
	mails := func() []*core.Record {
		t.Helper()
		rows, err := h.App.FindAllRecords("outbox", dbx.HashExp{"kind": "still-signed"})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	signed := func() plan.Signoff {
		t.Helper()
		all, err := plan.Signoffs(h.App, "document", document.Id)
		if err != nil || len(all) == 0 {
			t.Fatal(err)
		}
		return all[0]
	}
	for _, c := range []struct {
		day    string
		asked  int
		unsure bool
	}{
		{"2026-11-20", 0, false}, {"2026-12-31", 0, false}, {"2027-01-01", 1, false}, {"2027-01-02", 1, false}, {"2027-03-31", 1, false}, {"2027-04-01", 2, false}, {"2027-05-20", 2, false}, {"2027-05-21", 2, true}, {"2027-07-01", 3, true},
	} {
		if err := h.Hub.AskSigners(at(c.day)); err != nil {
			t.Fatal(err)
		}
		if len(mails()) != c.asked || signed().Unsure(at(c.day)) != c.unsure {
			t.Errorf("%s: asked %d times, unsure %v", c.day, len(mails()), signed().Unsure(at(c.day)))
		}
	}
	link := regexp.MustCompile(`/tap/[^\s]+`).FindString(mails()[0].GetString("text"))
	if a := h.Guest().Get(link); !strings.Contains(a.Body, "Still signed up?") || !signed().Confirmed.IsZero() {
		t.Errorf("looking: %d", a.Status)
	}
	if a := h.Guest().Post(link, nil); a.Status != http.StatusSeeOther || signed().Confirmed.IsZero() {
		t.Errorf("confirming: %d", a.Status)
	}
	if a := h.Guest().Get(link); !strings.Contains(a.Body, "There is nothing to do") {
		t.Error("twice")
	}

	// Another plan shares a goal: its keeper is told once for each change of words.
	goals, err := plan.Load(h.App, document.Id)
	if err != nil {
		t.Fatal(err)
	}
	other := h.Record("documents", "key", "ap-adult-carers-2026-28")
	other.Set("owner", h.Record("users", "email", "lead@example.org").Id)
	if err := h.App.Save(other); err != nil {
		t.Fatal(err)
	}
	reword := func(title string) {
		t.Helper()
		g := h.Record("goals", "id", goals[0].ID)
		g.Load(map[string]any{"title": title, "shared_with": []string{"ap-adult-carers-2026-28"}})
		if err := h.App.Save(g); err != nil {
			t.Fatal(err)
		}
	}
	reword(goals[0].Title)
	before := len(mails())
	for i, c := range []struct {
		title string
		told  int
	}{{"Find them soon", 1}, {"Find them soon", 1}, {"Find them at once", 2}, {goals[0].Title, 2}} {
		reword(c.title)
		for range 2 {
			if err := h.Hub.AskSigners(at("2027-09-0" + string(rune('1'+i)))); err != nil {
				t.Fatal(err)
			}
		}
		told := 0
		for _, r := range mails()[before:] {
			if strings.Contains(r.GetString("subject"), "Words that you share") && r.GetString("to") == "lead@example.org" {
				told++
			}
		}
		if told != c.told {
			t.Errorf("%q: the keeper of the other plan was told %d times", c.title, told)
		}
	}
}
