package migrations

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Reading through REST: the same people as on the pages, see member.Viewer. Everything not named here stays closed.
// Writing asks Viewer in the request hooks of each room; its rules only keep guests out, or a person to their own.
func init() {
	const (
		signedIn = "@request.auth.id != ''"
		// SPACE stands for the way from the collection to the space.
		reader   = "(SPACE.level = 'open' || (" + signedIn + " && (SPACE.level = 'restricted' || SPACE.memberships_via_space.user ?= @request.auth.id || @request.auth.role = 'administrator')))"
		reviewer = "(@request.auth.role = 'administrator' || (SPACE.slug = 'library' && @request.auth.role = 'lead') || (SPACE.memberships_via_space.user ?= @request.auth.id && SPACE.memberships_via_space.role ?= 'owner'))"
		out      = "(DOCstate = 'published' || DOCstate = 'withdrawn')"
		writer   = "(" + signedIn + " && (DOCauthor = @request.auth.id || " + reviewer + "))"
	)
	at := func(rule, space, doc string) string {
		return strings.NewReplacer("SPACE", space, "DOC", doc).Replace(rule)
	}
	document := at("("+out+" && "+reader+") || "+writer, "space", "")
	ofDocument := at("("+out+" && "+reader+") || "+writer, "document.space", "document.")
	ofGoal := at("("+out+" && "+reader+") || "+writer, "goal.document.space", "goal.document.")
	ofMeasure := at("("+out+" && "+reader+") || "+writer, "measure.goal.document.space", "measure.goal.document.")

	reading := map[string]string{
		"organisations": "", "places": "", "programmes": "", "figures": "",
		"users":       signedIn,
		"memberships": signedIn + " && user = @request.auth.id",
		"spaces":      "level = 'open' || (" + signedIn + " && (level = 'restricted' || level = 'private' || memberships_via_space.user ?= @request.auth.id || @request.auth.role = 'administrator'))",
		"documents":   document,
		"revisions":   signedIn + " && (author = @request.auth.id || document.author = @request.auth.id || " + at(reviewer, "document.space", "") + ")",
		"goals":       ofDocument, "measures": ofGoal, "actions": ofGoal, "readings": ofMeasure,
		"adoptions": at("DOCstate = 'published' && "+reader, "document.space", "document."),
		"threads":   "state != 'hidden' && " + at(reader, "space", ""),
		"posts":     "state = 'visible' && thread.state != 'hidden' && " + at(reader, "thread.space", ""),
	}
	writing := map[string][2]string{ // create, update
		"documents": {signedIn, signedIn},
		"threads":   {signedIn, ""},
		"posts":     {signedIn, signedIn},
		"adoptions": {signedIn, signedIn},
		"users":     {"", "id = @request.auth.id && @request.body.role:isset = false && @request.body.suspended:isset = false && @request.body.organisation:isset = false && @request.body.place:isset = false"},
	}
	m.Register(func(app core.App) error {
		for name, read := range reading {
			c, err := app.FindCollectionByNameOrId(name)
			if err != nil {
				return err
			}
			c.ListRule, c.ViewRule = rule(read), rule(read)
			c.CreateRule, c.UpdateRule, c.DeleteRule = nil, nil, nil
			if w, ok := writing[name]; ok {
				if w[0] != "" {
					c.CreateRule = rule(w[0])
				}
				if w[1] != "" {
					c.UpdateRule = rule(w[1])
				}
			}
			if err := app.Save(c); err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		for name := range reading {
			c, err := app.FindCollectionByNameOrId(name)
			if err != nil {
				return err
			}
			c.ListRule, c.ViewRule, c.CreateRule, c.UpdateRule, c.DeleteRule = nil, nil, nil, nil, nil
			if err := app.Save(c); err != nil {
				return err
			}
		}
		return nil
	})
}
