package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What a place answers to a question of the handbook, with its source and the day it was seen.
func init() {
	m.Register(func(app core.App) error {
		return create(app, "local_answers", []core.Field{
			part(app, "place", "places"),
			requiredChoice("key", "council_page", "council_phone", "carers_org", "young_carers", "parent_forum", "emergency_card", "hospital", "staff_referral"),
			text("label", 200), text("value", 200), text("body", 2_000), &core.URLField{Name: "url"},
			choice("rule", "cared_for_lives_here", "carer_lives_here", "either", "child_lives_here"),
			choice("acts_in_emergency", "council", "named_contact", "phone_line"),
			text("source", 600), date("seen"), text("page_date", 60),
			requiredChoice("status", "verified", "unverified", "stale", "missing"),
			date("review_due"), text("note", 2_000),
		}, unique("idx_local_answers_place_key", "place, key"))
	}, remove("local_answers"))
}
