//go:build measure

package measure

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/notify"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// The week of a busy hub.
const (
	weekPeople  = 2000
	weekThreads = 200
	weekPosts   = 20_000
	weekFollows = 20 // threads that one person follows
	loudPeople  = 10_000
)

// TestMeasureDigest fills a week of a busy hub, writes everybody's digest, and sends them through a mail server while the
// program is killed again and again. Nobody gets two; a mail that was on its way when it was killed may be lost, and says so.
func TestMeasureDigest(t *testing.T) {
	h := hubtest.New(t)
	w := &week{t: t, h: h}
	w.people("week", weekPeople)
	w.fill()
	began := time.Now()
	w.settle(10 * time.Minute)
	t.Logf("told of %d posts in %v after the last", weekPosts, time.Since(began).Round(time.Millisecond))

	day := time.Now().UTC().Truncate(24 * time.Hour).Add(9 * time.Hour)
	began = time.Now()
	if err := h.Hub.Digest(day); err != nil {
		t.Fatal(err)
	}
	built := time.Since(began)
	mails, err := h.App.FindAllRecords("outbox", dbx.HashExp{"kind": "digest"})
	if err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	words := 0
	for _, m := range mails {
		text, err := h.Hub.Mail.Words(m)
		if err != nil {
			t.Fatal(err)
		}
		words += len(text)
	}
	put := time.Since(began)
	t.Logf("%d digests chosen in %v, put into words in %v, %d characters each", len(mails), built, put, words/max(1, len(mails)))
	bar(t, "digests of 2,000 people and 20,000 posts", built+put, 30*time.Second)
	atLeast(t, "people who get one", len(mails), weekPeople)

	h.Stop()
	w.sendAndKill(filepath.Dir(h.Dir) + "/pb_data")
}

// week makes people, threads and posts.
type week struct {
	t   *testing.T
	h   *hubtest.Hub
	ids []string
}

