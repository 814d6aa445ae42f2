package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
	"commonplace/internal/site"
)

// TestFilesOfPosts adds a picture and a file to posts, and follows who sees them while their posts come and go.
func TestFilesOfPosts(t *testing.T) {
	h := hubtest.New(t)
	member, guest, moderator, other := h.As("member"), h.As("guest"), h.As("moderator"), h.As("member2")
	at := ledTo(t, member.Post("/discussions/new", url.Values{"title": {"What is on the board?"}, "space": {"library"}, "body": {"Show us."}}))
	has(t, member.Get(at), `enctype="multipart/form-data"`, `name="file"`, `id="alt"`)
	hasNot(t, guest.Get(at), `name="file"`)
	say := func(name string, raw []byte, fields map[string]string) hubtest.Answer {
		return send(t, member, at, name, raw, fields, nil)
	}

	for what, c := range map[string]struct {
		name   string
		raw    []byte
		fields map[string]string
		status int
		says   string
	}{
		"a picture that nobody describes": {"board.jpg", photo(t, 900, 500), map[string]string{"body": "Here it is."}, http.StatusUnprocessableEntity, "Say what the picture shows"},
		"a program":                       {"run.exe", []byte("MZ\x00"), map[string]string{"body": "Here it is."}, http.StatusUnprocessableEntity, "This kind of file is not taken."},
		"no words":                        {"words.txt", []byte("w"), map[string]string{"body": " "}, http.StatusUnprocessableEntity, "Write something first."},
		"too large":                       {"words.txt", make([]byte, library.MaxFile+1), map[string]string{"body": "Here it is."}, http.StatusUnprocessableEntity, "larger than 25 MB"},
	} {
		t.Run(what, func(t *testing.T) {
			has(t, want(t, say(c.name, c.raw, c.fields), c.status), c.says)
			if n := len(records(t, h, "attachments", "document", "")); n != 0 {
				t.Errorf("%d files were kept", n)
			}
		})
	}

	shown := func(to string) (post string, a *library.Attachment) {
		t.Helper()
		post = idIn(t, to, `#post-([a-z0-9]{15})$`)
		files := records(t, h, "attachments", "post", post)
		if len(files) != 1 {
			t.Fatalf("the post has %d files", len(files))
		}
		return post, library.WrapAttachment(files[0])
	}
	fields := map[string]string{"body": "This is the board.", "alt": "A board with a green ribbon", "client_key": "once"}
	to := ledTo(t, say("board.jpg", photo(t, 1000, 600), fields))
	post, picture := shown(to)
	if again := ledTo(t, say("board.jpg", photo(t, 1000, 600), fields)); again != to {
		t.Errorf("sent twice, it stands at %s and %s", to, again)
	}
	shown(to)
	awaitPage(t, guest, at, `<img src="/files/`+picture.Id+`/`)
	has(t, guest.Get(at), `alt="A board with a green ribbon"`, "480.jpg 480w")
	if raw := want(t, guest.Get(picture.Address()), http.StatusOK); strings.Contains(raw.Body, "GPS-secret") {
		t.Error("the picture says where it was taken")
	}
	_, file := shown(ledTo(t, say("minutes.txt", []byte("We agreed on wallabytrees."), map[string]string{"body": "The minutes."})))
	awaitPage(t, guest, at, `<a href="`+file.Address()+`" download>minutes.txt</a> <span class="cp-small">Plain text, 26 bytes</span>`)
	awaitPage(t, guest, "/search?q=wallabytrees", "In attachment: minutes.txt")
	has(t, member.Post("/me/export", url.Values{}), "minutes.txt")

	t.Run("a post that is hidden, and brought back", func(t *testing.T) {
		for _, act := range []struct {
			act    string
			status int
		}{{"hide", http.StatusNotFound}, {"restore", http.StatusOK}} {
			ledTo(t, moderator.Post("/moderate/things/post:"+post, url.Values{"act": {act.act}, "kind": {"private"}, "reason": {"A face can be seen."}}))
			for _, c := range []*hubtest.Client{guest, other} {
				want(t, c.Get(picture.Address()), act.status)
				want(t, c.Get("/files/"+picture.Id+"/480.jpg"), act.status)
			}
			want(t, member.Get(picture.Address()), http.StatusOK)
			want(t, moderator.Get(picture.Address()), http.StatusOK)
		}
	})
	t.Run("a discussion in another space", func(t *testing.T) {
		id := strings.TrimPrefix(at, "/discussions/")
		move := func(space string) {
			r := h.Record("threads", "id", id)
			r.Set("space", h.Record("spaces", "slug", space).Id)
			if err := h.App.Save(r); err != nil {
				t.Fatal(err)
			}
		}
		move("passport-group")
		want(t, guest.Get(file.Address()), http.StatusNotFound)
		want(t, other.Get(file.Address()), http.StatusOK)
		await(t, "guests do not find it", func() bool { return !strings.Contains(guest.Get("/search?q=wallabytrees").Body, "minutes.txt") })
		if got := h.Record("attachments", "id", file.Id).GetString("access"); got != h.Record("spaces", "slug", "passport-group").Id+":published" {
			t.Errorf("its access is %s", got)
		}
		move("library")
		want(t, guest.Get(file.Address()), http.StatusOK)
	})
	t.Run("a discussion that is hidden", func(t *testing.T) {
		r := h.Record("threads", "id", strings.TrimPrefix(at, "/discussions/"))
		for _, state := range []string{"hidden", "open"} {
			status := map[string]int{"hidden": http.StatusNotFound, "open": http.StatusOK}[state]
			if r.Set("state", state); h.App.Save(r) != nil {
				t.Fatal("the discussion cannot be hidden")
			}
			want(t, guest.Get(file.Address()), status)
			await(t, "search follows", func() bool {
				return strings.Contains(guest.Get("/search?q=wallabytrees").Body, "In attachment: minutes.txt") == (state == "open")
			})
		}
	})
	t.Run("a post that is taken back", func(t *testing.T) {
		ledTo(t, member.Post(at+"/posts/"+post+"/delete", url.Values{}))
		for _, c := range []*hubtest.Client{guest, member, moderator} {
			want(t, c.Get(picture.Address()), http.StatusNotFound)
		}
		if n := len(records(t, h, "attachments", "post", post)); n != 0 {
			t.Errorf("%d files stayed", n)
		}
	})
}

