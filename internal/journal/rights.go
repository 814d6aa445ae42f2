package journal

import (
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// OfSpaces restricts Rights to what happened in one of the spaces, or took something into or out of one.
func OfSpaces(ids []any) dbx.Expression {
	return dbx.And(dbx.Not(dbx.HashExp{"subject": "users"}), dbx.Or(dbx.In("space", ids...),
		dbx.In("json_extract([[data]], '$.was.space')", ids...), dbx.In("json_extract([[data]], '$.now.space')", ids...)))
}

// OfPerson restricts Rights to what somebody did, or what was done to them.
func OfPerson(id string) dbx.Expression {
	return dbx.Or(dbx.HashExp{"parent": id}, dbx.HashExp{"record": id}, dbx.HashExp{"actor": id})
}

// ofRights are the rows of Rights. The pluses keep the indexes of days and subjects out of it: rows are read by number, the
// newest first, until there are enough.
const ofRights = `+[[at]] >= {:since} AND (
	+[[subject]] = 'memberships'
	OR +[[subject]] = 'spaces' AND ([[verb]] != 'update' OR json_extract([[data]], '$.now.level') IS NOT NULL)
	OR +[[subject]] = 'users' AND [[verb]] = 'update' AND (json_extract([[data]], '$.now.role') IS NOT NULL OR json_extract([[data]], '$.now.suspended') IS NOT NULL)
	OR +[[subject]] IN ('documents', 'threads') AND [[verb]] NOT IN ('create', 'delete') AND json_extract([[data]], '$.was.space') IS NOT NULL)`

// Rights returns the newest rows since a moment, at most limit (-1: all) of those that match, that changed who may see or
// do what: spaces and memberships, roles and suspensions, and what was moved from one space to another.
func Rights(app core.App, since time.Time, limit int64, where ...dbx.Expression) ([]Row, error) {
	q := app.DB().Select("seq", "at", "actor", "verb", "subject", "record", "parent", "space", "COALESCE([[data]], 'null') AS data", "sum").From("journal").
		Where(dbx.NewExp("[[seq]] >= (SELECT MIN([[seq]]) FROM {{journal}} WHERE [[at]] >= {:since}) AND "+ofRights,
			dbx.Params{"since": since.UTC().Format(time.RFC3339Nano)})).
		OrderBy("seq DESC").Limit(limit)
	for _, w := range where {
		q.AndWhere(w)
	}
	var rows []Row
	return rows, q.All(&rows)
}
