package notify

import (
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Forget drops every mail to a person who leaves, sent or not, and takes their name out of the mails to others.
func Forget(app core.App, person, address, name string) error {
	_, err := app.DB().Delete("outbox", dbx.Or(dbx.HashExp{"person": person},
		dbx.NewExp("LOWER([[to]]) = {:address}", dbx.Params{"address": strings.ToLower(address)}))).Execute()
	if err != nil || !strings.Contains(name, " ") { // one short word would be found inside of others
		return err
	}
	_, err = app.DB().NewQuery(`UPDATE {{outbox}} SET [[subject]] = REPLACE([[subject]], {:name}, {:nobody}),
		[[text]] = REPLACE([[text]], {:name}, {:nobody}), [[html]] = REPLACE([[html]], {:name}, {:nobody})
		WHERE INSTR([[subject]] || [[text]] || [[html]], {:name}) > 0`).
		Bind(dbx.Params{"name": name, "nobody": "somebody who has left"}).Execute()
	return err
}

// DropOld drops mails that ended more than days ago, at most limit, and says how many.
func DropOld(app core.App, days, limit int) (int, error) {
	before, err := types.ParseDateTime(time.Now().AddDate(0, 0, -days))
	if err != nil {
		return 0, err
	}
	done, err := app.DB().NewQuery(`DELETE FROM {{outbox}} WHERE [[id]] IN (SELECT [[id]] FROM {{outbox}}
		WHERE [[state]] IN ('sent', 'failed', 'dropped') AND [[updated]] < {:before} AND [[due]] < {:before} AND [[sent]] < {:before} LIMIT {:limit})`).
		Bind(dbx.Params{"before": before.String(), "limit": limit}).Execute()
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}
