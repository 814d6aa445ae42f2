package library

import (
	"encoding/json"
	"strings"
	"time"

	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/pocketbase/core"
)

// The four states of a document. Scheduled, overdue and the like are dates, not states.
const (
	Draft     = "draft"
	InReview  = "in-review"
	Published = "published"
	Withdrawn = "withdrawn"
)

// Document is the typed coat of a documents record.
type Document struct{ core.BaseRecordProxy }

// Wrap puts the coat on a record.
func Wrap(r *core.Record) *Document {
	d := &Document{}
	d.SetProxyRecord(r)
	return d
}

// New returns an empty draft of a kind in a space; it is not saved.
func New(app core.App, kind Kind, space string) (*Document, error) {
	c, err := app.FindCachedCollectionByNameOrId("documents")
	if err != nil {
		return nil, err
	}
	d := Wrap(core.NewRecord(c))
	d.Set("kind", string(kind))
	d.Set("space", space)
	d.Set("state", Draft)
	return d, nil
}

func (d *Document) DocKind() Kind          { return Kind(d.GetString("kind")) }
func (d *Document) Key() string            { return d.GetString("key") }
func (d *Document) Space() string          { return d.GetString("space") }
func (d *Document) State() string          { return d.GetString("state") }
func (d *Document) Author() string         { return d.GetString("author") }
func (d *Document) OrganisationID() string { return d.GetString("organisation") }
func (d *Document) Slug() string           { return d.GetString("slug") }
func (d *Document) Chapter() string        { return d.GetString("chapter") }
func (d *Document) Title() string          { return d.GetString("title") }
func (d *Document) Summary() string        { return d.GetString("summary") }
func (d *Document) Body() string           { return d.GetString("body") }
func (d *Document) Evidence() string       { return d.GetString("evidence") }
func (d *Document) OwnerRole() string      { return d.GetString("owner_role") }
func (d *Document) ContactRole() string    { return d.GetString("contact_role") }
func (d *Document) Places() []string       { return d.GetStringSlice("places") }
func (d *Document) Programmes() []string   { return d.GetStringSlice("programmes") }
func (d *Document) Audience() []string     { return d.strings("audience") }
func (d *Document) Topics() []string       { return d.strings("topics") }
func (d *Document) Published() time.Time   { return d.GetDateTime("published").Time() }
func (d *Document) Reviewed() time.Time    { return d.GetDateTime("last_reviewed").Time() }
func (d *Document) CheckBy() time.Time     { return d.GetDateTime("check_by").Time() }
func (d *Document) OutRevision() string    { return d.GetString("published_revision") }
func (d *Document) Out() bool              { return d.State() == Published || d.State() == Withdrawn }

// Overdue says whether the day by which the page had to be checked is over.
func (d *Document) Overdue(now time.Time) bool {
	due := d.CheckBy()
	return !due.IsZero() && now.After(due.AddDate(0, 0, 1))
}

// Illustrative says whether the document is made up to show how something works; pages must say so.
func (d *Document) Illustrative() bool { return d.Evidence() == "illustrative" }

// Address is where the document stands on the site.
func (d *Document) Address() string { return d.DocKind().Address(d.Chapter(), d.Slug()) }

// Language is the document's, "en" when it names none.
func (d *Document) Language() string {
	if l := d.GetString("language"); l != "" {
		return l
	}
	return "en"
}

// Direction is "rtl" for languages that are written from right to left, else "ltr".
func (d *Document) Direction() string { return Direction(d.Language()) }

// Direction is "rtl" for languages that are written from right to left, else "ltr".
func Direction(language string) string {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	switch base {
	case "ar", "fa", "he", "ur", "ckb", "ps", "sd", "yi", "dv", "ug":
		return "rtl"
	}
	return "ltr"
}

func (d *Document) strings(field string) []string {
	var s []string
	if d.UnmarshalJSONField(field, &s) != nil {
		return nil
	}
	return s
}

// Meta reads what the document carries besides its own columns.
func (d *Document) Meta() Meta {
	var m Meta
	if d.UnmarshalJSONField("meta", &m) != nil {
		return Meta{}
	}
	return m
}

// SetMeta writes it back.
func (d *Document) SetMeta(m Meta) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	d.Set("meta", string(raw))
	return nil
}

// Rendered is the published text as HTML, made when it was published.
type Rendered struct {
	Version   int                `json:"version"`
	Challenge []string           `json:"challenge,omitempty"` // one entry a bullet, the inside of a list item
	Action    []string           `json:"action,omitempty"`
	Result    []string           `json:"result,omitempty"`
	Body      string             `json:"body"`
	Outline   []markdown.Heading `json:"outline,omitempty"`
	Words     int                `json:"words"`
}

// Rendered returns the stored HTML, or makes it when there is none or an older renderer made it.
func (d *Document) Rendered() (Rendered, error) {
	var r Rendered
	if err := d.UnmarshalJSONField("rendered", &r); err == nil && r.Version == markdown.Version && d.Out() {
		return r, nil
	}
	r, _, err := d.Render()
	return r, err
}

// Viewable says whether the viewer may read the document as it stands.
func (d *Document) Viewable(v *member.Viewer) bool {
	return !d.InBin() && v.Sees(d.Space(), d.State(), d.Author())
}

// Editable says whether the viewer may change it.
func (d *Document) Editable(v *member.Viewer) bool {
	return d.Viewable(v) && v.MayEdit(d.Space(), d.Author(), d.OrganisationID())
}
