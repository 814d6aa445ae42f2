package search

import (
	"errors"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Likeness is something that speaks of what a text speaks of.
type Likeness struct {
	ID, Kind, Title, URL  string
	Summary, Organisation string
	Score                 float64  // 0 to 1
	Copied                float64  // how much of the text stands there in the same words, 0 to 1
	Words                 []string // the telling words that both have, the most telling first
}

// Nearly says whether the text stands there nearly as it is.
func (l Likeness) Nearly() bool { return l.Copied >= nearly }

// Reason says in words why it is offered.
func (l Likeness) Reason() string {
	switch words := strings.Join(l.Words, ", "); {
	case l.Nearly():
		return "Nearly the same text"
	case words == "":
		return "Some sentences are the same"
	case l.Copied >= borrowed:
		return "Some sentences are the same. Both speak of: " + words
	default:
		return "Both speak of: " + words
	}
}

// The kinds that are offered as similar work. A post stands for its thread.
var similarKinds = []string{"case-study", "guidance", "handbook", "action-plan", "thread", "post"}

const (
	similarText  = 20_000 // characters that are looked at; more is cut off
	similarTerms = 200    // different words of them that are looked up
	similarRead  = 48_000 // characters of a candidate's text that are compared
	shortlist    = 12     // candidates whose texts are compared
	mostWords    = 5      // of a reason

	nearly   = .4  // of the runs of three words stand there: nearly the same text
	borrowed = .12 // some sentences do
	floor    = .35 // nothing below is offered
	fewWords = 4   // telling words that both must have, where no sentence is the same
)

// Similar finds what is like a text, among the entries that the keys open, the most alike first: at most n, and nothing
// that is not worth looking at. How telling a word is, is counted in those same entries, so that what one may not see
// changes nothing.
func (x *Index) Similar(title, text string, keys []string, n int) ([]Likeness, error) {
	if len(keys) == 0 || n <= 0 {
		return nil, nil
	}
	title, text = cut(title, maxText), cut(text, similarText)
	terms := x.tellingTerms(title, text)
	if len(terms) == 0 {
		return nil, nil
	}
	var list []Likeness
	err := x.look(func(look *reading) error {
		w := &weighing{tally: look.tally(keys, Rank), terms: terms}
		defer w.done()
		w.offer()
		if err := w.weigh(); err != nil {
			return err
		}
		ids, err := w.best(shortlist)
		if err == nil && len(ids) > 0 {
			list, err = x.compared(w, ids, title+"\n"+text, keys, n)
		}
		return err
	})
	if errors.Is(err, ErrAway) {
		return nil, nil // nothing is offered as long as nobody knows
	}
	return list, err
}

// term is a word of the text in the form in which it is indexed.
type term struct {
	stem, written string
	times         float64
	idf           float64
	at            []weighed // where it stands
}

// weighed is how much a term counts in one entry.
type weighed struct {
	doc  uint32
	much float64
}

// tellingTerms takes the text apart the way the index does. The title's words count twice.
func (x *Index) tellingTerms(title, text string) []*term {
	byStem := map[string]*term{}
	var terms []*term
	for _, part := range []struct {
		text   string
		counts float64
	}{{title, 2}, {text, 1}} {
		for _, token := range prose.Analyze([]byte(part.text)) {
			t := byStem[string(token.Term)]
			if t == nil {
				t = &term{stem: string(token.Term), written: strings.ToLower(part.text[token.Start:token.End])}
				byStem[t.stem], terms = t, append(terms, t)
			}
			t.times += part.counts
		}
	}
	if len(terms) <= similarTerms {
		return terms
	}
	// How rare a word is is not known yet; long ones that come again and again say most.
	says := func(t *term) float64 { return t.times * float64(utf8.RuneCountInString(t.stem)) }
	slices.SortStableFunc(terms, func(a, b *term) int { return int(math.Copysign(1, says(b)-says(a))) })
	return terms[:similarTerms]
}

// weighing weighs the terms of a text in every entry that may be offered.
type weighing struct {
	*tally
	terms []*term
	open  []bool // by the entry's number
	of    int    // how many are open
	score map[uint32]float64
}

// offer marks the entries that the keys open and that are of a kind that is offered.
func (w *weighing) offer() {
	w.open = make([]bool, w.all)
	offered := make([]bool, len(w.facets[0]))
	for code, kind := range w.facets[0] {
		offered[code] = slices.Contains(similarKinds, kind)
	}
	w.everything()
	for _, d := range w.met {
		p, e := w.part(d)
		if kinds := p.facets[0].of(e); len(kinds) > 0 && offered[kinds[0]] && p.edition[e] == int32(Original) {
			w.open[d] = true
			w.of++
		}
	}
}

// Where a term is looked for, and how much it counts there.
var similarFields = []struct {
	name  string
	boost float64
}{{fieldBody, 1}, {fieldTitle, 2}, {fieldSummary, 1.5}}

// typicalLength is the length of a text, in words, at which a word counts for what it is.
const typicalLength = 400

// weigh finds where each term stands, how rare it is, and adds up what that makes of each entry, by the rule of BM25.
func (w *weighing) weigh() error {
	w.score = map[uint32]float64{}
	for _, t := range w.terms {
		much := map[uint32]float64{}
		for _, f := range similarFields {
			err := w.each(f.name, t.stem, func(p *part, e uint32, said float32) {
				doc := p.first + e
				if !w.open[doc] {
					return
				}
				times, length := float64(said), typicalLength/2.0
				if f.name == fieldBody {
					length = float64(p.length[e])
				}
				much[doc] += f.boost * times * 2.2 / (times + 1.2*(.25+.75*length/typicalLength))
			})
			if err != nil {
				return err
			}
		}
		n := float64(len(much))
		t.idf = math.Log(1 + (float64(w.of)-n+.5)/(n+.5))
		for doc, m := range much {
			t.at = append(t.at, weighed{doc, m})
			w.score[doc] += t.idf * (1 + math.Log(t.times)) * m
		}
	}
	return nil
}

// best are the entries with the highest sums, by their ids.
func (w *weighing) best(n int) (map[string]uint32, error) {
	list := make([]scored, 0, len(w.score))
	for d, s := range w.score {
		p, e := w.part(d)
		list = append(list, scored{d, s, p.tie[e]})
	}
	ids := map[string]uint32{}
	for _, s := range best(list, n) {
		p, e := w.part(s.doc)
		id, err := p.segment.DocID(uint64(e))
		if err != nil {
			return nil, err
		}
		ids[string(id)] = s.doc
	}
	return ids, nil
}

// share says how much of what is telling in the text an entry has too, 0 to 1, and the most telling of those words.
func (w *weighing) share(doc uint32) (float64, []string, int) {
	all, both := 0.0, 0.0
	var shared []*term
	telling := map[*term]float64{}
	for _, t := range w.terms {
		weight := t.idf * t.idf * (1 + math.Log(t.times))
		all += weight
		i, found := slices.BinarySearchFunc(t.at, doc, func(a weighed, d uint32) int { return int(a.doc) - int(d) })
		if found && sayable(t.written) {
			telling[t] = weight * min(1, t.at[i].much)
			both += telling[t]
			shared = append(shared, t)
		}
	}
	if all == 0 {
		return 0, nil, 0
	}
	slices.SortStableFunc(shared, func(a, b *term) int { return int(math.Copysign(1, telling[b]-telling[a])) })
	var words []string
	many := 0
	for _, t := range shared {
		if t.idf < common {
			continue
		}
		if many++; len(words) < mostWords {
			words = append(words, t.written)
		}
	}
	return both / all, words, many
}

// common is how telling a word is that about a seventh of all entries have.
const common = 1.9

// sayable are words that mean something by themselves in a reason; numbers and single letters do not.
func sayable(word string) bool {
	letters := 0
	for _, r := range word {
		if unicode.IsLetter(r) || kindOf(r) == sign {
			letters++
		}
	}
	return letters > 1
}

// compared reads the texts of the candidates, says of each how alike it is, and keeps the best that are worth it.
func (x *Index) compared(w *weighing, ids map[string]uint32, text string, keys []string, n int) ([]Likeness, error) {
	list := make([]string, 0, len(ids))
	for id := range ids {
		list = append(list, id)
	}
	texts, err := x.lent(list)
	if err != nil {
		return nil, err
	}
	for _, t := range w.terms {
		slices.SortFunc(t.at, func(a, b weighed) int { return int(a.doc) - int(b.doc) })
	}
	own := triplesOf(text)
	byURL := map[string]Likeness{}
	for id, doc := range ids {
		there, ok := texts[id]
		if !ok || !slices.Contains(keys, there.Access) {
			continue // gone, or closed, a moment ago
		}
		hit, err := w.hit(uint32(doc))
		if err != nil {
			return nil, err
		}
		l := Likeness{ID: id, Kind: hit.Kind, Title: hit.Title, URL: hit.URL, Summary: hit.Summary, Organisation: hit.Organisation}
		share, words, many := w.share(doc)
		l.Words, l.Copied = words, own.in(hit.Title+"\n"+hit.Summary+"\n"+cut(there.Body, similarRead))
		l.Score = math.Round(1e4*max(share, 1-(1-l.Copied)*(1-l.Copied))) / 1e4
		if l.Kind == "post" {
			l.Kind = "thread"
			l.URL, _, _ = strings.Cut(l.URL, "#")
		}
		worth := l.Score >= floor && (l.Copied >= borrowed || many >= fewWords)
		if worth && l.Score > byURL[l.URL].Score {
			byURL[l.URL] = l
		}
	}
	return mostAlike(byURL, n), nil
}

func mostAlike(byURL map[string]Likeness, n int) []Likeness {
	list := make([]Likeness, 0, len(byURL))
	for _, l := range byURL {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b Likeness) int {
		if a.Score != b.Score {
			return int(math.Copysign(1, b.Score-a.Score))
		}
		return strings.Compare(a.URL, b.URL)
	})
	return list[:min(n, len(list))]
}

