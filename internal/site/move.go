package site

import (
	"fmt"
	"net/http"
	"strings"

	"commonplace/internal/journal"
	"commonplace/internal/member"
	"commonplace/internal/spread"
	"commonplace/internal/thread"

	"github.com/pocketbase/pocketbase/core"
)

type moveView struct {
	Title, Address, Word, Action string
	From                         Link
	Spaces                       []Choice
	To                           *Link // chosen, to be confirmed
	Slug, Level                  string
	Now, Then                    string
	Gained, Lost                 []string
	Along                        string // what moves with it
	With                         *Link  // the document that it moves with; it does not move alone
	Errors                       fieldErrors
}

// mayMove says whether the viewer may take a thing out of the space in which it stands.
func (s *Site) mayMove(v *member.Viewer, b *subject) bool {
	switch {
	case b.document != nil:
		return b.document.Editable(v)
	case b.thread != nil:
		return v.MayModerate(b.space)
	}
	return false
}

// mayBring says whether the viewer may put it into another space.
func mayBring(v *member.Viewer, b *subject, space string) bool {
	if b.document != nil {
		return v.MayWrite(space)
	}
	return v.MayPost(space)
}

// moved finds what the address asks to move, if the viewer may move it. For others this page is not there.
func (s *Site) moved(e *core.RequestEvent) (*subject, error) {
	b, err := s.asked(e)
	if err == nil && !s.mayMove(viewer(e), b) {
		err = notFound(e)
	}
	return b, err
}

// target finds the space of a form, if the viewer knows of it and may bring the thing there.
func (s *Site) target(v *member.Viewer, b *subject, slug string) (*member.Space, bool) {
	sp, err := member.SpaceBySlug(s.app, slug)
	if err != nil || !v.Lists(sp) || !mayBring(v, b, sp.Id) || sp.Id == b.space {
		return nil, false
	}
	return sp, true
}

// moveForm lets somebody choose a space and then says who can see the thing now, and who will afterwards.
func (s *Site) moveForm(e *core.RequestEvent) error {
	b, err := s.moved(e)
	if err != nil {
		return err
	}
	v := moveView{Slug: e.Request.URL.Query().Get("to")}
	if v.Slug == "" {
		return s.showMove(e, http.StatusOK, b, nil, v)
	}
	to, ok := s.target(viewer(e), b, v.Slug)
	if !ok {
		v.Errors = fieldErrors{{"to", "Choose a space from the list."}}
		return s.showMove(e, http.StatusUnprocessableEntity, b, nil, v)
	}
	return s.showMove(e, http.StatusOK, b, to, v)
}

func (s *Site) showMove(e *core.RequestEvent, status int, b *subject, to *member.Space, v moveView) error {
	v.Title, v.Address, v.Word, v.Action = b.title, b.address, b.word(), b.link("/move")
	from, err := member.SpaceByID(s.app, b.space)
	if err != nil {
		return err
	}
	v.From = Link{from.Title(), spaceAddress(from.Slug())}
	if b.thread != nil && b.thread.Document() != "" {
		v.With = &Link{"the document it is about", "/discussions/" + b.id}
		if d, err := s.documentByID(b.thread.Document()); err == nil && s.seen(viewer(e), d) {
			v.With = &Link{d.title, d.link("/move")}
			if !s.mayMove(viewer(e), d) {
				v.With.URL = d.address
			}
		}
	}
	spaces, err := member.ListedSpaces(s.app, viewer(e))
	if err != nil {
		return err
	}
	for _, sp := range spaces {
		if sp.Id != b.space && mayBring(viewer(e), b, sp.Id) {
			v.Spaces = append(v.Spaces, Choice{Value: sp.Slug(), Title: sp.Title() + ": " + levelWords[sp.Level()], Chosen: sp.Slug() == v.Slug})
		}
	}
	if to != nil {
		if err := s.weigh(viewer(e), b, from, to, &v); err != nil {
			return err
		}
	}
	p := Page{Title: "Move “" + b.title + "”", NoIndex: true, Crumbs: []Link{{b.title, b.address}}}
	return render(s, e, status, "move", p, v)
}

