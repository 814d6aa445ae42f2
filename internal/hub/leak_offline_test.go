package hub_test

import (
	"encoding/json"
	"strings"

	"commonplace/internal/library"

	"github.com/pocketbase/pocketbase/core"
)

// inHandbook plants words into pages of the handbook and terms of the glossary, of which phones save those that are out.
func (l *leaks) inHandbook(level string) []plant {
	var all []plant
	for _, x := range []struct {
		kind  library.Kind
		state string
	}{{library.Handbook, library.Published}, {library.Handbook, library.Draft}, {library.Glossary, library.Published}} {
		word := l.word()
		d := l.make("documents", map[string]any{
			"kind": string(x.kind), "space": l.spaces[level].Id, "state": x.state, "author": l.users["other"].Id, "title": word + " title", "summary": "A summary.",
			"chapter": "start-here", "body": "Words about " + word + ".",
		})
		all = append(all, plant{&thing{what: "a " + x.state + " " + x.kind.Word(), level: level, records: map[string]*core.Record{"": d}, word: word, sees: seenDocument, page: pageOf}, "documents"})
	}
	return all
}

// offline is all that a role gets for the phone: the lists, and each part that they name.
func (l *leaks) offline(role string) string {
	return l.once(role+" offline", func() string {
		var all strings.Builder
		for _, base := range []string{"", "/in/leeds"} {
			raw := l.clients[role].Get(base + "/offline/list.json").Body
			var list struct{ At, Whole, Frame string }
			if err := json.Unmarshal([]byte(raw), &list); err != nil {
				l.t.Errorf("the list of the copy: %v %.200s", err, raw)
			}
			all.WriteString(raw + l.clients[role].Get(list.At+list.Whole+".json").Body)
		}
		return all.String()
	})
}
