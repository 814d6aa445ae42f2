package site

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"commonplace/internal/library"
	"commonplace/internal/markdown"
	"commonplace/internal/member"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
)

// These are the questions that several kinds share, and the ways to reach the place of an answer.

// column is a question whose answer is a column of its own.
func column(q question) question {
	q.read = func(_ *Site, d *library.Document) []string { return []string{d.GetString(q.name)} }
	q.write = func(_ *Site, d *library.Document, a []string) error {
		d.Set(q.name, a[0])
		return nil
	}
	return q
}

// columnList is a question whose answer is a column that holds several.
func columnList(q question, read func(d *library.Document) []string) question {
	q.as = asBoxes
	q.read = func(_ *Site, d *library.Document) []string { return read(d) }
	q.write = func(_ *Site, d *library.Document, a []string) error {
		d.Set(q.name, a)
		return nil
	}
	return q
}

// columnFlag is a single box.
func columnFlag(q question, title string) question {
	q.as = asBoxes
	q.offer = func(*Site, *library.Document) ([]Choice, error) { return []Choice{{Value: "yes", Title: title}}, nil }
	q.read = func(_ *Site, d *library.Document) []string { return yes(d.GetBool(q.name)) }
	q.write = func(_ *Site, d *library.Document, a []string) error {
		d.Set(q.name, len(a) > 0)
		return nil
	}
	return q
}

func yes(b bool) []string {
	if b {
		return []string{"yes"}
	}
	return nil
}

// columnPoints is a column that holds a list, one entry a line on the form.
func columnPoints(q question) question {
	q.as = asPoints
	q.read = func(_ *Site, d *library.Document) []string { return []string{library.Lines(d.GetString(q.name))} }
	q.write = func(_ *Site, d *library.Document, a []string) error {
		d.Set(q.name, library.FromLines(a[0], d.GetString(q.name)))
		return nil
	}
	return q
}

// meta is a question whose answer stands in the document's front matter only; at finds its place.
func meta[T ~string](q question, at func(m *library.Meta) *T) question {
	q.read = func(_ *Site, d *library.Document) []string {
		m := d.Meta()
		return []string{string(*at(&m))}
	}
	q.write = func(_ *Site, d *library.Document, a []string) error {
		m := d.Meta()
		*at(&m) = T(a[0])
		return setMeta(d, m)
	}
	return q
}

// metaList is the same for a list, one entry a line on the form.
func metaList(q question, at func(m *library.Meta) *[]string) question {
	q.as = asList
	q.read = func(_ *Site, d *library.Document) []string {
		m := d.Meta()
		return []string{strings.Join(*at(&m), "\n")}
	}
	q.write = func(_ *Site, d *library.Document, a []string) error {
		m := d.Meta()
		*at(&m) = lines(a[0])
		return setMeta(d, m)
	}
	return q
}

// metaRows is the same for rows.
func metaRows[T any](q question, at func(m *library.Meta) *[]T, cells func(t T) []string, read func(all []T, cells []string) (T, error)) question {
	q.as = asRows
	q.rows = func(d *library.Document) [][]string {
		m := d.Meta()
		var rows [][]string
		for _, t := range *at(&m) {
			rows = append(rows, cells(t))
		}
		return rows
	}
	q.writeRows = func(d *library.Document, _ [][]string, rows []row) error {
		m, faults := d.Meta(), validation.Errors{}
		before := *at(&m)
		var list []T
		for _, r := range rows {
			if r.same {
				list = append(list, before[r.at])
				continue
			}
			t, err := read(append(before, list...), r.cells)
			if err != nil {
				faults[cellName(q.name, r.at, q.cells[0].name)] = err
			}
			list = append(list, t)
		}
		*at(&m) = list
		if len(faults) > 0 {
			return faults
		}
		return setMeta(d, m)
	}
	return q
}

// setMeta leaves no empty rows behind that were only made to be asked about.
func setMeta(d *library.Document, m library.Meta) error {
	if m.NextStep != nil && *m.NextStep == (library.NextStep{}) {
		m.NextStep = nil
	}
	if m.Period != nil && *m.Period == (library.Period{}) {
		m.Period = nil
	}
	if m.Award != nil && *m.Award == (library.Award{}) {
		m.Award = nil
	}
	return d.SetMeta(m)
}

