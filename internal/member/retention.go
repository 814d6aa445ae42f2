package member

import (
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// DropOldRequests drops requests to join that were decided, and invitations that were accepted, revoked or ran out, more
// than days ago: at most limit of each. It says how many.
func DropOldRequests(app core.App, days, limit int) (int, error) {
	before, err := types.ParseDateTime(time.Now().AddDate(0, 0, -days))
	if err != nil {
		return 0, err
	}
	all := 0
	for table, over := range map[string]string{
		"join_requests": "[[state]] != 'pending' AND [[decided]] != '' AND [[decided]] < {:before}",
		"invitations":   "([[expires]] != '' AND [[expires]] < {:before}) OR ([[accepted]] != '' AND [[accepted]] < {:before}) OR ([[revoked]] != '' AND [[revoked]] < {:before})",
	} {
		done, err := app.DB().NewQuery("DELETE FROM {{" + table + "}} WHERE [[id]] IN (SELECT [[id]] FROM {{" + table + "}} WHERE " + over + " LIMIT {:limit})").
			Bind(dbx.Params{"before": before.String(), "limit": limit}).Execute()
		if err != nil {
			return all, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return all, err
		}
		all += int(n)
	}
	return all, nil
}
