package champion_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/champion"
	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/member"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

// joined puts somebody on the register.
func joined(t *testing.T, h *hubtest.Hub, name string, values map[string]any) *champion.Champion {
	t.Helper()
	v := h.Viewer(name)
	c, err := champion.Own(h.App, v)
	if err != nil {
		t.Fatal(err)
	}
	c.Load(map[string]any{"level": "board", "setting": "employer", "place": h.Record("places", "slug", "leeds").Id, "role": " Director ", "helps": "The numbat."})
	c.Load(values)
	if err := h.App.Save(c.Record); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWhoStandsInTheRegister: whoever wishes to, as long as they are here; and REST says the same and never whose it is.
func TestWhoStandsInTheRegister(t *testing.T) {
	h := hubtest.New(t)
	listed := func() bool {
		t.Helper()
		list, err := champion.Register(h.App)
		if err != nil {
			t.Fatal(err)
		}
		in := false
		for _, c := range list {
			in = in || c.Helps() == "The numbat."
		}
		for name, path := range map[string]string{"REST": "/api/collections/champions/records?perPage=200", "a partner's expand": "/api/collections/organisations/records?perPage=200&expand=champions_via_organisation"} {
			said := h.As("member2").REST("GET", path, nil).Body
			if strings.Contains(said, "numbat") != in {
				t.Errorf("%s says otherwise: %s", name, said)
			}
			if strings.Contains(said, h.Record("users", "email", "partner@example.org").Id) {
				t.Errorf("%s says who it is", name)
			}
		}
		if h.Settle(); strings.Contains(h.Guest().Get("/champions").Body, "numbat") != in {
			t.Error("the page says otherwise")
		}
		return in
	}
	c := joined(t, h, "partner", nil)
	if c.Role() != "Director" || !listed() {
		t.Errorf("not in: %v", c.PublicExport())
	}
	user := func(field string, value any) {
		t.Helper()
		u := h.Record("users", "email", "partner@example.org")
		u.Set(field, value)
		journal.By(u, "operator:x")
		if err := h.App.Save(u); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		what string
		do   func()
		in   bool
	}{
		{"suspended", func() { user("suspended", true) }, false},
		{"open again", func() { user("suspended", false) }, true},
		{"hidden", func() { joined(t, h, "partner", map[string]any{"shown": false}) }, false},
		{"shown", func() { joined(t, h, "partner", map[string]any{"shown": true}) }, true},
		{"left the register", func() {
			if err := champion.Leave(h.App, h.Viewer("partner"), joined(t, h, "partner", nil), time.Now()); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"back", func() { joined(t, h, "partner", map[string]any{"ended": ""}) }, true},
	} {
		if step.do(); listed() != step.in {
			t.Errorf("%s: listed is %v", step.what, !step.in)
		}
	}
	for _, attack := range []string{"person~'a'", "out=false", "id!='' && person!=''"} {
		if a := h.As("member2").REST("GET", "/api/collections/champions/records?filter="+url.QueryEscape(attack), nil); a.Status == 200 {
			t.Errorf("a filter on %s is answered", attack)
		}
	}
	u := h.Record("users", "email", "partner@example.org")
	id := u.Id
	if err := member.Leave(h.App, u, "test"); err != nil {
		t.Fatal(err)
	}
	if left, err := h.App.CountRecords("champions", nil); err != nil || left != 3 {
		t.Errorf("%d entries are left: %v", left, err)
	}
	if list, err := champion.Register(h.App); err != nil || len(list) != 3 || list[0].Person() == id {
		t.Errorf("listed are %d: %v", len(list), err)
	}
	if err := h.App.Delete(h.Record("users", "email", "member2@example.org")); err != nil {
		t.Fatal(err)
	}
	if list, err := champion.Register(h.App); err != nil || len(list) != 2 {
		t.Errorf("after an account was deleted: %d, %v", len(list), err)
	}
}

// TestMessages: who reads them, how many there may be, and that the words of guests are looked through.
func TestMessages(t *testing.T) {
	h := hubtest.New(t)
	to := joined(t, h, "partner", nil)
	now := time.Now()
	send := func(who, words, key string) error {
		return champion.Writing{Words: words, Contact: "carer@example.net", ClientKey: key}.Send(h.App, h.Viewer(who), to, now)
	}
	for range 2 {
		if err := send("member", "How do you begin?", "once"); err != nil {
			t.Fatal(err)
		}
	}
	if n, _ := h.App.CountRecords("champion_messages", nil); n != 1 {
		t.Errorf("sent twice, kept %d", n)
	}
	m, err := champion.MessageByID(h.App, h.Record("champion_messages", "client_key", "once").Id)
	if err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if told := h.As("partner").Get("/notifications").Body; !strings.Contains(told, "A message to you as Director") || !strings.Contains(told, m.Address()) || strings.Contains(told, "How do you begin?") {
		t.Errorf("the champion is told: %s", told)
	}
	if err := m.Say(h.App, h.Viewer("partner"), "With one question.", now); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	if told := h.As("member").Get("/notifications").Body; !strings.Contains(told, "An answer from Director") {
		t.Errorf("whoever wrote is told: %s", told)
	}
	for who, may := range map[string]bool{"member": true, "partner": true, "lead": false, "moderator": false, "admin": false, "guest": false} {
		if m.Viewable(h.Viewer(who)) != may {
			t.Errorf("%s reads it: %v", who, !may)
		}
	}
	if err := send("guest", "Ring me on 07700 900123 about my mother", "a"); err == nil {
		t.Error("a guest's words are not looked through")
	}
	if err := send("member", "Ring me on 07700 900123", "b"); err != nil {
		t.Errorf("a member may say what they like to one person: %v", err)
	}
	for i := range 12 {
		err := send("guest", "May I ask?", strings.Repeat("g", i+3))
		if (i < 10) != (err == nil) {
			t.Errorf("guest's message %d: %v", i+1, err)
		}
	}
	for i := range 20 {
		err := send("member", "May I ask?", strings.Repeat("m", i+3))
		if (i < 18) != (err == nil) {
			t.Errorf("member's message %d: %v", i+3, err)
		}
	}
	later := now.AddDate(0, 0, champion.KeepMessages+1)
	if n, err := champion.DropOld(h.App, later, 1000); err != nil || n != 30 {
		t.Errorf("%d went: %v", n, err)
	}
	if err := champion.Leave(h.App, h.Viewer("partner"), to, now); err != nil {
		t.Fatal(err)
	}
	if err := send("lead", "Still there?", "late"); err == nil {
		t.Error("somebody who left the register can be written to")
	}
	for days, want := range map[int]int{champion.KeepEnded - 1: 0, champion.KeepEnded + 1: 1} {
		if n, err := champion.DropOld(h.App, now.AddDate(0, 0, days), 1000); err != nil || n != want {
			t.Errorf("after %d days %d went: %v", days, n, err)
		}
	}
}
