package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What somebody decided about a personal detail in what they make public. The passage itself is known by a sum over it.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "passages", []core.Field{
			text("subject", 60), text("record", 60), required("sum", 64), required("kind", 40), requiredChoice("decision", "keep", "change"),
			one(app, "by", "users"), text("reason", 500), text("instead", 200),
		}, index("idx_passages_record", "record"), index("idx_passages_by", "by, record"))
	}, remove("passages"))
}
