package search

import (
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"
)

// Names of fields.
const (
	fieldTitle      = "title"
	fieldSummary    = "summary"
	fieldBody       = "body"
	fieldAlso       = "also"
	fieldWords      = "words"       // every word once, unstemmed: for typing mistakes
	fieldTitleWords = "title_words" // the title's, unstemmed: for beginnings of words
	fieldAccess     = "access"
	fieldDate       = "published"
	fieldReview     = "reviewed"
	fieldCheck      = "check_by" // absent from what nobody has to check
	fieldLength     = "length"
	fieldTitled     = "titled"
	fieldAdopted    = "adopted"
	fieldMeasured   = "measured" // absent where nothing was
	fieldPage       = "page"
	fieldEdition    = "edition" // absent from originals
	fieldForward    = "forward"
	fieldHeadings   = "headings"
	fieldSections   = "sections" // where they begin
	fieldSum        = "sum"
)

// FacetFields are the fields that a search can be narrowed by, in the order in which a page shows them.
var FacetFields = [...]string{"kind", "place", "topic", "programme", "organisation", "evidence", "audience"}

// mappingOf is empty: which fields there are, and how each is kept, is said where an entry becomes a document.
func mappingOf() mapping.IndexMapping {
	m := bleve.NewIndexMapping()
	m.DefaultMapping = bleve.NewDocumentStaticMapping()
	m.StoreDynamic, m.IndexDynamic, m.DocValuesDynamic = false, false, false
	return m
}

// must holds for mistakes in constants, which no input can cause.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// days counts a date from 1970, 0 for none.
func days(t time.Time) int32 {
	if t.IsZero() {
		return 0
	}
	return int32(t.Unix() / (24 * 60 * 60))
}

func fromDays(d int32) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Unix(int64(d)*24*60*60, 0).UTC()
}
