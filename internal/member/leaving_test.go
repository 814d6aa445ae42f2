package member_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// TestLeave takes what says who a person is, and leaves what they wrote.
func TestLeave(t *testing.T) {
	h := hubtest.New(t)
	user := h.Record("users", "email", "member@example.org")
	client := h.As("member")
	token := open(t, h.App, user)
	add(t, h.App, "invitations", map[string]any{"email": "Member@Example.org", "role": "member", "hash": "a"})
	other := add(t, h.App, "invitations", map[string]any{"email": "somebody@example.org", "role": "member", "hash": "b"})
	add(t, h.App, "join_requests", map[string]any{"person": user.Id, "space": h.Record("spaces", "slug", "programme-board").Id, "state": "pending"})
	link := core.NewExternalAuth(h.App)
	link.SetCollectionRef(user.Collection().Id)
	link.SetRecordRef(user.Id)
	link.SetProvider("oidc")
	link.SetProviderId("sub")
	save(t, h.App, link.ProxyRecord())
	wrote := add(t, h.App, "posts", map[string]any{
		"thread": h.Record("threads", "title", "Does your impact check ask about carers?").Id, "body": "My words", "author": user.Id,
		"organisation": user.GetString("organisation"), "by_role": "Carers lead", "client_key": "left",
	})

	if err := member.Leave(h.App, user, user.Id); err != nil {
		t.Fatal(err)
	}
	now := h.Record("users", "id", user.Id)
	for _, secret := range []string{user.GetString("name"), user.Email(), user.GetString("role_title"), user.TokenKey(), user.GetString("password:hash")} {
		if row := fmt.Sprint(now.FieldsData()); strings.Contains(row, secret) {
			t.Errorf("%q is still there: %s", secret, row)
		}
	}
	if !member.HasLeft(now) || now.ValidatePassword("commonplace-demo") || now.Verified() {
		t.Errorf("%v", now.FieldsData())
	}
	if got := whose(t, h.App, token); got != "" {
		t.Errorf("still signed in as %q", got)
	}
	if a := client.REST("POST", "/api/collections/users/auth-refresh", nil); a.Status != 401 {
		t.Errorf("the token is answered %d", a.Status)
	}
	if v, err := member.For(h.App, now); err != nil || v.SignedIn() {
		t.Errorf("a viewer: %v", err)
	}
	for _, c := range []string{"memberships", "sessions", "codes"} {
		if n := len(all(t, h.App, c, "user", user.Id)); n != 0 {
			t.Errorf("%d %s", n, c)
		}
	}
	if n := len(all(t, h.App, "invitations", "email", "Member@Example.org")) + len(all(t, h.App, "join_requests", "person", user.Id)); n != 0 {
		t.Errorf("%d invitations and requests", n)
	}
	if n := len(all(t, h.App, "_externalAuths", "recordRef", user.Id)); n != 0 {
		t.Errorf("%d ways in from outside", n)
	}
	h.Record("invitations", "id", other.Id)
	post := h.Record("posts", "id", wrote.Id)
	if post.GetString("body") != "My words" || post.GetString("by_role") != "Carers lead" || post.GetString("organisation") != user.GetString("organisation") {
		t.Errorf("what they wrote: %v", post.FieldsData())
	}
	if err := member.Blank(h.App, user.Id, ""); err != nil {
		t.Errorf("again: %v", err)
	}

	admin := h.Record("users", "email", "admin@example.org")
	if err := member.Leave(h.App, admin, admin.Id); !errors.Is(err, member.ErrLastAdministrator) {
		t.Errorf("the last administrator leaves: %v", err)
	}
	for _, second := range []map[string]any{{"suspended": true}, {"suspended": false}} {
		r := h.Record("users", "email", "lead@example.org")
		r.Set("role", member.RoleAdministrator)
		r.Load(second)
		save(t, h.App, r)
		if err := member.Leave(h.App, h.Record("users", "id", admin.Id), admin.Id); (err == nil) == r.GetBool("suspended") {
			t.Errorf("beside another who is %v: %v", second, err)
		}
	}
}
