package plan

import (
	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// AddAction puts an action behind the others of a goal, on behalf of somebody, and says to which plan it came. Whether they
// may is for the caller to ask. Its key is new.
func AddAction(app core.App, goal, actor string, a Action) (document string, err error) {
	err = app.RunInTransaction(func(tx core.App) error {
		g, err := tx.FindRecordById("goals", goal)
		if err != nil {
			return err
		}
		document = g.GetString("document")
		n, err := tx.CountRecords("actions", dbx.HashExp{"goal": goal})
		if err != nil {
			return err
		}
		c, err := tx.FindCachedCollectionByNameOrId("actions")
		if err != nil {
			return err
		}
		r := core.NewRecord(c)
		r.Load(map[string]any{
			"goal": goal, "key": "action-" + security.RandomStringWithAlphabet(8, "abcdefghijkmnpqrstuvwxyz23456789"), "title": a.Title, "due": a.Due.stored(),
			"owner_role": a.OwnerRole, "status": string(a.Status), "note": a.Note, "position": n + 1,
		})
		journal.By(r, actor)
		return tx.Save(r)
	})
	return document, err
}
