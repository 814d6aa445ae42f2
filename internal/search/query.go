package search

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
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
	Exact   bool   // the words as they are typed, no typing mistakes mended
	Here    string // the reader's place, whose entries come a little earlier
	Oneself bool   // it is asked as people ask for themselves: pages for carers come a little earlier
	Caring  bool   // the one who asks looks after somebody: pages of the handbook come first
	Explain bool   // say of each hit why it is where it is
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
	// Answered says whether any of the hits says nearly all of the words, as a Watch asks for it; with one good word an entry
	// is only somewhere among the hits.
	Answered bool
	// Instead is the query that was answered in place of the one asked, which had typing mistakes; else "".
	Instead string
	// Meant is a query that was not answered, but may be what was meant; else "".
	Meant string
	// Meanwhile says that the database answered, by titles and summaries alone, because the index is being built.
	Meanwhile bool
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
	Passage                string   // its address at the best passage, where the page is long; else that of the page
	Section                Section  // the one in which the best passage stands; its title is "" for none
	Why                    []Reason // where it was asked for

	doc      uint32
	sections []string
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
	q = filtered(q)
	q.Page, q.PerPage = min(max(q.Page, 1), maxPage), min(max(q.PerPage, 1), maxPer)
	r := Result{Page: q.Page, PerPage: q.PerPage, Facets: map[string][]FacetCount{}}
	if len(q.Keys) == 0 {
		return r, nil
	}
	asked := r
	err := x.look(func(look *reading) error {
		t := look.tally(q.Keys, Rank)
		defer t.done()
		if q.Explain {
			t.steps = map[uint32][]float64{}
		}
		return x.answer(&r, q, t)
	})
	if errors.Is(err, ErrAway) {
		r = asked
		err = x.meanwhile(&r, q)
	}
	r.Took = time.Since(began)
	return r, err
}

// answer fills a result: what matches and may be seen, how it divides, and the page that was asked for.
func (x *Index) answer(r *Result, q Query, t *tally) error {
	words, all, err := x.weigh(q, t)
	if err != nil {
		return err
	}
	n := t.narrowing(q.Filters)
	if err := x.demand(t, words, n); err != nil {
		return err
	}
	if all {
		t.everything()
	}
	t.oneOfEach(n, all, easily(q.Text))
	list := t.scores(n.may)
	r.Total = uint64(len(list))
	r.Answered = all && r.Total > 0 || t.saysEnough(list, words)
	if q.Facets {
		r.Facets = t.count(n)
	}
	page, err := t.ordered(q, words, list)
	if err != nil {
		return err
	}
	best := 0.0
	if len(page) > 0 {
		best = page[0].score
	}
	for _, s := range page[min(len(page), (q.Page-1)*q.PerPage):min(len(page), q.Page*q.PerPage)] {
		hit, err := t.hit(s.doc)
		if err != nil {
			return err
		}
		hit.Score = share(s.score, best)
		r.Hits = append(r.Hits, hit)
	}
	if err := x.say(r, t, words); err != nil {
		return err
	}
	return x.describe(r, q, t, words)
}

// say says what was answered in place of what was asked, or what else could be asked.
func (x *Index) say(r *Result, t *tally, words []word) error {
	mended := func(w word) string { return w.also }
	if r.Total > 0 && slices.ContainsFunc(words, func(w word) bool { return w.also != "" }) {
		r.Instead = join(words, mended)
		return nil
	}
	offered := func(w word) string { return cmp.Or(w.meant, w.also) }
	if r.Total == 0 {
		for i := range words {
			if err := t.guess(&words[i]); err != nil {
				return err
			}
		}
	}
	if slices.ContainsFunc(words, func(w word) bool { return offered(w) != "" }) {
		r.Meant = join(words, offered)
	}
	return nil
}

// saysEnough says whether a hit has three quarters of a query's words.
func (t *tally) saysEnough(list []scored, words []word) bool {
	wanted := 0
	for i, w := range words {
		if !w.not && !w.empty() && !slices.ContainsFunc(words[:i], w.same) {
			wanted++
		}
	}
	return wanted > 0 && slices.ContainsFunc(list, func(s scored) bool { return 4*int(t.words[s.doc]) >= 3*wanted })
}

