package site

import (
	"net/http"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// levelWords say who sees a space.
var levelWords = map[member.Level]string{
	member.Open: "everyone can read", member.Restricted: "members of the hub can read", member.Private: "its own members only",
	member.Confidential: "its own members only, and not listed",
}

// spaceCard is a space in a list.
type spaceCard struct{ Slug, Title, Summary, Level, Who string }

func cardOf(sp *member.Space) spaceCard {
	return spaceCard{sp.Slug(), sp.Title(), sp.Summary(), string(sp.Level()), levelWords[sp.Level()]}
}

func (s *Site) spaceCards(e *core.RequestEvent) ([]spaceCard, error) {
	spaces, err := member.ListedSpaces(s.app, viewer(e))
	if err != nil {
		return nil, err
	}
	cards := make([]spaceCard, len(spaces))
	for i, sp := range spaces {
		cards[i] = cardOf(sp)
	}
	return cards, nil
}

type spacesView struct{ Spaces []spaceCard }

func (s *Site) spaces(e *core.RequestEvent) error {
	cards, err := s.spaceCards(e)
	if err != nil {
		return err
	}
	p := Page{Title: "Working groups", Description: "The spaces of this hub, and who can see them.", Section: "/discussions", Crumbs: []Link{{"Discussions", "/discussions"}}}
	return render(s, e, http.StatusOK, "spaces", p, spacesView{cards}, tagLibrary)
}

type spaceView struct {
	Space     spaceCard
	Closed    bool // listed, but its content is for its members
	Start     bool
	Threads   []threadCard
	Documents []library.Card
	Library   bool
}

func (s *Site) space(e *core.RequestEvent) error {
	sp, err := member.SpaceBySlug(s.app, e.Request.PathValue("slug"))
	if err != nil {
		return answered(s.movedElse(e, err))
	}
	v := viewer(e)
	if !v.Lists(sp) {
		return notFound(e)
	}
	view := spaceView{Space: cardOf(sp), Closed: v.In(sp.Id) < member.Look, Start: v.MayPost(sp.Id), Library: sp.Slug() == member.LibrarySlug}
	if !view.Closed {
		threads, err := thread.In(s.app, v, sp.Id)
		if err != nil {
			return err
		}
		if view.Threads, err = s.threadCards(e, threads[:min(len(threads), perPage)]); err != nil {
			return err
		}
		if !view.Library {
			where := dbx.HashExp{"space": sp.Id, "state": library.Published}
			if view.Documents, err = library.Cards(s.app, v, where); err != nil {
				return err
			}
		}
	}
	p := Page{Title: sp.Title(), Description: sp.Summary(), Section: "/discussions", NoIndex: sp.Level() != member.Open,
		Crumbs: []Link{{"Discussions", "/discussions"}, {"Working groups", "/spaces"}}}
	return render(s, e, http.StatusOK, "space", p, view, tagLibrary, tagTalk)
}
