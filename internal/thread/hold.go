package thread

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/types"
)

const (
	postsAtOnce = 20 // by one person in postsWithin
	postsWithin = 5 * time.Minute
	mostHeld    = 3 // posts of one new member that wait for a moderator
)

// errTooFast is a sentence for the person and a status for programs.
var errTooFast = router.NewApiError(http.StatusTooManyRequests, "You have posted 20 times in 5 minutes. Wait a few minutes, then post again.", nil)

// notTooFast refuses a post of somebody who has just written very many. It counts within the transaction of the post
// itself, so that sending many at once gets nobody further.
func notTooFast(app core.App, r *core.Record) error {
	if !writesNow(r) || !app.Settings().RateLimits.Enabled {
		return nil
	}
	since := time.Now().Add(-postsWithin).UTC().Format("2006-01-02 15:04:05.000Z")
	n, err := count(app, "posts", dbx.HashExp{"author": r.GetString("author")}, dbx.NewExp("[[created]] > {:since}", dbx.Params{"since": since}))
	if err != nil || n < postsAtOnce {
		return err
	}
	return errTooFast
}

// slowest is the slowest pace of a thread, in minutes.
const slowest = 24 * 60

// SetSlow lets each person post once in so many minutes, or as often as they like with 0.
func (t *Thread) SetSlow(app core.App, v *member.Viewer, minutes int) error {
	if !v.MayModerate(t.Space()) {
		return errNotAllowed
	}
	t.Set("slow", min(max(minutes, 0), slowest))
	journal.By(t.Record, v.ID())
	return app.Save(t)
}

// notInSlowMode refuses a second post of a person in a thread where one may post only every so many minutes. Those who moderate
// there are let through.
func notInSlowMode(app core.App, r *core.Record) error {
	t, err := ByID(app, r.GetString("thread"))
	if err != nil || t.Slow() == 0 || !writesNow(r) {
		return err
	}
	var last types.DateTime
	err = app.DB().Select("COALESCE(MAX([[created]]), '')").From("posts").Where(dbx.HashExp{"author": r.GetString("author"), "thread": t.Id}).Row(&last)
	again := last.Time().Add(time.Duration(t.Slow()) * time.Minute)
	if err != nil || last.IsZero() || !time.Now().Before(again) {
		return err
	}
	u, err := app.FindRecordById("users", r.GetString("author"))
	if err != nil {
		return err
	}
	if v, err := member.For(app, u); err != nil || v.MayModerate(t.Space()) {
		return err
	}
	return validation.Errors{"body": validation.NewError("validation_slow",
		fmt.Sprintf("This discussion goes slowly, so that everybody can follow: one post from each person every %d minutes. You can post again in %d.", t.Slow(), int(time.Until(again).Minutes())+1))}
}

// writesNow tells somebody who posts from an import, a demonstration or an operator who writes what others said.
func writesNow(r *core.Record) bool {
	return r.GetString("author") != "" && journal.Actor(r) == r.GetString("author")
}

// holdNew makes the first posts of a new member wait where the space wants it: until one of theirs stands somewhere in the
// hub. No more than a few wait at a time.
func holdNew(app core.App, r *core.Record, t *Thread) error {
	if !r.IsNew() || r.GetString("state") != Visible || !writesNow(r) {
		return nil
	}
	if s, err := member.SpaceByID(app, t.Space()); err != nil || !s.GetBool("hold_new") {
		return err
	}
	trusted, err := trusted(app, r.GetString("author"), t.Space())
	if err != nil || trusted {
		return err
	}
	waiting, err := count(app, "posts", dbx.HashExp{"author": r.GetString("author"), "state": Held})
	if err != nil {
		return err
	}
	if waiting >= mostHeld {
		return validation.Errors{"body": validation.NewError("validation_held",
			"Three of your posts wait for a moderator. You can go on when one of them has been read.")}
	}
	r.Set("state", Held)
	return nil
}

// trusted says whether a person's posts stand at once: they moderate there, or have a post that stands.
func trusted(app core.App, person, space string) (bool, error) {
	u, err := app.FindRecordById("users", person)
	if err != nil {
		return false, err
	}
	v, err := member.For(app, u)
	if err != nil || v.MayModerate(space) {
		return err == nil, err
	}
	n, err := count(app, "posts", dbx.HashExp{"author": person, "state": Visible})
	return n > 0, err
}

func count(app core.App, collection string, where ...dbx.Expression) (n int, err error) {
	err = app.DB().Select("COUNT(*)").From(collection).Where(dbx.And(where...)).Row(&n)
	return n, err
}

// reasonOf is what a moderator wrote about an act. What only waited may be let through without a word: then nothing is
// wrong with it, and the act says so.
func reasonOf(act *core.Record) string {
	reason := strings.TrimSpace(strings.ReplaceAll(act.GetString("reason"), "\r\n", "\n"))
	if reason == "" && act.GetString("act") == Release {
		return "Nothing is wrong with it."
	}
	return reason
}
