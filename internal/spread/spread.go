// Package spread owns who does what where: adoptions, in which a place says "we do this too" of a case study, what it kept,
// changed and dropped, what it counted and why it stopped: the adopter speaks, not the owner of the practice, who may
// confirm or ask; the story of a practice and its sums; the grid of what is done where; and the numbers that organisations
// give of themselves. What was said is the place's and stays, with each reason for which it stopped, when whoever wrote it
// leaves; what should not be read any more a moderator hides. And how often staff of a partner refer carers to a service: numbers of a day, nothing else.
package spread

import (
	"errors"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// Stage is how far a place has come with a practice.
type Stage string

// The stages, in the order in which a form offers them.
const (
	Looking Stage = "looking"
	Trying  Stage = "trying"
	Doing   Stage = "doing"
	Stopped Stage = "stopped"
)

// Stages lists the stages with what each one says about a place.
var Stages = []struct {
	Stage Stage
	Word  string // in a table
	Says  string // on a form
}{
	{Looking, "Looking at it", "We are looking at it"},
	{Trying, "Trying it", "We are trying it"},
	{Doing, "Doing it", "We do this"},
	{Stopped, "Stopped", "We tried and stopped"},
}

// Word is the stage in a table.
func (s Stage) Word() string {
	for _, k := range Stages {
		if k.Stage == s {
			return k.Word
		}
	}
	return "Not said"
}

// within is after the journal has opened its transaction: what is read there is what the save meets.
const within = -90

// Bind keeps adoptions in the journal and their promises on every save, whoever saves.
func Bind(app core.App, j *journal.Journal) {
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate("adoptions"), app.OnRecordUpdate("adoptions")} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "spread.prepare", Priority: within, Func: func(e *core.RecordEvent) error {
			if err := prepare(e.App, e.Record, member.Today(time.Now())); err != nil {
				return err
			}
			return e.Next()
		}})
	}
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate("passport_counts"), app.OnRecordUpdate("passport_counts")} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "spread.passports", Priority: -200, Func: func(e *core.RecordEvent) error {
			if err := preparePassports(e.Record); err != nil {
				return err
			}
			return e.Next()
		}})
	}
	j.Keep(journal.Kept{Collection: "passport_counts", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent = r.GetString("organisation")
	}})
	j.Keep(journal.Kept{Collection: "adoptions", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent, row.Space = r.GetString("document"), r.GetString("space")
	}})
	app.OnRecordDelete("adoptions").BindFunc(func(e *core.RecordEvent) error {
		if err := joinMerged(e.App, e.Record); err != nil {
			return err
		}
		return e.Next()
	})
	app.OnRecordCreateRequest("adoptions").BindFunc(func(e *core.RecordRequestEvent) error { return mayAdopt(e, true) })
	app.OnRecordUpdateRequest("adoptions").BindFunc(func(e *core.RecordRequestEvent) error { return mayAdopt(e, false) })
	app.OnRecordUpdate("documents").BindFunc(func(e *core.RecordEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		if e.Record.GetString("access") == e.Record.Original().GetString("access") {
			return nil
		}
		return moveWithDocument(e.App, e.Record)
	})
}

func prepare(app core.App, r *core.Record, today time.Time) error {
	for _, f := range texts {
		r.Set(f, tidy(r.GetString(f)))
	}
	d, err := app.FindRecordById("documents", r.GetString("document"))
	if err != nil || d.GetString("kind") != "case-study" {
		return refused("document", "There is no such case study.")
	}
	stored, err := storedOf(app, r)
	if err != nil {
		return err
	}
	if err := keepOthers(r, stored); err != nil {
		return err
	}
	if err := prepareResults(r, today); err != nil {
		return err
	}
	if err := prepareStop(r, stored); err != nil {
		return err
	}
	if err := keepHistory(r, stored, today); err != nil {
		return err
	}
	r.Set("space", d.GetString("space"))
	r.Set("access", d.GetString("access"))
	if r.GetBool("hidden") && out(d) {
		r.Set("access", member.Access(d.GetString("space"), "hidden"))
	}
	return nil
}

// texts are what a place says in its own words.
var texts = []string{"kept", "changed", "dropped", "result", "reason", "contact_role"}

// storedOf is the row that a save meets, nil for a new one.
func storedOf(app core.App, r *core.Record) (*core.Record, error) {
	if r.IsNew() {
		return nil, nil
	}
	return app.FindRecordById("adoptions", r.Id)
}

