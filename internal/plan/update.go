package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Updates returns what happened since a plan was made, the newest first.
func Updates(app core.App, document string) ([]Update, error) {
	rows, err := app.FindRecordsByFilter("plan_updates", "document = {:d}", "-on,position,-created", 0, 0, dbx.Params{"d": document})
	if err != nil {
		return nil, err
	}
	var updates []Update
	for _, r := range rows {
		updates = append(updates, Update{ID: r.Id, On: r.GetString("on"), ByRole: r.GetString("by_role"), Text: r.GetString("text")})
	}
	return updates, nil
}

// ReadUpdates takes updates as they stand in front matter.
func ReadUpdates(front any) (updates []Update, problems []string) {
	list, ok := front.([]any)
	if !ok {
		return nil, []string{"updates: expected a list"}
	}
	for i, e := range list {
		row, ok := e.(map[string]any)
		if !ok {
			problems = append(problems, fmt.Sprintf("updates: the %d. one is not in the shape of an update", i+1))
			continue
		}
		says := func(field string) string {
			switch v := row[field].(type) {
			case nil:
				return ""
			case time.Time:
				return v.Format(time.DateOnly)
			default:
				return strings.TrimSpace(fmt.Sprint(v))
			}
		}
		if u := (Update{On: says("date"), ByRole: says("by_role"), Text: says("text")}); u != (Update{}) {
			updates = append(updates, u)
		}
	}
	return updates, problems
}

// ApplyUpdates makes a plan's updates equal to those of a file. They have no ids there: what is said of one day is taken in
// its order.
func ApplyUpdates(tx core.App, document, actor string, updates []Update) error {
	rows, err := tx.FindRecordsByFilter("plan_updates", "document = {:d}", "on,position,-created", 0, 0, dbx.Params{"d": document})
	if err != nil {
		return err
	}
	c, err := tx.FindCachedCollectionByNameOrId("plan_updates")
	if err != nil {
		return err
	}
	w, kept, last := &applying{app: tx, actor: actor, today: Today(time.Now())}, map[string]bool{}, map[string]int{}
	for _, u := range updates {
		r := core.NewRecord(c)
		if i := slices.IndexFunc(rows, func(r *core.Record) bool { return r.GetString("on") == u.On && !kept[r.Id] }); i >= 0 {
			r = rows[i]
		}
		last[u.On] = max(last[u.On]+1, r.GetInt("position"))
		kept[w.put(r, map[string]any{"document": document, "on": u.On, "position": last[u.On], "by_role": u.ByRole, "text": u.Text})] = true
	}
	w.leaveOut("plan_updates", dbx.HashExp{"document": document}, kept) // never published as a promise: it just goes
	return w.err
}
