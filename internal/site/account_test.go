package site_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// mailsTo lists what waits for an address in the outbox, the newest last.
func mailsTo(t *testing.T, h *hubtest.Hub, to, kind string) []*core.Record {
	t.Helper()
	var all []*core.Record
	if err := h.App.RecordQuery("outbox").AndWhere(dbx.HashExp{"to": to, "kind": kind}).OrderBy("created", "rowid").All(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// lastMail is what stands in the newest of them, by a pattern.
func lastMail(t *testing.T, h *hubtest.Hub, to, kind, pattern string) string {
	t.Helper()
	all := mailsTo(t, h, to, kind)
	if len(all) == 0 {
		t.Fatalf("no mail %s to %s", kind, to)
	}
	text := all[len(all)-1].GetString("text")
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in %s", pattern, text)
	}
	return found[1]
}

const (
	codeInMail = `(\d{8})`
	linkInMail = `http://127\.0\.0\.1:8090(/\S+)`
)

func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// TestSignInByCode comes in by a code from the mail, and by nothing else.
func TestSignInByCode(t *testing.T) {
	t.Parallel()
	h := hubtest.New(t)
	const mel = "member@example.org"
	ask := func(c *hubtest.Client, to string) string {
		t.Helper()
		ledTo(t, c.Post("/sign-in", form("email", strings.ToUpper(mel), "do", "code", "to", to)))
		return lastMail(t, h, mel, "sign-in-code", codeInMail)
	}
	t.Run("once, in the browser that asked, back to the very post", func(t *testing.T) {
		c, other := h.Guest(), h.Guest()
		const post = "/discussions/abc?page=2#post-xyz"
		code := ask(c, post)
		want(t, other.Post("/sign-in/code", form("code", code)), http.StatusUnprocessableEntity)
		if to := ledTo(t, c.Post("/sign-in/code", form("code", code[:4]+" "+code[4:], "to", post))); to != post {
			t.Errorf("leads to %q", to)
		}
		want(t, c.Get("/me"), http.StatusOK)
		want(t, h.Guest().Do("POST", "/sign-in/code", "application/x-www-form-urlencoded", strings.NewReader("code="+code), http.Header{"Cookie": {c.Cookie()}}), http.StatusUnprocessableEntity)
	})
	t.Run("the form of a link in a mail carries the post", func(t *testing.T) {
		c := h.Guest()
		page := c.Get("/sign-in?to=" + url.QueryEscape("/discussions/abc#post-xyz"))
		if to := formOf(page).Get("to"); to != "/discussions/abc#post-xyz" {
			t.Fatalf("the form holds %q", to)
		}
		next := ledTo(t, c.Post("/sign-in", form("email", mel, "do", "code", "to", "/discussions/abc#post-xyz")))
		if to := formOf(c.Get(next)).Get("to"); to != "/discussions/abc#post-xyz" {
			t.Errorf("the second form holds %q", to)
		}
		has(t, h.Guest().Get("/discussions/nothing"), `<a href="/sign-in?to=%2Fdiscussions%2Fnothing">sign in</a>`)
	})
	t.Run("no mail to nobody, nor to the suspended", func(t *testing.T) {
		change(t, h, h.Record("users", "email", "member2@example.org"), map[string]any{"suspended": true})
		for _, who := range []string{"nobody@example.org", "member2@example.org", "", "nonsense", "operator@example.org"} {
			ledTo(t, h.Guest().Post("/sign-in", form("email", who, "do", "code")))
			if n := len(mailsTo(t, h, who, "sign-in-code")); n != 0 {
				t.Errorf("%d mails to %q", n, who)
			}
		}
	})
	t.Run("a second factor", func(t *testing.T) {
		const pat = "partner@example.org"
		change(t, h, h.Record("users", "email", pat), map[string]any{"second_factor": true})
		c := h.Guest()
		// The code alone is none: the mail says that the password comes first.
		ledTo(t, c.Post("/sign-in", form("email", pat, "do", "code", "to", "/write")))
		if link := lastMail(t, h, pat, "sign-in-code", linkInMail); link != "/sign-in?to=%2Fwrite" {
			t.Errorf("the mail leads to %q", link)
		}
		// The password alone opens nothing.
		if to := ledTo(t, c.Post("/sign-in", form("email", pat, "password", hub.DemoPassword, "to", "/write"))); to != "/sign-in/code?to=%2Fwrite" {
			t.Errorf("leads to %q", to)
		}
		want(t, c.Get("/me"), http.StatusSeeOther)
		want(t, c.Post("/sign-in/code", form("code", "00000000")), http.StatusUnprocessableEntity)
		if to := ledTo(t, c.Post("/sign-in/code", form("code", lastMail(t, h, pat, "sign-in-code", codeInMail), "to", "/write"))); to != "/write" {
			t.Errorf("leads to %q", to)
		}
		want(t, c.Get("/me"), http.StatusOK)
		// A program is asked for both as well.
		a := h.Guest().REST("POST", "/api/collections/users/auth-with-password", map[string]any{"identity": pat, "password": hub.DemoPassword})
		if a.Status != http.StatusUnauthorized || !strings.Contains(a.Body, "mfaId") || strings.Contains(a.Body, "token") {
			t.Errorf("a program gets %d %s", a.Status, a.Body)
		}
	})
	t.Run("a code that was asked for before the second factor was turned on", func(t *testing.T) {
		const lee = "lead@example.org"
		c := h.Guest()
		ledTo(t, c.Post("/sign-in", form("email", lee, "do", "code")))
		change(t, h, h.Record("users", "email", lee), map[string]any{"second_factor": true})
		want(t, c.Post("/sign-in/code", form("code", lastMail(t, h, lee, "sign-in-code", codeInMail))), http.StatusUnprocessableEntity)
	})
}

// TestReset chooses a new password by a link.
func TestReset(t *testing.T) {
	h := hubtest.New(t)
	const mel = "member@example.org"
	ledTo(t, h.Guest().Post("/reset", form("email", mel)))
	link := lastMail(t, h, mel, "reset", linkInMail)
	has(t, want(t, h.Guest().Get(link), http.StatusOK), `autocomplete="new-password"`, mel)
	a := want(t, h.Guest().Post(link, form("password", "short")), http.StatusUnprocessableEntity)
	has(t, a, "at least 10 characters")
	if to := ledTo(t, h.Guest().Post(link, form("password", "three good words"))); to != "/sign-in?changed" {
		t.Errorf("leads to %q", to)
	}
	lastMail(t, h, mel, "password-changed", `(was changed just now)`)
	want(t, h.Guest().Post("/sign-in", form("email", mel, "password", hub.DemoPassword)), http.StatusUnprocessableEntity)
	ledTo(t, h.Guest().Post("/sign-in", form("email", mel, "password", "three good words")))
}

// TestNewAddress changes one's address by a link to the new one, and tells the old one.
func TestNewAddress(t *testing.T) {
	h := hubtest.New(t)
	const mel, fresh = "member@example.org", "mel@new.example.org"
	c, elsewhere := h.As("member"), h.As("member")
	ask := func(address string) {
		t.Helper()
		ledTo(t, c.Post("/me/email", form("email", address, "password", hub.DemoPassword)))
	}
	ask("Mel@New.example.org")
	lastMail(t, h, mel, "email-changing", `(stays as it is until)`)
	link, err := url.Parse(lastMail(t, h, fresh, "email-change", linkInMail))
	if err != nil {
		t.Fatal(err)
	}
	to := ledTo(t, c.Get(link.String()))
	want(t, h.As("lead").Get(to), http.StatusNotFound) // somebody else who is signed in
	want(t, h.As("lead").Post(to, nil), http.StatusNotFound)
	has(t, want(t, c.Get(to), http.StatusOK), fresh)
	h.Record("users", "email", mel) // looking at the link changes nothing
	ledTo(t, c.Post(to, nil))
	h.Record("users", "email", fresh)
	lastMail(t, h, mel, "email-changing", `(has a new address now)`)
	want(t, c.Get("/me"), http.StatusOK)
	want(t, elsewhere.Get("/me"), http.StatusSeeOther)
	want(t, c.Post(to, nil), http.StatusNotFound) // it worked once
	ledTo(t, h.Guest().Post("/sign-in", form("email", fresh, "password", hub.DemoPassword)))
}

// TestSignOutElsewhere lists browsers in words and signs out of one.
func TestSignOutElsewhere(t *testing.T) {
	h := hubtest.New(t)
	one, two := h.As("member"), h.Guest()
	two.Do("POST", "/sign-in", "application/x-www-form-urlencoded", strings.NewReader(form("email", "member@example.org", "password", hub.DemoPassword).Encode()),
		http.Header{"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}})
	page := one.Get("/me/sessions")
	has(t, page, "Firefox on Linux", "This browser")
	id := idIn(t, page.Body, `name="session" value="([a-z0-9]{15})"`)
	want(t, h.As("lead").Post("/me/sessions", form("session", id)), http.StatusNotFound)
	want(t, two.Get("/me"), http.StatusOK)
	ledTo(t, one.Post("/me/sessions", form("session", id)))
	want(t, two.Get("/me"), http.StatusSeeOther)
	want(t, one.Get("/me"), http.StatusOK)
}

// TestLeaveByCode leaves without a password.
func TestLeaveByCode(t *testing.T) {
	h := hubtest.New(t)
	c, id := h.As("member"), h.Record("users", "email", "member@example.org").Id
	ledTo(t, c.Post("/me/leave", form("do", "code")))
	ledTo(t, c.Post("/me/leave", form("code", lastMail(t, h, "member@example.org", "sign-in-code", codeInMail))))
	if u := h.Record("users", "id", id); !member.HasLeft(u) || u.GetString("name") != "" {
		t.Errorf("%v", u.FieldsData())
	}
	want(t, h.As("lead").Get("/people/"+id), http.StatusNotFound)
}
