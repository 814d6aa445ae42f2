package search

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"
)

// analysed lends a field the words that were taken from it already.
type analysed analysis.TokenStream

func (a analysed) Analyze([]byte) analysis.TokenStream { return analysis.TokenStream(a) }

// How a field is kept. Bodies are not stored, for they are in the database; what is shown with marks, and where words are
// looked for side by side, carries positions.
const (
	keepsWords  = index.IndexField
	keepsPlaces = index.IndexField | index.IncludeTermVectors
	keepsText   = keepsPlaces | index.StoreField
	isValue     = index.IndexField | index.SkipFreqNorm
	isStored    = index.StoreField
)

// document is an entry as the index keeps it. Each text is taken apart once: its words go to the fields, to the vocabulary
// and to the forward list alike.
func (x *Index) document(e Entry) *document.Document {
	d := document.NewDocument(e.ID)
	tell := forward{}
	length := 0
	text := func(field, value string, options index.FieldIndexingOptions) {
		if value == "" {
			return
		}
		words := prose.Analyze([]byte(value))
		tell.add(words)
		length += len(words)
		d.AddField(document.NewTextFieldCustom(field, nil, []byte(value), options, analysed(words)))
	}
	text(fieldTitle, e.Title, keepsText)
	titled := len(tell)
	text(fieldSummary, e.Summary, keepsText)
	text(fieldBody, e.Body, keepsPlaces)
	text(fieldAlso, strings.Join(e.Also, "\n"), keepsWords)

	named := strings.Join(append([]string{e.Title}, e.Also...), "\n")
	d.AddField(document.NewTextFieldCustom(fieldTitleWords, nil, []byte(named), keepsPlaces, plain))

	value := func(field, value string, options index.FieldIndexingOptions) {
		if value != "" {
			d.AddField(document.NewTextFieldCustom(field, nil, []byte(value), options, nil))
		}
	}
	number := func(field string, n int32) {
		if n != 0 {
			value(field, strconv.Itoa(int(n)), isValue)
		}
	}
	value(fieldAccess, e.Access, isValue)
	value("url", e.URL, isStored)
	value("organisation_name", e.Organisation, isStored)
	for i, values := range e.facets() {
		for _, v := range values {
			value(FacetFields[i], v, isValue)
		}
	}
	for _, h := range e.Sections {
		d.AddField(document.NewTextFieldCustom(fieldHeadings, nil, []byte(h.Title), keepsWords, prose))
		value(fieldSections, h.encode(), isStored)
	}
	value(fieldPage, e.Page, isValue)
	number(fieldEdition, int32(e.Edition))
	number(fieldDate, days(e.Published))
	number(fieldReview, days(e.Reviewed))
	number(fieldCheck, days(e.CheckBy))
	number(fieldTitled, int32(titled))
	number(fieldAdopted, int32(e.Adopted))
	if e.Measured {
		number(fieldMeasured, 1)
	}
	number(fieldLength, int32(roughly(length)))
	d.AddField(document.NewTextFieldCustom(fieldSum, nil, binary.BigEndian.AppendUint64(nil, e.Sum()), isStored, nil))
	d.AddField(document.NewTextFieldCustom(fieldForward, nil, tell.encode(), isStored, nil))
	return d
}

// facets are the values by which an entry can be found, in the order of FacetFields.
func (e Entry) facets() [len(FacetFields)][]string {
	return [...][]string{{e.Kind}, e.Places, e.Topics, e.Programmes, {e.OrganisationSlug}, {e.Evidence}, e.Audience}
}

// roughly rounds a length to an eighth of itself, so that few different ones have to be kept.
func roughly(n int) int {
	step := 1
	for n/step > 16 {
		step *= 2
	}
	return n / step * step
}

// forward is what an entry speaks of: its most frequent words, as sums, and how often each is said. It tells how alike
// two entries are without reading them.
type forward map[string]int

// mostTold is how many words an entry is told by.
const mostTold = 80

func (f forward) add(words analysis.TokenStream) {
	for _, w := range words {
		f[string(w.Term)]++
	}
}

// told is one word of a forward list.
type told struct {
	sum   uint32
	times uint8
}

func (f forward) encode() []byte {
	type said struct {
		word  string
		times int
	}
	all := make([]said, 0, len(f))
	for w, n := range f {
		all = append(all, said{w, n})
	}
	slices.SortFunc(all, func(a, b said) int {
		return cmp.Or(b.times-a.times, len(b.word)-len(a.word), strings.Compare(a.word, b.word))
	})
	list := make([]told, 0, mostTold)
	for _, s := range all[:min(len(all), mostTold)] {
		list = append(list, told{sum(s.word), uint8(min(s.times, 255))})
	}
	slices.SortFunc(list, func(a, b told) int { return cmp.Compare(a.sum, b.sum) })
	raw := make([]byte, 0, 5*len(list))
	for _, t := range list {
		raw = append(binary.BigEndian.AppendUint32(raw, t.sum), t.times)
	}
	return raw
}

// sum is FNV-1a, without what the library's allocates for each word.
func sum[T string | []byte](word T) uint32 {
	h := uint32(2166136261)
	for i := range len(word) {
		h = (h ^ uint32(word[i])) * 16777619
	}
	return h
}

func decodeForward(raw []byte) []told {
	list := make([]told, 0, len(raw)/5)
	for ; len(raw) >= 5; raw = raw[5:] {
		list = append(list, told{binary.BigEndian.Uint32(raw), raw[4]})
	}
	return list
}
