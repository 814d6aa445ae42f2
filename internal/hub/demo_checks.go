package hub

import (
	"time"

	"commonplace/internal/check"

	"github.com/pocketbase/dbx"
)

// checks are three, each labelled as an example: one surgery that meets every marker and told how it came there, one that is
// on its way, and an impact check that is kept with a plan.
func (d *demonstration) checks() {
	markers, impact := d.first("documents", dbx.HashExp{"key": "tp-quality-markers"}), d.first("documents", dbx.HashExp{"key": "tp-impact-check"})
	if d.err != nil || markers == nil || impact == nil {
		return
	}
	t, err := check.TemplateOf(d.app, markers.Id)
	if d.err = err; err != nil || t == nil {
		return
	}
	about := ""
	if plan := d.first("documents", dbx.HashExp{"kind": "action-plan", "state": "published"}); plan != nil {
		about = plan.Id
	}
	steps := func(first check.Answers, at ...int) check.Answers {
		answers := check.Answers{}
		for key, said := range first {
			answers[key] = said
		}
		for _, g := range t.Groups() {
			if g.Marker() && len(at) > 0 {
				answers[g.Key], at = g.Choices[min(at[0], g.Top())], at[1:]
			}
		}
		return answers
	}
	then, on := check.Answers{
		"surgery": "Hill Road Surgery (example)", "filled_by": "Carers lead and reception manager", "done_on": "2026-02-10", "review_on": "2027-02-10",
		"find_evidence": "412 carers on the register, 3% of the list. Reception asks everybody who orders for somebody else.",
	}, check.Answers{
		"surgery": "Park Street Surgery (example)", "filled_by": "Practice nurse and practice manager", "done_on": "2026-05-04", "review_on": "2027-05-04",
		"find_evidence": "Only one person asks.", "find_next": "Put the question on the new patient form", "find_role": "Practice manager", "find_by": "2026-12-31",
	}
	d.keptCheck("partner@example.org", markers.Id, "", steps(then, 3, 3, 3, 3, 3, 3), []check.Change{
		{Version: 1, On: "2026-02-10", ByRole: "Workforce lead", Was: check.Answers{"find_score": t.Questions[4].Choices[1], "find_evidence": "We keep a register, and nobody looks at it."}},
	})
	d.keptCheck("member2@example.org", markers.Id, "", steps(on, 1, 3, 2, 3, 1, 0), nil)
	d.keptCheck("lead@example.org", impact.Id, about, check.Answers{
		"change": "The day centre moves to a building outside the town (example)", "decided_by": "The place board, in March",
		"who_cares": "About 60 people come with a carer who drives them. We counted for a week.", "time_money_travel": "Forty minutes more on the road each day, and two buses for those who do not drive.",
		"asked": "Twelve carers, at the centre and by phone. They asked for a minibus from the old stop.", "young_carers": "Three young carers bring a parent before school. They would be late.",
		"how_we_know": "How many still come after three months, and a card for carers to say why not.", "outcome": "Worse in part, and we have changed the plan",
		"changes": "A minibus runs from the old stop at 8.", "owner": "Commissioning manager", "look_again": "2026-09-01",
	}, nil)
}

// keptCheck keeps one in the name of somebody's organisation, once.
func (d *demonstration) keptCheck(email, template, about string, answers check.Answers, history []check.Change) {
	u := d.people[email]
	if u == nil || d.first("assessments", dbx.HashExp{"document": template, "author": u.Id}) != nil {
		return
	}
	on := time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
	d.make("assessments", map[string]any{
		"document": template, "place": u.GetString("place"), "organisation": u.GetString("organisation"), "author": u.Id, "by_role": u.GetString("role_title"), "state": check.Shared,
		"answers": answers, "history": history, "version": len(history) + 1, "on": on, "shared_on": on, "about": about, "example": true,
	})
}
