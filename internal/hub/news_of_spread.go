package hub

import (
	"slices"

	"commonplace/internal/journal"
	"commonplace/internal/library"
	"commonplace/internal/member"
	"commonplace/internal/notify"
	"commonplace/internal/spread"
	"commonplace/internal/thread"
)

// newsOfAdoption tells the place where a practice began that another does it too, or is at another stage now; and the other
// place that the first has confirmed it or asks. In between stands what both can see.
func (h *Hub) newsOfAdoption(r journal.Row) ([]news, error) {
	fields, _, _ := r.Change()
	has := func(field string) bool { return r.Verb == "update" && slices.Contains(fields, field) }
	a, there, err := spread.ByID(h.app, r.Record)
	if err != nil || !there || a.Hidden || a.Example {
		return nil, err
	}
	d, err := library.ByID(h.app, a.Document)
	if err != nil || d.State() != library.Published {
		return nil, err
	}
	things, all := thingsOfDocument(d), []news(nil)
	if r.Verb == "create" || has("stage") {
		keepers, err := spread.Keepers(h.app, d.Record)
		if err != nil {
			return nil, err
		}
		all = append(all, news{kind: notify.Adopted, about: "adoptions", record: a.ID, things: things, persons: keepers, personal: true,
			sees: func(v *member.Viewer) bool { return spread.MayAnswer(v, d.Record, a) }})
	}
	if has("confirmed_on") && !a.Confirmed.IsZero() {
		all = append(all, news{kind: notify.Confirmed, about: "adoptions", record: a.ID, things: things, persons: []string{a.Author}, personal: true, sees: d.Viewable})
	}
	if has("thread") && a.Thread != "" {
		t, err := thread.ByID(h.app, a.Thread)
		if err != nil {
			return nil, err
		}
		all = append(all, news{kind: notify.Confirmed, about: "threads", record: t.Id, things: things, persons: []string{a.Author}, personal: true, sees: t.Viewable})
	}
	return all, nil
}
