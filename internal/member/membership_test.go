package member_test

import (
	"database/sql"
	"errors"
	"testing"

	"commonplace/internal/member"
)

// TestASpaceKeepsAnOwner tries to take the last owner away in every way.
func TestASpaceKeepsAnOwner(t *testing.T) {
	w := newWorld(t)
	s := add(t, w.app, "spaces", map[string]any{"slug": "a-board", "title": "A board", "level": "private"})
	ann, ben := person(t, w.app, "ann", member.RoleMember), person(t, w.app, "ben", member.RoleMember)
	try := func(err error, want bool, what string) {
		t.Helper()
		if (err == nil) != want {
			t.Errorf("%s: %v", what, err)
		}
	}
	try(member.Admit(w.app, s.Id, ann.Id, "owner", "x"), true, "the first owner")
	try(member.Dismiss(w.app, s.Id, ann.Id, "x"), false, "the last owner is removed")
	try(member.Admit(w.app, s.Id, ann.Id, "editor", "x"), false, "the last owner is demoted")
	m := all(t, w.app, "memberships", "space", s.Id)[0]
	m.Set("user", ben.Id)
	try(w.app.Save(m), false, "the membership is given to somebody else")
	try(member.Admit(w.app, s.Id, ben.Id, "owner", "x"), true, "a second owner")
	ben.Set("suspended", true)
	try(w.app.Save(ben), true, "suspend")
	try(member.Dismiss(w.app, s.Id, ann.Id, "x"), false, "only a suspended owner would be left")
	ben.Set("suspended", false)
	try(w.app.Save(ben), true, "unsuspend")
	try(member.Dismiss(w.app, s.Id, ann.Id, "x"), true, "one of two owners leaves")
	try(member.Dismiss(w.app, s.Id, ann.Id, "x"), true, "and again")
	ben.Set("suspended", true)
	try(w.app.Save(ben), true, "suspend")
	try(member.Dismiss(w.app, s.Id, ben.Id, "x"), true, "whoever may not be here goes")
	try(member.Admit(w.app, s.Id, ann.Id, "owner", "x"), true, "an owner again")
	try(w.app.Delete(ann), true, "a person goes with their memberships")
	try(member.Admit(w.app, s.Id, person(t, w.app, "cat", member.RoleMember).Id, "owner", "x"), true, "an owner again")
	try(w.app.Delete(s), true, "the space goes with its owner")
}

// TestSpacesKeepTheirPromises covers the library, and spaces that are not empty.
func TestSpacesKeepTheirPromises(t *testing.T) {
	w := newWorld(t)
	for field, value := range map[string]string{"slug": "books", "level": "restricted"} {
		s := w.spaces["library"].Record.Fresh()
		s.Set(field, value)
		if w.app.Save(s) == nil {
			t.Errorf("the library's %s becomes %s", field, value)
		}
	}
	lib := w.spaces["library"].Record.Fresh()
	lib.Set("title", "The  library ")
	if err := w.app.Save(lib); err != nil || lib.GetString("title") != "The library" {
		t.Errorf("the library's title: %q, %v", lib.GetString("title"), err)
	}
	if w.app.Delete(w.spaces["library"].Record) == nil {
		t.Error("the library is deleted")
	}
	for level, put := range map[string]func(string) string{
		"private": func(space string) string {
			return add(t, w.app, "documents", map[string]any{"kind": "guidance", "title": "A page", "space": space, "state": "draft", "body": "Words."}).Id
		},
		"confidential": func(space string) string {
			return add(t, w.app, "threads", map[string]any{"title": "A talk", "space": space}).Id
		},
	} {
		s := w.spaces[level].Record
		collection := map[string]string{"private": "documents", "confidential": "threads"}[level]
		id := put(s.Id)
		if w.app.Delete(s) == nil {
			t.Errorf("the %s space is deleted with something in it", level)
		}
		thing, err := w.app.FindRecordById(collection, id)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.app.Delete(thing); err != nil {
			t.Fatal(err)
		}
		if err := w.app.Delete(s); err != nil {
			t.Errorf("the empty %s space: %v", level, err)
		}
	}
}

// TestAskingToJoin asks, asks again, and is answered.
func TestAskingToJoin(t *testing.T) {
	w := newWorld(t)
	ann, owner := person(t, w.app, "ann", member.RoleMember), person(t, w.app, "owner", member.RoleMember)
	for _, level := range []string{"private", "restricted"} {
		if err := member.Admit(w.app, w.spaces[level].Id, owner.Id, "owner", "x"); err != nil {
			t.Fatal(err)
		}
	}
	for level, want := range map[string]bool{"library": false, "open": false, "restricted": true, "private": true, "confidential": false} {
		if got := viewer(t, w.app, ann).MayAsk(w.spaces[level]); got != want {
			t.Errorf("asking for the %s space: %v", level, got)
		}
		if viewer(t, w.app, nil).MayAsk(w.spaces[level]) {
			t.Errorf("a guest asks for the %s space", level)
		}
	}
	private := w.spaces["private"]
	first, err := member.AskToJoin(w.app, viewer(t, w.app, ann), private, " I chair it. ")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := member.AskToJoin(w.app, viewer(t, w.app, ann), private, "Please"); err != nil || again.Id != first.Id {
		t.Errorf("asked twice: %v, %v", again, err)
	}
	if _, err := member.AskToJoin(w.app, viewer(t, w.app, ann), w.spaces["confidential"], ""); err == nil {
		t.Error("somebody asks for a space that they cannot know of")
	}
	pending, err := member.SpaceRequests(w.app, private.Id)
	if err != nil || len(pending) != 1 || pending[0].Why != "I chair it." || pending[0].Person.User != ann.Id {
		t.Fatalf("pending: %+v, %v", pending, err)
	}
	answer := func(who string, s *member.Space, a member.Answer) error {
		v := viewer(t, w.app, ann)
		if who == "owner" {
			v = viewer(t, w.app, owner)
		}
		_, err := member.AnswerRequest(w.app, v, s, first.Id, a)
		return err
	}
	if answer("ann", private, member.Answer{Role: "reader"}) == nil {
		t.Error("somebody lets themselves in")
	}
	if err := answer("owner", w.spaces["restricted"], member.Answer{Role: "reader"}); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("the request of another space: %v", err)
	}
	for _, a := range []member.Answer{{}, {Role: "king"}} {
		if answer("owner", private, a) == nil {
			t.Errorf("the answer %+v is taken", a)
		}
	}
	if err := answer("owner", private, member.Answer{Role: "editor"}); err != nil {
		t.Fatal(err)
	}
	if got := viewer(t, w.app, ann).In(private.Id); got != member.Editor {
		t.Errorf("let in as %v", got)
	}
	if err := answer("owner", private, member.Answer{Reason: "No"}); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("answered twice: %v", err)
	}
}
