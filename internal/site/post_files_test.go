package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/library"
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
