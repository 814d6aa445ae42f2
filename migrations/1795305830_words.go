package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Rows of words that mean the same when somebody searches.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "words", []core.Field{required("words", 1_000)}, unique("idx_words_words", "words"))
	}, remove("words"))
}
