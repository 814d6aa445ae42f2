package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"
	"commonplace/internal/member"
	"commonplace/internal/site"
)

// TestNobodyIsLedAway holds what a link to the sign-in page can lead to.
func TestNobodyIsLedAway(t *testing.T) {
	for to, want := range map[string]string{
		"":                           "/",
		"/write":                     "/write",
		"/search?q=a b#c":            "/search?q=a b#c",
		"/case-studies#discussion":   "/case-studies#discussion",
		"write":                      "/",
		"//evil.example":             "/",
		"//evil.example/x":           "/x",
		"///evil.example":            "/",
		"////evil.example/x":         "/",
		`\\evil.example`:             "/",
		`/\evil.example`:             "/",
		`\/evil.example`:             "/",
		"https://evil.example":       "/",
		"https://evil.example/x":     "/x",
		"https:evil.example":         "/",
		"http:/evil.example":         "/evil.example",
		"javascript:alert(1)":        "/",
		"JaVaScRiPt:alert(1)":        "/",
		"java\tscript:alert(1)":      "/",
		"data:text/html,<script>":    "/",
		"/%2Fevil.example":           "/",
		"/%2F%2Fevil.example":        "/",
		"/%0d%0aSet-Cookie:%20a=b":   "/%0d%0aSet-Cookie:%20a=b",
		"/\r\nSet-Cookie: a=b":       "/",
		"/\t/evil.example":           "/",
		" //evil.example":            "/",
		"http://[::1":                "/",
		"/ok?to=//evil.example":      "/ok?to=//evil.example",
		"?q=1":                       "/",
		"//user@evil.example/%2e%2e": "/%2e%2e",
	} {
		if got := site.Local(to); got != want {
			t.Errorf("%q leads to %q, not to %q", to, got, want)
		}
	}
}

