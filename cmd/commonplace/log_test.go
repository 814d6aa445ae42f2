package main_test

import (
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"commonplace/internal/hub"
)

// TestD09NothingPrivateInTheLogs signs in and fails to, asks for a new password, searches, writes, follows links with
// tokens, and has pages and REST fail, each with words of its own; then it reads every log there is.
func TestD09NothingPrivateInTheLogs(t *testing.T) {
	t.Parallel()
	p := serve(t, demoFolder(t))
	token := p.signIn("member@example.org")
	cookie := sessionCookie(t, p)
	secrets := map[string]string{
		"password": "zzpassword", "token": "zztoken", "query": "zzquery", "words": "zzwords", "address": "zzaddress", "filter": "zzfilter",
	}
	ask := func(method, path string, form url.Values) {
		t.Helper()
		r, err := http.NewRequest(method, p.url+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(cookie)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("User-Agent", "zzbrowser")
		r.Header.Set("Referer", p.url+"/search?q=zzreferer")
		res, err := noRedirects.Do(r)
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", method, path, err, &p.err)
		}
		res.Body.Close()
	}
	everything := func() {
		ask("POST", "/sign-in", url.Values{"email": {"zzaddress@example.org"}, "password": {"zzpassword"}})
		ask("POST", "/sign-in", url.Values{"email": {"member@example.org"}, "password": {"zzpassword"}})
		for _, form := range []string{"/forgotten-password", "/password", "/sign-in/code"} {
			ask("POST", form, url.Values{"email": {"zzaddress@example.org"}})
		}
		for _, path := range []string{
			"/search?q=zzquery", "/search.csv?q=zzquery", "/-/suggest?q=zzquery", "/api/hub/search?q=zzquery", "/api/hub/search?q=zzquery+carers+check", "/api/hub/suggest?q=zzquery", "/join/zztoken", "/reset/zztoken", "/password/zztoken",
			"/me", "/case-studies?place=zzquery", "/discussions", "/api/collections/users/records?filter=name='zzfilter'&sort=zzfilter", "/api/collections/users/records?token=zztoken",
			"/api/files/users/x/y?token=zztoken",
		} {
			ask("GET", path, nil)
		}
		p.rest("POST", "/api/collections/users/auth-with-password", "", map[string]any{"identity": "zzaddress@example.org", "password": "zzpassword"})
		ask("POST", "/api/collections/users/request-password-reset", url.Values{"email": {"member@example.org"}})
		p.rest("POST", "/api/collections/users/confirm-password-reset", "", map[string]any{"token": "zztoken", "password": "zzpassword", "passwordConfirm": "zzpassword"})
		p.rest("POST", "/api/collections/posts/records", token, map[string]any{"thread": "nothing", "body": "zzwords"})
		p.rest("POST", "/api/hub/preview", token, map[string]any{"markdown": "zzwords"})
	}
	everything()
	// Now with a database that has lost tables, so that pages and REST fail.
	db, err := hub.Connect(filepath.Join(p.dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"helplines", "figures", "codes", "invitations", "posts"} {
		if _, err := db.NewQuery("ALTER TABLE {{" + table + "}} RENAME TO {{lost_" + table + "}}").Execute(); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	everything()
	p.terminate()

	logs := map[string]string{"stdout": p.out.String(), "stderr": p.err.String()}
	for _, name := range []string{"auxiliary.db", "auxiliary.db-wal"} {
		raw, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		logs[name] = string(raw)
	}
	for _, words := range []string{"page failed", "request failed"} {
		if !strings.Contains(logs["auxiliary.db"]+logs["auxiliary.db-wal"], words) {
			t.Errorf("%q was never logged, so there is nothing to read", words)
		}
	}
	secrets["browser"], secrets["referer"], secrets["session"], secrets["REST token"] = "zzbrowser", "zzreferer", cookie.Value, token
	for where, text := range logs {
		for what, secret := range secrets {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s has a %s: %.200q", where, what, text[max(0, i-100):])
			}
		}
	}
}

// TestNoSearchIsKept searches in every way there is, as a guest and as a member, for what is there and what is not; then it
// reads the whole data folder and every log.
func TestNoSearchIsKept(t *testing.T) {
	t.Parallel()
	p := serve(t, demoFolder(t))
	token, cookie := p.signIn("member@example.org"), sessionCookie(t, p)
	for i, path := range []string{
		"/search?q=", "/search.json?q=", "/search.csv?q=", "/search.atom?q=", "/-/suggest?q=", "/api/hub/search?q=", "/api/hub/suggest?q=", "/case-studies?q=", "/search?kind=handbook&q=",
	} {
		for _, words := range []string{"zzplanted", "zzplanted+carers", "carers+zzplanted"} {
			for _, signedIn := range []bool{false, true} {
				r, err := http.NewRequest("GET", p.url+path+words+strconv.Itoa(i), nil)
				if err != nil {
					t.Fatal(err)
				}
				if signedIn {
					r.AddCookie(cookie)
					r.Header.Set("Authorization", token)
				}
				res, err := noRedirects.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
			}
		}
	}
	p.terminate()
	kept := map[string]string{"stdout": p.out.String(), "stderr": p.err.String()}
	err := filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		kept[path] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) < 4 {
		t.Fatalf("only %d files are read", len(kept))
	}
	for name, said := range kept {
		if strings.Contains(strings.ToLower(said), "zzplanted") {
			t.Errorf("%s keeps what was searched for", name)
		}
	}
}
