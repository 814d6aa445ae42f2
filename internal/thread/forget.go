package thread

import (
	"time"

	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// ForgetReporter takes a person off the reports that they made. The reports stay, because they are about something else.
func ForgetReporter(app core.App, person string) error {
	_, err := app.DB().NewQuery("UPDATE {{flags}} SET [[reporter]] = '', [[reporter_key]] = 'erased-' || [[id]] WHERE [[reporter]] = {:person}").
		Bind(dbx.Params{"person": person}).Execute()
	return err
}

// DropFilesOf deletes the files and pictures that a person added to posts: nobody can take a name or a face out of them.
func DropFilesOf(app core.App, person, by string) error {
	files, err := app.FindAllRecords("attachments", dbx.HashExp{"author": person}, dbx.NewExp("[[post]] != ''"))
	if err != nil {
		return err
	}
	for _, f := range files {
		journal.By(f, by)
		if err := app.Delete(f); err != nil {
			return err
		}
	}
	return nil
}

// DropOldReports drops reports that were dealt with more than days ago, at most limit, and says how many.
func DropOldReports(app core.App, days, limit int) (int, error) {
	before, err := types.ParseDateTime(time.Now().AddDate(0, 0, -days))
	if err != nil {
		return 0, err
	}
	done, err := app.DB().NewQuery(`DELETE FROM {{flags}} WHERE [[id]] IN (SELECT [[id]] FROM {{flags}}
		WHERE [[state]] != 'open' AND [[handled]] != '' AND [[handled]] < {:before} LIMIT {:limit})`).
		Bind(dbx.Params{"before": before.String(), "limit": limit}).Execute()
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}
