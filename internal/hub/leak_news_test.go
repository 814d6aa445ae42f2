package hub_test

import (
	"fmt"
	"math"
	"slices"
	"time"

	"commonplace/internal/notify"
)

// told writes a notice about a thing to a person who may not have been told of it, and reads what the pages of notices and
// a digest say of it: each looks again at what its reader may see.
func (l *leaks) told(role string, p plant) string {
	u := l.users[role]
	kind := map[string]string{"threads": notify.NewPosts, "posts": notify.Mentioned, "documents": notify.Changed}[p.collection]
	if u == nil || kind == "" {
		return ""
	}
	if p.of(role) == nil {
		return ""
	}
	record := p.of(role).Id
	_, err := notify.Put(l.h.App, notify.News{User: u.Id, Kind: kind, About: p.collection, Record: record, First: 1, Seq: math.MaxInt32, At: time.Now()})
	if err != nil {
		l.t.Fatal(err)
	}
	key := fmt.Sprintf("leak-digest-%d", l.mails.Add(1))
	err = l.h.Hub.Mail.Put(l.h.App, notify.Mail{Key: key, To: u.GetString("email"), Person: u.Id, Kind: "digest",
		Parts: []map[string]any{{"kind": kind, "about": p.collection, "record": record, "from": 1, "to": math.MaxInt32}}})
	if err != nil {
		l.t.Fatal(err)
	}
	mail, err := l.h.App.FindFirstRecordByData("outbox", "key", key)
	if err != nil {
		l.t.Fatal(err)
	}
	said, err := l.h.Hub.Mail.Words(mail)
	if err != nil {
		l.t.Fatal(err)
	}
	if !slices.Contains(roles, role) || role == "suspended" {
		return said
	}
	return said + l.get(role, "/since") + l.get(role, "/notifications") + l.get(role, "/me/follows")
}
