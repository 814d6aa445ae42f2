package site_test

import (
	"testing"

	"commonplace/internal/hubtest"
)

// fill writes into the fields of a form, by their ids, and sends it with a button.
func (w *window) fill(heading, button string, fields ...string) {
	w.t.Helper()
	for i := 0; i < len(fields); i += 2 {
		css, value := fields[i], fields[i+1]
		w.must(css+" is there", `(() => { const el = $(`+quote(css)+`); if (!el) return false; if (el.type === "radio" || el.type === "checkbox") { el.checked = true; return true }
			el.value = `+quote(value)+`; return el.value === `+quote(value)+` })()`)
	}
	w.leads(heading, func() { w.click(button) })
}

const youngPlan = "/plans/young-carers-in-our-three-towns"

// aPlanIsKept: a lead sets up a plan for young carers; three places sign it and take up one practice; one of them stops and says
// why; a date slips; a carer sees all of it on a phone, without scripts; and the board gets its page, which stays as it was.
func aPlanIsKept(t *testing.T, b *browser) {
	h := hubtest.New(t)
	lead := b.as(t, h.URL, "lead")

	t.Run("it is set up", func(t *testing.T) {
		lead.visit("/write/action-plan")
		lead.fill("it is out", `[value=publish]`, "#title", "Young carers in our three towns", "#summary", "Find young carers sooner, and keep them in school.", "#body", "Made with young carers.", "[name=places]", "")
		if lead.at() != youngPlan {
			lead.leads("it is out", func() { lead.click(`[value=publish-saved], main form button.nhsuk-button`) })
		}
		lead.mustBeAt(youngPlan)
		lead.visit(youngPlan + "/keep/goal")
		lead.fill("a goal", "main form button", "#title", "Find young carers sooner", "#why", "Most schools know of none.", "#owner_role", "Young carers lead")
		lead.leads("a measure", func() { lead.click(`a[href*="/keep/measure/"]`) })
		lead.fill("a measure", "main form button", "#title", "Schools that name a young carers lead", "#unit", "schools", "#baseline_value", "4", "#baseline_on", "2026-09-01", "#target_value", "20", "#target_by", "2027-07-31")
		lead.leads("an action", func() { lead.click(`a[href*="/keep/action/"]`) })
		lead.fill("an action", "main form button", "#title", "Every school is asked", "#due", "2026-11-30", "#owner_role", "Head of school improvement")
		lead.leads("a reading", func() { lead.click(`a[href*="/keep/reading/"]`) })
		lead.fill("a reading", "main form button", "#value", "9", "#as_of", "2026-11-16")
		lead.wholePicture("keeping the plan")
	})

	t.Run("three places sign", func(t *testing.T) {
		for _, place := range []string{"leeds", "wakefield", "kirklees"} {
			lead.visit(youngPlan + "/sign")
			lead.fill("signed", `[value=sign]`, "#who", "place:"+place, "#role", "Director of children’s services")
		}
	})

	t.Run("they take up one practice, and one stops", func(t *testing.T) {
		const study = "/case-studies/no-wrong-doors"
		for _, place := range []string{"wakefield", "kirklees", "calderdale"} {
			lead.visit(study + "/adopt?place=" + place)
			lead.fill("said", "main form button.nhsuk-button", `[name=stage][value=doing]`, "", "#kept", "One door for the whole family.", "#changed", "the form: one page.")
		}
		lead.visit(study + "/adopt?place=kirklees")
		lead.fill("stopped", "main form button.nhsuk-button", `[name=stage][value=stopped]`, "", "#stopped_for", "people", "#reason", "Both workers left in one month.")
		lead.visit(study + "?show=stopped")
		lead.must("the reason can be read", `says("Both workers left in one month.")`)
		lead.picture("the ledger")
	})

	t.Run("a date slips", func(t *testing.T) {
		lead.visit(youngPlan + "/keep")
		lead.leads("moving it", func() { lead.click(`a[href*="/keep/date/"]`) })
		lead.fill("moved", "main form button", "#due", "2027-01-29", "#why", "Schools asked for more time.")
	})

	t.Run("a carer sees it", func(t *testing.T) {
		carer := b.guest(t, h.URL, phone, scriptsOff, cookiesOff)
		carer.visit(youngPlan)
		carer.mustNotScrollSideways()
		carer.must("what was said, where it is and by when", `clean($(".cp-said").innerText) === "We said From 4 to 20 schools Now 9 schools, November 2026 31% of the way. By when July 2027"`)
		carer.must("the date before, and why it moved", `$$("s").some((el) => el.innerText === "30 November 2026") && says("Schools asked for more time.")`)
		carer.must("who signed", `["Leeds", "Wakefield", "Kirklees"].every((place) => says(place + ". Director of children’s services, signed on"))`)
		carer.must("what changed", `says("Moved: Every school is asked: from 30 November 2026 to 29 January 2027.")`)
		carer.wholePicture("on a phone")
		carer.visit("/coverage")
		carer.must("who does it, in words", `says("No wrong doors for young carers") && says("Stopped")`)
	})

	t.Run("the board gets its page", func(t *testing.T) {
		lead.visit(youngPlan + "/board")
		lead.leads("it is kept", func() { lead.click("main form button") })
		lead.must("as at a day", `says("This page is frozen") && says("From 4 to 20 schools") && says("first meant for 30 November 2026") === false`)
		lead.wholePicture("for the board")
		kept := lead.at()
		guest := b.guest(t, h.URL)
		guest.visit(kept)
		guest.must("everybody can read it", `says("As at")`)
		lead.visit("/manage/overview")
		lead.must("a lead sees what spread", `says("What spread since")`)
	})
}
