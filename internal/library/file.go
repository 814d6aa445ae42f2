package library

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Schema is the version of the front matter that Fill reads and File writes.
const Schema = 1

// column is a front matter field that is a column of its own. Texts are the same on both sides; the others say how they
// are turned.
type column struct {
	name  string // in the front matter
	field string // in the row
	read  func(f *filling, v any) (any, error)
	write func(w *writing, d *Document) any
}

// columns are read and written in this order.
var columns = []column{
	{"id", "key", asText, nil},
	{"type", "kind", asText, nil},
	{"title", "title", asText, nil},
	{"summary", "summary", asText, nil},
	{"chapter", "chapter", asText, nil},
	{"order", "position", asNumber, func(_ *writing, d *Document) any { return orNothing(d.GetInt("position")) }},
	{"evidence", "evidence", asText, nil},
	{"audience", "audience", asList, func(_ *writing, d *Document) any { return d.Audience() }},
	{"topics", "topics", asList, func(_ *writing, d *Document) any { return d.Topics() }},
	{"organisation", "organisation", (*filling).organisation, func(w *writing, d *Document) any { return w.organisations[d.OrganisationID()] }},
	{"places", "places", (*filling).places, func(w *writing, d *Document) any { return w.placeSlugs(d.Places()) }},
	{"programmes", "programmes", (*filling).programmes, func(w *writing, d *Document) any { return w.slugs(w.programmes, d.Programmes()) }},
	{"involvement_grade", "involvement_grade", asText, nil},
	{"tried_stopped", "tried_stopped", asText, nil},
	{"contact_role", "contact_role", asText, nil},
	{"owner_role", "owner_role", asText, nil},
	{"country", "country", asText, nil},
	{"urgent", "urgent", asFlag, func(_ *writing, d *Document) any { return orNothing(d.GetBool("urgent")) }},
	{"lang", "language", asText, nil},
	{"published", "published", asDate, nil},
	{"last_reviewed", "last_reviewed", asDate, nil},
	{"review_due", "check_by", asDate, nil},
	{"withdrawn", "withdrawn", asDate, nil},
	{"challenge", "challenge", asBullets, func(_ *writing, d *Document) any { return Items(d.GetString("challenge")) }},
	{"action", "action", asBullets, func(_ *writing, d *Document) any { return Items(d.GetString("action")) }},
}

// metaKeys are the front matter fields that Meta knows under the same names.
var metaKeys = strings.Fields(`cautions sources figures related next_step partners system_type elsewhere population period award also see easy_read_of translation_of
	fields template_kind prints_to_one_page illustrative_note board_sponsor_role coproduced_with review_every withdrawn_note replaced_by videos`)

// notKept are fields that say the same as another one, or that the reader of the file decides.
var notKept = strings.Fields("schema state space result goals slug term short record publish_at second_check_by")

// dates are those of a document's life that a whole hub takes along: when it comes out by itself, and by when a second person
// looks at it. Who set them is a person, and does not go along: what was to come out is approved anew.
var dates = []string{"publish_at", "second_check_by"}

// Dates are they, for the export of a hub.
func (d *Document) Dates() (pairs []markdown.Pair) {
	for _, f := range dates {
		if t := d.GetDateTime(f); !t.IsZero() {
			pairs = append(pairs, markdown.Pair{Key: f, Value: t.String()})
		}
	}
	return pairs
}

// KeepDates gives them to a document that came in from the export of a hub.
func KeepDates(tx core.App, d *Document, front map[string]any) error {
	for _, f := range dates {
		t, err := types.ParseDateTime(fmt.Sprint(front[f]))
		if err != nil || t.IsZero() {
			continue
		}
		d.SetRaw(f, t)
		if _, err := tx.DB().Update("documents", dbx.Params{f: t.String()}, dbx.HashExp{"id": d.Id}).Execute(); err != nil {
			return err
		}
	}
	return nil
}

// Fill puts front matter and body onto a document without saving it. What it could not take over comes back as
// problems, a sentence each; an error means that the database could not be asked.
func Fill(app core.App, d *Document, front map[string]any, body string) (problems []string, err error) {
	f := &filling{app: app}
	for _, c := range columns {
		v, ok := front[c.name]
		if !ok || v == nil {
			continue
		}
		value, err := c.read(f, v)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", c.name, err))
			continue
		}
		d.Set(c.field, value)
	}
	d.Set("body", body)
	m := d.Meta()
	if d.DocKind() == ActionPlan { // rows of their own, as goals are
		front = maps.Clone(front)
		delete(front, "updates")
	}
	problems = append(problems, m.fill(front)...)
	if raw, ok := front["result"]; ok {
		bullets, results, err := readResults(raw)
		if err != nil {
			problems = append(problems, fmt.Sprintf("result: %v", err))
		}
		if rows, err := json.Marshal(rowsOf(raw)); err == nil {
			problems = append(problems, leftOut("result", rows, &[]Result{})...)
		}
		d.Set("result", bullets)
		m.Results = results
	}
	if short, ok := front["short"].(string); ok && d.DocKind() == Glossary && d.Summary() == "" {
		d.Set("summary", short)
	}
	if err := d.SetMeta(m); err != nil {
		return problems, err
	}
	return append(problems, f.problems...), f.err
}

