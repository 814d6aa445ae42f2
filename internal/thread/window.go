package thread

import (
	"slices"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Stretch is a part of a thread: so many posts in a row, and whether there are others on either side.
type Stretch struct {
	Posts          []Post
	Earlier, Later bool
}

// Last is the end of a thread as one viewer sees it.
func (t *Thread) Last(app core.App, v *member.Viewer, n int64) (Stretch, error) {
	return t.before(app, v, 1<<62, n)
}

// Before is what stands before a number.
func (t *Thread) Before(app core.App, v *member.Viewer, seq, n int64) (Stretch, error) {
	s, err := t.before(app, v, seq, n)
	s.Later = true
	return s, err
}

func (t *Thread) before(app core.App, v *member.Viewer, seq, n int64) (Stretch, error) {
	ps, err := posts(app, dbx.And(t.seenBy(v), dbx.NewExp("{{posts}}.[[seq]] < {:seq}", dbx.Params{"seq": seq})), "posts.seq DESC", n+1)
	more := int64(len(ps)) > n
	if more {
		ps = ps[:n]
	}
	slices.Reverse(ps)
	return Stretch{Posts: ps, Earlier: more}, err
}

// From is what stands from a number on.
func (t *Thread) From(app core.App, v *member.Viewer, seq, n int64) (Stretch, error) {
	ps, err := posts(app, dbx.And(t.seenBy(v), dbx.NewExp("{{posts}}.[[seq]] >= {:seq}", dbx.Params{"seq": seq})), "posts.seq", n+1)
	more := int64(len(ps)) > n
	if more {
		ps = ps[:n]
	}
	return Stretch{Posts: ps, Earlier: true, Later: more}, err
}

// Around is a post with what stands about it.
func (t *Thread) Around(app core.App, v *member.Viewer, seq, n int64) (Stretch, error) {
	before, err := t.before(app, v, seq, n/2)
	if err != nil {
		return before, err
	}
	after, err := t.From(app, v, seq, n-n/2)
	return Stretch{Posts: append(before.Posts, after.Posts...), Earlier: before.Earlier, Later: after.Later}, err
}

// seenBy restricts a query to the posts of the thread that a viewer sees: their own and, for those who moderate, everybody's
// also while they wait or are hidden.
func (t *Thread) seenBy(v *member.Viewer) dbx.Expression {
	where := []dbx.Expression{traced}
	if v.MayModerate(t.Space()) {
		where = append(where, dbx.In("posts.state", Held, Hidden))
	} else if v.SignedIn() {
		where = append(where, dbx.And(dbx.In("posts.state", Held, Hidden), dbx.HashExp{"posts.author": v.ID()}))
	}
	return dbx.And(dbx.HashExp{"posts.thread": t.Id}, dbx.Or(where...))
}
