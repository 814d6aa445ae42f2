package journal

import (
	"encoding/json"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Subjects of rows that are about no record's change.
const (
	Access    = "access"    // somebody came in, or took or looked at something; the record is the person or the thing
	Retention = "retention" // something went because its time was over
	Command   = "command"   // an operator ran a command that reads or writes everything
)

// Verbs of Access.
const (
	SignIn       = "sign-in"
	SignInFailed = "sign-in-failed"
	Download     = "download"
	View         = "view"
)

// Said is the data of a note: a few words of the program's own, never what somebody typed.
func Said(pairs map[string]any) types.JSONRaw {
	data, err := json.Marshal(pairs)
	if err != nil {
		return nil
	}
	return data
}

// Ran notes that a command ran.
func Ran(app core.App, name string, data map[string]any) error {
	return Note(app, Row{Actor: "command " + name, Subject: Command, Verb: name, Data: Said(data)})
}

// dropped is what a note of retention says: how many rows of what went, and for the journal what the first row left must
// fit.
type dropped struct {
	Rows    int    `json:"rows"`
	What    string `json:"what"`
	Through int64  `json:"through,omitempty"`
	Sum     string `json:"sum,omitempty"`
}

// Dropped notes that rows of a kind went because their time was over; none is no news.
func Dropped(app core.App, what string, rows int) error {
	if rows == 0 {
		return nil
	}
	return Note(app, Row{Actor: Retention, Subject: Retention, Verb: "drop", Data: asData(dropped{Rows: rows, What: what})})
}

func asData(d dropped) types.JSONRaw {
	data, err := json.Marshal(d)
	if err != nil {
		return nil
	}
	return data
}

// year is how long the database itself keeps the journal, see the migration of its triggers.
const year = 365

// Trim drops rows older than days, oldest first and at most limit, and notes it. It never leaves a gap: a row that is
// younger keeps all after it, whatever the clock said when they were written.
func Trim(app core.App, days, limit int) (int, error) {
	before := time.Now().UTC().AddDate(0, 0, -max(days, year)).Format(time.RFC3339Nano)
	gone := 0
	err := app.RunInTransaction(func(tx core.App) error {
		var old []Row
		err := tx.DB().NewQuery("SELECT [[seq]], [[at]], [[sum]] FROM {{journal}} ORDER BY [[seq]] LIMIT {:limit}").
			Bind(dbx.Params{"limit": limit}).All(&old)
		if err != nil {
			return err
		}
		for gone < len(old) && old[gone].At < before {
			gone++
		}
		if gone == 0 {
			return nil
		}
		last := old[gone-1]
		note := Row{Actor: Retention, Subject: Retention, Verb: "drop", Data: asData(dropped{Rows: gone, What: "journal", Through: last.Seq, Sum: last.Sum})}
		if err := Note(tx, note); err != nil { // before they go, because the newest row gives the next its number
			return err
		}
		_, err = tx.DB().Delete("journal", dbx.NewExp("[[seq]] <= {:seq}", dbx.Params{"seq": last.Seq})).Execute()
		return err
	})
	return gone, err
}
