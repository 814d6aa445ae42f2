package hub

import (
	"fmt"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"
	"commonplace/internal/spread"
	"commonplace/internal/thread"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// DemoPassword is the password of the whole demo cast.
const DemoPassword = "commonplace-demo"

// demoOperator is the demo's operator.
const demoOperator = "operator@example.org"

// actor is somebody of the demo cast.
type actor struct {
	email, name, title, organisation, place, role string
	memberships                                   map[string]string // by space
}

// cast are the people of the demo. They and what they say are made up; their organisations say so in their names.
var cast = []actor{
	{"partner@example.org", "Pat Partner", "Workforce lead", "Wakefield partner (example)", "wakefield", member.RoleMember,
		map[string]string{member.LibrarySlug: "editor", "passport-group": "editor"}},
	{"lead@example.org", "Lee Lead", "Programme lead", "Kirklees partner (example)", "kirklees", member.RoleLead,
		map[string]string{"passport-group": "owner", "programme-board": "owner"}},
	{"member@example.org", "Mel Member", "HR business partner", "Bradford partner (example)", "bradford", member.RoleMember,
		map[string]string{"passport-group": "reader"}},
	{"member2@example.org", "Max Member", "Carers lead", "Leeds partner (example)", "leeds", member.RoleMember, nil},
	{"moderator@example.org", "Mo Moderator", "Community manager", "Calderdale partner (example)", "calderdale", member.RoleModerator, nil},
	{"admin@example.org", "Ada Administrator", "Hub manager", "Harrogate partner (example)", "harrogate", member.RoleAdministrator, nil},
}

func castEmails() []any {
	var emails []any
	for _, a := range cast {
		emails = append(emails, a.email)
	}
	return emails
}

// demo brings the cast on with --demo, and shuts it out without.
func (h *Hub) demo() error {
	if err := h.operatorsNeedTwo(!h.cfg.Demo); err != nil {
		return err
	}
	if !h.cfg.Demo {
		return h.dismiss()
	}
	return h.app.RunInTransaction(func(tx core.App) error { return Demo(tx) })
}

// operatorsNeedTwo says whether operators must show a second factor: in a demonstration everybody knows their password,
// and no mail goes out.
func (h *Hub) operatorsNeedTwo(yes bool) error {
	c, err := h.app.FindCollectionByNameOrId(core.CollectionNameSuperusers)
	if err != nil || c.MFA.Enabled == yes {
		return err
	}
	c.OTP.Enabled, c.MFA.Enabled = yes, yes // PocketBase has the one with the other
	return h.app.Save(c)
}

// dismiss suspends the demo accounts of a data folder that is no demo any more: their password is known.
func (h *Hub) dismiss() error {
	users, err := h.app.FindAllRecords("users", dbx.In("email", castEmails()...), dbx.HashExp{"suspended": false})
	if err != nil {
		return err
	}
	for _, u := range users {
		u.Set("suspended", true)
		if err := h.app.Save(u); err != nil {
			return err
		}
	}
	operator, err := h.app.FindAuthRecordByEmail(core.CollectionNameSuperusers, demoOperator)
	if err == nil && operator.EmailVisibility() {
		operator.SetEmailVisibility(false)
		operator.SetRandomPassword()
		return h.app.Save(operator)
	}
	return nil
}

// Demo adds the cast, their groups, what places say of a practice, and a lively thread, each where it is missing.
func Demo(app core.App) error {
	settings, err := member.SettingsOf(app)
	if err != nil {
		return err
	}
	d := &demonstration{app: app, people: map[string]*core.Record{}, terms: settings[member.Terms]}
	d.space("passport-group", "Working carers passport group", "People in HR and carers’ leads who bring the passport into their organisations. (Example)", member.Restricted)
	d.space("programme-board", "Programme board", "Papers and decisions of the carers programme board. (Example)", member.Private)
	for _, a := range cast {
		d.person(a)
	}
	d.operator()
	d.adoptions()
	d.threads()
	d.events()
	d.champions()
	d.checks()
	return d.err
}

// demonstration adds things until the first error, which it keeps.
type demonstration struct {
	app    core.App
	people map[string]*core.Record
	terms  string // the version that the cast has agreed to
	err    error
}

// first finds a record, nil when there is none.
func (d *demonstration) first(collection string, where dbx.HashExp) *core.Record {
	if d.err != nil {
		return nil
	}
	found, err := d.app.FindAllRecords(collection, where)
	if d.err = err; len(found) == 0 {
		return nil
	}
	return found[0]
}

// make saves a new record.
func (d *demonstration) make(collection string, values map[string]any) *core.Record {
	if d.err != nil {
		return nil
	}
	c, err := d.app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		d.err = err
		return nil
	}
	r := core.NewRecord(c)
	r.Load(values)
	if created, ok := values["created"]; ok {
		r.SetRaw("created", created)
	}
	journal.By(r, "demo")
	if err := d.app.Save(r); err != nil {
		d.err = fmt.Errorf("demo: %s: %w", collection, err)
		return nil
	}
	return r
}