// weigh weighs the words of a query, and says whether there are none, so that everything is meant.
func (x *Index) weigh(q Query, t *tally) (words []word, all bool, err error) {
	if words, err = x.understand(q, t); err != nil {
		return nil, false, err
	}
	wanted := 0
	says := slices.ContainsFunc(words, func(w word) bool { return !w.not && len(w.ways[0].terms) > 0 })
	bySize := slices.Concat(whole(words, true), whole(words, false)) // small words last, for they add to others only
	for _, i := range bySize {
		w := words[i]
		if w.not {
			continue
		}
		wanted++
		if slices.ContainsFunc(words[:i], w.same) {
			words[i].ways = nil // it counts more where it is said first
			continue
		}
		a := asked{ways: w.ways, times: 1, small: says && len(w.ways[0].terms) == 0 && !w.phrase}
		for _, b := range words[i+1:] {
			if w.same(b) {
				a.times++
			}
		}
		if err := t.gather(a.ways...); err != nil {
			return nil, false, err
		}
		if err := t.weigh(a); err != nil {
			return nil, false, err
		}
	}
	return words, wanted == 0 && (len(words) > 0 || strings.TrimSpace(q.Text) == ""), nil
}

// whole lists the words that say something, or those that do not.
func whole(words []word, says bool) (at []int) {
	for i, w := range words {
		if (len(w.ways[0].terms) > 0) == says {
			at = append(at, i)
		}
	}
	return at
}

// understand takes a query apart into its words, each with the ways to say it: as it is typed, in one with its neighbour,
// as what was probably meant, and in other words that mean the same.
func (x *Index) understand(q Query, t *tally) ([]word, error) {
	words := split(q.Text)
	for i := range words {
		words[i].ways = ways(words[i])
	}
	if err := t.join(words); err != nil {
		return nil, err
	}
	means := x.means.Load()
	for i := range words {
		if w := &words[i]; !w.not && (means == nil || q.Exact || !means.knows(w.text)) {
			if err := t.mend(w, q.Exact); err != nil {
				return nil, err
			}
		}
	}
	if means != nil && !q.Exact {
		means.mean(words, q.Keys, t.rank.Synonym)
	}
	return words, nil
}

// word is one word of a query, or a phrase that stood in quotation marks.
type word struct {
	text   string
	phrase bool
	not    bool   // it must not be there
	also   string // what was probably meant, and is looked for as well
	meant  string // what may have been meant, and is only offered
	ways   []way
}

// same says whether two words of a query are one.
func (w word) same(b word) bool {
	return !w.not && !b.not && b.text == w.text && b.phrase == w.phrase
}

var quoted = regexp.MustCompile(`(-?)(?:"([^"]*)"|“([^”]*)”)|(\S+)`)

// split takes a query apart into words and phrases. A minus before one says that it must not be there.
func split(text string) []word {
	var ws []word
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		if m[4] != "" {
			not := len(m[4]) > 1 && m[4][0] == '-' && kindOf([]rune(m[4][1:])[0]) != other && m[4][1] != '-'
			if w := strings.TrimFunc(m[4], func(r rune) bool { return kindOf(r) == other || r == '-' }); w != "" {
				for _, run := range wordsOf(w) {
					ws = append(ws, word{text: run, not: not})
				}
			}
		} else if said := strings.TrimSpace(m[2] + m[3]); said != "" {
			ws = append(ws, word{text: phraseOf(said), phrase: true, not: m[1] != ""})
		}
		if len(ws) >= maxWords {
			break
		}
	}
	return ws
}

// Narrowed takes words such as place:leeds out of what somebody typed, and says what is left and by what they narrow. A
// name that is none stays a word.
func Narrowed(text string) (rest string, filters map[string][]string) {
	var words []string
	for _, m := range quoted.FindAllString(text, -1) {
		name, value, found := strings.Cut(strings.ToLower(m), ":")
		if !found || value == "" || !slices.Contains(FacetFields[:], name) {
			words = append(words, m)
			continue
		}
		if filters == nil {
			filters = map[string][]string{}
		}
		if !slices.Contains(filters[name], value) {
			filters[name] = append(filters[name], value)
		}
	}
	return strings.Join(words, " "), filters
}

// filtered makes filters of the words that narrow.
func filtered(q Query) Query {
	rest, said := Narrowed(q.Text)
	q.Text = rest
	if len(said) == 0 {
		return q
	}
	filters := make(map[string][]string, len(q.Filters)+len(said))
	maps.Copy(filters, q.Filters)
	for name, values := range said {
		filters[name] = append(slices.Clone(filters[name]), values...)
	}
	q.Filters = filters
	return q
}

// join writes a query again, with what was meant in the place of what was typed.
func join(ws []word, meant func(word) string) string {
	parts := make([]string, len(ws))
	for i, w := range ws {
		switch {
		case w.phrase:
			parts[i] = `"` + w.text + `"`
		case meant(w) != "":
			parts[i] = meant(w)
		default:
			parts[i] = w.text
		}
		if w.not {
			parts[i] = "-" + parts[i]
		}
	}
	return strings.Join(parts, " ")
}

