package member

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Programme is a piece of work that partners do together, such as primary care or the workforce.
type Programme struct{ Named }

// Organisation is the id of the partner that leads it, "" when nobody said.
func (p *Programme) Organisation() string { return p.GetString("organisation") }

// Programmes returns all programmes by title.
func Programmes(app core.App) ([]*Programme, error) {
	var ps []*Programme
	err := app.RecordQuery("programmes").OrderBy("[[title]] COLLATE NOCASE").All(&ps)
	return ps, err
}

// ProgrammesOf returns the programmes that a partner leads.
func ProgrammesOf(app core.App, organisation string) ([]*Programme, error) {
	var ps []*Programme
	err := app.RecordQuery("programmes").AndWhere(dbx.HashExp{"organisation": organisation}).OrderBy("[[title]] COLLATE NOCASE").All(&ps)
	return ps, err
}

// ProgrammeBySlug finds a programme; the error is sql.ErrNoRows when there is none.
func ProgrammeBySlug(app core.App, slug string) (*Programme, error) {
	p := &Programme{}
	return p, app.RecordQuery("programmes").AndWhere(dbx.HashExp{"slug": slug}).Limit(1).One(p)
}
