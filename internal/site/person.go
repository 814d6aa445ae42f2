package site

import (
	"net/http"

	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

type personView struct {
	Name, RoleTitle string
	Organisation    string
	Place           Link
	Published       []library.Card
	Threads         []threadCard
	Own             bool
	Feed            string // where an address for it as a feed is made
}

// shownOfPerson is how much of a person's work is listed, of each kind.
const shownOfPerson = 20

// person shows a member to members who meet them: in a space, or in what they wrote. For everybody else nobody is here.
func (s *Site) person(e *core.RequestEvent) error {
	v := viewer(e)
	if !v.SignedIn() {
		return notFound(e)
	}
	u, err := s.app.FindRecordById("users", e.Request.PathValue("id"))
	if err != nil {
		return found(e, err)
	}
	if member.HasLeft(u) {
		return notFound(e)
	}
	theirs := dbx.HashExp{"author": u.Id}
	threads, err := thread.By(s.app, v, u.Id, shownOfPerson)
	if err != nil {
		return err
	}
	published, err := library.Latest(s.app, v, shownOfPerson, theirs)
	if err != nil {
		return err
	}
	meets := len(threads) > 0 || len(published) > 0
	if !meets {
		if meets, err = s.meets(v, u.Id); err != nil {
			return err
		}
	}
	if !meets {
		return notFound(e)
	}
	view := personView{Name: u.GetString("name"), RoleTitle: u.GetString("role_title"), Published: published, Own: u.Id == v.ID()}
	if view.Threads, err = s.threadCards(e, threads); err != nil {
		return err
	}
	view.Feed = "/me/feeds?kind=" + member.PersonFeed + "&record=" + u.Id
	if err := s.whereFrom(&view, u); err != nil {
		return err
	}
	return render(s, e, http.StatusOK, "person", Page{Title: s.say("title-person", view.Name), NoIndex: true}, view)
}

// whereFrom fills in a person's organisation and place.
func (s *Site) whereFrom(view *personView, u *core.Record) error {
	organisations, err := s.names("organisations", "name")
	if err != nil {
		return err
	}
	view.Organisation = organisations[u.GetString("organisation")]
	places, err := member.Places(s.app)
	for _, p := range places {
		if p.Id == u.GetString("place") {
			view.Place = Link{p.Title(), "/places/" + p.Slug()}
		}
	}
	return err
}
