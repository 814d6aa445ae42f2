package library

import (
	"maps"
	"slices"
	"strings"
)

// Kind is a document's type, in the words of the front matter.
type Kind string

// rules is what one kind of document asks for; each kind has a file of its own.
type rules struct {
	word    string // what one of them is called, in the middle of a sentence
	plural  string // the title of their list
	base    string // the address below which they stand
	prefix  string // of keys that nobody chose
	publish []need // what it takes to be published
	anchors map[string]string
}

// need is a field without which a document is not published, and what to say then.
type need struct{ field, sentence string }

var kinds = map[Kind]rules{
	CaseStudy: caseStudy, Handbook: handbook, Guidance: guidance, ActionPlan: actionPlan,
	Glossary: glossary, Template: template, SitePage: sitePage,
}

// Kinds lists every kind, sorted.
func Kinds() []Kind { return slices.Sorted(maps.Keys(kinds)) }

// Known says whether there is such a kind.
func (k Kind) Known() bool { _, ok := kinds[k]; return ok }

// Word is what one document of the kind is called in a sentence.
func (k Kind) Word() string { return kinds[k].word }

// Plural is what several are called.
func (k Kind) Plural() string { return kinds[k].plural }

// Base is the address of their list, which is "/" for the site's own pages.
func (k Kind) Base() string { return kinds[k].base }

// Address is where a document of the kind stands.
func (k Kind) Address(chapter, slug string) string {
	base := strings.TrimSuffix(kinds[k].base, "/")
	if chapter != "" {
		return base + "/" + chapter + "/" + slug
	}
	return base + "/" + slug
}

// Anchors are the fixed anchors of a kind's headings, by the heading in lower case.
func Anchors(k Kind) map[string]string { return kinds[k].anchors }
