package member

import (
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Place is where people live: not a council, and not an NHS area.
type Place struct{ Named }

// Council is one that serves a place.
type Council struct {
	Slug  string `json:"slug"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

func (p *Place) Partnership() string { return p.GetString("partnership") }
func (p *Place) NHSArea() string     { return p.GetString("nhs_area") }
func (p *Place) CouncilPage() string { return p.GetString("council_page") }
func (p *Place) Note() string        { return p.GetString("note") }

// Councils lists the councils that serve the place.
func (p *Place) Councils() []Council {
	var cs []Council
	if p.UnmarshalJSONField("councils", &cs) != nil {
		return nil
	}
	return cs
}

// Places returns all places in their order.
func Places(app core.App) ([]*Place, error) {
	var ps []*Place
	err := app.RecordQuery("places").OrderBy("position", "title").All(&ps)
	return ps, err
}

// PlaceBySlug finds a place; the error is sql.ErrNoRows when there is none.
func PlaceBySlug(app core.App, slug string) (*Place, error) {
	p := &Place{}
	err := app.RecordQuery("places").AndWhere(dbx.HashExp{"slug": slug}).Limit(1).One(p)
	return p, err
}

// LocalAnswer is what a place answers to a question of the handbook.
type LocalAnswer struct{ core.BaseRecordProxy }

func (a *LocalAnswer) Key() string    { return a.GetString("key") }
func (a *LocalAnswer) Label() string  { return a.GetString("label") }
func (a *LocalAnswer) Body() string   { return a.GetString("body") }
func (a *LocalAnswer) URL() string    { return a.GetString("url") }
func (a *LocalAnswer) Source() string { return a.GetString("source") }

// Hospital is the name of the hospital whose answer it is, "" for an answer of the place; the next three are what that
// hospital offers to carers.
func (a *LocalAnswer) Hospital() string { return a.GetString("hospital") }
func (a *LocalAnswer) Visiting() string { return a.GetString("visiting") }
func (a *LocalAnswer) Passport() string { return a.GetString("passport") }
func (a *LocalAnswer) Parking() string  { return a.GetString("parking") }

// Seen is the day on which somebody read the answer at its source.
func (a *LocalAnswer) Seen() time.Time { return a.GetDateTime("seen").Time() }

// Checked says whether somebody confirmed the answer and the check is not overdue. Only then is a number shown.
func (a *LocalAnswer) Checked(now time.Time) bool {
	due := a.GetDateTime("review_due").Time()
	return a.GetString("status") == "verified" && (due.IsZero() || now.Before(due.AddDate(0, 0, 1)))
}

// ReviewDue is the day by which somebody is to look again.
func (a *LocalAnswer) ReviewDue() time.Time { return a.GetDateTime("review_due").Time() }

// Missing says that somebody looked for the answer and found none: its words say whom to ask instead.
func (a *LocalAnswer) Missing() bool { return a.GetString("status") == "missing" }

// Number is the phone number to show: none unless it was checked.
func (a *LocalAnswer) Number(now time.Time) string {
	if !a.Checked(now) {
		return ""
	}
	return a.GetString("value")
}

// LocalAnswers returns the answers of a place by key, without those of single hospitals.
func LocalAnswers(app core.App, place string) (map[string]*LocalAnswer, error) {
	var as []*LocalAnswer
	if err := app.RecordQuery("local_answers").AndWhere(dbx.HashExp{"place": place, "hospital": ""}).All(&as); err != nil {
		return nil, err
	}
	byKey := make(map[string]*LocalAnswer, len(as))
	for _, a := range as {
		byKey[a.Key()] = a
	}
	return byKey, nil
}

// Hospitals returns the answers of a place's hospitals, by their names.
func Hospitals(app core.App, place string) ([]*LocalAnswer, error) {
	var as []*LocalAnswer
	err := app.RecordQuery("local_answers").AndWhere(dbx.HashExp{"place": place}).
		AndWhere(dbx.Not(dbx.HashExp{"hospital": ""})).OrderBy("hospital").All(&as)
	return as, err
}

// Helpline is a number to call.
type Helpline struct{ core.BaseRecordProxy }

func (h *Helpline) Name() string    { return h.GetString("name") }
func (h *Helpline) Number() string  { return h.GetString("number") }
func (h *Helpline) Tel() string     { return h.GetString("tel") }
func (h *Helpline) Purpose() string { return h.GetString("purpose") }
func (h *Helpline) Hours() string   { return h.GetString("hours") }

// Helplines returns all numbers, in their order.
func Helplines(app core.App) ([]*Helpline, error) {
	var hs []*Helpline
	err := app.RecordQuery("helplines").OrderBy("position").All(&hs)
	return hs, err
}

// CrisisLines returns the numbers for somebody who cannot wait, in their order.
func CrisisLines(app core.App) ([]*Helpline, error) {
	var hs []*Helpline
	err := app.RecordQuery("helplines").AndWhere(dbx.HashExp{"crisis": true}).OrderBy("position").All(&hs)
	return hs, err
}