// people are written past the hooks: a password costs a tenth of a second each.
func (w *week) people(name string, n int) {
	w.t.Helper()
	err := w.h.App.RunInTransaction(func(tx core.App) error {
		for i := range n {
			id := core.GenerateDefaultRandomId()
			_, err := tx.DB().NewQuery(`INSERT INTO {{users}} ([[id]], [[email]], [[name]], [[role]], [[verified]], [[mail]], [[password]], [[tokenKey]], [[created]], [[updated]])
				VALUES ({:id}, {:email}, {:name}, 'member', 1, 'daily', 'x', {:key}, '2026-01-01 00:00:00.000Z', '2026-01-01 00:00:00.000Z')`).
				Bind(dbx.Params{"id": id, "email": fmt.Sprintf("%s%d@example.org", name, i), "name": fmt.Sprintf("Person %s %d", name, i), "key": id + id + id}).Execute()
			if err != nil {
				return err
			}
			w.ids = append(w.ids, id)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *week) fill() {
	w.t.Helper()
	var threads []string
	for n := range weekThreads {
		threads = append(threads, w.thread(fmt.Sprint("Busy ", n)))
	}
	err := w.h.App.RunInTransaction(func(tx core.App) error {
		for i, person := range w.ids {
			for n := range weekFollows {
				if err := follow(tx, person, threads[(i*7+n*11)%weekThreads]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	began := time.Now()
	for n := 0; n < weekPosts; n += 100 { // many at a time: what it costs to write them is measured elsewhere
		err := w.h.App.RunInTransaction(func(tx core.App) error {
			for i := n; i < n+100; i++ {
				w.post(tx, threads[i%weekThreads], w.ids[(i*13)%len(w.ids)], i)
			}
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	w.t.Logf("%d posts written in %v", weekPosts, time.Since(began).Round(time.Second))
}

func follow(tx core.App, person, thread string) error {
	_, err := tx.DB().NewQuery(`INSERT OR IGNORE INTO {{follows}} ([[user]], [[kind]], [[record]], [[query]], [[level]], [[created]], [[updated]])
		VALUES ({:user}, 'thread', {:record}, '', 'everything', '2026-01-01 00:00:00.000Z', '2026-01-01 00:00:00.000Z')`).
		Bind(dbx.Params{"user": person, "record": thread}).Execute()
	return err
}

func (w *week) thread(title string) string {
	w.t.Helper()
	t, err := thread.New(w.h.App)
	if err != nil {
		w.t.Fatal(err)
	}
	t.Set("title", title)
	if err := w.h.App.Save(t.Record); err != nil {
		w.t.Fatal(err)
	}
	return t.Id
}

func (w *week) post(app core.App, thread, author string, n int) {
	w.t.Helper()
	c, err := app.FindCachedCollectionByNameOrId("posts")
	if err != nil {
		w.t.Fatal(err)
	}
	p := core.NewRecord(c)
	p.Load(map[string]any{"thread": thread, "body": fmt.Sprintf("Post %d: we tried it on two wards, and **what worked** was to ask at the door. Who keeps the list when the lead is away, and how often do you look at it?", n)})
	p.Set("example", true) // nobody follows by writing here: follows are as many as said above
	p.Set("author", author)
	journal.By(p, author)
	if err := app.Save(p); err != nil {
		w.t.Fatal(err)
	}
}

func (w *week) settle(within time.Duration) {
	w.t.Helper()
	_, last, err := journal.Range(w.h.App)
	if err != nil {
		w.t.Fatal(err)
	}
	for end := time.Now().Add(within); w.h.Hub.Told() < last; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("told until %d of %d", w.h.Hub.Told(), last)
		}
	}
}

// sendAndKill starts the program on the folder with a mail server, everybody wanting their mail at once, and kills it in
// the middle of choosing and of sending, until all is sent.
func (w *week) sendAndKill(dir string) {
	box := newMailbox(w.t)
	h := hubtest.New(w.t, hubtest.In(dir))
	s := h.App.Settings()
	s.SMTP.Enabled, s.SMTP.Host, s.SMTP.Port = true, "127.0.0.1", box.port
	s.Meta.SenderAddress = "hub@example.org"
	if err := h.App.Save(s); err != nil {
		w.t.Fatal(err)
	}
	for _, sql := range []string{"DELETE FROM {{outbox}}", "UPDATE {{notifications}} SET [[told]] = 0", "UPDATE {{users}} SET [[mail]] = 'at once'"} {
		if _, err := h.App.DB().NewQuery(sql).Execute(); err != nil {
			w.t.Fatal(err)
		}
	}
	h.Stop()
	kills := 0
	began := time.Now()
	for ; kills < 8; kills++ {
		p := serve(w.t, dir)
		time.Sleep(time.Duration(300+kills*250) * time.Millisecond)
		p.cmd.Process.Signal(syscall.SIGKILL)
		p.cmd.Wait()
	}
	p := serve(w.t, dir)
	quiet := 0
	p.await("all mails to be sent", 5*time.Minute, func() bool {
		var r struct{ Mail int }
		if p.get("/readyz", &r) != nil || r.Mail > 0 || box.people() < weekPeople-kills {
			quiet = 0
			return false
		}
		quiet++
		return quiet > 50
	})
	w.t.Logf("%d mails taken in %v with %d kills", box.count(), time.Since(began).Round(time.Second), kills)
	p.stop()
	bar(w.t, "mails to one person", box.most(), 1)
	atLeast(w.t, "people who got theirs, besides those on whose mail it was killed", box.people()+box.cut(w.t, dir), weekPeople)
}

// mailbox takes mail as a server does, and counts it by whom it is to.
type mailbox struct {
	port int
	mu   sync.Mutex
	to   map[string]int
}

func newMailbox(t *testing.T) *mailbox {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	b := &mailbox{port: l.Addr().(*net.TCPAddr).Port, to: map[string]int{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go b.talk(c)
		}
	}()
	return b
}

func (b *mailbox) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewScanner(c)
	in.Buffer(nil, 8<<20)
	fmt.Fprint(c, "220 here\r\n")
	to, data := "", false
	for in.Scan() {
		line := in.Text()
		verb, rest, _ := strings.Cut(line, " ")
		switch {
		case data && line == ".":
			data = false
			b.mu.Lock()
			if strings.HasPrefix(to, "week") {
				b.to[to]++
			}
			b.mu.Unlock()
			fmt.Fprint(c, "250 taken\r\n")
		case data:
		case verb == "RCPT":
			to, _, _ = strings.Cut(strings.TrimPrefix(rest, "TO:<"), ">")
			fmt.Fprint(c, "250 well\r\n")
		case verb == "DATA":
			data = true
			fmt.Fprint(c, "354 go on\r\n")
		case verb == "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			fmt.Fprint(c, "250 well\r\n")
		}
	}
}

func (b *mailbox) people() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.to)
}

func (b *mailbox) count() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.to {
		n += c
	}
	return n
}

func (b *mailbox) most() (most int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.to {
		most = max(most, n)
	}
	return most
}

// cut is how many mails were on their way when the program was killed, did not arrive, and say so.
func (b *mailbox) cut(t *testing.T, dir string) (n int) {
	h := hubtest.New(t, hubtest.In(dir))
	failed, err := h.App.FindAllRecords("outbox", dbx.HashExp{"kind": "digest", "state": notify.Failed})
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range failed {
		if b.to[m.GetString("to")] == 0 {
			n++
		}
	}
	t.Logf("%d mails were on their way when it was killed, of which %d did not arrive", len(failed), n)
	return n
}

// TestMeasureALoudThread posts in a thread that 10,000 people follow: everybody is told, and nobody who writes meanwhile
// waits long.
func TestMeasureALoudThread(t *testing.T) {
	h := hubtest.New(t)
	w := &week{t: t, h: h}
	w.people("loud", loudPeople)
	id, quiet := w.thread("Loud"), w.thread("Quiet")
	err := h.App.RunInTransaction(func(tx core.App) error {
		for _, person := range w.ids {
			if err := follow(tx, person, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.settle(time.Minute)
	began := time.Now()
	w.post(h.App, id, "", 1)
	var slowest time.Duration
	done := make(chan struct{})
	go func() {
		w.settle(time.Minute)
		close(done)
	}()
	for n := 0; ; n++ {
		one := time.Now()
		w.post(h.App, quiet, "", n)
		slowest = max(slowest, time.Since(one))
		told, err := h.App.CountRecords("notifications", dbx.HashExp{"record": id})
		if err != nil {
			t.Fatal(err)
		}
		if told == loudPeople {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("%d are told", told)
		}
	}
	took := time.Since(began)
	<-done
	bar(t, "until all 10,000 followers of a thread were told", took, 10*time.Second)
	bar(t, "slowest post of somebody else meanwhile", slowest, 500*time.Millisecond)
}
