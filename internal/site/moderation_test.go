package site_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/gorilla/websocket"
	"github.com/pocketbase/dbx"
)

// heard is what a socket is sent, and the code with which it is closed.
type heard struct {
	Op, Kind, ID, HTML string
	Code               int
}

// listen opens a socket as somebody and joins a thread.
func listen(t *testing.T, h *hubtest.Hub, c *hubtest.Client, id string) chan heard {
	t.Helper()
	header := http.Header{"Origin": {h.URL}}
	if cookie := c.Cookie(); cookie != "" {
		header.Set("Cookie", cookie)
	}
	ws, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.URL, "http")+"/live", header)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	t.Cleanup(func() { ws.Close() })
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"op":"join","topic":"thread:`+id+`"}`)); err != nil {
		t.Fatal(err)
	}
	all := make(chan heard, 100)
	go func() {
		defer close(all)
		for {
			_, raw, err := ws.ReadMessage()
			if e, ok := err.(*websocket.CloseError); ok {
				all <- heard{Op: "close", Code: e.Code}
			}
			if err != nil {
				return
			}
			var m heard
			if json.Unmarshal(raw, &m) == nil {
				all <- m
			}
		}
	}()
	expect(t, all, func(m heard) bool { return m.Op == "joined" })
	return all
}

// expect waits for what is meant, which comes within milliseconds where nothing else runs.
func expect(t *testing.T, all chan heard, meant func(heard) bool) heard {
	t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case m, open := <-all:
			if !open {
				t.Fatal("the socket says nothing more")
			}
			if meant(m) {
				return m
			}
		case <-late:
			t.Fatal("it was not told within a minute")
		}
	}
}

func ofKind(kind string) func(heard) bool { return func(m heard) bool { return m.Kind == kind } }

// TestA10SuspendedIsShutOut: whoever is suspended is refused everywhere within two seconds: pages, the open socket, links in
// mails, tokens of programs; and is let in again when the suspension ends.
func TestA10SuspendedIsShutOut(t *testing.T) {
	h := hubtest.New(t)
	him, moderator := h.As("member2"), h.As("moderator")
	person := h.Record("users", "email", "member2@example.org")
	th := h.Record("threads", "title", "Does your impact check ask about carers?").Id
	socket := listen(t, h, him, th)
	resetLink, err := person.NewPasswordResetToken()
	if err != nil {
		t.Fatal(err)
	}
	page := "/moderate/people/" + person.Id
	want(t, moderator.Post(page, url.Values{"act": {"suspend"}, "reason": {"He was unkind."}}), http.StatusSeeOther)
	if m := expect(t, socket, func(m heard) bool { return m.Op == "close" }); m.Code != 4403 {
		t.Errorf("the socket closes with %d", m.Code)
	}
	refused := func() {
		t.Helper()
		if to := ledTo(t, him.Get("/me")); to != "/sign-in?to=%2Fme" {
			t.Errorf("his page leads to %s", to)
		}
		if to := ledTo(t, him.Post("/discussions/"+th, url.Values{"body": {"Still here"}})); !strings.HasPrefix(to, "/sign-in") {
			t.Errorf("a post leads to %s", to)
		}
		want(t, h.Guest().Post("/sign-in", url.Values{"email": {"member2@example.org"}, "password": {"commonplace-demo"}}), http.StatusUnprocessableEntity)
		for _, a := range []hubtest.Answer{
			him.REST("POST", "/api/collections/posts/records", map[string]any{"thread": th, "body": "By a program"}),
			him.REST("PATCH", "/api/collections/users/records/"+person.Id, map[string]any{"role_title": "x"}),
			him.REST("POST", "/api/collections/users/auth-refresh", nil),
			h.Guest().REST("POST", "/api/collections/users/auth-with-password", map[string]any{"identity": "member2@example.org", "password": "commonplace-demo"}),
			h.Guest().REST("POST", "/api/collections/users/confirm-password-reset", map[string]any{"token": resetLink, "password": "another-word", "passwordConfirm": "another-word"}),
		} {
			if a.Status < 400 || a.Status >= 500 {
				t.Errorf("a program is answered with %d: %s", a.Status, a.Body)
			}
		}
		if a := him.REST("GET", "/api/collections/users/records/"+person.Id, nil); a.Status != http.StatusNotFound {
			t.Errorf("the token still reads: %d", a.Status)
		}
	}
	refused()
	mail := h.Record("outbox", "kind", "moderation")
	if mail.GetString("to") != "member2@example.org" || !strings.Contains(mail.GetString("text"), "He was unkind.") || strings.Contains(mail.GetString("text"), "Mo Moderator") || strings.Contains(mail.GetString("text"), "/me") {
		t.Errorf("he is told: %s", mail.GetString("text"))
	}
	want(t, moderator.Post(page, url.Values{"act": {"unsuspend"}, "reason": {"He was heard."}}), http.StatusSeeOther)
	if a := him.REST("POST", "/api/collections/users/auth-refresh", nil); a.Status < 400 {
		t.Error("an old token lives again")
	}
	want(t, h.As("member2").Get("/me"), http.StatusOK)
	// Somebody whose account is deleted is gone as well.
	other := h.As("member")
	socket = listen(t, h, other, th)
	if err := h.App.Delete(h.Record("users", "email", "member@example.org")); err != nil {
		t.Fatal(err)
	}
	if m := expect(t, socket, func(m heard) bool { return m.Op == "close" }); m.Code != 4403 {
		t.Errorf("removed, the socket closes with %d", m.Code)
	}
	if to := ledTo(t, other.Get("/me")); !strings.HasPrefix(to, "/sign-in") {
		t.Errorf("removed, the page leads to %s", to)
	}
	// An administrator is suspended by another one only, and nobody by themselves.
	for who, status := range map[string]int{"admin": http.StatusUnprocessableEntity, "moderator": http.StatusForbidden} {
		want(t, moderator.Post("/moderate/people/"+h.Record("users", "email", who+"@example.org").Id, url.Values{"act": {"suspend"}, "reason": {"x"}}), status)
	}
}

// TestD07HarmIsToldAtOnce reports harm: the mail is there with the report, names nobody, and goes to whom it should.
func TestD07HarmIsToldAtOnce(t *testing.T) {
	h := hubtest.New(t)
	p := h.Record("posts", "body", "Does anyone ask carers to read the draft? Ours go to the forum before the board sees them.")
	report := func(c *hubtest.Client, reason string) {
		t.Helper()
		want(t, c.Post("/report?what=post:"+p.Id, url.Values{"reason": {reason}, "words": {"She says\nshe is *afraid*"}}), http.StatusSeeOther)
	}
	mails := func() []string {
		t.Helper()
		var to []string
		if err := h.App.DB().Select("to").From("outbox").Where(dbx.HashExp{"kind": "report-of-harm", "state": "waiting"}).AndWhere(dbx.NewExp("[[due]] <= {:now}", dbx.Params{"now": time.Now().UTC().Format("2006-01-02 15:04:05.000Z")})).OrderBy("rowid").Column(&to); err != nil {
			t.Fatal(err)
		}
		return to
	}
	report(h.As("partner"), "unkind")
	if to := mails(); len(to) != 0 {
		t.Errorf("unkind words go to %v", to)
	}
	// The only administrator wrote it: there is nobody else to be told.
	report(h.As("member"), "harm")
	if to := mails(); len(to) != 1 || to[0] != "admin@example.org" {
		t.Errorf("without a mailbox it goes to %v", to)
	}
	text := h.Record("outbox", "kind", "report-of-harm").GetString("text")
	for _, part := range []string{"a post", "She says she is *afraid*", "/moderate/things/post:" + p.Id, "call 999"} {
		if !strings.Contains(text, part) {
			t.Errorf("the mail does not say %q: %s", part, text)
		}
	}
	for _, name := range []string{"Mel Member", "member@example.org", "Ada", "HR business"} {
		if strings.Contains(text, name) {
			t.Errorf("the mail names %s", name)
		}
	}
	for range 5 { // a hundred who say so make no hundred mails
		report(h.Guest(), "harm")
	}
	if to := mails(); len(to) != 1 {
		t.Errorf("it goes to %v", to)
	}
	if err := member.Set(h.App, "", member.DutyMailbox, "duty@example.org"); err != nil {
		t.Fatal(err)
	}
	report(h.As("member2"), "harm")
	if to := mails(); len(to) != 2 || to[1] != "duty@example.org" {
		t.Errorf("with a mailbox it goes to %v", to)
	}
}

// TestHiddenPostsLeaveOpenPages listens to a thread while a post of it is hidden, restored, held and released.
func TestHiddenPostsLeaveOpenPages(t *testing.T) {
	h := hubtest.New(t)
	th := h.Record("threads", "title", "Does your impact check ask about carers?")
	to := ledTo(t, h.As("member2").Post("/discussions/"+th.Id, url.Values{"body": {"Wombats everywhere"}}))
	post := to[strings.Index(to, "#post-")+len("#post-"):]
	guest, moderator := h.Guest(), h.As("moderator")
	h.Settle()
	has(t, guest.Get("/search?q=wombats"), "/posts/"+post)
	awaitPage(t, guest, "/discussions/"+th.Id, "Wombats everywhere")
	socket := listen(t, h, guest, th.Id)
	decide := func(what, act string) {
		t.Helper()
		want(t, moderator.Post("/moderate/things/"+what, url.Values{"act": {act}, "kind": {"other"}, "reason": {"A test."}}), http.StatusSeeOther)
	}
	decide("post:"+post, thread.Hide)
	if m := expect(t, socket, ofKind("post.removed")); m.ID != post || m.HTML != "" {
		t.Errorf("open pages are told %+v", m)
	}
	h.Settle()
	await(t, "the page forgets it", func() bool { return !strings.Contains(guest.Get("/discussions/"+th.Id).Body, "Wombats") })
	for _, address := range []string{"/search?q=wombats", "/search.json?q=wombats", "/api/hub/search?q=wombats"} {
		hasNot(t, guest.Get(address), post)
	}
	for _, who := range []string{"member", "partner"} {
		if a := h.As(who).REST("GET", "/api/collections/posts/records/"+post, nil); a.Status != http.StatusNotFound {
			t.Errorf("%s reads it by REST: %d", who, a.Status)
		}
	}
	want(t, h.As("partner").Post("/discussions/"+th.Id, url.Values{"body": {"x"}, "reply_to": {post}}), http.StatusUnprocessableEntity)
	decide("post:"+post, thread.Restore)
	expect(t, socket, ofKind("thread.changed"))
	awaitPage(t, guest, "/discussions/"+th.Id, "Wombats everywhere")
	h.Settle()
	has(t, guest.Get("/search?q=wombats"), "/posts/"+post)

	// A newcomer's post is told to nobody until it is released.
	sp := h.Record("spaces", "slug", member.LibrarySlug)
	change(t, h, sp, map[string]any{"hold_new": true})
	make1(t, h, "users", map[string]any{"email": "newcomer@example.org", "name": "New Comer", "role": "member", "verified": true, "welcomed": "2026-01-01 00:00:00.000Z", "terms": "2026-11", "password": "commonplace-demo", "passwordConfirm": "commonplace-demo"})
	newcomer := h.As("newcomer")
	to = ledTo(t, newcomer.Post("/discussions/"+th.Id, url.Values{"body": {"Quokkas too"}}))
	held := to[strings.Index(to, "#post-")+len("#post-"):]
	has(t, newcomer.Get("/discussions/"+th.Id), "Quokkas too", "This post waits for a moderator")
	hasNot(t, guest.Get("/discussions/"+th.Id), "Quokkas", held)
	hasNot(t, h.As("partner").Get("/discussions/"+th.Id), "Quokkas", held)
	has(t, moderator.Get("/moderate"), "Quokkas too", "Waits to be seen")
	decide("post:"+held, thread.Release)
	if m := expect(t, socket, ofKind("post.created")); m.ID != held || !strings.Contains(m.HTML, "Quokkas too") {
		t.Errorf("released, open pages are told %+v", m)
	}
	awaitPage(t, guest, "/discussions/"+th.Id, "Quokkas too")
	// A thread of theirs waits with its first post; nobody else finds it.
	if err := h.App.Delete(h.Record("posts", "id", held)); err != nil {
		t.Fatal(err)
	}
	own := ledTo(t, newcomer.Post("/discussions/new", url.Values{"title": {"Numbats"}, "space": {member.LibrarySlug}, "body": {"Words"}}))
	has(t, newcomer.Get(own), "This discussion waits for a moderator", "This post waits for a moderator")
	want(t, guest.Get(own), http.StatusNotFound)
	want(t, h.As("partner").Get(own), http.StatusNotFound)
	hasNot(t, h.As("partner").Get("/discussions"), "Numbats")
	h.Settle()
	hasNot(t, guest.Get("/search.json?q=numbats"), "Numbats")
	first, err := h.App.FindFirstRecordByData("posts", "thread", strings.TrimPrefix(own, "/discussions/"))
	if err != nil {
		t.Fatal(err)
	}
	decide("post:"+first.Id, thread.Release)
	awaitStatus(t, guest, own, http.StatusOK)
}

// TestHiddenAdoptionsCountForNothing hides what a place claims.
func TestHiddenAdoptionsCountForNothing(t *testing.T) {
	h := hubtest.New(t)
	const page = "/case-studies/a-passport-that-moves-with-you"
	kirklees := h.Record("places", "slug", "kirklees").Id
	a, err := h.App.FindFirstRecordByFilter("adoptions", "place = {:p}", dbx.Params{"p": kirklees})
	if err != nil {
		t.Fatal(err)
	}
	guest := h.Guest()
	awaitPage(t, guest, page, "one page instead of four")
	before := guest.Get(page).Body
	want(t, h.As("moderator").Post("/moderate/things/adoption:"+a.Id, url.Values{"act": {"hide"}, "kind": {"wrong"}, "reason": {"It is not so."}}), http.StatusSeeOther)
	await(t, "the claim is gone", func() bool { return !strings.Contains(guest.Get(page).Body, "one page instead of four") })
	hasNot(t, guest.Get("/case-studies"), "trying it and changed the form")
	for _, who := range []string{"lead", "moderator"} { // its writer, and those who moderate
		has(t, h.As(who).Get(page), "one page instead of four", "A moderator hid this.")
	}
	has(t, h.As("lead").Get("/me"), "A moderator hid what you wrote", "It is not so.")
	want(t, h.As("admin").Post("/moderate/things/adoption:"+a.Id, url.Values{"act": {"restore"}, "reason": {"It is so."}}), http.StatusSeeOther)
	awaitPage(t, guest, page, "one page instead of four")
	clean := func(s string) string {
		return s[strings.Index(s, `id="adoptions"`):strings.Index(s, `id="discussion"`)]
	}
	if clean(guest.Get(page).Body) != clean(before) {
		t.Error("restored, it is not as it was")
	}
}

// TestA07ListsFollowWhatBecamePrivate: the lists of moderation name nothing to those who may not see it any more.
func TestA07ListsFollowWhatBecamePrivate(t *testing.T) {
	h := hubtest.New(t)
	member2, moderator := h.As("member2"), h.As("moderator")
	to := ledTo(t, member2.Post("/discussions/new", url.Values{"title": {"Bilbies"}, "space": {member.LibrarySlug}, "body": {"Words"}}))
	id := strings.TrimPrefix(to, "/discussions/")
	want(t, h.As("partner").Post("/report?what=thread:"+id, url.Values{"reason": {"wrong"}, "words": {"Wrong about bilbies"}}), http.StatusSeeOther)
	want(t, moderator.Post("/moderate/things/thread:"+id, url.Values{"act": {"warn"}, "reason": {"Bilby reasons."}}), http.StatusSeeOther)
	want(t, h.As("lead").Post("/report?what=thread:"+id, url.Values{"reason": {"wrong"}, "words": {"Still wrong about bilbies"}}), http.StatusSeeOther)
	person := "/moderate/people/" + h.Record("users", "email", "member2@example.org").Id
	lists := []string{"/moderate", "/moderate/acts", person}
	for _, address := range lists {
		has(t, moderator.Get(address), "Bilbies")
	}
	has(t, member2.Get("/me"), "Bilbies", "Bilby reasons.")
	change(t, h, h.Record("threads", "id", id), map[string]any{"space": h.Record("spaces", "slug", "programme-board").Id})
	for _, address := range lists {
		hasNot(t, moderator.Get(address), "Bilbies", "bilbies", "Bilby")
	}
	hasNot(t, member2.Get("/me"), "Bilbies")
	has(t, member2.Get("/me"), "Bilby reasons.")
	want(t, moderator.Get("/moderate/things/thread:"+id), http.StatusNotFound)
	has(t, h.As("lead").Get("/moderate"), "Bilbies")
}
