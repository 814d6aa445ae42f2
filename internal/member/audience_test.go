package member_test

import (
	"slices"
	"testing"

	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// TestAudienceIsWhoSees asks everybody's own Viewer whether the answer to "Who can see this?" is true: for every level,
// state and person.
func TestAudienceIsWhoSees(t *testing.T) {
	w := newWorld(t)
	people := []*core.Record{person(t, w.app, "the-author", member.RoleMember)}
	for _, p := range persons {
		for _, membership := range memberships {
			if u := w.of(p + " " + membership); u != nil && u.Collection().Name == "users" {
				people = append(people, u)
			}
		}
	}
	gone := person(t, w.app, "gone", member.RoleAdministrator)
	gone.Set("left", "2026-01-01 00:00:00.000Z")
	if err := w.app.Save(gone); err != nil {
		t.Fatal(err)
	}
	people = append(people, gone)
	for level, s := range w.spaces {
		for _, state := range []string{"draft", "in-review", "published", "withdrawn", "hidden"} {
			for _, author := range []string{people[0].Id, ""} {
				a, err := member.AudienceOf(w.app, s, state, author)
				if err != nil {
					t.Fatal(err)
				}
				if got := viewer(t, w.app, nil).Sees(s.Id, state, author); a.Everyone != got {
					t.Errorf("%s, %s: everyone is %v, and a guest sees it: %v", level, state, a.Everyone, got)
				}
				sees := 0
				for _, u := range people {
					seen := viewer(t, w.app, u).Sees(s.Id, state, author)
					named := slices.ContainsFunc(a.People, func(b member.Belonging) bool { return b.User == u.Id })
					if v := viewer(t, w.app, u); seen && v.SignedIn() {
						sees++
					}
					if told := named || a.Everyone || (a.Hub && viewer(t, w.app, u).SignedIn()); told != seen {
						t.Errorf("%s, %s, by %q: %s sees it: %v, and is told of: %v", level, state, author, u.GetString("name"), seen, told)
					}
				}
				if a.Total != sees {
					t.Errorf("%s, %s: %d people, not %d", level, state, sees, a.Total)
				}
			}
		}
	}
}

// TestViewsOfNobody compares the public and any member with somebody real, and gives them nothing of anybody's.
func TestViewsOfNobody(t *testing.T) {
	w := newWorld(t)
	public, err := member.AsPublic(w.app)
	if err != nil {
		t.Fatal(err)
	}
	anyone, err := member.AsMember(w.app)
	if err != nil {
		t.Fatal(err)
	}
	member2 := viewer(t, w.app, person(t, w.app, "plain", member.RoleMember))
	for level, s := range w.spaces {
		if got, want := letters(public, s, "x"), letters(viewer(t, w.app, nil), s, "x"); got != want {
			t.Errorf("the public in the %s space: %s, not %s", level, got, want)
		}
		if got, want := letters(anyone, s, "x"), letters(member2, s, "x"); got != want {
			t.Errorf("a member in the %s space: %s, not %s", level, got, want)
		}
		for _, v := range []*member.Viewer{public, anyone} {
			for _, author := range []string{"", "somebody"} {
				if v.Sees(s.Id, "draft", author) || v.MayEdit(s.Id, author, "") {
					t.Errorf("in the %s space, what %q wrote is taken for one's own", level, author)
				}
			}
		}
	}
	if anyone.Organisation() != "" || public.ID() != "" || len(anyone.ID()) == 15 {
		t.Error("they could be somebody")
	}
	add(t, w.app, "documents", map[string]any{"kind": "guidance", "title": "Nobody's", "space": w.spaces["library"].Id, "state": "draft", "body": "Words.", "summary": "A summary."})
	for _, v := range []*member.Viewer{public, anyone} {
		if found := titles(t, w.app, v); len(found) > 0 {
			t.Errorf("a query finds what has no author: %v", found)
		}
	}
}
