package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What moderators did, each act with its reason, which the person it concerns can read.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "moderations", []core.Field{
			required("subject", 60), required("record", 60), one(app, "space", "spaces"), one(app, "concerns", "users"),
			requiredChoice("act", "hide", "restore", "warn", "suspend", "unsuspend", "release", "keep"), required("reason", 1000), one(app, "by", "users"), date("seen"),
		}, index("idx_moderations_record", "subject, record"), index("idx_moderations_concerns", "concerns"))
	}, remove("moderations"))
}
