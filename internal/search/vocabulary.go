package search

import (
	"encoding/hex"
	"hash/fnv"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
)

// vocabulary collects the words of entries as they are written, which typing mistakes are compared with. A word is in the
// index once, however many entries have it, in a document that nobody finds: who may know of a word is asked of the
// entries, when it comes up. A word that no entry has any more stays until the index is built anew.
type vocabulary struct {
	known func(word string) bool // it is in the index
	seen  map[string]bool
	fresh []string
}

// ofWords is the access key of documents that hold words, and the beginning of their ids. No viewer holds it.
const ofWords = "~words"

func newVocabulary(known func(word string) bool) *vocabulary {
	return &vocabulary{known: known, seen: map[string]bool{}}
}

// read takes the words of a text. What a hyphen joins is there whole, in one, and in parts.
func (v *vocabulary) read(text string) {
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return kindOf(r) != letter }) {
		w = strings.Trim(strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s"), "'’-")
		v.add(w)
		if !strings.Contains(w, "-") {
			continue
		}
		v.add(strings.ReplaceAll(w, "-", ""))
		for part := range strings.SplitSeq(w, "-") {
			v.add(part)
		}
	}
}

func (v *vocabulary) add(word string) {
	if v.seen[word] || len(word) > longest || utf8.RuneCountInString(word) < shortest-1 {
		return
	}
	word = strings.Clone(word) // not the whole text with it
	v.seen[word] = true
	if !v.known(word) {
		v.fresh = append(v.fresh, word)
	}
}

// readEntry takes the words of an entry.
func (v *vocabulary) readEntry(e Entry) {
	v.read(e.Title)
	v.read(e.Summary)
	v.read(e.Body)
	for _, also := range e.Also {
		v.read(also)
	}
}

// write puts the words that are new into a batch.
func (v *vocabulary) write(b *bleve.Batch) error {
	if len(v.fresh) == 0 {
		return nil
	}
	tokens := make(analysis.TokenStream, len(v.fresh))
	id := fnv.New128a()
	for i, w := range v.fresh {
		tokens[i] = &analysis.Token{Term: []byte(w), Position: i + 1}
		id.Write([]byte(w + "\n"))
	}
	v.fresh = nil
	d := document.NewDocument(ofWords + "/" + hex.EncodeToString(id.Sum(nil)))
	d.AddField(document.NewTextFieldCustom(fieldAccess, nil, []byte(ofWords), isValue, nil))
	d.AddField(document.NewTextFieldCustom(fieldWords, nil, nil, isValue, analysed(tokens)))
	return b.IndexAdvanced(d)
}
