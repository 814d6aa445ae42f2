package thread

import (
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Version is what a post said from one moment on.
type Version struct {
	Body    string         `db:"body"`
	Written types.DateTime `db:"written"`
}

// At is when it was written.
func (v Version) At() time.Time { return v.Written.Time() }

// Versions lists what a post has said, the newest first: what it says now is one of them.
func Versions(app core.App, post *core.Record) ([]Version, error) {
	now := Version{post.GetString("body"), sinceWhen(post)}
	var before []Version
	err := app.DB().Select("body", "written").From("post_versions").Where(dbx.HashExp{"post": post.Id}).OrderBy("written DESC", "rowid DESC").All(&before)
	return append([]Version{now}, before...), err
}

// sinceWhen is since when a post has said what it says.
func sinceWhen(post *core.Record) types.DateTime {
	if edited := post.GetDateTime("edited"); !edited.IsZero() {
		return edited
	}
	return post.GetDateTime("created")
}

// keepVersion keeps what a changed post said before; what was taken back is kept nowhere. It runs in the transaction of the
// change.
func keepVersion(app core.App, was, now *core.Record) error {
	if now.GetString("state") == Removed {
		for _, of := range []string{"post_versions", "reactions"} {
			if _, err := app.DB().Delete(of, dbx.HashExp{"post": now.Id}).Execute(); err != nil {
				return err
			}
		}
		return nil
	}
	if was.GetString("body") == now.GetString("body") {
		return nil
	}
	c, err := app.FindCachedCollectionByNameOrId("post_versions")
	if err != nil {
		return err
	}
	old := core.NewRecord(c)
	old.Load(map[string]any{"post": was.Id, "written": sinceWhen(was), "body": was.GetString("body")})
	return app.Save(old)
}
