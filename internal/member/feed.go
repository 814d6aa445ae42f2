package member

import (
	"database/sql"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Kinds of feeds that may need a token.
const (
	ThreadFeed = "thread"
	SpaceFeed  = "space"
	PersonFeed = "person"
)

// mostFeeds is how many feeds with a token one person may have; the oldest goes for one more.
const mostFeeds = 100

// Feed is the typed coat of a feed_tokens record: one person's way into one feed, for a reader that cannot sign in.
type Feed struct{ core.BaseRecordProxy }

func (f *Feed) Kind() string { return f.GetString("kind") }
func (f *Feed) Of() string   { return f.GetString("record") }

// OpenFeed lets a person's feed reader into a feed by the token that it returns; only its hash is kept.
func OpenFeed(app core.App, user, kind, record string) (token string, err error) {
	c, err := app.FindCachedCollectionByNameOrId("feed_tokens")
	if err != nil {
		return "", err
	}
	token = newToken()
	r := core.NewRecord(c)
	r.Load(map[string]any{"user": user, "kind": kind, "record": record})
	r.Set("hash", hashOf(token))
	return token, app.RunInTransaction(func(tx core.App) error {
		feeds, err := Feeds(tx, user)
		if err != nil {
			return err
		}
		for _, old := range feeds[min(len(feeds), mostFeeds-1):] {
			if err := tx.Delete(old); err != nil {
				return err
			}
		}
		return tx.Save(r)
	})
}

// Feeds lists a person's feeds that have a token, the newest first.
func Feeds(app core.App, user string) ([]*Feed, error) {
	var list []*Feed
	err := app.RecordQuery("feed_tokens").AndWhere(dbx.HashExp{"user": user}).OrderBy("created DESC", "id").All(&list)
	return list, err
}

// FeedBy finds a feed by its token, and whose it is; the error is sql.ErrNoRows when there is none, or its person may not be
// here any more. What they may see is asked at each reading.
func FeedBy(app core.App, token string) (*Feed, *Viewer, error) {
	f := &Feed{}
	if err := app.RecordQuery("feed_tokens").AndWhere(dbx.HashExp{"hash": hashOf(token)}).Limit(1).One(f); err != nil {
		return nil, nil, err
	}
	u, err := app.FindRecordById("users", f.GetString("user"))
	if err != nil || Barred(u) {
		return nil, nil, sql.ErrNoRows
	}
	v, err := For(app, u)
	return f, v, err
}

// CloseFeed revokes the token of a feed; one that is not the person's is sql.ErrNoRows.
func CloseFeed(app core.App, user, id string) error {
	f := &Feed{}
	if err := app.RecordQuery("feed_tokens").AndWhere(dbx.HashExp{"id": id, "user": user}).Limit(1).One(f); err != nil {
		return err
	}
	return app.Delete(f)
}
