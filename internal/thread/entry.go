package thread

import (
	"strings"

	"commonplace/internal/markdown"
	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Prefixes of the ids of this room's search entries.
const (
	EntryPrefix     = "threads/"
	PostEntryPrefix = "posts/"
)

// Entries hands the search entries of threads to yield: of those with the given ids, or of all when ids is nil.
func Entries(app core.App, ids []string, yield func(search.Entry) error) error {
	return pages(ids, func(after string, where dbx.Expression, limit int64) (string, int, error) {
		var ts []*Thread
		err := app.RecordQuery("threads").AndWhere(where).AndWhere(behind("threads", after)).
			AndWhere(dbx.In("state", Open, Closed)).OrderBy("id").Limit(limit).All(&ts)
		if err != nil || len(ts) == 0 {
			return after, len(ts), err
		}
		decided, err := Outcomes(app, idsOf(ts))
		for _, t := range ts {
			if err == nil {
				err = yield(search.Entry{
					ID: EntryPrefix + t.Id, Kind: "thread", Title: t.Title(), Summary: decidedIn(decided[t.Id]), URL: "/discussions/" + t.Id, Access: t.GetString("access"),
					Published: t.Started(), Reviewed: t.LastPost(),
				})
				after = t.Id
			}
		}
		return after, len(ts), err
	}, "threads.id")
}

// PostEntries hands the search entries of posts to yield: of those with the given ids, or of all when ids is nil.
func PostEntries(app core.App, ids []string, yield func(search.Entry) error) error {
	return pages(ids, func(after string, where dbx.Expression, limit int64) (string, int, error) {
		var rows []struct {
			ID           string         `db:"id"`
			Thread       string         `db:"thread"`
			Title        string         `db:"title"`
			Body         string         `db:"body"`
			Access       string         `db:"access"`
			Organisation string         `db:"organisation"`
			Slug         string         `db:"slug"`
			At           types.DateTime `db:"created"`
		}
		err := app.DB().Select("posts.id", "posts.thread", "threads.title", "posts.body", "posts.access", "posts.created",
			"COALESCE(organisations.name, '') AS organisation", "COALESCE(organisations.slug, '') AS slug").
			From("posts").
			InnerJoin("threads", dbx.NewExp("{{threads}}.[[id]] = {{posts}}.[[thread]]")).
			LeftJoin("organisations", dbx.NewExp("{{organisations}}.[[id]] = {{posts}}.[[organisation]]")).
			Where(dbx.And(dbx.HashExp{"posts.state": Visible}, dbx.In("threads.state", Open, Closed))).
			AndWhere(where).AndWhere(behind("posts", after)).OrderBy("posts.id").Limit(limit).All(&rows)
		for _, r := range rows {
			if err == nil {
				err = yield(search.Entry{
					ID: PostEntryPrefix + r.ID, Kind: "post", Title: r.Title, Body: Plain(r.Body), Access: r.Access,
					URL: PostAddress(r.Thread, r.ID), Organisation: r.Organisation, OrganisationSlug: r.Slug,
					Published: r.At.Time(), Reviewed: r.At.Time(),
				})
				after = r.ID
			}
		}
		return after, len(rows), err
	}, "posts.id")
}

func idsOf(ts []*Thread) []string {
	ids := make([]string, len(ts))
	for i, t := range ts {
		ids[i] = t.Id
	}
	return ids
}

// decidedIn is the outcome of a thread as search shows it.
func decidedIn(outcome string) string {
	if outcome == "" {
		return ""
	}
	return "Decided: " + Shorten(outcome, 400)
}

func behind(table, after string) dbx.Expression {
	return dbx.NewExp("{{"+table+"}}.[[id]] > {:after}", dbx.Params{"after": after})
}

// pages reads a table in pages by id, all of it or the given ids.
func pages(ids []string, read func(after string, where dbx.Expression, limit int64) (string, int, error), column string) error {
	const page = 500
	var where dbx.Expression = dbx.NewExp("1 = 1")
	if ids != nil {
		list := make([]any, len(ids))
		for i, id := range ids {
			list[i] = id
		}
		where = dbx.In(column, list...)
	}
	for after := ""; ; {
		last, n, err := read(after, where, page)
		if err != nil || n < page {
			return err
		}
		after = last
	}
}

// Plain is the words of a post.
func Plain(body string) string {
	page, err := markdown.Render(body, markdown.Options{Prefix: "x-"})
	if err != nil {
		return strings.Join(strings.Fields(body), " ")
	}
	return page.Plain
}

// PostsOf lists the ids of a thread's posts.
func PostsOf(app core.App, thread string) ([]string, error) {
	var ids []string
	err := app.DB().Select("id").From("posts").Where(dbx.HashExp{"thread": thread}).Column(&ids)
	return ids, err
}
