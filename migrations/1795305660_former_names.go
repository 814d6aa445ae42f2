package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// What partners, places, programmes and groups were called before, so that people still find them; where what is said of
// them comes from; and whether it is made up as an example.
func init() {
	formerly := func(core.App) []core.Field { return []core.Field{object("formerly", 10_000)} }
	sourced := func(core.App) []core.Field {
		return []core.Field{object("formerly", 10_000), address("source_page"), flag("example")}
	}
	example := func(core.App) []core.Field { return []core.Field{flag("example")} }
	organisations, noOrganisations := with("organisations", sourced)
	places, noPlaces := with("places", formerly)
	programmes, noProgrammes := with("programmes", formerly)
	groups, noGroups := with("groups", sourced)
	decisions, noDecisions := with("decisions", example)
	m.Register(inTurn(organisations, places, programmes, groups, decisions),
		inTurn(noDecisions, noGroups, noProgrammes, noPlaces, noOrganisations))
}
