package thread

import (
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Lately lists the newest posts that the viewer may read, at most n, with the title of each one's thread by its id.
func Lately(app core.App, v *member.Viewer, n int64, where dbx.Expression) ([]Post, map[string]string, error) {
	threads := dbx.NewExp("{{threads}}.[[id]] = {{posts}}.[[thread]]")
	var ids []string
	err := app.DB().Select("posts.id").From("posts").InnerJoin("threads", threads).
		Where(dbx.And(dbx.HashExp{"posts.state": Visible}, where)).AndWhere(v.Holds("posts.")).AndWhere(v.Holds("threads.")).
		OrderBy("posts.seq DESC").Limit(n).Column(&ids)
	if err != nil || len(ids) == 0 {
		return nil, nil, err
	}
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	ps, err := posts(app, dbx.In("posts.id", list...), "posts.seq DESC", n)
	if err != nil {
		return nil, nil, err
	}
	var rows []struct {
		ID    string `db:"id"`
		Title string `db:"title"`
	}
	titles := map[string]string{}
	err = app.DB().Select("threads.id", "threads.title").Distinct(true).From("threads").InnerJoin("posts", threads).Where(dbx.In("posts.id", list...)).All(&rows)
	for _, r := range rows {
		titles[r.ID] = r.Title
	}
	return ps, titles, err
}
