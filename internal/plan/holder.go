package plan

import (
	"commonplace/internal/journal"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Forget lets nobody be told as somebody who has left, nor tells that they signed: what they signed for stays signed.
func Forget(tx core.App, person, by string) error {
	held, err := tx.FindAllRecords("role_holders", dbx.HashExp{"user": person})
	if err != nil {
		return err
	}
	for _, r := range held {
		if err := tx.Delete(r); err != nil {
			return err
		}
	}
	signed, err := tx.FindAllRecords("signoffs", dbx.HashExp{"author": person})
	if err != nil {
		return err
	}
	for _, r := range signed {
		r.Set("author", "")
		journal.By(r, by)
		if err := tx.Save(r); err != nil {
			return err
		}
	}
	return nil
}
