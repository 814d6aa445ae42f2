package member_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/member"
)

// TestCodes holds what a one-time code is good for: once, ten minutes, five tries, in the browser that asked.
func TestCodes(t *testing.T) {
	h := hubtest.New(t)
	user := h.Record("users", "email", "member@example.org")
	code := func(passwordGiven bool) (token, code string) {
		t.Helper()
		token, code, err := member.NewCode(h.App, user, passwordGiven)
		if err != nil || !regexp.MustCompile(`^\d{8}$`).MatchString(code) {
			t.Fatalf("%q: %v", code, err)
		}
		return token, code
	}
	refused := func(token, code string) {
		t.Helper()
		if u, _, err := member.UseCode(h.App, token, code); !errors.Is(err, member.ErrCode) || u != nil {
			t.Errorf("%v: %v", u, err)
		}
	}

	t.Run("once, and with spaces", func(t *testing.T) {
		token, c := code(true)
		u, given, err := member.UseCode(h.App, token, " "+c[:4]+" "+c[4:])
		if err != nil || u.Id != user.Id || !given {
			t.Fatalf("%v %v %v", u, given, err)
		}
		refused(token, c)
	})
	t.Run("only its hash is kept", func(t *testing.T) {
		token, c := code(false)
		for _, r := range all(t, h.App, "codes", "user", user.Id) {
			if row := fmt.Sprint(r.FieldsData()); strings.Contains(row, token) || strings.Contains(row, c) {
				t.Errorf("%s", row)
			}
		}
	})
	t.Run("not in another browser", func(t *testing.T) {
		_, c := code(false)
		other, _ := code(false)
		refused(other, c)
		refused(member.NoCode(), c)
		refused("", c)
	})
	t.Run("five tries", func(t *testing.T) {
		token, c := code(false)
		for range member.CodeTries {
			refused(token, "x"+c)
		}
		refused(token, c)
		token, c = code(false)
		for range member.CodeTries - 1 {
			refused(token, "00000000"+c)
		}
		if _, _, err := member.UseCode(h.App, token, c); err != nil {
			t.Errorf("the fifth try: %v", err)
		}
	})
	t.Run("ten minutes", func(t *testing.T) {
		token, c := code(false)
		for _, r := range all(t, h.App, "codes", "user", user.Id) {
			if life := time.Until(r.GetDateTime("expires").Time()); life > member.CodeLife {
				t.Errorf("lives for %v", life)
			}
			r.Set("expires", time.Now().Add(-time.Second))
			save(t, h.App, r)
		}
		refused(token, c)
		if _, err := member.DropExpiredSessions(h.App); err != nil || len(all(t, h.App, "codes", "user", user.Id)) != 0 {
			t.Errorf("old codes stay: %v", err)
		}
	})
	t.Run("by two at once", func(t *testing.T) {
		token, c := code(false)
		var in atomic.Int32
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				if _, _, err := member.UseCode(h.App, token, c); err == nil {
					in.Add(1)
				}
			})
		}
		wait.Wait()
		if in.Load() != 1 {
			t.Errorf("used %d times", in.Load())
		}
	})
	t.Run("suspended meanwhile", func(t *testing.T) {
		token, c := code(false)
		r := h.Record("users", "id", user.Id)
		r.Set("suspended", true)
		save(t, h.App, r)
		refused(token, c)
	})
}
