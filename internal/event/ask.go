package event

import (
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Whoever keeps an event is asked what changed because of it on the morning after, and once more two weeks later. Then the
// list of events says that nobody has told.
const (
	asks       = 2
	askHour    = 8
	askAgain   = 14 // days
	askedSince = 60 // days: what was over long before it came here is asked of nobody
)

// AskOutcomes notes of each event about which it is time to ask that it is asked now; the journal tells whoever follows it.
// Nobody is asked twice for the same, however often it runs.
func AskOutcomes(app core.App, now time.Time) (asked int, err error) {
	var due []*Event
	err = app.RecordQuery("events").AndWhere(dbx.HashExp{"state": Published, "outcome": "", "example": false}).
		AndWhere(notBefore(now.AddDate(0, 0, -askedSince))).
		AndWhere(dbx.NewExp("[[asked]] < {:asks} AND [[ends]] <= {:now}", dbx.Params{"asks": asks, "now": stamp(now)})).
		OrderBy("ends", "id").All(&due)
	for _, e := range due {
		if now.Before(e.nextAsk()) || err != nil {
			continue
		}
		e.Set("asked", e.GetInt("asked")+1)
		e.Set("asked_at", now)
		journal.By(e.Record, "")
		if err = app.Save(e.Record); err == nil {
			asked++
		}
	}
	return asked, err
}

// nextAsk is from when on it may be asked about.
func (e *Event) nextAsk() time.Time {
	if e.GetInt("asked") > 0 {
		return e.GetDateTime("asked_at").Time().AddDate(0, 0, askAgain)
	}
	last := e.Over().Add(-time.Second).In(member.London)
	return time.Date(last.Year(), last.Month(), last.Day()+1, askHour, 0, 0, 0, member.London)
}

// GivenUp says whether it was asked about as often as it is asked, and the last time is a while ago.
func (e *Event) GivenUp(now time.Time) bool {
	return e.Silent(now) && (e.GetInt("asked") >= asks || now.After(e.Over().AddDate(0, 0, askAgain+1)))
}

// Keepers are the ids of those who are asked: who announced it or, where they are gone or may not change it any more, those
// who review in its space.
func (e *Event) Keepers(app core.App) ([]string, error) {
	if u, err := app.FindRecordById("users", e.Author()); err == nil && !member.Barred(u) {
		v, err := member.For(app, u)
		if err != nil || e.Editable(v) {
			return []string{u.Id}, err
		}
	}
	return member.Reviewers(app, e.Space())
}
