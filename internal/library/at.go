package library

import (
	"database/sql"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// At returns the document that stands at an address, whatever its kind; the error is sql.ErrNoRows when there is none.
func At(app core.App, path string) (*Document, error) {
	for kind, r := range kinds {
		rest, below := strings.CutPrefix(path, strings.TrimSuffix(r.base, "/")+"/")
		chapter, slug, deep := strings.Cut(rest, "/")
		if !deep {
			chapter, slug = "", rest
		}
		if below && slug != "" && !strings.Contains(slug, "/") && deep == (kind == Handbook) {
			if d, err := Find(app, kind, chapter, slug); err == nil {
				return d, nil
			}
		}
	}
	return nil, sql.ErrNoRows
}

// CountOut counts the documents of a space that are out: whoever may look into it reads them.
func CountOut(app core.App, space string) (int, error) {
	n, err := app.CountRecords("documents", dbx.HashExp{"space": space, "state": []any{Published, Withdrawn}})
	return int(n), err
}
