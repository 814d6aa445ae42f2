// Package spread owns who does what where: adoptions, in which a place says "we do this too" of a case study and what
// it kept, changed and dropped. The adopter speaks, not the owner of the practice.
package spread

import (
	"errors"
	"strings"
	"time"

	"commonplace/internal/journal"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/types"
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

// Bind keeps adoptions in the journal and their promises on every save, whoever saves.
func Bind(app core.App, j *journal.Journal) {
	for _, h := range []*hook.TaggedHook[*core.RecordEvent]{app.OnRecordCreate("adoptions"), app.OnRecordUpdate("adoptions")} {
		h.Bind(&hook.Handler[*core.RecordEvent]{Id: "spread.prepare", Priority: -200, Func: func(e *core.RecordEvent) error {
			if err := prepare(e.App, e.Record); err != nil {
				return err
			}
			return e.Next()
		}})
	}
	app.OnRecordValidate("adoptions").BindFunc(func(e *core.RecordEvent) error {
		if Stage(e.Record.GetString("stage")) == Stopped && e.Record.GetString("reason") == "" {
			return validation.Errors{"reason": validation.NewError("validation_required",
				"Say why you stopped. That helps the next place as much as a success does.")}
		}
		return e.Next()
	})
	j.Keep(journal.Kept{Collection: "adoptions", Row: func(_ core.App, r *core.Record, row *journal.Row) {
		row.Parent, row.Space = r.GetString("document"), r.GetString("space")
	}})
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

func prepare(app core.App, r *core.Record) error {
	for _, f := range []string{"kept", "changed", "dropped", "result", "reason", "contact_role"} {
		r.Set(f, strings.TrimSpace(r.GetString(f)))
	}
	d, err := app.FindRecordById("documents", r.GetString("document"))
	if err != nil || d.GetString("kind") != "case-study" {
		return validation.Errors{"document": validation.NewError("validation_missing", "There is no such case study.")}
	}
	r.Set("space", d.GetString("space"))
	r.Set("access", d.GetString("access"))
	if r.GetBool("hidden") && out(d) {
		r.Set("access", member.Access(d.GetString("space"), "hidden"))
	}
	return nil
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
		for _, f := range []string{"document", "organisation", "author", "by_role", "example", "hidden"} {
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

// Adoption is one entry of a practice's ledger.
type Adoption struct {
	ID, Document, Place, PlaceTitle, PlaceSlug, Organisation    string
	OrganisationSlug                                            string
	Stage                                                       Stage
	Kept, Changed, Dropped, Result, Reason, ContactRole, ByRole string
	Author                                                      string
	At                                                          time.Time
	Example                                                     bool
	Hidden                                                      bool // by a moderator; its writer and those who moderate see it still
}

// By is who declared the adoption.
func (a Adoption) By() string {
	switch {
	case a.ByRole != "" && a.Organisation != "":
		return a.ByRole + ", " + a.Organisation
	case a.Organisation != "":
		return a.Organisation
	}
	return "a member in " + a.PlaceTitle
}

// Of returns the adoptions of a document that the viewer may see, by place in the places' order; what was hidden is among
// them for its writer and for those who moderate.
func Of(app core.App, v *member.Viewer, document string) ([]Adoption, error) {
	return list(app, dbx.And(dbx.Or(v.Holds("adoptions."), v.HiddenOwn("adoptions.")), dbx.HashExp{"adoptions.document": document}))
}

// By returns the adoptions that an organisation declared and that the viewer may see, by place.
func By(app core.App, v *member.Viewer, organisation string) ([]Adoption, error) {
	return list(app, dbx.And(v.Holds("adoptions."), dbx.HashExp{"adoptions.organisation": organisation, "adoptions.hidden": false}))
}

// At returns the adoptions of a place that the viewer may see, in the order in which they were declared.
func At(app core.App, v *member.Viewer, place string) ([]Adoption, error) {
	return list(app, dbx.And(v.Holds("adoptions."), dbx.HashExp{"adoptions.place": place, "adoptions.hidden": false}))
}

// ByID returns an adoption as pages show it, false when there is none. Whether the viewer may see it is not asked here.
func ByID(app core.App, id string) (Adoption, bool, error) {
	found, err := list(app, dbx.HashExp{"adoptions.id": id})
	if err != nil || len(found) == 0 {
		return Adoption{}, false, err
	}
	return found[0], true, nil
}

// All returns every adoption that the viewer may see and that nobody hid, by document.
func All(app core.App, v *member.Viewer) (map[string][]Adoption, error) {
	all, err := list(app, dbx.And(v.Holds("adoptions."), dbx.HashExp{"adoptions.hidden": false}))
	by := map[string][]Adoption{}
	for _, a := range all {
		by[a.Document] = append(by[a.Document], a)
	}
	return by, err
}

func list(app core.App, where dbx.Expression) ([]Adoption, error) {
	var rows []struct {
		ID           string         `db:"id"`
		Document     string         `db:"document"`
		Place        string         `db:"place"`
		PlaceTitle   string         `db:"place_title"`
		PlaceSlug    string         `db:"place_slug"`
		Organisation string         `db:"organisation_name"`
		Slug         string         `db:"organisation_slug"`
		Stage        string         `db:"stage"`
		Kept         string         `db:"kept"`
		Changed      string         `db:"changed"`
		Dropped      string         `db:"dropped"`
		Result       string         `db:"result"`
		Reason       string         `db:"reason"`
		ContactRole  string         `db:"contact_role"`
		ByRole       string         `db:"by_role"`
		Author       string         `db:"author"`
		At           types.DateTime `db:"updated"`
		Example      bool           `db:"example"`
		Hidden       bool           `db:"hidden"`
	}
	err := app.DB().Select("adoptions.id", "adoptions.document", "adoptions.place", "places.title AS place_title", "places.slug AS place_slug",
		"COALESCE(organisations.name, '') AS organisation_name", "COALESCE(organisations.slug, '') AS organisation_slug", "adoptions.stage", "adoptions.kept", "adoptions.changed", "adoptions.dropped",
		"adoptions.result", "adoptions.reason", "adoptions.contact_role", "adoptions.by_role", "adoptions.author", "adoptions.updated", "adoptions.example", "adoptions.hidden").
		From("adoptions").
		InnerJoin("places", dbx.NewExp("{{places}}.[[id]] = {{adoptions}}.[[place]]")).
		LeftJoin("organisations", dbx.NewExp("{{organisations}}.[[id]] = {{adoptions}}.[[organisation]]")).
		Where(where).OrderBy("places.position", "adoptions.created").All(&rows)
	if err != nil {
		return nil, err
	}
	as := make([]Adoption, len(rows))
	for i, r := range rows {
		as[i] = Adoption{
			ID: r.ID, Document: r.Document, Place: r.Place, PlaceTitle: r.PlaceTitle, PlaceSlug: r.PlaceSlug, Organisation: r.Organisation, OrganisationSlug: r.Slug,
			Stage: Stage(r.Stage), Kept: r.Kept, Changed: r.Changed, Dropped: r.Dropped, Result: r.Result, Reason: r.Reason,
			ContactRole: r.ContactRole, ByRole: r.ByRole, Author: r.Author, At: r.At.Time(), Example: r.Example, Hidden: r.Hidden,
		}
	}
	return as, nil
}

// Said is the stage when it is one of the four, else "".
func (s Stage) Said() string {
	for _, k := range Stages {
		if k.Stage == s {
			return string(s)
		}
	}
	return ""
}
