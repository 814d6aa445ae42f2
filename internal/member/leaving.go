package member

import (
	"errors"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// ErrLastAdministrator says that somebody cannot go while nobody else could run the hub.
var ErrLastAdministrator = errors.New("the last administrator cannot leave")

// Leave lets a person go, in one transaction; by is who did it. What they wrote stays with their organisation and role.
func Leave(app core.App, user *core.Record, by string) error {
	return app.RunInTransaction(func(tx core.App) error {
		last, err := lastAdministrator(tx, user)
		if err != nil {
			return err
		}
		if last {
			return ErrLastAdministrator
		}
		return Blank(tx, user.Id, by)
	})
}

// Blank takes everything that says who a person is or lets them in. It asks nothing, and doing it twice is no fault.
func Blank(app core.App, id, by string) error {
	return app.RunInTransaction(func(tx core.App) error {
		user, err := tx.FindRecordById("users", id)
		if err != nil {
			return err
		}
		address := sameAddress(user)
		for _, field := range []string{"name", "role_title", "organisation", "place", "mail", "terms", "second_factor", "mail_pause", "visited", "was_here"} {
			user.Set(field, nil)
		}
		user.Set("role", RoleMember)
		user.SetEmail(noAddress(id))
		user.SetEmailVisibility(false)
		user.SetVerified(false)
		user.SetRandomPassword() // with it go sessions and tokens, see endSessions
		if user.GetDateTime("left").IsZero() {
			user.Set("left", time.Now().UTC())
		}
		if err := saveBy(tx, user, by); err != nil {
			return err
		}
		return dropTraces(tx, user, address, by) // by now they are gone, so that even the only owner of a space may go
	})
}

// noAddress stands where an address must; no mail can reach it.
func noAddress(id string) string { return "left-" + id + "@nobody.invalid" }

// HasLeft says whether a person has left or was erased.
func HasLeft(user *core.Record) bool { return !user.GetDateTime("left").IsZero() }

// Barred says whether a person may not be here: suspended, or gone.
func Barred(user *core.Record) bool { return user.GetBool("suspended") || HasLeft(user) }

// Gone says whether the person of an id is not here any more: suspended, gone, or nobody.
func Gone(app core.App, id string) bool {
	u, err := app.FindRecordById("users", id)
	return err != nil || Barred(u)
}

// dropTraces deletes what belongs to a person and to nobody else.
func dropTraces(tx core.App, user *core.Record, address dbx.Expression, by string) error {
	for _, what := range []struct {
		collection string
		theirs     dbx.Expression
	}{
		{"memberships", dbx.HashExp{"user": user.Id}},
		{"feed_tokens", dbx.HashExp{"user": user.Id}},
		{"codes", dbx.HashExp{"user": user.Id}},
		{"autosaves", dbx.HashExp{"person": user.Id}},
		{"champion_messages", dbx.Or(dbx.HashExp{"person": user.Id}, dbx.HashExp{"author": user.Id})},
		{"champions", dbx.HashExp{"person": user.Id}},
		{"assessments", dbx.HashExp{"author": user.Id, "state": "draft", "organisation": ""}}, // nobody else would ever see them
		{"notifications", dbx.HashExp{"user": user.Id}},
		{"reactions", dbx.HashExp{"author": user.Id}},
		{"mentions", dbx.HashExp{"user": user.Id}},
		{"seen", dbx.HashExp{"user": user.Id}},
		{"follows", dbx.HashExp{"user": user.Id}},
		{"join_requests", dbx.Or(dbx.HashExp{"person": user.Id}, address)},
		{"invitations", dbx.Or(dbx.HashExp{"person": user.Id}, address)},
	} {
		records, err := tx.FindAllRecords(what.collection, what.theirs)
		if err != nil {
			return err
		}
		for _, r := range records {
			if err := deleteBy(tx, r, by); err != nil {
				return err
			}
		}
	}
	return errors.Join(tx.DeleteAllExternalAuthsByRecord(user), tx.DeleteAllMFAsByRecord(user), tx.DeleteAllOTPsByRecord(user), tx.DeleteAllAuthOriginsByRecord(user))
}

func sameAddress(user *core.Record) dbx.Expression {
	return dbx.NewExp("LOWER([[email]]) = {:email}", dbx.Params{"email": strings.ToLower(user.Email())})
}

// lastAdministrator says whether the hub would have no administrator without this one.
func lastAdministrator(app core.App, user *core.Record) (bool, error) {
	if user.GetString("role") != RoleAdministrator {
		return false, nil
	}
	others, err := app.CountRecords("users", dbx.HashExp{"role": RoleAdministrator, "suspended": false, "left": ""}, dbx.Not(dbx.HashExp{"id": user.Id}))
	return others == 0, err
}
