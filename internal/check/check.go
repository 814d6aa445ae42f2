// Package check owns templates that somebody has filled in and keeps: self-checks, such as the quality markers of a surgery,
// and impact checks. A check says what an organisation or a place found, and how that changed; it is a draft until they share
// it, and then those read it who read the template.
//
// It reads the questions from the template and knows none by name. What a template marks as private is never sent here, and
// is dropped if it comes.
package check

import (
	"strings"
	"time"
	"unicode/utf8"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// States of a check.
const (
	Draft  = "draft"
	Shared = "shared"
)

// Check is a record of the collection assessments.
type Check struct{ core.BaseRecordProxy }

// Wrap is a record as a check.
func Wrap(r *core.Record) *Check {
	c := &Check{}
	c.SetProxyRecord(r)
	return c
}

func (c *Check) Title() string        { return c.GetString("title") }
func (c *Check) State() string        { return c.GetString("state") }
func (c *Check) Document() string     { return c.GetString("document") }
func (c *Check) Place() string        { return c.GetString("place") }
func (c *Check) Organisation() string { return c.GetString("organisation") }
func (c *Check) Author() string       { return c.GetString("author") }
func (c *Check) ByRole() string       { return c.GetString("by_role") }
func (c *Check) Version() int         { return c.GetInt("version") }
func (c *Check) On() time.Time        { return c.GetDateTime("on").Time() }
func (c *Check) SharedOn() time.Time  { return c.GetDateTime("shared_on").Time() }
func (c *Check) About() string        { return c.GetString("about") }
func (c *Check) AboutPart() string    { return c.GetString("about_part") }
func (c *Check) Example() bool        { return c.GetBool("example") }
func (c *Check) Hidden() bool         { return c.GetBool("hidden") }

// Address is where its page is.
func (c *Check) Address() string { return "/self-checks/" + c.Id }

// Answers are what was filled in.
func (c *Check) Answers() Answers {
	answers := Answers{}
	if c.UnmarshalJSONField("answers", &answers) != nil || answers == nil {
		return Answers{}
	}
	return answers
}

// Viewable says whether the viewer may see it: one's own and one's organisation's, where one may look, and what is shared
// with those who read the template.
func (c *Check) Viewable(v *member.Viewer) bool {
	if c.own(v) {
		return true
	}
	for _, key := range v.Keys() {
		if c.State() == Shared && key == c.GetString("access") {
			return true
		}
	}
	return false
}

// own says whether it is the viewer's or their organisation's.
func (c *Check) own(v *member.Viewer) bool {
	theirs := v.SignedIn() && (c.Author() == v.ID() || c.Organisation() != "" && c.Organisation() == v.Organisation())
	return theirs && v.In(c.GetString("space")) >= member.Look
}

// Editable says whether the viewer may change it: one's own and one's organisation's, where one may post.
func (c *Check) Editable(v *member.Viewer) bool {
	return c.own(v) && v.MayPost(c.GetString("space"))
}

// New is a check of a template that is not saved yet.
func New(app core.App, template string) (*Check, error) {
	collection, err := app.FindCachedCollectionByNameOrId("assessments")
	if err != nil {
		return nil, err
	}
	c := Wrap(core.NewRecord(collection))
	c.Load(map[string]any{"document": template, "state": Draft})
	return c, nil
}

// ByID finds a check; the error is sql.ErrNoRows when there is none.
func ByID(app core.App, id string) (*Check, error) {
	c := &Check{}
	err := app.RecordQuery("assessments").AndWhere(dbx.HashExp{"id": id}).Limit(1).One(c)
	return c, err
}

// List are the checks that the viewer may see and that match, the newest first.
func List(app core.App, v *member.Viewer, where dbx.Expression) ([]*Check, error) {
	shared := dbx.And(dbx.HashExp{"assessments.state": Shared}, v.Holds("assessments."))
	own := dbx.Or(dbx.HashExp{"assessments.author": v.ID()}, dbx.And(dbx.HashExp{"assessments.organisation": v.Organisation()}, dbx.Not(dbx.HashExp{"assessments.organisation": ""})))
	seen := dbx.Expression(shared)
	if v.SignedIn() {
		seen = dbx.Or(shared, own)
	}
	var list, mine []*Check
	err := app.RecordQuery("assessments").AndWhere(dbx.And(seen, where)).OrderBy("assessments.on DESC", "assessments.id").Limit(mostListed).All(&list)
	for _, c := range list {
		if c.Viewable(v) { // one's own where one may not look any more
			mine = append(mine, c)
		}
	}
	return mine, err
}

// mostListed is how many checks a list looks at.
const mostListed = 500

// AboutDocument are the shared checks that were kept with a plan or another page.
func AboutDocument(app core.App, v *member.Viewer, document string) ([]*Check, error) {
	return List(app, v, dbx.HashExp{"assessments.about": document, "assessments.state": Shared})
}

// Bind keeps checks in the journal and their promises on every save, whoever saves.
func Bind(app core.App, j *journal.Journal) {
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate("assessments"), app.OnRecordUpdate("assessments")} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "check.prepare", Priority: -310, Func: func(e *core.RecordEvent) error { // privacy looks at what the history says, too
			if err := prepare(e.App, Wrap(e.Record), time.Now()); err != nil {
				return err
			}
			return e.Next()
		}})
	}
	app.OnRecordUpdate("documents").BindFunc(func(e *core.RecordEvent) error {
		if err := e.Next(); err != nil || e.Record.GetString("access") == e.Record.Original().GetString("access") {
			return err
		}
		return moveWithTemplate(e.App, e.Record)
	})
	j.Keep(journal.Kept{Collection: "assessments", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent, row.Space = r.GetString("document"), r.GetString("space")
		if was := r.Original().GetString("state"); row.Verb == "update" && was != r.GetString("state") {
			row.Verb = map[string]string{Shared: "publish", Draft: "withdraw"}[r.GetString("state")]
		}
	}})
}

