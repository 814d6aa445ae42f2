package search

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
)

// Ranking is every number of the order in which hits come. They were chosen on one half of the queries of the Cranfield
// collection (performance.md of the design tells of the trial) and on the plain lists in testdata; none belongs to one
// collection's words.
type Ranking struct {
	// How much a word counts that stands in a field.
	Title, Also, Summary, Body float64
	Heading                    float64 // more than in the text, where it stands as well
	// How much of that is left for a word that is only near the one asked for.
	Synonym, Mistake float64

	K1, B      float64 // of BM25
	TitleBonus float64 // for a title that has all words of the query
	Named      float64 // for a title that is the query, word for word
	Together   float64 // for words that stand side by side as in the query
	Exact      float64 // for words that stand there just as they were typed

	// Smoothing: each of the first Pool hits keeps Own of its score and takes the rest from the Near hits that are most
	// like it, so that what stands in good company comes up.
	Pool, Near int
	Own        float64

	Small float64 // what is left of a word such as "the" beside others: where it stands in a title, it tells equals apart

	// What is left of the score of a post, whose thread can be found itself, of a thread, of a word that is explained,
	// where another page says more, of a figure, a goal or an adoption, which are parts of pages, and of those who are
	// named, such as partners, places and events: their short pages say who or what there is, not what to do.
	Post, Thread, Term, Part, Who float64
	Aside                         float64 // of the score of such a word, where the query says more than its names

	Edition  float64 // what is left of the score of a page in another language, beside its original
	Overdue  float64 // what is left of the score of a page that should have been checked by now
	Evidence float64 // added for measured results
	Adopted  float64 // added for what others do too; half of it for the first place
	Here     float64 // added for the reader's place
	Oneself  float64 // added to the handbook's pages where people ask for themselves
	Caring   float64 // added to the handbook's pages for those who look after somebody, where they have all words
}

// Rank is the ranking in use.
var Rank = Ranking{
	Title: 1, Also: .9, Summary: 1, Body: 1, Heading: .3, Synonym: .7, Mistake: .5, Exact: .1, K1: 1.2, B: .75, TitleBonus: .5, Named: 2, Together: .2, Small: .1, Post: .5, Thread: .8, Term: .85, Part: .4, Who: .8, Aside: .6,
	Pool: 100, Near: 10, Own: .35, Edition: .8, Overdue: .7, Evidence: .03, Adopted: .05, Here: .1, Oneself: .25, Caring: 4,
}

// way is one way to say a word of the query: terms of the index, of which an entry has all, side by side where it was
// said so. written are its words as they stand in titles, where those count that are left out elsewhere, such as "the".
type way struct {
	terms   []string
	weight  float64
	beside  bool
	written []string
	slip    bool // it is not what was typed
}

// asked is one word of a query and the ways to say it.
type asked struct {
	ways  []way
	times float64 // in the query
	small bool    // it says nothing beside the others
}

// scored is an entry that matched.
type scored struct {
	doc   uint32
	score float64
	tie   uint32
}

// tally adds up what the words of a query make of each entry that may be seen.
type tally struct {
	*reading
	*sums
	rank     Ranking
	allowed  []bool               // by access code
	ofKind   []float64            // what is left of a score, by the code of the kind
	visible  int                  // entries that may be seen
	average  float64              // their length
	asked    float64              // the sum of the weights of the words that stand anywhere
	anywhere int                  // and how many they are
	steps    map[uint32][]float64 // how the score of each hit came about; nil unless it is to be explained
}

// sums are what a tally notes of each entry. They are used again, for they are as long as the index has entries; only
// what was touched is wiped.
type sums struct {
	tf, title   []float32 // of the word that is being weighed
	bm25, tfidf []float32
	covered     []float32 // of the query's weight, in the title
	words       []uint8   // of the query
	inTitle     []uint8
	met         []uint32 // the entries in which any of them stands
	noted       []uint32 // those in which the word stands that is being weighed
}

var spare = sync.Pool{New: func() any { return &sums{} }}

