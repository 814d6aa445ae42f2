package search

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	bsearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
)

// Query is what somebody looks for. Every list narrows: any of its values, in each list that is not empty.
type Query struct {
	Text    string
	Keys    []string            // the access keys of the one who asks; without any nothing is found
	Filters map[string][]string // by a name of FacetFields
	Sort    string              // "newest", "reviewed", or "" for the best first
	Page    int                 // 1 and up
	PerPage int
	Facets  bool
}

// Limits of a query; more is cut off.
const (
	maxText  = 400
	maxWords = 24
	maxPage  = 500
	maxPer   = 100
)

// Result is what was found.
type Result struct {
	Total   uint64
	Hits    []Hit
	Facets  map[string][]FacetCount
	Page    int
	PerPage int
	Took    time.Duration
	// Instead is the query that was answered in place of the one asked, which had typing mistakes; else "".
	Instead string
}

// Hit is one entry that was found. Title and Snippet are HTML, escaped, with the words that matched in <mark>.
type Hit struct {
	ID, Kind, Title, URL   string
	TitleHTML, SnippetHTML string
	Summary                string
	Score                  float64 // 1 for the best hit of all
	Places                 []string
	Organisation, Evidence string
	Published, Reviewed    time.Time
}

// FacetCount is how many of the hits have a value.
type FacetCount struct {
	Value string
	Count int
}

// Search answers a query. Its errors are the index's own: there is no query it refuses.
func (x *Index) Search(q Query) (Result, error) {
	began := time.Now()
	q.Text = cut(q.Text, maxText)
	q.Page, q.PerPage = min(max(q.Page, 1), maxPage), min(max(q.PerPage, 1), maxPer)
	x.mu.RLock()
	defer x.mu.RUnlock()

	words := split(q.Text)
	mended, changed := x.mend(q, words)
	r, err := x.run(q, mended)
	if changed && r.Total > 0 {
		r.Instead = join(mended)
	}
	r.Took = time.Since(began)
	return r, err
}

// word is one word of a query, or a phrase that stood in quotation marks. also is what was probably meant by it.
type word struct {
	text   string
	phrase bool
	also   string
}

var quoted = regexp.MustCompile(`"([^"]*)"|“([^”]*)”|(\S+)`)

// split takes a query apart into words and phrases.
func split(text string) []word {
	var ws []word
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		switch {
		case m[3] != "":
			if w := strings.TrimFunc(m[3], func(r rune) bool { return kindOf(r) == other || r == '-' }); w != "" {
				for _, run := range wordsOf(w) {
					ws = append(ws, word{text: run})
				}
			}
		case strings.TrimSpace(m[1]+m[2]) != "":
			ws = append(ws, word{text: phraseOf(strings.TrimSpace(m[1] + m[2])), phrase: true})
		}
		if len(ws) >= maxWords {
			break
		}
	}
	return ws
}

func join(ws []word) string {
	parts := make([]string, len(ws))
	for i, w := range ws {
		switch {
		case w.phrase:
			parts[i] = `"` + w.text + `"`
		case w.also != "":
			parts[i] = w.also
		default:
			parts[i] = w.text
		}
	}
	return strings.Join(parts, " ")
}

// cut keeps the first n characters. Bytes come first: what is asked may be as long as somebody likes.
func cut(s string, n int) string {
	r := []rune(strings.ToValidUTF8(s[:min(len(s), utf8.UTFMax*n)], " "))
	return string(r[:min(n, len(r))])
}

// run searches for words as they are.
func (x *Index) run(q Query, words []word) (Result, error) {
	r := Result{Page: q.Page, PerPage: q.PerPage, Facets: map[string][]FacetCount{}}
	if len(q.Keys) == 0 || (len(words) == 0 && strings.TrimSpace(q.Text) != "") {
		return r, nil
	}
	wanted := x.wanted(words)
	req := bleve.NewSearchRequestOptions(sinking(filtered(wanted, q), time.Now()), q.PerPage, (q.Page-1)*q.PerPage, false)
	req.Fields = []string{fieldTitle, fieldSummary, "url", "kind", "place", "evidence", "organisation_name", fieldDate, fieldReview}
	switch q.Sort {
	case "newest":
		req.SortBy([]string{"-" + fieldDate, "-_score", "_id"})
	case "reviewed":
		req.SortBy([]string{"-" + fieldReview, "-_score", "_id"})
	default:
		req.SortBy([]string{"-_score", "_id"})
	}
	if q.Facets {
		for _, f := range FacetFields {
			req.AddFacet(f, bleve.NewFacetRequest(f, maxPer))
		}
	}
	found, err := x.now.Search(req)
	if err != nil {
		return r, fmt.Errorf("search: %w", err)
	}
	r.Total = found.Total
	for name, f := range found.Facets {
		for _, t := range f.Terms.Terms() {
			r.Facets[name] = append(r.Facets[name], FacetCount{Value: t.Term, Count: t.Count})
		}
	}
	for _, h := range found.Hits {
		hit := hitOf(h)
		hit.Score = share(h.Score, found.MaxScore)
		r.Hits = append(r.Hits, hit)
	}
	return r, x.describe(&r, q, wanted)
}