// TestFilesWhileAPostIsChanged adds files to a post that stands, says more of one and takes one off.
func TestFilesWhileAPostIsChanged(t *testing.T) {
	h := hubtest.New(t)
	member, guest, moderator := h.As("member"), h.As("guest"), h.As("moderator")
	at := ledTo(t, send(t, member, "/discussions/new", "plan.txt", []byte("The wallaby plan."), map[string]string{"title": "What is the plan?", "space": "library", "body": "It is **here**."}, nil))
	post := records(t, h, "posts", "thread", strings.TrimPrefix(at, "/discussions/"))[0].Id
	edit := at + "/posts/" + post + "/edit"
	base := func() string { return idIn(t, member.Get(edit).Body, `name="base" value="([^"]+)"`) }
	change := func(name string, raw []byte, fields map[string]string) hubtest.Answer {
		fields["body"], fields["base"] = "It is **here**.", base()
		return send(t, member, edit, name, raw, fields, nil)
	}
	awaitPage(t, guest, at, ">plan.txt</a>")
	has(t, want(t, member.Get(edit), http.StatusOK), `enctype="multipart/form-data"`, `name="file"`, "1 picture or file", "plan.txt")

	has(t, want(t, change("board.jpg", photo(t, 900, 500), map[string]string{}), http.StatusUnprocessableEntity), "Say what the picture shows", ">It is **here**.</textarea>")
	has(t, want(t, change("run.exe", []byte("MZ\x00"), map[string]string{"alt": "A board"}), http.StatusUnprocessableEntity), "This kind of file is not taken.", `value="A board"`)
	ledTo(t, change("board.jpg", photo(t, 900, 500), map[string]string{"alt": "A board"}))
	files := records(t, h, "attachments", "post", post)
	if len(files) != 2 {
		t.Fatalf("the post has %d files", len(files))
	}
	plan, picture := library.WrapAttachment(files[0]), library.WrapAttachment(files[1])
	awaitPage(t, guest, at, `alt="A board"`)
	has(t, guest.Get(at), ">plan.txt</a>")
	if len(records(t, h, "post_versions", "post", post)) != 0 {
		t.Error("its words did not change, and were kept")
	}
	file := guest.Get(at + "/discussion.json").Body
	for _, s := range []string{`"name": "plan.txt"`, plan.Address() + `"`, picture.Address() + `"`, `"shows": "A board"`} {
		if !strings.Contains(file, s) {
			t.Errorf("the discussion as a file does not say %s:\n%s", s, file)
		}
	}

	has(t, want(t, change("", nil, map[string]string{"alt-" + picture.Id: " "}), http.StatusUnprocessableEntity), "Say what the picture", `href="#alt-`+picture.Id+`"`)
	want(t, h.As("partner").Post(edit, url.Values{"body": {"x"}, "drop-" + plan.Id: {"yes"}}), http.StatusForbidden)
	ledTo(t, change("", nil, map[string]string{"alt-" + picture.Id: "A green board", "drop-" + plan.Id: "yes"}))
	awaitPage(t, guest, at, `alt="A green board"`)
	hasNot(t, guest.Get(at), "plan.txt")
	want(t, member.Get(plan.Address()), http.StatusNotFound)

	t.Run("personal details in a file", func(t *testing.T) {
		ledTo(t, change("list.txt", []byte("Ring Mrs Example on 07700 900123 about her NHS number 943 476 5919."), map[string]string{}))
		files := records(t, h, "attachments", "post", post)
		list := library.WrapAttachment(files[len(files)-1])
		awaitPage(t, member, at, "its words hold personal details")
		hasNot(t, guest.Get(at), "list.txt")
		want(t, guest.Get(list.Address()), http.StatusNotFound)
		want(t, member.Get(list.Address()), http.StatusOK)
		want(t, moderator.Get(list.Address()), http.StatusOK)
		has(t, member.Get(edit), "<strong>Others do not see it:</strong>", `name="show-`+list.Id+`"`)

		show := url.Values{"body": {"It is **here**."}, "base": {base()}, "show-" + list.Id: {"yes"}}
		page := want(t, member.Post(edit, show), http.StatusUnprocessableEntity)
		has(t, page, "The words in this file hold personal details")
		sum := idIn(t, page.Body, `name="private-decided" value="([^" ]+)`)
		show["private-decided"] = []string{sum + " " + idIn(t, page.Body, `name="private-decided" value="[^" ]+ ([^"]+)"`)}
		show["private-"+sum], show["private-"+sum+"-reason"] = []string{"keep"}, []string{"Invented, for a course."}
		ledTo(t, member.Post(edit, show))
		awaitPage(t, guest, at, ">list.txt</a>")
		want(t, guest.Get(list.Address()), http.StatusOK)
	})
}

