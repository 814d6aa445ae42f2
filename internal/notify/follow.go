package notify

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Kinds of what can be followed. A search is kept by its query, a topic by its slug, everything else by its id.
const (
	Thread   = "thread"
	Document = "document"
	Space    = "space"
	Topic    = "topic"
	Search   = "search"
)

// Levels of a follow: what one wants to be told of.
const (
	Everything = "everything"
	Mentions   = "mentions" // only what speaks to oneself
	Nothing    = "nothing"  // muted
)

// MostFollows is how many searches one person may follow; MostOthers, of everything else.
const (
	MostFollows = 200
	MostOthers  = 2000
)

// ErrTooMany says that somebody follows as much as one may.
var ErrTooMany = errors.New("too many follows")

// Followed is a thing that can be followed: a kind and a record or, of a search, its query.
type Followed struct{ Kind, Record, Query string }

// Follow is something that somebody wants to be told about: one list for each person, whatever it is.
type Follow struct{ core.BaseRecordProxy }

// User is whose it is.
func (f *Follow) User() string { return f.GetString("user") }

// FollowKind is what it is: a thread, a search.
func (f *Follow) FollowKind() string { return f.GetString("kind") }

// Of is the id of what is followed, of a topic its slug.
func (f *Follow) Of() string { return f.GetString("record") }

// Query is the query of a search, as an address has it.
func (f *Follow) Query() string { return f.GetString("query") }

// Level is how much they want to be told.
func (f *Follow) Level() string { return f.GetString("level") }

// Since is when it began.
func (f *Follow) Since() time.Time { return f.GetDateTime("created").Time() }

// Begin puts a thing on somebody's list, at a level; one that is there already gets the level.
func Begin(app core.App, user string, what Followed, level string) (*Follow, error) {
	var f *Follow
	err := app.RunInTransaction(func(tx core.App) (err error) {
		if f, err = FollowOf(tx, user, what); err != nil {
			return err
		}
		if f == nil {
			if f, err = newFollow(tx, user, what); err != nil {
				return err
			}
		} else if f.Level() == level {
			return nil
		}
		f.Set("level", level)
		return tx.Save(f.Record)
	})
	return f, err
}

// TakesPart lets somebody who wrote in a thread follow it, unless they have said otherwise or follow too much.
func TakesPart(app core.App, user, thread string) error {
	what := Followed{Kind: Thread, Record: thread}
	f, err := FollowOf(app, user, what)
	if err != nil || f != nil {
		return err
	}
	if f, err = newFollow(app, user, what); err != nil {
		return err
	}
	f.SetRaw(seenKey, true)
	if err = app.Save(f.Record); errors.Is(err, ErrTooMany) {
		return nil
	}
	return err
}

// seenKey marks a follow of what its person has before their eyes: it may be as new as the follow, in the same transaction.
const seenKey = "@seen"

func newFollow(tx core.App, user string, what Followed) (*Follow, error) {
	c, err := tx.FindCachedCollectionByNameOrId("follows")
	if err != nil {
		return nil, err
	}
	f := &Follow{}
	f.SetProxyRecord(core.NewRecord(c))
	f.Load(map[string]any{"user": user, "kind": what.Kind, "record": what.Record, "query": what.Query})
	return f, nil
}

// FollowOf is somebody's follow of a thing, nil when there is none.
func FollowOf(app core.App, user string, what Followed) (*Follow, error) {
	f := &Follow{}
	err := app.RecordQuery("follows").
		AndWhere(dbx.HashExp{"user": user, "kind": what.Kind, "record": what.Record, "query": what.Query}).Limit(1).One(f)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return f, err
}

// OwnFollow is one of somebody's follows by its id; the error is sql.ErrNoRows when it is not theirs.
func OwnFollow(app core.App, user, id string) (*Follow, error) {
	f := &Follow{}
	return f, app.RecordQuery("follows").AndWhere(dbx.HashExp{"id": id, "user": user}).Limit(1).One(f)
}

// FollowersIn lists who wants to be told everything of one of some things of a kind: those of a space, by their collection.
func FollowersIn(app core.App, kind, collection, space string) (people []string, err error) {
	err = app.DB().Select("user").Distinct(true).From("follows").
		Where(dbx.HashExp{"kind": kind, "level": Everything}).
		AndWhere(dbx.NewExp("[[record]] IN (SELECT [[id]] FROM {{"+collection+"}} WHERE [[space]] = {:space})", dbx.Params{"space": space})).
		OrderBy("user").Column(&people)
	return people, err
}

// Follows lists what somebody follows, the newest first.
func Follows(app core.App, user string) ([]*Follow, error) {
	var list []*Follow
	err := app.RecordQuery("follows").AndWhere(dbx.HashExp{"user": user}).OrderBy("created DESC", "id").All(&list)
	return list, err
}

// FollowedSearches lists every search that anybody wants to be told of.
func FollowedSearches(app core.App) ([]*Follow, error) {
	var list []*Follow
	err := app.RecordQuery("follows").AndWhere(dbx.HashExp{"kind": Search}).AndWhere(dbx.Not(dbx.HashExp{"level": Nothing})).
		OrderBy("query", "id").All(&list)
	return list, err
}

// StopFollowing takes something off somebody's list, and says whether it was there.
func StopFollowing(app core.App, user, id string) (bool, error) {
	f, err := OwnFollow(app, user, id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, app.Delete(f.Record)
}

// Wish is what one person said about a thing: the level, and by which follow.
type Wish struct{ Follow, Level string }

// Wishes are what people said about things, the most particular first: of somebody who follows a thread and its space, what
// they said of the thread counts.
func Wishes(app core.App, things []Followed) (map[string]Wish, error) {
	wishes := map[string]Wish{}
	for _, what := range things {
		if what.Record == "" {
			continue
		}
		var rows []struct {
			ID    string `db:"id"`
			User  string `db:"user"`
			Level string `db:"level"`
		}
		err := app.DB().Select("id", "user", "level").From("follows").
			Where(dbx.HashExp{"kind": what.Kind, "record": what.Record}).OrderBy("user").All(&rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if _, said := wishes[r.User]; !said {
				wishes[r.User] = Wish{r.ID, r.Level}
			}
		}
	}
	return wishes, nil
}

// WishOf is what one person said about things, the most particular first.
func WishOf(app core.App, user string, things []Followed) (Wish, error) {
	for _, what := range things {
		f, err := FollowOf(app, user, what)
		if f != nil || err != nil {
			if f == nil {
				return Wish{}, err
			}
			return Wish{f.Id, f.Level()}, err
		}
	}
	return Wish{}, nil
}

// levels are all there are.
var levels = []string{Everything, Mentions, Nothing}

// KnownLevel says whether there is such a level.
func KnownLevel(level string) bool { return slices.Contains(levels, level) }
