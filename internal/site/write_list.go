package site

import (
	"net/http"
	"slices"

	"commonplace/internal/library"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// writingView is where somebody begins something new or goes on with what they began.
type writingView struct {
	Begin   []Link
	Drafts  []draftCard
	Waiting []library.Card // out, with changes beside them that are not
	Own     []library.Card
	Binned  *draftCard // what was put into the bin just now
	InBin   int
	May     bool
	Unsaved []unsaved
	Life    []lifeLine
}

// draftCard is a draft with what may be done with it.
type draftCard struct {
	library.Card
	Word, State string
	MayBin      bool
}

func draftCards(cards []library.Card) []draftCard {
	list := make([]draftCard, len(cards))
	for i, c := range cards {
		list[i] = draftCard{Card: c, Word: upperFirst(c.Kind.Word()), State: draftWords[c.State], MayBin: c.NeverOut}
	}
	return list
}

var draftWords = map[string]string{library.Draft: "Draft", library.InReview: "In review", library.Published: "Published", library.Withdrawn: "Withdrawn"}

// beginWith are the kinds that somebody may begin, after the case study.
var beginWith = []library.Kind{library.Handbook, library.Guidance, library.ActionPlan, library.Template, library.Glossary}

func (s *Site) writing(e *core.RequestEvent) error {
	spaces, err := s.bringsIn(viewer(e))
	if err != nil {
		return err
	}
	v := writingView{May: len(spaces) > 0}
	if v.May {
		for _, k := range beginWith {
			v.Begin = append(v.Begin, Link{article(k.Word()), "/write/" + string(k)})
		}
		v.Begin = append(v.Begin, Link{"an event", "/write/event"})
	}
	drafts, err := s.drafts(e)
	if err != nil {
		return err
	}
	v.Drafts = draftCards(drafts)
	own := dbx.HashExp{"state": library.Published, "author": viewer(e).ID()}
	if v.Own, err = library.Cards(s.app, viewer(e), own); err != nil {
		return err
	}
	if v.Waiting, err = library.WorkBy(s.app, viewer(e)); err != nil {
		return err
	}
	if v.Unsaved, err = s.unsavedWriting(e); err != nil {
		return err
	}
	binned, err := library.InBin(s.app, viewer(e))
	if err != nil {
		return err
	}
	v.InBin = len(binned)
	for _, d := range binned {
		if d.Id == e.Request.URL.Query().Get("binned") {
			v.Binned = &draftCard{Card: library.Card{ID: d.Id, Kind: d.DocKind(), Title: d.Title()}}
		}
	}
	if v.Life, err = s.lifeLines(e); err != nil {
		return err
	}
	v.onceEach()
	return render(s, e, http.StatusOK, "write", Page{Title: "Write", NoIndex: true}, v)
}

// onceEach takes out of the drafts and the changes what stands among those on their way.
func (v *writingView) onceEach() {
	above := func(c library.Card) bool {
		here := "/write/" + string(c.Kind) + "/" + c.ID + "/publish"
		return slices.ContainsFunc(v.Life, func(l lifeLine) bool { return l.URL == here })
	}
	v.Drafts = slices.DeleteFunc(v.Drafts, func(c draftCard) bool { return c.Card.State == library.InReview && above(c.Card) })
	v.Waiting = slices.DeleteFunc(v.Waiting, above)
}
