package site_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/internal/hubtest"
)

// TestStartingADiscussion starts one wherever that can be done, and reads it as a member and as a guest.
func TestStartingADiscussion(t *testing.T) {
	h := hubtest.New(t)
	member, guest := h.As("member"), h.As("guest")
	study := h.Record("documents", "slug", "a-carer-friendly-system")

	t.Run("in a space", func(t *testing.T) {
		to := ledTo(t, member.Post("/discussions/new", url.Values{"title": {" Who  asks on wards? "}, "kind": {"idea"}, "space": {"library"}, "body": {"We **do**."}, "client_key": {"k1"}}))
		page := want(t, guest.Get(to), http.StatusOK)
		has(t, page, "<h1>Who asks on wards?</h1>", "<strong>do</strong>", "<strong>HR business partner, Bradford partner (example)</strong>", "1 post", `<a href="/spaces/library">Library</a>`)
		hasNot(t, page, "Mel Member")
		has(t, h.As("member2").Get(to), "<bdi>Mel Member</bdi></a></strong>, HR business partner, Bradford partner (example)")
		for _, list := range []string{"/", "/discussions", "/spaces/library"} {
			awaitPage(t, guest, list, "Who asks on wards?")
		}
	})
	t.Run("in a group", func(t *testing.T) {
		to := ledTo(t, member.Post("/discussions/new", url.Values{"title": {"Among us"}, "space": {"passport-group"}, "body": {"Quietly."}}))
		want(t, guest.Get(to), http.StatusNotFound)
		want(t, h.As("member2").Get(to), http.StatusOK)
		hasNot(t, guest.Get("/discussions"), "Among us")
	})
	t.Run("on a document", func(t *testing.T) {
		has(t, member.Get("/discussions/new?document="+study.Id), "About <a href=\"/case-studies/a-carer-friendly-system\">", study.Id)
		to := ledTo(t, member.Post("/discussions/new", url.Values{"title": {"How many champions?"}, "document": {study.Id}, "body": {"In one ward."}}))
		has(t, guest.Get(to), `About <a href="/case-studies/a-carer-friendly-system">`)
		awaitPage(t, guest, "/case-studies/a-carer-friendly-system", "How many champions?")
		has(t, guest.Get("/case-studies/a-carer-friendly-system"), "In one ward.")
	})
	t.Run("from the composer of a case study", func(t *testing.T) {
		address := "/case-studies/one-plan-for-carers-across-six-places"
		has(t, member.Get(address), "Nobody has said anything here yet.", "Start the discussion")
		to := ledTo(t, member.Post(address+"/discuss", url.Values{"body": {"Did the *places* pay alike? We ask for a friend."}, "client_key": {"k2"}}))
		post := idIn(t, to, "^"+address+"#post-([a-z0-9]{15})$")
		awaitPage(t, guest, address, "Did the places pay alike?</a>")
		page := guest.Get(address)
		has(t, page, "Did the places pay alike?</a>", `id="post-`+post, "<em>places</em>")
		// The next words go into the same thread.
		ledTo(t, member.Post(address+"/discuss", url.Values{"body": {"Somebody must know."}, "thread": {idIn(t, page.Body, `/discussions/([a-z0-9]{15})"`)}, "client_key": {"k3"}}))
		awaitPage(t, guest, address, "Somebody must know.") // the page of before was in memory
		has(t, guest.Get(address), "2 posts")
		if n := len(records(t, h, "threads", "document", h.Record("documents", "slug", "one-plan-for-carers-across-six-places").Id)); n != 1 {
			t.Errorf("%d threads", n)
		}
	})
	t.Run("a title of what was written", func(t *testing.T) {
		address := "/case-studies/a-carer-friendly-system/discuss"
		for body, title := range map[string]string{
			strings.Repeat("word ", 60): strings.TrimSpace(strings.Repeat("word ", 19)) + " wor …",
			"```\n```":                  "About A carer-friendly system, from ward to fire station",
		} {
			ledTo(t, member.Post(address, url.Values{"body": {body}, "client_key": {title}}))
			h.Record("threads", "title", title)
		}
	})
	t.Run("with faults", func(t *testing.T) {
		page := want(t, member.Post("/discussions/new", url.Values{"space": {"passport-group"}, "kind": {"decision"}, "body": {"Kept words"}, "client_key": {"k4"}}), http.StatusUnprocessableEntity)
		has(t, page, `<a href="#title">Give the discussion a title.</a>`, ">Kept words</textarea>", `<option value="passport-group" selected>`, `<option value="decision" selected>`, `value="k4"`)
		page = want(t, member.Post("/discussions/new", url.Values{"space": {"library"}, "title": {"Kept title"}}), http.StatusUnprocessableEntity)
		has(t, page, `<a href="#body">Write something first.</a>`, `value="Kept title"`)
		page = want(t, member.Post("/discussions/new", url.Values{"space": {"library"}, "title": {strings.Repeat("t", 201)}, "body": {"x"}}), http.StatusUnprocessableEntity)
		has(t, page, `<a href="#title">The title is 201 characters long, and 200 is the most.</a>`, ">x</textarea>")
		page = want(t, member.Post("/discussions/new", url.Values{"space": {"library"}, "title": {"Long"}, "body": {strings.Repeat("b", 64<<10+1)}}), http.StatusUnprocessableEntity)
		has(t, page, `<a href="#body">The post is 65 KiB long, and 64 KiB is the most.</a>`, `value="Long"`, strings.Repeat("b", 64<<10+1))
		if n := len(records(t, h, "threads", "title", "Long")); n != 0 {
			t.Errorf("%d threads without a post", n)
		}
	})
	t.Run("where one may not", func(t *testing.T) {
		draft := make1(t, h, "documents", map[string]any{"kind": "case-study", "title": "Unseen", "state": "draft", "space": h.Record("spaces", "slug", "programme-board").Id})
		for name, form := range map[string]url.Values{
			"a space of others":         {"space": {"programme-board"}},
			"a space that is not there": {"space": {"nowhere"}},
			"an unseen document":        {"document": {draft.Id}},
			"no document":               {"document": {"nothingnothing1"}},
		} {
			form.Set("title", "Where one may not")
			form.Set("body", "x")
			if a := member.Post("/discussions/new", form); a.Status != http.StatusForbidden && a.Status != http.StatusNotFound {
				t.Errorf("%s: status %d", name, a.Status)
			}
		}
		if n := len(records(t, h, "threads", "title", "Where one may not")); n != 0 {
			t.Errorf("%d threads", n)
		}
		want(t, member.Post("/case-studies/unseen/discuss", url.Values{"body": {"x"}}), http.StatusNotFound)
	})
}

