package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// How many working carers passports an employer says it has agreed, as of a day. Nobody's form and nobody's name leads to it;
// 0 stands for any number that is too small to be told. Two rows of one day may come of a merge of partners.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "passport_counts", []core.Field{
			part(app, "organisation", "organisations"), required("as_of", 10), whole("n"), required("by_role", 120), text("working", 500),
		}, index("idx_passport_counts_as_of", "organisation, as_of"))
	}, remove("passport_counts"))
}
