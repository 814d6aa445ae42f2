package search

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	bsearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
)

const (
	snippetBytes = 220
	lead         = 60 // how much is shown before the first word that matched
)

// describe gives the hits of a page their titles and snippets with the matching words marked, and drops those that the
// one who asked may no longer see: the index can be a moment behind the database.
func (x *Index) describe(r *Result, q Query, wanted query.Query) error {
	if len(r.Hits) == 0 {
		return nil
	}
	ids := make([]string, len(r.Hits))
	for i, h := range r.Hits {
		ids[i] = h.ID
	}
	texts, err := x.text(ids)
	if err != nil {
		return err
	}
	places, err := x.locate(ids, wanted)
	if err != nil {
		return err
	}
	r.Hits = slices.DeleteFunc(r.Hits, func(h Hit) bool {
		t, ok := texts[h.ID]
		gone := !ok || !slices.Contains(q.Keys, t.Access)
		if gone && r.Total > 0 {
			r.Total--
		}
		return gone
	})
	for i := range r.Hits {
		h := &r.Hits[i]
		found := places[h.ID]
		h.TitleHTML = mark(h.Title, 0, len(h.Title), spans(found[fieldTitle], len(h.Title)))
		body := texts[h.ID].Body
		at := spans(found[fieldBody], len(body))
		if len(at) == 0 && h.Summary != "" {
			h.SnippetHTML = mark(h.Summary, 0, len(h.Summary), spans(found[fieldSummary], len(h.Summary)))
			continue
		}
		h.SnippetHTML = snippet(body, at)
	}
	return nil
}

// locate asks once more for the words, in the entries of this page only, with the places where they stand: doing it in
// the first search would collect places for every match there is.
func (x *Index) locate(ids []string, wanted query.Query) (map[string]bsearch.FieldTermLocationMap, error) {
	req := bleve.NewSearchRequestOptions(bleve.NewConjunctionQuery(wanted, bleve.NewDocIDQuery(ids)), len(ids), 0, false)
	req.IncludeLocations = true
	found, err := x.now.Search(req)
	if err != nil {
		return nil, err
	}
	places := make(map[string]bsearch.FieldTermLocationMap, len(found.Hits))
	for _, h := range found.Hits {
		places[h.ID] = h.Locations
	}
	return places, nil
}

// span is where a matching word stands, in bytes.
type span struct{ start, end int }

// spans lists the places in order, without those that lie outside a text of n bytes.
func spans(terms bsearch.TermLocationMap, n int) []span {
	var ss []span
	for _, locations := range terms {
		for _, l := range locations {
			if l.Start < l.End && int(l.End) <= n {
				ss = append(ss, span{int(l.Start), int(l.End)})
			}
		}
	}
	slices.SortFunc(ss, func(a, b span) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	return merged(ss)
}

// merged joins spans that touch, such as the pairs of signs of a Japanese word.
func merged(ss []span) []span {
	out := ss[:0]
	for _, s := range ss {
		if n := len(out); n > 0 && s.start <= out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

// snippet cuts the part of a text out that holds the most matching words, and marks them.
func snippet(text string, at []span) string {
	if text == "" {
		return ""
	}
	start := 0
	if len(at) > 0 {
		start = max(0, densest(at)-lead)
	}
	end := min(len(text), start+snippetBytes)
	start, end = atWords(text, start, end)
	s := mark(text, start, end, at)
	if start > 0 {
		s = "… " + s
	}
	if end < len(text) {
		s += " …"
	}
	return s
}

// densest is where the window with the most matches begins.
func densest(at []span) int {
	best, most := at[0].start, 0
	for i, j := 0, 0; i < len(at); i++ {
		for j < len(at) && at[j].end <= at[i].start+snippetBytes-lead {
			j++
		}
		if j-i > most {
			best, most = at[i].start, j-i
		}
	}
	return best
}

// atWords moves a window's borders to the nearest spaces, where there are some, and never into a character.
func atWords(text string, start, end int) (int, int) {
	for start > 0 && !utf8.RuneStart(text[start]) {
		start--
	}
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	if start > 0 {
		if i := strings.IndexAny(text[start:min(len(text), start+30)], " \n"); i >= 0 {
			start += i + 1
		}
	}
	if end < len(text) {
		if i := strings.LastIndexAny(text[max(start, end-30):end], " \n"); i > 0 {
			end = max(start, end-30) + i
		}
	}
	return start, end
}

// mark escapes text[start:end] and puts <mark> around the spans within it.
func mark(text string, start, end int, at []span) string {
	var b strings.Builder
	from := start
	for _, s := range at {
		if s.start < from || s.end > end || !utf8.RuneStart(text[s.start]) || (s.end < len(text) && !utf8.RuneStart(text[s.end])) {
			continue
		}
		b.WriteString(html.EscapeString(text[from:s.start]))
		b.WriteString("<mark>" + html.EscapeString(text[s.start:s.end]) + "</mark>")
		from = s.end
	}
	b.WriteString(html.EscapeString(text[from:end]))
	return strings.Join(strings.Fields(b.String()), " ")
}
