package member

import (
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Partner is an organisation that works in the hub, or that its pages speak of.
type Partner struct{ Named }

// PartnerKinds lists the kinds of partners in the order of their page.
var PartnerKinds = []struct{ Kind, One, Many string }{
	{"partnership", "Partnership", "Partnerships"}, {"nhs", "NHS organisation", "NHS organisations"}, {"council", "Council", "Councils"},
	{"carers-centre", "Carers’ centre", "Carers’ centres"}, {"charity", "Charity", "Charities"}, {"employer", "Employer", "Employers"},
	{"other", "Other partner", "Other partners"},
}

// Kind is one of PartnerKinds, "other" when nobody said.
func (p *Partner) Kind() string {
	if k := p.GetString("kind"); k != "" {
		return k
	}
	return "other"
}

// KindWord says what kind of partner it is.
func (p *Partner) KindWord() string {
	for _, k := range PartnerKinds {
		if k.Kind == p.Kind() {
			return k.One
		}
	}
	return ""
}

func (p *Partner) Website() string     { return p.GetString("website") }
func (p *Partner) ContactNote() string { return p.GetString("contact_note") }
func (p *Partner) Places() []string    { return p.GetStringSlice("places") }

// Partners returns all partners by name.
func Partners(app core.App) ([]*Partner, error) {
	var ps []*Partner
	err := app.RecordQuery("organisations").OrderBy("[[name]] COLLATE NOCASE").All(&ps)
	return ps, err
}

// PartnersIn returns the partners of a place by name.
func PartnersIn(app core.App, place string) ([]*Partner, error) {
	var ps []*Partner
	err := app.RecordQuery("organisations").AndWhere(InList("organisations", "places", place)).OrderBy("[[name]] COLLATE NOCASE").All(&ps)
	return ps, err
}

// PartnerBySlug finds a partner; the error is sql.ErrNoRows when there is none.
func PartnerBySlug(app core.App, slug string) (*Partner, error) {
	p := &Partner{}
	return p, app.RecordQuery("organisations").AndWhere(dbx.HashExp{"slug": slug}).Limit(1).One(p)
}

// PartnerByID finds a partner; the error is sql.ErrNoRows when there is none.
func PartnerByID(app core.App, id string) (*Partner, error) {
	p := &Partner{}
	return p, app.RecordQuery("organisations").AndWhere(dbx.HashExp{"id": id}).Limit(1).One(p)
}

// PartnerPages returns the addresses of partners by their name in lower case, former names too: texts name partners
// without knowing them.
func PartnerPages(app core.App) (map[string]string, error) {
	var ps []*Partner
	if err := app.RecordQuery("organisations").All(&ps); err != nil {
		return nil, err
	}
	pages := make(map[string]string, len(ps))
	for _, p := range ps {
		for _, name := range p.Formerly() {
			pages[strings.ToLower(name)] = p.Address()
		}
	}
	for _, p := range ps { // a name of today goes before one of the past
		pages[strings.ToLower(p.Title())] = p.Address()
	}
	return pages, nil
}

// InList restricts a query to the rows of a table whose list in a column has a value.
func InList(table, column, value string) dbx.Expression {
	c := "{{" + table + "}}.[[" + column + "]]"
	return dbx.NewExp("EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid("+c+") THEN "+c+" ELSE '[]' END) [[each]] WHERE [[each.value]] = {:in_"+column+"})",
		dbx.Params{"in_" + column: value})
}
