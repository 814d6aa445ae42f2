package site_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"
	"commonplace/internal/site"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pocketbase/pocketbase/core"
)

// Attacks on signing in and on accounts, each test named after its row of the catalogue.

// TestL01WhoHasAnAccount compares what is answered, and how fast, for an address with an account and for one without.
func TestL01WhoHasAnAccount(t *testing.T) {
	h := hubtest.New(t)
	emails := [2]string{"moderator@example.org", "nobody@example.org"}
	change(t, h, h.Record("users", "email", emails[0]), map[string]any{"password": hub.DemoPassword}) // as slow as everybody's
	for _, ask := range []struct {
		what, address string
		form          func(email string) url.Values
		at            int // once: what waits for a clock can be asked by several
	}{
		{"reset", "/reset", func(email string) url.Values { return form("email", email) }, 6},
		{"code", "/sign-in", func(email string) url.Values { return form("email", email, "do", "code") }, 6},
		{"password", "/sign-in", func(email string) url.Values { return form("email", email, "password", "wrong") }, 2},
	} {
		apart := time.Hour
		for range 3 { // a machine that does other things at the same time gets three tries
			took, said := whoHas(h, ask.address, ask.at, func(i int) url.Values { return ask.form(emails[i]) })
			for i, email := range emails {
				said[i] = strings.ReplaceAll(said[i], email, "EMAIL")
			}
			if said[0] != said[1] {
				t.Errorf("%s tells who has an account:\n%s\n%s", ask.what, said[0], said[1])
			}
			if apart = min(apart, (took[0] - took[1]).Abs()); apart < 5*time.Millisecond {
				break
			}
		}
		if apart >= 5*time.Millisecond {
			t.Errorf("%s takes %v longer for one than for the other", ask.what, apart)
		}
	}
}

