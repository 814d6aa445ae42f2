package hub_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"commonplace/internal/hubtest"
	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// ago is a moment as the database writes it.
func ago(days int) string {
	d, _ := types.ParseDateTime(time.Now().AddDate(0, 0, -days))
	return d.String()
}

// TestRetention has one row of each kind whose time is over, one whose is not, and lets a night pass.
func TestRetention(t *testing.T) {
	h := hubtest.New(t)
	admin := h.Record("users", "email", "admin@example.org").Id
	if err := member.Set(h.App, admin, member.KeepRequests, "90"); err != nil {
		t.Fatal(err)
	}
	u := h.Record("users", "email", "member@example.org").Id
	shelf := h.Record("documents", "slug", "a-carer-friendly-system").Id
	partner := h.Record("organisations", "slug", "carers-in-hertfordshire").Id
	rows := []struct {
		collection, key, value string
		values                 map[string]any
		raw                    dbx.Params
		goes                   bool
	}{
		{"sessions", "hash", "s1", map[string]any{"user": u, "expires": ago(1)}, nil, true},
		{"sessions", "hash", "s2", map[string]any{"user": u, "expires": ago(-1)}, nil, false},
		{"autosaves", "window", "window01", map[string]any{"person": u, "address": "/write/case-study"}, dbx.Params{"updated": ago(31)}, true},
		{"autosaves", "window", "window02", map[string]any{"person": u, "address": "/write/case-study"}, dbx.Params{"updated": ago(29)}, false},
		{"referrals", "place", "long-ago", map[string]any{"organisation": partner, "day": ago(731)[:10], "carer": "adult", "n": 1}, nil, true},
		{"referrals", "place", "not-long-ago", map[string]any{"organisation": partner, "day": ago(729)[:10], "carer": "adult", "n": 1}, nil, false},
		{"gaps", "words", "older", map[string]any{"askers": 5}, dbx.Params{"updated": ago(366)}, true},
		{"gaps", "words", "newer", map[string]any{"askers": 5}, dbx.Params{"updated": ago(364)}, false},
		{"notifications", "record", "n1", map[string]any{"user": u, "kind": "found", "about": "documents"}, dbx.Params{"created": ago(366)}, true},
		{"notifications", "record", "n2", map[string]any{"user": u, "kind": "found", "about": "documents"}, dbx.Params{"created": ago(364)}, false},
		{"join_requests", "email", "a@example.org", map[string]any{"state": "declined", "decided": ago(91)}, nil, true},
		{"join_requests", "email", "b@example.org", map[string]any{"state": "declined", "decided": ago(89)}, nil, false},
		{"join_requests", "email", "c@example.org", map[string]any{"state": "pending"}, dbx.Params{"created": ago(1000)}, false},
		{"invitations", "hash", "i1", map[string]any{"email": "a@example.org", "role": "member", "expires": ago(91)}, nil, true},
		{"invitations", "hash", "i2", map[string]any{"email": "b@example.org", "role": "member", "expires": ago(-200), "accepted": ago(91)}, nil, true},
		{"invitations", "hash", "i3", map[string]any{"email": "c@example.org", "role": "member", "expires": ago(89)}, nil, false},
		{"flags", "record", "f1", map[string]any{"subject": "posts", "reason": "other", "state": "acted", "handled": ago(731), "reporter_key": "1"}, nil, true},
		{"flags", "record", "f2", map[string]any{"subject": "posts", "reason": "other", "state": "acted", "handled": ago(729), "reporter_key": "2"}, nil, false},
		{"flags", "record", "f3", map[string]any{"subject": "posts", "reason": "other", "state": "open", "reporter_key": "3"}, dbx.Params{"created": ago(5000)}, false},
		{"suggestions", "note", "g1", map[string]any{"document": shelf, "state": "taken", "answered": ago(366), "content": "{}"}, nil, true},
		{"suggestions", "note", "g2", map[string]any{"document": shelf, "state": "declined", "answered": ago(364), "content": "{}"}, nil, false},
		{"suggestions", "note", "g3", map[string]any{"document": shelf, "state": "open", "content": "{}"}, dbx.Params{"created": ago(999)}, false},
		{"review_comments", "text", "c1", map[string]any{"document": shelf, "field": "body", "resolved": ago(366)}, nil, true},
		{"review_comments", "text", "c2", map[string]any{"document": shelf, "field": "body"}, dbx.Params{"created": ago(999)}, false},
		{"comments", "words", "k1", map[string]any{"page": "/", "state": "hidden"}, dbx.Params{"updated": ago(91)}, true},
		{"comments", "words", "k2", map[string]any{"page": "/", "state": "hidden"}, dbx.Params{"updated": ago(89)}, false},
		{"comments", "words", "k3", map[string]any{"page": "/", "state": "visible"}, dbx.Params{"updated": ago(999)}, false},
		{"reminders", "mail", "r1", map[string]any{"document": shelf, "person": u, "check_by": ago(200), "days": 7}, dbx.Params{"created": ago(91)}, true},
		{"reminders", "mail", "r2", map[string]any{"document": shelf, "person": u, "check_by": ago(300), "days": 7}, dbx.Params{"created": ago(89)}, false},
		{"passages", "sum", "p1", map[string]any{"kind": "phone", "decision": "keep", "by": u, "reason": "Ours."}, dbx.Params{"created": ago(2)}, true},
		{"passages", "sum", "p2", map[string]any{"kind": "phone", "decision": "keep", "by": u, "reason": "Ours.", "record": shelf, "subject": "documents"}, dbx.Params{"created": ago(2)}, false},
		{"outbox", "key", "o1", map[string]any{"state": "sent", "kind": "x", "sent": ago(31)}, dbx.Params{"updated": ago(31)}, true},
		{"outbox", "key", "o2", map[string]any{"state": "sent", "kind": "x", "sent": ago(29)}, dbx.Params{"updated": ago(29)}, false},
		{"outbox", "key", "o3", map[string]any{"state": "waiting", "kind": "x", "due": ago(40)}, dbx.Params{"updated": ago(40)}, false},
		// What was sent is marked past the hooks, and its row says nothing of when it was touched last.
		{"outbox", "key", "o4", map[string]any{"state": "sent", "kind": "x", "sent": ago(1)}, dbx.Params{"updated": ago(40)}, false},
	}
	for _, r := range rows {
		r.values[r.key] = r.value
		var made *core.Record
		if r.collection == "flags" {
			made = h.Row(r.collection, r.values)
		} else {
			made = save1(t, h, r.collection, r.values)
		}
		if r.raw != nil {
			if _, err := h.App.DB().Update(r.collection, r.raw, dbx.HashExp{"id": made.Id}).Execute(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := h.Hub.Retain(); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if _, err := h.App.FindFirstRecordByData(r.collection, r.key, r.value); (err != nil) != r.goes {
			t.Errorf("%s %s: gone is %v, and should be %v", r.collection, r.value, err != nil, r.goes)
		}
	}
	notes, err := journal.Find(h.App, journal.Filter{Subjects: []string{journal.Retention}, Verbs: []string{"drop"}}, 100)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, n := range notes {
		said += string(n.Data) + "\n"
	}
	for _, words := range []string{`"rows":3,"what":"Requests to join`, `"rows":1,"what":"Reports`, `"rows":1,"what":"Mail`, `"what":"Where you are signed in`} {
		if !strings.Contains(said, words) {
			t.Errorf("the journal does not say %s:\n%s", words, said)
		}
	}
	if page := h.Guest().Get("/retention").Body; !strings.Contains(page, "90 days") {
		t.Error("the page does not say what was set")
	}
	_, before, _ := journal.Range(h.App)
	if err := h.Hub.Retain(); err != nil {
		t.Fatal(err)
	}
	if _, now, _ := journal.Range(h.App); now != before {
		t.Errorf("a night in which nothing goes writes %d rows", now-before)
	}
}

// TestDraftsGoOnlyAfterTheirWritersWereTold lets the nights of two years pass over a draft.
func TestDraftsGoOnlyAfterTheirWritersWereTold(t *testing.T) {
	h := hubtest.New(t)
	writer := h.Record("users", "email", "partner@example.org")
	draft := save1(t, h, "documents", map[string]any{"kind": "guidance", "title": "A draft", "summary": "x", "body": "x", "space": h.Record("spaces", "slug", "library").Id, "state": "draft", "author": writer.Id})
	touched := func(days int) {
		t.Helper()
		if _, err := h.App.DB().Update("documents", dbx.Params{"updated": ago(days)}, dbx.HashExp{"id": draft.Id}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	mails := func() int {
		n, err := h.App.CountRecords("outbox", dbx.HashExp{"kind": "draft-goes", "record": draft.Id, "person": writer.Id})
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	night := func(what string, told int, there bool) {
		t.Helper()
		if err := h.Hub.Retain(); err != nil {
			t.Fatal(err)
		}
		_, err := h.App.FindRecordById("documents", draft.Id)
		if got := mails(); got != told || (err == nil) != there {
			t.Errorf("%s: %d mails and there %v, not %d and %v", what, got, err == nil, told, there)
		}
	}
	told := func(days int) {
		t.Helper()
		for _, q := range []string{"DROP TRIGGER IF EXISTS journal_stands", fmt.Sprintf("UPDATE {{journal}} SET [[at]] = '%s' WHERE [[verb]] = 'warn'", time.Now().AddDate(0, 0, -days).UTC().Format(time.RFC3339Nano))} {
			if _, err := h.App.DB().NewQuery(q).Execute(); err != nil {
				t.Fatal(err)
			}
		}
	}
	touched(699)
	night("a day too early", 0, true)
	touched(5000)
	night("long over, but nobody was told", 1, true)
	night("the next night", 1, true)
	touched(731)
	told(29)
	night("a day before it goes", 1, true)
	touched(10)
	night("somebody touched it", 1, true)
	touched(731)
	told(31)
	night("told, and nobody came", 1, false)
	if published, err := h.App.CountRecords("documents", dbx.HashExp{"state": "published"}); err != nil || published < 50 {
		t.Errorf("%d published documents are left: %v", published, err)
	}
}
