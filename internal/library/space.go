package library

import (
	"fmt"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// CountBySpace counts the documents of each space, in any state.
func CountBySpace(app core.App) (map[string]int, error) {
	return member.BySpace(app.DB().Select("space", "COUNT(*) AS n").From("documents").GroupBy("space"))
}

// bindSpaces keeps a space as long as there are documents in it: nothing may be left where nobody decides who sees it.
func bindSpaces(app core.App) {
	app.OnRecordDelete("spaces").BindFunc(func(e *core.RecordEvent) error {
		var n int
		if err := e.App.DB().Select("COUNT(*)").From("documents").Where(dbx.HashExp{"space": e.Record.Id}).Row(&n); err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("the space still holds %d documents: move them first", n)
		}
		return e.Next()
	})
}

// Placed is where a document stands and in which state, for those who review who sees what.
type Placed struct {
	ID      string `db:"id"`
	Title   string `db:"title"`
	Space   string `db:"space"`
	State   string `db:"state"`
	Kind    Kind   `db:"kind"`
	Chapter string `db:"chapter"`
	Slug    string `db:"slug"`
}

// Address is where it stands.
func (p Placed) Address() string { return p.Kind.Address(p.Chapter, p.Slug) }

// Apart lists documents that are not simply out in the library, at most limit (-1: all) of those that match.
func Apart(app core.App, library string, where dbx.Expression, limit int64) ([]Placed, error) {
	var list []Placed
	apart := dbx.Or(dbx.Not(dbx.HashExp{"space": library}), dbx.In("state", Draft, InReview))
	err := app.DB().Select("id", "title", "space", "state", "kind", "chapter", "slug").From("documents").
		Where(dbx.And(apart, where, notBinned)).OrderBy("[[title]] COLLATE NOCASE", "id").Limit(limit).All(&list)
	return list, err
}
