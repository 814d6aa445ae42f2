package site

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// spaceOfNew is the space in which somebody begins: the library, or the first of theirs.
func (s *Site) spaceOfNew(e *core.RequestEvent) (string, error) {
	v := viewer(e)
	if v.MayWrite(v.Library()) {
		return v.Library(), nil
	}
	spaces, err := s.bringsIn(v)
	if err != nil {
		return "", err
	}
	if len(spaces) == 0 {
		return "", e.ForbiddenError("Only editors of the library write here. Ask your programme lead to make you one.", nil)
	}
	sp, err := member.SpaceBySlug(s.app, spaces[0].Value)
	if err != nil {
		return "", err
	}
	return sp.Id, nil
}

// placeNew puts something new into the space that its writer chose.
func (s *Site) placeNew(e *core.RequestEvent, d *library.Document, form url.Values) error {
	slug := form.Get("space")
	if !d.IsNew() || slug == "" {
		return nil
	}
	sp, err := member.SpaceBySlug(s.app, slug)
	if err != nil || !viewer(e).MayWrite(sp.Id) {
		return oneFault("space", "You do not write there. Choose another space.")
	}
	d.Set("space", sp.Id)
	return nil
}

// spacesOffered are the spaces that something new may go into, where there is a choice.
func (s *Site) spacesOffered(e *core.RequestEvent, d *library.Document, form url.Values) ([]Choice, error) {
	if !d.IsNew() {
		return nil, nil
	}
	spaces, err := s.bringsIn(viewer(e))
	if err != nil || len(spaces) < 2 {
		return nil, err
	}
	if slug := form.Get("space"); slug != "" {
		for i := range spaces {
			spaces[i].Chosen = spaces[i].Value == slug
		}
	}
	return spaces, nil
}

// asksView is the button that asks for approval, with the choice of the reviewer.
type asksView struct {
	May       bool
	One       string   // the name of the only reviewer
	Reviewers []Choice // those to choose from
}

// asksFor finds who may be asked to approve a document. For something new that may go into several spaces, those who
// review in any of them are offered.
func (s *Site) asksFor(e *core.RequestEvent, d *library.Document, spaces []Choice, chosen string) (asksView, error) {
	if d.Waits() || !d.Approved().IsZero() || d.State() == library.Withdrawn {
		return asksView{}, nil
	}
	in := []string{d.Space()}
	for _, c := range spaces {
		sp, err := member.SpaceBySlug(s.app, c.Value)
		if err != nil {
			return asksView{}, err
		}
		in = append(in, sp.Id)
	}
	var list []Choice
	for _, space := range in {
		people, err := member.OtherReviewers(s.app, space, viewer(e).ID())
		if err != nil {
			return asksView{}, err
		}
		for _, u := range people {
			if !slices.ContainsFunc(list, func(c Choice) bool { return c.Value == u.Id }) {
				list = append(list, Choice{Value: u.Id, Title: u.GetString("name"), Chosen: u.Id == chosen})
			}
		}
	}
	slices.SortFunc(list, func(a, b Choice) int { return strings.Compare(a.Title, b.Title) })
	if len(list) == 1 {
		return asksView{May: true, One: list[0].Title}, nil
	}
	return asksView{May: len(list) > 0, Reviewers: list}, nil
}

// askForApproval sends on what was saved just now. What it lacks is said on the form.
func (s *Site) askForApproval(e *core.RequestEvent, d *library.Document, reviewer string) error {
	err := s.app.RunInTransaction(func(tx core.App) error {
		if err := askBefore(tx, d, viewer(e).ID()); err != nil {
			return err
		}
		return library.SubmitTo(tx, viewer(e), d.Id, reviewer, "", time.Time{})
	})
	if err == nil {
		return e.Redirect(http.StatusSeeOther, writeAddress(d)+"/publish?done=submit")
	}
	if faults := faultsOf(err); faults != nil {
		return s.showWrite(e, http.StatusUnprocessableEntity, d, shownAgain{work: d.Out(), faults: faults, reviewer: reviewer})
	}
	return err
}