func (s *sums) grow(n uint32) {
	if len(s.tf) >= int(n) {
		return
	}
	for _, list := range []*[]float32{&s.tf, &s.title, &s.bm25, &s.tfidf, &s.covered} {
		*list = make([]float32, n)
	}
	s.words, s.inTitle = make([]uint8, n), make([]uint8, n)
}

// done gives the sums back, wiped.
func (t *tally) done() {
	s := t.sums
	t.wipe()
	for _, d := range s.met {
		s.bm25[d], s.tfidf[d], s.covered[d], s.words[d], s.inTitle[d] = 0, 0, 0, 0, 0
	}
	s.met = s.met[:0]
	spare.Put(s)
}

// wipe forgets the word that was gathered last.
func (s *sums) wipe() {
	for _, d := range s.noted {
		s.tf[d], s.title[d] = 0, 0
	}
	s.noted = s.noted[:0]
}

// tally begins to weigh, for somebody who holds some access keys.
func (r *reading) tally(keys []string, rank Ranking) *tally {
	t := &tally{reading: r, rank: rank, sums: spare.Get().(*sums), allowed: make([]bool, len(r.access))}
	t.grow(r.all)
	t.ofKind = t.kinds()
	for code, key := range r.access {
		t.allowed[code] = slices.Contains(keys, key)
	}
	words := 0
	for i := range r.parts {
		p := &r.parts[i]
		for code, group := range p.groups {
			if t.allowed[code] {
				t.visible += group.entries
				words += group.words
			}
		}
		if p.gone == nil {
			continue
		}
		for it := p.gone.Iterator(); it.HasNext(); {
			if e := it.Next(); t.allowed[p.access[e]] {
				t.visible--
				words -= int(p.length[e])
			}
		}
	}
	t.average = max(1, float64(words)/max(1, float64(t.visible)))
	return t
}

