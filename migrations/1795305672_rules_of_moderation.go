package migrations

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What waits for a moderator or was hidden by one is read through REST by the same people as on the pages: its writer and
// those who moderate there. Reports are read by those who moderate, and by nobody whom they are about.
func init() {
	const (
		signedIn  = "@request.auth.id != ''"
		reader    = "(SPACE.level = 'open' || (" + signedIn + " && (SPACE.level = 'restricted' || SPACE.memberships_via_space.user ?= @request.auth.id || @request.auth.role = 'administrator')))"
		reviewer  = "(@request.auth.role = 'administrator' || (SPACE.slug = 'library' && @request.auth.role = 'lead') || (SPACE.memberships_via_space.user ?= @request.auth.id && SPACE.memberships_via_space.role ?= 'owner'))"
		moderator = "(" + signedIn + " && (" + reviewer + " || (@request.auth.role = 'moderator' && " + reader + ")))"
		own       = "(" + signedIn + " && author = @request.auth.id && " + reader + ")"
		out       = "(document.state = 'published' || document.state = 'withdrawn')"
	)
	at := func(rule, space string) string { return strings.ReplaceAll(rule, "SPACE", space) }
	type change struct{ collection, now, was string }
	changes := []change{
		{"threads",
			at("(state != 'hidden' && state != 'held' && "+reader+") || (state = 'held' && "+own+") || "+moderator, "space"),
			at("(state != 'hidden' && "+reader+") || "+moderator, "space")},
		{"posts",
			at("(state = 'visible' && thread.state != 'hidden' && thread.state != 'held' && "+reader+") || "+
				"((state = 'visible' || state = 'held' || state = 'hidden') && ("+moderator+" || "+
				"(thread.state != 'hidden' && (thread.state != 'held' || thread.author = @request.auth.id) && "+own+")))", "thread.space"),
			at("state = 'visible' && ((thread.state != 'hidden' && "+reader+") || "+moderator+")", "thread.space")},
		{"adoptions",
			at("(hidden = false && "+out+" && "+reader+") || "+
				"(hidden = true && "+out+" && ("+own+" || "+moderator+")) || ("+signedIn+" && "+reviewer+")", "document.space"),
			at("("+out+" && "+reader+") || ("+signedIn+" && "+reviewer+")", "document.space")},
	}
	set := func(app core.App, flags *string, ruleOf func(change) string) error {
		for _, ch := range changes {
			if err := alter(app, ch.collection, func(c *core.Collection) {
				c.ListRule, c.ViewRule = rule(ruleOf(ch)), rule(ruleOf(ch))
			}); err != nil {
				return err
			}
		}
		return alter(app, "flags", func(c *core.Collection) { c.ListRule, c.ViewRule = flags, flags })
	}
	m.Register(func(app core.App) error {
		return set(app, rule(at("concerns != @request.auth.id && "+moderator, "space")), func(ch change) string { return ch.now })
	}, func(app core.App) error {
		return set(app, nil, func(ch change) string { return ch.was })
	})
}