// cut keeps the first n characters. Bytes come first: what is asked may be as long as somebody likes.
func cut(s string, n int) string {
	r := []rune(strings.ToValidUTF8(s[:min(len(s), utf8.UTFMax*n)], " "))
	return string(r[:min(n, len(r))])
}

// share is a score beside the best one.
func share(score, best float64) float64 {
	if best <= 0 {
		return 0
	}
	return math.Round(score/best*1e4) / 1e4
}

// ways are the ways to say a word or a phrase just as it was typed.
func ways(w word) []way {
	typed := way{terms: terms(said, w.text), weight: 1, beside: w.phrase}
	if w.phrase || len(typed.terms) == 0 {
		typed.written = terms(spelt, w.text)
	}
	if whole := strings.ReplaceAll(w.text, "-", ""); !w.phrase && whole != w.text && whole != "" {
		joined := way{terms: terms(said, whole), weight: 1}
		if len(terms(spelt, w.text)) > len(typed.terms) {
			return []way{joined} // of "well-being" only "well" would be left
		}
		return []way{typed, joined}
	}
	return []way{typed}
}

// join gives neighbours that are one word elsewhere that way to say them as well: "well being", "co production".
func (t *tally) join(words []word) error {
	for i := 1; i < len(words); i++ {
		a, b := &words[i-1], &words[i]
		if a.phrase || b.phrase || a.not || b.not || !plainWord(a.text) || !plainWord(b.text) {
			continue
		}
		whole := way{terms: terms(said, a.text+b.text), weight: 1}
		if len(whole.terms) != 1 {
			continue
		}
		there, err := t.seen([]way{whole}, 1)
		if err != nil {
			return err
		}
		for _, w := range []*word{a, b} {
			if there > 0 && len(w.ways[0].terms) > 0 {
				w.ways = append(w.ways, whole)
			}
		}
	}
	return nil
}

// terms are the words of a text as a field has them, "" where it has none between two of them.
func terms(a analysis.Analyzer, text string) []string {
	var list []string
	at := 0
	for _, token := range a.Analyze([]byte(text)) {
		for ; at > 0 && at < token.Position-1; at++ {
			list = append(list, "")
		}
		list, at = append(list, string(token.Term)), token.Position
	}
	return list
}

// narrowing is what leaves hits out besides what they say.
type narrowing struct {
	t       *tally
	filters [len(FacetFields)][]bool // the codes that will do; none for all of them
	must    [][]bool                 // phrases, by entry of the reading
	not     []bool
}

func (t *tally) narrowing(filters map[string][]string) *narrowing {
	n := &narrowing{t: t}
	for i, field := range FacetFields {
		values := filters[field]
		if len(values) == 0 {
			continue
		}
		n.filters[i] = make([]bool, len(t.facets[i])+1)
		for code, name := range t.facets[i] {
			n.filters[i][code] = slices.Contains(values[:min(len(values), maxPer)], name)
		}
	}
	return n
}

// says says whether an entry passes the phrases and the words that must not be there.
func (n *narrowing) says(doc uint32) bool {
	if n.not != nil && n.not[doc] {
		return false
	}
	for _, m := range n.must {
		if !m[doc] {
			return false
		}
	}
	return true
}

// fails counts the filters that an entry does not pass, and names the last of them.
func (n *narrowing) fails(p *part, e uint32) (many, last int) {
	for i, good := range n.filters {
		if good != nil && !slices.ContainsFunc(p.facets[i].of(e), func(code uint32) bool { return good[code] }) {
			many, last = many+1, i
		}
	}
	return many, last
}

func (n *narrowing) may(p *part, e uint32) bool {
	if !n.says(p.first + e) {
		return false
	}
	many, _ := n.fails(p, e)
	return many == 0
}

// demand marks the entries that have the phrases of a query, and those that have the words it excludes.
func (x *Index) demand(t *tally, words []word, n *narrowing) error {
	for _, w := range words {
		if !w.phrase && !w.not {
			continue
		}
		ways := w.ways
		if len(ways) == 0 || len(ways[0].terms) == 0 {
			continue // said before, or only words that are never indexed
		}
		marked := make([]bool, t.all)
		if err := t.gather(ways...); err != nil {
			return err
		}
		for _, d := range t.noted {
			marked[d] = true
		}
		t.wipe()
		switch {
		case !w.not:
			n.must = append(n.must, marked)
		case n.not == nil:
			n.not = marked
		default:
			for d, m := range marked {
				n.not[d] = n.not[d] || m
			}
		}
	}
	return nil
}

