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

// CountOut counts the threads of a space that are not hidden: whoever may look into it reads them.
func CountOut(app core.App, space string) (int, error) {
	n, err := app.CountRecords("threads", dbx.HashExp{"space": space, "state": []any{Open, Closed}})
	return int(n), err
}

// CountOn counts the threads on a document.
func CountOn(app core.App, document string) (int, error) {
	n, err := app.CountRecords("threads", dbx.HashExp{"document": document})
	return int(n), err
}

// Placed is where a thread stands and in which state, for those who review who sees what.
type Placed struct {
	ID    string `db:"id"`
	Title string `db:"title"`
	Space string `db:"space"`
	State string `db:"state"`
}

// Address is where it stands.
func (p Placed) Address() string { return "/discussions/" + p.ID }

// Apart lists threads that are not simply out in the library, at most limit (-1: all) of those that match.
func Apart(app core.App, library string, where dbx.Expression, limit int64) ([]Placed, error) {
	var list []Placed
	apart := dbx.Or(dbx.Not(dbx.HashExp{"space": library}), dbx.In("state", Hidden, Held))
	err := app.DB().Select("id", "title", "space", "state").From("threads").
		Where(dbx.And(apart, where)).OrderBy("[[title]] COLLATE NOCASE", "id").Limit(limit).All(&list)
	return list, err
}
