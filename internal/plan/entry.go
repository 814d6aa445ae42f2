package plan

import (
	"strings"

	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// EntryPrefix starts the ids of this room's search entries; the goal's id follows.
const EntryPrefix = "goals/"

// Entries hands the search entries of goals to yield, each with its measures and actions: of those with the given ids, or
// of all when ids is nil. A goal can be found while its plan can.
func Entries(app core.App, ids []string, yield func(search.Entry) error) error {
	where := dbx.Expression(dbx.HashExp{"documents.state": "published"})
	if ids != nil {
		list := make([]any, len(ids))
		for i, id := range ids {
			list[i] = id
		}
		where = dbx.And(where, dbx.In("goals.id", list...))
	}
	var goals []struct {
		ID     string `db:"id"`
		Key    string `db:"key"`
		Title  string `db:"title"`
		Why    string `db:"why"`
		Role   string `db:"owner_role"`
		Plan   string `db:"plan"`
		Slug   string `db:"slug"`
		Access string `db:"access"`
		Says   string `db:"says"`
	}
	err := app.DB().Select("goals.id", "goals.key", "goals.title", "goals.why", "goals.owner_role", "documents.title AS plan", "documents.slug", "documents.access",
		`COALESCE((SELECT GROUP_CONCAT([[title]], char(10) ORDER BY [[key]]) FROM {{measures}} WHERE [[goal]] = {{goals}}.[[id]]), '') || char(10) ||
		COALESCE((SELECT GROUP_CONCAT([[title]] || ' ' || [[owner_role]] || ' ' || [[note]], char(10) ORDER BY [[key]]) FROM {{actions}} WHERE [[goal]] = {{goals}}.[[id]]), '') AS says`).
		From("goals").InnerJoin("documents", dbx.NewExp("{{documents}}.[[id]] = {{goals}}.[[document]]")).Where(where).OrderBy("goals.id").All(&goals)
	if err != nil {
		return err
	}
	for _, g := range goals {
		body := []string{g.Why, g.Says, g.Role}
		err := yield(search.Entry{
			ID: EntryPrefix + g.ID, Kind: "goal", Title: g.Title, Summary: "A goal of " + g.Plan, Body: strings.TrimSpace(strings.Join(body, "\n")),
			URL: "/plans/" + g.Slug + "#goal-" + g.Key, Access: g.Access,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
