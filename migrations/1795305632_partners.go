package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Partners, places and programmes as pages of their own.
func init() {
	partners, noPartners := with("organisations", func(app core.App) []core.Field {
		return []core.Field{text("summary", 1000), mailbox("mailbox"), many(app, "places", "places"), text("contact_note", 300)}
	})
	places, noPlaces := with("places", func(core.App) []core.Field {
		return []core.Field{text("summary", 1000), text("contact_role", 200), mailbox("mailbox")}
	})
	programmes, noProgrammes := with("programmes", func(app core.App) []core.Field {
		return []core.Field{text("contact_role", 200), mailbox("mailbox"), one(app, "organisation", "organisations")}
	})
	m.Register(inTurn(partners, places, programmes), inTurn(noProgrammes, noPlaces, noPartners))
}

// inTurn makes one change of several.
func inTurn(changes ...func(core.App) error) func(core.App) error {
	return func(app core.App) error {
		for _, change := range changes {
			if err := change(app); err != nil {
				return err
			}
		}
		return nil
	}
}
