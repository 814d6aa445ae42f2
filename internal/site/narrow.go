package site

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"commonplace/internal/search"

	"github.com/pocketbase/pocketbase/core"
)

// carerDoor is what a search says that comes from the pages for those who look after somebody.
const carerDoor = "carer"

// ofOneself says whether somebody asks as people ask for themselves. Those who support carers in their job write what it is
// called instead.
func ofOneself(text string) bool {
	return slices.ContainsFunc(strings.Fields(strings.ToLower(text)), func(word string) bool {
		word, _, _ = strings.Cut(strings.ReplaceAll(word, "’", "'"), "'") // I'm, mum's
		return slices.Contains(ownWords, strings.Trim(word, `?!.,;:()"“”`))
	})
}

var ownWords = strings.Fields("i my me myself mum mam dad husband wife gran nan")

// searchState are the parameters of a search besides its words and its page.
var searchState = append(slices.Clone(searchParams), "sort", "in", "door")

// canonical is an address of the search with the words that narrow made into parameters, each value once. Links lead on
// from it, so that whatever was chosen can be taken out again.
func canonical(typed url.Values) url.Values {
	rest, said := search.Narrowed(typed.Get("q"))
	q := url.Values{}
	for name, values := range typed {
		for _, v := range values {
			if name == "q" {
				v = strings.Join(strings.Fields(v), " ") // it stands in every link of the page
			}
			if v != "" && !slices.Contains(q[name], v) && (len(q[name]) == 0 || slices.Contains(searchParams, name)) {
				q[name] = append(q[name], v)
			}
		}
	}
	if len(said) == 0 {
		return q
	}
	q.Del("q")
	if rest != "" {
		q.Set("q", rest)
	}
	for name, values := range said {
		for _, v := range values {
			if !slices.Contains(q[name], v) {
				q[name] = append(q[name], v)
			}
		}
	}
	return q
}

func narrowed(q url.Values) bool {
	return slices.ContainsFunc(searchParams, func(name string) bool { return q.Get(name) != "" })
}

// on is a query with one value set, on the same page of results.
func on(q url.Values, name, value string) string {
	next := url.Values{}
	for k, vs := range q {
		next[k] = vs
	}
	next.Set(name, value)
	return "?" + next.Encode()
}

func turned(q url.Values, page int) string {
	next := url.Values{}
	for k, vs := range q {
		if k != "why" {
			next[k] = vs
		}
	}
	next.Set("page", strconv.Itoa(page))
	return "?" + next.Encode()
}

// toggled is a query with a value chosen beside the others of its field, or taken out where it was chosen.
func toggled(q url.Values, name, value string) string {
	next := url.Values{}
	for k, vs := range q {
		if k != "page" && k != "why" {
			next[k] = vs
		}
	}
	if was := q[name]; slices.Contains(was, value) {
		next[name] = slices.DeleteFunc(slices.Clone(was), func(v string) bool { return v == value })
	} else {
		next[name] = append(slices.Clone(was), value)
	}
	if len(next) == 0 {
		return ""
	}
	return "?" + next.Encode()
}

// without is a query without some of its parameters.
func without(q url.Values, names ...string) url.Values {
	next := url.Values{}
	for k, vs := range q {
		if k != "page" && k != "why" && !slices.Contains(names, k) {
			next[k] = vs
		}
	}
	return next
}

func searchFor(q url.Values) string {
	if len(q) == 0 {
		return "/search"
	}
	return "/search?" + q.Encode()
}

// keep says what the form of the search carries along, and what is chosen, whether anything has it or not.
func (v *searchView) keep(q url.Values) {
	for _, name := range searchState {
		for _, value := range q[name] {
			if !strings.Contains(strings.ToLower(v.Query), name+":"+value) { // it stands in the box
				v.Kept = append(v.Kept, hiddenField{name, value})
			}
		}
	}
}

// shownFacets is how many values of a facet are offered at once; more are offered behind them.
const shownFacets = 8

// divide offers the values by which the hits can be narrowed, those that are chosen first.
func (v *searchView) divide(r search.Result, q url.Values, n *facetNames) {
	for _, name := range searchParams {
		f := facetView{Name: name, Title: n.facets[name]}
		count := map[string]int{}
		for _, c := range r.Facets[name] {
			count[c.Value] = c.Count
		}
		offer := func(value string, chosen bool) {
			f.Values = append(f.Values, facetValue{Title: n.word(name, value), URL: "/search" + toggled(q, name, value), Count: count[value], Chosen: chosen})
		}
		for _, value := range q[name] {
			offer(value, true)
			v.Chosen = append(v.Chosen, Link{n.word(name, value), "/search" + toggled(q, name, value)})
		}
		counts := r.Facets[name]
		if name == "kind" {
			counts = inKindOrder(counts)
		}
		for _, c := range counts {
			if !slices.Contains(q[name], c.Value) {
				offer(c.Value, false)
			}
		}
		if shown := max(shownFacets, len(q[name])); len(f.Values) > shown+1 {
			f.Values, f.More = f.Values[:shown], f.Values[shown:]
		}
		if len(f.Values) > 1 || len(f.Values) == 1 && f.Values[0].Chosen {
			v.Facets = append(v.Facets, f)
		}
	}
	if len(v.Chosen) > 1 {
		v.Clear = searchFor(without(q, searchParams...))
	}
}

