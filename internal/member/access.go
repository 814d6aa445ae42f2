package member

import (
	"commonplace/internal/journal"

	"github.com/pocketbase/pocketbase/core"
)

// SignInFailed notes that somebody could not sign in. Of an address that has no account nothing is kept; user is "" then.
func SignInFailed(app core.App, user string) error {
	return journal.Note(app, journal.Row{Subject: journal.Access, Verb: journal.SignInFailed, Record: user})
}

// Took notes that somebody downloaded something. A guest takes only what everybody can read, and is not noted.
func Took(app core.App, v *Viewer, what string, rows int) error {
	if !v.SignedIn() {
		return nil
	}
	return journal.Note(app, journal.Row{Actor: v.ID(), Subject: journal.Access, Verb: journal.Download,
		Data: journal.Said(map[string]any{"what": what, "rows": rows})})
}

// bindAccess notes who signs in through REST, and who cannot. A browser's sign-in is the beginning of its session, which
// the journal keeps anyway.
func bindAccess(app core.App) {
	app.OnRecordAuthRequest().BindFunc(func(e *core.RecordAuthRequestEvent) error {
		if err := e.Next(); err != nil || e.AuthMethod == "" { // a token that is made anew is no sign-in
			return err
		}
		actor := e.Record.Id
		if e.Record.IsSuperuser() {
			actor = "operator:" + actor
		}
		return journal.Note(e.App, journal.Row{Actor: actor, Subject: journal.Access, Verb: journal.SignIn, Record: e.Record.Id,
			Data: journal.Said(map[string]any{"by": e.AuthMethod})})
	})
	failed := func(app core.App, r *core.Record, err error) error {
		id := ""
		if r != nil {
			id = r.Id
		}
		if noted := SignInFailed(app, id); noted != nil {
			app.Logger().Error("journal: a sign-in that failed", "error", noted)
		}
		return err
	}
	app.OnRecordAuthWithPasswordRequest().BindFunc(func(e *core.RecordAuthWithPasswordRequestEvent) error {
		if err := e.Next(); err != nil {
			return failed(e.App, e.Record, err)
		}
		return nil
	})
	app.OnRecordAuthWithOTPRequest().BindFunc(func(e *core.RecordAuthWithOTPRequestEvent) error {
		if err := e.Next(); err != nil {
			return failed(e.App, e.Record, err)
		}
		return nil
	})
}
