package search

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// columns are what a query has to know of every entry besides its words, for one segment of the index: in memory, because
// facets and visibility ask it of each entry that matched. A segment never changes, so a change costs only what is new.
type columns struct {
	access    []uint32 // codes of the access keys
	facets    [len(FacetFields)]lists
	published []int32 // days from 1970, as the two below; 0 for none
	reviewed  []int32
	checkBy   []int32
	length    []int32  // words
	titled    []int32  // words of the title, each once
	adopted   []int32  // how many places do the same
	measured  []int32  // 1 for measured results
	edition   []int32  // 0 for originals
	editions  bool     // there are others
	page      []uint32 // a sum of what all editions of a page in one language have in common
	tie       []uint32 // a sum of the id: what is equal in all else stands in this order
	groups    map[uint32]group
}

// group is how many entries of a segment have the same access key, and their words.
type group struct{ entries, words int }

// lists are short lists of codes, one for each entry: those of entry i are at[from[i]:from[i+1]].
type lists struct{ from, at []uint32 }

func (l lists) of(i uint32) []uint32 { return l.at[l.from[i]:l.from[i+1]] }

// codes number the values of a field in the order of their arrival.
type codes struct {
	of    map[string]uint32
	names []string
}

func (c *codes) code(name string) uint32 {
	if n, ok := c.of[name]; ok {
		return n
	}
	if c.of == nil {
		c.of = map[string]uint32{}
	}
	n := uint32(len(c.names))
	c.of[name], c.names = n, append(c.names, name)
	return n
}

// columnStore keeps the columns of the segments that are in use.
type columnStore struct {
	mu     sync.Mutex
	parts  map[uint64]*columns
	access codes
	facets [len(FacetFields)]codes
}

// reading is one look at the index: all of it as it was at one moment, whatever is written meanwhile.
type reading struct {
	of       *held
	snapshot *scorch.IndexSnapshot
	parts    []part
	all      uint32 // entries, those among them that are gone included
	access   []string
	facets   [len(FacetFields)][]string
}

// part is a segment and its place in the numbering of a reading.
type part struct {
	*columns
	segment segment.Segment
	gone    *roaring.Bitmap
	first   uint32
	size    uint32
}

// read begins a reading; close ends it.
func (h *held) read() (*reading, error) {
	snapshot, err := h.snapshot()
	if err != nil {
		return nil, err
	}
	r := &reading{of: h, snapshot: snapshot}
	if err := h.columns.lend(r); err != nil {
		snapshot.Close()
		return nil, err
	}
	return r, nil
}

func (h *held) snapshot() (*scorch.IndexSnapshot, error) {
	inner, err := h.Advanced()
	if err != nil {
		return nil, err
	}
	reader, err := inner.Reader()
	if err != nil {
		return nil, err
	}
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		reader.Close()
		return nil, fmt.Errorf("search: an index of type %T", reader)
	}
	return snapshot, nil
}

func (r *reading) close() { r.snapshot.Close() }

// lend gives a reading the columns of its segments; those of segments that are no longer used are forgotten.
func (s *columnStore) lend(r *reading) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	used := make(map[uint64]*columns, len(r.snapshot.Segments()))
	for _, seg := range r.snapshot.Segments() {
		c := s.parts[seg.Id()]
		if c == nil {
			var err error
			if c, err = s.load(seg.Segment()); err != nil {
				return err
			}
		}
		used[seg.Id()] = c
		size := uint32(seg.Segment().Count())
		r.parts = append(r.parts, part{columns: c, segment: seg.Segment(), gone: seg.Deleted(), first: r.all, size: size})
		r.all += size
	}
	s.parts = used
	r.access = s.access.names
	for i := range FacetFields {
		r.facets[i] = s.facets[i].names
	}
	return nil
}

// load reads the columns of a segment from its postings: each value and the entries that have it.
func (s *columnStore) load(seg segment.Segment) (*columns, error) {
	n := int(seg.Count())
	c := &columns{access: make([]uint32, n)}
	err := eachValue(seg, fieldAccess, func(value string, entry uint32) { c.access[entry] = s.access.code(value) })
	if err != nil {
		return nil, err
	}
	for i, field := range FacetFields {
		var pairs []valued
		err := eachValue(seg, field, func(value string, entry uint32) { pairs = append(pairs, valued{entry, s.facets[i].code(value)}) })
		if err != nil {
			return nil, err
		}
		c.facets[i] = listed(pairs, n)
	}
	for field, column := range map[string]*[]int32{
		fieldDate: &c.published, fieldReview: &c.reviewed, fieldCheck: &c.checkBy, fieldLength: &c.length,
		fieldTitled: &c.titled, fieldAdopted: &c.adopted, fieldMeasured: &c.measured, fieldEdition: &c.edition,
	} {
		*column = make([]int32, n)
		err := eachValue(seg, field, func(value string, entry uint32) {
			number, _ := strconv.Atoi(value)
			(*column)[entry] = int32(number)
		})
		if err != nil {
			return nil, err
		}
	}
	c.editions = slices.ContainsFunc(c.edition, func(e int32) bool { return e != 0 })
	c.page = make([]uint32, n)
	if err := eachValue(seg, fieldPage, func(page string, entry uint32) { c.page[entry] = sum(page) }); err != nil {
		return nil, err
	}
	c.tie = make([]uint32, n)
	if err := eachValue(seg, "_id", func(id string, entry uint32) { c.tie[entry] = sum(id) }); err != nil {
		return nil, err
	}
	c.groups = map[uint32]group{}
	for e, code := range c.access {
		g := c.groups[code]
		c.groups[code] = group{g.entries + 1, g.words + int(c.length[e])}
	}
	return c, nil
}

