package member_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// TestAddresses reads addresses as people and attackers write them.
func TestAddresses(t *testing.T) {
	for typed, want := range map[string]string{
		"a@example.org": "a@example.org", "  Ann.Other+hub@Example.ORG ": "ann.other+hub@example.org", "a@bücher.example": "a@xn--bcher-kva.example",
		"o'neil@example.org": "o'neil@example.org", "a@ｅｘａｍｐｌｅ.org": "a@example.org",
		"": "", "a": "", "a@": "", "@example.org": "", "a@localhost": "", "a@@example.org": "", "a@b@example.org": "", `"a@evil.example"@nhs.example`: "",
		`"a b"@example.org`: "", "a b@example.org": "", "a@example.org,b@example.org": "", "a@example.org\r\nBcc: b@example.org": "", "a@example..org": "",
		"a@example.org.": "", "a.@example.org": "", ".a@example.org": "", "a@[127.0.0.1]": "", "a@127.0.0.1": "", "a@-x.example": "", "a%evil.example@nhs.example": "",
		"evil.example!a@nhs.example": "", "<a@example.org>": "", "ü@example.org": "", strings.Repeat("a", 65) + "@example.org": "", "a@exa_mple.org": "",
	} {
		if got, err := member.Address(typed); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, not %q: %v", typed, got, want, err)
		}
	}
}

// TestL14ApprovedDomains tries to pass for a mailbox of an approved domain.
func TestL14ApprovedDomains(t *testing.T) {
	app := hubtest.New(t).App
	if err := member.ApproveDomain(app, "", "@NHS.example", "", ""); err != nil {
		t.Fatal(err)
	}
	for address, in := range map[string]bool{
		"a@nhs.example": true, "A@NHS.EXAMPLE": true, "a@ｎｈｓ.example": true,
		"a@attacker-nhs.example": false, "a@nhs.example.evil.com": false, "a@mail.nhs.example": false, "a@nhsxexample": false, "a@xnhs.example": false,
		`"a@nhs.example"@evil.com`: false, `"x@evil.com "@nhs.example`: false, "a@nhs.example@evil.com": false, "a@evil.com@nhs.example": false,
		"a@nhѕ.example": false, "a@nhs.еxample": false, "a@nhs.example.": false, "a@nhs。example": true, "a%evil.com@nhs.example": false,
	} {
		clean, err := member.Address(address)
		var d *member.ApprovedDomain
		if err == nil {
			d, err = member.ApprovedDomainOf(app, clean)
			if err != nil {
				t.Fatal(err)
			}
		}
		if (d != nil) != in {
			t.Errorf("%q joins: %v", address, d != nil)
		}
		if in && !strings.HasSuffix(clean, "@nhs.example") {
			t.Errorf("%q is written to as %q", address, clean)
		}
	}
	for _, domain := range []string{"nhs.example", "NHS.example", "", "example", "gmail.com", "a b.example", "1.2.3.4", "*.example.org", "x@y.example", "http://x.example"} {
		if err := member.ApproveDomain(app, "", domain, "", ""); err == nil {
			t.Errorf("%q is approved", domain)
		}
	}
	if err := member.Set(app, "", member.JoinByDomain, "no"); err != nil {
		t.Fatal(err)
	}
	if d, err := member.ApprovedDomainOf(app, "a@nhs.example"); d != nil || err != nil {
		t.Error("people join by domain although nobody may", err)
	}
}

// TestPasswords knows what is guessed first, and asks for no signs.
func TestPasswords(t *testing.T) {
	for password, ok := range map[string]bool{
		"three or four words": true, "aufgehende sonne": true, "горы и море": true, "all lower case letters": true, strings.Repeat("x y", 20): true,
		"short": false, "ninechars": false, "password123": false, "Password2026!": false, "1234567890": false, "iloveyou123": false, "correct horse battery staple": false,
		"ann.other is me": false, "my Ann.Other words": false, "ann.other@example.org": false, strings.Repeat("x", 72): false, "\n1234567890": true,
	} {
		if err := member.CheckPassword(password, "Ann.Other@example.org"); (err == nil) != ok {
			t.Errorf("%q: %v", password, err)
		}
	}
	app := hubtest.New(t).App
	u := person(t, app, "somebody", member.RoleMember)
	u.SetPassword("password123")
	if err := app.Save(u); err == nil {
		t.Error("a common password is saved")
	}
}

