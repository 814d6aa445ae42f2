package spread

import (
	"cmp"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Keepers are who speaks for the first place of a practice, and is told when another place says "we do this too": who
// keeps its case study, and who writes for its organisation; those who review there when there is nobody else.
func Keepers(app core.App, document *core.Record) ([]string, error) {
	where := dbx.Expression(dbx.HashExp{"id": document.GetString("owner")})
	if o := document.GetString("organisation"); o != "" {
		where = dbx.Or(where, dbx.HashExp{"organisation": o})
	}
	var users []*core.Record
	if err := app.RecordQuery("users").AndWhere(where).OrderBy("id").All(&users); err != nil {
		return nil, err
	}
	var keepers []string
	for _, u := range users {
		v, err := member.For(app, u)
		if err != nil {
			return nil, err
		}
		if speaksFirst(v, document) {
			keepers = append(keepers, u.Id)
		}
	}
	if len(keepers) == 0 {
		return member.Reviewers(app, document.GetString("space"))
	}
	return keepers, nil
}

func speaksFirst(v *member.Viewer, d *core.Record) bool {
	return v.SignedIn() && v.Sees(d.GetString("space"), d.GetString("state"), d.GetString("author")) &&
		(d.GetString("owner") == v.ID() || v.MayEdit(d.GetString("space"), d.GetString("author"), d.GetString("organisation")))
}

// MayAnswer says whether the viewer may confirm, for the first place, what another says: nobody confirms themselves.
func MayAnswer(v *member.Viewer, document *core.Record, a Adoption) bool {
	own := a.Author != "" && a.Author == v.ID() || a.OrganisationID != "" && a.OrganisationID == v.Organisation()
	return !own && !a.Hidden && document.GetString("state") == "published" && speaksFirst(v, document)
}

// Confirm writes down that the first place knows who does it too, and on which day; unconfirm takes that back.
func Confirm(app core.App, v *member.Viewer, id string, today time.Time) error {
	role := cmp.Or(v.User().GetString("role_title"), "The first place")
	return answer(app, v, id, map[string]any{"confirmed_by_role": role, "confirmed_on": today})
}

// Unconfirm takes a confirmation back.
func Unconfirm(app core.App, v *member.Viewer, id string) error {
	return answer(app, v, id, map[string]any{"confirmed_by_role": "", "confirmed_on": ""})
}

// Asked ties the discussion to an adoption in which the first place asks about it.
func Asked(app core.App, v *member.Viewer, id, thread string) error {
	return answer(app, v, id, map[string]any{"thread": thread})
}

func answer(app core.App, v *member.Viewer, id string, values map[string]any) error {
	r, err := app.FindRecordById("adoptions", id)
	if err != nil {
		return err
	}
	r.Load(values)
	journal.By(r, v.ID())
	return app.Save(r)
}
