package hub_test

import (
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// follows is what each follows, and what somebody else does: everybody has their own list.
func (m *matrix) follows() *part {
	own := map[string]*core.Record{}
	for _, role := range roles {
		if u := m.users[role]; u != nil && role != "suspended" {
			own[role] = m.make("follows", map[string]any{"user": u.Id, "kind": "space", "record": m.spaces["open"].Id})
		}
	}
	other := m.make("follows", map[string]any{"user": m.users["other"].Id, "kind": "search", "query": "q=matrix"})
	var creates []*creation
	for _, l := range levels {
		creates = append(creates, &creation{
			what: "of the " + l.level + " space",
			body: func(role string) map[string]any {
				body := map[string]any{"kind": "space", "record": m.spaces[l.level].Id, "level": "mentions"}
				if u := m.users[role]; u != nil {
					body["user"] = u.Id
				}
				return body
			},
			may: func(v *member.Viewer) bool {
				s, err := member.SpaceByID(m.h.App, m.spaces[l.level].Id)
				return err == nil && v.SignedIn() && v.Lists(s)
			},
		})
	}
	creates = append(creates, &creation{what: "for somebody else", body: func(string) map[string]any {
		return map[string]any{"kind": "search", "query": "q=" + m.word(), "user": m.users["other"].Id}
	}, may: func(*member.Viewer) bool { return false }})
	return &part{collection: "follows", field: "id", roots: []string{"organisations users_via_organisation.follows_via_user"}, things: []*thing{
		{what: "one's own", records: own, word: "id", sees: isOwn, change: map[string]any{"level": "nothing"}},
		{what: "somebody else's", records: map[string]*core.Record{"": other}, word: "id", sees: nobodys, change: map[string]any{"level": "nothing"}},
	}, creates: creates}
}

// notices is what each was told, and what somebody else was.
func (m *matrix) notices() *part {
	own := map[string]*core.Record{}
	notice := func(user string) *core.Record {
		return m.make("notifications", map[string]any{"user": user, "kind": "found", "about": "documents", "record": m.word()})
	}
	for _, role := range roles {
		if u := m.users[role]; u != nil && role != "suspended" {
			own[role] = notice(u.Id)
		}
	}
	return &part{collection: "notifications", field: "id", roots: []string{"organisations users_via_organisation.notifications_via_user"}, things: []*thing{
		{what: "one's own", records: own, word: "id", sees: isOwn, change: map[string]any{"read": "2030-01-01 00:00:00.000Z"}},
		{what: "somebody else's", records: map[string]*core.Record{"": notice(m.users["other"].Id)}, word: "id", sees: nobodys, change: map[string]any{"read": "2030-01-01 00:00:00.000Z"}},
	}, creates: []*creation{{what: "of oneself", body: func(role string) map[string]any {
		body := map[string]any{"kind": "found", "about": "documents", "record": m.word()}
		if u := m.users[role]; u != nil {
			body["user"] = u.Id
		}
		return body
	}, may: func(*member.Viewer) bool { return false }}}}
}

func isOwn(v *member.Viewer, r *core.Record) bool {
	return v.SignedIn() && v.ID() == r.GetString("user")
}
func nobodys(*member.Viewer, *core.Record) bool { return false }