func invite(t *testing.T, app core.App, n member.Invite) (*member.Invitation, string) {
	t.Helper()
	i, token, err := n.Write(app, "")
	if err != nil {
		t.Fatal(err)
	}
	return i, token
}

var joining = member.Joining{Name: "Ann Other", Password: "three or four words", Terms: "1"}

// TestL12AnInvitationIsForOneOnce follows links again, late, after their end, and as somebody else.
func TestL12AnInvitationIsForOneOnce(t *testing.T) {
	h := hubtest.New(t)
	app := h.App
	space := h.Record("spaces", "slug", "programme-board")
	organisation := h.Record("organisations", "slug", "leeds-partner-example").Id
	n := member.Invite{Email: "Ann@Example.com", Role: member.RoleLead, Organisation: organisation, Spaces: []string{space.Id}}

	t.Run("the account is what the invitation says", func(t *testing.T) {
		_, token := invite(t, app, n)
		u, err := member.Join(app, token, joining)
		if err != nil {
			t.Fatal(err)
		}
		if u.Email() != "ann@example.com" || u.GetString("role") != "lead" || u.GetString("organisation") != organisation || !u.Verified() || u.GetString("name") != "Ann Other" {
			t.Errorf("the account is %v", u.PublicExport())
		}
		if v := viewer(t, app, u); v.In(space.Id) != member.Reader {
			t.Errorf("in the space: %v", v.In(space.Id))
		}
		if _, err := member.Join(app, token, joining); !errors.Is(err, member.ErrNotOpen) {
			t.Errorf("a second time: %v", err)
		}
		if row, err := app.FindFirstRecordByFilter("journal", "subject = 'users' && record = {:id}", map[string]any{"id": u.Id}); err != nil || row.GetString("actor") != u.Id {
			t.Errorf("the journal does not say who: %v", err)
		}
	})
	t.Run("at the same moment", func(t *testing.T) {
		_, token := invite(t, app, member.Invite{Email: "race@example.com", Role: member.RoleMember})
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for at := range errs {
			wg.Go(func() { _, errs[at] = member.Join(app, token, joining) })
		}
		wg.Wait()
		worked := 0
		for _, err := range errs {
			if err == nil {
				worked++
			} else if !errors.Is(err, member.ErrNotOpen) {
				t.Error(err)
			}
		}
		if worked != 1 {
			t.Errorf("the link worked %d times", worked)
		}
	})
	t.Run("resent", func(t *testing.T) {
		i, old := invite(t, app, member.Invite{Email: "again@example.com", Role: member.RoleMember})
		token, err := i.Renew(app, "")
		if err != nil || token == old {
			t.Fatal(err)
		}
		if _, err := member.Join(app, old, joining); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("the old link: %v", err)
		}
		if _, err := member.Join(app, token, joining); err != nil {
			t.Errorf("the new link: %v", err)
		}
	})
	t.Run("revoked, replaced and run out", func(t *testing.T) {
		first, one := invite(t, app, member.Invite{Email: "late@example.com", Role: member.RoleMember})
		second, two := invite(t, app, member.Invite{Email: "LATE@example.com", Role: member.RoleMember})
		if i, _ := member.InvitationByID(app, first.Id); i.State() != member.InvitationRevoked {
			t.Errorf("the one before is %s", i.State())
		}
		second.Set("expires", time.Now().Add(-time.Second))
		if err := app.Save(second.Record); err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{one, two} {
			if _, err := member.Join(app, token, joining); !errors.Is(err, member.ErrNotOpen) {
				t.Error(err)
			}
		}
		if _, err := second.Renew(app, ""); err != nil {
			t.Errorf("what has run out cannot be sent again: %v", err)
		}
		if life := time.Until(second.Expires()); life < 27*24*time.Hour || life > 28*24*time.Hour {
			t.Errorf("it lives for %v", life)
		}
		if err := second.Revoke(app, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Renew(app, ""); err == nil {
			t.Error("what was revoked comes back")
		}
		second.Set("revoked", "")
		if err := app.Save(second.Record); err == nil {
			t.Error("what was revoked is open again")
		}
	})
	t.Run("another's account", func(t *testing.T) {
		u := h.Record("users", "email", "member2@example.org")
		_, token := invite(t, app, member.Invite{Email: "member@example.org", Role: member.RoleAdministrator, Organisation: organisation, Spaces: []string{space.Id}})
		if err := member.JoinAs(app, token, u); !errors.Is(err, member.ErrNotYours) {
			t.Errorf("as somebody else: %v", err)
		}
		if _, err := member.Join(app, token, joining); !errors.Is(err, member.ErrHasAccount) {
			t.Errorf("with a second account: %v", err)
		}
		own := h.Record("users", "email", "member@example.org")
		if err := member.JoinAs(app, token, own); err != nil {
			t.Fatal(err)
		}
		own = h.Record("users", "email", "member@example.org")
		if own.GetString("role") != "member" || own.GetString("organisation") == organisation || viewer(t, app, own).In(space.Id) != member.Reader {
			t.Error("an account takes more than the spaces")
		}
	})
	t.Run("of somebody who was suspended", func(t *testing.T) {
		lead := h.Record("users", "email", "lead@example.org")
		i, token, err := member.Invite{Email: "friend@example.com", Role: member.RoleMember}.Write(app, lead.Id)
		if err != nil || i.InvitedBy() != lead.Id {
			t.Fatal(err)
		}
		lead.Set("suspended", true)
		if err := app.Save(lead); err != nil {
			t.Fatal(err)
		}
		if _, err := member.Join(app, token, joining); !errors.Is(err, member.ErrNotOpen) {
			t.Error(err)
		}
	})
	t.Run("the token is nowhere", func(t *testing.T) {
		i, token := invite(t, app, member.Invite{Email: "hash@example.com", Role: member.RoleMember})
		if fmt.Sprint(i.FieldsData()) == "" || strings.Contains(fmt.Sprint(i.FieldsData()), token) || len(token) != 43 {
			t.Error("the row has the token in it, or it is too short")
		}
	})
}

