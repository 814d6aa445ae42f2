package site

import (
	"net/http"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
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
type spaceCard struct{ ID, Slug, Title, Summary, Level, Who string }

// Address is where the space stands.
func (c spaceCard) Address() string { return spaceAddress(c.Slug) }

func spaceAddress(slug string) string { return "/spaces/" + slug }

func cardOf(sp *member.Space) spaceCard {
	return spaceCard{sp.Id, sp.Slug(), sp.Title(), sp.Summary(), string(sp.Level()), levelWords[sp.Level()]}
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

type spacesView struct {
	Spaces []spaceCard
	New    bool // may make one
}

func (s *Site) spaces(e *core.RequestEvent) error {
	cards, err := s.spaceCards(e)
	if err != nil {
		return err
	}
	p := Page{Title: s.say("spaces"), Description: s.say("about-spaces"), Section: "/discussions", Within: []Link{{"discussions", "/discussions"}}}
	return render(s, e, http.StatusOK, "spaces", p, spacesView{cards, viewer(e).MayOpenSpaces()}, tagLibrary)
}

type spaceView struct {
	Follow    *thingFollow // nil for guests
	Space     spaceCard
	Feed      string
	Closed    bool // listed, but its content is for its members
	Start     bool
	Threads   []threadCard
	Documents []library.Card
	Library   bool
	Contact   string

	Who     string // leads to who can see it; "" for guests
	Manage  string
	Members []member.Belonging // for those who may know them
	Belongs bool
	Ask     bool
	Asked   bool
	Why     string
	Errors  fieldErrors
}

// withinSpaces leads back from a page below the list of spaces.
var withinSpaces = []Link{{"discussions", "/discussions"}, {"spaces", "/spaces"}}

// openSpace finds the space of the address, if the viewer may know of it.
func (s *Site) openSpace(e *core.RequestEvent) (*member.Space, error) {
	sp, err := member.SpaceBySlug(s.app, e.Request.PathValue("slug"))
	if err != nil {
		return nil, found(e, err)
	}
	if !viewer(e).Lists(sp) {
		return nil, notFound(e)
	}
	return sp, nil
}

func (s *Site) space(e *core.RequestEvent) error {
	sp, err := member.SpaceBySlug(s.app, e.Request.PathValue("slug"))
	if err != nil {
		return answered(s.movedElse(e, err))
	}
	if !viewer(e).Lists(sp) {
		return notFound(e)
	}
	return s.showSpace(e, http.StatusOK, sp, "", nil)
}

func (s *Site) showSpace(e *core.RequestEvent, status int, sp *member.Space, why string, faults fieldErrors) error {
	v := viewer(e)
	view := spaceView{
		Space: cardOf(sp), Closed: v.In(sp.Id) < member.Look, Start: v.MayPost(sp.Id), Library: sp.IsLibrary(), Contact: sp.ContactRole(),
		Belongs: v.Belongs(sp.Id), Ask: v.MayAsk(sp), Why: why, Errors: faults,
	}
	if !view.Closed {
		var err error
		if view.Feed, err = s.feedAddress(spaceAddress(sp.Slug()), member.SpaceFeed, sp.Id); err != nil {
			return err
		}
		if err := s.contentOf(e, sp, &view); err != nil {
			return err
		}
	}
	view.Follow = s.followOf(e, notify.Followed{Kind: notify.Space, Record: sp.Id}, "/spaces/"+sp.Slug(), "group")
	s.noticed(e, "spaces", sp.Id)
	if err := s.dealingsOf(v, sp, &view); err != nil {
		return err
	}
	p := Page{Title: sp.Title(), Description: sp.Summary(), Section: "/discussions", NoIndex: sp.Level() != member.Open, Within: withinSpaces}
	return render(s, e, status, "space", p, view, tagLibrary, tagTalk)
}

// contentOf lists what is in a space, for those who may look.
func (s *Site) contentOf(e *core.RequestEvent, sp *member.Space, view *spaceView) error {
	threads, err := thread.In(s.app, viewer(e), sp.Id)
	if err != nil {
		return err
	}
	if view.Threads, err = s.threadCards(e, threads[:min(len(threads), perPage)]); err != nil || view.Library {
		return err
	}
	view.Documents, err = library.Cards(s.app, viewer(e), dbx.HashExp{"space": sp.Id, "state": library.Published})
	return err
}

// dealingsOf is what somebody who is signed in has to do with a space.
func (s *Site) dealingsOf(v *member.Viewer, sp *member.Space, view *spaceView) (err error) {
	if !v.SignedIn() {
		return nil
	}
	view.Who = "/who?space=" + sp.Id
	if v.MayManage(sp.Id) {
		view.Manage = view.Space.Address() + "/manage"
	}
	if view.Ask {
		asked, err := member.Asked(s.app, sp.Id, v.ID())
		if view.Asked = asked != nil; err != nil {
			return err
		}
	}
	if v.KnowsMembers(sp.Id) {
		view.Members, err = member.Members(s.app, sp.Id)
	}
	return err
}

// spaceAsk leaves a request to join, and tells those who decide.
func (s *Site) spaceAsk(e *core.RequestEvent) error {
	sp, err := s.openSpace(e)
	if err != nil {
		return err
	}
	v, why := viewer(e), e.Request.FormValue("why")
	if !v.MayAsk(sp) {
		return e.ForbiddenError("You can post here already.", nil)
	}
	err = s.app.RunInTransaction(func(tx core.App) error {
		r, err := member.AskToJoin(tx, v, sp, why)
		if err != nil {
			return err
		}
		deciders, err := member.Managers(tx, sp.Id)
		for _, d := range deciders {
			if err == nil {
				err = s.o.Mail.Put(tx, notify.Mail{
					Key: "space-request:" + r.Id + ":" + d.User, To: d.Mailbox(), Person: d.User, Kind: "space-request", About: "spaces", Record: sp.Id,
					Data: map[string]any{"Name": v.Name(), "Space": sp.Title(), "Why": r.GetString("why"), "URL": s.o.Mail.Base() + spaceAddress(sp.Slug()) + "/manage#requests"},
				})
			}
		}
		return err
	})
	if faults := faultsOf(err); faults != nil {
		return s.showSpace(e, http.StatusUnprocessableEntity, sp, why, faults)
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, spaceAddress(sp.Slug())+"#ask")
}

// spaceLeave ends somebody's own membership.
func (s *Site) spaceLeave(e *core.RequestEvent) error {
	sp, err := s.openSpace(e)
	if err != nil {
		return err
	}
	err = member.Dismiss(s.app, sp.Id, viewer(e).ID(), viewer(e).ID())
	if faults := faultsOf(err); faults != nil {
		return s.showSpace(e, http.StatusUnprocessableEntity, sp, "", faults.at("leave"))
	}
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusSeeOther, "/spaces")
}
