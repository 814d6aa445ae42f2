package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Who signed a plan, or one goal of it that is shared: a place, a programme or another plan. One that ended stays, with why.
// words is a fingerprint of what was signed; asked_on is when the signer was last asked whether it still holds. They are
// read by whoever reads the plan's goals.
func init() {
	m.Register(func(app core.App) error {
		if err := create(app, "signoffs", []core.Field{
			part(app, "document", "documents"), one(app, "goal", "goals"), one(app, "place", "places"), one(app, "programme", "programmes"), one(app, "plan", "documents"),
			required("role", 200), date("signed_on"), date("asked_on"), date("confirmed_on"), date("ended_on"), text("reason", 1_000), hidden("words", 64),
			&core.RelationField{Name: "author", CollectionId: idOf(app, "users"), MaxSelect: 1, Hidden: true},
		}, uniqueWhere("idx_signoffs_once", "document, goal, place, programme, [[plan]]", "ended_on = ''"),
			index("idx_signoffs_place", "place"), index("idx_signoffs_programme", "programme")); err != nil {
			return err
		}
		return readLikeGoals(app, "signoffs")
	}, remove("signoffs"))
}
