package member

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// oldAddress is where an address that is no more leads to: a record of a collection.
type oldAddress struct {
	Subject string `db:"subject"`
	Record  string `db:"record"`
}

// oldAddressOf finds where an old address leads to; without one its Record is "".
func oldAddressOf(app core.App, path string) (oldAddress, error) {
	var to oldAddress
	err := app.DB().Select("subject", "record").From("redirects").Where(dbx.HashExp{"path": path}).AndWhere(dbx.NewExp("[[subject]] != ''")).One(&to)
	if errors.Is(err, sql.ErrNoRows) {
		return oldAddress{}, nil
	}
	return to, err
}

// MovedTo returns where the partner, place, programme, group or space that once stood at path stands now, "" when there
// is none or the viewer may not know of it.
func MovedTo(app core.App, v *Viewer, path string) (string, error) {
	to, err := oldAddressOf(app, path)
	if err != nil || to.Record == "" {
		return "", err
	}
	r, err := app.FindRecordById(to.Subject, to.Record)
	if err != nil || to.Subject == "spaces" && !v.Lists(asSpace(r)) {
		return "", nil
	}
	if now := addressOf(r, r.GetString("slug")); now != path {
		return now, nil
	}
	return "", nil
}

// BySlug finds a record by its slug, or by one that it had before; the error is sql.ErrNoRows when there is none.
func BySlug(app core.App, collection, slug string) (*core.Record, error) {
	r, err := app.FindFirstRecordByData(collection, "slug", slug)
	if !errors.Is(err, sql.ErrNoRows) {
		return r, err
	}
	to, lookup := oldAddressOf(app, keptIn(collection).base+slug)
	if lookup != nil || to.Record == "" {
		return nil, errors.Join(lookup, err)
	}
	return app.FindRecordById(collection, to.Record)
}

// redirect makes an old address lead to a record for ever.
func redirect(app core.App, path, subject, record string) error {
	r, err := app.FindFirstRecordByData("redirects", "path", path)
	if errors.Is(err, sql.ErrNoRows) {
		c, lookup := app.FindCachedCollectionByNameOrId("redirects")
		if lookup != nil {
			return lookup
		}
		r, err = core.NewRecord(c), nil
	}
	if err != nil {
		return err
	}
	r.Load(map[string]any{"path": path, "document": "", "subject": subject, "record": record})
	return app.Save(r)
}

// stored is the text that the database has in a field of a record: a record that is saved twice remembers only what it
// was at first.
func stored(app core.App, r *core.Record, field string) (string, error) {
	var text string
	err := app.DB().Select(field).From(r.Collection().Name).Where(dbx.HashExp{"id": r.Id}).Row(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return text, err
}

// keepOldAddress leaves a redirect behind when a record has moved, in the transaction of the change.
func keepOldAddress(e *core.RecordEvent) error {
	was, err := stored(e.App, e.Record, "slug")
	if err != nil {
		return err
	}
	is := e.Record.GetString("slug")
	if err := e.Next(); err != nil || was == is {
		return err
	}
	if _, err := e.App.DB().Delete("redirects", dbx.HashExp{"path": addressOf(e.Record, is)}).Execute(); err != nil {
		return err
	}
	return redirect(e.App, addressOf(e.Record, was), e.Record.Collection().Name, e.Record.Id)
}

// addressFaults keeps an address that leads to something for that thing.
func addressFaults(app core.App, r *core.Record) (validation.Errors, error) {
	path := addressOf(r, r.GetString("slug"))
	to, err := oldAddressOf(app, path)
	if err != nil || to.Record == "" || to.Record == r.Id {
		return nil, err
	}
	return validation.Errors{"slug": validation.NewError("validation_not_unique",
		fmt.Sprintf("The address %s still leads to something that stood there before. Choose another.", path))}, nil
}

// dropOldAddresses forgets the addresses of what is deleted. A merged partner has handed its own on.
func dropOldAddresses(e *core.RecordEvent) error {
	if err := e.Next(); err != nil {
		return err
	}
	_, err := e.App.DB().Delete("redirects", dbx.HashExp{"subject": e.Record.Collection().Name, "record": e.Record.Id}).Execute()
	return err
}