func lines(text string) []string {
	var list []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

func orNew[T any](p **T) *T {
	if *p == nil {
		*p = new(T)
	}
	return *p
}

// offered are choices that stay the same.
func offered(choices ...Choice) func(*Site, *library.Document) ([]Choice, error) {
	return func(*Site, *library.Document) ([]Choice, error) { return append([]Choice(nil), choices...), nil }
}

// vocabulary offers the words of a controlled list in their order.
func vocabulary(list string) func(*Site, *library.Document) ([]Choice, error) {
	return func(s *Site, _ *library.Document) ([]Choice, error) {
		terms, err := library.Terms(s.app, list)
		choices := make([]Choice, len(terms))
		for i, t := range terms {
			choices[i] = Choice{Value: t.Slug(), Title: t.Title()}
		}
		return choices, err
	}
}

func placesOffered(s *Site, _ *library.Document) ([]Choice, error) {
	places, err := member.Places(s.app)
	choices := make([]Choice, len(places))
	for i, p := range places {
		choices[i] = Choice{Value: p.Id, Title: p.Title()}
	}
	return choices, err
}

func programmesOffered(s *Site, _ *library.Document) ([]Choice, error) {
	var choices []Choice
	err := s.app.DB().Select("id AS value", "title").From("programmes").OrderBy("title").All(&choices)
	return choices, err
}

// evidenceOffered takes something new for what its partner says, until its writer says otherwise.
func evidenceOffered(_ *Site, d *library.Document) ([]Choice, error) {
	return []Choice{
		{Value: "published", Title: "Published source", Hint: "It is printed somewhere that others can read."},
		{Value: "reported-by-partner", Title: "Reported by the partner", Hint: "You say so, and nobody else has checked.", Chosen: d.Evidence() == "" && d.IsNew()},
		{Value: "illustrative", Title: "Example", Hint: "Made up to show how it could be. It gets a banner everywhere."},
	}, nil
}

// languages are those that carers in the region read most; a file may name any other.
var languages = []Choice{
	{Value: "", Title: "English"}, {Value: "ar", Title: "Arabic (العربية)"}, {Value: "bn", Title: "Bengali (বাংলা)"}, {Value: "cy", Title: "Welsh (Cymraeg)"},
	{Value: "fa", Title: "Persian (فارسی)"}, {Value: "gu", Title: "Gujarati (ગુજરાતી)"}, {Value: "pa", Title: "Punjabi (ਪੰਜਾਬੀ)"}, {Value: "pl", Title: "Polish (Polski)"},
	{Value: "ro", Title: "Romanian (Română)"}, {Value: "so", Title: "Somali (Soomaali)"}, {Value: "uk", Title: "Ukrainian (Українська)"}, {Value: "ur", Title: "Urdu (اردو)"},
	{Value: "zh", Title: "Chinese (中文)"},
}

var sourceKinds = []Choice{
	{Value: "law", Title: "Law"}, {Value: "guidance", Title: "Guidance"}, {Value: "statistic", Title: "Statistic"}, {Value: "case-study", Title: "Case study"},
	{Value: "news", Title: "News"}, {Value: "lived-experience", Title: "What carers say"},
}

// Questions that more than one kind asks.
var (
	askPlaces     = columnList(question{name: "places", label: "Place", offer: placesOffered}, (*library.Document).Places)
	askElsewhere  = meta(question{name: "elsewhere", label: "Or somewhere else", hint: "Only if it is none of these places: the town or area, in words.", as: asLine}, func(m *library.Meta) *string { return &m.Elsewhere })
	askTopics     = columnList(question{name: "topics", label: "Topics", miss: "topics to find it by", offer: vocabulary("topic")}, (*library.Document).Topics)
	askAudience   = columnList(question{name: "audience", label: "Who it is for", miss: "who it is for", offer: vocabulary("audience")}, (*library.Document).Audience)
	askProgrammes = columnList(question{name: "programmes", label: "Programmes", miss: "the programmes it belongs to", offer: programmesOffered}, (*library.Document).Programmes)
	askEvidence   = column(question{name: "evidence", label: "Where the words come from", as: asRadios, offer: evidenceOffered})
	askContact    = column(question{name: "contact_role", label: "Contact", hint: "A role or a team, such as “Carers programme team”.", as: asLine})
	askOwner      = column(question{name: "owner_role", label: "Who keeps it up to date", hint: "A role, such as “Handbook editor”.", as: asLine, miss: "who keeps it up to date"})
	askLanguage   = column(question{name: "language", label: "Language", as: asSelect, offer: offered(languages...)})
	askCountry    = column(question{name: "country", label: "Where the law in it holds", as: asSelect, offer: offered(Choice{Value: "", Title: "Nowhere in particular"}, Choice{Value: "england", Title: "England"})})
	askNote       = meta(question{name: "illustrative_note", label: "What the example label says", as: asLine}, func(m *library.Meta) *string { return &m.Note })
	askSources    = metaRows(question{
		name: "sources", label: "Where this comes from", one: "source", miss: "a source",
		cells: []cell{
			{name: "title", label: "Title", as: asLine, wide: true}, {name: "url", label: "Address on the web", as: asLine, wide: true},
			{name: "publisher", label: "Publisher", as: asLine}, {name: "date", label: "Date", as: asLine},
			{name: "kind", label: "Kind", as: asSelect, choices: sourceKinds, empty: "Not said"},
			{name: "note", label: "Note", as: asLine, wide: true}, {name: "id", as: asHidden}, {name: "accessed", as: asHidden},
		},
	}, func(m *library.Meta) *[]library.Source { return &m.Sources },
		func(x library.Source) []string {
			return []string{x.Title, x.URL, x.Publisher, string(x.Date), x.Kind, x.Note, x.ID, string(x.Accessed)}
		}, readSource)
)

// Title, summary and body have their own words for each kind.
func title(label, hint string) question {
	return column(question{name: "title", label: label, hint: hint, as: asLine})
}

func summary(label, hint string) question {
	return column(question{name: "summary", label: label, hint: hint, as: asText, tall: 3, most: 200})
}

func body(label, hint string, tall int) question {
	q := column(question{name: "body", label: label, hint: hint, as: asMarkdown, tall: tall})
	q.write = func(_ *Site, d *library.Document, a []string) error {
		text := strings.TrimLeft(strings.TrimRight(a[0], " \t\n"), "\n")
		if text != "" {
			text += "\n"
		}
		d.Set("body", text)
		return nil
	}
	return q
}

// readSource makes a source of a row. An address alone is its own title.
func readSource(all []library.Source, cells []string) (library.Source, error) {
	x := library.Source{Title: cells[0], URL: cells[1], Publisher: cells[2], Date: library.Loose(cells[3]), Kind: cells[4], Note: cells[5], ID: cells[6], Accessed: library.Loose(cells[7])}
	if x.URL == "" && strings.HasPrefix(x.Title, "http") {
		x.Title, x.URL = "", x.Title
	}
	if x.Title == "" && x.URL != "" {
		x.Title = host(x.URL)
	}
	if x.ID == "" {
		x.ID = freeSource(all)
	}
	return x, nil
}

// freeSource is the id of the next source.
func freeSource(all []library.Source) string {
	return freeID("s", func(id string) bool {
		return slices.ContainsFunc(all, func(other library.Source) bool { return other.ID == id })
	})
}

// freeID is the first number behind a letter that is not taken.
func freeID(letter string, taken func(id string) bool) string {
	for n := 1; ; n++ {
		if id := letter + strconv.Itoa(n); !taken(id) {
			return id
		}
	}
}

// number reads a number that may be left out.
func number(text string) (*float64, error) {
	if text = strings.ReplaceAll(text, ",", ""); text == "" {
		return nil, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.Abs(n) > 1e15 {
		return nil, validation.NewError("validation_number", fmt.Sprintf("“%s” is not a number. Put its unit beside it.", text))
	}
	return &n, nil
}

// glossaryTitles are the terms that others can point to, which a form names by their title and a document by their key.
func glossaryTitles(s *Site) (byKey, byTitle map[string]string, err error) {
	var rows []struct {
		Key   string `db:"key"`
		Title string `db:"title"`
	}
	err = s.app.DB().Select("key", "title").From("documents").Where(dbx.HashExp{"kind": string(library.Glossary), "state": library.Published}).All(&rows)
	byKey, byTitle = map[string]string{}, map[string]string{}
	for _, r := range rows {
		byKey[r.Key], byTitle[markdown.Slug(r.Title)] = r.Title, r.Key
	}
	return byKey, byTitle, err
}
