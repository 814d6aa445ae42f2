package search

import (
	"math"
	"slices"
	"strings"
	"time"
)

// What a reason can be.
const (
	InTitle    = "title"      // words in the title
	InNames    = "also"       // words in other names for the same thing
	InHeading  = "heading"    // words in a heading
	InSummary  = "summary"    // words in the summary
	InText     = "text"       // words in the text
	Alike      = "alike"      // words like those that were typed, in another form or for the same thing
	Slip       = "mended"     // words taken for a typing mistake
	Missing    = "missing"    // words that do not stand there
	SideBySide = "together"   // words side by side as they were typed
	Company    = "neighbours" // other good hits speak of the same
	Measured   = "measured"   // its results were measured
	Adoptions  = "adopted"    // places do it too
	YourPlace  = "here"       // it is about the reader's place
	ForCarers  = "handbook"   // the reader looks after somebody
	Late       = "overdue"    // it should have been checked by now
	APost      = "post"       // it is a post: its thread can be found itself
	AThread    = "thread"     // it is a discussion
	ATerm      = "term"       // it explains a word, and other pages say more
	APart      = "part"       // it is a part of a page
)

// Reason is one thing that decided where a hit stands. Much is what it added to the score or took from it, 0 where that
// is part of what the words made.
type Reason struct {
	What  string
	Words []string
	Count int // of places, for Adoptions
	Much  float64
}

// note keeps the scores as they stand, where they are to be explained.
func (t *tally) note(pool []scored) {
	if t.steps == nil {
		return
	}
	for _, s := range pool {
		t.steps[s.doc] = append(t.steps[s.doc], s.score)
	}
}

// explain says of each hit why it is where it is. Texts are theirs, by id.
func (t *tally) explain(hits []Hit, q Query, words []word, texts map[string]Text) error {
	docs := make([]uint32, len(hits))
	for i, h := range hits {
		docs[i] = h.doc
	}
	slices.Sort(docs)
	said := map[uint32]*sayings{}
	for _, d := range docs {
		said[d] = &sayings{at: map[string][]string{}}
	}
	text := map[uint32]map[string]string{}
	for _, h := range hits {
		text[h.doc] = map[string]string{fieldTitle: h.Title, fieldSummary: h.Summary, fieldBody: texts[h.ID].Body}
	}
	for _, w := range words {
		if w.not || len(w.ways) == 0 || len(w.ways[0].terms) == 0 && !w.phrase {
			continue // words such as "the" say nothing
		}
		if err := t.said(docs, w, text, said); err != nil {
			return err
		}
	}
	today := days(time.Now())
	for i := range hits {
		h := &hits[i]
		h.Why = append(said[h.doc].reasons(), t.standingReasons(h.doc, q, today)...)
	}
	return nil
}

// sayings are the words of a query as an entry says them, by what kind of reason that is.
type sayings struct{ at map[string][]string }

func (s *sayings) add(what, word string) {
	if word != "" && !slices.Contains(s.at[what], word) {
		s.at[what] = append(s.at[what], word)
	}
}

// wordReasons are the reasons that are made of words, in the order in which they are said.
var wordReasons = []string{InTitle, InNames, InHeading, InSummary, InText, Alike, Slip, Missing}

// mostSaid is how many words a reason names.
const mostSaid = 8

func (s *sayings) reasons() (list []Reason) {
	for _, what := range wordReasons {
		if words := s.at[what]; len(words) > 0 {
			list = append(list, Reason{What: what, Words: words[:min(len(words), mostSaid)]})
		}
	}
	return list
}

var reasonOf = map[string]string{fieldTitle: InTitle, fieldAlso: InNames, fieldHeadings: InHeading, fieldSummary: InSummary, fieldBody: InText}

