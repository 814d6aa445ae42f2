package site

import (
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/spread"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// namedView is what the pages of partners, places, programmes and groups have in common.
type namedView struct {
	Title, Summary, Kind          string
	Formerly                      string
	Example                       bool
	Contact, ContactNote, Mailbox string
	Website, Source               Link
	Edit                          string // where the viewer may change it
}

func (s *Site) namedOf(e *core.RequestEvent, n *member.Named) namedView {
	v := namedView{
		Title: n.Title(), Summary: n.Summary(), Formerly: strings.Join(n.Formerly(), ", "), Example: n.Example(), Contact: n.ContactRole(),
		ContactNote: n.GetString("contact_note"), Mailbox: n.Mailbox(),
		Website: Link{host(n.GetString("website")), n.GetString("website")}, Source: Link{host(n.Source()), n.Source()},
	}
	if collection := n.Collection().Name; member.MayManage(viewer(e), collection) {
		v.Edit = "/manage/" + strings.Split(n.Address(), "/")[1] + "/" + n.Id
	}
	return v
}

// shownMost is how many of a kind stand on a page; search has them all.
const shownMost = 20

// shownView is what a page shows of everything that its partner, place or programme published or that speaks of it.
type shownView struct {
	Name      string
	Studies   []library.Card
	Plans     []library.Card
	Pages     []library.Card
	Threads   []threadCard
	Adoptions []adoptedView
	All       string // the search for everything of it
}

// Empty says whether there is nothing to show.
func (v shownView) Empty() bool {
	return len(v.Studies)+len(v.Plans)+len(v.Pages)+len(v.Threads)+len(v.Adoptions) == 0
}

// adoptedView is an adoption on the page of its place or partner.
type adoptedView struct {
	spread.Adoption
	Study Link
	Asks  Link // the discussion in which the first place asks about it
}

// shown gathers what the viewer may see of the documents that match, of the threads on them or of those that also says,
// and of adoptions.
func (s *Site) shown(e *core.RequestEvent, name, search string, documents, also dbx.Expression, adoptions []spread.Adoption) (shownView, error) {
	v := shownView{Name: name, All: "/search?" + search}
	for _, list := range []struct {
		into  *[]library.Card
		kinds []any
	}{
		{&v.Studies, []any{string(library.CaseStudy)}}, {&v.Plans, []any{string(library.ActionPlan)}},
		{&v.Pages, []any{string(library.Handbook), string(library.Guidance), string(library.Template), string(library.Glossary), string(library.SitePage)}},
	} {
		cards, err := library.Latest(s.app, viewer(e), shownMost, library.Originals(dbx.And(documents, dbx.In("kind", list.kinds...))))
		if err != nil {
			return v, err
		}
		*list.into = cards
	}
	where := within("document", "documents", documents)
	if also != nil {
		where = dbx.Or(also, where)
	}
	threads, err := thread.Matching(s.app, viewer(e), shownMost, where)
	if err != nil {
		return v, err
	}
	if v.Threads, err = s.threadCards(e, threads); err != nil {
		return v, err
	}
	v.Adoptions, err = s.adopted(e, adoptions)
	return v, err
}

// adopted adds to adoptions the case studies they speak of.
func (s *Site) adopted(e *core.RequestEvent, adoptions []spread.Adoption) ([]adoptedView, error) {
	var ids []any
	for _, a := range adoptions {
		ids = append(ids, a.Document)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	cards, err := library.Cards(s.app, viewer(e), inColumn("id", ids))
	if err != nil {
		return nil, err
	}
	studies := map[string]Link{}
	for _, c := range cards {
		studies[c.ID] = Link{c.Title, c.Address()}
	}
	asks, err := s.asks(viewer(e), adoptions)
	if err != nil {
		return nil, err
	}
	var list []adoptedView
	for _, a := range adoptions {
		if study, ok := studies[a.Document]; ok {
			list = append(list, adoptedView{a, study, asks[a.ID]})
		}
	}
	return list, nil
}

// within restricts a column to the ids of the rows of another table that match.
func within(column, table string, where dbx.Expression) dbx.Expression {
	return inTable{column, table, where}
}

type inTable struct {
	column, table string
	where         dbx.Expression
}

// Build writes the condition for dbx.
func (t inTable) Build(db *dbx.DB, params dbx.Params) string {
	return "[[" + t.column + "]] IN (SELECT [[id]] FROM {{" + t.table + "}} WHERE " + t.where.Build(db, params) + ")"
}

// linksTo are the pages of places or programmes by their id.
func (s *Site) linksTo(collection string, ids []string) ([]Link, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	titles, err := s.names(collection, "title")
	if err != nil {
		return nil, err
	}
	slugs, err := s.names(collection, "slug")
	if err != nil {
		return nil, err
	}
	var links []Link
	for _, id := range ids {
		if slugs[id] != "" {
			links = append(links, Link{titles[id], "/" + collection + "/" + slugs[id]})
		}
	}
	return links, nil
}

// partnerLink is the page of a partner by its id, the zero Link when there is none.
func (s *Site) partnerLink(id string) (Link, error) {
	if id == "" {
		return Link{}, nil
	}
	p, err := member.PartnerByID(s.app, id)
	if err != nil {
		return Link{}, nil
	}
	return Link{p.Title(), p.Address()}, nil
}

// partnersNamed turns names of partners, as a writer typed them, into links to the pages of those that have one.
func (s *Site) partnersNamed(names []string) ([]Link, error) {
	if len(names) == 0 {
		return nil, nil
	}
	pages, err := member.PartnerPages(s.app)
	links := make([]Link, len(names))
	for i, n := range names {
		links[i] = Link{n, pages[strings.ToLower(n)]}
	}
	return links, err
}