type valued struct{ entry, code uint32 }

func listed(pairs []valued, n int) lists {
	slices.SortStableFunc(pairs, func(a, b valued) int { return int(a.entry) - int(b.entry) })
	l := lists{from: make([]uint32, n+1), at: make([]uint32, len(pairs))}
	for i, p := range pairs {
		l.from[p.entry+1]++
		l.at[i] = p.code
	}
	for i := range n {
		l.from[i+1] += l.from[i]
	}
	return l
}

// eachValue calls f with every value of a field that is a word, and each entry of the segment that has it.
func eachValue(seg segment.Segment, field string, f func(value string, entry uint32)) error {
	dict, err := seg.Dictionary(field)
	if err != nil {
		return err
	}
	values := dict.AutomatonIterator(nil, nil, nil)
	var list segment.PostingsList
	var it segment.PostingsIterator
	for {
		value, err := values.Next()
		if err != nil || value == nil {
			return err
		}
		if list, err = dict.PostingsList([]byte(value.Term), nil, list); err != nil {
			return err
		}
		it = list.Iterator(false, false, false, it)
		for {
			p, err := it.Next()
			if err != nil {
				return err
			}
			if p == nil {
				break
			}
			f(value.Term, uint32(p.Number()))
		}
	}
}

// part says in which segment an entry of the reading stands, and its number there.
func (r *reading) part(doc uint32) (*part, uint32) {
	i, found := slices.BinarySearchFunc(r.parts, doc, func(p part, d uint32) int { return int(p.first) - int(d) })
	if !found {
		i--
	}
	for r.parts[i].size == 0 { // an empty segment begins where the next one does
		i++
	}
	return &r.parts[i], doc - r.parts[i].first
}

// each calls f with every entry that has a term in a field, and how often; times is 1 where that was not counted.
func (r *reading) each(field, term string, f func(p *part, entry uint32, times float32)) error {
	return r.until(field, term, func(p *part, entry uint32, times float32) bool { f(p, entry, times); return true })
}

// until is each that ends when f says false.
func (r *reading) until(field, term string, f func(p *part, entry uint32, times float32) bool) error {
	counted := field != fieldTitleWords && field != "_id"
	return r.postings(field, term, postingsOf{times: counted}, func(p *part, hit segment.Posting) bool {
		return f(p, uint32(hit.Number()), max(1, float32(hit.Frequency())))
	})
}

// postingsOf is what is read of a term besides where it stands: how often, and in which places.
type postingsOf struct{ times, places bool }

// postings calls f with every entry that has a term in a field, until it says false.
func (r *reading) postings(field, term string, of postingsOf, f func(p *part, hit segment.Posting) bool) error {
	var list segment.PostingsList
	var it segment.PostingsIterator
	for i := range r.parts {
		p := &r.parts[i]
		dict, err := p.segment.Dictionary(field)
		if err != nil {
			return err
		}
		if list, err = dict.PostingsList([]byte(term), p.gone, list); err != nil {
			return err
		}
		if list.Count() == 0 {
			continue
		}
		it = list.Iterator(of.times, false, of.places, it)
		for {
			hit, err := it.Next()
			if err != nil {
				return err
			}
			if hit == nil {
				break
			}
			if !f(p, hit) {
				return nil
			}
		}
	}
	return nil
}

// spot is a place of a word in a field: its number among the words there, and its bytes.
type spot struct {
	at int
	span
}

// spots says where a term stands in a field of some entries, which are in order.
func (r *reading) spots(docs []uint32, field, term string, f func(doc uint32, s spot)) error {
	for i := range r.parts {
		p := &r.parts[i]
		from, _ := slices.BinarySearch(docs, p.first)
		to, _ := slices.BinarySearch(docs, p.first+p.size)
		if from == to {
			continue
		}
		dict, err := p.segment.Dictionary(field)
		if err != nil {
			return err
		}
		list, err := dict.PostingsList([]byte(term), p.gone, nil)
		if err != nil {
			return err
		}
		if list.Count() == 0 {
			continue
		}
		it := list.Iterator(true, false, true, nil)
		var hit segment.Posting
		for _, doc := range docs[from:to] {
			entry := uint64(doc - p.first)
			if hit == nil || hit.Number() < entry {
				if hit, err = it.Advance(entry); err != nil {
					return err
				}
			}
			if hit == nil {
				break
			}
			if hit.Number() == entry {
				for _, l := range hit.Locations() {
					f(doc, spot{int(l.Pos()), span{int(l.Start()), int(l.End())}})
				}
			}
		}
	}
	return nil
}

// stored reads what is kept of an entry besides its words.
func (r *reading) stored(doc uint32) (id string, fields map[string][]string, err error) {
	p, entry := r.part(doc)
	raw, err := p.segment.DocID(uint64(entry))
	if err != nil {
		return "", nil, err
	}
	fields = map[string][]string{}
	err = p.segment.VisitStoredFields(uint64(entry), func(field string, _ byte, value []byte, _ []uint64) bool {
		fields[field] = append(fields[field], string(value))
		return true
	})
	return string(raw), fields, err
}
