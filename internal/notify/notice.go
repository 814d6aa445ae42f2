package notify

import (
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Kinds of notices.
const (
	Found     = "found"     // a followed search has found something that came out
	NewPosts  = "posts"     // in a thread, counted from the first one
	Mentioned = "mention"   // somebody spoke of the person, or of a group of theirs, in a post
	Answered  = "answer"    // somebody answered a post of theirs
	Decided   = "outcome"   // a post is what a thread decided
	Published = "published" // a document came out
	Changed   = "changed"   // one that was out says something else
	Access    = "access"    // who may see it is another now
	Waits     = "waits"     // in a space, something that a reader said waits for those who moderate there
	Asked     = "asked"     // what changed because of an event that they keep
	Contact   = "contact"   // somebody wrote to them as a carers champion, or a champion answered
	Adopted   = "adopted"   // a place does what a case study of theirs tells of
	Confirmed = "confirmed" // the place where it began says that it knows, or asks
)

// Notice is something that somebody was told of: which thing, not what it says. News about a thing of which they have not
// read yet are one notice; First and Seq are the journal's numbers of the first and the last of them.
type Notice struct{ core.BaseRecordProxy }

func (n *Notice) User() string       { return n.GetString("user") }
func (n *Notice) NoticeKind() string { return n.GetString("kind") }
func (n *Notice) About() string      { return n.GetString("about") }
func (n *Notice) Of() string         { return n.GetString("record") }
func (n *Notice) First() int64       { return int64(n.GetInt("first")) }
func (n *Notice) Seq() int64         { return int64(n.GetInt("seq")) }
func (n *Notice) Told() int64        { return int64(n.GetInt("told")) } // up to where a mail has told of it

// Entry is the id of its search entry.
func (n *Notice) Entry() string { return n.About() + "/" + n.Of() }

// Follow is the id of the follow for which they were told, "" when that was stopped or there was none.
func (n *Notice) Follow() string { return n.GetString("follow") }

// At is when the last of it happened.
func (n *Notice) At() time.Time { return n.GetDateTime("at").Time() }

// Read says whether they have seen it.
func (n *Notice) Read() bool { return !n.GetDateTime("read").IsZero() }

// News is something to tell somebody.
type News struct {
	User, Kind, About, Record, Follow string
	First, Seq                        int64
	At                                time.Time
}

// Put tells somebody, and says whether that is news to them.
func Put(app core.App, n News) (told bool, err error) {
	people, err := PutAll(app, []News{n})
	return len(people) > 0, err
}

// PutAll tells many people of one and the same thing, in one go and within the transaction that app may be, and returns to
// whom that is news: nobody is told of one thing twice, and telling the same again changes nothing. What is unread already
// of a page says enough of it.
func PutAll(app core.App, all []News) (told []string, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	type one struct {
		User   string `json:"user"`
		Follow string `json:"follow"`
		First  int64  `json:"first"`
	}
	people := make([]one, len(all))
	for i, n := range all {
		people[i] = one{n.User, n.Follow, max(n.First, 1)}
	}
	list, err := json.Marshal(people)
	if err != nil {
		return nil, err
	}
	n := all[0]
	at, err := types.ParseDateTime(n.At.UTC())
	if err != nil {
		return nil, err
	}
	err = app.DB().NewQuery(putSQL).Bind(dbx.Params{
		"people": string(list), "kind": n.Kind, "about": n.About, "record": n.Record, "seq": n.Seq, "at": at.String(), "now": types.NowDateTime().String(),
	}).Column(&told)
	return told, err
}

// putSQL keeps one row for each person, thing and kind. What happens again and again (posts, changes, who may see, what waits)
// moves the row on; all else is told once.
const putSQL = `INSERT INTO {{notifications}} ([[user]], [[kind]], [[about]], [[record]], [[follow]], [[first]], [[seq]], [[at]], [[read]], [[told]], [[created]], [[updated]])
SELECT p.value ->> 'user', {:kind}, {:about}, {:record}, p.value ->> 'follow', p.value ->> 'first', {:seq}, {:at}, '', 0, {:now}, {:now}
FROM json_each({:people}) p
WHERE {:kind} IN ('access', 'waits') OR NOT EXISTS (SELECT 1 FROM {{notifications}} o WHERE o.[[user]] = p.value ->> 'user' AND o.[[about]] = {:about} AND o.[[record]] = {:record}
	AND o.[[kind]] NOT IN ({:kind}, 'access', 'waits') AND o.[[read]] = '')
ON CONFLICT ([[user]], [[kind]], [[about]], [[record]]) DO UPDATE SET
	[[first]] = CASE WHEN [[read]] = '' THEN [[first]] ELSE excluded.[[first]] END,
	[[follow]] = excluded.[[follow]], [[seq]] = excluded.[[seq]], [[at]] = excluded.[[at]], [[read]] = '', [[updated]] = excluded.[[updated]]
WHERE excluded.[[seq]] > [[seq]] AND [[kind]] IN ('posts', 'changed', 'access', 'published', 'waits', 'adopted')
RETURNING [[user]]`

// Notices lists what somebody was told, the newest first, at most limit (-1: all).
func Notices(app core.App, user string, limit int64) ([]*Notice, error) {
	return notices(app, dbx.HashExp{"user": user}, limit)
}

// Unread lists what somebody has not seen yet, the newest first, at most limit (-1: all).
func Unread(app core.App, user string, limit int64) ([]*Notice, error) {
	return notices(app, dbx.HashExp{"user": user, "read": ""}, limit)
}

func notices(app core.App, where dbx.Expression, limit int64) ([]*Notice, error) {
	var list []*Notice
	err := app.RecordQuery("notifications").AndWhere(where).OrderBy("at DESC", "id").Limit(limit).All(&list)
	return list, err
}

// AllRead says that somebody has seen all that they were told until a moment.
func AllRead(app core.App, user string, until time.Time) error {
	at, err := types.ParseDateTime(until.UTC())
	if err != nil {
		return err
	}
	return read(app, dbx.And(dbx.HashExp{"user": user}, dbx.NewExp("[[updated]] <= {:at}", dbx.Params{"at": at.String()})))
}

// Seen says that somebody has seen a thing, and what hangs from it: of a thread, its posts.
func Seen(app core.App, user, about, record string) error {
	things := []dbx.Expression{dbx.HashExp{"about": about, "record": record}}
	if about == "threads" {
		things = append(things, dbx.And(dbx.HashExp{"about": "posts"},
			dbx.NewExp("[[record]] IN (SELECT [[id]] FROM {{posts}} WHERE [[thread]] = {:thread})", dbx.Params{"thread": record})))
	}
	where := dbx.And(dbx.HashExp{"user": user, "read": ""}, dbx.Or(things...))
	var n int
	if err := app.DB().Select("COUNT(*)").From("notifications").Where(where).Row(&n); err != nil || n == 0 {
		return err // mostly there is nothing to write
	}
	return read(app, where)
}

func read(app core.App, where dbx.Expression) error {
	now := types.NowDateTime().String()
	_, err := app.DB().Update("notifications", dbx.Params{"read": now}, dbx.And(dbx.HashExp{"read": ""}, where)).Execute()
	return err
}

// untold is of a notice that no mail has told of yet.
const untold = "[[read]] = '' AND [[told]] < [[seq]]"

// ToWrite lists who has news that no mail told of, of those who want mail at certain times, in order and after one of them.
func ToWrite(app core.App, now time.Time, after string, limit int64, times ...any) (people []string, err error) {
	err = app.DB().Select("id").From("users").
		Where(dbx.In("mail", times...)).
		AndWhere(dbx.NewExp("[[id]] > {:after} AND [[left]] = '' AND NOT [[suspended]] AND [[mail_pause]] <= {:now}",
			dbx.Params{"after": after, "now": now.UTC().Format(types.DefaultDateLayout)})).
		AndWhere(dbx.NewExp("EXISTS (SELECT 1 FROM {{notifications}} n WHERE n.[[user]] = {{users}}.[[id]] AND " + untold + ")")).
		OrderBy("id").Limit(limit).Column(&people)
	return people, err
}

// NotMailed lists what somebody was told and no mail has told of yet, the newest first.
func NotMailed(app core.App, user string) ([]*Notice, error) {
	return notices(app, dbx.And(dbx.HashExp{"user": user}, dbx.NewExp(untold)), -1)
}

// Mailed notes that a mail tells of all that somebody was told until now: what they did not want mail about comes in none.
func Mailed(app core.App, user string) error {
	_, err := app.DB().Update("notifications", dbx.Params{"told": dbx.NewExp("[[seq]]")}, dbx.And(dbx.HashExp{"user": user}, dbx.NewExp("[[told]] < [[seq]]"))).Execute()
	return err
}

// NoticeDays is how long it is kept of what somebody was told.
const NoticeDays = 365

// DropOldNotices drops those that are older, at most limit, and says how many.
func DropOldNotices(app core.App, limit int) (int, error) {
	before, err := types.ParseDateTime(time.Now().AddDate(0, 0, -NoticeDays))
	if err != nil {
		return 0, err
	}
	done, err := app.DB().NewQuery("DELETE FROM {{notifications}} WHERE [[id]] IN (SELECT [[id]] FROM {{notifications}} WHERE [[created]] < {:before} AND [[at]] < {:before} LIMIT {:limit})").
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

// Thing takes the id of a search entry apart.
func Thing(entry string) (about, record string) {
	about, record, _ = strings.Cut(entry, "/")
	return about, record
}
