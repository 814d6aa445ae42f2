package member_test

import (
	"database/sql"
	"errors"
	"testing"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"
)

// TestFeedTokens: a token lets one person's reader into one feed, until it is revoked or the person may not be here.
func TestFeedTokens(t *testing.T) {
	h := hubtest.New(t)
	user, other := h.Record("users", "email", "member@example.org"), h.Record("users", "email", "member2@example.org")
	make := func() string {
		token, err := member.OpenFeed(h.App, user.Id, member.ThreadFeed, "somethread12345")
		if err != nil {
			t.Fatal(err)
		}
		if f, v, err := member.FeedBy(h.App, token); err != nil || v.ID() != user.Id || f.Of() != "somethread12345" {
			t.Fatalf("a new token: %v", err)
		}
		return token
	}
	dead := func(what, token string) {
		t.Helper()
		if _, _, err := member.FeedBy(h.App, token); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("%s: %v", what, err)
		}
	}
	token := make()
	rows, err := member.Feeds(h.App, user.Id)
	if err != nil || len(rows) != 1 || rows[0].GetString("hash") == token {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	dead("its hash", rows[0].GetString("hash"))
	if err := member.CloseFeed(h.App, other.Id, rows[0].Id); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("somebody else revokes it: %v", err)
	}
	if err := member.CloseFeed(h.App, user.Id, rows[0].Id); err != nil {
		t.Error(err)
	}
	dead("revoked", token)

	token = make()
	if err := member.CloseEverywhere(h.App, user); err != nil {
		t.Fatal(err)
	}
	dead("signed out everywhere", token)

	token = make()
	if _, err := h.App.DB().NewQuery("UPDATE users SET suspended = TRUE WHERE id = '" + user.Id + "'").Execute(); err != nil {
		t.Fatal(err)
	}
	dead("suspended, past the hooks", token)
	user = h.Record("users", "id", user.Id)
	user.Set("suspended", false)
	save(t, h.App, user)
	token = make()
	if err := member.Leave(h.App, user, user.Id); err != nil {
		t.Fatal(err)
	}
	dead("left", token)
	if rows, err := member.Feeds(h.App, user.Id); err != nil || len(rows) != 0 {
		t.Errorf("%d rows stay, %v", len(rows), err)
	}
}
