package member

import (
	"github.com/pocketbase/pocketbase/core"
)

// Meets says whether a viewer knows of a person because they belong to a space together. Administrators know everybody.
func Meets(app core.App, v *Viewer, person string) bool {
	if !v.SignedIn() {
		return false
	}
	if v.ID() == person || v.Is(RoleAdministrator) {
		return true
	}
	known, err := rightsOf(app)
	if err != nil {
		return false
	}
	for space := range known.members[v.ID()] {
		if _, both := known.members[person][space]; both {
			return true
		}
	}
	return false
}