// TestReplying posts in a thread with the plain form of its page.
func TestReplying(t *testing.T) {
	h := hubtest.New(t)
	member, member2, guest := h.As("member"), h.As("member2"), h.As("guest")
	about := h.Record("threads", "title", "How did you get the HR directors to agree?")
	address := "/discussions/" + about.Id
	first := records(t, h, "posts", "thread", about.Id)[0].Id

	t.Run("a reply", func(t *testing.T) {
		form := formOf(want(t, member.Get(address+"?reply="+first), http.StatusOK))
		if form.Get("reply_to") != first {
			t.Fatalf("the form answers %q", form.Get("reply_to"))
		}
		form.Set("body", "With a *paper*.")
		to := ledTo(t, member.Post(address, form))
		has(t, guest.Get(address), "With a <em>paper</em>.", `id="`+idIn(t, to, "#(post-[a-z0-9]{15})$")+`"`, `In reply to <a href="#post-`+first+`">Carers lead, Leeds partner (example)</a>`, "7 posts")
		has(t, member.Get(address), `In reply to <a href="#post-`+first+`"><bdi>Max Member</bdi></a>`)
		has(t, guest.Get(passportPage), "With a <em>paper</em>.", "7 replies")
	})
	t.Run("a step back and other words lose nothing", func(t *testing.T) { // regression: they led to the first post and were gone
		sent := url.Values{"body": {"To @[Lee Lead](/people/" + h.Record("users", "email", "lead@example.org").Id + ") and @[nobody](/people/nobodynobody123)."}, "client_key": {"back"}}
		first := ledTo(t, member.Post(address, sent))
		if again := ledTo(t, member.Post(address, sent)); again != first {
			t.Errorf("sent twice it leads to %s, not %s", again, first)
		}
		sent.Set("body", "Something else altogether.")
		page := want(t, member.Post(address, sent), http.StatusUnprocessableEntity)
		has(t, page, ">Something else altogether.</textarea>", "What you wrote in this form before has been posted.")
		form := formOf(page)
		if form.Get("client_key") == "back" {
			t.Error("the form keeps a key that was used")
		}
		if second := ledTo(t, member.Post(address, form)); second == first {
			t.Error("posted again it is no other post")
		}
		start := url.Values{"title": {"One"}, "space": {"library"}, "body": {"One."}, "client_key": {"start"}}
		ledTo(t, member.Post("/discussions/new", start))
		ledTo(t, member.Post("/discussions/new", start))
		start.Set("body", "Two.")
		page = want(t, member.Post("/discussions/new", start), http.StatusUnprocessableEntity)
		has(t, page, ">Two.</textarea>", "What you wrote in this form before has been posted.")
		if n := len(records(t, h, "threads", "title", "One")); n != 1 {
			t.Errorf("%d threads", n)
		}
	})
	t.Run("nothing written keeps the form", func(t *testing.T) {
		page := want(t, member.Post(address, url.Values{"body": {" \r\n"}, "reply_to": {first}, "client_key": {"same"}}), http.StatusUnprocessableEntity)
		has(t, page, "Write something first.", `name="client_key" value="same"`, `name="reply_to" value="`+first+`"`, "How did you get the HR directors to agree?")
		page = want(t, member.Post(passportPage+"/discuss", url.Values{"body": {""}, "thread": {about.Id}, "client_key": {"same"}}), http.StatusUnprocessableEntity)
		has(t, page, "Write something first.", `name="client_key" value="same"`, "<h1>A passport that moves with you</h1>")
	})
	t.Run("too much keeps the words", func(t *testing.T) {
		long := strings.Repeat("long ", 14_000)
		page := want(t, member.Post(address, url.Values{"body": {long}}), http.StatusUnprocessableEntity)
		has(t, page, "The post is 69 KiB long, and 64 KiB is the most.", strings.TrimSpace(long))
		page = want(t, member.Post(passportPage+"/discuss", url.Values{"body": {long}, "thread": {about.Id}}), http.StatusUnprocessableEntity)
		has(t, page, "The post is 69 KiB long, and 64 KiB is the most.", strings.TrimSpace(long))
		want(t, member.Post(address, url.Values{"body": {strings.Repeat("b", 64<<10)}}), http.StatusSeeOther)
	})
	t.Run("a shape that cannot be shown", func(t *testing.T) {
		deep := strings.Repeat("> ", 400) + "x"
		page := want(t, member.Post(address, url.Values{"body": {deep}}), http.StatusUnprocessableEntity)
		has(t, page, "The text has a shape that cannot be shown: line 1 is nested")
	})
	t.Run("an answer to a post of another thread", func(t *testing.T) {
		other := records(t, h, "posts", "thread", h.Record("threads", "title", "Does your impact check ask about carers?").Id)[0].Id
		page := want(t, member.Post(address, url.Values{"body": {"x"}, "reply_to": {other}}), http.StatusUnprocessableEntity)
		has(t, page, "The post you answer is not in this thread.")
	})
	t.Run("a removed post leaves a trace", func(t *testing.T) {
		change(t, h, h.Record("posts", "id", first), map[string]any{"state": "removed"})
		for _, c := range []*hubtest.Client{guest, member} {
			awaitPage(t, c, address, "This post was removed.")
			page := c.Get(address)
			hasNot(t, page, "We stopped in spring.")
			has(t, page, `id="post-`+first+`"`)
		}
		h.Settle()
		has(t, guest.Get("/search.json?q=%22we+stopped+in+spring%22"), `"total":0`)
		hasNot(t, member.Get(address+"?reply="+first), `name="reply_to"`)
	})
	t.Run("a closed thread", func(t *testing.T) {
		change(t, h, about, map[string]any{"state": "closed"})
		awaitPage(t, guest, address, "This discussion is closed.")
		page := member.Get(address)
		has(t, page, "This discussion is closed.", "With a <em>paper</em>.")
		hasNot(t, page, "<textarea")
		// What somebody wrote while it was being closed is given back to them.
		has(t, want(t, member.Post(address, url.Values{"body": {"Too late"}}), http.StatusForbidden), "Too late</textarea>")
		has(t, want(t, member.Post(passportPage+"/discuss", url.Values{"body": {"Too late"}, "thread": {about.Id}}), http.StatusUnprocessableEntity), "Too late</textarea>", "has been closed")
		want(t, member.Post("/-/autosave?at="+url.QueryEscape(address)+"&window=aaaaaaaaaaaaaaaa", url.Values{"body": {"Typed in time"}}), http.StatusOK)
		has(t, member.Get("/write"), `href="`+address+`?restore=`)
		offered := regexp.MustCompile(`href="(/discussions/\w+\?restore=\w+)"`).FindStringSubmatch(member.Get(address).Body)
		if offered == nil {
			t.Fatal("what was typed is not offered")
		}
		has(t, member.Get(offered[1]), "Typed in time</textarea>", "readonly")
		has(t, member.Get("/discussions"), "<li>Closed</li>")
	})
	t.Run("a hidden thread", func(t *testing.T) {
		change(t, h, about, map[string]any{"state": "hidden"})
		awaitStatus(t, guest, address, http.StatusNotFound)
		want(t, member.Get(address), http.StatusNotFound)
		want(t, h.As("moderator").Get(address), http.StatusOK)
		hasNot(t, member.Get("/discussions"), "How did you get the HR directors")
		hasNot(t, member.Get(passportPage), "How did you get the HR directors")
	})
	t.Run("a forbidden thread is as one that is not there", func(t *testing.T) {
		group := h.Record("threads", "title", "One page or four?")
		forbidden := want(t, guest.Get("/discussions/"+group.Id), http.StatusNotFound)
		missing := want(t, guest.Get("/discussions/nothingnothing1"), http.StatusNotFound)
		if strings.ReplaceAll(forbidden.Body, group.Id, "nothingnothing1") != missing.Body {
			t.Error("the pages differ")
		}
		private := ledTo(t, h.As("lead").Post("/discussions/new", url.Values{"title": {"Board"}, "space": {"programme-board"}, "body": {"Secret."}}))
		want(t, member2.Post(private, url.Values{"body": {"x"}}), http.StatusNotFound)
		// Who may read a restricted group and not post in it is told so.
		want(t, member2.Post("/discussions/"+group.Id, url.Values{"body": {"x"}}), http.StatusForbidden)
	})
}