// kindOrder are the kinds that are most looked for, so that they stand in one place whatever else there is more of.
var kindOrder = []string{"handbook", "case-study", "guidance", "action-plan", "thread", "partner", "glossary", "template"}

func inKindOrder(counts []search.FacetCount) []search.FacetCount {
	rank := func(c search.FacetCount) int {
		if i := slices.Index(kindOrder, c.Value); i >= 0 {
			return i
		}
		return len(kindOrder)
	}
	counts = slices.Clone(counts)
	slices.SortStableFunc(counts, func(a, b search.FacetCount) int { return rank(a) - rank(b) })
	return counts
}

// lenses says what comes earlier because of who asks, and how to change that.
func (v *searchView) lenses(s *Site, q url.Values, n *facetNames) {
	if q.Get("sort") != "" {
		return
	}
	if q.Get("door") == carerDoor {
		v.Lenses = append(v.Lenses, Link{s.say("search-carer"), searchFor(without(q, "door"))})
	} else if len(q["kind"]) == 0 {
		v.Lenses = append(v.Lenses, Link{s.say("search-all"), "/search" + with(q, "door", carerDoor)})
	}
	if title := n.placeTitles[q.Get("in")]; title != "" {
		v.Lenses = append(v.Lenses, Link{s.say("search-in", title), searchFor(without(q, "in"))})
	}
}

// mostBrowsed is how many topics and places a search offers that found nothing.
const mostBrowsed = 12

// helpOn helps where nothing was asked or found: searches that ask for less, and what there is.
func (s *Site) helpOn(e *core.RequestEvent, v *searchView, q url.Values, n *facetNames) error {
	v.Discuss = "/discussions"
	if viewer(e).SignedIn() {
		v.Discuss = "/discussions/new"
	}
	if v.Asked {
		for _, l := range looser(s, q) {
			r, err := s.ask(viewer(e), l.query, 1)
			if err != nil {
				return err
			}
			if r.Total > 0 {
				v.Looser = append(v.Looser, looserLink{Link{l.says, searchFor(l.query)}, int(r.Total)})
			}
		}
	}
	all, err := s.ask(viewer(e), url.Values{}, 1)
	if err != nil {
		return err
	}
	for name, into := range map[string]*[]Link{"topic": &v.Topics, "place": &v.Places} {
		for _, c := range all.Facets[name][:min(len(all.Facets[name]), mostBrowsed)] {
			*into = append(*into, Link{n.word(name, c.Value), "/search?" + url.Values{name: {c.Value}}.Encode()})
		}
	}
	return nil
}

type looserQuery struct {
	says  string
	query url.Values
}

// looser are searches that ask for less than one that found nothing.
func looser(s *Site, q url.Values) (list []looserQuery) {
	if narrowed(q) && q.Get("q") != "" {
		list = append(list, looserQuery{s.say("look-everywhere"), without(q, searchParams...)})
	}
	text := q.Get("q")
	plain := strings.NewReplacer(`"`, " ", "“", " ", "”", " ").Replace(text)
	if plain = strings.Join(strings.Fields(plain), " "); plain != text && plain != "" {
		next := without(q, "q")
		next.Set("q", plain)
		list = append(list, looserQuery{s.say("look-unquoted"), next})
	}
	var kept []string
	for w := range strings.FieldsSeq(text) {
		if !strings.HasPrefix(w, "-") {
			kept = append(kept, w)
		}
	}
	if all := strings.Join(kept, " "); len(kept) > 0 && all != strings.Join(strings.Fields(text), " ") {
		next := without(q, "q")
		next.Set("q", all)
		list = append(list, looserQuery{s.say("look-whole"), next})
	}
	return list
}

// word is what a page calls a value of a facet.
func (n *facetNames) word(facet, value string) string {
	names := map[string]map[string]string{
		"kind": n.kinds, "place": n.placeTitles, "topic": n.topics, "programme": n.programmes, "organisation": n.organisations,
		"evidence": n.evidence, "audience": n.audiences,
	}[facet]
	if w := names[value]; w != "" {
		return w
	}
	return upperFirst(strings.ReplaceAll(value, "-", " "))
}