func prepare(app core.App, c *Check, now time.Time) error {
	d, err := app.FindRecordById("documents", c.Document())
	var t *Template
	if err == nil {
		t = templateOf(d)
	}
	if t == nil {
		return validation.Errors{"document": validation.NewError("validation_missing", "There is no such template to fill in.")}
	}
	c.Set("answers", known(t, c.Answers(), Wrap(c.Original()).Answers()))
	if faults := faultsIn(t, c); len(faults) > 0 {
		return faults
	}
	c.Set("title", titleOf(t, c.Answers()))
	c.Set("space", d.GetString("space"))
	c.Set("access", accessOf(c, d))
	remember(c, now)
	return nil
}

// known leaves of some answers those to questions of the template that are not private, and those that were kept before the
// template stopped asking.
func known(t *Template, answers, before Answers) Answers {
	kept := Answers{}
	for key, said := range answers {
		_, asked := t.Question(key)
		if said = strings.TrimSpace(strings.ReplaceAll(said, "\r\n", "\n")); said != "" && (asked || before[key] == said) {
			kept[key] = said
		}
	}
	return kept
}

// longest is how many characters an answer may have.
const longest = 5_000

// faultsIn says what is wrong with the answers. A draft may have holes; what is shared has none where the template needs an
// answer.
func faultsIn(t *Template, c *Check) validation.Errors {
	faults, answers, before := validation.Errors{}, c.Answers(), Wrap(c.Original()).Answers()
	for _, q := range t.Questions {
		said := answers[q.Key]
		switch {
		case said == "" && q.Required && c.State() == Shared:
			faults[q.Key] = validation.NewError("validation_required", "Answer “"+q.Label+"” before you share it.")
		case said == "" || said == before[q.Key]:
		case utf8.RuneCountInString(said) > longest:
			faults[q.Key] = validation.NewError("validation_too_long", "You can use up to 5,000 characters.")
		case len(q.Choices) > 0 && !contains(q.Choices, said):
			faults[q.Key] = validation.NewError("validation_in_invalid", "Choose one of the answers.")
		case q.Kind == "date" && !isDay(said):
			faults[q.Key] = validation.NewError("validation_invalid_date", "Give a day such as 2026-11-23.")
		}
	}
	return faults
}

func contains(list []string, one string) bool {
	for _, s := range list {
		if s == one {
			return true
		}
	}
	return false
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// longestTitle is how long a title may be.
const longestTitle = 120

// titleOf is what lists call a check: the answer to its first question.
func titleOf(t *Template, answers Answers) string {
	for _, q := range t.Questions {
		if said, _, _ := strings.Cut(answers[q.Key], "\n"); said != "" {
			if runes := []rune(said); len(runes) > longestTitle {
				return strings.TrimSpace(string(runes[:longestTitle-1])) + "…"
			}
			return said
		}
	}
	return t.Title
}

// accessOf is the key of those who see a check because they see its template. A draft is nobody's but its writers'.
func accessOf(c *Check, template *core.Record) string {
	state := template.GetString("state")
	switch {
	case c.State() != Shared:
		return ""
	case c.Hidden() && (state == "published" || state == "withdrawn"):
		return member.Access(template.GetString("space"), "hidden")
	}
	return template.GetString("access")
}

// moveWithTemplate takes a template's checks along to those who see it now.
func moveWithTemplate(app core.App, d *core.Record) error {
	var all []*core.Record
	if err := app.RecordQuery("assessments").AndWhere(dbx.HashExp{"document": d.Id}).All(&all); err != nil {
		return err
	}
	for _, r := range all {
		_, err := app.DB().Update("assessments", dbx.Params{"space": d.GetString("space"), "access": accessOf(Wrap(r), d)}, dbx.HashExp{"id": r.Id}).Execute()
		if err != nil {
			return err
		}
	}
	return nil
}
