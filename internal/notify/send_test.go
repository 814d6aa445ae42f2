package notify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/notify"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

// post is a hub whose mails go to a server of the test's own.
type post struct {
	t      *testing.T
	h      *hubtest.Hub
	server *server
	out    *notify.Outbox
	sees   bool
	fault  error // of the store, when it is asked who sees what
}

func newPost(t *testing.T) *post {
	p := &post{t: t, h: hubtest.New(t), server: newServer(t), sees: true}
	p.out = notify.New(p.h.App, func() string { return "https://hub.example.org" }, func(string, string, string) (bool, error) { return p.sees, p.fault })
	s := p.h.App.Settings()
	s.SMTP.Enabled, s.SMTP.Host, s.SMTP.Port = true, "127.0.0.1", p.server.port
	s.Meta.SenderName, s.Meta.SenderAddress = "Commonplace", "hub@example.org"
	return p
}

func (p *post) put(m notify.Mail) {
	p.t.Helper()
	if m.Kind == "" {
		m.Kind = "invitation"
	}
	m.Data = map[string]any{"By": "Lead", "URL": p.out.Base() + "/join/x", "Until": time.Now()}
	if err := p.out.Put(p.h.App, m); err != nil {
		p.t.Fatal(err)
	}
}

// send sends what is due, whatever it waits for.
func (p *post) send() {
	p.t.Helper()
	past := time.Now().Add(-time.Hour).UTC().Format("2006-01-02 15:04:05.000Z")
	if _, err := p.h.App.DB().Update("outbox", dbx.Params{"due": past}, dbx.HashExp{"state": notify.Waiting}).Execute(); err != nil {
		p.t.Fatal(err)
	}
	if err := p.out.SendDue(context.Background()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) row(key string) *core.Record { return p.h.Record("outbox", "key", key) }

func (p *post) state(key, want string) {
	p.t.Helper()
	if r := p.row(key); r.GetString("state") != want {
		p.t.Errorf("%s is %s (%s), not %s", key, r.GetString("state"), r.GetString("error"), want)
	}
}

// TestAMailGoesOut reads at the other end what was written at this one, and that its words are kept no longer.
func TestAMailGoesOut(t *testing.T) {
	p := newPost(t)
	p.put(notify.Mail{Key: "one", To: "new@example.org"})
	p.send()
	p.state("one", notify.Sent)
	if r := p.row("one"); r.GetString("text") != "" || r.GetString("html") != "" {
		t.Error("the words of a sent mail are kept")
	}
	got := p.server.letters()
	if len(got) != 1 || !slices.Equal(got[0].to, []string{"new@example.org"}) {
		t.Fatalf("arrived: %+v", got)
	}
	for name, want := range map[string]string{"Subject": "An invitation to Commonplace", "Auto-Submitted": "auto-generated"} {
		if got[0].header.Get(name) != want {
			t.Errorf("%s is %q", name, got[0].header.Get(name))
		}
	}
	if id := got[0].header.Get("Message-ID"); !strings.HasSuffix(id, "@example.org>") {
		t.Errorf("Message-ID is %q", id)
	}
	if !strings.Contains(got[0].text, "https://hub.example.org/join/x") || !strings.Contains(got[0].html, `href="https://hub.example.org/join/x"`) || !strings.HasPrefix(got[0].html, "<!doctype html>") {
		t.Errorf("words: %s\n%s", got[0].text, got[0].html)
	}
}

// TestNeverTwice writes one mail from many sides and sends it from two.
func TestNeverTwice(t *testing.T) {
	p := newPost(t)
	for range 5 {
		p.put(notify.Mail{Key: "same", To: "new@example.org"})
	}
	var both sync.WaitGroup
	for range 4 {
		both.Go(func() {
			if err := p.out.SendDue(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	p.send()
	if n := len(p.server.letters()); n != 1 {
		t.Errorf("it arrived %d times", n)
	}
}

// TestWhatAServerSays follows a mail through each answer.
func TestWhatAServerSays(t *testing.T) {
	p := newPost(t)
	for _, c := range []struct{ answer, first, then string }{
		{"450 not now", notify.Waiting, notify.Sent},
		{"421 closing", notify.Waiting, notify.Sent},
		{"550 nobody here", notify.Failed, notify.Failed},
		{"", notify.Failed, notify.Failed}, // whether it was taken is not known
	} {
		key := "answer " + c.answer
		p.server.answers(func(string) string { return c.answer })
		p.put(notify.Mail{Key: key, To: "new@example.org"})
		p.send()
		p.state(key, c.first)
		p.server.answers(func(string) string { return "250 taken" })
		p.send()
		p.state(key, c.then)
	}
	if n := len(p.server.letters()); n != 2 {
		t.Errorf("%d arrived", n)
	}
	failed := p.row("answer 550 nobody here")
	if err := p.out.Again(failed.Id); err != nil {
		t.Fatal(err)
	}
	p.send()
	p.state("answer 550 nobody here", notify.Sent)
}

// TestNobodyThere keeps a mail while the server is away, longer each time, and gives up in the end.
func TestNobodyThere(t *testing.T) {
	p := newPost(t)
	port := p.h.App.Settings().SMTP.Port
	p.h.App.Settings().SMTP.Port = 1
	p.put(notify.Mail{Key: "away", To: "new@example.org"})
	p.send()
	p.state("away", notify.Waiting)
	if due := p.row("away").GetDateTime("due").Time(); time.Until(due) < 50*time.Second {
		t.Errorf("it is tried again at %v", due)
	}
	p.h.App.Settings().SMTP.Port = port
	p.send()
	p.state("away", notify.Sent)

	p.h.App.Settings().SMTP.Port = 1
	p.put(notify.Mail{Key: "gone", To: "new@example.org"})
	for range 8 {
		p.send()
	}
	p.state("gone", notify.Failed)
}

// TestRightsAreAskedWhenSending drops what its reader may not see any more by then.
func TestRightsAreAskedWhenSending(t *testing.T) {
	p := newPost(t)
	someone := p.h.Record("users", "email", "member@example.org")
	p.put(notify.Mail{Key: "seen", To: "member@example.org", Person: someone.Id, About: "threads", Record: "x"})
	p.send()
	p.state("seen", notify.Sent)
	p.sees = false
	p.put(notify.Mail{Key: "lost", To: "member@example.org", Person: someone.Id, About: "threads", Record: "x"})
	p.put(notify.Mail{Key: "late", To: "member@example.org", Expires: time.Now().Add(-time.Minute)})
	p.send()
	p.state("lost", notify.Dropped)
	p.state("late", notify.Dropped)
	if r := p.row("lost"); r.GetString("text") != "" {
		t.Error("the words are kept")
	}
	p.sees = true
	p.put(notify.Mail{Key: "suspended", To: "member@example.org", Person: someone.Id, About: "threads", Record: "x"})
	someone.Set("suspended", true)
	if err := p.h.App.Save(someone); err != nil {
		t.Fatal(err)
	}
	p.send()
	p.state("suspended", notify.Dropped)
}

// TestAFaultOfTheStoreDropsNoMail cannot ask for a moment whether the reader may see what a mail is about, nor who they are:
// the mail waits. Regression: it was dropped, as if they had lost the right or left.
func TestAFaultOfTheStoreDropsNoMail(t *testing.T) {
	p := newPost(t)
	someone := p.h.Record("users", "email", "member@example.org")
	p.put(notify.Mail{Key: "asked", To: "member@example.org", Person: someone.Id, About: "threads", Record: "x"})
	p.fault = errors.New("database is locked")
	p.send()
	p.state("asked", notify.Waiting)
	p.fault = nil
	p.rename("users", "users_away")
	p.send()
	p.rename("users_away", "users")
	p.state("asked", notify.Waiting)
	p.send()
	p.state("asked", notify.Sent)
}

func (p *post) rename(from, to string) {
	p.t.Helper()
	if _, err := p.h.App.DB().NewQuery("PRAGMA legacy_alter_table = ON; ALTER TABLE " + from + " RENAME TO " + to + "; PRAGMA legacy_alter_table = OFF").Execute(); err != nil {
		p.t.Fatal(err)
	}
}

// TestAMailGoesToTheAddressOfToday changes an address while mails wait: what is about the hub goes to the new one, what is about
// the account goes where it was meant to. Regression: all went to the address before, which may be another's by now.
func TestAMailGoesToTheAddressOfToday(t *testing.T) {
	p := newPost(t)
	someone := p.h.Record("users", "email", "member@example.org")
	p.put(notify.Mail{Key: "news", To: "member@example.org", Person: someone.Id, About: "threads", Record: "x"})
	p.put(notify.Mail{Key: "account", To: "member@example.org", Person: someone.Id})
	someone.SetEmail("elsewhere@example.org")
	if err := p.h.App.Save(someone); err != nil {
		t.Fatal(err)
	}
	p.send()
	for key, want := range map[string]string{"news": "elsewhere@example.org", "account": "member@example.org"} {
		p.state(key, notify.Sent)
		if to := p.row(key).GetString("to"); to != want {
			t.Errorf("%s went to %s, not %s", key, to, want)
		}
	}
	for _, letter := range p.server.letters() {
		if len(letter.to) != 1 || !slices.Contains([]string{"elsewhere@example.org", "member@example.org"}, letter.to[0]) {
			t.Errorf("arrived: %v", letter.to)
		}
	}
}

// TestEndedWhileSending gives up what a crash left in between rather than sending it a second time.
func TestEndedWhileSending(t *testing.T) {
	p := newPost(t)
	p.put(notify.Mail{Key: "between", To: "new@example.org"})
	if _, err := p.h.App.DB().Update("outbox", dbx.Params{"state": notify.Sending}, dbx.HashExp{"key": "between"}).Execute(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	p.out.Run(ctx)
	p.state("between", notify.Failed)
	if len(p.server.letters()) != 0 {
		t.Error("it was sent")
	}
}

// TestL04OneAddressOneHead takes nothing that could make two addresses of one, or begin another header.
func TestL04OneAddressOneHead(t *testing.T) {
	p := newPost(t)
	for _, to := range []string{"a@b.c\r\nBcc: x@y", "a@b.c,x@y", "a@b.c x@y", "<a@b.c>", "a@b@c", "", "@b.c", "a@", "A <a@b.c>", "a@b.c\x00"} {
		err := p.out.Put(p.h.App, notify.Mail{Key: "to " + to, To: to, Kind: "invitation", Data: map[string]any{"URL": "https://hub.example.org/"}})
		if !errors.Is(err, notify.ErrAddress) {
			t.Errorf("%q: %v", to, err)
		}
	}
	err := p.out.Put(p.h.App, notify.Mail{Key: "name", To: "new@example.org", Kind: "invitation", Data: map[string]any{
		"Name": "Al\r\nBcc: other@example.org", "By": "Lead\r\n\r\nWords", "URL": "https://hub.example.org/", "Until": time.Now(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	p.send()
	got := p.server.letters()
	if len(got) != 1 || len(got[0].to) != 1 || got[0].header.Get("Bcc") != "" {
		t.Errorf("%+v", got)
	}
}

// TestAMailAndItsCauseComeTogether leaves no mail behind when the transaction is undone.
func TestAMailAndItsCauseComeTogether(t *testing.T) {
	p := newPost(t)
	undo := errors.New("undo")
	err := p.h.App.RunInTransaction(func(tx core.App) error {
		if err := p.out.Put(tx, notify.Mail{Key: "undone", To: "new@example.org", Kind: "invitation", Data: map[string]any{"URL": "https://hub.example.org/", "Until": time.Now()}}); err != nil {
			return err
		}
		return undo
	})
	if !errors.Is(err, undo) {
		t.Fatal(err)
	}
	p.send()
	if len(p.server.letters()) != 0 {
		t.Error("it was sent all the same")
	}
}
