package site

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"commonplace/internal/member"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/auth"
	"github.com/pocketbase/pocketbase/tools/security"
	"golang.org/x/oauth2"
)

// providers lists where else one may sign in: what an operator has set up in PocketBase.
func (s *Site) providers(to string) ([]Link, error) {
	users, err := s.app.FindCachedCollectionByNameOrId("users")
	if err != nil || !users.OAuth2.Enabled {
		return nil, err
	}
	var links []Link
	for _, p := range users.OAuth2.Providers {
		name := p.DisplayName
		if made, err := auth.NewProviderByName(p.Name); name == "" && err == nil {
			name = made.DisplayName()
		}
		links = append(links, Link{name, "/sign-in/with/" + url.PathEscape(p.Name) + "?to=" + url.QueryEscape(to)})
	}
	return links, nil
}

// journey is what the browser keeps while its person is at a provider.
type journey struct{ Provider, State, Verifier, Nonce, To string }

// journeyLife is how long somebody may take there.
const journeyLife = 10 * time.Minute

// signInWith leads to a provider.
func (s *Site) signInWith(e *core.RequestEvent) error {
	name := e.Request.PathValue("provider")
	p, err := s.provider(e.Request.Context(), name)
	if err != nil {
		return notFound(e)
	}
	j := journey{Provider: name, State: security.RandomString(32), Verifier: security.RandomString(64), Nonce: security.RandomString(32), To: local(e.Request.URL.Query().Get("to"))}
	kept, err := json.Marshal(j)
	if err != nil {
		return err
	}
	s.setCookie(e, returnCookie, base64.RawURLEncoding.EncodeToString(kept), journeyLife)
	options := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("nonce", j.Nonce)}
	if p.PKCE() {
		options = append(options, oauth2.S256ChallengeOption(j.Verifier))
	}
	return e.Redirect(http.StatusSeeOther, p.BuildAuthURL(j.State, options...))
}

func (s *Site) provider(ctx context.Context, name string) (auth.Provider, error) {
	users, err := s.app.FindCachedCollectionByNameOrId("users")
	if err != nil {
		return nil, err
	}
	set, ok := users.OAuth2.GetProviderConfig(name)
	if !ok || !users.OAuth2.Enabled {
		return nil, errors.New("no such provider")
	}
	p, err := set.InitProvider()
	if err != nil {
		return nil, err
	}
	p.SetContext(ctx)
	p.SetRedirectURL(s.o.Mail.Base() + "/sign-in/back")
	return p, nil
}

// signInBack is where a provider sends people back to. Without what the browser kept when it left, or with another
// state, somebody else began this journey.
func (s *Site) signInBack(e *core.RequestEvent) error {
	var j journey
	kept, err := base64.RawURLEncoding.DecodeString(s.cookie(e, returnCookie))
	if err == nil {
		err = json.Unmarshal(kept, &j)
	}
	if err == nil {
		s.clearCookie(e, returnCookie)
	}
	query := e.Request.URL.Query()
	if err != nil || j.State == "" || subtle.ConstantTimeCompare([]byte(j.State), []byte(query.Get("state"))) == 0 {
		return s.showSignIn(e, http.StatusUnprocessableEntity, signInView{To: "/", Fault: "That took too long, or began in another browser. Try again."})
	}
	who, err := s.vouchedFor(e.Request.Context(), j, query.Get("code"))
	if err != nil {
		s.app.Logger().Warn("sign in with "+j.Provider, "error", err, "said", query.Get("error"))
		return s.showSignIn(e, http.StatusUnprocessableEntity, signInView{To: local(j.To), Fault: "Signing in there did not work. Try again, or sign in another way."})
	}
	user, err := member.ByProvider(s.app, j.Provider, who.Id, who.Email)
	if err != nil {
		return err
	}
	if user == nil {
		return s.unknown(e, who)
	}
	return s.enter(e, user, local(j.To))
}

// unknown leads somebody without an account to where one may join: with an address that is verified and of an approved
// domain, straight to the invitation that a mail would have brought.
func (s *Site) unknown(e *core.RequestEvent, who *auth.AuthUser) error {
	token, err := s.invited(who.Email)
	if err != nil {
		return err
	}
	if token == "" {
		return e.Redirect(http.StatusSeeOther, "/join")
	}
	return e.Redirect(http.StatusSeeOther, "/join/"+token)
}

// invited makes the invitation of an approved domain; none for other addresses, or when one was made minutes ago.
func (s *Site) invited(verified string) (token string, err error) {
	address, err := member.Address(verified)
	if err != nil {
		return "", nil
	}
	domain, err := member.ApprovedDomainOf(s.app, address)
	if err != nil || domain == nil {
		return "", err
	}
	_, token, err = member.ByDomain(s.app, address, domain)
	return token, err
}

// vouchedFor asks the provider who came back.
func (s *Site) vouchedFor(ctx context.Context, j journey, code string) (*auth.AuthUser, error) {
	ctx, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	p, err := s.provider(ctx, j.Provider)
	if err != nil {
		return nil, err
	}
	if code == "" {
		return nil, errors.New("no code")
	}
	var options []oauth2.AuthCodeOption
	if p.PKCE() {
		options = append(options, oauth2.VerifierOption(j.Verifier))
	}
	token, err := p.FetchToken(code, options...)
	if err != nil {
		return nil, err
	}
	if err := sameNonce(token, j.Nonce); err != nil {
		return nil, err
	}
	who, err := p.FetchAuthUser(token)
	if err == nil && who.Id == "" {
		err = errors.New("the provider does not say who it is")
	}
	return who, err
}

// sameNonce refuses an identity token that was made for another journey. That it is the provider's own is known by where
// it was fetched; a provider without such tokens has none to mix up.
func sameNonce(token *oauth2.Token, nonce string) error {
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return nil
	}
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(raw, claims); err != nil {
		return err
	}
	if said, _ := claims["nonce"].(string); said != nonce {
		return fmt.Errorf("the nonce is %q", said)
	}
	return nil
}
