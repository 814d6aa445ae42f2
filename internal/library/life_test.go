package library_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// in saves a document in a state, past who may: as an operator would.
func in(t testing.TB, h *hubtest.Hub, state, author string, more map[string]any) *library.Document {
	t.Helper()
	fields := complete(h.App, map[string]any{"state": library.Draft, "author": h.Record("users", "email", author+"@example.org").Id, "title": "In " + state})
	for k, v := range more {
		fields[k] = v
	}
	d := mustSave(t, h.App, fresh(t, h.App, library.CaseStudy, fields))
	for _, s := range map[string][]string{library.InReview: {library.InReview}, library.Published: {library.Published}, library.Withdrawn: {library.Published, library.Withdrawn}}[state] {
		d.Set("state", s)
		d = mustSave(t, h.App, d)
	}
	return d
}

// acts are what was done about a document, the first thing first.
func acts(t testing.TB, h *hubtest.Hub, d *library.Document) string {
	t.Helper()
	rs, err := library.Reviews(h.App, d.Id, 100)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range rs {
		names = append(names, r.Act())
	}
	slices.Reverse(names)
	return strings.Join(names, " ")
}

// pending is the id of what comes out next, "" when nothing is new.
func pending(t testing.TB, h *hubtest.Hub, d *library.Document) string {
	t.Helper()
	r, err := library.Pending(h.App, reload(t, h.App, d))
	if err != nil {
		t.Fatal(err)
	}
	if r == nil {
		return ""
	}
	return r.Id
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// says fails unless an error is one for a form, with words.
func says(t testing.TB, err error, words string) {
	t.Helper()
	for _, f := range faultsIn(t, err) {
		if strings.Contains(f, words) {
			return
		}
	}
	t.Errorf("%v, and not %q", err, words)
}

// TestWhoMovesWhatWhere is every move between states, by everybody, over REST: that is what any program can ask for.
func TestWhoMovesWhatWhere(t *testing.T) {
	h := hubtest.New(t)
	rival := add(t, h, "users", map[string]any{"email": "rival@example.org", "name": "Riva", "role": "member", "verified": true, "password": hub.DemoPassword, "passwordConfirm": hub.DemoPassword})
	add(t, h, "memberships", map[string]any{"user": rival.Id, "space": idOf(h.App, "spaces", "library"), "role": "editor"})
	everybody := []string{"guest", "member", "rival", "moderator", "partner", "lead", "admin"} // partner is the author
	clients := map[string]*hubtest.Client{}
	for _, who := range everybody {
		clients[who] = h.As(who)
	}
	const writers = "partner lead admin"
	for _, c := range []struct{ from, to, may, otherwise string }{
		{library.Draft, library.InReview, writers, ""}, {library.Draft, library.Published, writers, ""}, {library.Draft, library.Withdrawn, "", "Only what is published"},
		{library.InReview, library.Draft, writers, ""}, {library.InReview, library.Published, writers, ""}, {library.InReview, library.Withdrawn, "", "Only what is published"},
		{library.Published, library.Draft, "", "Withdraw it instead"}, {library.Published, library.InReview, "", "Withdraw it instead"}, {library.Published, library.Withdrawn, writers, ""},
		{library.Withdrawn, library.Draft, "", "Withdraw it instead"}, {library.Withdrawn, library.InReview, "", "Withdraw it instead"}, {library.Withdrawn, library.Published, writers, ""},
	} {
		for _, who := range everybody {
			d := in(t, h, c.from, "partner", nil)
			a := clients[who].REST("PATCH", documents+"/"+d.Id, map[string]any{"state": c.to})
			may := slices.Contains(strings.Fields(c.may), who)
			if moved := reload(t, h.App, d).State() == c.to; moved != may || may != (a.Status == http.StatusOK) {
				t.Errorf("%s moves %s to %s: moved %v, status %d, may %v: %.200s", who, c.from, c.to, moved, a.Status, may, a.Body)
			}
			if strings.Contains(writers, who) && !strings.Contains(a.Body, c.otherwise) {
				t.Errorf("%s is not told why %s does not become %s: %.200s", who, c.from, c.to, a.Body)
			}
		}
	}
	// Nothing begins withdrawn.
	if a := clients["partner"].REST("POST", documents, complete(h.App, map[string]any{"kind": "guidance", "state": library.Withdrawn})); a.Status != http.StatusBadRequest {
		t.Errorf("made as withdrawn: %d", a.Status)
	}
	// And nobody sets the dates that follow from what is done, nor reads those that are not for readers.
	d := in(t, h, library.Published, "partner", nil)
	clients["lead"].REST("PATCH", documents+"/"+d.Id, map[string]any{"second_check_by": "2030-01-01 00:00:00.000Z", "withdrawn": "2030-01-01 00:00:00.000Z", "publish_at": "2030-01-01 00:00:00.000Z", "submitted": "2030-01-01 00:00:00.000Z", "approved": "2030-01-01 00:00:00.000Z"})
	if d := reload(t, h.App, d); !d.SecondCheckBy().IsZero() || !d.WithdrawnOn().IsZero() || !d.PublishAt().IsZero() || !d.Submitted().IsZero() || !d.Approved().IsZero() {
		t.Error("REST sets the dates of a document's life")
	}
	for _, field := range []string{"submitted", "publish_at", "approved", "scheduled_by"} {
		if a := clients["partner"].REST("GET", documents+"/"+d.Id, nil); strings.Contains(a.Body, `"`+field) {
			t.Errorf("REST shows %s", field)
		}
	}
}

func TestSubmitAndApprove(t *testing.T) {
	h := hubtest.New(t)
	partner, lead, admin, member := viewerOf(t, h, "partner"), viewerOf(t, h, "lead"), viewerOf(t, h, "admin"), viewerOf(t, h, "member")
	d := in(t, h, library.Draft, "partner", map[string]any{"summary": ""})
	says(t, library.Submit(h.App, partner, d.Id, "", time.Time{}), "Give a summary")
	says(t, library.Submit(h.App, member, d.Id, "", time.Time{}), "may not")
	d.Set("summary", "A summary.")
	d = mustSave(t, h.App, d)
	must(t, library.Submit(h.App, partner, d.Id, "Please look at the numbers.", time.Time{}))
	says(t, library.Submit(h.App, partner, d.Id, "", time.Time{}), "already")
	d = reload(t, h.App, d)
	if d.State() != library.InReview || !d.Waits() || d.SubmittedBy() != partner.ID() {
		t.Fatalf("it is %s, waits %v, by %q", d.State(), d.Waits(), d.SubmittedBy())
	}
	queued := func(who string) bool {
		list, total, err := library.Queue(h.App, viewerOf(t, h, who), 0, 100)
		must(t, err)
		if len(list) != total {
			t.Errorf("%d of %d", len(list), total)
		}
		return slices.ContainsFunc(list, func(x *library.Document) bool { return x.Id == d.Id })
	}
	for who, sees := range map[string]bool{"guest": false, "member": false, "partner": false, "moderator": false, "lead": true, "admin": true} {
		if queued(who) != sees {
			t.Errorf("%s sees it in the queue: %v", who, !sees)
		}
	}
	read := pending(t, h, d)
	for _, who := range []string{"partner", "member", "moderator"} {
		says(t, library.Approve(h.App, viewerOf(t, h, who), d.Id, read, ""), "may not")
		says(t, library.AskForChanges(h.App, viewerOf(t, h, who), d.Id, read, "x"), "may not")
	}
	// Changes are asked for with words, and the writer goes on.
	says(t, library.AskForChanges(h.App, lead, d.Id, read, " "), "Say what should be changed")
	says(t, library.AskForChanges(h.App, lead, d.Id, read, strings.Repeat("x", 1001)), "1000 is the most")
	must(t, library.AskForChanges(h.App, lead, d.Id, read, "Where do the numbers come from?"))
	if d = reload(t, h.App, d); d.State() != library.Draft || d.Waits() || queued("lead") {
		t.Errorf("sent back, it is %s", d.State())
	}
	says(t, library.Approve(h.App, lead, d.Id, read, ""), "does not wait any more")
	must(t, library.Submit(h.App, partner, d.Id, "", time.Time{}))
	// Words that changed meanwhile are not approved unread.
	read = pending(t, h, d)
	d = reload(t, h.App, d)
	d.Set("summary", "Another summary.")
	journal.By(d.Record, partner.ID())
	d = mustSave(t, h.App, d)
	says(t, library.Approve(h.App, lead, d.Id, read, ""), "changed after you opened it")
	says(t, library.AskForChanges(h.App, lead, d.Id, read, "No."), "changed after you opened it")
	must(t, library.Approve(h.App, lead, d.Id, pending(t, h, d), "Thank you."))
	if d = reload(t, h.App, d); d.State() != library.Published || d.Summary() != "Another summary." || !d.SecondCheckBy().IsZero() || !d.Submitted().IsZero() || queued("lead") {
		t.Errorf("approved, it is %s, to be checked by %s", d.State(), d.SecondCheckBy())
	}
	says(t, library.Approve(h.App, admin, d.Id, read, ""), "does not wait any more")
	if got := acts(t, h, d); got != "submit changes submit approve" {
		t.Errorf("the trace says %s", got)
	}
	last, err := library.LastReview(h.App, d.Id, library.ActChanges)
	if err != nil || last.Words() != "Where do the numbers come from?" || last.By() != lead.ID() {
		t.Errorf("what was asked for: %v %v", last, err)
	}
	// The journal has each.
	for _, verb := range []string{"reviews.submit", "reviews.changes", "reviews.approve", "documents.publish"} {
		if !inJournal(t, h, verb, d.Id) {
			t.Errorf("the journal has no %s", verb)
		}
	}
	// Taken back by its writer.
	d = in(t, h, library.Draft, "partner", nil)
	says(t, library.TakeBack(h.App, partner, d.Id), "does not wait")
	must(t, library.Submit(h.App, partner, d.Id, "", time.Now().Add(time.Hour)))
	must(t, library.TakeBack(h.App, partner, d.Id))
	if d = reload(t, h.App, d); d.State() != library.Draft || !d.PublishAt().IsZero() {
		t.Errorf("taken back, it is %s and comes out at %s", d.State(), d.PublishAt())
	}
}

func inJournal(t testing.TB, h *hubtest.Hub, kind, document string) bool {
	t.Helper()
	rows, err := journal.After(h.App, 0, 100_000)
	must(t, err)
	return slices.ContainsFunc(rows, func(r journal.Row) bool { return r.Kind() == kind && r.Parent == document })
}

// TestWorkIsApprovedBesideWhatIsOut does the same with changes to something that the public reads.
func TestWorkIsApprovedBesideWhatIsOut(t *testing.T) {
	h := hubtest.New(t)
	partner, lead := viewerOf(t, h, "partner"), viewerOf(t, h, "lead")
	d := in(t, h, library.Published, "partner", map[string]any{"title": "Out"})
	work := func(title string) {
		t.Helper()
		next := reload(t, h.App, d)
		next.Set("title", title)
		library.Because(next, "Now "+title+".")
		_, err := library.SaveWork(h.App, next, partner.ID())
		must(t, err)
	}
	says(t, library.Submit(h.App, partner, d.Id, "", time.Time{}), "nothing new")
	work("Better")
	must(t, library.Submit(h.App, partner, d.Id, "", time.Time{}))
	if now := reload(t, h.App, d); now.State() != library.Published || now.Title() != "Out" || !now.Waits() {
		t.Fatalf("what is out: %s %q", now.State(), now.Title())
	}
	read := pending(t, h, d)
	work("Best")
	says(t, library.Approve(h.App, lead, d.Id, read, ""), "changed after you opened it")
	must(t, library.AskForChanges(h.App, lead, d.Id, pending(t, h, d), "Shorter."))
	if now := reload(t, h.App, d); now.State() != library.Published || now.Waits() {
		t.Errorf("sent back, it is %s and waits %v", now.State(), now.Waits())
	}
	work("Good")
	must(t, library.Submit(h.App, partner, d.Id, "", time.Now().Add(time.Hour)))
	must(t, library.Approve(h.App, lead, d.Id, pending(t, h, d), ""))
	if now := reload(t, h.App, d); now.Title() != "Out" || now.Approved().IsZero() || now.Waits() {
		t.Errorf("approved for later: %q, waits %v", now.Title(), now.Waits())
	}
	work("Good, and more") // was not approved
	if now := reload(t, h.App, d); !now.Approved().IsZero() || !now.Waits() {
		t.Error("other words are still approved")
	}
	if n, err := library.PublishDue(h.App, time.Now().Add(2*time.Hour)); n != 0 || err != nil {
		t.Errorf("%d came out unapproved: %v", n, err)
	}
	must(t, library.Approve(h.App, lead, d.Id, pending(t, h, d), ""))
	if n, err := library.PublishDue(h.App, time.Now().Add(2*time.Hour)); n != 1 || err != nil {
		t.Errorf("%d came out: %v", n, err)
	}
	if now := reload(t, h.App, d); now.Title() != "Good, and more" || pending(t, h, d) != "" || !now.SecondCheckBy().IsZero() {
		t.Errorf("out is %q", now.Title())
	}
	if history, err := library.History(h.App, d.Id); err != nil || history[0].Note != "Now Good, and more." || !history[0].IsOut() {
		t.Errorf("what the writer said of the work is lost: %q %v", history[0].Note, err)
	}
	if got := acts(t, h, d); got != "submit changes submit approve overtaken approve publish" {
		t.Errorf("the trace says %s", got)
	}
	// Work that goes back to what is out waits for nobody.
	work("Again")
	must(t, library.Submit(h.App, partner, d.Id, "", time.Time{}))
	work("Good, and more")
	if reload(t, h.App, d).Waits() {
		t.Error("nothing new waits for approval")
	}
}

// TestNobodyApprovesTheirOwn holds for reviewers too, where somebody else reviews; a hub of one person works.
func TestNobodyApprovesTheirOwn(t *testing.T) {
	h := hubtest.New(t)
	lead, admin := viewerOf(t, h, "lead"), viewerOf(t, h, "admin")
	d := in(t, h, library.Draft, "lead", nil)
	must(t, library.Submit(h.App, lead, d.Id, "", time.Time{}))
	says(t, library.Approve(h.App, lead, d.Id, pending(t, h, d), ""), "You wrote this yourself")
	must(t, library.Approve(h.App, admin, d.Id, pending(t, h, d), ""))

	urgent := in(t, h, library.Draft, "lead", nil)
	must(t, library.PublishNow(h.App, lead, urgent.Id))
	if reload(t, h.App, urgent).SecondCheckBy().IsZero() {
		t.Error("a reviewer's own words are out, and nobody has to look at them")
	}
	says(t, library.Confirm(h.App, lead, urgent.Id, reload(t, h.App, urgent).GetString("published_revision"), ""), "You published this yourself")

	u := h.Record("users", "email", "admin@example.org")
	u.Set("suspended", true)
	must(t, h.App.UnsafeWithoutHooks().Save(u))
	d = in(t, h, library.Draft, "lead", nil)
	must(t, library.Submit(h.App, lead, d.Id, "", time.Time{}))
	must(t, library.Approve(h.App, lead, d.Id, pending(t, h, d), ""))
	d = in(t, h, library.Draft, "lead", nil)
	must(t, library.PublishNow(h.App, lead, d.Id))
	if !reload(t, h.App, d).SecondCheckBy().IsZero() {
		t.Error("it is to be checked by somebody who is not there")
	}
}

// TestOutAtOnceAndCheckedAfter publishes without approval, in each way.
func TestOutAtOnceAndCheckedAfter(t *testing.T) {
	h := hubtest.New(t)
	partner, lead := viewerOf(t, h, "partner"), viewerOf(t, h, "lead")
	soon := func(d *library.Document) bool {
		in := time.Until(reload(t, h.App, d).SecondCheckBy())
		return in > library.SecondCheck-time.Minute && in <= library.SecondCheck
	}
	d := in(t, h, library.Draft, "partner", nil)
	must(t, library.PublishNow(h.App, partner, d.Id))
	if !soon(d) {
		t.Fatalf("to be checked by %s", reload(t, h.App, d).SecondCheckBy())
	}
	if d := reload(t, h.App, d); d.Unchecked(time.Now()) || !d.Unchecked(time.Now().Add(library.SecondCheck+time.Minute)) {
		t.Error("what it says of its check is wrong")
	}
	says(t, library.PublishNow(h.App, partner, d.Id), "nothing new")
	out := reload(t, h.App, d).GetString("published_revision")
	says(t, library.Confirm(h.App, partner, d.Id, out, ""), "may not")
	says(t, library.Confirm(h.App, lead, d.Id, "another", ""), "changed after you opened it")
	must(t, library.Confirm(h.App, lead, d.Id, out, "Good."))
	says(t, library.Confirm(h.App, lead, d.Id, out, ""), "already")
	if !reload(t, h.App, d).SecondCheckBy().IsZero() || acts(t, h, d) != "publish check" {
		t.Errorf("checked, it waits until %s; %s", reload(t, h.App, d).SecondCheckBy(), acts(t, h, d))
	}

	// Over REST, and by saving what is out with other words; dates are no words.
	client := h.As("partner")
	id := client.REST("POST", documents, complete(h.App, map[string]any{"kind": "guidance"})).ID(t)
	rest, err := library.ByID(h.App, id)
	must(t, err)
	if !soon(rest) {
		t.Error("made over REST, nobody has to look at it")
	}
	must(t, library.Confirm(h.App, lead, id, rest.GetString("published_revision"), ""))
	client.REST("PATCH", documents+"/"+id, map[string]any{"last_reviewed": "2026-11-22 00:00:00.000Z", "owner_role": "Somebody"}).ID(t)
	if !reload(t, h.App, rest).SecondCheckBy().IsZero() {
		t.Error("a date has to be checked")
	}
	client.REST("PATCH", documents+"/"+id, map[string]any{"body": "Other words."}).ID(t)
	if !soon(rest) {
		t.Error("other words are out, and nobody has to look at them")
	}
	// A reviewer who publishes what somebody else wrote has looked at it.
	d = in(t, h, library.Draft, "partner", nil)
	must(t, library.PublishNow(h.App, lead, d.Id))
	d2 := in(t, h, library.Draft, "partner", nil)
	h.As("lead").REST("PATCH", documents+"/"+d2.Id, map[string]any{"state": library.Published}).ID(t)
	if !reload(t, h.App, d).SecondCheckBy().IsZero() || !reload(t, h.App, d2).SecondCheckBy().IsZero() {
		t.Error("a reviewer looked at it, and somebody else has to")
	}
	// In a closed space that is the group's own matter.
	closed := in(t, h, library.Draft, "partner", map[string]any{"space": idOf(h.App, "spaces", "passport-group")})
	must(t, library.PublishNow(h.App, partner, closed.Id))
	if !reload(t, h.App, closed).SecondCheckBy().IsZero() {
		t.Error("a group's own page has to be checked")
	}
	// What waits to be checked stands first.
	waits := in(t, h, library.Draft, "partner", nil)
	must(t, library.Submit(h.App, partner, waits.Id, "", time.Time{}))
	list, total, err := library.Queue(h.App, lead, 0, 1)
	if err != nil || total != 2 || list[0].Id != id {
		t.Errorf("first of %d: %v %v", total, list, err)
	}
}

func TestPublishAtATime(t *testing.T) {
	h := hubtest.New(t)
	partner, lead := viewerOf(t, h, "partner"), viewerOf(t, h, "lead")
	at := time.Now().Add(time.Hour)
	due := func(now time.Time, want int) {
		t.Helper()
		if n, err := library.PublishDue(h.App, now); n != want || err != nil {
			t.Errorf("%d came out, not %d: %v", n, want, err)
		}
	}
	d := in(t, h, library.Draft, "partner", nil)
	says(t, library.Schedule(h.App, partner, d.Id, time.Now().Add(-time.Minute)), "That time is over")
	says(t, library.Schedule(h.App, partner, d.Id, time.Now().AddDate(2, 0, 0)), "within the next year")
	says(t, library.Submit(h.App, partner, d.Id, "", time.Now().Add(-time.Minute)), "That time is over")
	must(t, library.Schedule(h.App, partner, d.Id, at))
	due(time.Now(), 0)
	due(at.Add(365*24*time.Hour), 1) // a clock that jumps ahead, back, and ahead again
	due(time.Now(), 0)
	due(at.Add(365*24*time.Hour), 0)
	if now := reload(t, h.App, d); now.State() != library.Published || !now.PublishAt().IsZero() || now.SecondCheckBy().IsZero() || acts(t, h, d) != "schedule publish" {
		t.Errorf("%s, %s, %s", now.State(), now.PublishAt(), acts(t, h, d))
	}
	if n := published(t, h, d); n != 1 {
		t.Errorf("it was published %d times", n)
	}
	// Not before it is approved, and then at once when the time is over.
	d = in(t, h, library.Draft, "partner", nil)
	must(t, library.Submit(h.App, partner, d.Id, "", at))
	due(at.Add(time.Minute), 0)
	must(t, library.Approve(h.App, lead, d.Id, pending(t, h, d), ""))
	says(t, library.Schedule(h.App, partner, d.Id, time.Time{}), "Take it back")
	due(at.Add(-time.Minute), 0)
	due(at.Add(time.Minute), 1)
	if now := reload(t, h.App, d); !now.SecondCheckBy().IsZero() {
		t.Error("what was approved has to be checked")
	}
	// Approved were these words.
	d = in(t, h, library.Draft, "partner", nil)
	must(t, library.Submit(h.App, partner, d.Id, "", at))
	must(t, library.Approve(h.App, lead, d.Id, pending(t, h, d), ""))
	now := reload(t, h.App, d)
	now.Set("summary", "Something else.")
	mustSave(t, h.App, now)
	due(at.Add(time.Minute), 0)
	if !reload(t, h.App, d).Waits() || acts(t, h, d) != "submit approve overtaken" {
		t.Errorf("other words do not wait: %s", acts(t, h, d))
	}
	// Whoever set the time may not publish any more; or something is missing by then.
	d = in(t, h, library.Draft, "partner", nil)
	must(t, library.Schedule(h.App, partner, d.Id, at))
	missing := in(t, h, library.Draft, "lead", nil)
	must(t, library.Schedule(h.App, lead, missing.Id, at))
	now = reload(t, h.App, missing)
	now.Set("summary", "")
	mustSave(t, h.App, now)
	u := h.Record("users", "email", "partner@example.org")
	u.Set("suspended", true)
	must(t, h.App.Save(u))
	due(at.Add(time.Minute), 0)
	for _, d := range []*library.Document{d, missing} {
		if now := reload(t, h.App, d); now.State() != library.Draft || !now.PublishAt().IsZero() || acts(t, h, d) != "schedule failed" {
			t.Errorf("%s, %s, %s", now.State(), now.PublishAt(), acts(t, h, d))
		}
	}
}

// published counts how often the journal says that a document came out.
func published(t testing.TB, h *hubtest.Hub, d *library.Document) (n int) {
	t.Helper()
	rows, err := journal.After(h.App, 0, 100_000)
	must(t, err)
	for _, r := range rows {
		if r.Kind() == "documents.publish" && r.Record == d.Id {
			n++
		}
	}
	return n
}

// TestManyPublishAtOnce presses every button at the same moment: it comes out once.
func TestManyPublishAtOnce(t *testing.T) {
	h := hubtest.New(t)
	partner, lead, admin := viewerOf(t, h, "partner"), viewerOf(t, h, "lead"), viewerOf(t, h, "admin")
	d := in(t, h, library.Draft, "partner", nil)
	must(t, library.Submit(h.App, partner, d.Id, "", time.Time{}))
	read := pending(t, h, d)
	var wg sync.WaitGroup
	for i := range 12 {
		stale := reload(t, h.App, d)
		wg.Go(func() {
			var err error
			switch i % 4 {
			case 0:
				err = library.PublishNow(h.App, partner, d.Id)
			case 1:
				err = library.Approve(h.App, lead, d.Id, read, "")
			case 2:
				err = library.Approve(h.App, admin, d.Id, read, "")
			case 3: // as a page does that was opened before
				stale.Set("state", library.Published)
				journal.By(stale.Record, partner.ID())
				err = h.App.Save(stale.Record)
			}
			if err != nil {
				faultsIn(t, err)
			}
		})
	}
	wg.Wait()
	if reload(t, h.App, d).State() != library.Published {
		t.Error("it is not out")
	}
	if n := published(t, h, d); n != 1 {
		t.Errorf("it came out %d times", n)
	}
	// A page that was opened before does not take back what happened since.
	stale := in(t, h, library.Draft, "partner", nil)
	must(t, library.PublishNow(h.App, partner, stale.Id))
	stale.Set("summary", "Written in a page that stayed open.")
	says(t, h.App.Save(stale.Record), "moved this on")
}

func TestWithdraw(t *testing.T) {
	h := hubtest.New(t)
	partner, guest := viewerOf(t, h, "partner"), viewerOf(t, h, "guest")
	d, next := in(t, h, library.Published, "partner", nil), in(t, h, library.Published, "lead", map[string]any{"title": "The newer one"})
	secret := in(t, h, library.Published, "lead", map[string]any{"title": "Board paper", "space": idOf(h.App, "spaces", "programme-board")})
	says(t, library.WithdrawPage(h.App, partner, d.Id, " ", ""), "Say why")
	says(t, library.WithdrawPage(h.App, partner, d.Id, "Old.", d.Key()), "cannot replace itself")
	says(t, library.WithdrawPage(h.App, partner, next.Id, "Not mine.", ""), "may not")
	must(t, library.WithdrawPage(h.App, partner, d.Id, "The amounts are those of 2024.", next.Key()))
	says(t, library.WithdrawPage(h.App, partner, d.Id, "Again.", ""), "Only what is published")
	d = reload(t, h.App, d)
	if d.State() != library.Withdrawn || d.Meta().WithdrawnNote == "" || d.WithdrawnOn().IsZero() {
		t.Errorf("%s %q %s", d.State(), d.Meta().WithdrawnNote, d.WithdrawnOn())
	}
	if title, address := d.ReplacedBy(h.App, guest); title != "The newer one" || address != next.Address() {
		t.Errorf("replaced by %q at %q", title, address)
	}
	// It goes out in its file, and comes in again.
	text, err := library.File(h.App, d)
	if err != nil || !strings.Contains(text, "replaced_by: "+next.Key()) || !strings.Contains(text, "withdrawn: ") || !strings.Contains(text, "withdrawn_note: ") {
		t.Errorf("%v:\n%s", err, text)
	}
	// What one may not see replaces nothing.
	m := d.Meta()
	m.ReplacedBy = secret.Key()
	must(t, d.SetMeta(m))
	if title, address := d.ReplacedBy(h.App, guest); title+address != "" {
		t.Errorf("a guest is told of %q at %q", title, address)
	}
	m.ReplacedBy = "https://www.example.org/new"
	must(t, d.SetMeta(m))
	if _, address := d.ReplacedBy(h.App, guest); address != "https://www.example.org/new" {
		t.Errorf("replaced by %q", address)
	}
	// Brought back, it says nothing of that any more.
	must(t, library.PublishNow(h.App, partner, d.Id))
	if d = reload(t, h.App, d); d.State() != library.Published || d.Meta().WithdrawnNote+d.Meta().ReplacedBy != "" || !d.WithdrawnOn().IsZero() {
		t.Errorf("%s %q %s", d.State(), d.Meta().WithdrawnNote, d.WithdrawnOn())
	}
}

func TestApprovalByLink(t *testing.T) {
	h := hubtest.New(t)
	partner, lead, member := viewerOf(t, h, "partner"), viewerOf(t, h, "lead"), viewerOf(t, h, "member")
	ask := func(d *library.Document) (*library.ApprovalLink, string) {
		t.Helper()
		l, token, err := library.AskByLink(h.App, partner, d.Id, " Director  of nursing ")
		must(t, err)
		return l, token
	}
	closed := func(token string) {
		t.Helper()
		if _, err := library.OpenLink(h.App, token); !errors.Is(err, library.ErrNoLink) {
			t.Errorf("it opens: %v", err)
		}
		if _, err := library.AnswerLink(h.App, token, true, ""); !errors.Is(err, library.ErrNoLink) {
			t.Errorf("it decides: %v", err)
		}
	}
	d := in(t, h, library.Draft, "partner", nil)
	_, _, err := library.AskByLink(h.App, partner, d.Id, " ")
	says(t, err, "Say which role")
	_, _, err = library.AskByLink(h.App, member, d.Id, "Director")
	says(t, err, "may not")
	l, token := ask(d)
	if l.Role() != "Director of nursing" || len(token) < 40 || strings.Contains(fmt.Sprint(l.Record.FieldsData()), token) {
		t.Errorf("%q, a token of %d signs", l.Role(), len(token))
	}
	for _, wrong := range []string{"", "x", l.GetString("hash"), l.Id, token + "x"} {
		closed(wrong)
	}
	asked, err := library.OpenLink(h.App, token)
	if err != nil || asked.Document.Id != d.Id || asked.Changed {
		t.Fatalf("%v %v", asked, err)
	}
	// Submitting says nothing new; other words do.
	must(t, library.Submit(h.App, partner, d.Id, "", time.Time{}))
	if asked, err = library.OpenLink(h.App, token); err != nil || asked.Changed {
		t.Errorf("submitted: %v %v", asked, err)
	}
	changed := reload(t, h.App, d)
	changed.Set("summary", "Something else.")
	mustSave(t, h.App, changed)
	asked, err = library.OpenLink(h.App, token)
	if err != nil || !asked.Changed || asked.Document.Summary() != "A summary." {
		t.Errorf("changed: %v %v", asked, err)
	}
	_, err = library.AnswerLink(h.App, token, true, "")
	says(t, err, "has changed since")
	// One use. A writer's own link publishes, and a reviewer still looks.
	_, token = ask(d)
	_, err = library.AnswerLink(h.App, token, false, " ")
	says(t, err, "Say what should be changed")
	_, err = library.AnswerLink(h.App, token, true, "Well done.")
	must(t, err)
	closed(token)
	now := reload(t, h.App, d)
	last, err := library.LastReview(h.App, d.Id, library.ActApprove)
	if err != nil || now.State() != library.Published || now.SecondCheckBy().IsZero() || last.Role() != "Director of nursing" || last.Words() != "Well done." || last.By() != "" {
		t.Errorf("%s, to be checked by %s, %v", now.State(), now.SecondCheckBy(), last)
	}
	// A reviewer's link is the second pair of eyes.
	d = in(t, h, library.Draft, "partner", nil)
	_, token, err = library.AskByLink(h.App, lead, d.Id, "Director")
	must(t, err)
	_, err = library.AnswerLink(h.App, token, true, "")
	must(t, err)
	if now := reload(t, h.App, d); now.State() != library.Published || !now.SecondCheckBy().IsZero() {
		t.Errorf("%s, to be checked by %s", now.State(), now.SecondCheckBy())
	}
	// Declined, it goes back to its writer.
	d = in(t, h, library.Draft, "partner", nil)
	must(t, library.Submit(h.App, partner, d.Id, "", time.Time{}))
	_, token = ask(d)
	_, err = library.AnswerLink(h.App, token, false, "Not yet.")
	must(t, err)
	if now := reload(t, h.App, d); now.State() != library.Draft || acts(t, h, d) != "submit changes" {
		t.Errorf("%s: %s", now.State(), acts(t, h, d))
	}
	// For a time that is still to come.
	d = in(t, h, library.Draft, "partner", nil)
	must(t, library.Schedule(h.App, partner, d.Id, time.Now().Add(time.Hour)))
	_, token = ask(d)
	_, err = library.AnswerLink(h.App, token, true, "")
	must(t, err)
	if now := reload(t, h.App, d); now.State() != library.InReview || now.Approved().IsZero() {
		t.Errorf("approved for later, it is %s", now.State())
	}
	if n, err := library.PublishDue(h.App, time.Now().Add(2*time.Hour)); n != 1 || err != nil || reload(t, h.App, d).SecondCheckBy().IsZero() {
		t.Errorf("%d came out: %v; to be checked by %s", n, err, reload(t, h.App, d).SecondCheckBy())
	}
	// Taken back, too old, or of somebody who may not ask any more.
	d = in(t, h, library.Draft, "partner", nil)
	l, token = ask(d)
	says(t, library.TakeBackLink(h.App, member, d.Id, l.Id), "may not")
	must(t, library.TakeBackLink(h.App, partner, d.Id, l.Id))
	closed(token)
	l, token = ask(d)
	l.Set("expires", time.Now().Add(-time.Minute))
	must(t, h.App.Save(l))
	closed(token)
	l, token = ask(d)
	if links, err := library.OpenLinks(h.App, d.Id); err != nil || len(links) != 1 || links[0].Id != l.Id {
		t.Errorf("%d links are open: %v", len(links), err)
	}
	u := h.Record("users", "email", "partner@example.org")
	u.Set("suspended", true)
	must(t, h.App.Save(u))
	closed(token)
	if n, err := library.DropOldLinks(h.App, -30, 100); n != 8 || err != nil {
		t.Errorf("%d links dropped: %v", n, err)
	}
}

// TestTheHubAndOperatorsMoveWhatTheyMust: importers, commands and the dashboard leave no step in a document's life.
func TestTheHubAndOperatorsMoveWhatTheyMust(t *testing.T) {
	h := hubtest.New(t)
	d := in(t, h, library.Withdrawn, "partner", nil)
	d.Set("state", library.Draft)
	journal.By(d.Record, "operator:x")
	d = mustSave(t, h.App, d)
	if d.State() != library.Draft || acts(t, h, d) != "" || !d.SecondCheckBy().IsZero() {
		t.Errorf("%s, %q", d.State(), acts(t, h, d))
	}
	var shipped []*core.Record
	must(t, h.App.RecordQuery("documents").All(&shipped))
	for _, r := range shipped {
		if !library.Wrap(r).SecondCheckBy().IsZero() {
			t.Errorf("%s came with the hub, and has to be checked", r.GetString("title"))
		}
	}
}
