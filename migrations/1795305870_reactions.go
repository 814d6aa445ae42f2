package migrations

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A reaction is a word of thanks and the like about a post: one of each kind from one person. Members read who reacted.
func init() {
	m.Register(func(app core.App) error {
		err := create(app, "reactions", []core.Field{
			part(app, "post", "posts"), part(app, "author", "users"),
			requiredChoice("kind", "thanks", "agree", "insightful"),
		},
			unique("idx_reactions_once", "post, author, kind"),
			index("idx_reactions_author", "author"))
		if err != nil {
			return err
		}
		const (
			signedIn = "@request.auth.id != ''"
			reader   = "(SPACE.level = 'open' || SPACE.level = 'restricted' || SPACE.memberships_via_space.user ?= @request.auth.id || @request.auth.role = 'administrator')"
			out      = "post.state = 'visible' && (post.thread.state = 'open' || post.thread.state = 'closed')"
		)
		read := signedIn + " && " + out + " && " + strings.ReplaceAll(reader, "SPACE", "post.thread.space")
		return alter(app, "reactions", func(c *core.Collection) {
			c.ListRule, c.ViewRule = rule(read), rule(read)
			c.CreateRule, c.DeleteRule = rule(signedIn), rule("author = @request.auth.id && "+read)
		})
	}, remove("reactions"))
}
