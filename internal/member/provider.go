package member

import (
	"database/sql"
	"errors"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// ByProvider returns whose account it is that a provider vouches for: linked before, or with the address that it has
// verified ("" for none), which links it. It makes no account; nil is nobody who may come in.
func ByProvider(app core.App, provider, id, verifiedEmail string) (user *core.Record, err error) {
	err = app.RunInTransaction(func(tx core.App) error {
		user, err = linked(tx, provider, id)
		if err != nil || user != nil && user.Verified() || verifiedEmail == "" {
			return err
		}
		user, err = UserByAddress(tx, verifiedEmail)
		if err != nil || user == nil {
			return err
		}
		if err := ShowMailbox(tx, user); err != nil {
			return err
		}
		return link(tx, user, provider, id)
	})
	if err != nil || user == nil || !user.Verified() || Barred(user) {
		return nil, err
	}
	return user, nil
}

func linked(app core.App, provider, id string) (*core.Record, error) {
	users, err := app.FindCachedCollectionByNameOrId("users")
	if err != nil {
		return nil, err
	}
	auth, err := app.FindFirstExternalAuthByExpr(dbx.HashExp{"collectionRef": users.Id, "provider": provider, "providerId": id})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return app.FindRecordById("users", auth.RecordRef())
}

// link takes the place of an older link to the same provider, whose account there is another one.
func link(app core.App, user *core.Record, provider, id string) error {
	theirs := dbx.HashExp{"collectionRef": user.Collection().Id, "recordRef": user.Id, "provider": provider}
	if old, err := app.FindFirstExternalAuthByExpr(theirs); err == nil {
		if old.ProviderId() == id {
			return nil
		}
		if err := app.Delete(old); err != nil {
			return err
		}
	}
	auth := core.NewExternalAuth(app)
	auth.SetCollectionRef(user.Collection().Id)
	auth.SetRecordRef(user.Id)
	auth.SetProvider(provider)
	auth.SetProviderId(id)
	return app.Save(auth)
}