// fill reads the known fields one by one, so that a bad one spoils no other, and keeps the unknown ones.
func (m *Meta) fill(front map[string]any) (problems []string) {
	known := map[string]bool{}
	for _, c := range columns {
		known[c.name] = true
	}
	for _, k := range notKept {
		known[k] = true
	}
	for _, k := range metaKeys {
		known[k] = true
		v, ok := front[k]
		if !ok || v == nil {
			continue
		}
		raw, err := json.Marshal(map[string]any{k: v})
		if err == nil {
			err = json.Unmarshal(raw, m)
		}
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s: not in the shape that this field has; kept as it stands", k))
			m.keepExtra(k, v)
			continue
		}
		problems = append(problems, leftOut(k, raw, &Meta{})...)
	}
	for _, k := range slices.Sorted(maps.Keys(front)) {
		if !known[k] && front[k] != nil {
			m.keepExtra(k, front[k])
		}
	}
	return problems
}

// leftOut names a field inside a row that this release does not know, and so cannot keep.
func leftOut(field string, raw []byte, into any) []string {
	rows := json.NewDecoder(bytes.NewReader(raw))
	rows.DisallowUnknownFields()
	err := rows.Decode(into)
	if err == nil {
		return nil
	}
	_, name, ok := strings.Cut(err.Error(), "unknown field ")
	if !ok {
		return nil
	}
	return []string{fmt.Sprintf("%s: the field %s in a row is not known here and was left out", field, name)}
}

func (m *Meta) keepExtra(k string, v any) {
	if m.Extra == nil {
		m.Extra = map[string]any{}
	}
	m.Extra[k] = v
}

// filling holds what reading one file needs.
type filling struct {
	app      core.App
	problems []string
	err      error
}

func asText(_ *filling, v any) (any, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case int, int64, uint64, float64, bool:
		return fmt.Sprint(v), nil
	}
	return nil, fmt.Errorf("expected a text")
}

func asNumber(_ *filling, v any) (any, error) {
	switch v.(type) {
	case int, int64, uint64, float64:
		return v, nil
	}
	return nil, fmt.Errorf("expected a number")
}

func asFlag(_ *filling, v any) (any, error) {
	if b, ok := v.(bool); ok {
		return b, nil
	}
	return nil, fmt.Errorf("expected true or false")
}

func asDate(_ *filling, v any) (any, error) {
	s := fmt.Sprint(v)
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return nil, fmt.Errorf("%q is not a date such as 2026-11-22", s)
	}
	return types.ParseDateTime(t)
}

func asList(_ *filling, v any) (any, error) {
	switch v := v.(type) {
	case string:
		return []string{v}, nil
	case []any:
		var list []string
		for _, e := range v {
			list = append(list, strings.TrimSpace(fmt.Sprint(e)))
		}
		return list, nil
	}
	return nil, fmt.Errorf("expected a list")
}

func asBullets(_ *filling, v any) (any, error) {
	list, err := asList(nil, v)
	if err != nil {
		return nil, err
	}
	return Bullets(list.([]string)), nil
}