// awaitPage waits until a page that may come from memory says something.
func awaitPage(t *testing.T, c *hubtest.Client, address, words string) {
	t.Helper()
	await(t, address+" says "+words, func() bool { return strings.Contains(c.Get(address).Body, words) })
}

func awaitStatus(t *testing.T, c *hubtest.Client, address string, status int) {
	t.Helper()
	await(t, address, func() bool { return c.Get(address).Status == status })
}

// followed is how long what follows a change is waited for. It takes milliseconds, and the promise of two seconds is measured
// where nothing else runs; here others use the machine too.
const followed = time.Minute

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(followed); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v, still not: %s", followed, what)
		}
	}
}

// TestSentTwiceIsOnePost sends the same client_key again, through forms and REST, one after the other and at once.
func TestSentTwiceIsOnePost(t *testing.T) {
	h := hubtest.New(t)
	member, member2 := h.As("member"), h.As("member2")
	about := h.Record("threads", "title", "How did you get the HR directors to agree?").Id
	address := "/discussions/" + about
	mine := func(key string) int { return len(records(t, h, "posts", "client_key", key)) }
	rest := func(c *hubtest.Client, key, body string) hubtest.Answer {
		return c.REST("POST", "/api/collections/posts/records", map[string]any{"thread": about, "body": body, "client_key": key})
	}

	to := ledTo(t, member.Post(address, url.Values{"body": {"Once"}, "client_key": {"one"}}))
	if again := ledTo(t, member.Post(address, url.Values{"body": {"Once"}, "client_key": {"one"}})); again != to || mine("one") != 1 {
		t.Errorf("the second time it leads to %s, and there are %d posts", again, mine("one"))
	}
	other := member.Post(address, url.Values{"body": {"Twice"}, "client_key": {"one"}})
	if has(t, want(t, other, http.StatusUnprocessableEntity), "Twice</textarea>"); mine("one") != 1 {
		t.Errorf("with other words there are %d posts", mine("one"))
	}
	if id := rest(member, "one", "Thrice").ID(t); to != address+"#post-"+id || mine("one") != 1 {
		t.Errorf("by REST it is %s", id)
	}
	// The key is the author's own.
	if id := rest(member2, "one", "Mine").ID(t); to == address+"#post-"+id || mine("one") != 2 {
		t.Errorf("somebody else's key gives the post %s", id)
	}

	at := func(n int, send func(i int)) {
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() { send(i) })
		}
		wg.Wait()
	}
	ids := make([]string, 8)
	at(8, func(i int) {
		if i%2 == 0 {
			ids[i] = rest(member, "many", "At once").ID(t)
			return
		}
		_, ids[i], _ = strings.Cut(member.Post(address, url.Values{"body": {"At once"}, "client_key": {"many"}}).Header.Get("Location"), "#post-")
	})
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("at once, the answers are %v", ids)
		}
	}
	if mine("many") != 1 {
		t.Errorf("at once, there are %d posts", mine("many"))
	}

	// A thread that is started twice is one thread, with its post.
	form := url.Values{"title": {"Started once"}, "space": {"library"}, "body": {"First"}, "client_key": {"start"}}
	leads := make([]string, 6)
	at(6, func(i int) { leads[i] = member.Post("/discussions/new", form).Header.Get("Location") })
	if threads := records(t, h, "threads", "title", "Started once"); len(threads) != 1 || threads[0].GetInt("post_count") != 1 {
		t.Errorf("%d threads", len(threads))
	}
	for _, to := range leads {
		if to == "" || to != leads[0] {
			t.Errorf("started at once, it leads to %v", leads)
			break
		}
	}
	study := "/case-studies/one-plan-for-carers-across-six-places"
	at(6, func(i int) {
		leads[i] = member.Post(study+"/discuss", url.Values{"body": {"Composed once, on the page."}, "client_key": {"composed"}}).Header.Get("Location")
	})
	if n := len(records(t, h, "threads", "title", "Composed once, on the page")); n != 1 || mine("composed") != 1 || leads[0] == "" || leads[0] != leads[5] {
		t.Errorf("composed at once: %d threads, %d posts, %v", n, mine("composed"), leads)
	}
}
