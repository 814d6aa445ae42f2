package main_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestInvite invites people from the command line while the server runs, and follows the link.
func TestInvite(t *testing.T) {
	t.Parallel()
	p := serve(t, demoFolder(t))
	out := ok(t, "invite", "New.Admin@example.com", "--dir", p.dir, "--role", "administrator", "--organisation", "leeds partner (example)", "--space", "programme-board", "--space", "passport-group", "--name", "Nia")
	link := regexp.MustCompile(`http://\S+/join/[A-Za-z0-9_-]{43}`).FindString(out)
	if !strings.Contains(out, "new.admin@example.com is invited as administrator") || link == "" {
		t.Fatalf("it says:\n%s", out)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := http.Client{Jar: jar}
	res, err := browser.PostForm(link, url.Values{"name": {"Nia"}, "password": {"three or four words"}, "terms": {"yes"}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if !strings.HasSuffix(res.Request.URL.Path, "/me/welcome") {
		t.Errorf("the link leads to %s with status %d", res.Request.URL, res.StatusCode)
	}
	for _, c := range []struct {
		says string
		args []string
	}{
		{"is not an e-mail address", []string{"nobody"}}, {"there is no role", []string{"a@example.com", "--role", "owner"}}, {"there is no organisation", []string{"a@example.com", "--organisation", "Nowhere"}},
		{"there is no space", []string{"a@example.com", "--space", "nothing"}}, {"has an account already", []string{"NEW.admin@example.com"}}, {"accepts 1 arg", nil},
	} {
		fails(t, nil, c.says, append([]string{"invite", "--dir", p.dir}, c.args...)...)
	}
}