func (d *demonstration) space(slug, title, summary string, level member.Level) {
	if d.first("spaces", dbx.HashExp{"slug": slug}) == nil {
		d.make("spaces", map[string]any{"slug": slug, "title": title, "summary": summary, "level": string(level)})
	}
}

func (d *demonstration) person(a actor) {
	u := d.first("users", dbx.HashExp{"email": a.email})
	if u == nil && d.err == nil {
		organisation, err := member.OrganisationNamed(d.app, a.organisation, a.place+"-partner-example")
		if err != nil {
			d.err = err
			return
		}
		values := map[string]any{
			"email": a.email, "name": a.name, "role_title": a.title, "organisation": organisation.Id, "role": a.role,
			"verified": true, "password": DemoPassword, "passwordConfirm": DemoPassword,
		}
		if p := d.first("places", dbx.HashExp{"slug": a.place}); p != nil {
			values["place"] = p.Id
		}
		u = d.make("users", values)
	}
	if d.err != nil {
		return
	}
	if u.GetBool("suspended") || u.GetDateTime("welcomed").IsZero() {
		u.Set("suspended", false)
		u.Set("welcomed", time.Now().UTC())
		u.Set("terms", d.terms)
		u.Set("mail", "daily")
		journal.By(u, "demo")
		d.err = d.app.Save(u)
	}
	d.people[a.email] = u
	for slug, role := range a.memberships {
		sp := d.first("spaces", dbx.HashExp{"slug": slug})
		if sp != nil && d.first("memberships", dbx.HashExp{"user": u.Id, "space": sp.Id}) == nil {
			d.make("memberships", map[string]any{"user": u.Id, "space": sp.Id, "role": role})
		}
	}
}

func (d *demonstration) operator() {
	if d.err != nil {
		return
	}
	r, err := d.app.FindAuthRecordByEmail(core.CollectionNameSuperusers, demoOperator)
	if err != nil {
		d.make(core.CollectionNameSuperusers, map[string]any{"email": demoOperator, "emailVisibility": true, "password": DemoPassword, "passwordConfirm": DemoPassword})
		return
	}
	if !r.EmailVisibility() { // shut out by an earlier start without --demo
		r.SetEmailVisibility(true)
		r.SetPassword(DemoPassword)
		d.err = d.app.Save(r)
	}
}

// passportKey is the case study that the demo is about.
const passportKey = "cs-wy-working-carers-passport"

func (d *demonstration) adoptions() {
	doc := d.first("documents", dbx.HashExp{"key": passportKey})
	if doc == nil {
		return
	}
	numbers := func(rows string) types.JSONRaw { return types.JSONRaw("[" + rows + "]") }
	for _, a := range []struct {
		email, stage, kept, changed, dropped, result, why, reason string
		months                                                    int // since it has been at that stage
		results                                                   types.JSONRaw
	}{
		{"partner@example.org", "doing", "The passport itself and the yearly talk with a manager", "", "", "Managers say that the first talk is shorter now.", "", "", 9,
			numbers(`{"what":"staff-kept","n":118,"of":140,"how":"counted","source":"The staff record system"}`)},
		{"member@example.org", "doing", "All of it", "the start date: each trust chose its own", "", "It is part of every new starter’s first week.", "", "", 6,
			numbers(`{"what":"staff-kept","n":96,"how":"counted","source":"A count by each team"}`)},
		{"moderator@example.org", "doing", "The form and the guide for managers", "", "The separate register", "", "", "", 5,
			numbers(`{"what":"staff-kept","n":40,"how":"estimated"}`)},
		{"lead@example.org", "trying", "The yearly talk with a manager", "the form: one page instead of four, and the carer keeps it", "The separate register", "", "", "", 2, nil},
		{"member2@example.org", "stopped", "", "", "", "", "difference",
			"The form ran to four pages. Managers filled it in for people, and few used it twice. We would start again with one page that the carer keeps.", 1, nil},
	} {
		u := d.people[a.email]
		if u == nil || d.first("adoptions", dbx.HashExp{"document": doc.Id, "organisation": u.GetString("organisation")}) != nil {
			continue
		}
		since := time.Now().AddDate(0, -a.months, 0).UTC().Truncate(24 * time.Hour)
		d.make("adoptions", map[string]any{
			"document": doc.Id, "place": u.GetString("place"), "organisation": u.GetString("organisation"), "stage": a.stage, "kept": a.kept,
			"changed": a.changed, "dropped": a.dropped, "result": a.result, "stopped_for": a.why, "reason": a.reason, "author": u.Id,
			"by_role": u.GetString("role_title"), "contact_role": u.GetString("role_title"), "example": true,
			"since": since, "results": a.results, "history": demoSteps(a.stage, since),
		})
	}
}

