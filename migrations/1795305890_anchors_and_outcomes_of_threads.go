package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A thread on a paragraph keeps the words that the paragraph had (wording), so that it is found again when they change. A
// post can be marked as what was decided, and a thread can become the draft of a document.
func init() {
	m.Register(func(app core.App) error {
		return alter(app, "threads", func(c *core.Collection) {
			c.Fields.Add(text("wording", 5_000), one(app, "outcome", "posts"), date("decided"))
			draft := one(app, "draft", "documents")
			draft.Hidden = true // that there is a draft is for those who may see it
			c.Fields.Add(draft)
		})
	}, func(app core.App) error {
		return alter(app, "threads", func(c *core.Collection) {
			for _, f := range []string{"wording", "outcome", "decided", "draft"} {
				c.Fields.RemoveByName(f)
			}
		})
	})
}
