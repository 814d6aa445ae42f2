package hub_test

import (
	"commonplace/internal/check"
	"commonplace/internal/library"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// checkTemplate makes a template that can be filled in and kept.
func (m *matrix) checkTemplate(level, state string) *core.Record {
	m.t.Helper()
	return m.make("documents", map[string]any{
		"kind": "template", "space": m.spaces[level].Id, "state": state, "title": m.word() + " template", "summary": "A summary.", "body": "Words.", "organisation": m.org.Id,
		"meta": types.JSONRaw(`{"template_kind":"self-assessment","fields":[{"key":"what","label":"What","kind":"text"},{"key":"more","label":"More","kind":"long"}]}`),
	})
}

// check fills it in.
func (m *matrix) check(template *core.Record, state, author, word string) *core.Record {
	m.t.Helper()
	return m.make("assessments", map[string]any{
		"document": template.Id, "state": state, "place": m.place.Id, "organisation": m.org.Id, "author": m.users[author].Id, "answers": map[string]string{"what": word + " check", "more": "About " + word},
	})
}

// checkThings are checks of templates in each state, drafts of one's own and of somebody else, and what a moderator hid.
func (m *matrix) checkThings(level string, checks *part) {
	add := func(what string, records map[string]*core.Record, word string) {
		checks.things = append(checks.things, &thing{
			what: what, level: level, records: records, word: word,
			sees: func(v *member.Viewer, r *core.Record) bool { return check.Wrap(r).Viewable(v) },
			page: func(r *core.Record) string { return check.Wrap(r).Address() },
		})
	}
	template := m.checkTemplate(level, library.Published)
	own, word := map[string]*core.Record{}, m.word()
	for _, role := range roles {
		if role != "guest" {
			own[role] = m.check(template, check.Draft, role, word)
			own[role].Set("organisation", "") // none of those who are in it reads it
			m.save(own[role])
		}
	}
	add("own draft", own, word)
	all := func(state, template string) (map[string]*core.Record, string) {
		word := m.word()
		d := m.checkTemplate(level, library.Published)
		r := m.check(d, state, "other", word)
		d.Set("state", template)
		m.save(d)
		r, err := m.h.App.FindRecordById("assessments", r.Id)
		if err != nil {
			m.t.Fatal(err)
		}
		return map[string]*core.Record{"": r}, word
	}
	records, word := all(check.Draft, library.Published)
	add("draft of somebody else", records, word)
	for _, state := range []string{library.Published, library.Withdrawn, library.Draft} {
		records, word = all(check.Shared, state)
		add("of a "+state+" template", records, word)
	}
	records, word = all(check.Shared, library.Published)
	records[""].Set("hidden", true)
	m.save(records[""])
	add("hidden", records, word)
}
