package thread

import (
	"database/sql"
	"errors"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Saw writes down how far a person has read a thread. It only ever moves on, so that two windows do no harm, and stops at
// the last post that there is.
func Saw(app core.App, person, thread string, seq int64) error {
	now := types.NowDateTime().String()
	_, err := app.DB().NewQuery(`INSERT INTO {{seen}} ([[id]], [[user]], [[thread]], [[seq]], [[created]], [[updated]])
		SELECT {:id}, {:user}, {:thread}, MIN({:seq}, COALESCE(MAX([[seq]]), 0)), {:now}, {:now} FROM {{posts}} WHERE [[thread]] = {:thread}
		ON CONFLICT ([[user]], [[thread]]) DO UPDATE SET [[seq]] = excluded.[[seq]], [[updated]] = excluded.[[updated]] WHERE excluded.[[seq]] > [[seq]]`).
		Bind(dbx.Params{
			"id": security.PseudorandomStringWithAlphabet(15, core.DefaultIdAlphabet), "user": person, "thread": thread, "seq": seq, "now": now,
		}).Execute()
	return err
}

// SeenUpTo is the number of the last post that a person has seen of a thread; false when they have never opened it.
func SeenUpTo(app core.App, person, thread string) (seq int64, opened bool, err error) {
	err = app.DB().Select("seq").From("seen").Where(dbx.HashExp{"user": person, "thread": thread}).Row(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return seq, err == nil, err
}

// Unread is a thread in which there is something that a person has not seen.
type Unread struct {
	Thread string `db:"thread"`
	New    int    `db:"n"`     // posts of others
	First  string `db:"first"` // the first of them
}

// Address leads to the first post that was not seen.
func (u Unread) Address() string { return PostAddress(u.Thread, u.First) }

// PostAddress leads to a post wherever it stands in its thread.
func PostAddress(thread, post string) string { return "/discussions/" + thread + "/posts/" + post }

// UnreadOf lists the threads that a viewer has opened before, may still read, and in which others have posted since, the
// liveliest first, at most limit (-1: all); of the given threads only, where there are any.
func UnreadOf(app core.App, v *member.Viewer, limit int64, threads ...string) ([]Unread, error) {
	var list []Unread
	if !v.SignedIn() {
		return nil, nil
	}
	const since = `FROM {{posts}} p WHERE p.[[thread]] = {{seen}}.[[thread]] AND p.[[seq]] > {{seen}}.[[seq]] AND p.[[state]] = 'visible' AND p.[[author]] != {{seen}}.[[user]]`
	q := app.DB().Select("seen.thread", "(SELECT COUNT(*) "+since+") AS n", "(SELECT p.[[id]] "+since+" ORDER BY p.[[seq]] LIMIT 1) AS first").
		From("seen").InnerJoin("threads", dbx.NewExp("{{threads}}.[[id]] = {{seen}}.[[thread]]")).
		Where(dbx.And(dbx.HashExp{"seen.user": v.ID()}, v.Holds("threads."), dbx.NewExp("EXISTS (SELECT 1 "+since+")"))).
		OrderBy("threads.last_post_at DESC").Limit(limit)
	if len(threads) > 0 {
		ids := make([]any, len(threads))
		for i, id := range threads {
			ids[i] = id
		}
		q.AndWhere(dbx.In("seen.thread", ids...))
	}
	return list, q.All(&list)
}