// prepareStop sees that a reason goes with a stop: one that goes on again has none, and its history remembers.
func prepareStop(r, stored *core.Record) error {
	if Stage(r.GetString("stage")) != Stopped {
		r.Set("stopped_for", "")
		if stored != nil && Stage(stored.GetString("stage")) == Stopped && r.GetString("reason") == stored.GetString("reason") {
			r.Set("reason", "")
		}
		return nil
	}
	if r.GetString("stopped_for") == "" {
		r.Set("stopped_for", string(OtherWhy))
	}
	if r.GetString("reason") == "" {
		return validation.Errors{"reason": validation.NewError("validation_required",
			"Say why you stopped. That helps the next place as much as a success does.")}
	}
	return nil
}

func refused(field, says string) error {
	return validation.Errors{field: validation.NewError("validation_invalid", says)}
}

// moveWithDocument takes a case study's adoptions along to those who see it now.
func moveWithDocument(app core.App, d *core.Record) error {
	space, access := d.GetString("space"), d.GetString("access")
	hidden := access
	if out(d) {
		hidden = member.Access(space, "hidden")
	}
	for wasHidden, key := range map[bool]string{false: access, true: hidden} {
		_, err := app.DB().Update("adoptions", dbx.Params{"space": space, "access": key}, dbx.HashExp{"document": d.Id, "hidden": wasHidden}).Execute()
		if err != nil {
			return err
		}
	}
	return nil
}

// out says whether a case study is where its readers see it.
func out(d *core.Record) bool {
	return d.GetString("state") == "published" || d.GetString("state") == "withdrawn"
}

var errNotAllowed = errors.New("not allowed")

// May says why the viewer may not adopt a case study, nil when they may.
func May(app core.App, v *member.Viewer, document string) error {
	d, err := app.FindRecordById("documents", document)
	if err != nil {
		return err
	}
	if d.GetString("state") != "published" || !v.MayPost(d.GetString("space")) {
		return errNotAllowed
	}
	return nil
}

// others are fields that nobody fills in for a place: its history, and what the first place says to it.
var others = []string{"history", "confirmed_by_role", "confirmed_on", "thread"}

// mayAdopt asks Viewer on behalf of a REST request. People speak for their own organisation; reviewers may for others.
func mayAdopt(e *core.RecordRequestEvent, isNew bool) error {
	if e.HasSuperuserAuth() {
		return e.Next()
	}
	v, err := member.For(e.App, e.Auth)
	if err != nil {
		return err
	}
	r, was := e.Record, e.Record.Original()
	if !isNew { // before anything else is asked: another document would lend its rights
		for _, f := range append([]string{"document", "organisation", "author", "by_role", "example", "hidden"}, others...) {
			r.Set(f, was.Get(f))
		}
	}
	if May(e.App, v, r.GetString("document")) != nil {
		return e.BadRequestError("There is no such case study, or you may not adopt it.", nil)
	}
	reviewer := v.MayReview(spaceOf(e.App, r.GetString("document")))
	if !isNew {
		if !reviewer && was.GetString("author") != v.ID() && (v.Organisation() == "" || was.GetString("organisation") != v.Organisation()) {
			return e.ForbiddenError("You may not change what another organisation said.", nil)
		}
		return e.Next()
	}
	for _, f := range others {
		r.Set(f, nil)
	}
	organisation := r.GetString("organisation")
	r.Set("hidden", false)
	Sign(r, v)
	if reviewer && organisation != "" {
		r.Set("organisation", organisation)
	}
	r.Set("example", false)
	return e.Next()
}

func spaceOf(app core.App, document string) string {
	d, err := app.FindRecordById("documents", document)
	if err != nil {
		return ""
	}
	return d.GetString("space")
}

// Sign writes down who declares an adoption, and for which organisation.
func Sign(r *core.Record, v *member.Viewer) {
	r.Set("author", v.ID())
	r.Set("organisation", v.Organisation())
	if u := v.User(); u != nil {
		r.Set("by_role", u.GetString("role_title"))
	}
	journal.By(r, v.ID())
}

// Own returns what the viewer's organisation has said about a practice in a place, or a new record to say it in. Who
// belongs to no organisation has said only what they said themselves.
func Own(app core.App, v *member.Viewer, document, place string) (*core.Record, error) {
	said := dbx.HashExp{"document": document, "place": place, "organisation": v.Organisation()}
	if v.Organisation() == "" {
		said["author"] = v.ID()
	}
	found, err := app.FindAllRecords("adoptions", said)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		return found[0], nil
	}
	c, err := app.FindCachedCollectionByNameOrId("adoptions")
	if err != nil {
		return nil, err
	}
	r := core.NewRecord(c)
	r.Set("document", document)
	r.Set("place", place)
	return r, nil
}
