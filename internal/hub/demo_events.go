package hub

import (
	"time"

	"commonplace/internal/event"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
)

// events are four, each labelled as an example: one that is past and changed something, one that is soon, one online, and
// one that was called off.
func (d *demonstration) events() {
	now := time.Now()
	for _, x := range []struct {
		email, slug string
		days        int
		from, to    string
		values      map[string]any
	}{
		{"partner@example.org", "example-carers-breakfast", -24, "09:30", "11:00", map[string]any{
			"title": "Carers’ breakfast at the hospital", "summary": "Tea, toast, and an hour with the people who plan going home from hospital.",
			"venue": "Hospital restaurant, ground floor", "needs": []string{"step-free", "quiet-room", "travel-paid"}, "audience": []string{"adult-carer", "professional"},
			"how_to_join": "Just come. You can bring the person you look after.",
			"body":        "We ask one question: **what would have helped on the day you went home?** Somebody from the discharge team writes it down and comes back with an answer.",
			"outcome":     "Carers said that nobody told them which number to ring in the first night. There is a card now, and each carer gets one before the bed is given up.", "outcome_role": "Workforce lead", "outcome_at": now.AddDate(0, 0, -20),
		}},
		{"lead@example.org", "example-first-steps", 9, "14:00", "16:00", map[string]any{
			"title": "First steps for new carers", "summary": "Two hours on your rights, a carer’s assessment, and who does what here.",
			"venue": "Town library, meeting room 2", "address": "High Street", "needs": []string{"step-free", "hearing-loop", "care-paid", "travel-paid"}, "needs_words": "There is a changing place on the same floor.",
			"audience": []string{"adult-carer", "working-carer"}, "how_to_join": "Ask the carers’ centre to keep a place for you, or just come.",
			"body": "## What you take home\n\n- what you can ask the council for, and how\n- one page about money\n- words for what you do: it is called caring",
		}},
		{"member@example.org", "example-online-evening", 16, "19:00", "20:00", map[string]any{
			"title": "Working and caring: an evening online", "summary": "How to ask your manager for time, with people who have done it.",
			"online": "https://meet.example.org/working-carers", "needs": []string{"bsl"}, "needs_words": "Captions are on. You can leave your camera off.",
			"audience": []string{"working-carer"}, "how_to_join": "Open the address five minutes before.",
		}},
		{"member2@example.org", "example-garden-afternoon", 20, "13:00", "15:00", map[string]any{
			"title": "Afternoon in the garden", "summary": "For young carers and whoever they bring.", "venue": "Community garden", "audience": []string{"young-carer"}, "needs": []string{"quiet-room"},
			"state": event.Cancelled, "reason": "The garden is closed for repairs. We are looking for another place, and will say so here when we have one.",
		}},
	} {
		u := d.people[x.email]
		if d.err != nil || u == nil || d.first("events", dbx.HashExp{"slug": x.slug}) != nil {
			continue
		}
		day := now.In(member.London).AddDate(0, 0, x.days).Format(time.DateOnly)
		from, err := event.Moment(day, x.from)
		if d.err = err; err != nil {
			return
		}
		to, err := event.Moment(day, x.to)
		if d.err = err; err != nil {
			return
		}
		values := map[string]any{
			"slug": x.slug, "state": event.Published, "starts": from, "ends": to, "author": u.Id, "by_role": u.GetString("role_title"),
			"organisation": u.GetString("organisation"), "place": u.GetString("place"), "example": true,
		}
		for k, v := range x.values {
			values[k] = v
		}
		values["audience"] = d.known(values["audience"])
		d.make("events", values)
	}
}

// known leaves of some audiences those that this hub knows: a hub without content has none.
func (d *demonstration) known(audience any) []string {
	list, _ := audience.([]string)
	known := []string{}
	for _, a := range list {
		if d.first("vocabulary", dbx.HashExp{"list": "audience", "slug": a}) != nil {
			known = append(known, a)
		}
	}
	return known
}
