package member

import (
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// Roles lists the hub-wide roles, the least first.
var Roles = []string{RoleMember, RoleLead, RoleModerator, RoleAdministrator}

// bindRoles keeps one administrator in office.
func bindRoles(app core.App) {
	app.OnRecordValidate("users").BindFunc(func(e *core.RecordEvent) error {
		if e.Record.IsNew() || e.Record.GetString("role") == RoleAdministrator || HasLeft(e.Record) {
			return e.Next()
		}
		was, err := e.App.FindRecordById("users", e.Record.Id)
		if err != nil {
			return err
		}
		last, err := lastAdministrator(e.App, was)
		if err != nil {
			return err
		}
		if last {
			return validation.Errors{"role": validation.NewError("last_administrator", "This is the last administrator. Make somebody else one first.")}
		}
		return e.Next()
	})
}