// weigh says who can see the thing now and who will when it has been moved.
func (s *Site) weigh(v *member.Viewer, b *subject, from, to *member.Space, view *moveView) error {
	now, err := member.AudienceOf(s.app, from, b.state, b.author)
	if err != nil {
		return err
	}
	then, err := member.AudienceOf(s.app, to, b.state, b.author)
	if err != nil {
		return err
	}
	view.To, view.Slug, view.Level = &Link{to.Title(), spaceAddress(to.Slug())}, to.Slug(), string(to.Level())
	view.Now, view.Then = audienceWords(now), audienceWords(then)
	view.Gained = moreIn(then, now, v.KnowsMembers(to.Id))
	view.Lost = moreIn(now, then, v.KnowsMembers(from.Id))
	view.Along, err = s.along(b)
	return err
}

// moreIn says who is in one audience and not in the other, by name where the viewer may know the names.
func moreIn(a, other *member.Audience, names bool) []string {
	switch {
	case a.Everyone && !other.Everyone && other.Hub:
		return []string{"Everyone who is not signed in, and search engines."}
	case a.Everyone && !other.Everyone:
		return []string{"Everyone, signed in or not, and search engines."}
	case other.Everyone || other.Hub:
		return nil
	case a.Hub:
		return []string{counted(a.Total-other.Total, "member of the hub", "members of the hub")}
	}
	people := a.Without(other)
	if len(people) == 0 {
		return nil
	}
	if !names || len(people) > listedPeople {
		return []string{counted(len(people), "person", "people")}
	}
	var list []string
	for _, p := range people {
		list = append(list, strings.TrimSuffix(p.Name+", "+p.Organisation, ", "))
	}
	return list
}

// along says what else moves.
func (s *Site) along(b *subject) (string, error) {
	if b.thread != nil {
		return fmt.Sprintf("Its %s with it.", counted(b.thread.Posts(), "post moves", "posts move")), nil
	}
	threads, err := thread.CountOn(s.app, b.id)
	if err != nil {
		return "", err
	}
	adoptions, err := spread.CountOf(s.app, b.id)
	if err != nil || threads+adoptions == 0 {
		return "", err
	}
	return fmt.Sprintf("With it move %s about it, and %s.", counted(threads, "discussion", "discussions"), counted(adoptions, "entry of a place", "entries of places")), nil
}

// move moves, once who will see it has been shown as it is at this moment.
func (s *Site) move(e *core.RequestEvent) error {
	b, err := s.moved(e)
	if err != nil {
		return err
	}
	form := e.Request.PostFormValue
	v := moveView{Slug: form("to")}
	to, ok := s.target(viewer(e), b, v.Slug)
	switch {
	case b.thread != nil && b.thread.Document() != "":
		v.Errors = fieldErrors{{"to", "It moves with the document it is about."}}
		return s.showMove(e, http.StatusUnprocessableEntity, b, nil, v)
	case !ok:
		v.Errors = fieldErrors{{"to", "Choose a space from the list."}}
		return s.showMove(e, http.StatusUnprocessableEntity, b, nil, v)
	case form("level") == "": // not confirmed yet
		return e.Redirect(http.StatusSeeOther, b.link("/move")+"&to="+to.Slug())
	case form("level") != string(to.Level()):
		v.Errors = fieldErrors{{"confirm", "Who can see that space has changed meanwhile. Look again, and confirm."}}
		return s.showMove(e, http.StatusUnprocessableEntity, b, to, v)
	}
	r, err := s.app.FindRecordById(b.what+"s", b.id)
	if err != nil {
		return err
	}
	r.Set("space", to.Id)
	journal.By(r, viewer(e).ID())
	if err := s.app.Save(r); err != nil {
		if v.Errors = faultsOf(err); v.Errors == nil {
			return err
		}
		return s.showMove(e, http.StatusUnprocessableEntity, b, to, v)
	}
	return e.Redirect(http.StatusSeeOther, b.link("/who"))
}
