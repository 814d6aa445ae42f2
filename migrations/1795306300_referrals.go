package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// How often staff of an organisation led somebody to a service, on each day. Nothing of who was led, or by whom; the place is
// its slug, so that no place hangs on a count. Two rows of one day and place add up: partners are merged.
func init() {
	m.Register(func(app core.App) error {
		n := whole("n")
		n.Required = true
		return create(app, "referrals", []core.Field{
			part(app, "organisation", "organisations"), required("day", 10), requiredChoice("carer", "adult", "working", "young", "parent"), text("place", 120), n,
		}, index("idx_referrals_day", "organisation, day, carer, place"))
	}, remove("referrals"))
}