// share is a score beside the best one. The index's own numbers change with each word of the query that stands anywhere
// at all, so they would say which words stand in what the one who asks may not see.
func share(score, best float64) float64 {
	if best <= 0 {
		return 0
	}
	return math.Round(score/best*1e4) / 1e4
}

// wanted is the query for the words alone: all entries when there are none.
func (x *Index) wanted(words []word) query.Query {
	if len(words) == 0 {
		return bleve.NewMatchAllQuery()
	}
	each := make([]query.Query, 0, len(words)+1)
	must := make([]query.Query, 0)
	var run []string
	for _, w := range words {
		switch {
		case w.phrase && x.says(w.text):
			must = append(must, inFields(w.text, phrase))
		case w.phrase: // only words that are never indexed
		case w.also != "":
			each = append(each, bleve.NewDisjunctionQuery(inFields(w.text, matches), inFields(w.also, matches)))
		default:
			each = append(each, inFields(w.text, matches))
		}
		if !w.phrase {
			run = append(run, w.text)
		}
	}
	if len(run) > 1 {
		together := strings.Join(run, " ")
		each = append(each, bleve.NewDisjunctionQuery(phrase(together, fieldTitleWords, 2), phrase(together, fieldBody, 1)))
	}
	switch {
	case len(must) == 0 && len(each) == 0:
		return bleve.NewMatchNoneQuery()
	case len(must) == 0:
		return bleve.NewDisjunctionQuery(each...)
	case len(each) > 0:
		must = append(must, bleve.NewDisjunctionQuery(each...))
	}
	return bleve.NewConjunctionQuery(must...)
}

// says says whether anything of a text is indexed: the commonest words of a language are not, but in titles.
func (x *Index) says(text string) bool {
	a := x.now.Mapping().AnalyzerNamed(prose)
	return a != nil && len(a.Analyze([]byte(text))) > 0
}

func phrase(text, field string, boost float64) query.Query {
	p := bleve.NewMatchPhraseQuery(text)
	p.SetField(field)
	p.SetBoost(boost)
	return p
}

func matches(text, field string, boost float64) query.Query {
	m := bleve.NewMatchQuery(text)
	m.SetField(field)
	m.SetBoost(boost)
	m.SetOperator(query.MatchQueryOperatorAnd) // a word without spaces, such as a Japanese one, is several terms
	return m
}

func inFields(text string, in func(text, field string, boost float64) query.Query) query.Query {
	qs := make([]query.Query, len(textFields))
	for i, f := range textFields {
		qs[i] = in(text, f.name, f.boost)
	}
	return bleve.NewDisjunctionQuery(qs...)
}

// filtered narrows a query to what the one who asks may see, and to the filters.
func filtered(wanted query.Query, q Query) query.Query {
	narrow := []query.Query{wanted, anyOf(fieldAccess, q.Keys)}
	for _, f := range FacetFields {
		if values := q.Filters[f]; len(values) > 0 {
			narrow = append(narrow, anyOf(f, values[:min(len(values), maxPer)]))
		}
	}
	return bleve.NewConjunctionQuery(narrow...)
}

// overdue is what is left of the score of a page that should have been checked by now: less than one that says as much
// and was, more than one that says it in passing.
const overdue = .7

// sinking lets what is overdue sink. The day is read with each query, for entries do not change when their time runs out.
func sinking(wanted query.Query, now time.Time) query.Query {
	late := days(now) - 1 // a page is right until the end of its last day
	return query.NewCustomScoreQueryWithScorer(wanted, func(_ context.Context, d *bsearch.DocumentMatch) (float64, error) {
		if by, ok := d.Fields[fieldCheck].(float64); ok && by < late {
			return d.Score * overdue, nil
		}
		return d.Score, nil
	}, []string{fieldCheck}, nil)
}

// anyOf matches entries that have one of the values; it says nothing about how good a match is.
func anyOf(field string, values []string) query.Query {
	qs := make([]query.Query, len(values))
	for i, v := range values {
		t := bleve.NewTermQuery(v)
		t.SetField(field)
		t.SetBoost(0)
		qs[i] = t
	}
	d := bleve.NewDisjunctionQuery(qs...)
	d.SetBoost(0)
	return d
}

func hitOf(h *bsearch.DocumentMatch) Hit {
	text := func(f string) string { s, _ := h.Fields[f].(string); return s }
	number := func(f string) float64 { n, _ := h.Fields[f].(float64); return n }
	hit := Hit{
		ID: h.ID, Kind: text("kind"), Title: text(fieldTitle), Summary: text(fieldSummary), URL: text("url"), Score: h.Score,
		Organisation: text("organisation_name"), Evidence: text("evidence"),
		Published: fromDays(number(fieldDate)), Reviewed: fromDays(number(fieldReview)),
	}
	switch p := h.Fields["place"].(type) {
	case string:
		hit.Places = []string{p}
	case []any:
		for _, v := range p {
			if s, ok := v.(string); ok {
				hit.Places = append(hit.Places, s)
			}
		}
	}
	return hit
}
