package search

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"
)

// nearEnough is how much of what two entries say is the same, and how well one answers the other's title: below it nothing is
// offered as more of the same.
const nearEnough = .3

// More finds what else there is like an entry, among what the keys open: at most n, the most alike first. It asks with the
// entry's title and summary and compares what the answers speak of with what the entry does, from their forward lists.
func (x *Index) More(id string, keys []string, n int) ([]Likeness, error) {
	if len(keys) == 0 || n <= 0 {
		return nil, nil
	}
	var more []Likeness
	err := x.look(func(r *reading) error {
		own, known := uint32(0), false
		if err := r.each("_id", id, func(p *part, e uint32, _ float32) { own, known = p.first+e, true }); err != nil || !known {
			return err
		}
		t := r.tally(keys, Rank)
		defer t.done()
		if p, e := t.part(own); !t.allowed[p.access[e]] {
			return nil
		}
		list, err := x.candidates(t, own)
		if err == nil {
			more, err = x.offered(t, own, list, n, keys)
		}
		return err
	})
	if errors.Is(err, ErrAway) {
		return nil, nil // nothing is offered as long as nobody knows
	}
	return more, err
}

// candidates are the entries that best answer another's title and summary, in what they share with it, the best first.
func (x *Index) candidates(t *tally, own uint32) ([]scored, error) {
	_, fields, err := t.stored(own)
	if err != nil {
		return nil, err
	}
	times := map[string]float64{}
	var order []string
	for _, field := range []string{fieldTitle, fieldSummary} {
		for _, term := range terms(prose, strings.Join(fields[field], " ")) {
			if term == "" {
				continue
			}
			if times[term] == 0 {
				order = append(order, term)
			}
			times[term]++
		}
	}
	for _, term := range order[:min(len(order), maxWords)] {
		w := way{terms: []string{term}, weight: 1}
		if err := t.gather(w); err != nil {
			return nil, err
		}
		if err := t.weigh(asked{ways: []way{w}, times: times[term]}); err != nil {
			return nil, err
		}
	}
	offered := make([]bool, len(t.facets[0]))
	for code, kind := range t.facets[0] {
		offered[code] = slices.Contains(similarKinds, kind)
	}
	if p, e := t.part(own); t.isThread(p, e) { // its posts have its title
		for code, kind := range t.facets[0] {
			offered[code] = offered[code] && kind != "post"
		}
	}
	mine, at := t.part(own)
	list := best(t.scores(func(p *part, e uint32) bool {
		kinds := p.facets[0].of(e)
		if Edition(p.edition[e]).easy() || p.page[e] != 0 && p.page[e] == mine.page[at] {
			return false
		}
		return p.first+e != own && len(kinds) > 0 && offered[kinds[0]]
	}), t.rank.Pool)
	return list, t.compare(own, list)
}

func (t *tally) isThread(p *part, e uint32) bool {
	kinds := p.facets[0].of(e)
	return len(kinds) > 0 && t.facets[0][kinds[0]] == "thread"
}

// compare makes of each score half of how well it answers and half of how much it speaks of the same, 0 to 1.
func (t *tally) compare(own uint32, list []scored) error {
	if len(list) == 0 {
		return nil
	}
	all := append([]scored{{doc: own}}, list...)
	lists := make([][]told, len(all))
	says := map[uint32]int{}
	for i, s := range all {
		var err error
		if lists[i], err = t.forward(s.doc); err != nil {
			return err
		}
		for _, w := range lists[i] {
			says[w.sum]++
		}
	}
	much := func(w told) float64 {
		rare := math.Log(1 + float64(len(all))/float64(says[w.sum]))
		return (1 + math.Log(float64(max(1, w.times)))) * rare
	}
	mine, norm := map[uint32]float64{}, 0.0
	for _, w := range lists[0] {
		mine[w.sum] = much(w)
		norm += mine[w.sum] * mine[w.sum]
	}
	top := list[0].score
	for i := range list {
		both, theirs := 0.0, 0.0
		for _, w := range lists[i+1] {
			m := much(w)
			both += m * mine[w.sum]
			theirs += m * m
		}
		list[i].score = .5*list[i].score/max(1e-9, top) + .5*both/math.Sqrt(max(1e-9, norm*theirs))
	}
	slices.SortFunc(list, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.tie, b.tie)) })
	return nil
}

// offered reads what is shown of the first n that are worth it and still open; a post stands for its thread.
func (x *Index) offered(t *tally, own uint32, list []scored, n int, keys []string) ([]Likeness, error) {
	self, err := t.hit(own)
	if err != nil {
		return nil, err
	}
	page := func(url string) string { p, _, _ := strings.Cut(url, "#"); return p }
	seen := map[string]bool{page(self.URL): true}
	var found []Likeness
	var ids []string
	for _, s := range list {
		if s.score < nearEnough || len(found) == 2*n {
			break
		}
		hit, err := t.hit(s.doc)
		if err != nil {
			return nil, err
		}
		if seen[page(hit.URL)] {
			continue
		}
		seen[page(hit.URL)] = true
		l := Likeness{ID: hit.ID, Kind: hit.Kind, Title: hit.Title, URL: page(hit.URL), Summary: hit.Summary, Organisation: hit.Organisation, Score: s.score}
		if l.Kind == "post" {
			l.Kind = "thread"
		}
		found, ids = append(found, l), append(ids, hit.ID)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	texts, err := x.lent(ids)
	found = slices.DeleteFunc(found, func(l Likeness) bool { return !slices.Contains(keys, texts[l.ID].Access) })
	return found[:min(n, len(found))], err
}