// TestAskingWhomToMention counts: thirty in a minute, ten of them at once, so that nobody reads a list of members off it. Whoever
// types on reads on.
func TestAskingWhomToMention(t *testing.T) {
	burst, more := site.Mentioning()
	if float64(burst)+more != 30 {
		t.Errorf("%d at once and %g in a minute after that", burst, more)
	}
	h := hubtest.New(t, hubtest.Limits())
	member, other := h.As("member"), h.As("member2")
	for n := range burst + 1 {
		if got := member.Get("/-/mention?space=library&q=pat").Status; (got == http.StatusOK) != (n < burst) {
			t.Errorf("question %d: %d", n+1, got)
		}
	}
	want(t, member.Get("/-/mention?space=library&q=pat"), http.StatusTooManyRequests)
	want(t, member.Get("/discussions"), http.StatusOK)
	want(t, other.Get("/-/mention?space=library&q=pat"), http.StatusOK)
}

// TestReactingByREST counts as the buttons do, in one count for both.
func TestReactingByREST(t *testing.T) {
	h := hubtest.New(t, hubtest.Limits())
	member := h.As("member")
	post := records(t, h, "posts", "state", "visible")[0].Id
	refused := 0
	for range 60 {
		a := member.REST("POST", "/api/collections/reactions/records", map[string]any{"post": post, "kind": "thanks"})
		if a.Status == http.StatusTooManyRequests {
			refused++
			continue
		}
		want(t, a, http.StatusOK)
	}
	if refused < 15 {
		t.Errorf("only %d of 60 were refused", refused)
	}
	at := "/discussions/" + h.Record("posts", "id", post).GetString("thread") + "/posts/" + post + "/react"
	want(t, member.Post(at, url.Values{"on": {"agree"}}), http.StatusTooManyRequests)
	ledTo(t, h.As("member2").Post(at, url.Values{"on": {"agree"}}))
}

// TestFilesFromDocumentPages adds a file where a discussion stands on the page of its document.
func TestFilesFromDocumentPages(t *testing.T) {
	h := hubtest.New(t)
	member, guest := h.As("member"), h.As("guest")
	study := "/case-studies/a-carer-friendly-system"
	has(t, member.Get(study), `action="`+study+`/discuss" enctype="multipart/form-data"`, `name="file"`)
	fields := map[string]string{"body": "We have the board too.", "client_key": "once"}
	has(t, want(t, send(t, member, study+"/discuss", "board.jpg", photo(t, 900, 500), fields, nil), http.StatusUnprocessableEntity), "Say what the picture shows", ">We have the board too.</textarea>")
	fields["alt"] = "A board"
	to := ledTo(t, send(t, member, study+"/discuss", "board.jpg", photo(t, 900, 500), fields, nil))
	if again := ledTo(t, send(t, member, study+"/discuss", "board.jpg", photo(t, 900, 500), fields, nil)); again != to {
		t.Errorf("sent twice, it stands at %s and %s", to, again)
	}
	if n := len(records(t, h, "attachments", "post", idIn(t, to, `#post-([a-z0-9]{15})$`))); n != 1 {
		t.Errorf("the post has %d files", n)
	}
	awaitPage(t, guest, study, `alt="A board"`)
}
