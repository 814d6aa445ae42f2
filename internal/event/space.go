package event

import (
	"fmt"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// CountBySpace counts the events of each space, in any state.
func CountBySpace(app core.App) (map[string]int, error) {
	return member.BySpace(app.DB().Select("space", "COUNT(*) AS n").From("events").GroupBy("space"))
}

// CountOut counts the events of a space that were announced: whoever may look into it reads them.
func CountOut(app core.App, space string) (int, error) {
	n, err := app.CountRecords("events", dbx.HashExp{"space": space}, dbx.Not(dbx.HashExp{"state": Draft}))
	return int(n), err
}

// bindSpaces keeps a space as long as there are events in it: without one they would be everybody's.
func bindSpaces(app core.App) {
	app.OnRecordDelete("spaces").BindFunc(func(e *core.RecordEvent) error {
		n, err := e.App.CountRecords("events", dbx.HashExp{"space": e.Record.Id})
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("the space still holds %d events: throw them away first", n)
		}
		return e.Next()
	})
}