// triples are the runs of three words of a text, or of three signs where words have no spaces between them, as sums.
type triples map[uint64]bool

func triplesOf(text string) triples {
	ts := triples{}
	eachTriple(text, func(t uint64) { ts[t] = true })
	return ts
}

// fewTriples are too few to say of a text that it stands somewhere else.
const fewTriples = 8

// in is how many of the runs stand in another text, 0 to 1.
func (ts triples) in(text string) float64 {
	if len(ts) < fewTriples {
		return 0
	}
	met := triples{}
	eachTriple(text, func(t uint64) {
		if ts[t] {
			met[t] = true
		}
	})
	return float64(len(met)) / float64(len(ts))
}

// eachTriple calls f with a sum over each three words in a row.
func eachTriple(text string, f func(uint64)) {
	const start, prime = 14695981039346656037, 1099511628211 // FNV-1a
	var before, last, word uint64
	words, in := 0, false
	end := func() {
		if in {
			if words++; words >= 3 {
				f((before*prime^last)*prime ^ word)
			}
			before, last, in = last, word, false
		}
	}
	for _, r := range text {
		switch kindOf(r) {
		case letter:
			if !in {
				word, in = start, true
			}
			word = (word ^ uint64(unicode.ToLower(r))) * prime
		case sign:
			end()
			word, in = (start^uint64(r))*prime, true
			end()
		default:
			end()
		}
	}
	end()
}
