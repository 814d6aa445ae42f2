package search

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	snippetBytes = 220
	lead         = 60 // how much is shown before the first word that matched
)

// describe gives the hits of a page their titles and snippets with the matching words marked, and drops those that the
// one who asked may no longer see: the index can be a moment behind the database.
func (x *Index) describe(r *Result, q Query, t *tally, words []word) error {
	if len(r.Hits) == 0 {
		return nil
	}
	ids := make([]string, len(r.Hits))
	for i, h := range r.Hits {
		ids[i] = h.ID
	}
	texts, err := x.lent(ids)
	if err != nil {
		return err
	}
	places, err := t.locate(r.Hits, words)
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
	if q.Explain {
		if err := t.explain(r.Hits, q, words, texts); err != nil {
			return err
		}
	}
	for i := range r.Hits {
		h := &r.Hits[i]
		h.Passage = h.URL
		found := places[h.doc]
		h.TitleHTML = mark(h.Title, 0, len(h.Title), spans(found[fieldTitle], len(h.Title)))
		body := texts[h.ID].Body
		at := spans(found[fieldBody], len(body))
		if len(at) == 0 && h.Summary != "" {
			h.SnippetHTML = mark(h.Summary, 0, len(h.Summary), spans(found[fieldSummary], len(h.Summary)))
			continue
		}
		h.SnippetHTML = snippet(body, at)
		h.pointInto(body, at, t.called(h.doc))
	}
	for i := range r.Hits {
		r.Hits[i].doc, r.Hits[i].sections = 0, nil // of this reading alone
	}
	return nil
}

// locate says where the words of a query stand in the hits of a page, by entry and field.
func (t *tally) locate(hits []Hit, words []word) (map[uint32]map[string][]span, error) {
	docs := make([]uint32, len(hits))
	places := make(map[uint32]map[string][]span, len(hits))
	for i, h := range hits {
		docs[i], places[h.doc] = h.doc, map[string][]span{}
	}
	slices.Sort(docs)
	for _, w := range words {
		for _, way := range w.ways {
			for _, field := range []string{fieldTitle, fieldSummary, fieldBody} {
				if err := t.mark(docs, field, way, func(doc uint32, s span) { places[doc][field] = append(places[doc][field], s) }); err != nil {
					return nil, err
				}
			}
		}
	}
	return places, nil
}

// mark calls f with every place where a way to say a word stands: all of its words in a row, where that was asked for.
func (t *tally) mark(docs []uint32, field string, w way, f func(doc uint32, s span)) error {
	type place struct {
		doc uint32
		at  int
	}
	var rows []place // where the row may begin
	stands := make([]map[place]span, len(w.terms))
	for i, term := range w.terms {
		stands[i] = map[place]span{}
		err := t.spots(docs, field, term, func(doc uint32, s spot) {
			if !w.beside {
				f(doc, s.span)
				return
			}
			stands[i][place{doc, s.at - i}] = s.span
			if i == 0 {
				rows = append(rows, place{doc, s.at})
			}
		})
		if err != nil {
			return err
		}
	}
	for _, row := range rows {
		whole := true
		for i, term := range w.terms {
			_, there := stands[i][row]
			whole = whole && (there || term == "")
		}
		for i := range stands {
			if s, there := stands[i][row]; whole && there {
				f(row.doc, s)
			}
		}
	}
	return nil
}

// span is where a matching word stands, in bytes.
type span struct{ start, end int }

// spans lists places in order, without those that lie outside a text of n bytes.
func spans(places []span, n int) []span {
	ss := slices.DeleteFunc(slices.Clone(places), func(s span) bool { return s.start >= s.end || s.end > n })
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
