package hub_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

func (h *followed) digest(at time.Time) {
	h.t.Helper()
	h.Settle()
	if err := h.Hub.Hub.Digest(at); err != nil {
		h.t.Fatal(err)
	}
}

func (h *followed) mailsTo(email string) []*core.Record {
	h.t.Helper()
	all, err := h.App.FindAllRecords("outbox", dbx.HashExp{"kind": "digest", "to": email})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// said is what somebody's mails say if they leave now.
func (h *followed) said(email string) string {
	h.t.Helper()
	var all strings.Builder
	for _, m := range h.mailsTo(email) {
		text, err := h.Hub.Hub.Mail.Words(m)
		if err != nil {
			h.t.Fatal(err)
		}
		all.WriteString(text)
	}
	return all.String()
}

func (h *followed) user(email string) *core.Record { return h.Record("users", "email", email) }

func (h *followed) follows(email, kind, record, level string) {
	h.t.Helper()
	if _, err := notify.Begin(h.App, h.user(email).Id, notify.Followed{Kind: kind, Record: record}, level); err != nil {
		h.t.Fatal(err)
	}
}

// starts opens a thread and returns its id.
func (h *followed) starts(c *hubtest.Client, space, title, body string) string {
	h.t.Helper()
	a := c.Post("/discussions/new", url.Values{"title": {title}, "space": {space}, "kind": {"question"}, "body": {body}, "similar": {"seen"}})
	if a.Status != 303 {
		h.t.Fatalf("starting %s: %d %s", title, a.Status, a.Body)
	}
	h.Settle()
	return strings.TrimPrefix(strings.SplitN(a.Header.Get("Location"), "#", 2)[0], "/discussions/")
}

func (h *followed) posts(c *hubtest.Client, thread, body, replyTo string) string {
	h.t.Helper()
	a := c.Post("/discussions/"+thread, url.Values{"body": {body}, "reply_to": {replyTo}})
	if a.Status != 303 {
		h.t.Fatalf("posting %s: %d %s", body, a.Status, a.Body)
	}
	h.Settle()
	_, id, _ := strings.Cut(a.Header.Get("Location"), "#post-")
	return id
}

// notices are the kinds of what somebody has not read, in the order of their things.
func (h *followed) notices(email string) string {
	h.t.Helper()
	list, err := notify.Unread(h.App, h.user(email).Id, -1)
	if err != nil {
		h.t.Fatal(err)
	}
	var kinds []string
	for _, n := range list {
		kinds = append(kinds, n.NoticeKind())
	}
	return strings.Join(kinds, " ")
}

func (h *followed) read(emails ...string) {
	h.t.Helper()
	for _, email := range emails {
		if err := notify.AllRead(h.App, h.user(email).Id, time.Now().Add(time.Second)); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *followed) expect(what string, notices map[string]string) {
	h.t.Helper()
	for email, want := range notices {
		if got := h.notices(email + "@example.org"); got != want {
			h.t.Errorf("%s: %s is told %q, not %q", what, email, got, want)
		}
		h.read(email + "@example.org")
	}
}

// TestNewsOfThreads tells those who follow a thread, its space or its document, as much as they want, and each post once.
func TestNewsOfThreads(t *testing.T) {
	h := newFollowed(t)
	me, other, lead := h.As("member"), h.As("member2"), h.As("lead")
	library := h.Record("spaces", "slug", member.LibrarySlug).Id
	id := h.starts(me, "library", "About wombats", "Who has one?")
	h.follows("lead@example.org", notify.Space, library, notify.Everything)
	h.follows("moderator@example.org", notify.Thread, id, notify.Mentions)
	h.follows("partner@example.org", notify.Thread, id, notify.Nothing)
	h.follows("partner@example.org", notify.Space, library, notify.Everything)

	first := h.posts(other, id, "We have one.", "")
	h.expect("a post", map[string]string{"member": "posts", "member2": "", "lead": "posts", "moderator": "", "partner": "", "admin": ""})
	h.posts(me, id, "Where?", first)
	h.posts(me, id, "And when?", "")
	h.expect("an answer, and another post", map[string]string{"member2": "posts answer", "lead": "posts"})
	h.follows("member2@example.org", notify.Thread, id, notify.Nothing)
	h.posts(me, id, "Again?", first)
	h.expect("an answer to who muted it", map[string]string{"member2": ""})
	h.posts(other, id, "In a den.", "")
	if f, err := notify.FollowOf(h.App, h.user("member2@example.org").Id, notify.Followed{Kind: notify.Thread, Record: id}); err != nil || f.Level() != notify.Nothing {
		t.Errorf("writing again has undone what they said: %v %v", f, err)
	}
	h.read("member@example.org")

	h.posts(lead, id, "Unread one", "")
	h.posts(lead, id, "Unread two", "")
	page := me.Get("/since").Body
	if !strings.Contains(page, "2 new posts") || !regexp.MustCompile(`/discussions/`+id+`/posts/[a-z0-9]{15}">About wombats`).MatchString(page) {
		t.Errorf("since: %s", page)
	}
	if body := me.Get("/about").Body; !strings.Contains(body, `>1<span class="nhsuk-u-visually-hidden"> new`) {
		t.Error("the bell does not count the thread once")
	}
	me.Get("/discussions/" + id)
	h.expect("whoever reads the thread has read it", map[string]string{"member": ""})

	lively := h.posts(me, id, "Ask @[somebody](/people/"+h.user("lead@example.org").Id+").", "")
	h.expect("a mention", map[string]string{"lead": "mention posts", "admin": "", "member": "", "moderator": ""})
	p, err := h.App.FindRecordById("posts", lively)
	if err != nil {
		t.Fatal(err)
	}
	p.Set("body", p.GetString("body")+" Or @[another](/people/"+h.user("admin@example.org").Id+").")
	if err := h.App.Save(p); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	h.expect("a mention that was added", map[string]string{"lead": "", "admin": "mention"})
	if a := me.Post("/discussions/"+id+"/decide", url.Values{"post": {lively}}); a.Status != 303 {
		t.Fatalf("deciding: %d %s", a.Status, a.Body)
	}
	h.Settle()
	h.expect("what was decided", map[string]string{"lead": "outcome", "member": ""})

	board := h.starts(lead, "programme-board", "Of the board", "Quietly.")
	h.follows("admin@example.org", notify.Thread, board, notify.Everything)
	if _, err := notify.Begin(h.App, h.user("member@example.org").Id, notify.Followed{Kind: notify.Thread, Record: board}, notify.Everything); err == nil {
		t.Error("somebody follows what they may not see")
	}
	if a := me.Post("/discussions/"+board+"/follow", url.Values{"level": {"everything"}}); a.Status != 404 {
		t.Errorf("following what one may not see: %d", a.Status)
	}
}

// TestNewsOfPages tells those who follow a page, its topic or its space what came out and what changed.
func TestNewsOfPages(t *testing.T) {
	h := newFollowed(t)
	space := h.Record("spaces", "slug", "passport-group")
	topic := h.Record("vocabulary", "list", "topic").GetString("slug")
	h.follows("member@example.org", notify.Space, space.Id, notify.Everything)
	h.follows("member2@example.org", notify.Topic, topic, notify.Everything)
	d, err := library.New(h.App, library.Guidance, space.Id)
	if err != nil {
		t.Fatal(err)
	}
	d.Load(map[string]any{"title": "Of a topic", "summary": "About it.", "body": "Words.", "state": library.Published, "slug": "of-a-topic", "topics": []string{topic}})
	if err := h.App.Save(d.Record); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	h.follows("lead@example.org", notify.Document, d.Id, notify.Everything)
	h.expect("a new page", map[string]string{"member": "published", "member2": "published", "lead": ""})
	h.change(d.Record, map[string]any{"body": "Other words."})
	h.change(d.Record, map[string]any{"body": "Yet other words."})
	h.expect("two changes", map[string]string{"member": "changed", "member2": "changed", "lead": "changed"})
	h.change(d.Record, map[string]any{"position": 7})
	h.expect("no change of its words", map[string]string{"member": "", "member2": "", "lead": ""})

	// Who loses the group before the mail leaves is told nothing of it any more, and in no mail either.
	h.change(d.Record, map[string]any{"body": "Secret words."})
	h.digest(time.Now().UTC().Truncate(24 * time.Hour).Add(9 * time.Hour))
	if said := h.said("member@example.org"); !strings.Contains(said, "Of a topic") {
		t.Fatalf("the mail says %q", said)
	}
	space = h.Record("spaces", "slug", "passport-group")
	space.Set("level", "confidential")
	if err := h.App.Save(space); err != nil {
		t.Fatal(err)
	}
	h.Settle()
	for _, email := range []string{"member@example.org", "member2@example.org"} {
		v := viewerOf(t, h.App, h.user(email))
		if belongs := v.Belongs(space.Id); strings.Contains(h.said(email), "Of a topic") != belongs || strings.Contains(h.As(strings.TrimSuffix(email, "@example.org")).Get("/since").Body, "Of a topic") != belongs {
			t.Errorf("%s, who belongs: %v, is told %q", email, belongs, h.said(email))
		}
	}
	h.expect("who may see it", map[string]string{"member": "access changed", "lead": "access changed"}) // the lead follows the page only
}

func viewerOf(t *testing.T, app core.App, u *core.Record) *member.Viewer {
	t.Helper()
	v, err := member.For(app, u)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestPausedAndAway writes nothing to whoever pauses, is suspended or wants nothing, and one mail when the pause is over.
func TestPausedAndAway(t *testing.T) {
	h := newFollowed(t)
	lead := h.As("lead")
	day := time.Now().UTC().Truncate(24 * time.Hour).Add(9 * time.Hour)
	id := h.starts(lead, "library", "About quolls", "Well?")
	for _, email := range []string{"member@example.org", "member2@example.org", "moderator@example.org", "partner@example.org"} {
		h.follows(email, notify.Thread, id, notify.Everything)
	}
	paused := h.user("member@example.org")
	if err := notify.Pause(paused, day.AddDate(0, 0, 3)); err != nil {
		t.Fatal(err)
	}
	save := func(r *core.Record) {
		t.Helper()
		if err := h.App.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	save(paused)
	h.wants("moderator@example.org", "never")
	away := h.user("partner@example.org")
	away.Set("suspended", true)
	save(away)
	for n := range 3 {
		h.posts(lead, id, "Day "+string(rune('1'+n)), "")
		h.digest(day.AddDate(0, 0, n))
	}
	for email, n := range map[string]int{"member@example.org": 0, "member2@example.org": 3, "moderator@example.org": 0, "partner@example.org": 0} {
		if got := len(h.mailsTo(email)); got != n {
			t.Errorf("%s gets %d mails, not %d", email, got, n)
		}
	}
	h.digest(day.AddDate(0, 0, 3))
	h.digest(day.AddDate(0, 0, 4))
	said := h.said("member@example.org")
	if len(h.mailsTo("member@example.org")) != 1 || !strings.Contains(said, "Day 1") || !strings.Contains(said, "Day 3") {
		t.Errorf("after the pause: %s", said)
	}
	h.wants("moderator@example.org", "daily") // what came while they wanted none comes in none
	h.digest(day.AddDate(0, 0, 5))
	if n := len(h.mailsTo("moderator@example.org")); n != 0 {
		t.Errorf("who wanted none gets %d", n)
	}
}

// TestLinksOfADigest follows the links of a mail: looking changes nothing, each does its one thing, once, signed in or not.
func TestLinksOfADigest(t *testing.T) {
	h := newFollowed(t)
	guest := h.As("guest")
	study := h.Record("documents", "slug", "a-carer-friendly-system")
	h.follows("member@example.org", notify.Document, study.Id, notify.Everything)
	h.change(study, map[string]any{"summary": "Another summary of it."})
	h.digest(time.Now().UTC().Truncate(24 * time.Hour).Add(9 * time.Hour))
	said := h.said("member@example.org")
	links := regexp.MustCompile(`/tap/[A-Za-z0-9._-]+`).FindAllString(said, -1)
	if len(links) != 3 || !strings.Contains(said, "Another summary of it.") {
		t.Fatalf("%d links in %s", len(links), said)
	}
	adopt, stop, never := links[0], links[1], links[2]
	me := h.user("member@example.org")
	count := func(collection string, where dbx.HashExp) int64 {
		t.Helper()
		n, err := h.App.CountRecords(collection, where)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	mine := dbx.HashExp{"author": me.Id, "document": study.Id}
	for link, words := range map[string]string{adopt: "We do this too", stop: "Stop this", never: "No more mail"} {
		if a := guest.Get(link); a.Status != 200 || !strings.Contains(a.Body, words) {
			t.Errorf("%s: %d %s", words, a.Status, a.Body)
		}
	}
	if count("adoptions", mine) != 0 || count("follows", dbx.HashExp{"user": me.Id}) != 1 || h.user("member@example.org").GetString("mail") == "never" {
		t.Fatal("looking has changed something")
	}
	for _, link := range []string{adopt, adopt, stop, stop} {
		if a := guest.Post(link, nil); a.Status != 303 {
			t.Errorf("%s: %d", link, a.Status)
		}
	}
	if a, f := count("adoptions", mine), count("follows", dbx.HashExp{"user": me.Id}); a != 1 || f != 0 {
		t.Errorf("there are %d adoptions and %d follows", a, f)
	}
	// As a mail program does it by itself, without a cookie, an origin or a form (RFC 8058).
	bare := guest.Do("POST", never, "application/x-www-form-urlencoded", strings.NewReader("List-Unsubscribe=One-Click"), nil)
	if bare.Status != 303 || h.user("member@example.org").GetString("mail") != "never" {
		t.Errorf("one click: %d", bare.Status)
	}
	me = h.user("member@example.org")
	if err := member.CloseEverywhere(h.App, me); err != nil {
		t.Fatal(err)
	}
	if a := guest.Get(adopt); a.Status != 404 {
		t.Errorf("after signing out everywhere a link answers %d", a.Status)
	}
}
