package migrations

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A template that an organisation or a place has filled in and keeps: self-checks and impact checks. Each save is a version.
// What is shared is read by those who read the template; a draft by whoever wrote it and their organisation.
func init() {
	const (
		signedIn  = "@request.auth.id != ''"
		reader    = "(SPACE.level = 'open' || (" + signedIn + " && (SPACE.level = 'restricted' || SPACE.memberships_via_space.user ?= @request.auth.id || @request.auth.role = 'administrator')))"
		reviewer  = "(@request.auth.role = 'administrator' || (SPACE.slug = 'library' && @request.auth.role = 'lead') || (SPACE.memberships_via_space.user ?= @request.auth.id && SPACE.memberships_via_space.role ?= 'owner'))"
		moderator = "(" + signedIn + " && (" + reviewer + " || (@request.auth.role = 'moderator' && " + reader + ")))"
		own       = "(" + signedIn + " && (author = @request.auth.id || (organisation != '' && organisation = @request.auth.organisation)) && " + reader + ")"
		out       = "(document.state = 'published' || document.state = 'withdrawn')"
		read      = "(state = 'shared' && hidden = false && " + out + " && " + reader + ") || (state = 'shared' && " + out + " && " + moderator + ") || (state = 'shared' && " + signedIn + " && " + reviewer + ") || " + own
	)
	m.Register(func(app core.App) error {
		err := create(app, "assessments", []core.Field{
			part(app, "document", "documents"), one(app, "place", "places"), one(app, "organisation", "organisations"),
			requiredChoice("state", "draft", "shared"), flag("hidden"), hidden("access", 60), one(app, "space", "spaces"),
			one(app, "author", "users"), text("by_role", 120), flag("example"), whole("version"), date("on"), date("shared_on"),
			one(app, "about", "documents"), text("about_part", 120), text("title", 200), object("answers", 200_000), object("history", 5_000_000),
		}, index("idx_assessments_document", "document"), index("idx_assessments_about", "about"))
		if err != nil {
			return err
		}
		return alter(app, "assessments", func(c *core.Collection) {
			rules := strings.ReplaceAll(read, "SPACE", "document.space")
			c.ListRule, c.ViewRule = rule(rules), rule(rules)
		})
	}, remove("assessments"))
}
