package plan

import (
	"strings"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Hung is a goal that hangs from one of its lines.
type Hung struct {
	Line  string // the anchor on the strategy's page
	Title string
	Plan  string
	URL   string // of the goal on its plan's page
	Goal  Status
}

// Under returns the goals that hang from a strategy, given by its page's key, of the plans that the viewer may see.
func Under(app core.App, v *member.Viewer, key string) ([]Hung, error) {
	var rows []struct {
		Strategy string `db:"strategy"`
		Key      string `db:"key"`
		Title    string `db:"title"`
		Status   string `db:"status"`
		Plan     string `db:"plan"`
		Slug     string `db:"slug"`
	}
	err := app.DB().Select("goals.strategy", "goals.key", "goals.title", "goals.status", "documents.title AS plan", "documents.slug").From("goals").
		InnerJoin("documents", dbx.NewExp("{{documents}}.[[id]] = {{goals}}.[[document]]")).
		Where(dbx.And(v.Holds("documents."), dbx.HashExp{"documents.state": "published"}, dbx.NewExp("substr([[goals.strategy]], 1, length({:key})) = {:key}", dbx.Params{"key": key + "#"}))).
		OrderBy("[[documents.title]] COLLATE NOCASE", "goals.position").All(&rows)
	var all []Hung
	for _, r := range rows {
		_, line, _ := strings.Cut(r.Strategy, "#")
		all = append(all, Hung{Line: line, Title: r.Title, Plan: r.Plan, URL: "/plans/" + r.Slug + "#" + Goal{Key: r.Key}.Anchor(), Goal: Status(r.Status)})
	}
	return all, err
}

// Names are what files call the goals, by id: their plan's key and their own.
func Names(app core.App) (map[string]string, error) {
	var rows []struct {
		ID   string `db:"id"`
		Name string `db:"name"`
	}
	err := app.DB().Select("goals.id", "([[documents.key]] || '#' || [[goals.key]]) AS name").From("goals").InnerJoin("documents", dbx.NewExp("{{documents}}.[[id]] = {{goals}}.[[document]]")).All(&rows)
	names := make(map[string]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}

// Named is the id of the goal that files call so; sql.ErrNoRows when there is none.
func Named(app core.App, name string) (id string, err error) {
	document, key, _ := strings.Cut(name, "#")
	err = app.DB().Select("goals.id").From("goals").InnerJoin("documents", dbx.NewExp("{{documents}}.[[id]] = {{goals}}.[[document]]")).
		Where(dbx.HashExp{"documents.key": document, "goals.key": key}).Row(&id)
	return id, err
}