// everything is a hit where no words are asked for.
func (t *tally) everything() {
	for i := range t.parts {
		p := &t.parts[i]
		for e, code := range p.access {
			if t.allowed[code] && (p.gone == nil || !p.gone.Contains(uint32(e))) {
				t.met = append(t.met, p.first+uint32(e))
			}
		}
	}
}

// count counts how the hits divide. A field that the query narrows is counted as if it did not, so that one sees what
// another choice would bring.
func (t *tally) count(n *narrowing) map[string][]FacetCount {
	var counts [len(FacetFields)][]int
	for i := range FacetFields {
		counts[i] = make([]int, len(t.facets[i]))
	}
	for _, d := range t.met {
		if !n.says(d) {
			continue
		}
		p, e := t.part(d)
		many, last := n.fails(p, e)
		for i := range FacetFields {
			if many == 0 || many == 1 && last == i {
				for _, code := range p.facets[i].of(e) {
					counts[i][code]++
				}
			}
		}
	}
	facets := map[string][]FacetCount{}
	for i, field := range FacetFields {
		named := map[string]int{}
		for code, many := range counts[i] {
			if many > 0 {
				named[t.facets[i][code]] = many
			}
		}
		if list := counted(named); len(list) > 0 {
			facets[field] = list
		}
	}
	return facets
}

// counted lists the values of a facet, the commonest first.
func counted(named map[string]int) []FacetCount {
	var list []FacetCount
	for value, many := range named {
		list = append(list, FacetCount{value, many})
	}
	slices.SortFunc(list, func(a, b FacetCount) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value)) })
	return list[:min(len(list), maxPer)]
}

// ordered brings the hits up to the end of the page that was asked for into their order.
func (t *tally) ordered(q Query, words []word, list []scored) ([]scored, error) {
	upTo := q.Page * q.PerPage
	switch {
	case q.Sort == "newest" || q.Sort == "" && len(words) == 0:
		return t.byDay(list, func(p *part, e uint32) int32 { return p.published[e] }), nil
	case q.Sort == "reviewed":
		return t.byDay(list, func(p *part, e uint32) int32 { return p.reviewed[e] }), nil
	}
	today := days(time.Now())
	for i := range list {
		list[i].score *= t.stays(list[i].doc, today)
	}
	list = best(list, max(upTo, t.rank.Pool))
	pool := list[:min(len(list), t.rank.Pool)]
	for i := range pool {
		pool[i].score /= t.stays(pool[i].doc, today)
	}
	t.note(pool)
	if err := t.smooth(pool); err != nil {
		return nil, err
	}
	t.note(pool)
	stands := t.standsIn(pool)
	if err := stands.exactly(pool, words); err != nil {
		return nil, err
	}
	if err := stands.sideBySide(pool, words); err != nil {
		return nil, err
	}
	for i := range pool {
		pool[i].score = (pool[i].score + t.extra(pool[i].doc, q)) * t.stays(pool[i].doc, today)
	}
	byScore(pool)
	return list, nil
}

func (t *tally) byDay(list []scored, day func(p *part, e uint32) int32) []scored {
	of := func(s scored) int32 { p, e := t.part(s.doc); return day(p, e) }
	slices.SortFunc(list, func(a, b scored) int {
		return cmp.Or(cmp.Compare(of(b), of(a)), cmp.Compare(b.score, a.score), cmp.Compare(a.tie, b.tie))
	})
	return list
}

// hit reads what is shown of an entry.
func (t *tally) hit(doc uint32) (Hit, error) {
	id, fields, err := t.stored(doc)
	if err != nil {
		return Hit{}, err
	}
	text := func(f string) string { return strings.Join(fields[f], "") }
	p, e := t.part(doc)
	hit := Hit{
		ID: id, Title: text(fieldTitle), Summary: text(fieldSummary), URL: text("url"), Organisation: text("organisation_name"),
		Published: fromDays(p.published[e]), Reviewed: fromDays(p.reviewed[e]), doc: doc, sections: fields[fieldSections],
	}
	for i, field := range FacetFields {
		for _, code := range p.facets[i].of(e) {
			name := t.facets[i][code]
			switch field {
			case "kind":
				hit.Kind = name
			case "place":
				hit.Places = append(hit.Places, name)
			case "evidence":
				hit.Evidence = name
			}
		}
	}
	return hit, nil
}
