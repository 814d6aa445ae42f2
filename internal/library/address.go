package library

import (
	"database/sql"
	"errors"

	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Find returns the document at an address; the error is sql.ErrNoRows when there is none.
func Find(app core.App, kind Kind, chapter, slug string) (*Document, error) {
	d := &Document{}
	err := app.RecordQuery("documents").
		AndWhere(dbx.HashExp{"kind": string(kind), "chapter": chapter, "slug": slug}).Limit(1).One(d)
	return d, err
}

// ByID returns a document; the error is sql.ErrNoRows when there is none.
func ByID(app core.App, id string) (*Document, error) {
	r, err := app.FindRecordById("documents", id)
	if err != nil {
		return nil, err
	}
	return Wrap(r), nil
}

// ByIDs returns the documents that there are of some, by id, in one question to the database.
func ByIDs(app core.App, ids []string) (map[string]*Document, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := app.FindRecordsByIds("documents", ids)
	byID := make(map[string]*Document, len(rows))
	for _, r := range rows {
		byID[r.Id] = Wrap(r)
	}
	return byID, err
}

// MovedTo returns where the document that once stood at path stands now, "" when nobody may be told.
func MovedTo(app core.App, v *member.Viewer, path string) (string, error) {
	var id string
	err := app.DB().Select("document").From("redirects").Where(dbx.HashExp{"path": path}).Row(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	d, err := ByID(app, id)
	if err != nil || !d.Viewable(v) || d.Address() == path {
		return "", nil
	}
	return d.Address(), nil
}

// keepOldAddress leaves a redirect behind when a document that was out has moved; an address that a document stands at
// again leads nowhere else.
func (d *Document) keepOldAddress(tx core.App) error {
	was := Wrap(d.Original())
	if d.Out() { // until then somebody else's old address goes on leading where it led
		if _, err := tx.DB().Delete("redirects", dbx.HashExp{"path": d.Address()}).Execute(); err != nil {
			return err
		}
	}
	if was.Id == "" || !was.Out() || was.Address() == d.Address() {
		return nil
	}
	return Redirect(tx, was.Address(), d.Id)
}

// leadsElsewhere says whether an address is an old one of another document.
func leadsElsewhere(app core.App, path, document string) (bool, error) {
	var id string
	err := app.DB().Select("document").From("redirects").Where(dbx.HashExp{"path": path}).Row(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil && id != document, err
}

// Redirect makes an old address lead to a document for ever.
func Redirect(app core.App, path, document string) error {
	c, err := app.FindCachedCollectionByNameOrId("redirects")
	if err != nil {
		return err
	}
	r, err := app.FindFirstRecordByData("redirects", "path", path)
	if err != nil {
		r = core.NewRecord(c)
		r.Set("path", path)
	}
	r.Set("document", document)
	return app.Save(r)
}