// TestOpenRedirects signs in with what lists of open redirects try, and looks at where a browser would go.
func TestOpenRedirects(t *testing.T) {
	h := hubtest.New(t)
	member := h.As("member")
	at, err := url.Parse(h.URL + "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"//evil.example", `\\evil.example`, `/\evil.example`, "https://evil.example", "javascript:alert(1)", "/%2F/evil.example", "/.//evil.example", "http:///evil.example", "//evil.example/%2f.."} {
		stays := func(a hubtest.Answer) {
			t.Helper()
			next, err := at.Parse(strings.ReplaceAll(ledTo(t, a), `\`, "/"))
			if err != nil || next.Host != at.Host || next.Scheme != "http" {
				t.Errorf("%q leads to %v (%v)", to, next, err)
			}
		}
		stays(h.Guest().Post("/sign-in", url.Values{"email": {"member@example.org"}, "password": {hub.DemoPassword}, "to": {to}}))
		page := h.Guest().Get("/sign-in?to=" + url.QueryEscape(to))
		if got := formOf(page).Get("to"); got != site.Local(to) {
			t.Errorf("the form for %q holds %q", to, got)
		}
		stays(member.Get("/sign-in?to=" + url.QueryEscape(to))) // who is signed in is led on at once
	}
}

// TestSessions holds what a cookie is good for, and how it ends.
func TestSessions(t *testing.T) {
	h := hubtest.New(t)
	user := h.Record("users", "email", "member@example.org")
	cookie := func(c *hubtest.Client, address string) hubtest.Answer {
		return h.Guest().Do("GET", address, "", nil, http.Header{"Cookie": {c.Cookie()}})
	}

	t.Run("only its hash is kept", func(t *testing.T) {
		c := h.As("member")
		_, token, _ := strings.Cut(c.Cookie(), "=")
		if len(token) < 40 {
			t.Fatalf("the cookie is %q", c.Cookie())
		}
		for _, s := range records(t, h, "sessions", "user", user.Id) {
			if s.GetString("hash") == token || strings.Contains(s.GetString("hash"), token) {
				t.Error("the token itself is in the database")
			}
		}
	})
	t.Run("it is never good for REST", func(t *testing.T) {
		c := h.As("member")
		for _, r := range []struct{ method, address, body string }{
			{"GET", "/api/collections/memberships/records", ""},
			{"GET", "/api/collections/users/records", ""},
			{"GET", "/api/hub/search?q=%22the+short+form+to+our+next+meeting%22", ""},
			{"POST", "/api/collections/threads/records", `{"title":"By cookie"}`},
			{"POST", "/api/collections/posts/records", `{"thread":"` + h.Record("threads", "title", "Does your impact check ask about carers?").Id + `","body":"By cookie"}`},
		} {
			a := h.Guest().Do(r.method, r.address, "application/json", strings.NewReader(r.body), http.Header{"Cookie": {c.Cookie()}, "Sec-Fetch-Site": {"same-origin"}})
			if strings.Contains(a.Body, "@example.org") || strings.Contains(a.Body, `"role":"reader"`) || strings.Contains(a.Body, "short form") || r.method == "POST" && a.Status < 400 {
				t.Errorf("%s %s answers %d %.200s", r.method, r.address, a.Status, a.Body)
			}
		}
		// And a token is none for pages.
		a := h.Guest().Do("GET", "/me", "", nil, http.Header{"Authorization": {c.Token}})
		if a.Status != http.StatusSeeOther {
			t.Errorf("a token opens a page: %d", a.Status)
		}
	})
	t.Run("signing out ends it", func(t *testing.T) {
		c := h.As("member")
		old := c.Cookie()
		want(t, cookie(c, "/me"), http.StatusOK)
		ledTo(t, c.Post("/sign-out", nil))
		if c.Cookie() != "" {
			t.Errorf("the browser still has %q", c.Cookie())
		}
		a := h.Guest().Do("GET", "/me", "", nil, http.Header{"Cookie": {old}})
		if a.Status != http.StatusSeeOther || !strings.Contains(a.Header.Get("Set-Cookie"), "Max-Age=0") {
			t.Errorf("the old cookie answers %d and is not taken back: %q", a.Status, a.Header.Get("Set-Cookie"))
		}
		ledTo(t, h.Guest().Post("/sign-out", nil)) // nobody is signed in: no fault
	})
	t.Run("signing out here leaves there", func(t *testing.T) {
		here, there := h.As("member"), h.As("member")
		ledTo(t, here.Post("/sign-out", nil))
		want(t, there.Get("/me"), http.StatusOK)
	})
	t.Run("sign out everywhere", func(t *testing.T) {
		one, two := h.As("member"), h.As("member")
		fresh, err := h.App.FindRecordById("users", user.Id)
		if err != nil {
			t.Fatal(err)
		}
		if err := member.CloseEverywhere(h.App, fresh); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*hubtest.Client{one, two} {
			want(t, c.Get("/me"), http.StatusSeeOther)
			if a := c.REST("GET", "/api/collections/memberships/records", nil); strings.Contains(a.Body, `"totalItems":1`) {
				t.Error("the token is still good")
			}
		}
		want(t, h.As("member").Get("/me"), http.StatusOK)
	})
	t.Run("suspended", func(t *testing.T) {
		c := h.As("member2")
		change(t, h, h.Record("users", "email", "member2@example.org"), map[string]any{"suspended": true})
		want(t, c.Get("/me"), http.StatusSeeOther)
		group := h.Record("threads", "title", "One page or four?").Id
		want(t, c.Get("/discussions/"+group), http.StatusNotFound)
		if a := c.REST("GET", "/api/collections/threads/records/"+group, nil); a.Status != http.StatusNotFound {
			t.Errorf("the token still reads: %d", a.Status)
		}
		a := want(t, h.Guest().Post("/sign-in", url.Values{"email": {"member2@example.org"}, "password": {hub.DemoPassword}}), http.StatusUnprocessableEntity)
		has(t, a, "The e-mail address or the password is not right")
		if a.Header.Get("Set-Cookie") != "" {
			t.Error("a suspended person is given a cookie")
		}
	})
	t.Run("a cookie that means nothing", func(t *testing.T) {
		for _, value := range []string{"nonsense", "", strings.Repeat("a", 3000), `"quoted"`} {
			a := h.Guest().Do("GET", "/handbook", "", nil, http.Header{"Cookie": {"commonplace_session=" + value}})
			want(t, a, http.StatusOK)
		}
	})
	t.Run("over", func(t *testing.T) {
		c := h.As("moderator")
		for _, s := range records(t, h, "sessions", "user", h.Record("users", "email", "moderator@example.org").Id) {
			change(t, h, s, map[string]any{"expires": "2020-01-01 00:00:00.000Z"})
		}
		want(t, c.Get("/me"), http.StatusSeeOther)
	})
}

// TestOtherSitesSendNoForms sends forms the way another site would make a browser do it.
func TestOtherSitesSendNoForms(t *testing.T) {
	h := hubtest.New(t)
	c := h.As("partner")
	about := h.Record("threads", "title", "Does your impact check ask about carers?").Id
	for _, address := range []string{
		"/sign-in", "/sign-out", "/write/case-study", "/write/case-study/x", "/discussions/new", "/discussions/" + about, passportPage + "/discuss", passportPage + "/adopt", "/-/preview",
	} {
		for _, header := range []http.Header{
			{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}},
		} {
			body := strings.NewReader(url.Values{"title": {"Forged"}, "body": {"Forged"}, "do": {"save"}}.Encode())
			a := c.Do("POST", address, "application/x-www-form-urlencoded", body, header)
			want(t, a, http.StatusForbidden)
		}
	}
	for _, collection := range []string{"documents", "threads"} {
		if n := len(records(t, h, collection, "title", "Forged")); n != 0 {
			t.Errorf("%d forged %s", n, collection)
		}
	}
	want(t, c.Get("/me"), http.StatusOK)
	// A browser too old to say where a form comes from, and programs, are let through: they carry no one else's cookie.
	want(t, c.Do("POST", "/discussions/"+about, "application/x-www-form-urlencoded", strings.NewReader("body=Old+browser"), nil), http.StatusSeeOther)
}

// TestTooManyTries limits how often somebody may sign in, and says so.
func TestTooManyTries(t *testing.T) {
	t.Parallel()
	h := hubtest.New(t, hubtest.Limits())
	c := h.Guest()
	var a hubtest.Answer
	for range 12 {
		if a = c.Post("/sign-in", url.Values{"email": {"nobody"}}); a.Status != http.StatusUnprocessableEntity {
			break
		}
	}
	want(t, a, http.StatusTooManyRequests)
	has(t, a, "<h1>Too many tries</h1>", `<a href="tel:999">999</a>`)
	if a.Header.Get("Retry-After") == "" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", a.Header)
	}
	for _, fault := range faultsOfAnswer("guest", "POST", "/sign-in", a) {
		t.Error(fault)
	}
	want(t, c.Get("/sign-in"), http.StatusOK) // reading goes on
}