// Bullets writes entries as a Markdown list, the form in which challenge, action and result are stored.
func Bullets(items []string) string {
	var b strings.Builder
	for _, s := range items {
		if s = strings.Join(strings.Fields(s), " "); s != "" {
			b.WriteString("- " + s + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// readResults reads a list whose entries are texts or rows with a text.
func readResults(v any) (bullets string, results []Result, err error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var texts []string
	for _, e := range list {
		r := Result{}
		if s, ok := e.(string); ok {
			r.Text = s
		} else {
			raw, err := json.Marshal(e)
			if err == nil {
				err = json.Unmarshal(raw, &r)
			}
			if err != nil || r.Text == "" {
				return Bullets(texts), results, fmt.Errorf("a row without a text, or not in the shape of a result")
			}
		}
		r.Text = strings.Join(strings.Fields(r.Text), " ")
		texts = append(texts, r.Text)
		if !r.bare() {
			results = append(results, r)
		}
	}
	return Bullets(texts), results, nil
}

// rowsOf are the entries of a list that are more than a text.
func rowsOf(v any) []any {
	list, _ := v.([]any)
	return slices.DeleteFunc(slices.Clone(list), func(e any) bool { _, text := e.(string); return text })
}

func (f *filling) organisation(v any) (any, error) {
	name := strings.TrimSpace(fmt.Sprint(v))
	if name == "" {
		return "", nil
	}
	slug := markdown.Slug(name)
	if slug == "" {
		return nil, fmt.Errorf("%q cannot be made into an address", name)
	}
	r, err := member.OrganisationNamed(f.app, name, slug)
	if err != nil {
		return nil, err
	}
	return r.Id, nil
}

// places turns slugs into ids; "all" means that the page holds everywhere, which is the same as naming no place.
func (f *filling) places(v any) (any, error) {
	list, err := asList(nil, v)
	if err != nil {
		return nil, err
	}
	slugs := slices.DeleteFunc(list.([]string), func(s string) bool { return s == "all" })
	return f.idsOf("places", slugs), nil
}

func (f *filling) programmes(v any) (any, error) {
	list, err := asList(nil, v)
	if err != nil {
		return nil, err
	}
	return f.idsOf("programmes", list.([]string)), nil
}

func (f *filling) idsOf(collection string, slugs []string) []string {
	var ids []string
	for _, s := range slugs {
		r, err := member.BySlug(f.app, collection, s)
		if err != nil {
			f.problems = append(f.problems, fmt.Sprintf("%s: there is no %q here", collection, s))
			continue
		}
		ids = append(ids, r.Id)
	}
	return ids
}

// writing holds what writing files needs, so that many can be written with few questions to the database.
type writing struct {
	organisations, places, programmes, spaces map[string]string
}

func newWriting(app core.App) (*writing, error) {
	w := &writing{}
	var err error
	for _, n := range []struct {
		into               *map[string]string
		collection, column string
	}{
		{&w.organisations, "organisations", "name"}, {&w.places, "places", "slug"},
		{&w.programmes, "programmes", "slug"}, {&w.spaces, "spaces", "slug"},
	} {
		if *n.into, err = member.Names(app, n.collection, n.column); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *writing) slugs(of map[string]string, ids []string) []string {
	var slugs []string
	for _, id := range ids {
		slugs = append(slugs, of[id])
	}
	return slugs
}

func (w *writing) placeSlugs(ids []string) []string { return w.slugs(w.places, ids) }

func orNothing[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// File writes a document as a Markdown file with front matter, the format that Fill reads. More is added after the
// document's own fields, such as a plan's goals.
func File(app core.App, d *Document, more ...markdown.Pair) (string, error) {
	w, err := newWriting(app)
	if err != nil {
		return "", err
	}
	pairs := []markdown.Pair{{Key: "schema", Value: Schema}}
	for _, c := range columns {
		if v := c.value(w, d); v != nil {
			pairs = append(pairs, markdown.Pair{Key: c.name, Value: v})
		}
		if c.name == "type" {
			pairs = append(pairs, markdown.Pair{Key: "state", Value: d.State()}, markdown.Pair{Key: "space", Value: w.spaces[d.Space()]})
		}
	}
	m := d.Meta()
	if results := m.resultRows(d.GetString("result")); len(results) > 0 {
		pairs = append(pairs, markdown.Pair{Key: "result", Value: results})
	}
	rest, err := m.pairs()
	if err != nil {
		return "", err
	}
	front, err := markdown.WriteFront(append(append(pairs, rest...), more...))
	if err != nil {
		return "", err
	}
	return "---\n" + front + "---\n" + d.Body(), nil
}

func (c column) value(w *writing, d *Document) any {
	if c.write != nil {
		v := c.write(w, d)
		if list, ok := v.([]string); ok && len(list) == 0 {
			return nil
		}
		if s, ok := v.(string); ok && s == "" {
			return nil
		}
		return v
	}
	if t := d.GetDateTime(c.field); strings.HasPrefix(d.Collection().Fields.GetByName(c.field).Type(), "date") {
		if t.IsZero() {
			return nil
		}
		return t.Time().Format(time.DateOnly)
	}
	return orNothing(d.GetString(c.field))
}

// resultRows joins the bullets with what is known about each.
func (m Meta) resultRows(bullets string) []any {
	byText := map[string]Result{}
	for _, r := range m.Results {
		byText[r.Text] = r
	}
	var rows []any
	for _, b := range Items(bullets) {
		if r, ok := byText[b]; ok {
			rows = append(rows, r)
		} else {
			rows = append(rows, b)
		}
	}
	return rows
}

// pairs lists the rest of the front matter: the known fields in their order, then the extra ones by name.
func (m Meta) pairs() ([]markdown.Pair, error) {
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	fields, err := markdown.Ordered(raw)
	if err != nil {
		return nil, err
	}
	var pairs []markdown.Pair
	for _, k := range metaKeys {
		for _, p := range fields {
			if p.Key == k {
				pairs = append(pairs, p)
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(m.Extra)) {
		pairs = append(pairs, markdown.Pair{Key: k, Value: m.Extra[k]})
	}
	return pairs, nil
}
