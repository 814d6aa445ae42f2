package site_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"commonplace/internal/hub"
	"commonplace/internal/hubtest"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pocketbase/pocketbase/core"
)

// provider is a small OIDC server. What it says of the person is set by the test; it keeps to the code, to PKCE, and
// takes each code once.
type provider struct {
	*httptest.Server
	mu     sync.Mutex
	asked  map[string]url.Values // by code
	claims map[string]any
	nonce  string // another than the one it was given
}

func newProvider(t *testing.T, h *hubtest.Hub, claims map[string]any) *provider {
	t.Helper()
	p := &provider{asked: map[string]url.Values{}, claims: claims}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) { json.NewEncoder(w).Encode(p.claims) })
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	users, err := h.App.FindCollectionByNameOrId("users")
	if err != nil {
		t.Fatal(err)
	}
	users.OAuth2.Enabled = true
	users.OAuth2.Providers = []core.OAuth2ProviderConfig{{
		Name: "oidc", DisplayName: "Council login", ClientId: "hub", ClientSecret: "secret",
		AuthURL: p.URL + "/authorize", TokenURL: p.URL + "/token", UserInfoURL: p.URL + "/userinfo",
	}}
	if err := h.App.Save(users); err != nil {
		t.Fatal(err)
	}
	return p
}

// authorize is the provider's own page, where the person says yes.
func (p *provider) authorize(address string) (back string) {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := "code" + u.Query().Get("state")
	p.asked[code] = u.Query()
	return "/sign-in/back?" + url.Values{"code": {code}, "state": {u.Query().Get("state")}}.Encode()
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked[r.FormValue("code")]
	delete(p.asked, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if asked == nil || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || r.FormValue("redirect_uri") != asked.Get("redirect_uri") {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	nonce := asked.Get("nonce")
	if p.nonce != "" {
		nonce = p.nonce
	}
	id, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"aud": "hub", "nonce": nonce}).SignedString([]byte("secret"))
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": id})
}

// TestSignInWithProvider goes to a provider and comes back.
func TestSignInWithProvider(t *testing.T) {
	h := hubtest.New(t)
	p := newProvider(t, h, map[string]any{"sub": "mel-1", "email": "member@example.org", "email_verified": true, "name": "Mel"})
	says := func(sub, email string, verified bool) {
		p.claims = map[string]any{"sub": sub, "email": email, "email_verified": verified}
	}
	there := func(c *hubtest.Client, to string) string {
		t.Helper()
		return ledTo(t, c.Get("/sign-in/with/oidc?to="+url.QueryEscape(to)))
	}
	links := func(id string) int { return len(records(t, h, "_externalAuths", "recordRef", id)) }
	mel := h.Record("users", "email", "member@example.org").Id

	t.Run("a verified address links, once", func(t *testing.T) {
		c := h.Guest()
		has(t, c.Get("/sign-in?to=/write"), `<a href="/sign-in/with/oidc?to=%2Fwrite">Sign in with Council login</a>`)
		address := there(c, "/write#post-x")
		for _, part := range []string{"code_challenge_method=S256", "nonce=", "state=", "redirect_uri=http%3A%2F%2F127.0.0.1%3A8090%2Fsign-in%2Fback"} {
			if !strings.Contains(address, part) {
				t.Errorf("no %s in %s", part, address)
			}
		}
		if to := ledTo(t, c.Get(p.authorize(address))); to != "/write#post-x" {
			t.Errorf("leads to %q", to)
		}
		has(t, c.Get("/me"), "member@example.org")
		ledTo(t, h.As("member").Get("/sign-in?to=/")) // the password works as before
		says("mel-1", "another@example.org", true)    // linked: the address there is no matter any more
		c = h.Guest()
		ledTo(t, c.Get(p.authorize(there(c, "/"))))
		has(t, c.Get("/me"), "member@example.org")
		if links(mel) != 1 {
			t.Errorf("%d links", links(mel))
		}
	})
	t.Run("unverified or unknown: no account, no link", func(t *testing.T) {
		before := len(records(t, h, "users", "suspended", "0"))
		for _, who := range []struct {
			sub, email string
			verified   bool
		}{{"x-1", "lead@example.org", false}, {"x-2", "new@example.org", true}, {"x-3", "", false}} {
			says(who.sub, who.email, who.verified)
			c := h.Guest()
			if to := ledTo(t, c.Get(p.authorize(there(c, "/")))); to != "/join" {
				t.Errorf("%v leads to %q", who, to)
			}
			want(t, c.Get("/me"), http.StatusSeeOther)
		}
		if n := links(h.Record("users", "email", "lead@example.org").Id); n != 0 || len(records(t, h, "users", "suspended", "0")) != before {
			t.Errorf("%d links, and accounts were made", n)
		}
	})
	t.Run("of an approved domain: to the invitation", func(t *testing.T) {
		make1(t, h, "approved_domains", map[string]any{"domain": "council.example", "organisation": h.Record("organisations", "name", "Leeds partner (example)").Id})
		says("new-1", "someone@council.example", true)
		c := h.Guest()
		if to := ledTo(t, c.Get(p.authorize(there(c, "/")))); !strings.HasPrefix(to, "/join/") {
			t.Errorf("leads to %q", to)
		}
		says("new-2", "other@council.example", false)
		if to := ledTo(t, c.Get(p.authorize(there(c, "/")))); to != "/join" {
			t.Errorf("an unverified one leads to %q", to)
		}
	})
	t.Run("another's journey, another nonce, twice, refused there", func(t *testing.T) {
		says("mel-1", "member@example.org", true)
		refused := func(c *hubtest.Client, back string) {
			t.Helper()
			want(t, c.Get(back), http.StatusUnprocessableEntity)
			want(t, c.Get("/me"), http.StatusSeeOther)
		}
		c, attacker := h.Guest(), h.Guest()
		theirs := p.authorize(there(attacker, "/"))
		refused(h.Guest(), theirs) // a browser that never left
		there(c, "/")
		refused(c, theirs) // one that left on its own journey
		refused(c, strings.Replace(p.authorize(there(c, "/")), "state=", "state=x", 1))
		p.nonce = "stolen"
		refused(c, p.authorize(there(c, "/")))
		p.nonce = ""
		back := p.authorize(there(c, "/"))
		refused(c, strings.Replace(back, "code=", "code=x", 1))
		refused(c, back) // what the browser kept is used up
		refused(c, "/sign-in/back?error=access_denied&state=x")
	})
	t.Run("suspended", func(t *testing.T) {
		change(t, h, h.Record("users", "id", mel), map[string]any{"suspended": true})
		says("mel-1", "member@example.org", true)
		c := h.Guest()
		if to := ledTo(t, c.Get(p.authorize(there(c, "/")))); to != "/join" {
			t.Errorf("leads to %q", to)
		}
		want(t, c.Get("/me"), http.StatusSeeOther)
	})
}

