package library

import (
	"time"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// What the board of freshness can be narrowed to.
const (
	ShowOverdue = "overdue"
	ShowSoon    = "soon"     // due within 30 days
	ShowNoOwner = "no-owner" // nobody keeps it, or nobody who is still here
	ShowFigures = "figures"  // a figure on it changed since it was checked
	ShowBehind  = "behind"   // an edition whose original changed since
	ShowUndated = "undated"  // no day by which it is to be checked
	ShowAll     = "all"
)

// Shows lists them in order.
var Shows = []string{ShowOverdue, ShowSoon, ShowNoOwner, ShowFigures, ShowBehind, ShowUndated, ShowAll}

// BoardAsked narrows the board. An empty field asks for all.
type BoardAsked struct {
	Show, Organisation, Keeper, Words string
	Kind                              Kind
}

// BoardRow is a page on the board.
type BoardRow struct {
	ID           string         `db:"id"`
	Kind         Kind           `db:"kind"`
	Title        string         `db:"title"`
	Chapter      string         `db:"chapter"`
	Slug         string         `db:"slug"`
	Organisation string         `db:"organisation"`
	Role         string         `db:"owner_role"`
	Owner        string         `db:"owner"`
	OwnerName    string         `db:"owner_name"`
	OwnerGone    bool           `db:"owner_gone"` // nobody keeps it, or nobody who is still here
	Reviewed     types.DateTime `db:"last_reviewed"`
	CheckBy      types.DateTime `db:"check_by"`
	Figures      int            `db:"figures"` // that changed since it was checked
	Behind       bool           `db:"behind"`  // it is an edition, and its original says something else by now
	Failed       int            `db:"failed"`  // reminders that did not arrive
}

// Address is where the page stands.
func (r BoardRow) Address() string { return r.Kind.Address(r.Chapter, r.Slug) }

const (
	ownerGone      = "({{u}}.[[id]] IS NULL OR {{u}}.[[suspended]] OR {{u}}.[[left]] != '')"
	figuresChanged = "(SELECT COUNT(*) FROM {{figure_uses}} f WHERE {{f}}.[[document]] = {{d}}.[[id]] AND {{f}}.[[changed]] != '')"
	mailsFailed    = "(SELECT COUNT(*) FROM {{reminders}} r JOIN {{outbox}} o ON {{o}}.[[key]] = {{r}}.[[mail]] WHERE {{r}}.[[document]] = {{d}}.[[id]] AND {{r}}.[[check_by]] = {{d}}.[[check_by]] AND {{o}}.[[state]] = 'failed')"
)

// showing is the condition of each way to narrow the board. A page is right until the end of its last day.
var showing = map[string]string{
	ShowOverdue: "{{d}}.[[check_by]] != '' AND {{d}}.[[check_by]] < {:today}",
	ShowSoon:    "{{d}}.[[check_by]] >= {:today} AND {{d}}.[[check_by]] < {:soon}",
	ShowNoOwner: ownerGone,
	ShowFigures: figuresChanged + " > 0",
	ShowBehind:  behindSince + " IS NOT NULL",
	ShowUndated: "{{d}}.[[check_by]] = ''",
	ShowAll:     "1 = 1",
}

// Reviewed is the scope of a board: the pages in the spaces that the viewer reviews.
func Reviewed(v *member.Viewer) dbx.Expression {
	var spaces []any
	for _, id := range v.Reviews() {
		spaces = append(spaces, id)
	}
	return dbx.In("d.space", spaces...)
}

// KeptByViewer is the scope of one's own pages, as far as one may still see them.
func KeptByViewer(v *member.Viewer) dbx.Expression {
	return dbx.And(dbx.HashExp{"d.owner": v.ID()}, v.Where("d."))
}

// board selects the pages of a scope that are out, narrowed to all but what is shown.
func board(app core.App, scope dbx.Expression, asked BoardAsked, columns ...string) *dbx.SelectQuery {
	q := app.DB().Select(columns...).From("documents d").LeftJoin("users u", dbx.NewExp("{{u}}.[[id]] = {{d}}.[[owner]] AND {{d}}.[[owner]] != ''")).
		Where(dbx.HashExp{"d.state": Published}).AndWhere(scope)
	for column, value := range map[string]string{"d.organisation": asked.Organisation, "d.owner": asked.Keeper, "d.kind": string(asked.Kind)} {
		if value != "" {
			q.AndWhere(dbx.HashExp{column: value})
		}
	}
	if asked.Words != "" {
		q.AndWhere(dbx.Like("d.title", asked.Words))
	}
	return q
}

func boardDays(now time.Time) dbx.Params {
	day := now.UTC().Truncate(24 * time.Hour)
	return dbx.Params{"today": day.Format(time.DateOnly), "soon": day.AddDate(0, 0, 31).Format(time.DateOnly)}
}

// Board lists the pages that are asked for, the most urgent first.
func Board(app core.App, scope dbx.Expression, asked BoardAsked, now time.Time, offset, limit int64) ([]BoardRow, error) {
	var rows []BoardRow
	err := board(app, scope, asked, "d.id", "d.kind", "d.title", "d.chapter", "d.slug", "d.organisation", "d.owner_role", "d.owner", "COALESCE({{u}}.[[name]], '') AS owner_name",
		ownerGone+" AS owner_gone", "d.last_reviewed", "d.check_by", figuresChanged+" AS figures", behindSince+" IS NOT NULL AS behind", mailsFailed+" AS failed").
		AndWhere(dbx.NewExp(showing[asked.Show], boardDays(now))).
		OrderBy("{{d}}.[[check_by]] = ''", "d.check_by", "[[d.title]] COLLATE NOCASE", "d.id").Offset(offset).Limit(limit).All(&rows)
	return rows, err
}

// BoardIDs lists the ids of all pages that are asked for.
func BoardIDs(app core.App, scope dbx.Expression, asked BoardAsked, now time.Time) (ids []string, err error) {
	err = board(app, scope, asked, "d.id").AndWhere(dbx.NewExp(showing[asked.Show], boardDays(now))).Column(&ids)
	return ids, err
}

// BoardCounts says how many pages there are of each of Shows.
func BoardCounts(app core.App, scope dbx.Expression, asked BoardAsked, now time.Time) (map[string]int, error) {
	counts := map[string]int{}
	for _, show := range Shows {
		var n int
		if err := board(app, scope, asked, "COUNT(*)").AndWhere(dbx.NewExp(showing[show], boardDays(now))).Row(&n); err != nil {
			return nil, err
		}
		counts[show] = n
	}
	return counts, nil
}
