package search

import (
	"context"
	"html"
	"slices"
	"strings"
	"time"
)

// Finder finds, in the database, entries whose title or summary has all of some words and that one of the keys opens: at
// most so many, and those that it has found when ctx ends.
type Finder func(ctx context.Context, words, keys []string, most int) ([]Entry, error)

// Instead says what answers while there is no index to be read, and who is told why that is so.
func (x *Index) Instead(f Finder, tell func(error)) { x.instead, x.tell = f, tell }

const (
	mostMeanwhile = 200
	inTheMeantime = 300 * time.Millisecond // for looking
)

// foundMeanwhile asks the database, and leaves out what the query does.
func (x *Index) foundMeanwhile(words []word, keys []string) (list []Entry, wanted []string, err error) {
	if x.instead == nil {
		return nil, nil, nil
	}
	for _, w := range words {
		if !w.not {
			wanted = append(wanted, w.text)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), inTheMeantime)
	defer cancel()
	found, err := x.instead(ctx, wanted, keys, mostMeanwhile)
	for _, e := range found {
		says := strings.ToLower(e.Title + "\n" + e.Summary)
		if slices.Contains(keys, e.Access) && !slices.ContainsFunc(words, func(w word) bool { return w.not && strings.Contains(says, strings.ToLower(w.text)) }) {
			list = append(list, e)
		}
	}
	return oneOfEach(list, easily(strings.Join(wanted, " "))), wanted, err
}

// meanwhile answers a query from the database: titles and summaries, word by word, the newest first.
func (x *Index) meanwhile(r *Result, q Query) error {
	r.Meanwhile = true
	all, wanted, err := x.foundMeanwhile(split(q.Text), q.Keys)
	if err != nil {
		return err
	}
	var list []Entry
	counts := [len(FacetFields)]map[string]int{}
	for _, e := range all {
		many, last := e.fails(q.Filters)
		for i, values := range e.facets() {
			if counts[i] == nil {
				counts[i] = map[string]int{}
			}
			for _, v := range values {
				if v != "" && (many == 0 || many == 1 && last == i) {
					counts[i][v]++
				}
			}
		}
		if many == 0 {
			list = append(list, e)
		}
	}
	day := func(e Entry) time.Time { return e.Published }
	if q.Sort == "reviewed" {
		day = func(e Entry) time.Time { return e.Reviewed }
	}
	slices.SortStableFunc(list, func(a, b Entry) int {
		if titled := strings.Count(withMarks(b.Title, wanted), "<mark>") - strings.Count(withMarks(a.Title, wanted), "<mark>"); q.Sort == "" && titled != 0 {
			return titled
		}
		return day(b).Compare(day(a))
	})
	r.Total = uint64(len(list))
	if q.Facets {
		for i, field := range FacetFields {
			r.Facets[field] = counted(counts[i])
		}
	}
	for _, e := range list[min(len(list), (q.Page-1)*q.PerPage):min(len(list), q.Page*q.PerPage)] {
		r.Hits = append(r.Hits, Hit{
			ID: e.ID, Kind: e.Kind, Title: e.Title, URL: e.URL, Passage: e.URL, TitleHTML: withMarks(e.Title, wanted), SnippetHTML: withMarks(e.Summary, wanted), Summary: e.Summary,
			Places: e.Places, Organisation: e.Organisation, Evidence: e.Evidence, Published: e.Published, Reviewed: e.Reviewed,
		})
	}
	return nil
}

// fails counts the filters that an entry does not pass, and names the last of them.
func (e Entry) fails(filters map[string][]string) (many, last int) {
	for i, values := range e.facets() {
		wanted := filters[FacetFields[i]]
		if len(wanted) > 0 && !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(wanted[:min(len(wanted), maxPer)], v) }) {
			many, last = many+1, i
		}
	}
	return many, last
}

// withMarks is a text with some words marked.
func withMarks(text string, words []string) string {
	low := strings.ToLower(text)
	if len(low) != len(text) {
		return html.EscapeString(text)
	}
	var at []span
	for _, w := range words {
		w = strings.ToLower(w)
		for from := 0; w != ""; {
			i := strings.Index(low[from:], w)
			if i < 0 {
				break
			}
			at = append(at, span{from + i, from + i + len(w)})
			from += i + len(w)
		}
	}
	return mark(text, 0, len(text), spans(at, len(text)))
}

// suggestMeanwhile offers titles that have what was typed.
func (x *Index) suggestMeanwhile(words []word, keys []string, n int) ([]Suggestion, error) {
	found, wanted, err := x.foundMeanwhile(words, keys)
	var list []Suggestion
	for _, e := range found {
		low := strings.ToLower(e.Title)
		if e.Kind != "post" && !slices.ContainsFunc(wanted, func(w string) bool { return !strings.Contains(low, strings.ToLower(w)) }) {
			list = append(list, Suggestion{Title: e.Title, URL: e.URL, Kind: e.Kind})
		}
	}
	slices.SortFunc(list, func(a, b Suggestion) int { return len(a.Title) - len(b.Title) })
	return list[:min(n, len(list))], err
}