// TestL06PreHijack comes as the owner of an address to an account that somebody else had made with it.
func TestL06PreHijack(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"code", "provider", "reset", "REST code", "REST provider"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			h := hubtest.New(t)
			const victim = "victim@example.org"
			u := make1(t, h, "users", map[string]any{"email": victim, "name": "V", "role": "member", "verified": false, "password": hub.DemoPassword, "passwordConfirm": hub.DemoPassword})
			attacker := h.As("victim")
			p := newProvider(t, h, map[string]any{"sub": "victim-1", "email": victim, "email_verified": true})
			foreign := core.NewExternalAuth(h.App)
			foreign.SetCollectionRef(u.Collection().Id)
			foreign.SetRecordRef(u.Id)
			foreign.SetProvider("oidc2")
			foreign.SetProviderId("attacker")
			if err := h.App.Save(foreign); err != nil {
				t.Fatal(err)
			}

			owner := h.Guest()
			switch way {
			case "code":
				ledTo(t, owner.Post("/sign-in", form("email", victim, "do", "code")))
				ledTo(t, owner.Post("/sign-in/code", form("code", lastMail(t, h, victim, "sign-in-code", codeInMail))))
				want(t, owner.Get("/me"), http.StatusOK)
			case "provider":
				ledTo(t, owner.Get(p.authorize(ledTo(t, owner.Get("/sign-in/with/oidc")))))
				want(t, owner.Get("/me"), http.StatusOK)
			case "reset":
				ledTo(t, owner.Post("/reset", form("email", victim)))
				ledTo(t, owner.Post(lastMail(t, h, victim, "reset", linkInMail), form("password", "three good words")))
			case "REST code":
				var otp struct{ OtpID string }
				owner.REST("POST", "/api/collections/users/request-otp", map[string]any{"email": victim}).Into(t, &otp)
				eventually(t, "the code is mailed", func() bool { return len(mailsTo(t, h, victim, "sign-in-code")) == 1 })
				a := owner.REST("POST", "/api/collections/users/auth-with-otp", map[string]any{"otpId": otp.OtpID, "password": lastMail(t, h, victim, "sign-in-code", codeInMail)})
				if a.Status != http.StatusOK {
					t.Fatalf("%d %s", a.Status, a.Body)
				}
			case "REST provider":
				back, _ := url.Parse(p.authorize("?state=s&code_challenge=" + challenge("v") + "&redirect_uri=x"))
				a := owner.REST("POST", "/api/collections/users/auth-with-oauth2", map[string]any{"provider": "oidc", "code": back.Query().Get("code"), "codeVerifier": "v", "redirectURL": "x"})
				if a.Status != http.StatusOK {
					t.Fatalf("%d %s", a.Status, a.Body)
				}
			}
			want(t, attacker.Get("/me"), http.StatusSeeOther)
			if a := attacker.REST("POST", "/api/collections/users/auth-refresh", nil); a.Status != http.StatusUnauthorized {
				t.Errorf("the token of before answers %d", a.Status)
			}
			want(t, h.Guest().Post("/sign-in", form("email", victim, "password", hub.DemoPassword)), http.StatusUnprocessableEntity)
			for _, link := range records(t, h, "_externalAuths", "recordRef", u.Id) {
				if link.GetString("providerId") == "attacker" {
					t.Error("the link of before is still there")
				}
			}
			if !h.Record("users", "id", u.Id).Verified() {
				t.Error("the address is still not verified")
			}
		})
	}
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
