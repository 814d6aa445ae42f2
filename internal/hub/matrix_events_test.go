package hub_test

import (
	"time"

	"commonplace/internal/event"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// event makes one that is over, as most of what is said of an event is said then.
func (m *matrix) event(level, state, author, word string) *core.Record {
	m.t.Helper()
	from := time.Now().AddDate(0, 0, -20)
	reason := ""
	if state == event.Cancelled {
		reason = "Rain."
	}
	return m.make("events", map[string]any{
		"title": word + " title", "summary": "About " + word, "body": "Words about " + word + ".", "venue": "Hall " + word, "space": m.spaces[level].Id, "state": state, "reason": reason, "author": m.users[author].Id,
		"organisation": m.org.Id, "place": m.place.Id, "starts": from, "ends": from.Add(time.Hour), "outcome": "It changed " + word,
	})
}

// eventThings are events in each state, drafts of one's own and of somebody else.
func (m *matrix) eventThings(level string, events *part) {
	add := func(what string, records map[string]*core.Record, word string) {
		events.things = append(events.things, &thing{
			what: what, level: level, records: records, word: word, change: map[string]any{"needs_words": "Changed"},
			sees: func(v *member.Viewer, r *core.Record) bool { return event.Wrap(r).Viewable(v) },
			page: func(r *core.Record) string { return event.Wrap(r).Address() },
		})
	}
	own, word := map[string]*core.Record{}, m.word()
	for _, role := range roles {
		if role != "guest" {
			own[role] = m.event(level, event.Draft, role, word)
		}
	}
	add("own draft", own, word)
	for _, state := range []string{event.Draft, event.Published, event.Cancelled} {
		word, what := m.word(), state
		if state == event.Draft {
			what += " of somebody else"
		}
		add(what, map[string]*core.Record{"": m.event(level, state, "other", word)}, word)
	}
	for _, state := range []string{event.Draft, event.Published} {
		events.creates = append(events.creates, &creation{
			what: state + " in the " + level + " space",
			body: func(string) map[string]any {
				return map[string]any{"space": m.spaces[level].Id, "state": state, "title": m.word(), "venue": "The hall", "starts": "2026-06-01 14:00:00.000Z", "ends": "2026-06-01 16:00:00.000Z"}
			},
			may: func(v *member.Viewer) bool { return v.MayWrite(m.spaces[level].Id) },
		})
	}
}
