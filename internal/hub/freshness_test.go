package hub_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
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

// TestTheLinkOfAReminder opens a button, without signing in; looking changes nothing, and it works once, for its reader and
// the day it was sent for.
func TestTheLinkOfAReminder(t *testing.T) {
	h := hubtest.New(t)
	undated(t, h)
	due := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 5)
	d := keptPage(t, h, "Numbat <b>", "member", due)
	other := keptPage(t, h, "Other", "member2", due)
	remind(t, h, time.Now())
	link := func(who string) string {
		t.Helper()
		for _, r := range outbox(t, h) {
			if strings.HasPrefix(r.GetString("to"), who+"@") {
				_, token, found := strings.Cut(r.GetString("text"), "/checked/")
				if !found || !strings.Contains(r.GetString("html"), "/checked/") {
					t.Fatal(r.GetString("text"))
				}
				return "/checked/" + strings.Fields(token)[0]
			}
		}
		t.Fatal("no mail to " + who)
		return ""
	}
	at := func(d *library.Document) time.Time {
		d, err := library.ByID(h.App, d.Id)
		if err != nil {
			t.Fatal(err)
		}
		return d.CheckBy()
	}
	guest, address := h.Guest(), link("member")
	for range 3 {
		a := guest.Get(address)
		if a.Status != 200 || !strings.Contains(a.Body, "Numbat &lt;b&gt;") || !strings.Contains(a.Body, "It is still correct") || a.Header.Get("Cache-Control") == "" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	if !at(d).Equal(due) {
		t.Error("looking changed something")
	}
	token := func(address string) string { return strings.TrimPrefix(address, "/checked/") }
	missing := strings.ReplaceAll(guest.Get("/checked/nothing").Body, "nothing", "")
	for what, wrong := range map[string]string{"cut": address[:len(address)-3], "another's signature": address[:strings.LastIndex(address, ".")] + link("member2")[strings.LastIndex(link("member2"), "."):]} {
		if a := guest.Get(wrong); a.Status != 404 || strings.ReplaceAll(a.Body, token(wrong), "") != missing {
			t.Errorf("%s: %d, or another page than for nothing", what, a.Status)
		}
		if a := guest.Post(wrong, nil); a.Status != 404 {
			t.Errorf("POST %s: %d", what, a.Status)
		}
	}
	// Somebody changes the words while the button is on the screen: it is shown again.
	shown := regexp.MustCompile(`name="revision" value="([a-z0-9]+)"`).FindStringSubmatch(guest.Get(address).Body)
	changed := h.Record("documents", "id", d.Id)
	changed.Set("body", "Other words.")
	if err := h.App.Save(changed); err != nil || shown == nil {
		t.Fatal(shown, err)
	}
	if a := guest.Post(address, url.Values{"revision": {shown[1]}}); a.Status != 422 || !strings.Contains(a.Body, "Its words were changed after you opened this.") || !at(d).Equal(due) {
		t.Errorf("words that nobody has read are correct: %d", a.Status)
	}
	keeper := h.Record("users", "email", "member@example.org")
	old, err := security.NewJWT(jwt.MapClaims{"id": keeper.Id, "document": d.Id, "check_by": due.Format(time.DateOnly)}, keeper.TokenKey()+keeper.Collection().AuthToken.Secret+"still correct", -time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if a := guest.Post("/checked/"+old, nil); a.Status != 404 || !at(d).Equal(due) {
		t.Errorf("an old link: %d", a.Status)
	}
	// From another site it is refused, and so nothing happens.
	if a := guest.Do("POST", address, "application/x-www-form-urlencoded", nil, map[string][]string{"Sec-Fetch-Site": {"cross-site"}}); a.Status != 403 || !at(d).Equal(due) {
		t.Errorf("from another site: %d", a.Status)
	}
	if a := guest.Post(address, nil); a.Status != 303 || a.Header.Get("Location") != "/checked" || at(d).Equal(due) {
		t.Errorf("%d to %s, %v", a.Status, a.Header.Get("Location"), at(d))
	}
	checked := at(d)
	if a := guest.Post(address, nil); a.Status != 303 || a.Header.Get("Location") != address || !at(d).Equal(checked) {
		t.Errorf("a second time: %d to %s", a.Status, a.Header.Get("Location"))
	}
	if a := guest.Get(address); a.Status != 200 || !strings.Contains(a.Body, "There is nothing to do") || !strings.Contains(a.Body, "by <bdi>you</bdi>") || strings.Contains(a.Body, "<button class=\"nhsuk-button") {
		t.Errorf("after it was checked: %d %s", a.Status, a.Body)
	}
	hidden := h.Record("documents", "id", d.Id)
	hidden.Set("state", library.Draft)
	if err := h.App.Save(hidden); err != nil {
		t.Fatal(err)
	}
	if a := guest.Get(address); a.Status != 404 || strings.ReplaceAll(a.Body, token(address), "") != missing {
		t.Errorf("of a page that is hidden: %d", a.Status)
	}
	if !at(other).Equal(due) {
		t.Error("another page was checked too")
	}
	second := h.Record("users", "email", "member2@example.org")
	second.Set("suspended", true)
	if err := h.App.Save(second); err != nil {
		t.Fatal(err)
	}
	if a := guest.Post(link("member2"), nil); a.Status != 404 || !at(other).Equal(due) {
		t.Errorf("of somebody who is suspended: %d", a.Status)
	}
}

func outbox(t *testing.T, h *hubtest.Hub) []*core.Record {
	t.Helper()
	all, err := h.App.FindAllRecords("outbox")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestLeavingHandsPagesOver, or leaves them to the board.
func TestLeavingHandsPagesOver(t *testing.T) {
	h := hubtest.New(t)
	d, later := keptPage(t, h, "Handed", "partner", time.Time{}), keptPage(t, h, "Left behind", "member", time.Time{})
	partner, lead := h.As("partner"), h.Record("users", "email", "lead@example.org").Id
	a := partner.Get("/me/leave")
	if !strings.Contains(a.Body, "You keep 1 page") || !strings.Contains(a.Body, lead) {
		t.Fatal(a.Body)
	}
	if a := partner.Post("/me/leave", map[string][]string{"password": {"commonplace-demo"}, "to": {"nobody"}}); a.Status != 422 || !strings.Contains(a.Body, "Choose somebody from the list.") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := partner.Post("/me/leave", map[string][]string{"password": {"commonplace-demo"}, "to": {lead}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if now, _ := library.ByID(h.App, d.Id); now.Owner() != lead {
		t.Errorf("kept by %q", now.Owner())
	}
	told := 0
	for _, r := range outbox(t, h) {
		if r.GetString("kind") == "pages-handed" && r.GetString("person") == lead {
			told++
			if strings.Contains(r.GetString("text"), "Pat Partner") {
				t.Error("the mail names somebody who has left")
			}
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	if a := h.As("member").Post("/me/leave", map[string][]string{"password": {"commonplace-demo"}}); a.Status != 303 {
		t.Fatal(a.Status)
	}
	board := h.As("lead").Get("/manage/freshness?show=no-owner&q=Left+behind").Body
	if !strings.Contains(board, later.Id) || !strings.Contains(board, "Was kept by somebody who has left") {
		t.Error(board)
	}
}
