package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Until when somebody wants no mail; when they were last here, and when the time before. That is nobody else's business.
func init() {
	m.Register(with("users", func(core.App) []core.Field {
		hidden := func(name string) core.Field { return &core.DateField{Name: name, Hidden: true} }
		return []core.Field{hidden("mail_pause"), hidden("visited"), hidden("was_here")}
	}))
}
