package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"commonplace/internal/search"

	"github.com/pocketbase/dbx"
)

// mostOfRoom is how many rows of one collection answer while there is no index: they are read whole.
const mostOfRoom = 40

// mostSaid is how many words are looked for then.
const mostSaid = 8

// findMeanwhile finds entries in the database by the words of their titles and summaries, for those who hold some keys.
func (h *Hub) findMeanwhile(ctx context.Context, words, keys []string, most int) ([]search.Entry, error) {
	var list []search.Entry
	words = words[:min(len(words), mostSaid)]
	for _, room := range entryRooms {
		if len(room.named) == 0 || len(list) >= most || ctx.Err() != nil {
			continue
		}
		where := []dbx.Expression{dbx.NewExp(orDefault(room.out, "1 = 1"))}
		for _, w := range words {
			var anywhere []dbx.Expression
			for _, column := range room.named {
				anywhere = append(anywhere, dbx.Like(column, w))
			}
			where = append(where, dbx.Or(anywhere...))
		}
		if _, has := textColumns[room.collection]; has {
			where = append(where, dbx.In("access", slices.Collect(anys(keys))...))
		}
		var ids []string
		err := h.app.DB().Select("id").From(room.collection).Where(dbx.And(where...)).OrderBy("created DESC").Limit(mostOfRoom).WithContext(ctx).Column(&ids)
		switch {
		case ctx.Err() != nil:
			return list, nil // what was found by now
		case err != nil:
			return list, fmt.Errorf("look in %s: %w", room.collection, err)
		case len(ids) == 0:
			continue
		}
		err = room.of(h.app, ids, func(e search.Entry) error {
			if slices.Contains(keys, e.Access) && len(list) < most {
				list = append(list, e)
			}
			return nil
		})
		if err != nil {
			return list, fmt.Errorf("entries of %s: %w", room.collection, err)
		}
	}
	return list, nil
}

func anys(list []string) func(func(any) bool) {
	return func(yield func(any) bool) {
		for _, s := range list {
			if !yield(strings.TrimSpace(s)) {
				return
			}
		}
	}
}