// gather notes the entries that may be seen in which a word stands, and how much of it in each, beside those noted before.
func (t *tally) gather(ways ...way) error {
	for _, w := range ways {
		err := t.where(w, func(p *part, e uint32, much, title float32) {
			if !t.allowed[p.access[e]] {
				return
			}
			d := p.first + e
			if t.tf[d] == 0 {
				t.noted = append(t.noted, d)
			}
			t.tf[d] += much
			t.title[d] = max(t.title[d], title)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// weigh weighs a word that was gathered. How rare it is, is counted among the entries that may be seen, so that what one
// may not see changes no order.
func (t *tally) weigh(a asked) error {
	if len(t.noted) == 0 {
		return nil
	}
	defer t.wipe()
	n, df := float64(t.visible), float64(len(t.noted))
	often := 1 + math.Log(a.times)
	idf := math.Log(1 + (n-df+.5)/(df+.5))
	plain := 1 + math.Log(n/(df+1))
	if a.small {
		for _, d := range t.noted {
			if t.words[d] > 0 {
				t.bm25[d] += float32(t.rank.Small * idf * often)
			}
		}
		return nil
	}
	t.anywhere++
	t.asked += idf * often
	for _, d := range t.noted {
		p, e := t.part(d)
		tf, length := float64(t.tf[d]), float64(p.length[e])
		t.bm25[d] += float32(often * idf * tf * (t.rank.K1 + 1) / (tf + t.rank.K1*(1-t.rank.B+t.rank.B*length/t.average)))
		t.tfidf[d] += float32(often * plain * plain * math.Sqrt(tf) / math.Sqrt(max(1, length)))
		if t.title[d] > 0 {
			t.covered[d] += t.title[d] * float32(idf*often)
		}
		if t.title[d] > half {
			t.inTitle[d]++
		}
		if t.words[d] == 0 {
			t.met = append(t.met, d)
		}
		t.words[d]++
	}
	return nil
}

// where calls f with the entries in which a way to say a word stands: how much it counts there, and in the title.
func (t *tally) where(w way, f func(p *part, e uint32, much, title float32)) error {
	switch {
	case w.beside || len(w.terms) == 0:
		return t.sideBySide(w, f)
	case len(w.terms) > 1:
		return t.allOf(w, f)
	}
	for _, field := range t.rank.fields() {
		much, named := float32(field.weight*w.weight), float32(field.named*w.weight)
		if err := t.each(field.name, w.terms[0], func(p *part, e uint32, times float32) { f(p, e, much*times, named) }); err != nil {
			return err
		}
	}
	return nil
}

// field is where words are looked for: how much one counts there, and how far it says what the entry is called.
type field struct {
	name          string
	weight, named float64
}

// half is how far another word for the same thing is the entry's name.
const half = .5

func (r Ranking) fields() []field {
	return []field{{fieldTitle, r.Title, 1}, {fieldAlso, r.Also, half}, {fieldSummary, r.Summary, 0}, {fieldBody, r.Body, 0}, {fieldHeadings, r.Heading, 0}}
}

// allOf calls f with the entries that have all terms, such as the pairs of signs of a Japanese word.
func (t *tally) allOf(w way, f func(p *part, e uint32, much, title float32)) error {
	type found struct {
		of          int // how many of the terms
		much, title float32
	}
	all := map[uint32]found{}
	for i, term := range w.terms {
		err := t.where(way{terms: []string{term}, weight: w.weight}, func(p *part, e uint32, much, title float32) {
			was := all[p.first+e]
			if was.of < i {
				return // it had not got one of those before
			}
			if was.of == i {
				was = found{i + 1, was.much, was.title}
			}
			all[p.first+e] = found{was.of, was.much + much/float32(len(w.terms)), max(was.title, title)}
		})
		if err != nil {
			return err
		}
	}
	for doc, has := range all {
		if has.of == len(w.terms) {
			p, e := t.part(doc)
			f(p, e, has.much, has.title)
		}
	}
	return nil
}

// scores makes one number of what was added up, the best first: both formulas, each as a share of its best, so that
// neither rules, and a bonus for titles.
func (t *tally) scores(may func(p *part, e uint32) bool) []scored {
	bestBM25, bestTfidf := 1e-9, 1e-9
	coord := func(d uint32) float64 { return math.Pow(float64(t.words[d])/float64(max(1, t.anywhere)), .25) }
	for _, d := range t.met {
		bestBM25 = max(bestBM25, float64(t.bm25[d]))
		bestTfidf = max(bestTfidf, float64(t.tfidf[d])*coord(d))
	}
	list := make([]scored, 0, len(t.met))
	for _, d := range t.met {
		p, e := t.part(d)
		if !may(p, e) {
			continue
		}
		s := float64(t.bm25[d])/bestBM25 + float64(t.tfidf[d])*coord(d)/bestTfidf
		s += t.rank.TitleBonus * float64(t.covered[d]) / max(1e-9, t.asked)
		list = append(list, scored{d, s, p.tie[e]})
	}
	return list
}

// standing is what an entry's own state leaves of its score: what is overdue sinks. The day is read with each query, for
// entries do not change when their time runs out.
func (t *tally) standing(doc uint32, today int32) float64 {
	p, e := t.part(doc)
	if by := p.checkBy[e]; by != 0 && by < today-1 {
		return t.rank.Overdue
	}
	return 1
}

// stays is what an entry's state and its kind leave of its score.
func (t *tally) stays(doc uint32, today int32) float64 {
	much := t.standing(doc, today)
	p, e := t.part(doc)
	if p.edition[e] != int32(Original) {
		much *= t.rank.Edition
	}
	for _, kind := range p.facets[0].of(e) {
		much *= t.left(doc, kind)
	}
	return much
}

// left is what an entry's kind leaves of its score. Who says more than the names of a word that is explained has a question,
// and a page answers that.
func (t *tally) left(doc uint32, kind uint32) float64 {
	if t.facets[0][kind] != "glossary" {
		return t.ofKind[kind]
	}
	named := min(1, float64(t.covered[doc])/max(1e-9, t.asked)/half)
	return t.rank.Term*named + t.rank.Aside*(1-named)
}

// kinds are what is left of a score for its entry's kind, by code.
func (t *tally) kinds() []float64 {
	left := make([]float64, len(t.facets[0]))
	for code, kind := range t.facets[0] {
		switch kind {
		case "post":
			left[code] = t.rank.Post
		case "thread":
			left[code] = t.rank.Thread
		case "glossary":
			left[code] = t.rank.Term
		case "figure", "goal", "adoption", "check":
			left[code] = t.rank.Part
		case "partner", "place", "programme", "group", "event":
			left[code] = t.rank.Who
		default:
			left[code] = 1
		}
	}
	return left
}

// extra is what an entry is given for what it is, beside what it says.
func (t *tally) extra(doc uint32, q Query) float64 {
	p, e := t.part(doc)
	both := float64(t.covered[doc]) / max(1e-9, t.asked) * min(1, float64(t.inTitle[doc])/max(1, float64(p.titled[e])))
	much := t.rank.Named * both * both * both * both
	if adopted := float64(p.adopted[e]); adopted > 0 {
		much += t.rank.Adopted * adopted / (adopted + 1)
	}
	if p.measured[e] > 0 {
		much += t.rank.Evidence
	}
	for i, field := range FacetFields {
		for _, code := range p.facets[i].of(e) {
			switch name := t.facets[i][code]; {
			case field == "place" && q.Here != "" && name == q.Here:
				much += t.rank.Here
			case field == "kind" && q.Caring && name == "handbook" && !t.of(doc, "audience", "professional"):
				much += t.caring(doc)
			case field == "kind" && q.Oneself && name == "handbook" && !t.of(doc, "audience", "professional"):
				much += t.rank.Oneself
			}
		}
	}
	return much
}

// of says whether an entry has a value in a facet.
func (t *tally) of(doc uint32, field, value string) bool {
	p, e := t.part(doc)
	i := slices.Index(FacetFields[:], field)
	return slices.ContainsFunc(p.facets[i].of(e), func(code uint32) bool { return t.facets[i][code] == value })
}

// caring is what a page of the handbook is given for those who look after somebody: the more of the words it has, the more.
func (t *tally) caring(doc uint32) float64 {
	share := float64(t.words[doc]) / float64(max(1, t.anywhere))
	return t.rank.Caring * share * share
}

// best keeps the n best hits, in order.
func best(list []scored, n int) []scored {
	if len(list) > 4*n {
		list = list[:above(list, n)]
	}
	byScore(list)
	return list[:min(len(list), n)]
}

// above brings the n best to the front, in no order, and says how many they are: n, and those that are as good as the last.
func above(list []scored, n int) int {
	scores := make([]float64, len(list))
	for i, s := range list {
		scores[i] = s.score
	}
	low, high := slices.Min(scores), slices.Max(scores)
	const steps = 4096
	var counts [steps + 1]int
	step := func(s float64) int { return int((s - low) / max(1e-12, high-low) * steps) }
	for _, s := range scores {
		counts[step(s)]++
	}
	floor, many := steps, 0
	for ; floor > 0; floor-- {
		if many += counts[floor]; many >= n {
			break
		}
	}
	kept := list[:0]
	for _, s := range list {
		if step(s.score) >= floor {
			kept = append(kept, s)
		}
	}
	return len(kept)
}

// byScore orders the best first.
func byScore(list []scored) {
	slices.SortFunc(list, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.tie, b.tie)) })
}

// smooth lets the first hits share what they know: each takes a part of its score from those of them it is most like.
func (t *tally) smooth(list []scored) error {
	pool := list[:min(len(list), t.rank.Pool)]
	if len(pool) <= t.rank.Near || t.rank.Own >= 1 {
		return nil
	}
	alike, err := t.alike(pool)
	if err != nil {
		return err
	}
	old := make([]float64, len(pool))
	for i := range pool {
		old[i] = pool[i].score
	}
	type near struct {
		i    int
		much float32
	}
	for i := range pool {
		var nearest []near // the most alike first
		for j, much := range alike[i] {
			if j == i || much <= 0 || len(nearest) == t.rank.Near && much <= nearest[t.rank.Near-1].much {
				continue
			}
			at, _ := slices.BinarySearchFunc(nearest, much, func(n near, m float32) int { return cmp.Compare(m, n.much) })
			nearest = slices.Insert(nearest, at, near{j, much})
			nearest = nearest[:min(len(nearest), t.rank.Near)]
		}
		sum, weights := 0.0, 0.0
		for _, n := range nearest {
			sum += float64(n.much) * old[n.i]
			weights += float64(n.much)
		}
		pool[i].score = t.rank.Own * old[i]
		if weights > 0 {
			pool[i].score += (1 - t.rank.Own) * sum / weights
		}
	}
	return nil
}

// alike says of each two hits of a pool how much they speak of the same: the cosine of their forward lists, in which a
// word counts the less the more of the pool say it.
func (t *tally) alike(pool []scored) ([][]float32, error) {
	type entry struct {
		i    int32
		much float32
	}
	says := map[uint32][]entry{}
	var words []uint32 // in the order of their coming: sums of fractions depend on it
	for i, s := range pool {
		list, err := t.forward(s.doc)
		if err != nil {
			return nil, err
		}
		for _, w := range list {
			if says[w.sum] == nil {
				words = append(words, w.sum)
			}
			says[w.sum] = append(says[w.sum], entry{int32(i), float32(1 + math.Log(float64(w.times)))})
		}
	}
	n := len(pool)
	cos := make([][]float32, n)
	flat := make([]float32, n*n)
	for i := range cos {
		cos[i] = flat[i*n : (i+1)*n]
	}
	for _, w := range words {
		list := says[w]
		rare := float32(math.Log(1 + float64(n)/float64(len(list))))
		rare *= rare
		for a, x := range list {
			for _, y := range list[a:] {
				much := x.much * y.much * rare
				cos[x.i][y.i] += much
				if x.i != y.i {
					cos[y.i][x.i] += much
				}
			}
		}
	}
	norm := make([]float32, n)
	for i := range cos {
		norm[i] = float32(math.Sqrt(float64(max(1e-9, cos[i][i]))))
	}
	for i := range cos {
		for j := range cos[i] {
			cos[i][j] /= norm[i] * norm[j]
		}
	}
	return cos, nil
}

// forward reads what an entry speaks of.
func (r *reading) forward(doc uint32) ([]told, error) {
	p, e := r.part(doc)
	var list []told
	err := p.segment.VisitStoredFields(uint64(e), func(field string, _ byte, value []byte, _ []uint64) bool {
		if field == fieldForward {
			list = decodeForward(value)
			return false
		}
		return true
	})
	return list, err
}

// sideBySide calls f with the entries in which the terms of a way stand side by side, or its written words in the title.
func (t *tally) sideBySide(w way, f func(p *part, e uint32, much, title float32)) error {
	for _, field := range t.rank.fields() {
		if field.name == fieldAlso || field.name == fieldHeadings {
			continue // they keep no places; the written words of a name are looked for below, and headings stand in the text
		}
		err := t.phrase(field.name, w.terms, func(p *part, e uint32) {
			f(p, e, float32(field.weight*w.weight), float32(field.named*w.weight))
		})
		if err != nil {
			return err
		}
	}
	return t.phrase(fieldTitleWords, w.written, func(p *part, e uint32) { f(p, e, float32(t.rank.Title*w.weight), float32(w.weight)) })
}

// phrase calls f with the entries in which some terms stand in a row, "" for any word between two of them.
func (t *tally) phrase(field string, terms []string, f func(p *part, e uint32)) error {
	if len(terms) == 0 {
		return nil
	}
	row := make([][]string, len(terms))
	for i, term := range terms {
		if term != "" {
			row[i] = []string{term}
		}
	}
	s, err := searcher.NewMultiPhraseSearcher(context.Background(), t.snapshot, row, 0, false, field, 1, search.SearcherOptions{})
	if err != nil {
		return err
	}
	defer s.Close()
	c := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(s.DocumentMatchPoolSize()+1, 0)}
	for {
		hit, err := s.Next(c)
		if err != nil || hit == nil {
			return err
		}
		f(t.part(uint32(hit.IndexInternalID.Value())))
		c.DocumentMatchPool.Put(hit)
	}
}
