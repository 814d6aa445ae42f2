package hub_test

import (
	"commonplace/internal/champion"
	"commonplace/internal/hub"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// champion puts somebody on the register.
func (m *matrix) champion(who, word string, values map[string]any) *core.Record {
	m.t.Helper()
	all := map[string]any{
		"person": m.users[who].Id, "organisation": m.org.Id, "place": m.place.Id, "level": "board", "setting": "nhs", "role": "Champion", "helps": "Knows " + word, "shown": true,
	}
	for k, v := range values {
		all[k] = v
	}
	if own, err := m.h.App.FindFirstRecordByData("champions", "person", all["person"]); err == nil {
		own.Load(all)
		m.save(own)
		return own
	}
	return m.make("champions", all)
}

// message is what the member wrote to the lead.
func (m *matrix) message(word string) *core.Record {
	m.t.Helper()
	to := m.champion("lead", m.word(), nil)
	return m.make("champion_messages", map[string]any{"champion": to.Id, "author": m.users["member"].Id, "words": "About " + word})
}

// champions are entries that are shown and such as are not.
func (m *matrix) champions() *part {
	p := &part{collection: "champions", field: "helps", roots: []string{"organisations champions_via_organisation", "places champions_via_place"}}
	m.users["retired"] = m.make("users", map[string]any{
		"email": "retired@example.org", "name": "Person retired", "role": "member", "password": hub.DemoPassword, "passwordConfirm": hub.DemoPassword,
	})
	for _, x := range []struct {
		what, who string
		values    map[string]any
	}{
		{"shown", "moderator", nil}, {"not shown", "other", map[string]any{"shown": false}}, {"of somebody suspended", "suspended", nil},
		{"that ended", "retired", map[string]any{"ended": "2026-01-01 00:00:00.000Z"}},
	} {
		word := m.word()
		p.things = append(p.things, &thing{
			what: x.what, records: map[string]*core.Record{"": m.champion(x.who, word, x.values)}, word: word,
			sees: func(_ *member.Viewer, r *core.Record) bool { return champion.Wrap(r).Out() },
			page: func(r *core.Record) string { return champion.Wrap(r).Address() },
		})
	}
	return p
}

// written is what the member wrote to the lead as a champion: for the two alone.
func (l *leaks) written() plant {
	word := l.word()
	r := l.message(word)
	return plant{&thing{what: "to a champion", records: map[string]*core.Record{"": r}, word: word,
		sees: func(v *member.Viewer, r *core.Record) bool {
			m, err := champion.MessageByID(l.h.App, r.Id)
			return err == nil && m.Viewable(v)
		},
		page: func(r *core.Record) string { return "/champions/" + r.GetString("champion") + "/messages/" + r.Id },
	}, "champion_messages"}
}
