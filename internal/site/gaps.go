package site

import (
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"commonplace/internal/gap"
	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/search"

	"github.com/pocketbase/pocketbase/core"
)

// gapsView lists what was asked for and is not written yet.
type gapsView struct {
	Open, Claimed        []gapLine
	Kinds                []Choice
	May                  bool // write in the library
	Taken, Given, Listed bool
	Least                int
}

type gapLine struct {
	ID, Words      string
	Askers         int
	Since, Claimed time.Time
	By             string
	Draft          string // where the viewer goes on with it, when it is theirs
}

// pageKinds are what answers a gap: pages, not what somebody said in a discussion.
var pageKinds = []string{string(library.CaseStudy), string(library.Handbook), string(library.Guidance), string(library.ActionPlan), string(library.Glossary), string(library.Template), string(library.SitePage)}

// answerWith are the kinds in which somebody may write what was asked for.
var answerWith = []library.Kind{library.Guidance, library.CaseStudy, library.Handbook, library.Template, library.Glossary}

func (s *Site) gaps(e *core.RequestEvent) error {
	v := gapsView{May: viewer(e).MayWrite(viewer(e).Library()), Least: gap.Askers, Taken: e.Request.URL.Query().Has("taken"), Given: e.Request.URL.Query().Has("given")}
	for _, k := range answerWith {
		v.Kinds = append(v.Kinds, Choice{Value: string(k), Title: upperFirst(k.Word())})
	}
	all, err := gap.All(s.app)
	if err != nil {
		return err
	}
	anybody, err := member.AsMember(s.app)
	if err != nil {
		return err
	}
	for _, g := range all {
		if answered, err := s.answered(anybody, g); err != nil || answered {
			if err != nil {
				return err
			}
			continue
		}
		line, claimed, err := s.gapLine(viewer(e), g)
		if err != nil {
			return err
		}
		if claimed {
			v.Claimed = append(v.Claimed, line)
		} else {
			v.Open = append(v.Open, line)
		}
	}
	return render(s, e, http.StatusOK, "gaps", Page{Title: "Asked for, not written yet", NoIndex: true}, v)
}

// answered says whether a page that every member may read is found by the words now. What only some may read does not
// count, so that the list tells nothing of it.
func (s *Site) answered(anybody *member.Viewer, g *gap.Gap) (bool, error) {
	r, err := s.o.Search.Search(search.Query{Text: g.Words(), Keys: anybody.Keys(), Filters: map[string][]string{"kind": pageKinds}, PerPage: 1})
	return r.Answered, err
}

// writtenIn is the draft in which somebody writes what was asked for, nil when nobody does any more.
func (s *Site) writtenIn(app core.App, g *gap.Gap) (*library.Document, error) {
	if g.Open() {
		return nil, nil
	}
	d, err := library.ByID(app, g.Document())
	if errors.Is(err, sql.ErrNoRows) || err == nil && (d.InBin() || d.State() == library.Withdrawn) || member.Gone(app, g.ClaimedBy()) {
		return nil, nil
	}
	return d, err
}

func (s *Site) gapLine(v *member.Viewer, g *gap.Gap) (line gapLine, claimed bool, err error) {
	line = gapLine{ID: g.Id, Words: g.Words(), Askers: g.Askers(), Since: g.Since(), Claimed: g.Claimed()}
	d, err := s.writtenIn(s.app, g)
	if err != nil || d == nil {
		return line, false, err
	}
	u, err := s.app.FindRecordById("users", g.ClaimedBy())
	if err != nil {
		return line, false, err
	}
	line.By = u.GetString("name")
	if u.Id == v.ID() {
		line.Draft = writeAddress(d)
	}
	return line, true, nil
}

// gapAnswer lets somebody take on to write what was asked for, or give it up.
func (s *Site) gapAnswer(e *core.RequestEvent) error {
	g, err := gap.ByID(s.app, e.Request.PathValue("id"))
	if err != nil {
		return notFound(e)
	}
	if e.Request.FormValue("do") == "stop" {
		if g.ClaimedBy() != viewer(e).ID() {
			return notFound(e)
		}
		if err := g.GiveUp(s.app); err != nil {
			return err
		}
		return e.Redirect(http.StatusSeeOther, "/gaps?given")
	}
	if !viewer(e).MayWrite(viewer(e).Library()) {
		return e.ForbiddenError("Pages are written by editors of the library. Ask your programme lead to make you one.", nil)
	}
	kind := library.Kind(e.Request.FormValue("kind"))
	if !slices.Contains(answerWith, kind) {
		return e.BadRequestError("Choose what you will write.", nil)
	}
	d, err := s.takeOn(viewer(e), g.Id, kind)
	if err != nil {
		return err
	}
	if d == nil {
		return e.Redirect(http.StatusSeeOther, "/gaps?taken")
	}
	return e.Redirect(http.StatusSeeOther, writeAddress(d))
}

// takeOn begins a draft in the library under the words that were asked for; nil when somebody else did meanwhile.
func (s *Site) takeOn(v *member.Viewer, id string, kind library.Kind) (d *library.Document, err error) {
	err = s.app.RunInTransaction(func(tx core.App) error {
		g, err := gap.ByID(tx, id)
		if err != nil {
			return err
		}
		if now, err := s.writtenIn(tx, g); err != nil || now != nil {
			return err
		}
		if d, err = library.New(tx, kind, v.Library()); err != nil {
			return err
		}
		d.Set("title", upperFirst(g.Words()))
		d.Set("author", v.ID())
		d.Set("organisation", v.Organisation())
		journal.By(d.Record, v.ID())
		if err := tx.Save(d.Record); err != nil {
			return err
		}
		return g.Claim(tx, v.ID(), d.Id)
	})
	return d, err
}

// heard counts a search of somebody that found nothing which says what was asked. Whatever goes wrong is no business of theirs.
func (s *Site) heard(e *core.RequestEvent, q url.Values) {
	if narrowed(q) || shownAs(e) != nil || s.o.Rebuilding() || member.Writable(s.app) != nil {
		return
	}
	if err := gap.Heard(s.app, q.Get("q"), gap.Asker(viewer(e).ID(), e.RealIP())); err != nil {
		s.app.Logger().Error("gaps", "error", err)
	}
}

// askedFor are the words for which a draft was begun, "" when it was not.
func (s *Site) askedFor(d *library.Document) (string, error) {
	if d.IsNew() {
		return "", nil
	}
	g, err := gap.Of(s.app, d.Id)
	if err != nil || g == nil {
		return "", err
	}
	return g.Words(), nil
}