// demoSteps are how a place came to its stage: it began to look four months before, and to try two months later.
func demoSteps(stage string, since time.Time) []spread.Step {
	steps := []spread.Step{{Stage: spread.Looking, On: since.AddDate(0, -4, 0).Format(time.DateOnly)}}
	if spread.Stage(stage) != spread.Trying {
		steps = append(steps, spread.Step{Stage: spread.Trying, On: since.AddDate(0, -2, 0).Format(time.DateOnly)})
	}
	return append(steps, spread.Step{Stage: spread.Stage(stage), On: since.Format(time.DateOnly)})
}

// line is one post of the demo: who says it, how many hours ago, and to which line before it.
type line struct {
	email string
	hours int
	to    int // counted from 1; 0 answers nobody
	text  string
}

func (d *demonstration) threads() {
	doc := d.first("documents", dbx.HashExp{"key": passportKey})
	if doc != nil {
		d.thread("How did you get the HR directors to agree?", "question", doc.Id, doc.GetString("space"), []line{
			{"member2@example.org", 102, 0, "We stopped in spring. The form ran to four pages and managers filled it in for people. Before we begin again: how did you get your HR directors to agree?"},
			{"member@example.org", 98, 1, "As a group. One paper went to the HR directors’ meeting, and each trust then set its own start date."},
			{"partner@example.org", 75, 0, "What helped here was a number: how many staff had told their manager that they care for someone. It was **far fewer** than anybody thought."},
			{"lead@example.org", 27, 1, "We cut the form to one page before it went:\n\n- what I do at home\n- what I may need at short notice\n- what we agreed, and when we look at it again\n\nThe carer keeps it, not the manager."},
			{"member2@example.org", 5, 4, "One page that the carer keeps is just what was missing. May we use yours as it is?"},
			{"lead@example.org", 3, 5, "Yes. Take it, change it, and say here what you changed."},
		})
	}
	library, err := member.Library(d.app)
	if err != nil {
		d.err = err
		return
	}
	d.thread("Does your impact check ask about carers?", "idea", "", library.Id, []line{
		{"moderator@example.org", 190, 0, "Ours asks whether a change makes a carer travel further or wait longer. Two lines, but they get read."},
		{"partner@example.org", 170, 1, "We had a box to tick and everybody ticked it. We took the box out and ask for one sentence instead."},
		{"admin@example.org", 120, 0, "Does anyone ask carers to read the draft? Ours go to the forum before the board sees them."},
	})
	if group := d.first("spaces", dbx.HashExp{"slug": "passport-group"}); group != nil {
		d.thread("One page or four?", "decision", "", group.Id, []line{
			{"lead@example.org", 60, 0, "We agreed on one page. The guide for managers stays as it is."},
			{"partner@example.org", 50, 1, "Good. I will bring the short form to our next meeting."},
		})
	}
}

func (d *demonstration) thread(title, kind, document, space string, lines []line) {
	if d.first("threads", dbx.HashExp{"title": title, "example": true}) != nil || d.err != nil {
		return
	}
	at := func(hours int) types.DateTime {
		t, _ := types.ParseDateTime(time.Now().UTC().Add(-time.Duration(hours) * time.Hour))
		return t
	}
	starter := d.people[lines[0].email]
	t := d.make("threads", map[string]any{
		"title": title, "kind": kind, "document": document, "space": space, "state": thread.Open, "example": true, "author": starter.Id,
		"organisation": starter.GetString("organisation"), "by_role": starter.GetString("role_title"), "created": at(lines[0].hours),
	})
	var said []*core.Record
	for _, l := range lines {
		if d.err != nil {
			return
		}
		u := d.people[l.email]
		values := map[string]any{
			"thread": t.Id, "body": l.text, "author": u.Id, "organisation": u.GetString("organisation"), "by_role": u.GetString("role_title"),
			"example": true, "created": at(l.hours),
		}
		if l.to > 0 {
			values["reply_to"] = said[l.to-1].Id
		}
		said = append(said, d.make("posts", values))
	}
}