// said notes where entries say a word, and in which form.
func (t *tally) said(docs []uint32, w word, text map[uint32]map[string]string, said map[uint32]*sayings) error {
	found := map[uint32]bool{}
	for i, way := range w.ways {
		for _, field := range t.rank.fields() {
			meet := func(doc uint32, written string) {
				found[doc] = true
				name := w.text
				switch {
				case way.slip:
					name = w.also
					said[doc].add(Slip, w.also)
				case i > 0:
					name = written
					said[doc].add(Alike, written)
				case written != "" && !strings.EqualFold(written, w.text) && !w.phrase:
					said[doc].add(Alike, written)
				}
				said[doc].add(reasonOf[field.name], name)
			}
			var err error
			switch field.name {
			case fieldAlso, fieldHeadings:
				err = t.holding(docs, field.name, way, func(doc uint32) { meet(doc, "") })
			default:
				err = t.mark(docs, field.name, way, func(doc uint32, s span) { meet(doc, strings.ToLower(sliced(text[doc][field.name], s))) })
			}
			if err != nil {
				return err
			}
		}
		if err := t.titled(docs, way, func(doc uint32) { found[doc] = true; said[doc].add(InTitle, strings.Join(way.written, " ")) }); err != nil {
			return err
		}
	}
	for _, d := range docs {
		if !found[d] && len(w.ways[0].terms) > 0 {
			said[d].add(Missing, w.text)
		}
	}
	return nil
}

// holding calls f with those of some entries that have all terms of a way in a field that keeps no places.
func (t *tally) holding(docs []uint32, field string, w way, f func(doc uint32)) error {
	if len(w.terms) == 0 {
		return nil
	}
	has := map[uint32]int{}
	for _, term := range w.terms {
		err := t.each(field, term, func(p *part, e uint32, _ float32) { has[p.first+e]++ })
		if err != nil {
			return err
		}
	}
	for _, d := range docs {
		if has[d] >= len(w.terms) {
			f(d)
		}
	}
	return nil
}

// titled calls f with those of some entries that have the written words of a way in their title.
func (t *tally) titled(docs []uint32, w way, f func(doc uint32)) error {
	return t.phrase(fieldTitleWords, w.written, func(p *part, e uint32) {
		if d := p.first + e; slices.Contains(docs, d) {
			f(d)
		}
	})
}

func sliced(text string, s span) string {
	if s.start < 0 || s.end > len(text) || s.start >= s.end {
		return ""
	}
	return strings.ToValidUTF8(text[s.start:s.end], "")
}

// little is what a score has to change by to be worth saying.
const little = .01

// lessAs is the reason for which a kind of entry keeps less of its score, see Ranking.Post.
var lessAs = map[string]string{"post": APost, "thread": AThread, "glossary": ATerm, "figure": APart, "goal": APart, "adoption": APart, "check": APart}

// standingReasons are the reasons that are not of the words alone.
func (t *tally) standingReasons(doc uint32, q Query, today int32) (list []Reason) {
	add := func(what string, much float64) {
		if math.Abs(much) >= little {
			list = append(list, Reason{What: what, Much: math.Round(much*1e3) / 1e3})
		}
	}
	if steps := t.steps[doc]; len(steps) == 4 { // by the words, in company, as typed, side by side: see ordered
		add(SideBySide, steps[3]-steps[2])
		if steps[1] > steps[0] {
			add(Company, steps[1]-steps[0])
		}
	}
	p, e := t.part(doc)
	if t.steps[doc] == nil {
		return list // in order of days: nothing of the rest decided
	}
	if n := float64(p.adopted[e]); n > 0 {
		list = append(list, Reason{What: Adoptions, Count: int(n), Much: math.Round(t.rank.Adopted*n/(n+1)*1e3) / 1e3})
	}
	if p.measured[e] > 0 {
		add(Measured, t.rank.Evidence)
	}
	for i, field := range FacetFields {
		for _, code := range p.facets[i].of(e) {
			switch name := t.facets[i][code]; {
			case field == "place" && q.Here != "" && name == q.Here:
				add(YourPlace, t.rank.Here)
			case field == "kind" && q.Caring && name == "handbook" && !t.of(doc, "audience", "professional"):
				add(ForCarers, t.caring(doc))
			case field == "kind" && q.Oneself && name == "handbook" && !t.of(doc, "audience", "professional"):
				add(ForCarers, t.rank.Oneself)
			case field == "kind" && lessAs[name] != "":
				add(lessAs[name], t.left(doc, code)-1)
			}
		}
	}
	if left := t.standing(doc, today); left < 1 {
		add(Late, left-1)
	}
	return list
}
