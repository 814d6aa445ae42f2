package search

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/porter"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/mapping"
)

// Names of fields and analyzers.
const (
	prose = "prose" // English stems; pairs of signs where words have no spaces between them
	plain = "plain" // the words as they are written, in lower case

	fieldTitle      = "title"
	fieldSummary    = "summary"
	fieldBody       = "body"
	fieldAlso       = "also"
	fieldWords      = "words"       // every word once, unstemmed: for typing mistakes
	fieldTitleWords = "title_words" // the title's, unstemmed: for beginnings of words
	fieldAccess     = "access"
	fieldDate       = "published"
	fieldReview     = "reviewed"
	fieldCheck      = "check_by" // absent from what nobody has to check
)

// textFields are where the words of a query are looked for, and how much a word counts in each.
var textFields = []struct {
	name  string
	boost float64
}{{fieldTitle, 2}, {fieldTitleWords, .5}, {fieldAlso, 2}, {fieldSummary, 1.3}, {fieldBody, 1}}

// FacetFields are the fields that a search can be narrowed by, in the order in which a page shows them.
var FacetFields = []string{"kind", "place", "topic", "programme", "organisation", "evidence", "audience"}

// mappingOf is static: nothing is indexed that is not named here. Bodies are not stored, for they are in the database.
// What is shown with marks, and where phrases are looked for, carries positions.
func mappingOf() mapping.IndexMapping {
	m := bleve.NewIndexMapping()
	must(m.AddCustomAnalyzer(prose, map[string]any{
		"type": custom.Name, "tokenizer": unicode.Name,
		"token_filters": []string{cjk.WidthName, en.PossessiveName, lowercase.Name, cjk.BigramName, en.StopName, porter.Name},
	}))
	must(m.AddCustomAnalyzer(plain, map[string]any{
		"type": custom.Name, "tokenizer": unicode.Name,
		"token_filters": []string{cjk.WidthName, en.PossessiveName, lowercase.Name, cjk.BigramName},
	}))
	text := func(analyzer string, store, vectors bool) *mapping.FieldMapping {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.Store, f.IncludeTermVectors = analyzer, store, vectors
		f.IncludeInAll, f.DocValues = false, false
		return f
	}
	word := func(store, values bool) *mapping.FieldMapping {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.Store, f.DocValues = keyword.Name, store, values
		f.IncludeInAll, f.IncludeTermVectors = false, false
		return f
	}
	stored := func() *mapping.FieldMapping {
		f := word(true, false)
		f.Index = false
		return f
	}
	day := func() *mapping.FieldMapping {
		f := bleve.NewNumericFieldMapping()
		f.Store, f.IncludeInAll, f.DocValues = true, false, true
		return f
	}
	d := bleve.NewDocumentStaticMapping()
	d.AddFieldMappingsAt(fieldTitle, text(prose, true, true))
	d.AddFieldMappingsAt(fieldSummary, text(prose, true, true))
	d.AddFieldMappingsAt(fieldBody, text(prose, false, true))
	d.AddFieldMappingsAt(fieldAlso, text(prose, false, false))
	d.AddFieldMappingsAt(fieldWords, text(plain, false, false))
	d.AddFieldMappingsAt(fieldTitleWords, text(plain, false, true))
	d.AddFieldMappingsAt(fieldAccess, word(false, false))
	d.AddFieldMappingsAt("url", stored())
	d.AddFieldMappingsAt("organisation_name", stored())
	for _, f := range FacetFields {
		d.AddFieldMappingsAt(f, word(f == "kind" || f == "place" || f == "evidence", true))
	}
	d.AddFieldMappingsAt(fieldDate, day())
	d.AddFieldMappingsAt(fieldReview, day())
	check := day()
	check.Store = false
	d.AddFieldMappingsAt(fieldCheck, check)
	m.DefaultMapping = d
	m.DefaultAnalyzer = prose
	m.StoreDynamic, m.IndexDynamic, m.DocValuesDynamic = false, false, false
	return m
}

// must holds for mistakes in the constants above, which no input can cause.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// document is an entry as the mapping wants it.
func document(e Entry) map[string]any {
	d := map[string]any{
		fieldTitle: e.Title, fieldSummary: e.Summary, fieldBody: e.Body, fieldAlso: e.Also,
		fieldWords:      vocabulary(append([]string{e.Title, e.Summary, e.Body}, e.Also...)),
		fieldTitleWords: strings.Join(append([]string{e.Title}, e.Also...), "\n"),
		fieldAccess:     e.Access, "url": e.URL, "kind": e.Kind,
		"place": e.Places, "topic": e.Topics, "programme": e.Programmes, "audience": e.Audience,
		fieldDate: days(e.Published), fieldReview: days(e.Reviewed),
	}
	for name, value := range map[string]string{
		"organisation": e.OrganisationSlug, "organisation_name": e.Organisation, "evidence": e.Evidence,
	} {
		if value != "" {
			d[name] = value
		}
	}
	if !e.CheckBy.IsZero() {
		d[fieldCheck] = days(e.CheckBy)
	}
	return d
}

// vocabulary is each word of the texts once: what typing mistakes are compared with.
func vocabulary(texts []string) string {
	seen := map[string]bool{}
	for _, t := range texts {
		for w := range strings.FieldsFuncSeq(strings.ToLower(t), func(r rune) bool { return kindOf(r) != letter }) {
			if len(w) >= shortest && len(w) <= longest {
				seen[strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")] = true
			}
		}
	}
	return strings.Join(slices.Collect(maps.Keys(seen)), " ")
}

// days counts a date from 1970, 0 for none.
func days(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix()) / (24 * 60 * 60)
}

func fromDays(d float64) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Unix(int64(d*24*60*60), 0).UTC()
}
