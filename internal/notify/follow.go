package notify

import (
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Search is the kind of a follow that waits for pages which answer a query.
const Search = "search"

// MostFollows is how many things one person may follow.
const MostFollows = 200

// ErrTooMany says that somebody follows as much as one may.
var ErrTooMany = errors.New("too many follows")

// Follow is something that somebody wants to be told about: one list for each person, whatever it is.
type Follow struct{ core.BaseRecordProxy }

// User is whose it is.
func (f *Follow) User() string { return f.GetString("user") }

// Query is the query of a search, as an address has it.
func (f *Follow) Query() string { return f.GetString("query") }

// Since is when it began.
func (f *Follow) Since() time.Time { return f.GetDateTime("created").Time() }

// FollowSearch puts a search on somebody's list; one that is there already stays as it is.
func FollowSearch(app core.App, user, query string) error {
	return app.RunInTransaction(func(tx core.App) error {
		has, err := FollowOf(tx, user, query)
		if err != nil || has != nil {
			return err
		}
		n, err := tx.CountRecords("follows", dbx.HashExp{"user": user})
		if err != nil {
			return err
		}
		if n >= MostFollows {
			return ErrTooMany
		}
		c, err := tx.FindCachedCollectionByNameOrId("follows")
		if err != nil {
			return err
		}
		r := core.NewRecord(c)
		r.Load(map[string]any{"user": user, "kind": Search, "query": query})
		return tx.Save(r)
	})
}

// FollowOf is somebody's follow of a search, nil when there is none.
func FollowOf(app core.App, user, query string) (*Follow, error) {
	f := &Follow{}
	err := app.RecordQuery("follows").AndWhere(dbx.HashExp{"user": user, "kind": Search, "query": query}).Limit(1).One(f)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return f, err
}

// Follows lists what somebody follows, the newest first.
func Follows(app core.App, user string) ([]*Follow, error) {
	var list []*Follow
	err := app.RecordQuery("follows").AndWhere(dbx.HashExp{"user": user}).OrderBy("created DESC", "id").All(&list)
	return list, err
}

// FollowedSearches lists every search that anybody follows.
func FollowedSearches(app core.App) ([]*Follow, error) {
	var list []*Follow
	err := app.RecordQuery("follows").AndWhere(dbx.HashExp{"kind": Search}).OrderBy("query", "id").All(&list)
	return list, err
}

// StopFollowing takes something off somebody's list, and says whether it was there.
func StopFollowing(app core.App, user, id string) (bool, error) {
	f := &Follow{}
	err := app.RecordQuery("follows").AndWhere(dbx.HashExp{"id": id, "user": user}).One(f)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, app.Delete(f.Record)
}

// Notice is something that somebody was told of: which thing, not what it says.
type Notice struct{ core.BaseRecordProxy }

// Entry is the id of its search entry.
func (n *Notice) Entry() string { return n.GetString("about") + "/" + n.GetString("record") }

// Follow is the id of the follow for which they were told, "" when that was stopped.
func (n *Notice) Follow() string { return n.GetString("follow") }

// At is when they were told.
func (n *Notice) At() time.Time { return n.GetDateTime("created").Time() }

// Read says whether they have seen it.
func (n *Notice) Read() bool { return !n.GetDateTime("read").IsZero() }

// Found tells somebody that a followed search has a new page, within the transaction that app may be. Nobody is told twice
// of one thing, and it says whether this is the first time. mailed keeps it out of the digests.
func Found(app core.App, f *Follow, entry string, mailed bool) (first bool, err error) {
	about, record, _ := strings.Cut(entry, "/")
	told, err := app.CountRecords("notifications", dbx.HashExp{"user": f.User(), "kind": "found", "about": about, "record": record})
	if err != nil || told > 0 {
		return false, err
	}
	c, err := app.FindCachedCollectionByNameOrId("notifications")
	if err != nil {
		return false, err
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{"user": f.User(), "kind": "found", "about": about, "record": record, "follow": f.Id})
	if mailed {
		r.Set("mailed", types.NowDateTime())
	}
	return true, app.Save(r)
}

// Notices lists what somebody was told, the newest first, at most limit.
func Notices(app core.App, user string, limit int64) ([]*Notice, error) {
	var list []*Notice
	err := app.RecordQuery("notifications").AndWhere(dbx.HashExp{"user": user}).OrderBy("created DESC", "id").Limit(limit).All(&list)
	return list, err
}

// Unread lists what somebody has not seen yet, at most limit.
func Unread(app core.App, user string, limit int64) ([]*Notice, error) {
	var list []*Notice
	err := app.RecordQuery("notifications").AndWhere(dbx.HashExp{"user": user, "read": ""}).OrderBy("created DESC", "id").Limit(limit).All(&list)
	return list, err
}

// AllRead says that somebody has seen all that they were told until a moment.
func AllRead(app core.App, user string, until time.Time) error {
	at, err := types.ParseDateTime(until.UTC())
	if err != nil {
		return err
	}
	_, err = app.DB().Update("notifications", dbx.Params{"read": types.NowDateTime().String()},
		dbx.And(dbx.HashExp{"user": user, "read": ""}, dbx.NewExp("[[created]] <= {:at}", dbx.Params{"at": at.String()}))).Execute()
	return err
}

// digestReaches is how many days back a digest looks: what somebody was told while they wanted no mail comes in no later one.
const digestReaches = 8

// NotMailed lists what was told and is in no mail yet, by person.
func NotMailed(app core.App, now time.Time) (map[string][]*Notice, error) {
	from, err := types.ParseDateTime(now.AddDate(0, 0, -digestReaches).UTC())
	if err != nil {
		return nil, err
	}
	var list []*Notice
	err = app.RecordQuery("notifications").AndWhere(dbx.HashExp{"mailed": "", "read": ""}).
		AndWhere(dbx.NewExp("[[created]] >= {:from}", dbx.Params{"from": from.String()})).OrderBy("created", "id").All(&list)
	by := map[string][]*Notice{}
	for _, n := range list {
		by[n.GetString("user")] = append(by[n.GetString("user")], n)
	}
	return by, err
}

// Mailed notes that notices stand in a mail.
func Mailed(app core.App, list []*Notice) error {
	for _, n := range list {
		n.Set("mailed", types.NowDateTime())
		if err := app.Save(n.Record); err != nil {
			return err
		}
	}
	return nil
}

// NoticeDays is how long it is kept of what somebody was told.
const NoticeDays = 365

// DropOldNotices drops those that are older, at most limit, and says how many.
func DropOldNotices(app core.App, limit int) (int, error) {
	before, err := types.ParseDateTime(time.Now().AddDate(0, 0, -NoticeDays))
	if err != nil {
		return 0, err
	}
	done, err := app.DB().NewQuery("DELETE FROM {{notifications}} WHERE [[id]] IN (SELECT [[id]] FROM {{notifications}} WHERE [[created]] < {:before} LIMIT {:limit})").
		Bind(dbx.Params{"before": before.String(), "limit": limit}).Execute()
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// positionKey is where PocketBase's own table of values keeps how far the journal was read for those who follow.
const positionKey = "commonplace_told"

// ToldUntil is the number of the journal's row up to which those who follow were told, 0 when it was never begun.
func ToldUntil(app core.App) (int64, error) {
	var seq int64
	err := app.DB().NewQuery("SELECT CAST([[value]] AS INTEGER) FROM {{_params}} WHERE [[id]] = {:id}").Bind(dbx.Params{"id": positionKey}).Row(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return seq, err
}

// SetToldUntil moves that number, within the transaction that app may be.
func SetToldUntil(app core.App, seq int64) error {
	now := types.NowDateTime().String()
	_, err := app.DB().NewQuery(`INSERT INTO {{_params}} ([[id]], [[value]], [[created]], [[updated]]) VALUES ({:id}, {:seq}, {:now}, {:now})
		ON CONFLICT ([[id]]) DO UPDATE SET [[value]] = {:seq}, [[updated]] = {:now}`).Bind(dbx.Params{"id": positionKey, "seq": seq, "now": now}).Execute()
	return err
}
