package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Carers champions who put themselves on the register. Whose entry it is stands in a text that nobody is given: a relation
// would lead from a person to their entry, and back. "out" says that everybody may read it, and follows from the rest.
func init() {
	m.Register(func(app core.App) error {
		place := one(app, "place", "places")
		place.Required = true
		err := create(app, "champions", []core.Field{
			hidden("person", 15), &core.BoolField{Name: "out", Hidden: true}, one(app, "organisation", "organisations"), place,
			requiredChoice("level", "board", "grass-roots", "clinical"),
			requiredChoice("setting", "nhs", "library", "fire-service", "surgery", "pharmacy", "school", "employer", "independent-sector"),
			flag("shown"), flag("show_name"), date("since"), date("ended"), flag("example"),
			required("role", 120), text("helps", 1_000),
		}, uniqueWhere("idx_champions_person", "person", "person != ''"), index("idx_champions_out", "out, place"))
		if err != nil {
			return err
		}
		return alter(app, "champions", func(c *core.Collection) {
			c.ListRule, c.ViewRule = rule("out = true"), rule("out = true")
		})
	}, remove("champions"))
}
