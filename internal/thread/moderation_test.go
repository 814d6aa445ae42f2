package thread_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

func thingOf(t testing.TB, h *hubtest.Hub, what string) *thread.Thing {
	t.Helper()
	found, err := thread.ThingNamed(h.App, what)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return found
}

func decide(t testing.TB, h *hubtest.Hub, who, what, act string) error {
	t.Helper()
	_, err := thread.Decide(h.App, viewerOf(t, h, who), thingOf(t, h, what), act, "unkind", "Because of a test.")
	return err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func made(t testing.TB, h *hubtest.Hub, collection string, values map[string]any) *core.Record {
	t.Helper()
	c, err := h.App.FindCollectionByNameOrId(collection)
	must(t, err)
	r := core.NewRecord(c)
	r.Load(values)
	must(t, h.App.Save(r))
	return r
}

// study is a case study of member's in a space, with an adoption of member2's.
func study(t testing.TB, h *hubtest.Hub, space string) (document, adoption *core.Record) {
	t.Helper()
	document = made(t, h, "documents", map[string]any{
		"kind": "case-study", "space": h.Record("spaces", "slug", space).Id, "state": "published", "author": h.Record("users", "email", "member@example.org").Id,
		"title": "To be looked at", "summary": "A summary.", "challenge": "- One", "action": "- Two", "result": "- Three", "contact_role": "Lead",
		"places": []string{h.Record("places", "slug", "leeds").Id}, "body": "Words.",
	})
	return document, made(t, h, "adoptions", map[string]any{
		"document": document.Id, "place": h.Record("places", "slug", "leeds").Id, "stage": "doing", "kept": "All", "author": h.Record("users", "email", "member2@example.org").Id,
	})
}

// TestWhoDecides asks of everybody what they may decide about what member wrote, in each space.
func TestWhoDecides(t *testing.T) {
	h := hubtest.New(t)
	things := map[string]string{}
	lead := viewerOf(t, h, "lead")
	for _, space := range []string{"library", "programme-board"} {
		th := started(t, h, lead, space, "About "+space)
		things["thread in "+space] = "thread:" + th.Id
		p := made(t, h, "posts", map[string]any{"thread": th.Id, "body": "Words", "author": h.Record("users", "email", "member@example.org").Id})
		things["post in "+space] = "post:" + p.Id
		d, a := study(t, h, space)
		things["document in "+space], things["adoption in "+space] = "document:"+d.Id, "adoption:"+a.Id
	}
	for _, who := range []string{"member", "moderator", "admin"} {
		things[who] = "person:" + h.Record("users", "email", who+"@example.org").Id
	}
	for what, want := range map[string]map[string]string{
		"post in library":             {"lead": "keep hide warn", "moderator": "keep hide warn", "admin": "keep hide warn"},
		"post in programme-board":     {"lead": "keep hide warn", "admin": "keep hide warn"},
		"thread in library":           {"lead": "close", "moderator": "keep hide warn close", "admin": "keep hide warn close"},
		"thread in programme-board":   {"lead": "close", "admin": "keep hide warn close"},
		"document in library":         {"lead": "keep hide warn", "moderator": "keep warn", "admin": "keep hide warn"},
		"document in programme-board": {"lead": "keep hide warn", "admin": "keep hide warn"},
		"adoption in library":         {"lead": "keep hide warn", "moderator": "keep hide warn", "admin": "keep hide warn"},
		"adoption in programme-board": {"lead": "keep hide warn", "admin": "keep hide warn"},
		"member":                      {"moderator": "warn suspend", "admin": "warn suspend"},
		"moderator":                   {"admin": "warn suspend"},
		"admin":                       {"moderator": "warn"},
	} {
		for _, who := range []string{"guest", "member", "member2", "partner", "lead", "moderator", "admin"} {
			got, err := thingOf(t, h, things[what]).Choices(h.App, viewerOf(t, h, who))
			if err != nil || strings.Join(got, " ") != want[who] {
				t.Errorf("%s about the %s: %q, not %q: %v", who, what, got, want[who], err)
			}
			// What is not among them is refused whoever saves it, and nothing happens.
			for _, act := range []string{thread.Keep, thread.Hide, thread.Warn, thread.Close, thread.Suspend, thread.Release, thread.Restore, thread.Unsuspend, thread.Reopen} {
				if slices.Contains(got, act) || who == "guest" {
					continue
				}
				var faults validation.Errors
				if err := decide(t, h, who, things[what], act); !errors.As(err, &faults) || faults["act"] == nil {
					t.Errorf("%s does %s about the %s: %v", who, act, what, err)
				}
			}
		}
	}
	if left, err := h.App.CountRecords("moderations"); err != nil || left != 0 {
		t.Errorf("%d acts were written down: %v", left, err)
	}
}

// TestA05ModeratorsStayWithinTheirSpaces: a moderator of the hub neither reads nor turns what is in a space that is not
// theirs, nor writes reports and acts past the pages.
func TestA05ModeratorsStayWithinTheirSpaces(t *testing.T) {
	h := hubtest.New(t)
	lead, moderator := viewerOf(t, h, "lead"), viewerOf(t, h, "moderator")
	th := started(t, h, lead, "programme-board", "Private")
	p := say(t, h, viewerOf(t, h, "admin"), th, "Private words")
	r, err := thread.Tell(h.App, lead, thingOf(t, h, "post:"+p.Id), "harm", "Private report", "")
	if err != nil || r == nil {
		t.Fatal(err)
	}
	if cases, err := thread.Queue(h.App, moderator); err != nil || len(cases) != 0 {
		t.Errorf("%d cases in the queue: %v", len(cases), err)
	}
	if cases, err := thread.Queue(h.App, lead); err != nil || len(cases) != 1 {
		t.Errorf("%d cases in the owner's queue: %v", len(cases), err)
	}
	mod, admin := h.As("moderator"), h.As("admin")
	const flags, acts = "/api/collections/flags/records", "/api/collections/moderations/records"
	if a := mod.REST("GET", flags+"/"+r.Id, nil); a.Status != 404 {
		t.Errorf("the report is read: %d %s", a.Status, a.Body)
	}
	for who, c := range map[string]*hubtest.Client{"moderator": mod, "admin": admin} {
		for _, a := range []hubtest.Answer{
			c.REST("PATCH", "/api/collections/threads/records/"+th.Id, map[string]any{"space": h.Record("spaces", "slug", "library").Id}),
			c.REST("PATCH", "/api/collections/spaces/records/"+th.Space(), map[string]any{"level": "open"}),
			c.REST("PATCH", flags+"/"+r.Id, map[string]any{"state": "kept"}),
			c.REST("POST", flags, map[string]any{"subject": "posts", "record": p.Id, "reason": "harm", "state": "open"}),
			c.REST("POST", acts, map[string]any{"subject": "posts", "record": p.Id, "act": "hide", "reason": "x"}),
			c.REST("GET", acts, nil),
		} {
			if a.Status != 403 && a.Status != 404 {
				t.Errorf("%s: %d %s", who, a.Status, a.Body)
			}
		}
	}
	// The case goes where its thread goes.
	change(t, h, "threads", th.Id, map[string]any{"space": h.Record("spaces", "slug", "library").Id})
	if a := mod.REST("GET", flags+"/"+r.Id, nil); a.Status != 200 || strings.Contains(a.Body, "reporter_key") {
		t.Errorf("in the library: %d %s", a.Status, a.Body)
	}
	change(t, h, "threads", th.Id, map[string]any{"space": h.Record("spaces", "slug", "programme-board").Id})
	if a := mod.REST("GET", flags+"/"+r.Id, nil); a.Status != 404 {
		t.Errorf("back on the board: %d", a.Status)
	}
}

// TestHidingAndRestoring hides each kind of thing: it is gone, and restored it is as it was.
func TestHidingAndRestoring(t *testing.T) {
	h := hubtest.New(t)
	member := viewerOf(t, h, "member")
	th := started(t, h, member, "library", "Hidden and back")
	p := say(t, h, member, th, "Hidden words")
	closed := started(t, h, member, "library", "Closed before")
	must(t, decide(t, h, "moderator", "thread:"+closed.Id, thread.Close))
	d, a := study(t, h, "library")
	for _, c := range []struct{ what, field, was, hidden string }{
		{"post:" + p.Id, "state", "visible", "hidden"}, {"thread:" + th.Id, "state", "open", "hidden"}, {"thread:" + closed.Id, "state", "closed", "hidden"},
		{"adoption:" + a.Id, "hidden", "false", "true"}, {"document:" + d.Id, "state", "published", "withdrawn"},
	} {
		before := thingOf(t, h, c.what).Record.FieldsData()
		if err := decide(t, h, "admin", c.what, thread.Restore); err == nil {
			t.Errorf("%s is restored though nobody hid it", c.what)
		}
		must(t, decide(t, h, "admin", c.what, thread.Hide))
		now := thingOf(t, h, c.what)
		if fmt.Sprint(now.Record.Get(c.field)) != c.hidden {
			t.Errorf("%s is %v", c.what, now.Record.Get(c.field))
		}
		if now.Kind != "document" && now.Reportable(viewerOf(t, h, "partner")) {
			t.Errorf("%s can be reported still", c.what)
		}
		if decide(t, h, "lead", c.what, thread.Hide) == nil {
			t.Errorf("%s is hidden twice", c.what)
		}
		must(t, decide(t, h, "lead", c.what, thread.Restore))
		after := thingOf(t, h, c.what).Record.FieldsData()
		for name, value := range before {
			if name != "updated" && name != "published_revision" && fmt.Sprint(after[name]) != fmt.Sprint(value) {
				t.Errorf("%s: %s was %v and is %v", c.what, name, value, after[name])
			}
		}
		acts, err := thingOf(t, h, c.what).Acts(h.App)
		if err != nil || len(acts) < 2 || acts[0].Act() != thread.Restore || acts[1].Act() != thread.Hide || acts[1].Reason() != "Because of a test." {
			t.Errorf("%s: the acts are %v: %v", c.what, acts, err)
		}
		n, err := h.App.CountRecords("journal", dbx.HashExp{"subject": "moderations", "verb": "hide", "record": acts[1].Id, "actor": viewerOf(t, h, "admin").ID()})
		if err != nil || n != 1 {
			t.Errorf("%s: %d rows of the journal say who hid it: %v", c.what, n, err)
		}
	}
	if counted := again(t, h, th).Posts(); counted != 2 {
		t.Errorf("the thread counts %d posts", counted)
	}
}

// TestHiddenPostsAreSeenByWriterAndModerators reads a thread with a hidden and a held post in it.
func TestHiddenPostsAreSeenByWriterAndModerators(t *testing.T) {
	h := hubtest.New(t)
	th := started(t, h, viewerOf(t, h, "partner"), "library", "Some see more")
	for _, state := range []string{thread.Hidden, thread.Held} {
		p := say(t, h, viewerOf(t, h, "member"), th, "In the state "+state)
		change(t, h, "posts", p.Id, map[string]any{"state": state})
	}
	for who, want := range map[string]int{"guest": 1, "member2": 1, "partner": 1, "member": 3, "moderator": 3, "lead": 3, "admin": 3} {
		ps, err := th.PostsFor(h.App, viewerOf(t, h, who), -1)
		if err != nil || len(ps) != want {
			t.Errorf("%s sees %d posts, not %d: %v", who, len(ps), want, err)
		}
	}
	for _, read := range []func() ([]thread.Post, error){
		func() ([]thread.Post, error) { return thread.Posts(h.App, th.Id, 0, -1) },
		func() ([]thread.Post, error) { return thread.LastPosts(h.App, th.Id, 9) },
	} {
		if ps, err := read(); err != nil || len(ps) != 1 {
			t.Errorf("everybody sees %d posts: %v", len(ps), err)
		}
	}
	if n := again(t, h, th).Posts(); n != 1 {
		t.Errorf("%d posts are counted", n)
	}
}

// TestActsHaveReasonsAndStand tries acts without what they need, and to change one afterwards.
func TestActsHaveReasonsAndStand(t *testing.T) {
	h := hubtest.New(t)
	th := started(t, h, viewerOf(t, h, "member"), "library", "Reasons")
	thing, moderator := thingOf(t, h, "thread:"+th.Id), viewerOf(t, h, "moderator")
	for _, c := range []struct{ act, why, reason, field string }{
		{thread.Hide, "unkind", " \r\n", "reason"}, {thread.Hide, "unkind", strings.Repeat("é", 1001), "reason"}, {thread.Hide, "", "Because.", "kind"}, {"burn", "unkind", "Because.", "act"},
	} {
		_, err := thread.Decide(h.App, moderator, thing, c.act, c.why, c.reason)
		var faults validation.Errors
		if !errors.As(err, &faults) || faults[c.field] == nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if again(t, h, th).State() != thread.Open {
		t.Error("it was done all the same")
	}
	a, err := thread.Decide(h.App, moderator, thing, thread.Close, "", "Enough was said.")
	must(t, err)
	for _, f := range []string{"reason", "record", "act", "was"} {
		r := h.Record("moderations", "id", a.Id)
		r.Set(f, "hide")
		if h.App.Save(r) == nil {
			t.Errorf("the %s of an act is changed", f)
		}
	}
	if last, err := thread.LastClosed(h.App, th.Id); err != nil || last.Reason() != "Enough was said." {
		t.Errorf("closed: %v %v", last, err)
	}
}

// TestWithdrawnStaysWithdrawn: the writer of a document does not bring it back.
func TestWithdrawnStaysWithdrawn(t *testing.T) {
	h := hubtest.New(t)
	d := h.As("partner").REST("POST", "/api/collections/documents/records", map[string]any{"kind": "guidance", "title": "Mine", "summary": "x", "body": "Words.", "state": "published"}).ID(t)
	must(t, decide(t, h, "lead", "document:"+d, thread.Hide))
	if a := h.As("partner").REST("PATCH", "/api/collections/documents/records/"+d, map[string]any{"state": "published"}); a.Status != 400 || !strings.Contains(a.Body, "withdrawn for a reason") {
		t.Errorf("its writer brings it back: %d %s", a.Status, a.Body)
	}
	h.As("lead").REST("PATCH", "/api/collections/documents/records/"+d, map[string]any{"state": "published"}).ID(t)
}

// TestHoldingNewMembers posts as somebody new in a space that holds.
func TestHoldingNewMembers(t *testing.T) {
	h := hubtest.New(t)
	library := h.Record("spaces", "slug", "library").Id
	change(t, h, "spaces", library, map[string]any{"hold_new": true})
	th := started(t, h, viewerOf(t, h, "partner"), "library", "Held in here") // who has posts that stand
	made(t, h, "users", map[string]any{"email": "newcomer@example.org", "name": "New Comer", "role": "member", "verified": true, "password": "commonplace-demo", "passwordConfirm": "commonplace-demo"})
	newcomer, moderator := viewerOf(t, h, "newcomer"), viewerOf(t, h, "moderator")
	if state := say(t, h, moderator, th, "At once").GetString("state"); state != thread.Visible {
		t.Errorf("a moderator's is %s", state)
	}
	held := say(t, h, newcomer, th, "The first")
	if held.GetString("state") != thread.Held || held.GetString("access") != library+":hidden" || again(t, h, th).Posts() != 2 {
		t.Errorf("the first is %s, and %d count", held.GetString("state"), again(t, h, th).Posts())
	}
	// By REST, whatever the client says of the state; and a new thread waits with its post.
	rest := h.As("newcomer").REST("POST", posts, map[string]any{"thread": th.Id, "body": "The second", "state": "visible"}).ID(t)
	if h.Record("posts", "id", rest).GetString("state") != thread.Held {
		t.Error("by REST it does not wait")
	}
	own := started(t, h, newcomer, "library", "My own")
	if own.State() != thread.Held || !own.Viewable(newcomer) || own.Viewable(viewerOf(t, h, "member")) || !own.Viewable(moderator) || own.Postable(newcomer) {
		t.Errorf("a thread of their own is %s", own.State())
	}
	if _, err := thread.Say(h.App, newcomer, th.Id, "The fourth", "", ""); err == nil || !strings.Contains(err.Error(), "Three of your posts wait") {
		t.Errorf("the fourth: %v", err)
	}
	if _, err := thread.Say(h.App, viewerOf(t, h, "member"), th.Id, "An answer", held.Id, ""); err == nil {
		t.Error("what waits is answered")
	}
	if a := h.As("member2").REST("GET", posts+"/"+held.Id, nil); a.Status != 404 {
		t.Errorf("others read it by REST: %d", a.Status)
	}
	for who, want := range map[string]int{"moderator": 3, "admin": 3, "lead": 3, "member": 0, "newcomer": 0} {
		if cases, err := thread.Queue(h.App, viewerOf(t, h, who)); err != nil || len(cases) != want {
			t.Errorf("%s has %d cases, not %d: %v", who, len(cases), want, err)
		}
	}
	between := say(t, h, moderator, th, "Between")
	must(t, decide(t, h, "moderator", "post:"+held.Id, thread.Release))
	after, err := thread.LastPosts(h.App, th.Id, 2)
	if err != nil || after[0].ID != between.Id || after[1].ID != held.Id || again(t, h, th).Posts() != 4 {
		t.Errorf("released, it does not stand where others see it arrive: %v %v", after, err)
	}
	must(t, decide(t, h, "moderator", "post:"+rest, thread.Hide))
	if h.Record("posts", "id", rest).GetString("state") != thread.Hidden {
		t.Error("declined, it is not hidden")
	}
	first, err := own.PostsFor(h.App, newcomer, -1)
	must(t, err)
	must(t, decide(t, h, "moderator", "post:"+first[0].ID, thread.Hide))
	if again(t, h, own).State() != thread.Hidden {
		t.Error("the thread of a declined post is not hidden")
	}
	must(t, decide(t, h, "moderator", "post:"+first[0].ID, thread.Restore))
	if is := again(t, h, own); is.State() != thread.Open || is.Posts() != 1 {
		t.Errorf("restored, the thread is %s with %d posts", is.State(), is.Posts())
	}
	if state := say(t, h, newcomer, th, "Known by now").GetString("state"); state != thread.Visible {
		t.Errorf("with a post that stands, the next is %s", state)
	}
}

// TestD07OneThousandReports reports a post as everybody, over and over: one report a person, and none of them shown to
// whom it concerns.
func TestD07OneThousandReports(t *testing.T) {
	h := hubtest.New(t)
	th := started(t, h, viewerOf(t, h, "partner"), "library", "Reported")
	p := say(t, h, viewerOf(t, h, "moderator"), th, "A moderator's post")
	guest := viewerOf(t, h, "guest")
	tell := func(v *member.Viewer, what, address string) bool {
		t.Helper()
		r, err := thread.Tell(h.App, v, thingOf(t, h, what), "harm", "Look at this", address)
		must(t, err)
		return r != nil
	}
	taken := 0
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 125 {
				if r, err := thread.Tell(h.App, guest, thingOf(t, h, "post:"+p.Id), "harm", "x", "192.0.2.1"); err == nil && r != nil {
					mu.Lock()
					taken++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	if taken != 1 {
		t.Errorf("%d of one guest's thousand were taken", taken)
	}
	for i, c := range []struct {
		who, address string
		want         bool
	}{
		{"guest", "2001:db8::1", true}, {"guest", "2001:db8::ffff", false}, {"guest", "2001:db8:1::1", true}, {"member", "192.0.2.1", true}, {"member", "192.0.2.9", false}, {"moderator", "", true}, {"moderator", "", false},
	} {
		if got := tell(viewerOf(t, h, c.who), "post:"+p.Id, c.address); got != c.want {
			t.Errorf("%d: %s from %q: %v", i, c.who, c.address, got)
		}
	}
	// Whom it concerns sees none of it: not in the queue, not by REST, not in the audit trail.
	concerned := h.Record("users", "email", "moderator@example.org").Id
	if cases, err := thread.Queue(h.App, viewerOf(t, h, "moderator")); err != nil || len(cases) != 0 {
		t.Errorf("in their queue: %d %v", len(cases), err)
	}
	if a := h.As("moderator").REST("GET", "/api/collections/flags/records", nil); a.Status != 200 || strings.Contains(a.Body, concerned) {
		t.Errorf("by REST: %d %s", a.Status, a.Body)
	}
	if n, err := h.App.CountRecords("journal", dbx.HashExp{"subject": "flags"}, dbx.NewExp("[[actor]] != ''")); err != nil || n != 0 {
		t.Errorf("%d rows of the journal name a reporter: %v", n, err)
	}
	if a := h.As("admin").REST("GET", "/api/collections/flags/records", nil); strings.Count(a.Body, `"subject":"posts"`) != 5 || strings.Contains(a.Body, "reporter_key") {
		t.Errorf("an administrator reads %s", a.Body)
	}
	// One person is no flood over many things either.
	var err error
	n := 0
	for ; err == nil && n < 100; n++ {
		other := say(t, h, viewerOf(t, h, "partner"), th, "Another")
		_, err = thread.Tell(h.App, guest, thingOf(t, h, "post:"+other.Id), "other", "", "192.0.2.77")
	}
	if n != 21 || !strings.Contains(fmt.Sprint(err), "many reports") {
		t.Errorf("after %d: %v", n, err)
	}
	// Decided once, all reports of it are.
	must(t, decide(t, h, "admin", "post:"+p.Id, thread.Keep))
	if n, err := h.App.CountRecords("flags", dbx.HashExp{"record": p.Id, "state": "kept", "handled_by": viewerOf(t, h, "admin").ID()}); err != nil || n != 5 {
		t.Errorf("%d are dealt with: %v", n, err)
	}
}

// TestReportsOfWhatOneSees: what one may not see cannot be reported, and a report says nothing it should not.
// TestHarmIsHeardAfterLess has one address, as a hospital's, report a post for another reason first. Regression: that somebody may come
// to harm was thanked for and dropped, as said already.
func TestHarmIsHeardAfterLess(t *testing.T) {
	h := hubtest.New(t)
	th := started(t, h, viewerOf(t, h, "partner"), "library", "Reported for less")
	p := say(t, h, viewerOf(t, h, "partner"), th, "Words")
	for _, c := range []struct {
		reason string
		heard  bool
	}{{"wrong", true}, {"unkind", false}, {thread.Harm, true}, {thread.Harm, false}} {
		r, err := thread.Tell(h.App, viewerOf(t, h, "guest"), thingOf(t, h, "post:"+p.Id), c.reason, "x", "192.0.2.9")
		must(t, err)
		if (r != nil) != c.heard {
			t.Errorf("%s: %v", c.reason, r != nil)
		}
	}
}

func TestReportsOfWhatOneSees(t *testing.T) {
	h := hubtest.New(t)
	lead := viewerOf(t, h, "lead")
	th := started(t, h, lead, "programme-board", "Not for all")
	p := say(t, h, lead, th, "Not for all")
	for what, want := range map[string]string{"post:" + p.Id: "lead admin", "thread:" + th.Id: "lead admin", "person:" + lead.ID(): ""} {
		for _, who := range []string{"guest", "member", "moderator", "lead", "admin"} {
			_, err := thread.Tell(h.App, viewerOf(t, h, who), thingOf(t, h, what), "wrong", "", "")
			if (err == nil) != slices.Contains(strings.Fields(want), who) || err != nil && !errors.Is(err, thread.ErrNoThing) {
				t.Errorf("%s reports %s: %v", who, what, err)
			}
		}
	}
	for _, c := range []struct{ reason, words, field string }{{"", "x", "reason"}, {"boredom", "x", "reason"}, {"harm", strings.Repeat("é", 2001), "words"}} {
		_, err := thread.Tell(h.App, viewerOf(t, h, "partner"), thingOf(t, h, "thread:"+h.Record("threads", "title", "One page or four?").Id), c.reason, c.words, "")
		var faults validation.Errors
		if !errors.As(err, &faults) || faults[c.field] == nil {
			t.Errorf("%q: %v", c.reason, err)
		}
	}
	for _, what := range []string{"", "post", "post:", "post:nothingnothing1", "user:" + lead.ID(), "flags:x"} {
		if _, err := thread.ThingNamed(h.App, what); !errors.Is(err, thread.ErrNoThing) {
			t.Errorf("%q: %v", what, err)
		}
	}
	// Deleted, nobody waits for it any more.
	must(t, h.App.Delete(h.Record("threads", "id", th.Id)))
	if n, err := h.App.CountRecords("flags", dbx.HashExp{"state": "open"}); err != nil || n != 0 {
		t.Errorf("%d reports of what is gone are open: %v", n, err)
	}
}

// TestTheQueueBeginsWithHarm orders cases.
func TestTheQueueBeginsWithHarm(t *testing.T) {
	h := hubtest.New(t)
	partner := viewerOf(t, h, "partner")
	th := started(t, h, partner, "library", "In turn")
	var want []string
	for i, reason := range []string{"wrong", "advert", "harm", "other"} {
		p := say(t, h, partner, th, reason)
		r, err := thread.Tell(h.App, viewerOf(t, h, "member"), thingOf(t, h, "post:"+p.Id), reason, "", "")
		must(t, err)
		_, err = h.App.DB().Update("flags", dbx.Params{"created": fmt.Sprintf("2026-01-0%d 00:00:00.000Z", 9-i)}, dbx.HashExp{"id": r.Id}).Execute()
		must(t, err)
		want = append(want, p.Id)
	}
	want = []string{want[2], want[3], want[1], want[0]}
	cases, err := thread.Queue(h.App, viewerOf(t, h, "moderator"))
	must(t, err)
	for i, c := range cases {
		if c.Thing.Record.Id != want[i] {
			t.Errorf("%d is about %s", i, c.Thing.Record.GetString("body"))
		}
	}
	if len(cases) != 4 || !cases[0].Of("harm") || cases[1].Of("harm") {
		t.Errorf("%d cases", len(cases))
	}
}

// TestD02TwentyPostsInFiveMinutes posts without end, in both ways and all at once.
func TestD02TwentyPostsInFiveMinutes(t *testing.T) {
	h := hubtest.New(t, hubtest.Limits())
	th := started(t, h, viewerOf(t, h, "partner"), "library", "Flooded")
	member2 := h.As("member2")
	_, err := h.App.DB().Update("posts", dbx.Params{"created": "2026-01-01 00:00:00.000Z"}, dbx.HashExp{"author": viewerOf(t, h, "member2").ID()}).Execute()
	must(t, err)
	statuses := map[int]int{}
	var last string
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			for range 8 {
				a := member2.REST("POST", posts, map[string]any{"thread": th.Id, "body": "Again"})
				mu.Lock()
				statuses[a.Status]++
				if a.Status == 429 {
					last = a.Body
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if statuses[200] != 20 || statuses[429] != 20 || !strings.Contains(last, "20 times in 5 minutes") {
		t.Errorf("answers: %v %s", statuses, last)
	}
	if a := member2.Post("/discussions/"+th.Id, map[string][]string{"body": {"By the form"}}); a.Status != 422 || !strings.Contains(a.Body, "20 times in 5 minutes") || !strings.Contains(a.Body, ">By the form</textarea>") {
		t.Errorf("the form: %d %.300s", a.Status, a.Body)
	}
	if a := h.As("member").REST("POST", posts, map[string]any{"thread": th.Id, "body": "Somebody else"}); a.Status != 200 {
		t.Errorf("somebody else: %d", a.Status)
	}
	big := strings.Repeat("a", 1<<20)
	if a := h.As("lead").REST("POST", posts, map[string]any{"thread": th.Id, "body": big}); a.Status != 400 || !strings.Contains(a.Body, "64 KiB is the most") {
		t.Errorf("a megabyte by REST: %d %.300s", a.Status, a.Body)
	}
	if a := h.As("lead").Post("/discussions/"+th.Id, map[string][]string{"body": {big}}); a.Status != 422 || !strings.Contains(a.Body, "64 KiB is the most") {
		t.Errorf("a megabyte by the form: %d %.300s", a.Status, a.Body)
	}
}
