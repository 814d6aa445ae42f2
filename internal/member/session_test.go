package member_test

import (
	"database/sql"
	"encoding/base64"
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

func open(t testing.TB, app core.App, user *core.Record) string {
	t.Helper()
	token, err := member.OpenSession(app, user, "Firefox on Linux")
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// whose says whose session a token is, "" for nobody's.
func whose(t testing.TB, app core.App, token string) string {
	t.Helper()
	session, user, err := member.SessionUser(app, token)
	if errors.Is(err, sql.ErrNoRows) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	if r, err := app.FindRecordById("sessions", session); err != nil || r.GetString("user") != user.Id {
		t.Errorf("the session %q is not this person's: %v", session, err)
	}
	return user.GetString("email")
}

// TestSessions opens and ends them in every way there is.
func TestSessions(t *testing.T) {
	h := hubtest.New(t)
	who := func(name string) *core.Record { return h.Record("users", "email", name+"@example.org") }
	const mel, max = "member@example.org", "member2@example.org"

	t.Run("a token is long, random and kept as its hash only", func(t *testing.T) {
		one, two := open(t, h.App, who("member")), open(t, h.App, who("member"))
		raw, err := base64.RawURLEncoding.DecodeString(one)
		if err != nil || len(raw) != 32 || one == two {
			t.Errorf("tokens %q and %q: %v", one, two, err)
		}
		for _, s := range all(t, h.App, "sessions", "user", who("member").Id) {
			if row := fmt.Sprint(s.FieldsData()); strings.Contains(row, one) || strings.Contains(row, two) {
				t.Errorf("the token stands in %s", row)
			}
			if life := time.Until(s.GetDateTime("expires").Time()); life > member.SessionLife || life < member.SessionLife-time.Minute {
				t.Errorf("it is good for %v", life)
			}
		}
		if whose(t, h.App, one) != mel || whose(t, h.App, two) != mel {
			t.Error("a good token is nobody's")
		}
	})
	t.Run("forged and truncated tokens are nobody's", func(t *testing.T) {
		token := open(t, h.App, who("member"))
		sessions := all(t, h.App, "sessions", "user", who("member").Id)
		swapped := "A" + token[1:]
		if token[0] == 'A' {
			swapped = "B" + token[1:]
		}
		forged := map[string]string{
			"nothing": "", "truncated": token[:len(token)-1], "longer": token + "A", "one letter": swapped, "in capitals": strings.ToUpper(token), "spaced": " " + token,
			"padded": token + "=", "a wildcard": "%", "SQL": "' OR 1=1 --", "a zero byte": token + "\x00", "very long": strings.Repeat(token, 1000), "the person": who("member").Id,
		}
		for i, s := range sessions {
			forged[fmt.Sprint("hash ", i)] = s.GetString("hash")
			forged[fmt.Sprint("row ", i)] = s.Id
		}
		for what, f := range forged {
			if got := whose(t, h.App, f); got != "" {
				t.Errorf("%s: it is %s", what, got)
			}
			if err := member.CloseSession(h.App, f); err != nil {
				t.Errorf("%s: to sign out with it is an error: %v", what, err)
			}
		}
		if whose(t, h.App, token) != mel {
			t.Error("what others tried ended the session")
		}
	})
	t.Run("it ends on time", func(t *testing.T) {
		for left, want := range map[time.Duration]string{time.Minute: max, -time.Millisecond: "", -time.Hour: ""} {
			token := open(t, h.App, who("member2"))
			expireIn(t, h.App, who("member2"), left)
			if got := whose(t, h.App, token); got != want {
				t.Errorf("%v before its end: %q", left, got)
			}
			if _, err := member.DropExpiredSessions(h.App); err != nil {
				t.Fatal(err)
			}
			rows := all(t, h.App, "sessions", "user", who("member2").Id)
			if (len(rows) > 0) != (want != "") {
				t.Errorf("%v before its end: %d rows are kept", left, len(rows))
			}
			closeAll(t, h.App, rows)
		}
	})
	t.Run("signing out ends one", func(t *testing.T) {
		here, there := open(t, h.App, who("member")), open(t, h.App, who("member"))
		for range 2 { // twice is no error
			if err := member.CloseSession(h.App, here); err != nil {
				t.Fatal(err)
			}
		}
		if whose(t, h.App, here) != "" || whose(t, h.App, there) != mel {
			t.Errorf("here it is %q, there %q", whose(t, h.App, here), whose(t, h.App, there))
		}
	})
	t.Run("everywhere ends all of one person", func(t *testing.T) {
		one, two, other := open(t, h.App, who("member")), open(t, h.App, who("member")), open(t, h.App, who("member2"))
		key := who("member").TokenKey()
		if err := member.CloseEverywhere(h.App, who("member")); err != nil {
			t.Fatal(err)
		}
		if whose(t, h.App, one) != "" || whose(t, h.App, two) != "" || whose(t, h.App, other) != max {
			t.Error("not the right sessions ended")
		}
		if who("member").TokenKey() == key {
			t.Error("REST tokens are still good")
		}
	})
	t.Run("suspended", func(t *testing.T) {
		token, key := open(t, h.App, who("member2")), who("member2").TokenKey()
		suspend := func(on bool) {
			u := who("member2")
			u.Set("suspended", on)
			if err := h.App.Save(u); err != nil {
				t.Fatal(err)
			}
		}
		suspend(true)
		if whose(t, h.App, token) != "" || who("member2").TokenKey() == key {
			t.Error("a suspended person goes on")
		}
		if late := open(t, h.App, who("member2")); whose(t, h.App, late) != "" {
			t.Error("a suspended person is somebody with a new session")
		}
		suspend(false)
		if whose(t, h.App, token) != "" {
			t.Error("the old session is back")
		}
	})
	t.Run("somebody who is gone", func(t *testing.T) {
		u := person(t, h.App, "leaver", member.RoleMember)
		token := open(t, h.App, u)
		if err := h.App.Delete(u); err != nil {
			t.Fatal(err)
		}
		if whose(t, h.App, token) != "" || len(all(t, h.App, "sessions", "user", u.Id)) != 0 {
			t.Error("the session outlives the person")
		}
	})
}

// TestASuspensionThatIsUndoneEndsNothing holds that the sessions end with the suspension, not before it.
func TestASuspensionThatIsUndoneEndsNothing(t *testing.T) {
	h := hubtest.New(t)
	user := h.Record("users", "email", "member@example.org")
	token := open(t, h.App, user)
	undone := errors.New("undone")
	err := h.App.RunInTransaction(func(tx core.App) error {
		user.Set("suspended", true)
		if err := tx.Save(user); err != nil {
			t.Error(err)
		}
		if whose(t, tx, token) != "" {
			t.Error("inside the transaction the session goes on")
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	if got := whose(t, h.App, token); got != "member@example.org" {
		t.Errorf("the session is %q's", got)
	}
}

// TestManySignInsAtOnce opens sessions side by side; each is its own.
func TestManySignInsAtOnce(t *testing.T) {
	h := hubtest.New(t)
	user := h.Record("users", "email", "member@example.org")
	tokens := make([]string, 12)
	var wg sync.WaitGroup
	for i := range tokens {
		wg.Go(func() {
			token, err := member.OpenSession(h.App, user, "")
			if err != nil {
				t.Error(err)
				return
			}
			tokens[i] = token
			if i%2 == 0 {
				err = member.CloseSession(h.App, token)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i, token := range tokens {
		if open := whose(t, h.App, token) != ""; open != (i%2 == 1) {
			t.Errorf("session %d is open: %v", i, open)
		}
	}
}

// expireIn lets the sessions of a person end after so long.
func expireIn(t testing.TB, app core.App, user *core.Record, left time.Duration) {
	t.Helper()
	for _, s := range all(t, app, "sessions", "user", user.Id) {
		s.Set("expires", time.Now().Add(left))
		if err := app.Save(s); err != nil {
			t.Fatal(err)
		}
	}
}

func closeAll(t testing.TB, app core.App, sessions []*core.Record) {
	t.Helper()
	for _, s := range sessions {
		if err := app.Delete(s); err != nil {
			t.Fatal(err)
		}
	}
}
