package migrations

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Reading through REST is what member.Viewer lets pages show, to the letter: work of one's own only where one may still
// look, hidden threads for those who moderate, adoptions of what was withdrawn.
func init() {
	const (
		signedIn  = "@request.auth.id != ''"
		reader    = "(SPACE.level = 'open' || (" + signedIn + " && (SPACE.level = 'restricted' || SPACE.memberships_via_space.user ?= @request.auth.id || @request.auth.role = 'administrator')))"
		reviewer  = "(@request.auth.role = 'administrator' || (SPACE.slug = 'library' && @request.auth.role = 'lead') || (SPACE.memberships_via_space.user ?= @request.auth.id && SPACE.memberships_via_space.role ?= 'owner'))"
		moderator = "(" + signedIn + " && (" + reviewer + " || (@request.auth.role = 'moderator' && " + reader + ")))"
		out       = "(DOCstate = 'published' || DOCstate = 'withdrawn')"
		document  = "(" + out + " && " + reader + ") || (" + signedIn + " && ((DOCauthor = @request.auth.id && " + reader + ") || " + reviewer + "))"
		before    = "(" + out + " && " + reader + ") || (" + signedIn + " && (DOCauthor = @request.auth.id || " + reviewer + "))"
	)
	at := func(rule, space, doc string) string {
		return strings.NewReplacer("SPACE", space, "DOC", doc).Replace(rule)
	}
	type change struct{ collection, now, was string }
	changes := []change{
		{"revisions",
			at(signedIn+" && (((author = @request.auth.id || DOCauthor = @request.auth.id) && "+reader+") || "+reviewer+")", "document.space", "document."),
			at(signedIn+" && (author = @request.auth.id || DOCauthor = @request.auth.id || "+reviewer+")", "document.space", "document.")},
		{"adoptions",
			at("("+out+" && "+reader+") || ("+signedIn+" && "+reviewer+")", "document.space", "document."),
			at("DOCstate = 'published' && "+reader, "document.space", "document.")},
		{"threads",
			at("(state != 'hidden' && "+reader+") || "+moderator, "space", ""),
			at("state != 'hidden' && "+reader, "space", "")},
		{"posts",
			at("state = 'visible' && ((thread.state != 'hidden' && "+reader+") || "+moderator+")", "thread.space", ""),
			at("state = 'visible' && thread.state != 'hidden' && "+reader, "thread.space", "")},
	}
	for collection, doc := range map[string]string{
		"documents": "", "goals": "document.", "measures": "goal.document.", "actions": "goal.document.", "readings": "measure.goal.document.",
	} {
		changes = append(changes, change{collection, at(document, doc+"space", doc), at(before, doc+"space", doc)})
	}
	set := func(app core.App, ruleOf func(change) string) error {
		for _, ch := range changes {
			c, err := app.FindCollectionByNameOrId(ch.collection)
			if err != nil {
				return err
			}
			c.ListRule, c.ViewRule = rule(ruleOf(ch)), rule(ruleOf(ch))
			if err := app.Save(c); err != nil {
				return err
			}
		}
		return nil
	}
	m.Register(func(app core.App) error {
		return set(app, func(ch change) string { return ch.now })
	}, func(app core.App) error {
		return set(app, func(ch change) string { return ch.was })
	})
}
