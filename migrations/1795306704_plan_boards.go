package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A board's page of a plan or of a programme, frozen as at a day: key is the end of its own address. Only pages show it,
// which ask who may see the plan.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "plan_boards", []core.Field{
			&core.RelationField{Name: "document", CollectionId: idOf(app, "documents"), MaxSelect: 1, CascadeDelete: true}, one(app, "programme", "programmes"),
			required("key", 40), date("as_of"), text("by_role", 200), object("frozen", 2<<20),
		}, unique("idx_plan_boards_key", "key"), index("idx_plan_boards_document", "document"))
	}, remove("plan_boards"))
}
