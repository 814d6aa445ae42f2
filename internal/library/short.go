package library

import (
	"crypto/sha256"
	"database/sql"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Handbook pages have a short address for paper, which follows from the id and so leads to the page wherever it moves. Its
// signs are those that nobody takes for others, written by hand or read aloud.
const (
	shortSigns = "23456789abcdefghjkmnpqrstuvwxyz"
	shortLong  = 5
)

// ShortAddress is where paper sends its readers for the page with an id.
func ShortAddress(id string) string {
	sum := sha256.Sum256([]byte(id))
	code := make([]byte, shortLong)
	for i := range code {
		code[i] = shortSigns[(int(sum[2*i])<<8|int(sum[2*i+1]))%len(shortSigns)]
	}
	return "/h/" + string(code)
}

// ByShortAddress finds the handbook page that a short address belongs to, the oldest should there be two; the error is
// sql.ErrNoRows when there is none.
func ByShortAddress(app core.App, path string) (*Document, error) {
	var ids []string
	err := app.DB().Select("id").From("documents").Where(dbx.HashExp{"kind": string(Handbook)}).OrderBy("created", "id").Column(&ids)
	if err != nil {
		return nil, err
	}
	path = strings.ToLower(path)
	for _, id := range ids {
		if ShortAddress(id) == path {
			return ByID(app, id)
		}
	}
	return nil, sql.ErrNoRows
}
