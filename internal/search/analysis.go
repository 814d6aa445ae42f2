package search

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/analysis/lang/ckb"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/fa"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/porter"
	segmenter "github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"golang.org/x/text/unicode/norm"
)

// analyser takes a text apart into the words by which it is found. One is used for what is indexed and for what is
// asked; they differ only in that a query has no joined words beside their parts, for those it tries on purpose.
type analyser struct {
	stems bool // English stems, and without the words that say nothing
	joins bool // "coproduction" beside the words of "co-production"
}

// The analysers. What is written and what is typed go through the same ones.
var (
	prose = analyser{stems: true, joins: true}
	plain = analyser{joins: true}
	said  = analyser{stems: true} // a query, or a part of one
	spelt = analyser{}            // likewise, each word as it stands
)

var (
	tokenizer  = segmenter.NewUnicodeTokenizer()
	lowercased = lowercase.NewLowerCaseFilter()
	possessive = en.NewPossessiveFilter()
	asWritten  = []analysis.TokenFilter{cjk.NewCJKWidthFilter(), lowercased, possessive, cjk.NewCJKBigramFilter(false)}
	// The scripts that Arabic, Persian, Urdu and Sorani share write one letter in several ways.
	arabic  = []analysis.TokenFilter{ar.NewArabicNormalizeFilter(), fa.NewPersianNormalizeFilter(), ckb.NewSoraniNormalizeFilter()}
	stemmer = porter.NewPorterStemmer()
)

// Analyze takes a text apart.
func (a analyser) Analyze(text []byte) analysis.TokenStream {
	words := tokens(text)
	if isASCII(text) {
		words = possessive.Filter(lowercased.Filter(words))
	} else {
		words = anyScript(words)
	}
	if a.joins {
		words = withJoined(words, text)
	}
	if !a.stems {
		return words
	}
	kept := words[:0]
	for _, w := range words {
		if !says(w.Term) {
			continue
		}
		w.Term = stem(w.Term)
		kept = append(kept, w)
	}
	return kept
}

// anyScript brings words together that are written in several ways in scripts besides plain English.
func anyScript(words analysis.TokenStream) analysis.TokenStream {
	for _, f := range asWritten {
		words = f.Filter(words)
	}
	for _, w := range words {
		switch r, _ := utf8.DecodeRune(w.Term); {
		case unicode.Is(unicode.Arabic, r):
			one := analysis.TokenStream{w}
			for _, f := range arabic {
				one = f.Filter(one)
			}
		case unicode.Is(unicode.Latin, r) && !isASCII(w.Term):
			w.Term = withoutAccents(w.Term)
		}
	}
	return words
}

// withoutAccents is a word of Latin letters as those type it whose keyboard has no others: "cafe", "Zoe".
func withoutAccents(word []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.Bytes(word))
}

func isASCII(text []byte) bool {
	return !slices.ContainsFunc(text, func(b byte) bool { return b >= utf8.RuneSelf })
}

// says tells words from those that stand everywhere, such as "the".
func says(word []byte) bool { return !stops[string(word)] }

// stem brings the forms of an English word together; words of other scripts stay as they are.
func stem(word []byte) []byte {
	if len(word) < 3 || !isLatin(word) {
		return word
	}
	british := spelling(string(word))
	if s, ok := stems[british]; ok {
		return []byte(s)
	}
	one := analysis.TokenStream{{Term: []byte(british)}}
	return stemmer.Filter(one)[0].Term
}

func isLatin(word []byte) bool {
	return !slices.ContainsFunc(word, func(b byte) bool { return b < 'a' || b > 'z' })
}

// mostJoined is how many parts one joined word has at most: "day-to-day".
const mostJoined = 3

// withJoined adds, at the place of the first part, what words are that a hyphen holds together, or that some write as one.
func withJoined(words analysis.TokenStream, text []byte) analysis.TokenStream {
	var all analysis.TokenStream
	for i := 0; i < len(words); i++ {
		last := i
		for last+1 < len(words) && last-i < mostJoined-1 && (hyphenated(words[last], words[last+1], text) || last == i && prefixed(words[last], words[last+1], text)) {
			last++
		}
		if last == i {
			if all != nil {
				all = append(all, words[i])
			}
			continue
		}
		if all == nil {
			all = append(make(analysis.TokenStream, 0, len(words)+8), words[:i]...)
		}
		whole := &analysis.Token{Start: words[i].Start, End: words[last].End, Position: words[i].Position, Type: words[i].Type}
		for _, part := range words[i : last+1] {
			whole.Term = append(whole.Term, part.Term...)
		}
		all = append(append(all, words[i], whole), words[i+1:last+1]...)
		i = last
	}
	if all == nil {
		return words
	}
	return all
}

// hyphenated says whether one hyphen stands between two words, and nothing else. Dates and numbers stay apart.
func hyphenated(a, b *analysis.Token, text []byte) bool {
	if a.End >= b.Start || b.Start > len(text) || !isLatin(a.Term) {
		return false
	}
	switch string(text[a.End:b.Start]) {
	case "-", "\u2010", "\u2011":
		return true
	}
	return false
}

// prefixed says whether two words are often written as one: "co production".
func prefixed(a, b *analysis.Token, text []byte) bool {
	if b.Start != a.End+1 || text[a.End] != ' ' || !isLatin(b.Term) {
		return false
	}
	return prefixes[string(a.Term)] || pairs[[2]string{string(a.Term), string(b.Term)}]
}

// tokens are the words of a text, and pairs of signs where it is in one of the scripts of south-east Asia that put no
// spaces between words either: Thai, Lao, Khmer and Burmese.
func tokens(text []byte) analysis.TokenStream {
	if bytes.IndexFunc(text, isUnspaced) < 0 {
		return tokenizer.Tokenize(text)
	}
	var all analysis.TokenStream
	add := func(words analysis.TokenStream, from int) {
		at := len(all)
		for i, w := range words {
			w.Start, w.End, w.Position = w.Start+from, w.End+from, at+i+1
			all = append(all, w)
		}
	}
	spaced := func(r rune) bool { return !isUnspaced(r) }
	for from := 0; from < len(text); {
		to := bytes.IndexFunc(text[from:], isUnspaced)
		if to < 0 {
			to = len(text) - from
		}
		add(tokenizer.Tokenize(text[from:from+to]), from)
		from += to
		if to = bytes.IndexFunc(text[from:], spaced); to < 0 {
			to = len(text) - from
		}
		add(inPairs(text[from:from+to]), from)
		from += to
	}
	return all
}

// inPairs makes pairs of the signs of a stretch. A letter and the marks above and below it are one sign.
func inPairs(stretch []byte) (words analysis.TokenStream) {
	var from []int // where each sign begins
	for i, r := range string(stretch) {
		if len(from) == 0 || !unicode.IsMark(r) {
			from = append(from, i)
		}
	}
	from = append(from, len(stretch))
	for i := range max(min(len(from)-1, 1), len(from)-2) {
		end := from[min(i+2, len(from)-1)]
		words = append(words, &analysis.Token{Term: bytes.Clone(stretch[from[i]:end]), Start: from[i], End: end, Type: analysis.AlphaNumeric})
	}
	return words
}

func isUnspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// stops are the words that say nothing by themselves.
var stops = func() analysis.TokenMap {
	words := analysis.NewTokenMap()
	must(words.LoadBytes(en.EnglishStopWords))
	return words
}()