// whoHas asks for each of two addresses in turn, and returns what was said and how long it took: of the quickest, because
// on a busy machine the others tell more of what else it does.
func whoHas(h *hubtest.Hub, address string, at int, form func(which int) url.Values) (took [2]time.Duration, said [2]string) {
	var mu sync.Mutex
	var all [2][]time.Duration
	var wait sync.WaitGroup
	for range at {
		wait.Go(func() {
			for i := range 2 * 30 / at {
				begun := time.Now()
				a := h.Guest().Post(address, form(i%2))
				lasted := time.Since(begun)
				mu.Lock()
				all[i%2] = append(all[i%2], lasted)
				said[i%2] = withoutToken(a)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	for i := range all {
		slices.Sort(all[i])
		took[i] = all[i][2]
	}
	return took, said
}

// withoutToken is an answer but for what is different each time.
func withoutToken(a hubtest.Answer) string {
	cookie := regexp.MustCompile(`^(\w+)=[\w-]{43};`).ReplaceAllString(a.Header.Get("Set-Cookie"), "$1;")
	return fmt.Sprint(a.Status, a.Header.Get("Location"), cookie, a.Body)
}

// TestL03ResetPoisoning asks for a link under the name of another host.
func TestL03ResetPoisoning(t *testing.T) {
	h := hubtest.New(t, hubtest.URL("https://hub.example.org"))
	ask := func(host string, more http.Header) int {
		t.Helper()
		r, err := http.NewRequest("POST", h.URL+"/reset", strings.NewReader("email=member%40example.org"))
		if err != nil {
			t.Fatal(err)
		}
		r.Host, r.Header = host, more.Clone()
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for _, host := range []string{"hub.example.org", "HUB.example.org", "hub.example.org:443"} {
		if got := ask(host, http.Header{"X-Forwarded-Host": {"evil.example"}, "Forwarded": {"host=evil.example"}, "X-Original-Host": {"evil.example"}}); got != http.StatusSeeOther {
			t.Errorf("%s is answered %d", host, got)
		}
	}
	sent := len(mailsTo(t, h, "member@example.org", "reset"))
	for _, host := range []string{
		"evil.example", "hub.example.org.evil.example", "evil.example:443", "hub.example.org:8443", "hub.example.org:80", "hub.example.org.", "127.0.0.1", "localhost", "xhub.example.org",
	} {
		if got := ask(host, http.Header{}); got != http.StatusMisdirectedRequest {
			t.Errorf("%s is answered %d", host, got)
		}
	}
	all := mailsTo(t, h, "member@example.org", "reset")
	if len(all) != sent || sent != 3 {
		t.Errorf("%d mails, and %d after strange hosts", sent, len(all))
	}
	for _, m := range all {
		if text := m.GetString("text") + m.GetString("html"); strings.Contains(text, "evil") || !strings.Contains(text, "https://hub.example.org/reset/") {
			t.Errorf("%s", text)
		}
	}
	// Raw requests that no client library would send: an absolute address in the first line, two hosts, a host with a user.
	for _, raw := range []string{
		"GET http://evil.example/reset HTTP/1.1\r\nHost: hub.example.org\r\n\r\n",
		"GET /reset HTTP/1.1\r\nHost: hub.example.org:@evil.example\r\n\r\n",
		"GET /reset HTTP/1.1\r\nHost: hub.example.org\r\nHost: evil.example\r\n\r\n",
		"GET /reset HTTP/1.1\r\nHost: hub.example.org evil.example\r\n\r\n",
		"GET /reset HTTP/1.1\r\n\r\n",
	} {
		if got := sendRaw(t, h, raw); got != http.StatusMisdirectedRequest && got != http.StatusBadRequest {
			t.Errorf("%q is answered %d", raw, got)
		}
	}
	for _, address := range []string{"/readyz", "/api/health"} {
		want(t, h.Guest().Get(address), http.StatusOK) // asked by number
	}
	want(t, h.Guest().Get("/"), http.StatusMisdirectedRequest)
}

// TestL04MailHeaders tries to get another reader or another line into the head of a mail.
func TestL04MailHeaders(t *testing.T) {
	t.Parallel()
	h := hubtest.New(t)
	c := h.As("member")
	rows := func() int { return len(records(t, h, "outbox", "state", "waiting")) }
	before := rows()
	for _, email := range []string{
		"member@example.org\r\nBcc: x@evil.example", "member@example.org,x@evil.example", "member@example.org;x@evil.example", "member@example.org x@evil.example",
		"\"member@example.org\r\nBcc: x@evil.example\"@evil.example", "<member@example.org>", "a@b@example.org", "member@example.org%0aBcc:x@evil.example",
	} {
		h.Guest().Post("/reset", form("email", email))
		h.Guest().Post("/sign-in", form("email", email, "do", "code"))
		want(t, c.Post("/me/email", form("email", email, "password", hub.DemoPassword)), http.StatusUnprocessableEntity)
	}
	if n := rows(); n != before {
		t.Errorf("%d mails", n-before)
	}
	name := "Mel\r\nBcc: x@evil.example\r\n\r\n<b>\u202eHello"
	ledTo(t, c.Post("/me", form("name", name, "role_title", "HR\r\nSubject: evil", "mail", "daily")))
	u := h.Record("users", "email", "member@example.org")
	if got := u.GetString("name") + u.GetString("role_title"); strings.ContainsAny(got, "\r\n\u202e") {
		t.Errorf("kept as %q", got)
	}
	c.REST("PATCH", "/api/collections/users/records/"+u.Id, map[string]any{"name": name}).ID(t)
	if got := h.Record("users", "id", u.Id).GetString("name"); strings.ContainsAny(got, "\r\n\u202e") {
		t.Errorf("kept by REST as %q", got)
	}
	ledTo(t, h.Guest().Post("/reset", form("email", "member@example.org")))
	m := mailsTo(t, h, "member@example.org", "reset")[0]
	if strings.ContainsAny(m.GetString("subject"), "\r\n") || strings.Contains(m.GetString("text"), "\nBcc:") || strings.Contains(m.GetString("html"), "<b>") {
		t.Errorf("%q %s", m.GetString("subject"), m.GetString("text"))
	}
}

// TestL05ResetLinks uses a link twice, at the same time, late, for somebody else and after the password was changed.
func TestL05ResetLinks(t *testing.T) {
	h := hubtest.New(t)
	const mel = "member@example.org"
	link := func(email string) string {
		t.Helper()
		ledTo(t, h.Guest().Post("/reset", form("email", email)))
		return lastMail(t, h, email, "reset", linkInMail)
	}
	set := func(link, password string) int { return h.Guest().Post(link, form("password", password)).Status }

	t.Run("all that was open ends", func(t *testing.T) {
		browser, second := h.As("member"), link(mel)
		first := link(mel)
		if got := set(first, "three good words"); got != http.StatusSeeOther {
			t.Fatalf("answered %d", got)
		}
		want(t, browser.Get("/me"), http.StatusSeeOther)
		if a := browser.REST("POST", "/api/collections/users/auth-refresh", nil); a.Status != http.StatusUnauthorized {
			t.Errorf("the token answers %d", a.Status)
		}
		for what, l := range map[string]string{"again": first, "the other one": second} {
			if got := set(l, "three other words"); got != http.StatusNotFound {
				t.Errorf("%s is answered %d", what, got)
			}
			want(t, h.Guest().Get(l), http.StatusNotFound)
		}
	})
	t.Run("many at once", func(t *testing.T) {
		l := link(mel)
		codes := map[int]int{}
		var mu sync.Mutex
		var wait sync.WaitGroup
		for i := range 8 {
			wait.Go(func() {
				code := set(l, fmt.Sprintf("words for number %d", i))
				mu.Lock()
				codes[code]++
				mu.Unlock()
			})
		}
		wait.Wait()
		if codes[http.StatusSeeOther] != 1 || codes[http.StatusNotFound] != 7 {
			t.Errorf("answered %v", codes)
		}
	})
	t.Run("made up", func(t *testing.T) {
		u, other := h.Record("users", "email", mel), h.Record("users", "email", "lead@example.org")
		key := u.TokenKey() + u.Collection().PasswordResetToken.Secret
		claims := func(id, kind string, life time.Duration) jwt.MapClaims {
			return jwt.MapClaims{"id": id, "type": kind, "collectionId": u.Collection().Id, "email": mel, "exp": time.Now().Add(life).Unix()}
		}
		sign := func(method jwt.SigningMethod, key any, c jwt.MapClaims) string {
			s, err := jwt.NewWithClaims(method, c).SignedString(key)
			if err != nil {
				t.Fatal(err)
			}
			return "/reset/" + s
		}
		if got := h.Guest().Get(sign(jwt.SigningMethodHS256, []byte(key), claims(u.Id, core.TokenTypePasswordReset, time.Hour))).Status; got != http.StatusOK {
			t.Fatalf("a good one is answered %d", got)
		}
		for what, l := range map[string]string{
			"late":              sign(jwt.SigningMethodHS256, []byte(key), claims(u.Id, core.TokenTypePasswordReset, -time.Minute)),
			"for somebody else": sign(jwt.SigningMethodHS256, []byte(key), claims(other.Id, core.TokenTypePasswordReset, time.Hour)),
			"unsigned":          sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(u.Id, core.TokenTypePasswordReset, time.Hour)),
			"of another kind":   sign(jwt.SigningMethodHS256, []byte(key), claims(u.Id, core.TokenTypeAuth, time.Hour)),
			"an operator's":     operatorsLink(t, h),
		} {
			if got := set(l, "three good words"); got != http.StatusNotFound {
				t.Errorf("%s: answered %d", what, got)
			}
		}
	})
}

func operatorsLink(t *testing.T, h *hubtest.Hub) string {
	t.Helper()
	token, err := h.Record(core.CollectionNameSuperusers, "email", "operator@example.org").NewPasswordResetToken()
	if err != nil {
		t.Fatal(err)
	}
	return "/reset/" + token
}

// TestL07OpenRedirects goes through a list of what others have tried.
func TestL07OpenRedirects(t *testing.T) {
	f, err := os.Open("testdata/attacks/open-redirects.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	at := &url.URL{Scheme: "https", Host: "hub.example.org", Path: "/sign-in"}
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		for _, to := range []string{lines.Text(), "/" + lines.Text(), "/sign-in?to=" + url.QueryEscape(lines.Text())} {
			// The way a browser reads an address: strokes are alike, and some characters are not there.
			read := strings.NewReplacer(`\`, "/", "\t", "", "\n", "", "\r", "").Replace(site.Local(to))
			next, err := at.Parse(read)
			if err != nil || next.Host != at.Host || next.Scheme != at.Scheme || next.User != nil {
				t.Errorf("%q leads to %v (%v)", to, next, err)
			}
		}
	}
	if n < 200 {
		t.Errorf("%d lines only", n)
	}
}

// TestL08Guessing tries many passwords on one account, one password on many accounts, and many codes, by page and by
// REST, from one address that calls itself many.
func TestL08Guessing(t *testing.T) {
	t.Parallel()
	post := func(h *hubtest.Hub, address string, f url.Values, header http.Header) hubtest.Answer {
		if header == nil {
			header = http.Header{}
		}
		header.Set("Sec-Fetch-Site", "same-origin")
		return h.Guest().Do("POST", address, "application/x-www-form-urlencoded", strings.NewReader(f.Encode()), header)
	}
	counted := func(t *testing.T, what string, guess func(i int) hubtest.Answer) {
		t.Helper()
		for i := range 14 {
			a := guess(i)
			if limited := a.Status == http.StatusTooManyRequests; limited != (i >= 10) {
				t.Fatalf("%s: number %d is answered %d %.200s", what, i+1, a.Status, a.Body)
			}
		}
	}
	t.Run("one account, and an address that lies", func(t *testing.T) {
		t.Parallel()
		h := hubtest.New(t, hubtest.Limits())
		counted(t, "passwords", func(i int) hubtest.Answer {
			return post(h, "/sign-in", form("email", "member@example.org", "password", fmt.Sprint("guess", i)),
				http.Header{"X-Forwarded-For": {fmt.Sprintf("10.0.0.%d", i)}, "X-Real-Ip": {fmt.Sprintf("10.0.1.%d", i)}, "Fly-Client-Ip": {fmt.Sprintf("10.0.2.%d", i)}})
		})
		a := post(h, "/sign-in", form("email", "member@example.org", "password", hub.DemoPassword), nil)
		has(t, want(t, a, http.StatusTooManyRequests), "Wait 15 minutes, then try again.")
		if wait := a.Header.Get("Retry-After"); len(wait) != 3 {
			t.Errorf("Retry-After: %q", wait)
		}
	})
	t.Run("one account from many addresses that a proxy names", func(t *testing.T) {
		t.Parallel()
		h := hubtest.New(t, hubtest.Limits(), hubtest.Behind("X-Forwarded-For"))
		from := func(i int) http.Header { return http.Header{"X-Forwarded-For": {fmt.Sprintf("1.1.1.1, 10.0.0.%d", i)}} }
		counted(t, "passwords", func(i int) hubtest.Answer {
			return post(h, "/sign-in", form("email", strings.Repeat(" ", i)+"Member@example.org", "password", "guess"), from(i))
		})
		if a := post(h, "/sign-in", form("email", "lead@example.org", "password", hub.DemoPassword), from(3)); a.Status != http.StatusSeeOther {
			t.Errorf("somebody else is answered %d", a.Status)
		}
	})
	t.Run("many accounts from one address", func(t *testing.T) {
		t.Parallel()
		h := hubtest.New(t, hubtest.Limits())
		for i := range 12 { // who is right takes nothing from the others at the same address
			if a := post(h, "/sign-in", form("email", "lead@example.org", "password", hub.DemoPassword), nil); a.Status != http.StatusSeeOther {
				t.Fatalf("number %d is answered %d", i+1, a.Status)
			}
		}
		counted(t, "accounts", func(i int) hubtest.Answer {
			return post(h, "/sign-in", form("email", fmt.Sprintf("person%d@example.org", i), "password", "Password1"), nil)
		})
	})
	t.Run("REST counts together with the page", func(t *testing.T) {
		t.Parallel()
		h := hubtest.New(t, hubtest.Limits(), hubtest.Behind("X-Forwarded-For"))
		counted(t, "passwords", func(i int) hubtest.Answer {
			from := http.Header{"X-Forwarded-For": {fmt.Sprintf("10.0.0.%d", i)}}
			if i%2 == 0 {
				return post(h, "/sign-in", form("email", "member@example.org", "password", "guess"), from)
			}
			return h.Guest().Do("POST", "/api/collections/users/auth-with-password", "application/json", strings.NewReader(`{"identity":"member@example.org","password":"guess"}`), from)
		})
	})
	t.Run("codes, links, and the password of who is signed in", func(t *testing.T) {
		t.Parallel()
		h := hubtest.New(t, hubtest.Limits(), hubtest.Behind("X-Forwarded-For"))
		from := func(i int) http.Header { return http.Header{"X-Forwarded-For": {fmt.Sprintf("10.0.0.%d", i)}} }
		counted(t, "codes asked for", func(i int) hubtest.Answer {
			return post(h, "/sign-in", form("email", "member@example.org", "do", "code"), from(i))
		})
		if n := len(mailsTo(t, h, "member@example.org", "sign-in-code")); n != 10 {
			t.Errorf("%d mails", n)
		}
		counted(t, "links asked for", func(i int) hubtest.Answer {
			return post(h, "/reset", form("email", "member@example.org"), from(i))
		})
		counted(t, "codes typed", func(i int) hubtest.Answer {
			return post(h, "/sign-in/code", form("code", fmt.Sprintf("%08d", i)), from(1))
		})
		stolen := h.As("lead")
		counted(t, "passwords", func(i int) hubtest.Answer {
			return stolen.Post([]string{"/me/password", "/me/leave", "/me/second-factor", "/me/email"}[i%4], form("old", "guess", "password", "guess", "email", "x@y.example"))
		})
	})
	t.Run("one code", func(t *testing.T) {
		t.Parallel()
		h := hubtest.New(t)
		c := h.Guest()
		ledTo(t, c.Post("/sign-in", form("email", "member@example.org", "do", "code")))
		code := lastMail(t, h, "member@example.org", "sign-in-code", codeInMail)
		for range 5 {
			want(t, c.Post("/sign-in/code", form("code", "x")), http.StatusUnprocessableEntity)
		}
		want(t, c.Post("/sign-in/code", form("code", code)), http.StatusUnprocessableEntity)
	})
}

// TestL09Tokens sends tokens that are none.
func TestL09Tokens(t *testing.T) {
	h := hubtest.New(t)
	u := h.Record("users", "email", "member@example.org")
	operator := h.Record(core.CollectionNameSuperusers, "email", "operator@example.org")
	answer := func(token string) int {
		c := h.Guest()
		c.Token = token
		return c.REST("POST", "/api/collections/users/auth-refresh", nil).Status
	}
	claims := jwt.MapClaims{"id": u.Id, "type": "auth", "collectionId": u.Collection().Id, "refreshable": true, "exp": time.Now().Add(time.Hour).Unix()}
	sign := func(method jwt.SigningMethod, key any, more jwt.MapClaims) string {
		c := jwt.MapClaims{}
		for _, from := range []jwt.MapClaims{claims, more} {
			for k, v := range from {
				c[k] = v
			}
		}
		s, err := jwt.NewWithClaims(method, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	key := []byte(u.TokenKey() + u.Collection().AuthToken.Secret)
	if got := answer(sign(jwt.SigningMethodHS256, key, nil)); got != http.StatusOK {
		t.Fatalf("a good one is answered %d", got)
	}
	theirs, err := operator.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	reset, err := u.NewPasswordResetToken()
	if err != nil {
		t.Fatal(err)
	}
	for what, token := range map[string]string{
		"unsigned":              sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"expired":               sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"exp": time.Now().Add(-time.Hour).Unix()}),
		"signed by nobody":      sign(jwt.SigningMethodHS256, []byte("x"), nil),
		"of another collection": sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"collectionId": operator.Collection().Id}),
		"for another person":    sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"id": h.Record("users", "email", "admin@example.org").Id}),
		"an operator's":         theirs,
		"a link's":              reset,
	} {
		if got := answer(token); got != http.StatusUnauthorized && got != http.StatusForbidden {
			t.Errorf("%s: answered %d", what, got)
		}
	}
	for what, end := range map[string]func(c *hubtest.Client){
		"after sign-out everywhere": func(c *hubtest.Client) { ledTo(t, c.Post("/me/sessions", form("do", "everywhere"))) },
		"after a change of password": func(c *hubtest.Client) {
			ledTo(t, c.Post("/me/password", form("old", hub.DemoPassword, "password", "three good words")))
		},
	} {
		c := h.As(map[bool]string{true: "lead", false: "partner"}[what == "after sign-out everywhere"])
		end(c)
		if got := answer(c.Token); got != http.StatusUnauthorized {
			t.Errorf("%s: answered %d", what, got)
		}
	}
	// A role that is taken away counts at once, in a token of before.
	moderator := h.As("moderator")
	change(t, h, h.Record("users", "email", "moderator@example.org"), map[string]any{"suspended": true})
	if got := answer(moderator.Token); got != http.StatusUnauthorized {
		t.Errorf("after suspension: answered %d", got)
	}
}

// TestL11Sessions looks at the cookie, and at who has one after signing in.
func TestL11Sessions(t *testing.T) {
	h := hubtest.New(t)
	signIn := func(c *hubtest.Client, who string) hubtest.Answer {
		return c.Post("/sign-in", form("email", who+"@example.org", "password", hub.DemoPassword))
	}
	planted := h.Guest().Do("POST", "/sign-in", "application/x-www-form-urlencoded", strings.NewReader(form("email", "member@example.org", "password", hub.DemoPassword).Encode()),
		http.Header{"Cookie": {"commonplace_session=planted"}})
	if cookie := planted.Header.Get("Set-Cookie"); strings.Contains(cookie, "planted") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("the cookie is %q", cookie)
	}
	// Signing in again, as anybody, makes a new session and ends the one of before.
	c := h.Guest()
	signIn(c, "member")
	before := c.Cookie()
	signIn(c, "lead")
	if c.Cookie() == before {
		t.Error("the same session")
	}
	has(t, c.Get("/me"), "lead@example.org")
	want(t, h.Guest().Do("GET", "/me", "", nil, http.Header{"Cookie": {before}}), http.StatusSeeOther)

	secure := hubtest.New(t, hubtest.URL("https://hub.example.org"))
	r, err := http.NewRequest("POST", secure.URL+"/sign-in", strings.NewReader(form("email", "member@example.org", "password", hub.DemoPassword).Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "hub.example.org"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	cookie := res.Header.Get("Set-Cookie")
	for _, part := range []string{"__Host-commonplace_session=", "; Path=/;", "; Secure", "; HttpOnly", "; SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("no %q in %q", part, cookie)
		}
	}
	if strings.Contains(cookie, "Domain") {
		t.Errorf("%q", cookie)
	}
}

// TestL13Sweeping looks for people one by one, and by the beginnings of names.
func TestL13Sweeping(t *testing.T) {
	t.Parallel()
	h := hubtest.New(t)
	stranger := make1(t, h, "users", map[string]any{"email": "aa@strange.example", "name": "Aardvark Stranger", "role": "member", "password": hub.DemoPassword, "passwordConfirm": hub.DemoPassword})
	for _, who := range []string{"guest", "member", "partner", "lead", "moderator"} {
		c := h.As(who)
		want(t, c.Get("/people/"+stranger.Id), http.StatusNotFound)
		for _, address := range []string{
			"/api/collections/users/records?perPage=500", "/api/collections/users/records?filter=" + url.QueryEscape(`name~'Aa'`), "/api/collections/users/records?filter=" + url.QueryEscape(`email~'strange'`),
			"/api/collections/users/records/" + stranger.Id, "/api/hub/suggest?q=aardv", "/api/hub/search?q=aardvark", "/-/suggest?q=aardv",
		} {
			a := c.REST("GET", address, nil)
			if strings.HasPrefix(address, "/-/") {
				a = c.Get(address)
			}
			if strings.Contains(a.Body, stranger.Id) || strings.Contains(a.Body, "Aardvark") {
				t.Errorf("%s finds a stranger by %s: %s", who, address, a.Body)
			}
		}
		for _, user := range records(t, h, "users", "suspended", "0") {
			if who == "guest" {
				want(t, c.Get("/people/"+user.Id), http.StatusNotFound)
			}
		}
	}
	want(t, h.As("admin").Get("/people/"+stranger.Id), http.StatusOK)

	// Sharing a group is enough; having written where one may read is; having written where one may not is not.
	member := h.As("member")
	group := h.Record("spaces", "slug", "programme-board")
	say := func(space *core.Record) *core.Record {
		thread := make1(t, h, "threads", map[string]any{"title": "By a stranger", "space": space.Id, "kind": "idea"})
		return make1(t, h, "posts", map[string]any{"thread": thread.Id, "body": "Words", "author": stranger.Id, "client_key": space.Id})
	}
	say(group)
	want(t, member.Get("/people/"+stranger.Id), http.StatusNotFound)
	if a := member.REST("GET", "/api/collections/users/records/"+stranger.Id, nil); a.Status != http.StatusNotFound {
		t.Errorf("REST answers %d", a.Status)
	}
	post := say(h.Record("spaces", "slug", "library"))
	want(t, member.Get("/people/"+stranger.Id), http.StatusOK)
	member.REST("GET", "/api/collections/users/records/"+stranger.Id, nil).ID(t)
	change(t, h, post, map[string]any{"state": "removed"})
	want(t, member.Get("/people/"+stranger.Id), http.StatusNotFound)
	if a := member.REST("GET", "/api/collections/users/records/"+stranger.Id, nil); a.Status != http.StatusNotFound {
		t.Errorf("REST answers %d", a.Status)
	}
}
