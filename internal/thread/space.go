package thread

import (
	"fmt"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// CountBySpace counts the discussions of each space, in any state.
func CountBySpace(app core.App) (map[string]int, error) {
	return member.BySpace(app.DB().Select("space", "COUNT(*) AS n").From("threads").GroupBy("space"))
}

// bindSpaces keeps a space as long as there are discussions in it: nothing may be left where nobody decides who sees it.
func bindSpaces(app core.App) {
	app.OnRecordDelete("spaces").BindFunc(func(e *core.RecordEvent) error {
		var n int
		if err := e.App.DB().Select("COUNT(*)").From("threads").Where(dbx.HashExp{"space": e.Record.Id}).Row(&n); err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("the space still holds %d discussions: move them first", n)
		}
		return e.Next()
	})
}
