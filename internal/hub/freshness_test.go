package hub_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// keptPage is a page that somebody of the cast keeps, to be checked by a day.
func keptPage(t *testing.T, h *hubtest.Hub, title, who string, by time.Time) *library.Document {
	t.Helper()
	space := h.Record("spaces", "slug", "library").Id
	d, err := library.New(h.App, library.Guidance, space)
	if err != nil {
		t.Fatal(err)
	}
	d.Load(map[string]any{"title": title, "summary": "About it.", "body": "Words.", "state": library.Published, "check_by": by})
	if who != "" {
		d.Set("owner", h.Record("users", "email", who+"@example.org").Id)
	}
	if err := h.App.Save(d); err != nil {
		t.Fatal(err)
	}
	return d
}

// undated takes every day from the shipped pages, so that only what a test makes is due.
func undated(t *testing.T, h *hubtest.Hub) {
	t.Helper()
	if _, err := h.App.DB().Update("documents", dbx.Params{"check_by": ""}, nil).Execute(); err != nil {
		t.Fatal(err)
	}
}

// reminders are the mails about checks, as "to: subject", sorted.
func reminders(t *testing.T, h *hubtest.Hub) []string {
	t.Helper()
	var all []*core.Record
	if err := h.App.RecordQuery("outbox").AndWhere(dbx.In("kind", "check-due", "checks-due")).All(&all); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range all {
		who, _, _ := strings.Cut(r.GetString("to"), "@")
		lines = append(lines, who+": "+r.GetString("subject"))
	}
	slices.Sort(lines)
	return lines
}

func remind(t *testing.T, h *hubtest.Hub, at time.Time) {
	t.Helper()
	if err := h.Hub.Remind(at); err != nil {
		t.Fatal(err)
	}
}

func date(s string) time.Time {
	at, _ := time.Parse(time.DateOnly, s)
	return at
}

// TestRemindersComeOnce walks a clock: it stands, runs on, jumps ahead and back, and is away for weeks.
func TestRemindersComeOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		days []string // on which the job runs, the page being due on 1 March
		told int
	}{
		{"too early", []string{"2027-01-29"}, 0},
		{"every day", []string{"2027-01-30", "2027-01-31", "2027-02-21", "2027-02-22", "2027-02-23", "2027-02-28", "2027-03-01", "2027-03-02", "2027-06-01"}, 3},
		{"twice an hour", []string{"2027-01-30", "2027-01-30", "2027-01-30"}, 1},
		{"away for the second", []string{"2027-01-30", "2027-03-01"}, 2},
		{"away for a week", []string{"2027-01-30", "2027-02-26"}, 2},
		{"away for a year", []string{"2028-01-01"}, 1},
		{"ahead and back", []string{"2027-01-30", "2029-01-01", "2027-02-01", "2027-02-22", "2027-03-01", "2027-03-02"}, 2},
	} {
		h := hubtest.New(t)
		undated(t, h)
		keptPage(t, h, "Respite", "partner", date("2027-03-01"))
		for _, day := range c.days {
			remind(t, h, date(day).Add(9*time.Hour))
		}
		if all := reminders(t, h); len(all) != c.told {
			t.Errorf("%s: %d mails: %q", c.name, len(all), all)
		}
		h.Stop()
	}
}

func TestWhoIsReminded(t *testing.T) {
	h := hubtest.New(t)
	undated(t, h)
	due, now := date("2027-03-01"), date("2027-02-28")
	keptPage(t, h, "Kept", "partner", due)
	nobodys := keptPage(t, h, "Nobody's", "", due)
	gone := keptPage(t, h, "Of somebody who is suspended", "member", due)
	member := h.Record("users", "email", "member@example.org")
	member.Set("suspended", true)
	if err := h.App.Save(member); err != nil {
		t.Fatal(err)
	}
	draft := keptPage(t, h, "Draft", "partner", due)
	if _, err := h.App.DB().Update("documents", dbx.Params{"state": library.Draft}, dbx.HashExp{"id": draft.Id}).Execute(); err != nil {
		t.Fatal(err)
	}
	remind(t, h, now)
	want := []string{"lead: 2 pages are due to be checked", "partner: By 1 March 2027: is “Kept” still correct?"}
	if all := reminders(t, h); !slices.Equal(all, want) {
		t.Errorf("%q", all)
	}
	// Whoever takes over is told, and whoever was told is not told again.
	if n, err := library.HandOver(h.App, []string{nobodys.Id, gone.Id}, h.Record("users", "email", "member2@example.org").Id, ""); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	remind(t, h, now)
	if all := reminders(t, h); len(all) != 4 || !strings.HasPrefix(all[1], "member2: By 1 March") {
		t.Errorf("%q", all)
	}
	// What was checked is due another day, and then they are told anew.
	d, _ := library.ByID(h.App, nobodys.Id)
	if err := library.Check(h.App, d, d.Owner(), date("2027-09-01")); err != nil {
		t.Fatal(err)
	}
	remind(t, h, now)
	remind(t, h, date("2027-08-15"))
	again := 0
	for _, line := range reminders(t, h) {
		if strings.Contains(line, "By 1 September 2027: is “Nobody's”") {
			again++
		}
	}
	if again != 1 {
		t.Errorf("%d times: %q", again, reminders(t, h))
	}
}

// TestManyPagesAreOneMail names none of them.
func TestManyPagesAreOneMail(t *testing.T) {
	h := hubtest.New(t)
	undated(t, h)
	for i := range 7 {
		keptPage(t, h, fmt.Sprint("Quokka ", i), "partner", date("2027-03-01"))
	}
	remind(t, h, date("2027-02-01"))
	remind(t, h, date("2027-02-02"))
	if all := reminders(t, h); !slices.Equal(all, []string{"partner: 7 pages are due to be checked"}) {
		t.Errorf("%q", all)
	}
	if text := h.Record("outbox", "kind", "checks-due").GetString("text"); strings.Contains(text, "Quokka") || !strings.Contains(text, "/me/pages") {
		t.Error(text)
	}
}

// TestAMailThatFailsIsNotLost: what cannot be written is written the next time, and nobody else waits for it.
func TestAMailThatFailsIsNotLost(t *testing.T) {
	h := hubtest.New(t)
	undated(t, h)
	due, now := date("2027-03-01"), date("2027-02-28")
	keptPage(t, h, "One", "partner", due)
	keptPage(t, h, "Two", "member", due)
	broken := true
	h.App.OnRecordCreate("outbox").BindFunc(func(e *core.RecordEvent) error {
		if broken && strings.HasPrefix(e.Record.GetString("to"), "partner") {
			return fmt.Errorf("the disk is full")
		}
		return e.Next()
	})
	remind(t, h, now)
	if all := reminders(t, h); len(all) != 1 {
		t.Errorf("%q", all)
	}
	broken = false
	remind(t, h, now)
	remind(t, h, now)
	if all := reminders(t, h); len(all) != 2 {
		t.Errorf("%q", all)
	}
}
