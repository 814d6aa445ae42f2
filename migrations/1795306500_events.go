package migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Events that carers are asked to: when and where, what makes it possible to come, and what changed because of it. Whoever
// keeps one is asked for that twice; asked counts it. An event is read by those who read its space, a draft by its writer
// and those who review there.
func init() {
	const (
		signedIn = "@request.auth.id != ''"
		reader   = "(space.level = 'open' || (" + signedIn + " && (space.level = 'restricted' || space.memberships_via_space.user ?= @request.auth.id || @request.auth.role = 'administrator')))"
		reviewer = "(@request.auth.role = 'administrator' || (space.slug = 'library' && @request.auth.role = 'lead') || (space.memberships_via_space.user ?= @request.auth.id && space.memberships_via_space.role ?= 'owner'))"
		read     = "((state = 'published' || state = 'cancelled') && " + reader + ") || (" + signedIn + " && ((author = @request.auth.id && " + reader + ") || " + reviewer + "))"
	)
	notices := func(app core.App, change func(kinds []string) []string) error {
		return alter(app, "notifications", func(c *core.Collection) {
			if f, ok := c.Fields.GetByName("kind").(*core.SelectField); ok {
				f.Values = change(slices.Clone(f.Values))
			}
		})
	}
	m.Register(func(app core.App) error {
		err := create(app, "events", []core.Field{
			slug("slug"), requiredChoice("state", "draft", "published", "cancelled"), hidden("access", 60), one(app, "space", "spaces"),
			one(app, "organisation", "organisations"), one(app, "author", "users"), text("by_role", 120), flag("example"),
			date("starts"), date("ends"), flag("all_day"), one(app, "place", "places"),
			required("title", 200), text("summary", 200), text("venue", 200), text("address", 500), address("online"),
			&core.SelectField{Name: "needs", Values: []string{"step-free", "hearing-loop", "bsl", "quiet-room", "travel-paid", "care-paid"}, MaxSelect: 6},
			text("needs_words", 1_000), object("audience", 20_000), text("how_to_join", 1_000),
			text("reason", 1_000), date("cancelled"), whole("sequence"),
			&core.NumberField{Name: "asked", OnlyInt: true, Hidden: true}, &core.DateField{Name: "asked_at", Hidden: true},
			text("outcome_role", 120), date("outcome_at"), many(app, "documents", "documents"), one(app, "thread", "threads"),
			text("outcome", 5_000), text("body", 256<<10),
		}, unique("idx_events_slug", "slug"), index("idx_events_ends", "ends"))
		if err != nil {
			return err
		}
		if err := alter(app, "events", func(c *core.Collection) {
			c.ListRule, c.ViewRule = rule(read), rule(read)
			c.CreateRule, c.UpdateRule = rule(signedIn), rule(signedIn+" && ("+read+")")
		}); err != nil {
			return err
		}
		return notices(app, func(kinds []string) []string { return append(kinds, "asked") })
	}, func(app core.App) error {
		if _, err := app.DB().NewQuery("DELETE FROM {{notifications}} WHERE [[kind]] = 'asked'").Execute(); err != nil {
			return err
		}
		if err := notices(app, func(kinds []string) []string {
			return slices.DeleteFunc(kinds, func(k string) bool { return k == "asked" })
		}); err != nil {
			return err
		}
		return remove("events")(app)
	})
}
