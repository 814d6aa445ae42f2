package migrations

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What is new in a thread is counted for each person, in every list and digest: from the index alone, without reading what
// the posts say.
func init() {
	set := func(from, to string) func(core.App) error {
		return func(app core.App) error {
			return alter(app, "posts", func(c *core.Collection) {
				for i, index := range c.Indexes {
					c.Indexes[i] = strings.Replace(index, from, to, 1)
				}
			})
		}
	}
	narrow, wide := "(thread, seq)", "(thread, seq, state, author, id)"
	m.Register(set(narrow, wide), set(wide, narrow))
}
