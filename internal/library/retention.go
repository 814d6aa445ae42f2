package library

import (
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Notice is how long before it goes the writer of a draft is told.
const Notice = 30

// DropOldDrafts deletes drafts that were never published and that nobody has touched for days, at most limit, and says
// how many. None goes before its writer was told, Notice days ahead, through tell: that it was is noted, and a draft that
// was touched since is told of anew.
func DropOldDrafts(app core.App, days, limit int, tell func(app core.App, d *Document, goes time.Time) error) (int, error) {
	now := time.Now()
	untouched, err := types.ParseDateTime(now.AddDate(0, 0, Notice-days))
	if err != nil {
		return 0, err
	}
	var drafts []*Document
	err = app.RecordQuery("documents").AndWhere(dbx.In("state", Draft, InReview)).AndWhere(dbx.HashExp{"published_revision": ""}).AndWhere(notBinned).
		AndWhere(dbx.NewExp("[[updated]] < {:untouched}", dbx.Params{"untouched": untouched.String()})).OrderBy("updated").Limit(int64(limit)).All(&drafts)
	if err != nil {
		return 0, err
	}
	gone := 0
	for _, d := range drafts {
		told, err := toldOf(app, d)
		if err != nil {
			return gone, err
		}
		switch {
		case told.IsZero():
			err = app.RunInTransaction(func(tx core.App) error {
				if err := tell(tx, d, now.AddDate(0, 0, Notice)); err != nil {
					return err
				}
				return journal.Note(tx, journal.Row{Actor: journal.Retention, Subject: journal.Retention, Verb: "warn", Record: d.Id, Space: d.Space()})
			})
		case now.After(told.AddDate(0, 0, Notice)):
			journal.By(d.Record, journal.Retention)
			if err = app.Delete(d); err == nil {
				gone++
			}
		}
		if err != nil {
			return gone, err
		}
	}
	return gone, nil
}

// toldOf is when the writer of a draft was told that it will go, zero when they were not since they last touched it.
func toldOf(app core.App, d *Document) (time.Time, error) {
	var at string
	err := app.DB().NewQuery(`SELECT COALESCE(MAX([[at]]), '') FROM {{journal}} WHERE [[subject]] = {:subject} AND [[verb]] = 'warn' AND [[record]] = {:id}`).
		Bind(dbx.Params{"subject": journal.Retention, "id": d.Id}).Row(&at)
	told, parseErr := time.Parse(time.RFC3339Nano, at)
	if err != nil || parseErr != nil || told.Before(d.GetDateTime("updated").Time()) {
		return time.Time{}, err
	}
	return told, nil
}

// How many days is kept what was said about a page while it was written or checked.
const (
	KeepSuggestions = 365 // after the answer; who is thanked stands with the version
	KeepComments    = 365 // after they were settled
	KeepReminders   = 90  // after the page was checked
)

// DropOldWords deletes suggestions that were answered, comments that were settled, and reminders of days that are over, at most
// limit of each, and says how many.
func DropOldWords(app core.App, limit int) (int, error) {
	all := 0
	for _, old := range []struct {
		table, over string
		days        int
	}{
		{"suggestions", "[[state]] != 'open' AND [[answered]] != '' AND [[answered]] < {:before}", KeepSuggestions},
		{"review_comments", "[[resolved]] != '' AND [[resolved]] < {:before}", KeepComments},
		{"reminders", "[[created]] < {:before} AND NOT EXISTS (SELECT 1 FROM {{documents}} d WHERE {{d}}.[[id]] = {{reminders}}.[[document]] AND {{d}}.[[check_by]] = {{reminders}}.[[check_by]])", KeepReminders},
	} {
		before, err := types.ParseDateTime(time.Now().AddDate(0, 0, -old.days))
		if err != nil {
			return all, err
		}
		done, err := app.DB().NewQuery("DELETE FROM {{" + old.table + "}} WHERE [[id]] IN (SELECT [[id]] FROM {{" + old.table + "}} WHERE " + old.over + " LIMIT {:limit})").
			Bind(dbx.Params{"before": before.String(), "limit": limit}).Execute()
		if err != nil {
			return all, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return all, err
		}
		all += int(n)
	}
	return all, nil
}