// TestByDomain asks for links at an approved domain.
func TestByDomain(t *testing.T) {
	h := hubtest.New(t)
	app := h.App
	organisation := h.Record("organisations", "slug", "leeds-partner-example").Id
	if err := member.ApproveDomain(app, "", "trust.example", organisation, ""); err != nil {
		t.Fatal(err)
	}
	ask := func(address string) (*member.Invitation, string) {
		t.Helper()
		d, err := member.ApprovedDomainOf(app, address)
		if err != nil || d == nil {
			t.Fatal("not approved", err)
		}
		i, token, err := member.ByDomain(app, address, d)
		if err != nil {
			t.Fatal(err)
		}
		return i, token
	}
	i, token := ask("ann@trust.example")
	if i.Role() != member.RoleMember || i.Organisation() != organisation || i.InvitedBy() != "" {
		t.Errorf("the invitation is %v", i.FieldsData())
	}
	if i, _ := ask("ann@trust.example"); i != nil {
		t.Error("a second link goes out at once")
	}
	// What an administrator sent is not lost when somebody else types the address.
	sent, _ := invite(t, app, member.Invite{Email: "bob@trust.example", Role: member.RoleModerator})
	sent.Set("sent", time.Now().Add(-time.Hour))
	if err := app.Save(sent.Record); err != nil {
		t.Fatal(err)
	}
	if i, token := ask("bob@trust.example"); i.Id != sent.Id || i.Role() != member.RoleModerator || token == "" {
		t.Errorf("the invitation became %v", i.FieldsData())
	}
	// The approval ends, and so does the link.
	if err := app.Delete(h.Record("approved_domains", "domain", "trust.example")); err != nil {
		t.Fatal(err)
	}
	if _, err := member.Join(app, token, joining); !errors.Is(err, member.ErrNotOpen) {
		t.Error(err)
	}
}

// TestTheLastAdministratorStays holds that somebody can always put things right.
func TestTheLastAdministratorStays(t *testing.T) {
	h := hubtest.New(t)
	admin := h.Record("users", "email", "admin@example.org")
	if err := member.SetStanding(h.App, "", admin, member.RoleMember, "", ""); err == nil {
		t.Fatal("nobody administers the hub any more")
	}
	person(t, h.App, "second", member.RoleAdministrator)
	admin = h.Record("users", "email", "admin@example.org")
	if err := member.SetStanding(h.App, "", admin, member.RoleMember, "", ""); err != nil {
		t.Error(err)
	}
}
